"""Rückfragen: the office names fields, a deadline and a text; who filled them answers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import FormDefinition
from forms.models import Submission
from forms.procedure.deciding import concerned_by_inquiry, move, position_of
from forms.procedure.models import Inquiry
from forms.procedure.states import next_state
from forms.procedure.viewing import EVERYBODY, Task, editable_keys, readable_form
from forms.procedure.worksheet import locked_keys
from forms.publishing import definition_of
from forms.surroundings import today_in_berlin
from forms.viewer import Viewer
from tenants.language import _

MAXIMUM_TEXT = 4000


class InquiryRefused(ValueError):
    """The Rückfrage cannot be put like this; ``errors`` says of each wrong entry why."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("\n".join(errors.values()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class AskableStep:
    """A step that was done, and id → key of those of its fields that may be asked about."""

    number: int
    title: str
    """Empty for a form without steps."""
    role: str
    keys: Mapping[str, str]


def askable_steps(
    definition: FormDefinition, submission: Submission, viewer: Viewer
) -> list[AskableStep]:
    """Return the steps that were done with the fields that ``viewer`` sees of them.

    A field that several steps fill belongs to the first.
    """
    readable = readable_form(definition, viewer)
    locked = locked_keys(definition, submission)
    procedure = definition.procedure
    done = range(min(max(submission.step, 1), procedure.last + 1))
    steps: list[AskableStep] = []
    for number in done:
        known = {key for step in steps for key in step.keys.values()}
        keys = editable_keys(definition, EVERYBODY, Task(step=number), locked=locked) - known
        asked = {one.id: key for key, one in readable.fields.items() if key in keys}
        if asked:
            title, role = procedure.title_of(number), procedure.role_of(number)
            steps.append(AskableStep(number, title, role, asked))
    return steps


def ask(
    session: Session,
    submission: Submission,
    *,
    kind: str,
    field_ids: Collection[str],
    text: str,
    due_on: date,
    viewer: Viewer,
    person_name: str,
) -> Inquiry:
    """Put a Rückfrage (``inquiry``) or Nachforderung (``supplement``) to who filled a step.

    The submission's row must be locked. Only the named fields are opened, to the people of their
    step alone. Raises `InquiryRefused` and `forms.procedure.states.TransitionRefused`.
    """
    target = next_state("inquire", position_of(submission, viewer))
    steps = askable_steps(definition_of(submission.form_version), submission, viewer)
    asked = [step for step in steps if any(identity in step.keys for identity in field_ids)]
    known = {identity for step in asked for identity in step.keys}
    errors = dict(_text_and_day_errors(text, due_on))
    if not asked or not known.issuperset(field_ids):
        errors["fields"] = _("Kreuzen Sie mindestens ein Feld an.")
    elif len(asked) > 1:
        errors["fields"] = _(
            "Eine Rückfrage geht an die Personen eines Schritts. Kreuzen Sie nur Felder eines"
            " Schritts an, und stellen Sie die andere danach."
        )
    if errors:
        raise InquiryRefused(errors)
    step = asked[0]
    inquiry = Inquiry(
        submission_id=submission.id,
        organisation_id=concerned_by_inquiry(submission, step.number),
        number=len(list_inquiries(session, submission)) + 1,
        kind=kind,
        step=step.number,
        field_ids=[identity for identity in step.keys if identity in field_ids],
        text=text.strip(),
        due_on=due_on,
        asked_by_name=person_name,
    )
    session.add(inquiry)
    submission.asked_step = step.number
    move(session, submission, "inquire", target)
    return inquiry


def _text_and_day_errors(text: str, due_on: date) -> Iterator[tuple[str, str]]:
    if not text.strip():
        yield "text", _("Schreiben Sie, worum es geht.")
    if len(text) > MAXIMUM_TEXT:
        yield "text", _("Der Text darf höchstens {n} Zeichen haben.").format(n=MAXIMUM_TEXT)
    if due_on <= today_in_berlin():
        yield "due_on", _("Die Frist muss in der Zukunft liegen.")


def list_inquiries(session: Session, submission: Submission) -> list[Inquiry]:
    """Return the Rückfragen to a submission in their order."""
    return list(
        session.scalars(
            select(Inquiry).where(Inquiry.submission_id == submission.id).order_by(Inquiry.number)
        )
    )


def waiting_inquiries(session: Session, *, account_id: int | None = None) -> list[Inquiry]:
    """Return open Rückfragen that the person in scope may see, the most urgent first.

    With ``account_id`` only those to submissions of that person; at most 100.
    """
    query = (
        select(Inquiry)
        .join(
            Submission,
            (Submission.tenant_id == Inquiry.tenant_id) & (Submission.id == Inquiry.submission_id),
        )
        .where(Inquiry.state == "open")
        .order_by(Inquiry.due_on)
        .limit(100)
    )
    if account_id is not None:
        query = query.where(Submission.account_id == account_id)
    return list(session.scalars(query))
