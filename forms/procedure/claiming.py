"""What a submission lays claim to, so that no second one says the same (`forms.uniqueness`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from forms.constraints import Message
from forms.definition import FormDefinition
from forms.expressions.nodes import Json
from forms.german import format_date
from forms.models import Submission
from forms.procedure.models import UniqueClaim
from forms.publishing import definition_of
from forms.uniqueness import UniqueKey, labels_of, unique_keys
from tenants.context import current_tenant_id
from tenants.database import new_id
from tenants.language import _

_BERLIN = ZoneInfo("Europe/Berlin")


class AlreadySubmitted(ValueError):
    """Another submission says the same; ``errors`` name it as far as the person may know of it.

    Whoever catches it rolls back: part of the claims may have been made.
    """

    def __init__(self, errors: list[Message]) -> None:
        super().__init__(_("Das ist schon eingereicht."))
        self.errors = errors


def claim_answers(session: Session, submission: Submission) -> None:
    """Lay claim to what the form wants submitted only once, in place of earlier claims.

    The unique key of the table decides between two that submit at the same moment: the second
    waits for the first one's transaction. Raises `AlreadySubmitted`.
    """
    session.execute(delete(UniqueClaim).where(UniqueClaim.submission_id == submission.id))
    definition = definition_of(submission.form_version)
    keys = _keys(definition, submission, submission.answers)
    errors = _doubled_within(definition, keys)
    taken: list[UniqueKey] = []
    # Always in the same order: two submissions with the same rows never wait for each other.
    for key in sorted(keys, key=lambda one: one.fingerprint):
        made = session.execute(
            insert(UniqueClaim)
            .values(
                tenant_id=current_tenant_id(),
                id=new_id(),
                form_id=submission.form_version.form_id,
                submission_id=submission.id,
                organisation_id=submission.organisation_id,
                fingerprint=key.fingerprint,
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "form_id", "fingerprint"])
            .returning(UniqueClaim.id)
        ).first()
        if made is None and not errors:
            taken.append(key)
    errors += _messages(session, definition, submission, taken, is_refused=True)
    if errors:
        raise AlreadySubmitted(errors)


def known_duplicates(
    session: Session, draft: Submission, subject: Submission, answers: Mapping[str, Json]
) -> list[Message]:
    """Return what would be refused now, as far as the acting side may know of it."""
    definition = definition_of(draft.form_version)
    if not definition.unique:
        return []
    keys = _keys(definition, draft, answers)
    return [
        *_doubled_within(definition, keys),
        *_messages(session, definition, subject, keys, is_refused=False),
    ]


def release_claims(session: Session, submission: Submission) -> None:
    """Let others submit what this submission claimed: it was withdrawn, rejected or cancelled."""
    session.execute(delete(UniqueClaim).where(UniqueClaim.submission_id == submission.id))


def _keys(
    definition: FormDefinition, submission: Submission, answers: Mapping[str, Json]
) -> list[UniqueKey]:
    return unique_keys(
        definition.unique,
        definition.fields,
        answers,
        organisation_id=submission.organisation_id,
        period=submission.period,
    )


def _doubled_within(definition: FormDefinition, keys: Sequence[UniqueKey]) -> list[Message]:
    seen: set[str] = set()
    errors = []
    for key in keys:
        if key.fingerprint in seen:
            errors.append(
                _message(
                    definition,
                    key,
                    _("{fields} steht in dieser Erklärung doppelt.").format(
                        fields=labels_of(key.rule, definition.fields)
                    ),
                )
            )
        seen.add(key.fingerprint)
    return errors


def _messages(
    session: Session,
    definition: FormDefinition,
    subject: Submission,
    keys: Sequence[UniqueKey],
    *,
    is_refused: bool,
) -> list[Message]:
    """Say which submission has each key; of one the person may not see only that it cannot be."""
    if not keys:
        return []
    found = {
        row.fingerprint: row
        for row in session.execute(
            select(UniqueClaim.fingerprint, Submission.number, Submission.submitted_at)
            .join(
                Submission,
                (Submission.tenant_id == UniqueClaim.tenant_id)
                & (Submission.id == UniqueClaim.submission_id),
            )
            .where(
                UniqueClaim.form_id == subject.form_version.form_id,
                UniqueClaim.submission_id != subject.id,
                UniqueClaim.fingerprint.in_([key.fingerprint for key in keys]),
            )
        )
    }
    errors = []
    for key in keys:
        known = found.get(key.fingerprint)
        fields = labels_of(key.rule, definition.fields)
        if known is not None:
            day = known.submitted_at.astimezone(_BERLIN).date()
            text = _(
                "Zu {fields} gibt es schon die Einreichung {number} vom {day}. Berichtigen Sie"
                " jene, oder reichen Sie neu ein, wenn sie zurückgenommen oder storniert ist."
            ).format(fields=fields, number=known.number or "", day=format_date(day))
        elif is_refused:
            text = _(
                "Mit diesen Angaben ({fields}) lässt sich die Erklärung nicht einreichen. Bitte"
                " wenden Sie sich an das Jugendamt."
            ).format(fields=fields)
        else:
            continue
        errors.append(_message(definition, key, f"{key.rule.message} {text}".strip()))
    return errors


def _message(definition: FormDefinition, key: UniqueKey, text: str) -> Message:
    field = definition.field_at(key.path) if key.path else None
    row = definition.row_title(key.path) if key.path else ""
    return Message(
        path=key.path,
        page_key=field.page_key if field is not None else "",
        label=field.label if field is not None else "",
        text=f"{row}: {text}" if row else text,
        level="error",
        row=row,
    )
