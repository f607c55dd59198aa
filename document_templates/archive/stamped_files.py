"""Files of versions with later time stamps, as the register knows them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.archive.models import StampedFile


def newest_stamped(session: Session, version_id: str) -> StampedFile | None:
    """Return the file of a version with its last time stamp, None if it never got a later one."""
    return session.scalars(
        select(StampedFile)
        .where(StampedFile.document_version_id == version_id)
        .order_by(StampedFile.number.desc())
        .limit(1)
    ).first()
