"""Rückfragen: the office names fields, a deadline and a text; the sender answers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import FormDefinition
from forms.models import Submission
from forms.procedure.deciding import move, position_of
from forms.procedure.models import Inquiry
from forms.procedure.states import next_state
from forms.procedure.viewing import EVERYBODY, Task, editable_keys
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


def askable_ids(definition: FormDefinition, submission: Submission) -> dict[str, str]:
    """Return id → key of the fields that the sender filled and may be asked about."""
    keys = editable_keys(definition, EVERYBODY, Task(), locked=locked_keys(definition, submission))
    return {definition.fields[key].id: key for key in definition.fields if key in keys}


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
    """Put a Rückfrage (``inquiry``) or Nachforderung (``supplement``) to the sender.

    The submission's row must be locked. Only the named fields are opened. Raises
    `InquiryRefused` and `forms.procedure.states.TransitionRefused`.
    """
    target = next_state("inquire", position_of(submission, viewer))
    known = askable_ids(definition_of(submission.form_version), submission)
    wanted = [identity for identity in known if identity in field_ids]
    errors = dict(_text_and_day_errors(text, due_on))
    if not wanted or len(wanted) != len(set(field_ids)):
        errors["fields"] = _("Kreuzen Sie mindestens ein Feld an.")
    if errors:
        raise InquiryRefused(errors)
    inquiry = Inquiry(
        submission_id=submission.id,
        organisation_id=submission.organisation_id,
        number=len(list_inquiries(session, submission)) + 1,
        kind=kind,
        field_ids=wanted,
        text=text.strip(),
        due_on=due_on,
        asked_by_name=person_name,
    )
    session.add(inquiry)
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
