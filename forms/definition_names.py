"""The names of a form: which are taken already, and whether rules name what exists."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from forms.elements import (
    CalculatedField,
    ChoiceField,
    Field,
    MatrixField,
    Page,
    RepeatField,
    Section,
)
from forms.expressions.functions import FUNCTIONS
from forms.expressions.interpreting import OUTER, ROW, Expression
from forms.fields.registry import has_value
from tenants.language import _

SYSTEM_GROUPS = frozenset(
    {"dokument", "mandant", "traeger", "einreichung", "vorlage", "formular", "pruefung"}
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
            for field in section.fields:
                yield field
                if isinstance(field, RepeatField):
                    yield from field.fields


def describe_element(element: Page | Section | Field) -> str:
    """Name an element in a finding."""
    if isinstance(element, Page):
        return _("Seite „{title}“ ({key})").format(title=element.title, key=element.key)
    if isinstance(element, Section):
        return _("Abschnitt „{title}“").format(title=element.title or element.key)
    return _("Feld „{label}“ ({name})").format(label=element.label, name=element.name)


def derived_names(field: Field) -> tuple[str, ...]:
    """Return the names that templates get in addition to the key of ``field``."""
    if isinstance(field, ChoiceField):
        return (f"{field.key}_text",)
    if isinstance(field, RepeatField):
        return (f"{field.key}_summe",)
    if isinstance(field, MatrixField):
        return (f"{field.key}_spalten",)
    return ()


def check_reserved(pages: tuple[Page, ...], _form_id: str) -> Iterator[str]:
    top = top_fields(pages)
    for field in all_fields(pages):
        place = describe_element(field)
        if not field.repeat_key and field.key in SYSTEM_GROUPS:
            yield _("{place}: „{key}“ heißt in Vorlagen schon eine Gruppe des Systems.").format(
                place=place, key=field.key
            )
        elif not field.repeat_key and (field.key in FUNCTIONS or field.key in (ROW, OUTER)):
            yield _("{place}: „{key}“ heißt schon etwas in der Regelsprache.").format(
                place=place, key=field.key
            )
        elif field.key in JINJA_WORDS or (field.repeat_key and field.key in ROW_ATTRIBUTES):
            yield _("{place}: „{key}“ hat in Vorlagen eine andere Bedeutung.").format(
                place=place, key=field.key
            )
        siblings = _siblings(field, top)
        for name in derived_names(field):
            if name in siblings:
                yield _("{place}: Aus ihm entsteht „{name}“; so heißt schon {other}.").format(
                    place=place, name=name, other=describe_element(siblings[name])
                )


def _siblings(field: Field, top: dict[str, Field]) -> dict[str, Field]:
    group = top.get(field.repeat_key)
    if isinstance(group, RepeatField):
        return {column.key: column for column in group.fields}
    return top


def check_names(pages: tuple[Page, ...], _form_id: str) -> Iterator[str]:
    top = top_fields(pages)
    known = set(_known_names(top))
    sections = [section for page in pages for section in page.sections]
    elements: list[Page | Section] = [*pages, *sections]
    for element in elements:
        yield from _unknown(element.visible, known, element)
    for field in all_fields(pages):
        names = known
        group = top.get(field.repeat_key)
        if isinstance(group, RepeatField):
            names = known | {f"{ROW}.{column.key}" for column in group.fields if has_value(column)}
        for expression in _expressions(field):
            yield from _unknown(expression, names, field)


def _expressions(field: Field) -> Iterator[Expression | None]:
    yield field.visible
    if isinstance(field.required, Expression):
        yield field.required
    if isinstance(field, CalculatedField):
        yield field.value
    for rule in field.valid:
        yield rule.expression


def _known_names(top: dict[str, Field]) -> Iterator[str]:
    for field in top.values():
        if has_value(field):
            yield field.key
        elif isinstance(field, RepeatField):
            yield field.key
            yield from (column.name for column in field.fields if has_value(column))
        elif isinstance(field, MatrixField):
            yield field.key
            for row in field.rows:
                yield from (f"{field.key}.{row.key}.{column.key}" for column in field.columns)


def _unknown(
    expression: Expression | None, known: set[str], element: Page | Section | Field
) -> Iterator[str]:
    if expression is None:
        return
    for name in sorted(expression.names - known):
        similar = difflib.get_close_matches(name, sorted(known), 1)
        hint = " " + _("Meinten Sie „{name}“?").format(name=similar[0]) if similar else ""
        yield _("{place}: Im Ausdruck „{source}“ ist „{name}“ unbekannt.{hint}").format(
            place=describe_element(element),
            source=_shortened(expression.source),
            name=name,
            hint=hint,
        )


def _shortened(source: str) -> str:
    source = re.sub(r"\s+", " ", source)
    return source if len(source) <= 80 else f"{source[:77]}…"
