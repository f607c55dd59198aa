"""The event with which the time of a submission and its documents begins, as its form says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from forms.definition import FormDefinition
from forms.procedure.states import ENDED
from forms.surroundings import today_in_berlin

BY_HAND: Final = ""
RECEIVED: Final = "received"
CONCLUDED: Final = "concluded"
_FIELD: Final = "field:"
_UNDER_WORK: Final = frozenset({"draft", "checking", "inquiry", "answered"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a submission may begin its time."""

    state: str
    submitted_at: datetime | None
    accepted_at: datetime | None
    updated_at: datetime
    answer: str | None = None
    """The stored answer to the field that the form names, an ISO date."""


def field_of(begins: str) -> str:
    """Return the key of the field that says the day, empty when none does."""
    return begins.removeprefix(_FIELD) if begins.startswith(_FIELD) else ""


def begin_with_field(key: str) -> str:
    """Return how a form says that an answer is the event."""
    return f"{_FIELD}{key}"


def day_fields(definition: FormDefinition) -> Iterator[tuple[str, str]]:
    """Yield key and label of every answer at the top of a form that a person gives as a day."""
    for field in definition.fields.values():
        if field.type == "date":
            yield field.key, field.label


def event_of(begins: str, facts: Facts) -> date | None:
    """Return the day of the event in Berlin, None while it has not happened or nobody said it.

    While somebody works on it or waits for an answer nothing begins, whatever day an answer names.
    """
    if facts.state in _UNDER_WORK:
        return None
    if begins == RECEIVED:
        return today_in_berlin(facts.submitted_at) if facts.submitted_at else None
    if begins == CONCLUDED:
        ended = facts.accepted_at or facts.updated_at
        return today_in_berlin(ended) if facts.state in ENDED else None
    if field_of(begins) and facts.answer:
        try:
            return date.fromisoformat(facts.answer)
        except ValueError:
            return None
    return None
