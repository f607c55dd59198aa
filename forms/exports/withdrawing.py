"""Taking exports back: what was erased or restricted since must be in no file that lies ready."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import DateTime, Text, Uuid, cast, func, literal, select
from sqlalchemy.orm import Session

from forms.attachments.keeping import ERASE_OBJECT
from forms.exports.background import ERASE_EXPORT
from forms.models import Form
from tenants.case_keys import destroy_case_key
from tenants.database import now
from tenants.language import _
from tenants.outbox import enqueue

TOLD_FOR: Final = timedelta(days=1)
"""How long whoever asked reads why there is no file."""


def withdraw_exports(session: Session, form_id: str) -> None:
    """Take back every export of a form, whoever asked: ready ones, and those under way.

    Their keys are destroyed with the transaction, the files are erased by workers. An export that
    is asked for meanwhile waits for the end of the transaction, because it refers to the form.
    """
    session.execute(select(Form.id).where(Form.id == form_id).with_for_update())
    until = now() + TOLD_FOR
    told = _(
        "Inzwischen wurde in diesem Vordruck etwas gelöscht oder eingeschränkt. Fordern Sie die"
        " Datei neu an."
    )
    withdrawn = func.withdraw_exports(
        cast(form_id, Uuid(as_uuid=False)),
        cast(told, Text),
        literal(until, DateTime(timezone=True)),
    ).table_valued("export_id", "organisation_id", "account_id", "was_ready", "parts")
    for export_id, organisation_id, account_id, was_ready, parts in session.execute(
        select(withdrawn)
    ).all():
        destroy_case_key(session, str(export_id))
        for part in parts:
            enqueue(session, ERASE_OBJECT, {"key": part["key"], "version": part["version_id"]})
        if not was_ready:
            payload = {
                "export_id": str(export_id),
                "organisation_id": str(organisation_id or ""),
                "account_id": str(account_id),
            }
            organisation = payload["organisation_id"] or None
            enqueue(
                session, ERASE_EXPORT, payload, organisation_id=organisation, available_at=until
            )
