"""How an answer is written in a template: the tag that suits the type of its field."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import TemplateSyntaxError

from document_templates.environment import ClosedEnvironment
from document_templates.forbidden_constructs import forbidden_constructs
from document_templates.placeholders import KnownPlaceholders, uses_in
from forms.elements import CalculatedField, Field, MatrixField, RepeatField
from forms.expressions.interpreting import Expression
from forms.fields.registry import has_value, kind_of

_PARSER = ClosedEnvironment()
_FILTERS = {
    "date": "datum",
    "time": "uhrzeit",
    "money": "euro",
    "integer": "zahl",
    "decimal": "zahl",
    "percent": "prozent",
    "hours": "stunden",
    "iban": "iban",
    "yes_no": "ja_nein",
    "declaration": "ja_nein",
    "file": "liste",
}
_LONGEST_CONDITION = 400


def answer_tag(field: Field, row: str = "") -> str:
    """Return the tag that writes the answer of ``field``; ``row`` is the variable of its loop."""
    path = _path(field, row)
    kind = field.result if isinstance(field, CalculatedField) else field.type
    if kind == "checkboxes":
        return print_tag(f"{path}_text", "liste")
    if kind_of(field).has_text:
        return print_tag(f"{path}_text")
    return print_tag(path, _FILTERS.get(kind, ""))


def other_tags(field: Field, row: str = "") -> Iterator[str]:
    """Yield further ways in which the answer of ``field`` may be written."""
    path = _path(field, row)
    if field.type == "long_text":
        yield "{{r " + path + "|gestaltet }}"
    if field.type == "file":
        yield print_tag(path, "bild(8)")
    if field.type == "iban":
        yield print_tag(path, "iban_maskiert")
    if field.type == "date":
        yield print_tag(path, "datum_lang")


def print_tag(path: str, filter_name: str = "") -> str:
    """Return ``{{ path|filter }}``."""
    return "{{ " + path + (f"|{filter_name}" if filter_name else "") + " }}"


def condition_of(
    expression: Expression, fields: tuple[Field, ...], known: KnownPlaceholders
) -> str:
    """Return when what ``expression`` shows is there, as templates can say it.

    A rule that templates cannot say becomes "one of the ``fields`` is answered"; the answers of
    hidden fields are nothing. Returns "" when there is nothing to ask.
    """
    return expression.source.strip() if _can_say(expression.source, known) else _answered(fields)


def _can_say(source: str, known: KnownPlaceholders) -> bool:
    if len(source) > _LONGEST_CONDITION or set(source) & set("{}%\n\r\t"):
        return False
    try:
        tree = _PARSER.parse("{{ " + source + " }}")
    except (TemplateSyntaxError, RecursionError):
        return False
    return not forbidden_constructs(tree) and all(
        known.kind(use.path) is not None for use in uses_in(tree, {})
    )


def _answered(fields: tuple[Field, ...]) -> str:
    parts = []
    for field in fields[:8]:
        if isinstance(field, RepeatField):
            parts.append(field.key)
        elif not isinstance(field, MatrixField) and has_value(field):
            path = f"{field.key}_text" if kind_of(field).has_text else field.key
            parts.append(f"{path} is not none")
    return " or ".join(parts)


def _path(field: Field, row: str) -> str:
    return f"{row}.{field.key}" if row else field.key
