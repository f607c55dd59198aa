"""From when until when an agreement holds, read from the answers that its document was made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from forms.definition import FormDefinition
from forms.elements import CalculatedField, PartsField, PartValues, Value

LETTERS, AGREEMENTS, AMENDMENTS = "letters", "agreements", "amendments"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TermFields:
    """What the documents of a template are, and which answers say when they hold.

    ``makes`` is letters, agreements or amendments; the fields are paths such as ``beginn`` or
    ``laufzeit.von``, empty for none.
    """

    makes: str
    begins: str = ""
    ends: str = ""
    amends: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """When an agreement holds: ``begins_on <= day < ends_before``; without an end indefinitely.

    A Nachtrag names the number of the agreement that it belongs to.
    """

    begins_on: date
    ends_before: date | None
    is_amendment: bool
    amends_number: str = ""


def read_term(fields: TermFields, values: Mapping[str, Value], made_on: date) -> Term | None:
    """Return the term of a document made on a day, None for what is no agreement.

    The last day that somebody names belongs to the term. Without a begin it begins on the day on
    which the document was made.
    """
    if fields.makes == LETTERS:
        return None
    begins, ends = _answer(fields.begins, values), _answer(fields.ends, values)
    number = _answer(fields.amends, values) if fields.makes == AMENDMENTS else None
    return Term(
        begins_on=begins if isinstance(begins, date) else made_on,
        ends_before=ends + _DAY if isinstance(ends, date) else None,
        is_amendment=fields.makes == AMENDMENTS,
        amends_number=number.strip()[:80] if isinstance(number, str) else "",
    )


def _answer(path: str, values: Mapping[str, Value]) -> object:
    key, _dot, part = path.partition(".")
    value = values.get(key)
    return value.values.get(part) if isinstance(value, PartValues) else value


def day_paths(definition: FormDefinition) -> Iterator[tuple[str, str]]:
    """Yield path and label of every answer at the top of a form that is a day."""
    for field in definition.fields.values():
        kind = field.result if isinstance(field, CalculatedField) else field.type
        if kind == "date":
            yield field.key, field.label
        elif isinstance(field, PartsField):
            for part in field.parts:
                if part.field.type == "date":
                    yield f"{field.key}.{part.key}", f"{field.label}: {part.field.label}"


def text_paths(definition: FormDefinition) -> Iterator[tuple[str, str]]:
    """Yield path and label of every short text at the top of a form."""
    for field in definition.fields.values():
        if field.type == "text":
            yield field.key, field.label
