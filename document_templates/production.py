"""Making a requested document: fill, convert, seal, check, store, register.

Every step may be cut off at any point and done again. Filling is deterministic; the sealed
PDF, which is not, is stored under a key made of the request and the filled document, which
can be written once: whoever finds it there adopts it. The register row, the chain and the end
of the task are one transaction, which only the latest attempt may commit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from document_templates.archive.stamping import Stamping, seal_and_stamp
from document_templates.archive.timestamps import TimestampAuthority
from document_templates.assignment import Assignment, load_assignment
from document_templates.attached_pictures import open_pictures
from document_templates.bulk_runs.locking import locked_run_state
from document_templates.conversion import Converter
from document_templates.models import DocumentRequest
from document_templates.pdfa import check_pdfa
from document_templates.pictures import blank_png
from document_templates.produced_pdf import Making, making_of
from document_templates.registering import RegisterEntry, register_version
from document_templates.retention.keeping import class_of_template, lock_until
from document_templates.seal_keys import load_seal, trust_roots
from document_templates.sealed_pdf import SealedPdf, inspect_sealed_pdf
from document_templates.seals import Seal
from document_templates.signing.seal_qualification import seal_kind
from document_templates.template_cache import TemplateCache
from tenants.case_keys import document_case
from tenants.context import current_tenant_id
from tenants.database import now
from tenants.key_ring import open_tenant_key
from tenants.keys import MasterKey
from tenants.language import _
from tenants.outbox import Task, finish_task, hold_task
from tenants.storage.objects import ObjectExists, ObjectStore, StoredObject, content_hash
from tenants.storage.tenant_store import TenantStore

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF_TYPE = "application/pdf"
STEPS = ("fill", "convert", "seal", "check", "store", "register")


class RequestBusy(RuntimeError):
    """Another worker holds the request; it must be tried again later."""


class RequestOvertaken(RuntimeError):
    """A later attempt took over; this one must not finish."""


class DocumentDefective(RuntimeError):
    """The finished PDF does not pass its own check; the message names the defects in German."""


@dataclass(frozen=True)
class Workshop:
    """What a worker needs to make documents; one per process."""

    sessions: sessionmaker[Session]
    store: ObjectStore
    converter: Converter
    master_key: MasterKey
    templates: TemplateCache
    public_url: str
    lease: timedelta
    timestamps: TimestampAuthority | None = None
    """Who stamps seals and sealed days; None if the installation has nobody."""
    revocation_hosts: frozenset[str] = frozenset()
    """Where revocation data of signatures may be fetched."""
    token_library: str = ""
    """The PKCS#11 library by which seals in tokens are reached; empty where there are none."""
    locks_files: bool = False
    """Whether the object store was found to keep what it is asked to lock."""
    after_step: Callable[[str], None] = lambda step: None
    """Called after each finished step; the crash tests end the process here."""

    def load_seal(self, session: Session) -> Seal:
        """Return the seal of the tenant in scope; see `document_templates.seal_keys.load_seal`."""
        return load_seal(
            session, open_tenant_key(session, self.master_key), now(),
            token_library=self.token_library,
        )  # fmt: skip

    def stamping(self, roots: Sequence[x509.Certificate]) -> Stamping | None:
        """Return how sealed files are stamped, None where nobody stamps."""
        if self.timestamps is None:
            return None
        return Stamping(self.timestamps, self.revocation_hosts, roots)

    def lock_until(
        self, session: Session, template_version_id: str, data_class: str
    ) -> datetime | None:
        """Return until when files of a document are locked if they are stored now."""
        if not self.locks_files:
            return None
        return lock_until(class_of_template(session, template_version_id), data_class, now())


def make_document(workshop: Workshop, task_id: str, request_id: str) -> None:
    """Make the document of a request of the tenant in scope and finish its task.

    Harmless to repeat: a finished request only finishes its task. Raises `RequestBusy`,
    `RequestOvertaken`, errors of storage and conversion that may pass, and errors of template
    or seal that need a person; the request is then free for another attempt.
    """
    fence = _take(workshop, task_id, request_id)
    if fence is None:
        return
    try:
        _carry_out(workshop, task_id, request_id, fence)
    except RequestOvertaken:
        raise
    except Exception:
        # An overtaken attempt has no say any more: this raises, and its fault is forgotten.
        _let_go(workshop, request_id, fence)
        raise


def _carry_out(workshop: Workshop, task_id: str, request_id: str, fence: int) -> None:
    store = TenantStore(workshop.store, current_tenant_id())
    with workshop.sessions() as session:
        assignment = load_assignment(session, request_id, workshop.public_url)
        seal = workshop.load_seal(session)
        kind = seal_kind(session, seal, now())
        roots = trust_roots(session)
        locked_until = workshop.lock_until(
            session, assignment.template.version_id, assignment.data_class
        )
    docx = fill_assignment(workshop.templates, store, assignment)
    _step_done(workshop, request_id, fence, "fill")
    stored_docx = _store_docx(store, assignment, docx, locked_until)
    checked, stored_pdf = _sealed_pdf(
        workshop, store, assignment, fence, docx, seal, roots, locked_until
    )
    _step_done(workshop, request_id, fence, "store")
    entry = RegisterEntry(assignment, stored_docx, stored_pdf, *checked, kind)
    with workshop.sessions.begin() as session:
        request = _held_request(session, request_id, fence)
        register_version(session, entry)
        request.state, request.step, request.lease_until = "done", "register", None
        finish_task(_locked_task(session, task_id))
    workshop.after_step("register")


def fill_assignment(templates: TemplateCache, store: TenantStore, assignment: Assignment) -> bytes:
    """Return the DOCX of an assignment; same assignment, same bytes.

    Raises `document_templates.findings.FillingFailed` and the errors of the object store.
    """
    template = templates.open(store, assignment.template)
    pictures = {**dict.fromkeys(template.picture_names, blank_png()), **assignment.pictures}
    if template.shows_uploads:
        pictures.update(open_pictures(store, assignment.uploads))
    return template.fill(assignment.context, pictures)


def _take(workshop: Workshop, task_id: str, request_id: str) -> int | None:
    """Take the request for this attempt; None when there is nothing to do for it, or not now."""
    with workshop.sessions.begin() as session:
        # The run is locked before its requests by everybody, so that nobody waits in a ring.
        run_state = locked_run_state(session, request_id)
        request = session.scalars(
            select(DocumentRequest).where(DocumentRequest.id == request_id).with_for_update()
        ).one()
        if request.state not in ("done", "cancelled") and run_state == "cancelled":
            request.state, request.failure, request.lease_until = "cancelled", "", None
        if request.state in ("done", "cancelled"):
            finish_task(_locked_task(session, task_id))
            return None
        if run_state == "paused":
            hold_task(_locked_task(session, task_id))
            return None
        if request.lease_until is not None and request.lease_until > now():
            raise RequestBusy(request_id)
        request.fence += 1
        request.state = "working"
        request.failure = ""
        request.lease_until = now() + workshop.lease
        return request.fence


def _let_go(workshop: Workshop, request_id: str, fence: int) -> None:
    """End this attempt's lease. Raises `RequestOvertaken`."""
    with workshop.sessions.begin() as session:
        _held_request(session, request_id, fence).lease_until = None


def _step_done(workshop: Workshop, request_id: str, fence: int, step: str) -> None:
    """Record progress and extend the lease. Raises `RequestOvertaken`."""
    workshop.after_step(step)
    with workshop.sessions.begin() as session:
        request = _held_request(session, request_id, fence)
        request.step = step
        request.lease_until = now() + workshop.lease


def _held_request(session: Session, request_id: str, fence: int) -> DocumentRequest:
    request = session.scalars(
        select(DocumentRequest).where(DocumentRequest.id == request_id).with_for_update()
    ).one()
    if request.fence != fence or request.state != "working":
        raise RequestOvertaken(request_id)
    return request


def _locked_task(session: Session, task_id: str) -> Task:
    return session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()


def _store_docx(
    store: TenantStore, assignment: Assignment, docx: bytes, locked_until: datetime | None
) -> StoredObject:
    # The key carries the hash: the same bytes adopt what an earlier attempt stored.
    sha256 = content_hash(docx)
    key = _key(store, assignment, f"{sha256}.docx")
    try:
        return store.put(
            key, docx, content_type=DOCX_TYPE, sha256=sha256, retain_until=locked_until
        )
    except ObjectExists as taken:
        return taken.existing


def _key(store: TenantStore, assignment: Assignment, name: str) -> str:
    case_id = document_case(current_tenant_id(), assignment.number)
    return store.case_key(case_id, "documents", assignment.request_id, name)


def _sealed_pdf(
    workshop: Workshop,
    store: TenantStore,
    assignment: Assignment,
    fence: int,
    docx: bytes,
    seal: Seal,
    roots: list[x509.Certificate],
    locked_until: datetime | None,
) -> tuple[CheckedPdf, StoredObject]:
    # An address may have changed since an earlier attempt: its PDF shows another document.
    key = _key(store, assignment, f"{content_hash(docx)}.pdf")
    stored = store.stat(key)
    checked: CheckedPdf | None = None
    if stored is None:
        pdf = workshop.converter.convert(docx, title=assignment.title)
        _step_done(workshop, assignment.request_id, fence, "convert")
        sealed_bytes = seal_and_stamp(
            pdf,
            seal,
            workshop.stamping(roots),
            reason=_("Siegel der Behörde"),
            location=assignment.place,
            name=assignment.sealed_by,
            signed_at=now(),
        )
        _step_done(workshop, assignment.request_id, fence, "seal")
        checked = _check(sealed_bytes, roots)
        _step_done(workshop, assignment.request_id, fence, "check")
        try:
            stored = store.put(
                key,
                sealed_bytes,
                content_type=PDF_TYPE,
                sha256=content_hash(sealed_bytes),
                retain_until=locked_until,
            )
        except ObjectExists as taken:
            stored, checked = taken.existing, None
    # Reading back proves by the hash that the store holds what was checked, or what to check.
    content = store.get(key, stored.version_id, stored.sha256)
    return checked or _check(content, roots), stored


class CheckedPdf(NamedTuple):
    """What the file itself tells after all its checks: its seal and its making."""

    sealed: SealedPdf
    making: Making


def _check(pdf: bytes, roots: list[x509.Certificate]) -> CheckedPdf:
    findings = check_pdfa(pdf)
    if findings:
        raise DocumentDefective("; ".join(finding.message for finding in findings))
    return CheckedPdf(inspect_sealed_pdf(pdf, roots), making_of(pdf))
