"""Making what is given out to be signed: the document with its Unterschriftenblatt.

For qualified signatures it has a field for everybody and a seal that permits signing; for paper a
code on every page. What was made once is adopted by whoever does it again.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from document_templates.models import DocumentVersion
from document_templates.production import PDF_TYPE, Workshop
from document_templates.seals import Seal
from document_templates.signing.completing import (
    finish_signing_task,
    locked_task,
    read_signing,
    seal_place,
)
from document_templates.signing.models import Signing, SigningParty
from document_templates.signing.page_joining import count_pages, join_pages
from document_templates.signing.paper_copy import mark_pages
from document_templates.signing.rules import Rule
from document_templates.signing.signature_fields import prepare_fields
from document_templates.signing.signature_sheet import (
    SheetParty,
    SheetPerson,
    SignatureSheet,
    signature_sheet_docx,
)
from document_templates.signing.storing import signing_key
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import now
from tenants.language import _
from tenants.models import Tenant
from tenants.outbox import finish_task
from tenants.storage.objects import ObjectExists, StoredObject, content_hash
from tenants.storage.tenant_store import TenantStore


@dataclass(frozen=True, slots=True)
class _Preparation:
    signing: Signing
    base: DocumentVersion
    tenant: Tenant
    seal: Seal
    public_url: str


def prepare_signing(workshop: Workshop, task_id: str, signing_id: str) -> None:
    """Make the file to be signed, open the signing and finish the task. Harmless to repeat.

    Raises what sealing, conversion and object store raise.
    """
    store = TenantStore(workshop.store, current_tenant_id())
    with workshop.sessions() as session:
        signing = read_signing(session, signing_id)
        is_wanted = signing.state == "preparing"
        if is_wanted:
            preparation = _read(session, signing, workshop)
    if not is_wanted:
        finish_signing_task(workshop, task_id)
        return
    stored = _stored_file(workshop, store, preparation)
    with workshop.sessions.begin() as session:
        signing = read_signing(session, signing_id, lock=True)
        if signing.state == "preparing":
            signing.pdf_key, signing.pdf_object_version = stored.key, stored.version_id
            signing.pdf_sha256, signing.pdf_size = stored.sha256, stored.size
            signing.state = "open"
            record(session, "signing.prepared", "signing", signing.id)
        finish_task(locked_task(session, task_id))


def _read(session: Session, signing: Signing, workshop: Workshop) -> _Preparation:
    tenant_id = current_tenant_id()
    return _Preparation(
        signing,
        session.get_one(DocumentVersion, (tenant_id, signing.version_id)),
        session.get_one(Tenant, tenant_id),
        workshop.load_seal(session),
        workshop.public_url,
    )


def _stored_file(workshop: Workshop, store: TenantStore, wanted: _Preparation) -> StoredObject:
    key = signing_key(store, wanted.signing, "vorbereitet.pdf")
    stored = store.stat(key)
    if stored is not None:
        return stored
    base = wanted.base
    pdf = store.get(base.pdf_key, base.pdf_object_version, base.pdf_sha256)
    sheet = _sheet(wanted, count_pages(pdf))
    page = workshop.converter.convert(signature_sheet_docx(sheet), title=wanted.signing.title)
    joined = join_pages(pdf, page)
    if sheet.is_paper:
        made = mark_pages(joined, sheet.verification_url, base.pdf_sha256)
    else:
        made = prepare_fields(
            joined,
            [person.field for party in sheet.parties for person in party.people],
            wanted.seal,
            reason=_("Siegel der Behörde, zur Unterschrift"),
            location=seal_place(wanted.tenant),
            name=wanted.tenant.name,
            signed_at=now(),
        )
    try:
        return store.put(key, made, content_type=PDF_TYPE, sha256=content_hash(made))
    except ObjectExists as taken:
        return taken.existing


def _sheet(wanted: _Preparation, pages: int) -> SignatureSheet:
    signing = wanted.signing
    return SignatureSheet(
        tenant=wanted.tenant.name,
        office=wanted.tenant.office,
        title=signing.title,
        number=signing.number,
        version=wanted.base.number,
        pages=pages,
        pdf_sha256=wanted.base.pdf_sha256,
        level=signing.level,
        code=signing.verification_code,
        verification_url=f"{wanted.public_url}/pruefen/{signing.verification_code}",
        parties=tuple(_party(one) for one in signing.parties),
    )


def _party(party: SigningParty) -> SheetParty:
    return SheetParty(
        party.name,
        Rule(party.rule, party.required).words,
        tuple(
            SheetPerson(one.name, one.function, one.addition, one.authority, one.field)
            for one in party.signatures
        ),
    )
