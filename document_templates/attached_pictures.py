"""The uploaded pictures of a submission, for templates that show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.inline_pictures import ATTACHED
from forms.attachments.contents import FILE_FORMATS
from forms.attachments.models import Attachment
from forms.models import Submission
from tenants.storage.tenant_store import TenantStore

_SHOWN = tuple(FILE_FORMATS[kind].media_type for kind in ("jpg", "png"))
MAX_BYTES = 100_000_000
"""Of all pictures of a submission together; further ones are named, not shown."""


@dataclass(frozen=True, slots=True)
class UploadedPicture:
    """Where an uploaded picture lies, and the hash that its bytes must have."""

    identity: str
    object_key: str
    object_version: str
    sha256: str
    size: int


def uploaded_pictures(session: Session, submission: Submission) -> tuple[UploadedPicture, ...]:
    """Return the pictures of a submission that were found free of malware, in a fixed order."""
    found = session.scalars(
        select(Attachment)
        .where(
            Attachment.submission_id == submission.id,
            Attachment.state == "clean",
            Attachment.media_type.in_(_SHOWN),
        )
        .order_by(Attachment.uploaded_at, Attachment.id)
    )
    return tuple(
        UploadedPicture(one.id, one.object_key, one.object_version, one.sha256, one.size)
        for one in found
    )


def open_pictures(store: TenantStore, pictures: Iterable[UploadedPicture]) -> dict[str, bytes]:
    """Return the bytes of uploaded pictures by the names under which filling finds them.

    They come from the tenant's own store alone, checked by hash. Raises the errors of
    `tenants.storage.objects.ObjectStore.get`.
    """
    opened: dict[str, bytes] = {}
    left = MAX_BYTES
    for picture in pictures:
        left -= picture.size
        if left < 0:
            break
        opened[ATTACHED + picture.identity] = store.get(
            picture.object_key, picture.object_version, picture.sha256
        )
    return opened
