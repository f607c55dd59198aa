"""What the meta-schema cannot say about a form: doubled ids and keys, names, references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forms.definition_names import (
    all_fields,
    check_names,
    check_reserved,
    describe_element,
    top_fields,
)
from forms.elements import (
    CalculatedField,
    ChoiceField,
    DateField,
    Field,
    MatrixField,
    NumberField,
    Page,
    RepeatField,
)
from tenants.language import _

_NUMERIC = frozenset({"integer", "decimal", "money"})


def check_definition(pages: tuple[Page, ...], form_id: str) -> list[str]:
    """Return a German finding for each thing wrong with ``pages``, naming the element."""
    return [
        finding
        for check in (_check_ids, _check_keys, check_reserved, _check_fields, check_names)
        for finding in check(pages, form_id)
    ]


def _identified(pages: tuple[Page, ...]) -> Iterator[tuple[str, str]]:
    for page in pages:
        yield page.id, describe_element(page)
        for section in page.sections:
            yield section.id, describe_element(section)
    for field in all_fields(pages):
        place = describe_element(field)
        yield field.id, place
        parts: list[tuple[str, str]] = []
        if isinstance(field, ChoiceField):
            parts = [(option.id, option.label) for option in field.options]
        elif isinstance(field, MatrixField):
            parts = [(part.id, part.label) for part in (*field.rows, *field.columns)]
            parts += [(cell.id, cell.label) for cell in field.cells]
        for identity, label in parts:
            yield identity, f"{place}, „{label}“"


def _check_ids(pages: tuple[Page, ...], form_id: str) -> Iterator[str]:
    seen = {form_id: _("das Formular")}
    for identity, place in _identified(pages):
        if identity in seen:
            yield _("{place}: Die id {id} hat schon {other}.").format(
                place=place, id=identity, other=seen[identity]
            )
        seen.setdefault(identity, place)


def _doubled(keys: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    doubled: list[str] = []
    for key in keys:
        if key in seen and key not in doubled:
            doubled.append(key)
        seen.add(key)
    return doubled


def _check_keys(pages: tuple[Page, ...], _form_id: str) -> Iterator[str]:
    top = [field for page in pages for section in page.sections for field in section.fields]
    groups: list[tuple[str, list[str]]] = [
        (_("Seiten"), [page.key for page in pages]),
        (_("Abschnitte"), [section.key for page in pages for section in page.sections]),
        (_("Felder"), [field.key for field in top]),
    ]
    for field in all_fields(pages):
        place = describe_element(field)
        if isinstance(field, RepeatField):
            groups.append((place, [column.key for column in field.fields]))
        elif isinstance(field, ChoiceField):
            groups.append((place, [option.value for option in field.options]))
        elif isinstance(field, MatrixField):
            groups.append((place, [row.key for row in field.rows]))
            groups.append((place, [column.key for column in field.columns]))
            groups.append((place, [cell.value for cell in field.cells]))
    for place, keys in groups:
        for key in _doubled(keys):
            yield _("{place}: „{key}“ steht doppelt.").format(place=place, key=key)
        for key in keys:
            # In Python's re „$“ also stands before a final line break; JSON Schema inherits that.
            if key != key.strip():
                yield _("{place}: „{key}“ endet mit einem Leerraum.").format(
                    place=place, key=key.strip()
                )


def _check_fields(pages: tuple[Page, ...], _form_id: str) -> Iterator[str]:
    top = top_fields(pages)
    for field in all_fields(pages):
        place = describe_element(field)
        if isinstance(
            field, NumberField | DateField | ChoiceField | RepeatField
        ) and _is_empty_range(field):
            yield _("{place}: Das Minimum ist größer als das Maximum.").format(place=place)
        if isinstance(field, RepeatField):
            yield from _check_totals(field, place)
            if field.display == "table" and field.groups:
                yield _(
                    "{place}: In einer Tabelle kann keine Wiederholgruppe stehen. "
                    "Bitte als display „cards“ wählen."
                ).format(place=place)
        if isinstance(field, MatrixField):
            yield from _check_matrix(field, place, top)


def _is_empty_range(field: NumberField | DateField | ChoiceField | RepeatField) -> bool:
    if isinstance(field, DateField):
        return (
            field.minimum is not None
            and field.maximum is not None
            and field.minimum > field.maximum
        )
    return field.minimum is not None and field.maximum is not None and field.minimum > field.maximum


def _check_totals(field: RepeatField, place: str) -> Iterator[str]:
    for key in field.totals:
        column = field.columns.get(key)
        kind = column.result if isinstance(column, CalculatedField) else getattr(column, "type", "")
        if kind not in _NUMERIC:
            yield _("{place}: totals nennt „{key}“; das ist keine Spalte mit Zahlen.").format(
                place=place, key=key
            )


def _check_matrix(field: MatrixField, place: str, top: dict[str, Field]) -> Iterator[str]:
    values = {cell.value for cell in field.cells}
    for rule in field.row_rules:
        for value in {rule.value, rule.when_any} - {""} - values:
            yield _("{place}: row_rules nennt die Zelle „{value}“, die es nicht gibt.").format(
                place=place, value=value
            )
        if field.columns and rule.count > len(field.columns):
            yield _("{place}: row_rules verlangt mehr Zellen, als es Spalten gibt.").format(
                place=place
            )
    source = field.columns_from
    if source is None:
        return
    group = top.get(source.repeat)
    if not isinstance(group, RepeatField):
        yield _("{place}: columns_from nennt „{key}“; das ist keine Wiederholgruppe.").format(
            place=place, key=source.repeat
        )
        return
    for key in (source.key, source.label):
        column = group.columns.get(key)
        if column is None or column.type not in ("text", "select", "radio"):
            yield _("{place}: columns_from nennt „{key}“; nötig ist ein Feld mit Text.").format(
                place=place, key=key
            )
