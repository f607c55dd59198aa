"""Drafts that were never sent in: they go when nobody has touched them for the time of LK-A.

A draft that continues a submission belongs to that one and goes with it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import ARRAY, DateTime, Uuid, func, literal, select
from sqlalchemy.orm import Session

from document_templates.retention.keeping import BERLIN, retention_classes
from document_templates.retention.started import StartedSubmission
from forms.models import Form
from forms.surroundings import today_in_berlin

DRAFTS: Final = "LK-A"
_SHORTEST_MONTH: Final = timedelta(days=28)


def due_drafts(
    session: Session, day: date, only: Collection[str] | None = None
) -> list[StartedSubmission]:
    """Return the drafts of everybody that may be erased on ``day``, of ``only`` these ids."""
    kept = retention_classes(session)[DRAFTS]
    latest = day - kept.months * _SHORTEST_MONTH
    before = datetime.combine(latest, time(), BERLIN)
    wanted = None if only is None else list(only)
    stale = func.stale_drafts(
        literal(before, DateTime(timezone=True)), literal(wanted, ARRAY(Uuid(as_uuid=False)))
    ).table_valued("submission_id", "form_id", "changed_at")
    rows = [
        (str(identity), str(form_id), today_in_berlin(changed_at))
        for identity, form_id, changed_at in session.execute(select(stale))
    ]
    classes: dict[str, str] = {
        form_id: data_class
        for form_id, data_class in session.execute(select(Form.id, Form.data_class))
    }
    drafts = (
        StartedSubmission(identity, form_id, classes[form_id], None, kept, start)
        for identity, form_id, start in rows
    )
    due = [draft for draft in drafts if draft.is_over(day)]
    return sorted(due, key=lambda draft: (draft.start, draft.submission_id))
