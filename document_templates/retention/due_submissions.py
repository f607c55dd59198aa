"""Which submissions may be erased, and when the time of their documents began."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import Select, null, select
from sqlalchemy.orm import Session

from document_templates.models import Document
from document_templates.retention.beginning import BY_HAND, Facts, event_of, field_of
from document_templates.retention.classes import start_of
from document_templates.retention.keeping import retention_classes
from document_templates.retention.models import FormRetention
from document_templates.retention.stale_drafts import due_drafts
from document_templates.retention.started import StartedSubmission
from forms.models import Form, Submission


def started_submissions(
    session: Session, only: Collection[str] | None = None
) -> Iterator[StartedSubmission]:
    """Yield the submissions of the tenant in scope whose time runs, of ``only`` these ids."""
    classes = retention_classes(session)
    settings = (
        select(FormRetention, Form)
        .join(
            Form,
            (Form.tenant_id == FormRetention.tenant_id) & (Form.id == FormRetention.form_id),
        )
        .where(FormRetention.begins != BY_HAND)
        .order_by(FormRetention.form_id)
    )
    if only is not None:
        settings = settings.where(
            Form.id.in_(select(Submission.form_id).where(Submission.id.in_(only)))
        )
    for setting, form in session.execute(settings):
        kept = classes.get(setting.key)
        if kept is None:
            continue
        key = field_of(setting.begins)
        query = select(
            Submission.id,
            Submission.state,
            Submission.submitted_at,
            Submission.accepted_at,
            Submission.updated_at,
            Submission.answers[key].astext if key else null(),
        ).where(
            Submission.form_id == form.id,
            Submission.state != "draft",
            Submission.continues_id.is_(None),
        )
        if only is not None:
            query = query.where(Submission.id.in_(only))
        for identity, state, submitted, accepted, updated, answer in session.execute(query):
            event = event_of(setting.begins, Facts(state, submitted, accepted, updated, answer))
            if event is not None:
                yield StartedSubmission(
                    identity, form.id, form.data_class, submitted, kept, start_of(kept, event)
                )


def with_event() -> Select[str]:
    """Return a query for the ids of submissions whose forms say with what their time begins."""
    return (
        select(Submission.id)
        .join(
            FormRetention,
            (FormRetention.tenant_id == Submission.tenant_id)
            & (FormRetention.form_id == Submission.form_id),
        )
        .where(FormRetention.begins != BY_HAND, Submission.state != "draft")
    )


def due_submissions(
    session: Session,
    day: date,
    *,
    going: Collection[str],
    only: Collection[str] | None = None,
) -> list[StartedSubmission]:
    """Return the submissions and drafts that may be erased on ``day``, of ``only`` these ids.

    The longest time wins: one of whose documents one stays is not due. ``going`` are ids of
    documents that go together with their submission.
    """
    over = [one for one in started_submissions(session, only) if one.is_over(day)]
    documents = select(Document.submission_id, Document.id).where(
        Document.submission_id.is_not(None), Document.erased_at.is_(None)
    )
    kept = {
        submission for submission, document in session.execute(documents) if document not in going
    }
    due = [one for one in over if one.submission_id not in kept]
    return [*due, *due_drafts(session, day, only)]
