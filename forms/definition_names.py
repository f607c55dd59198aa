"""The names of a form: which are taken already, and whether rules name what exists."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterable, Iterator

from forms.elements import (
    CalculatedField,
    Field,
    MatrixField,
    Page,
    PartsField,
    RepeatField,
    Section,
)
from forms.expressions.dependencies import OUTER, ROW, ROW_WORDS
from forms.expressions.interpreting import Expression
from forms.fields.registry import KINDS, has_value
from tenants.language import _

SYSTEM_GROUPS = frozenset(
    {
        "dokument",
        "mandant",
        "traeger",
        "einreichung",
        "vorlage",
        "formular",
        "pruefung",
        "baustein",
    }
)
"""Groups of the template context that the form does not fill."""

JINJA_WORDS = frozenset({"and", "or", "not", "in", "is", "if", "else", "true", "false", "none"}) | {
    "loop",
    "self",
    "super",
    "caller",
    "range",
    "dict",
    "lipsum",
    "cycler",
    "joiner",
    "namespace",
}

ROW_ATTRIBUTES = frozenset(name for name in dir(dict) if not name.startswith("_"))
"""Names that Jinja would read as methods of a row instead of as answers."""


def top_fields(pages: Iterable[Page]) -> dict[str, Field]:
    """Return the fields outside of repeat groups by key."""
    return {
        field.key: field for page in pages for section in page.sections for field in section.fields
    }


def all_fields(pages: Iterable[Page]) -> Iterator[Field]:
    """Yield every field of ``pages``, those of repeat groups after their group."""
    for page in pages:
        for section in page.sections:
            yield from _with_inner(section.fields)


def _with_inner(fields: Iterable[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        if isinstance(field, RepeatField):
            yield from _with_inner(field.fields)


def repeat_groups(pages: Iterable[Page]) -> dict[str, RepeatField]:
    """Return every repeat group by name, inner ones after the one they stand in."""
    return {field.name: field for field in all_fields(pages) if isinstance(field, RepeatField)}


def outer_name(group_name: str) -> str:
    """Return the name of the group in which ``group_name`` stands, empty at the top."""
    return group_name.rpartition(".")[0]


def full_name(name: str, repeat_key: str) -> str:
    """Return a name that a rule in the group ``repeat_key`` uses, as it is called in the form.

    In ``faelle.einsaetze``, ``zeile.minuten`` is ``faelle.einsaetze.minuten`` and
    ``uebergeordnet.satz`` is ``faelle.satz``.
    """
    first, *rest = name.split(".")
    group = repeat_key
    if first == OUTER:
        group = outer_name(group)
        while rest[0] == OUTER:
            group, rest = outer_name(group), rest[1:]
    elif first != ROW:
        return name
    return ".".join([group, *rest])


def names_in(expression: Expression, repeat_key: str, groups: Container[str]) -> frozenset[str]:
    """Return what a rule in the group ``repeat_key`` names, as it calls it."""
    return expression.names_with(lambda name: full_name(name, repeat_key) in groups)


def describe_element(element: Page | Section | Field) -> str:
    """Name an element in a finding."""
    if isinstance(element, Page):
        return _("Seite „{title}“ ({key})").format(title=element.title, key=element.key)
    if isinstance(element, Section):
        return _("Abschnitt „{title}“").format(title=element.title or element.key)
    return _("Feld „{label}“ ({name})").format(label=element.label, name=element.name)


def derived_names(field: Field) -> tuple[str, ...]:
    """Return the names that templates get in addition to the key of ``field``."""
    if field.type in KINDS and KINDS[field.type].has_text:
        return (f"{field.key}_text",)
    if isinstance(field, RepeatField):
        return (f"{field.key}_summe",)
    if isinstance(field, MatrixField):
        return (f"{field.key}_spalten",)
    return ()


def check_reserved(pages: tuple[Page, ...], _form_id: str) -> Iterator[str]:
    top = top_fields(pages)
    groups = repeat_groups(pages)
    for field in all_fields(pages):
        place = describe_element(field)
        if not field.repeat_key and field.key in SYSTEM_GROUPS:
            yield _("{place}: „{key}“ heißt in Vorlagen schon eine Gruppe des Systems.").format(
                place=place, key=field.key
            )
        elif not field.repeat_key and field.key in ROW_WORDS:
            yield _("{place}: „{key}“ heißt schon etwas in der Regelsprache.").format(
                place=place, key=field.key
            )
        elif field.key == OUTER:
            yield _("{place}: „{key}“ heißt in Regeln die Zeile um die eigene.").format(
                place=place, key=field.key
            )
        elif field.key in JINJA_WORDS or (field.repeat_key and field.key in ROW_ATTRIBUTES):
            yield _("{place}: „{key}“ hat in Vorlagen eine andere Bedeutung.").format(
                place=place, key=field.key
            )
        group = groups.get(field.repeat_key)
        siblings = {column.key: column for column in group.fields} if group else top
        for name in derived_names(field):
            if name in siblings:
                yield _("{place}: Aus ihm entsteht „{name}“; so heißt schon {other}.").format(
                    place=place, name=name, other=describe_element(siblings[name])
                )


def check_names(pages: tuple[Page, ...], _form_id: str) -> Iterator[str]:
    top = top_fields(pages)
    groups = repeat_groups(pages)
    known = set(_known_names(top.values(), ""))
    known_in = {name: known | set(_row_names(name, groups)) for name in groups}
    sections = [section for page in pages for section in page.sections]
    elements: list[Page | Section] = [*pages, *sections]
    for element in elements:
        yield from _unknown(element.visible, known, element, groups)
    for field in all_fields(pages):
        names = known_in.get(field.repeat_key, known)
        for expression in _expressions(field):
            yield from _unknown(expression, names, field, groups)


def expressions_of(element: Page | Section | Field) -> Iterator[Expression]:
    """Yield every expression of an element itself."""
    return (expression for expression in _expressions(element) if expression is not None)


def _expressions(field: Page | Section | Field) -> Iterator[Expression | None]:
    yield field.visible
    if not isinstance(field, Field):
        return
    if isinstance(field.required, Expression):
        yield field.required
    if isinstance(field, CalculatedField):
        yield field.value
    for rule in field.valid:
        yield rule.expression


def names_for_rules(pages: Iterable[Page]) -> frozenset[str]:
    """Return what a rule that stands in no group may name."""
    return frozenset(_known_names(top_fields(pages).values(), ""))


def _row_names(group_name: str, groups: dict[str, RepeatField]) -> Iterator[str]:
    """Yield what rules in a row of the group may name of their own row and those around it."""
    prefix = f"{ROW}."
    name = group_name
    while name:
        yield from _known_names(groups[name].fields, prefix)
        prefix = f"{OUTER}." if prefix == f"{ROW}." else f"{OUTER}.{prefix}"
        name = outer_name(name)


def _known_names(fields: Iterable[Field], prefix: str) -> Iterator[str]:
    for field in fields:
        if has_value(field):
            yield prefix + field.key
        if isinstance(field, PartsField):
            yield from (f"{prefix}{field.key}.{part.key}" for part in field.parts)
        elif isinstance(field, RepeatField):
            yield prefix + field.key
            yield from _known_names(field.fields, f"{prefix}{field.key}.")
        elif isinstance(field, MatrixField):
            yield field.key
            for row in field.rows:
                yield from (f"{field.key}.{row.key}.{column.key}" for column in field.columns)


def _unknown(
    expression: Expression | None,
    known: set[str],
    element: Page | Section | Field,
    groups: Container[str],
) -> Iterator[str]:
    if expression is None:
        return
    repeat_key = element.repeat_key if isinstance(element, Field) else ""
    for name in sorted(names_in(expression, repeat_key, groups) - known):
        similar = _namesakes(name, known) or difflib.get_close_matches(name, sorted(known), 1)
        hint = " " + _("Meinten Sie „{name}“?").format(name=similar[0]) if similar else ""
        yield _("{place}: Im Ausdruck „{source}“ ist „{name}“ unbekannt.{hint}").format(
            place=describe_element(element),
            source=_shortened(expression.source),
            name=name,
            hint=hint,
        )


def _namesakes(name: str, known: set[str]) -> list[str]:
    """Return the names in the own row or one around it that end like ``name``, the nearest first.

    Who writes ``satz`` or ``zeile.satz`` may mean ``uebergeordnet.satz``.
    """
    last = name.rpartition(".")[2]
    rows = (other for other in known if other.startswith((f"{ROW}.", f"{OUTER}.")))
    return sorted((other for other in rows if other.rpartition(".")[2] == last), key=len)


def _shortened(source: str) -> str:
    source = re.sub(r"\s+", " ", source)
    return source if len(source) <= 80 else f"{source[:77]}…"
