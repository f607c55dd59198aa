"""The preview of a frame: two pages of a sample letter in it, drawn by a worker."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from sqlalchemy.orm import Session

from document_templates.assignment import sender_details
from document_templates.blank_forms.paper import new_sheet, sheet_bytes
from document_templates.bulk_runs.leftovers import (
    end_task,
    failure_of,
    is_under_way,
    latest_task,
)
from document_templates.cleaning import clean_docx
from document_templates.compiling import compile_template
from document_templates.document_context import DocumentDetails, PartnerDetails, system_context
from document_templates.frames.keeping import open_frame
from document_templates.frames.models import FrameVersion
from document_templates.framing.placing import place_in_frame
from document_templates.pictures import LOGO_PICTURE, QR_PICTURE, blank_png, qr_png
from document_templates.previewing.page_pictures import draw_pages
from document_templates.production import Workshop
from tenants.context import current_tenant_id
from tenants.database import now
from tenants.language import _
from tenants.models import Tenant
from tenants.outbox import enqueue
from tenants.storage.objects import ObjectExists, ObjectStore, content_hash
from tenants.storage.tenant_store import TenantStore

DRAW_FRAME: Final = "draw_frame"
PAGES: Final = 2
"""The first page and the one after it: heads and feet may differ."""
LAYOUT: Final = "1"
_PNG = "image/png"
_PARAGRAPH = _(
    "Dies ist ein Beispieltext. Er zeigt, wie Kopf, Fuß, Seitenränder und Schrift des Rahmens um"
    " den Text einer Vorlage stehen. Logos, Anschrift und Fußzeilen kommen aus dem Rahmen, alles"
    " andere aus der Vorlage."
)


def ask_for_frame(session: Session, version: FrameVersion) -> None:
    """Have the preview of a version drawn; what is under way is not asked for again."""
    if not is_under_way(latest_task(session, DRAW_FRAME, _payload(version))):
        enqueue(session, DRAW_FRAME, _payload(version))


def _payload(version: FrameVersion) -> dict[str, str]:
    return {"version_id": version.id, "sha256": version.sha256}


def frame_state(session: Session, store: ObjectStore, version: FrameVersion) -> tuple[str, str]:
    """Return whether the preview is open, working, ready or failed, and why it failed."""
    tenant_store = TenantStore(store, current_tenant_id())
    # The last page is stored last: who finds it finds every page.
    if tenant_store.stat(_key(tenant_store, session, version, PAGES)) is not None:
        return "ready", ""
    task = latest_task(session, DRAW_FRAME, _payload(version))
    if is_under_way(task):
        return "working", ""
    reason = failure_of(task)
    return ("failed", reason) if reason else ("open", "")


def frame_page(
    session: Session, store: ObjectStore, version: FrameVersion, number: int
) -> bytes | None:
    """Return page ``number`` (from 1) of the preview as PNG, None when there is none."""
    tenant_store = TenantStore(store, current_tenant_id())
    stored = tenant_store.stat(_key(tenant_store, session, version, number))
    if stored is None:
        return None
    return tenant_store.get(stored.key, stored.version_id, stored.sha256)


def _key(store: TenantStore, session: Session, version: FrameVersion, number: int) -> str:
    tenant = session.get_one(Tenant, current_tenant_id())
    seen = "\x1f".join((LAYOUT, version.sha256, tenant.name, tenant.office, tenant.street))
    return store.key("frame-previews", content_hash(seen.encode()), f"{number}.png")


def draw_frame(workshop: Workshop, task_id: str, version_id: str) -> None:
    """Draw the preview of a version and finish the task. Harmless to repeat.

    Raises the errors of filling, conversion and object store.
    """
    store = TenantStore(workshop.store, current_tenant_id())
    with workshop.sessions() as session:
        version = session.get(FrameVersion, (current_tenant_id(), version_id))
        # A draft may be thrown away meanwhile.
        pages = _draw(session, workshop, version) if version is not None else []
        keys = [_key(store, session, version, number + 1) for number in range(PAGES) if version]
    for key, page in zip(keys, pages, strict=False):
        with suppress(ObjectExists):
            store.put(key, page, content_type=_PNG, sha256=content_hash(page))
    with workshop.sessions.begin() as session:
        end_task(session, task_id)


def _draw(session: Session, workshop: Workshop, version: FrameVersion) -> list[bytes]:
    tenant = session.get_one(Tenant, current_tenant_id())
    details = _details(version, workshop.public_url)
    framed = place_in_frame(clean_docx(_letter()), open_frame(workshop.store, version))
    compiled = compile_template(framed)
    pictures = {
        **dict.fromkeys(compiled.picture_names, blank_png()),
        QR_PICTURE: qr_png(details.verification_url),
    }
    if tenant.logo is not None:
        pictures[LOGO_PICTURE] = tenant.logo
    partner = PartnerDetails(name=_("Beispielträger gGmbH"))
    docx = compiled.fill(system_context(sender_details(tenant), partner, details), pictures)
    return draw_pages(workshop.converter.convert(docx, title=version.frame.title))


def _letter() -> bytes:
    """Return a sample letter of two pages."""
    sheet = new_sheet("", "")
    for page in range(PAGES):
        first = sheet.add_paragraph(_("Seite {number} eines Schreibens").format(number=page + 1))
        first.paragraph_format.page_break_before = page > 0
        for _paragraph in range(3):
            sheet.add_paragraph(_PARAGRAPH)
    return sheet_bytes(sheet)


def _details(version: FrameVersion, public_url: str) -> DocumentDetails:
    return DocumentDetails(
        title=version.frame.title,
        number=_("VORSCHAU"),
        version=1,
        requested_at=now(),
        submission_number=_("VORSCHAU"),
        submitted_at=now(),
        person=_("Mara Beispiel"),
        template_title=version.frame.title,
        template_number=version.number,
        form_title="",
        form_number=1,
        verification_code="VORSCHAU",
        public_url=public_url,
    )
