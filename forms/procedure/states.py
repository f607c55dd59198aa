"""The states of a submission, and which act of whom leads from one to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from forms.viewer import Viewer
from tenants.language import _

SUBMISSION_STATES: Final = {
    "draft": "In Arbeit",
    "submitted": "Eingereicht",
    "withdrawn": "Zurückgenommen",
    "checking": "Vollständigkeitsprüfung",
    "inquiry": "Rückfrage",
    "answered": "Nachgereicht",
    "reviewed": "Fachlich geprüft",
    "accepted": "Abgenommen",
    "evaluated": "Ausgewertet",
    "rejected": "Abgelehnt",
    "cancelled": "Storniert",
}

RECEIVED: Final = frozenset(SUBMISSION_STATES) - {"draft", "withdrawn", "cancelled"}
"""States in which the office has the submission."""
FROZEN: Final = frozenset({"accepted", "evaluated"})
"""States from which figures may be taken: nothing in them is still being asked about."""
ENDED: Final = frozenset({"withdrawn", "accepted", "evaluated", "rejected", "cancelled"})
"""States in which nobody waits for anything."""

Side = Literal["sender", "office", "asked"]
OFFICE: Final = frozenset({"fachkraft", "koordination", "wjh"})
DECIDING: Final = frozenset({"fachkraft", "koordination"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """An act that leads from any of ``sources`` to ``target``.

    ``side`` is who does it; of the office only people with one of ``roles``, and whom a Rückfrage
    asks is often, but not always, the sender. ``needs_steps``
    asks that every step of the form is done before.
    """

    action: str
    label: str
    sources: frozenset[str]
    target: str
    side: Side
    roles: frozenset[str] = OFFICE
    needs_steps: bool = False


class TransitionRefused(RuntimeError):
    """The act is not possible in this state or not for this person; the message is German."""


TRANSITIONS: Final = {
    one.action: one
    for one in (
        Transition(
            action="submit",
            label=_("Absenden"),
            sources=frozenset({"draft"}),
            target="submitted",
            side="sender",
        ),
        Transition(
            action="withdraw",
            label=_("Zurücknehmen"),
            sources=frozenset({"submitted"}),
            target="withdrawn",
            side="sender",
        ),
        Transition(
            action="resubmit",
            label=_("Wieder einreichen"),
            sources=frozenset({"withdrawn"}),
            target="submitted",
            side="sender",
        ),
        Transition(
            action="check",
            label=_("In Prüfung nehmen"),
            sources=frozenset({"submitted", "answered"}),
            target="checking",
            side="office",
        ),
        Transition(
            action="inquire",
            label=_("Rückfrage stellen"),
            sources=frozenset({"checking", "reviewed", "accepted", "evaluated"}),
            target="inquiry",
            side="office",
        ),
        Transition(
            action="recall",
            label=_("Rückfrage zurücknehmen"),
            sources=frozenset({"inquiry"}),
            target="checking",
            side="office",
        ),
        Transition(
            action="answer",
            label=_("Nachreichen"),
            sources=frozenset({"inquiry"}),
            target="answered",
            side="asked",
        ),
        Transition(
            action="review",
            label=_("Fachlich geprüft"),
            sources=frozenset({"checking"}),
            target="reviewed",
            side="office",
            roles=DECIDING,
            needs_steps=True,
        ),
        Transition(
            action="accept",
            label=_("Abnehmen"),
            sources=frozenset({"reviewed"}),
            target="accepted",
            side="office",
            roles=DECIDING,
        ),
        Transition(
            action="reject",
            label=_("Ablehnen"),
            sources=frozenset({"checking", "reviewed"}),
            target="rejected",
            side="office",
            roles=DECIDING,
        ),
        Transition(
            action="evaluate",
            label=_("Als ausgewertet vermerken"),
            sources=frozenset({"accepted"}),
            target="evaluated",
            side="office",
            roles=DECIDING,
        ),
        Transition(
            action="cancel",
            label=_("Stornieren"),
            sources=frozenset({"accepted", "evaluated"}),
            target="cancelled",
            side="office",
            roles=DECIDING,
        ),
        Transition(
            action="correct",
            label=_("Berichtigen"),
            sources=frozenset({"accepted", "evaluated"}),
            target="answered",
            side="sender",
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a submission stands and who looks at it: all that the machine decides by."""

    state: str
    steps_done: bool
    viewer: Viewer
    is_sender: bool
    is_office: bool
    is_asked: bool


def next_state(action: str, position: Position) -> str:
    """Return the state after ``action``. Raises `TransitionRefused`, and KeyError for no act."""
    transition = TRANSITIONS[action]
    if position.state not in transition.sources:
        raise TransitionRefused(
            _("„{action}“ ist im Stand „{state}“ nicht möglich.").format(
                action=transition.label, state=SUBMISSION_STATES[position.state]
            )
        )
    if not _may(transition, position):
        raise TransitionRefused(_("Dazu brauchen Sie eine andere Rolle."))
    if transition.needs_steps and not position.steps_done:
        raise TransitionRefused(_("Erst müssen alle Schritte des Vordrucks erledigt sein."))
    return transition.target


def possible_actions(position: Position) -> Iterator[Transition]:
    """Yield what the person may do now, in the order of a procedure."""
    for action, transition in TRANSITIONS.items():
        try:
            next_state(action, position)
        except TransitionRefused:
            continue
        yield transition


def _may(transition: Transition, position: Position) -> bool:
    if transition.side == "sender":
        return position.is_sender
    if transition.side == "asked":
        return position.is_asked
    return position.is_office and bool(position.viewer.roles & transition.roles)
