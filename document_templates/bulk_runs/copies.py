"""The keys of what a run keeps for a day: previews of recipients, and print files.

A print file shows many documents and has to go with the first of them that is erased. So the print
files of a run have one key after each erasure in it: that of the time before is destroyed with the
document, whether anybody had printed by then or not. Who began to print before finds it destroyed.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from document_templates.bulk_runs.locking import lock_run
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.models import Document, DocumentRequest


def print_case(session: Session, run: BulkRun) -> str:
    """Return the case of the print files of a run as it is now: it is another after an erasure."""
    erased = session.scalar(
        select(func.count())
        .select_from(BulkItem)
        .join(
            DocumentRequest,
            and_(
                DocumentRequest.tenant_id == BulkItem.tenant_id,
                DocumentRequest.bulk_item_id == BulkItem.id,
            ),
        )
        .join(
            Document,
            and_(
                Document.tenant_id == DocumentRequest.tenant_id,
                Document.number == DocumentRequest.number,
            ),
        )
        .where(BulkItem.run_id == run.id, Document.erased_at.is_not(None))
    )
    return str(uuid5(UUID(run.id), f"prints {erased or 0}"))


def preview_case(item: BulkItem) -> str:
    """Return the case of the preview of a recipient: its submission's, else the recipient's own."""
    if item.submission is not None:
        return item.submission.continues_id or item.submission.id
    return item.id


def cases_with(session: Session, number: str) -> list[str]:
    """Return the cases of what runs keep of a document; call it before that is erased.

    Until the transaction ends nobody else erases a document of these runs.
    """
    cases = []
    items = session.scalars(
        select(BulkItem)
        .join(
            DocumentRequest,
            and_(
                DocumentRequest.tenant_id == BulkItem.tenant_id,
                DocumentRequest.bulk_item_id == BulkItem.id,
            ),
        )
        .where(DocumentRequest.number == number)
    ).all()
    for item in items:
        run = lock_run(session, item.run_id)
        cases.append(print_case(session, run))
        if item.submission_id is None:
            cases.append(item.id)
    return cases
