"""Frames of a tenant: drafts, asking for a version to be published, and the second person.

A frame knows nothing of any form: its lines may hold what every document has, such as the tenant's
address or the number. Permission of every verb that changes something: Tenant-Admin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.blank_forms.paper import new_sheet, sheet_bytes
from document_templates.cleaning import CleanedDocx, clean_docx
from document_templates.four_eyes import ReleaseRefused, Releases
from document_templates.frames.models import Frame, FrameVersion
from document_templates.framing.composing import (
    FrameParts,
    FrameRefused,
    compose_frame,
    plain_logo,
)
from document_templates.framing.placing import place_in_frame
from document_templates.placeholders import SYSTEM_PLACEHOLDERS
from document_templates.template_check import check_document
from forms.expressions.nodes import Json
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import new_id, now
from tenants.language import _
from tenants.storage.objects import ObjectExists, ObjectStore, StoredObject, content_hash
from tenants.storage.tenant_store import TenantStore

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LOGO_TYPE = "image/png"

_RELEASES = Releases(FrameVersion, FrameVersion.frame_id, "frame")
versions_of_frame = _RELEASES.versions
open_frame_version = _RELEASES.open
newest_frame_version = _RELEASES.newest
waiting_frames = _RELEASES.waiting
discard_frame_draft = _RELEASES.discard
request_frame = _RELEASES.request
approve_frame = _RELEASES.approve
return_frame = _RELEASES.give_back
withdraw_frame = _RELEASES.take_back


class FrameUnknown(LookupError):
    """The tenant in scope has no such frame or version."""


@dataclass(frozen=True, slots=True)
class FrameContent:
    """What a version is made of: a cleaned file that holds the frame alone, and its origin."""

    file: CleanedDocx
    file_name: str = ""
    parts: FrameParts | None = None


def frame_of_file(data: bytes, file_name: str) -> FrameContent:
    """Return the frame of a Word file; its text does not count.

    Raises `FrameRefused`, and `document_templates.findings.TemplateRefused` for what is no safe
    DOCX.
    """
    return FrameContent(_bare(clean_docx(data)), file_name)


def composed_frame(parts: FrameParts) -> FrameContent:
    """Return a frame of logos and lines. Raises `FrameRefused`."""
    if not (parts.logos or parts.head.strip() or parts.foot.strip()):
        raise FrameRefused(_("Wählen Sie eine Word-Datei, oder geben Sie Logos, Kopf oder Fuß an."))
    plain = replace(parts, logos=[plain_logo(one) for one in parts.logos])
    return FrameContent(_bare(clean_docx(compose_frame(plain))), parts=plain)


def _bare(frame: CleanedDocx) -> CleanedDocx:
    """Return the frame around an empty page, if every document can fill it."""
    bare = place_in_frame(clean_docx(sheet_bytes(new_sheet("", ""))), frame)
    report = check_document(bare.data, None)
    errors = [one for one in report.findings if one.level == "error"]
    if errors:
        raise FrameRefused(errors[0].as_text())
    unknown = sorted(set(report.used_placeholders) - set(SYSTEM_PLACEHOLDERS))
    if unknown:
        raise FrameRefused(
            _(
                "Der Platzhalter „{path}“ ist in einem Rahmen nicht möglich: Ein Rahmen gilt für"
                " viele Vordrucke. Möglich sind Angaben wie mandant.name oder dokument.nummer."
            ).format(path=unknown[0])
        )
    return replace(bare, findings=())


def list_frames(session: Session) -> list[Frame]:
    """Return the frames of the tenant by title."""
    return list(session.scalars(select(Frame).order_by(Frame.title)))


def find_frame(session: Session, frame_id: str) -> Frame:
    """Return a frame of the tenant in scope. Raises `FrameUnknown`."""
    frame = session.get(Frame, (current_tenant_id(), frame_id))
    if frame is None:
        raise FrameUnknown(_("Diesen Rahmen gibt es nicht."))
    return frame


def create_frame(
    session: Session, store: ObjectStore, title: str, content: FrameContent, *, person_name: str
) -> FrameVersion:
    """Begin a frame with its first draft. Raises `ReleaseRefused` for a missing or taken title."""
    title = " ".join(title.split())[:200]
    if not title:
        raise ReleaseRefused(_("Geben Sie dem Rahmen einen Namen."))
    if session.scalars(select(Frame.id).where(Frame.title == title)).first() is not None:
        raise ReleaseRefused(_("Einen Rahmen „{title}“ gibt es schon.").format(title=title))
    frame = Frame(id=new_id(), title=title)
    session.add(frame)
    session.flush()
    record(session, "frame.created", "frame", frame.id)
    return keep_draft(session, store, frame, content, note="", person_name=person_name)


def keep_draft(
    session: Session,
    store: ObjectStore,
    frame: Frame,
    content: FrameContent,
    *,
    note: str,
    person_name: str,
) -> FrameVersion:
    """Keep what a frame shall look like as its draft; a former draft is replaced.

    Raises `ReleaseRefused` while a version lies before a second person, and the errors of the
    object store.
    """
    draft = open_frame_version(session, frame, lock=True)
    if draft is None:
        number = _RELEASES.next_number(session, frame)
        draft = FrameVersion(id=new_id(), frame_id=frame.id, number=number)
    elif draft.state != "draft":
        raise ReleaseRefused(_("Der Entwurf liegt gerade zur Prüfung vor und ändert sich nicht."))
    stored = _keep(store, frame, content.file.data, "docx", DOCX_TYPE)
    draft.object_key, draft.object_version = stored.key, stored.version_id
    draft.sha256 = stored.sha256
    draft.file_name = content.file_name[:200]
    draft.parts = _kept_parts(store, frame, content.parts) if content.parts else {}
    draft.note = note.strip()[:1000]
    draft.changed_by_name, draft.changed_at = person_name, now()
    draft.decision_comment = ""
    session.add(draft)
    session.flush()
    record(session, "frame.draft_kept", "frame", frame.id, number=draft.number)
    return draft


def _keep(store: ObjectStore, frame: Frame, data: bytes, ending: str, kind: str) -> StoredObject:
    tenant_store = TenantStore(store, current_tenant_id())
    sha256 = content_hash(data)
    key = tenant_store.key("frames", frame.id, f"{sha256}.{ending}")
    try:
        return tenant_store.put(key, data, content_type=kind, sha256=sha256)
    except ObjectExists as taken:
        return taken.existing


def _kept_parts(store: ObjectStore, frame: Frame, parts: FrameParts) -> dict[str, Json]:
    logos = [_keep(store, frame, logo, "png", LOGO_TYPE) for logo in parts.logos]
    return {
        "head": parts.head,
        "foot": parts.foot,
        "font": parts.font,
        "logos": [
            {"key": one.key, "version": one.version_id, "sha256": one.sha256} for one in logos
        ],
    }


def logos_of(store: ObjectStore, version: FrameVersion) -> list[bytes]:
    """Return the logos of a composed version in their order. Raises the errors of the store."""
    tenant_store = TenantStore(store, current_tenant_id())
    kept = version.parts.get("logos")
    found: Sequence[Json] = kept if isinstance(kept, list) else ()
    return [
        tenant_store.get(str(one["key"]), str(one["version"]), str(one["sha256"]))
        for one in found
        if isinstance(one, dict)
    ]


def open_frame(store: ObjectStore, version: FrameVersion) -> CleanedDocx:
    """Return the file of a version: the frame around an empty page.

    Raises the errors of the object store.
    """
    tenant_store = TenantStore(store, current_tenant_id())
    content = tenant_store.get(version.object_key, version.object_version, version.sha256)
    return CleanedDocx(content, ())
