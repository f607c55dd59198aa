"""What the meta-schema cannot say about a form: doubled ids and keys, names, references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from forms.codelists import check_codelists
from forms.definition_names import (
    all_fields,
    check_names,
    check_reserved,
    describe_element,
    repeat_groups,
    top_fields,
)
from forms.elements import (
    CalculatedField,
    ChoiceField,
    Codelist,
    Field,
    MatrixField,
    Page,
    RepeatField,
)
from forms.fields.kind import EMPTY_RANGE
from forms.fields.picked import PickedField
from forms.fields.registry import KINDS
from forms.viewer import PARTICIPANTS
from tenants.language import _

_NUMERIC = frozenset({"integer", "decimal", "money", "percent", "hours"})


def check_definition(
    pages: tuple[Page, ...], form_id: str, codelists: Mapping[str, Codelist]
) -> list[str]:
    """Return a German finding for each thing wrong with ``pages``, naming the element."""
    return [
        *_check_ids(pages, form_id, codelists),
        *check_codelists(pages, codelists),
        *_check_masked(pages),
        *_check_filters(pages),
        *(
            finding
            for check in (_check_keys, check_reserved, _check_fields, check_names)
            for finding in check(pages, form_id)
        ),
    ]


def _check_filters(pages: tuple[Page, ...]) -> Iterator[str]:
    """Yield a finding for each list that is filtered by what is no choice."""
    top, groups = top_fields(pages), repeat_groups(pages)
    for field in all_fields(pages):
        if not isinstance(field, PickedField) or not field.filter_field:
            continue
        group = groups.get(field.repeat_key)
        beside = group.columns.get(field.filter_field) if group else None
        named = beside or top.get(field.filter_field)
        is_choice = isinstance(named, ChoiceField) and named.type != "checkboxes"
        if named is field or not (is_choice or isinstance(named, PickedField)):
            yield _("{place}: filter nennt „{key}“; das ist kein Feld, in dem man wählt.").format(
                place=describe_element(field), key=field.filter_field
            )


def _identified(
    pages: tuple[Page, ...], codelists: Mapping[str, Codelist]
) -> Iterator[tuple[str, str]]:
    for codelist in codelists.values():
        place = _("Codeliste „{title}“").format(title=codelist.title)
        yield codelist.id, place
        for entry in codelist.entries:
            yield entry.id, f"{place}, „{entry.label}“"
    for page in pages:
        yield page.id, describe_element(page)
        for section in page.sections:
            yield section.id, describe_element(section)
    for field in all_fields(pages):
        place = describe_element(field)
        yield field.id, place
        parts: list[tuple[str, str]] = []
        if isinstance(field, ChoiceField) and not field.codelist:
            parts = [(option.id, option.label) for option in field.options]
        elif isinstance(field, MatrixField):
            parts = [(part.id, part.label) for part in (*field.rows, *field.columns)]
            parts += [(cell.id, cell.label) for cell in field.cells]
        for identity, label in parts:
            yield identity, f"{place}, „{label}“"


def _check_ids(
    pages: tuple[Page, ...], form_id: str, codelists: Mapping[str, Codelist]
) -> Iterator[str]:
    seen = {form_id: _("das Formular")}
    for identity, place in _identified(pages, codelists):
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
        elif isinstance(field, ChoiceField) and not field.codelist:
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
        if field.type in KINDS:
            for contradiction in KINDS[field.type].contradictions(field):
                yield f"{place}: {contradiction}"
        if isinstance(field, RepeatField):
            if field.minimum > field.maximum:
                yield f"{place}: {EMPTY_RANGE}"
            yield from _check_totals(field, place)
            if field.display == "table" and field.groups:
                yield _(
                    "{place}: In einer Tabelle kann keine Wiederholgruppe stehen. "
                    "Bitte als display „cards“ wählen."
                ).format(place=place)
        if isinstance(field, MatrixField):
            yield from _check_matrix(field, place, top)


def _check_masked(pages: tuple[Page, ...]) -> Iterator[str]:
    """Yield a finding where somebody would fill in a field without seeing what it holds."""
    filled_by = {section.key: section.filled_by for page in pages for section in page.sections}
    for field in all_fields(pages):
        if not field.shown_to:
            continue
        for role in filled_by[field.section_key]:
            if role not in field.shown_to:
                yield _(
                    "{place}: {role} füllt das Feld aus, sieht es aber nur verkürzt (shown_to)."
                ).format(place=describe_element(field), role=PARTICIPANTS[role])


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
