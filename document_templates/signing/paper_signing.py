"""Signing on paper: the scan is taken and looked at, a person confirms what it shows."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from document_templates.production import Workshop
from document_templates.signing.acting import SignatureRefused, give_signature
from document_templates.signing.completing import locked_task, read_signing
from document_templates.signing.models import Signing
from document_templates.signing.page_joining import count_pages
from document_templates.signing.paper_copy import (
    LARGEST_SCAN,
    ScanUnreadable,
    read_scan,
    scan_problems,
)
from document_templates.signing.statements import ON_PAPER
from document_templates.signing.storing import signing_key
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.language import _
from tenants.outbox import enqueue, finish_task
from tenants.storage.objects import ObjectExists, content_hash
from tenants.storage.tenant_store import TenantStore

CHECK_SCAN = "check_scan"
LONGEST_LOCATION = 500
MOST_PROBLEMS = 50


def take_scan(session: Session, store: TenantStore, signing: Signing, content: bytes) -> None:
    """Keep the scan of a signed print and ask for it to be looked at; a later one replaces it.

    ``signing`` is locked. Raises `SignatureRefused`.
    """
    if signing.state != "open" or signing.level != "L3p":
        raise SignatureRefused(_("Zu dieser Zeichnung wird kein Scan erwartet."))
    if not content:
        raise SignatureRefused(_("Wählen Sie die Datei mit dem Scan aus."))
    if len(content) > LARGEST_SCAN:
        raise SignatureRefused(
            _("Die Datei ist größer als {size} MB. Scannen Sie mit 200 dpi in Graustufen.").format(
                size=LARGEST_SCAN // 1024**2
            )
        )
    sha256 = content_hash(content)
    key = signing_key(store, signing, f"scan-{sha256}")
    try:
        stored = store.put(key, content, content_type="application/octet-stream", sha256=sha256)
    except ObjectExists as taken:
        stored = taken.existing
    signing.scan_key, signing.scan_sha256 = stored.key, stored.sha256
    signing.scan_object_version = stored.version_id
    signing.scan_state, signing.scan_problems = "checking", []
    enqueue(
        session,
        CHECK_SCAN,
        {"signing_id": signing.id, "sha256": sha256},
        organisation_id=current_scope().organisation_id,
    )
    record(session, "signing.scan_taken", "signing", signing.id)


def check_scan(workshop: Workshop, task_id: str, signing_id: str, sha256: str) -> None:
    """Look for every page of the print in the scan, and finish the task. Harmless to repeat.

    Raises the errors of the object store.
    """
    store = TenantStore(workshop.store, current_tenant_id())
    with workshop.sessions() as session:
        signing = read_signing(session, signing_id)
        is_wanted = _waits(signing, sha256)
        code, document_sha256 = signing.verification_code, signing.version.pdf_sha256
    problems: list[str] = []
    if is_wanted:
        printed = store.get(signing.pdf_key, signing.pdf_object_version, signing.pdf_sha256)
        scan = store.get(signing.scan_key, signing.scan_object_version, signing.scan_sha256)
        try:
            problems = scan_problems(
                read_scan(scan), code=code, pages=count_pages(printed), sha256=document_sha256
            )
        except ScanUnreadable as error:
            problems = [str(error)]
    with workshop.sessions.begin() as session:
        signing = read_signing(session, signing_id, lock=True)
        if _waits(signing, sha256):
            signing.scan_problems = problems[:MOST_PROBLEMS]
            signing.scan_state = "refused" if problems else "whole"
            record(session, "signing.scan_checked", "signing", signing.id, state=signing.scan_state)
        finish_task(locked_task(session, task_id))


def _waits(signing: Signing, sha256: str) -> bool:
    return (
        signing.state == "open"
        and signing.scan_state == "checking"
        and signing.scan_sha256 == sha256
    )


def confirm_paper(
    session: Session, signing: Signing, *, signature_ids: Collection[str], location: str
) -> None:
    """Note who has signed the print, by the eyes of the acting person, and where it is kept.

    ``signing`` is locked. Raises `SignatureRefused` until the scan is whole, the people named bind
    every party and the place is said.
    """
    if signing.state != "open" or signing.scan_state != "whole":
        raise SignatureRefused(_("Erst muss der Scan vollständig sein."))
    location = location.strip()
    if not location or len(location) > LONGEST_LOCATION:
        raise SignatureRefused(
            _("Geben Sie an, wo das Original liegt, in höchstens {count} Zeichen.").format(
                count=LONGEST_LOCATION
            )
        )
    signing.original_location = location
    chosen = [
        one for party in signing.parties for one in party.signatures if one.id in signature_ids
    ]
    for one in chosen:
        if one.state == "waiting":
            give_signature(session, signing, one, ON_PAPER)
    if signing.state != "completing":
        raise SignatureRefused(
            _(
                "Mit diesen Unterschriften ist noch nicht jede Partei gebunden. Kreuzen Sie alle"
                " an, die auf dem Original stehen, oder lassen Sie die fehlenden nachholen."
            ),
            "person",
        )
