"""Task kind → function. A handler runs in the scope of the task's tenant, taken from its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from document_templates.archive.daily_roots import SEAL_DAY, seal_day
from document_templates.archive.integrity import CHECK_INTEGRITY, check_integrity
from document_templates.archive.renewing import STAMP_FILES, stamp_files
from document_templates.archive.timestamps import TimestampUnavailable
from document_templates.archive_offers.offering import PACK_TRANSFER
from document_templates.archive_offers.transferring import pack_transfer
from document_templates.blank_form_prints import PRINT_BLANK_FORM, make_print
from document_templates.bulk_runs.forgetting import FORGET_RECIPIENTS, forget_recipients
from document_templates.bulk_runs.previewing import PREVIEW_RECIPIENT, make_preview
from document_templates.bulk_runs.results import PRINT_RUN, make_print_file
from document_templates.bulk_runs.starting import PREPARE_RUN, prepare_run
from document_templates.certificates import UnreadableKey
from document_templates.clauses.reading_terms import READ_TERMS, read_terms
from document_templates.conversion import ConversionFailed, ConversionTimeout, ConverterUnavailable
from document_templates.findings import FillingFailed, TemplateRefused
from document_templates.frames.drawing import DRAW_FRAME, draw_frame
from document_templates.models import DocumentRequest
from document_templates.previewing.drawing import draw_preview
from document_templates.previewing.page_pictures import PagesNotDrawn
from document_templates.previewing.previews import DRAW_PREVIEW, Preview
from document_templates.production import (
    DocumentDefective,
    RequestBusy,
    RequestOvertaken,
    make_document,
)
from document_templates.requesting import MAKE_DOCUMENT
from document_templates.retention.erasing import ERASE_DUE, erase_due
from document_templates.seal_keys import SealMissing, note_refused_pin
from document_templates.seal_tokens import TokenAway, TokenPinRefused, TokenRefused
from document_templates.sealed_pdf import SealNotAccepted
from document_templates.seals import SealingFailed
from document_templates.signing.completing import complete_signing
from document_templates.signing.page_joining import PagesNotJoined
from document_templates.signing.paper_signing import CHECK_SCAN, check_scan
from document_templates.signing.preparing import prepare_signing
from document_templates.signing.reading import COMPLETE_SIGNING, PREPARE_SIGNING
from document_templates.signing.telling import tell_signatories
from forms.attachments.keeping import ERASE_OBJECT, SCAN_ATTACHMENT
from forms.attachments.scanner import ScannerUnavailable
from forms.attachments.scanning import erase_object, scan_attachment
from forms.attachments.tending import TEND_FILES, tend_files
from forms.exports.background import (
    ERASE_EXPORT,
    MAKE_EXPORT,
    ExportBusy,
    erase_export,
    make_export,
)
from forms.procedure.reminding import REMIND, remind
from forms.surroundings import today_in_berlin
from forms.surveys.retention import TEND_WAVE, tend_wave
from forms.surveys.waves import today
from tenants.context import Scope, acting_as, current_tenant_id
from tenants.database import now
from tenants.key_ring import TenantKeyMissing
from tenants.keys import DecryptionFailed
from tenants.language import _
from tenants.notice_sending import send_notice
from tenants.notices import SEND_NOTICE
from tenants.outbox import Task, fail_task, postpone_task
from tenants.storage.objects import ObjectCorrupted, ObjectMissing, StoreUnavailable
from tenants.webhook_delivery import deliver_message
from tenants.webhooks import DELIVER_WEBHOOK
from workers.runtime import Runtime

log = structlog.get_logger()

# After so many attempts a passing fault is taken for one that stays: about an hour.
MOST_ATTEMPTS = 60
MOST_CONVERSIONS = 3
MOST_SURPRISES = 5

# Faults that pass by themselves; the task is given back and tried again later.
PASSING = (
    StoreUnavailable,
    ConverterUnavailable,
    ScannerUnavailable,
    TimestampUnavailable,
    TokenAway,
    OperationalError,
)
# Faults that need a person: template, seal, key or finished document is not as it should be.
LASTING = (
    FillingFailed,
    TemplateRefused,
    ConversionFailed,
    DocumentDefective,
    PagesNotDrawn,
    PagesNotJoined,
    SealMissing,
    SealingFailed,
    SealNotAccepted,
    TokenRefused,
    UnreadableKey,
    TenantKeyMissing,
    DecryptionFailed,
    ObjectCorrupted,
    ObjectMissing,
)


def _make_document(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    make_document(runtime.workshop, task_id, payload["request_id"])


def _print_blank_form(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    make_print(runtime.workshop, task_id, payload["form_version_id"])


def _scan_attachment(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    scan_attachment(
        runtime.workshop.sessions,
        runtime.workshop.store,
        runtime.scanner,
        accepts_unscanned=runtime.accepts_unscanned,
        task_id=task_id,
        attachment_id=payload["attachment_id"],
        organisation_id=payload["organisation_id"],
    )


def _erase_object(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    erase_object(
        runtime.workshop.sessions,
        runtime.workshop.store,
        task_id=task_id,
        key=payload["key"],
        version=payload["version"],
    )


def _deliver_webhook(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    deliver_message(
        runtime.workshop.sessions,
        runtime.workshop.master_key,
        allows_private=runtime.allows_private_receivers,
        task_id=task_id,
        delivery_id=payload["delivery_id"],
    )


def _tend_wave(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    tend_wave(runtime.workshop.sessions, task_id=task_id, wave_id=payload["wave_id"], day=today())


def _draw_preview(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    preview = Preview(payload["version_id"], payload["data"])
    draw_preview(runtime.workshop, task_id, preview)


def _draw_frame(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    draw_frame(runtime.workshop, task_id, payload["version_id"])


def _preview_recipient(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    make_preview(runtime.workshop, task_id, payload["item_id"])


def _prepare_bulk_run(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    prepare_run(runtime.workshop.sessions, task_id, payload["run_id"])


def _forget_recipients(runtime: Runtime, task_id: str, _payload: Mapping[str, str]) -> None:
    forget_recipients(runtime.workshop.sessions, task_id, days=runtime.bulk_run_days)


def _print_bulk_run(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    make_print_file(
        runtime.workshop,
        task_id,
        payload["run_id"],
        int(payload["part"]),
        duplex=payload["duplex"] == "yes",
    )


def _check_integrity(runtime: Runtime, task_id: str, _payload: Mapping[str, str]) -> None:
    check_integrity(
        runtime.workshop.sessions,
        runtime.workshop.store,
        task_id=task_id,
        megabytes_per_second=runtime.integrity_megabytes,
    )


def _prepare_signing(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    prepare_signing(runtime.workshop, task_id, payload["signing_id"])


def _check_scan(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    check_scan(runtime.workshop, task_id, payload["signing_id"], payload["sha256"])


def _complete_signing(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    complete_signing(runtime.workshop, task_id, payload["signing_id"])


def _read_terms(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    read_terms(runtime.workshop.sessions, task_id, payload["template_id"])


def _as_who_asked(payload: Mapping[str, str]) -> AbstractContextManager[Scope]:
    """Act as the person whose export it is."""
    return acting_as(
        Scope(
            tenant_id=current_tenant_id(),
            organisation_id=payload["organisation_id"] or None,
            account_id=int(payload["account_id"]),
        )
    )


def _make_export(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    with _as_who_asked(payload):
        make_export(
            runtime.workshop.sessions,
            runtime.workshop.store,
            task_id=task_id,
            export_id=payload["export_id"],
        )


def _erase_export(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    with _as_who_asked(payload):
        erase_export(
            runtime.workshop.sessions,
            runtime.workshop.store,
            task_id=task_id,
            export_id=payload["export_id"],
        )


def _seal_day(runtime: Runtime, task_id: str, _payload: Mapping[str, str]) -> None:
    seal_day(
        runtime.workshop.sessions,
        runtime.workshop.store,
        runtime.workshop.master_key,
        runtime.workshop.timestamps,
        task_id=task_id,
        token_library=runtime.workshop.token_library,
    )


def _stamp_files(runtime: Runtime, task_id: str, _payload: Mapping[str, str]) -> None:
    stamp_files(runtime.workshop, task_id)


def _tend_files(runtime: Runtime, task_id: str, _payload: Mapping[str, str]) -> None:
    tend_files(runtime.workshop.sessions, task_id=task_id)


def _remind(runtime: Runtime, task_id: str, _payload: Mapping[str, str]) -> None:
    sends_mail = runtime.mail_server is not None
    if sends_mail:
        tell_signatories(runtime.workshop.sessions, today_in_berlin())
    remind(runtime.workshop.sessions, task_id=task_id, sends_mail=sends_mail)


def _send_notice(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    send_notice(
        runtime.workshop.sessions,
        runtime.mail_server,
        public_url=runtime.workshop.public_url,
        task_id=task_id,
        notice_id=payload["notice_id"],
    )


def _erase_due(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    erase_due(
        runtime.workshop.sessions,
        runtime.workshop.store,
        task_id=task_id,
        run_id=payload["run_id"],
        locks_files=runtime.workshop.locks_files,
    )


def _pack_transfer(runtime: Runtime, task_id: str, payload: Mapping[str, str]) -> None:
    pack_transfer(runtime.workshop, task_id, payload["offer_id"])


HANDLERS: dict[str, Callable[[Runtime, str, Mapping[str, str]], None]] = {
    MAKE_DOCUMENT: _make_document,
    PRINT_BLANK_FORM: _print_blank_form,
    SCAN_ATTACHMENT: _scan_attachment,
    ERASE_OBJECT: _erase_object,
    DELIVER_WEBHOOK: _deliver_webhook,
    TEND_WAVE: _tend_wave,
    DRAW_PREVIEW: _draw_preview,
    DRAW_FRAME: _draw_frame,
    PREVIEW_RECIPIENT: _preview_recipient,
    PREPARE_RUN: _prepare_bulk_run,
    FORGET_RECIPIENTS: _forget_recipients,
    PRINT_RUN: _print_bulk_run,
    CHECK_INTEGRITY: _check_integrity,
    SEAL_DAY: _seal_day,
    PREPARE_SIGNING: _prepare_signing,
    CHECK_SCAN: _check_scan,
    ERASE_DUE: _erase_due,
    PACK_TRANSFER: _pack_transfer,
    COMPLETE_SIGNING: _complete_signing,
    READ_TERMS: _read_terms,
    MAKE_EXPORT: _make_export,
    ERASE_EXPORT: _erase_export,
    STAMP_FILES: _stamp_files,
    TEND_FILES: _tend_files,
    REMIND: _remind,
    SEND_NOTICE: _send_notice,
}


def perform_task(runtime: Runtime, task_id: str) -> None:
    """Carry out a task of the outbox, whatever tenant it belongs to.

    Passing faults give it back for later; lasting ones end it with a German reason. A task
    that does not exist or is finished is no error: a queue may deliver twice. A fault that
    nobody foresaw is raised, and the task tried again a few times.
    """
    tenant_id = runtime.tenant_of(task_id) if _is_identifier(task_id) else None
    if tenant_id is None:
        log.warning("task.unknown", task=task_id)
        return
    with acting_as(Scope(tenant_id=tenant_id)):
        found = _open_task(runtime, task_id)
        if found is None:
            return
        kind, payload, attempts = found
        bound = log.bind(task=task_id, kind=kind, tenant=tenant_id, attempt=attempts + 1)
        if attempts >= MOST_ATTEMPTS:
            bound.error("task.given_up")
            _end(runtime, task_id, _("Die Arbeit daran ist immer wieder abgebrochen worden."))
            return
        try:
            _carry_out(runtime, task_id, kind, payload, attempts, bound)
        except Exception as error:
            bound.error("task.surprise", fault=type(error).__name__)
            reason = _("Unerwarteter Fehler ({fault}). Die Betreiberin findet ihn im Protokoll.")
            _give_back(
                runtime,
                task_id,
                attempts,
                reason.format(fault=type(error).__name__),
                most_attempts=MOST_SURPRISES,
            )
            raise


def _carry_out(
    runtime: Runtime,
    task_id: str,
    kind: str,
    payload: Mapping[str, str],
    attempts: int,
    bound: structlog.typing.FilteringBoundLogger,
) -> None:
    try:
        HANDLERS[kind](runtime, task_id, payload)
    except RequestOvertaken:
        bound.info("task.overtaken")
    except (RequestBusy, ExportBusy):
        bound.info("task.busy")
        reason = _("Ein anderer Vorgang ist noch nicht fertig; es wird von selbst weiter versucht.")
        with runtime.workshop.sessions.begin() as session:
            postpone_task(session, task_id, reason)
    except PASSING as error:
        bound.warning("task.postponed", fault=type(error).__name__)
        _give_back(runtime, task_id, attempts, _passing_reason(error))
    except ConversionTimeout as error:
        bound.warning("task.conversion_timeout")
        _give_back(runtime, task_id, attempts, str(error), most_attempts=MOST_CONVERSIONS)
    except LASTING as error:
        bound.error("task.failed", fault=type(error).__name__)
        if isinstance(error, TokenPinRefused):
            with runtime.workshop.sessions.begin() as session:
                note_refused_pin(session)
        _end(runtime, task_id, str(error))
    else:
        bound.info("task.done")


def _is_identifier(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _open_task(runtime: Runtime, task_id: str) -> tuple[str, dict[str, str], int] | None:
    with runtime.workshop.sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.id == task_id)).first()
        if task is None or task.state in ("done", "failed"):
            return None
        return task.kind, dict(task.payload), task.attempts


def _passing_reason(error: Exception) -> str:
    if not isinstance(error, OperationalError):
        return str(error)
    return _("Die Datenbank war nicht erreichbar; es wird von selbst weiter versucht.")


def _give_back(
    runtime: Runtime,
    task_id: str,
    attempts: int,
    reason: str,
    *,
    most_attempts: int = MOST_ATTEMPTS,
) -> None:
    if attempts + 1 >= most_attempts:
        _end(runtime, task_id, reason)
        return
    with runtime.workshop.sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.id == task_id)).one()
        request = _request_of(session, task)
        if request is not None and request.state == "working" and not _is_held(request):
            request.failure = reason[:1000]
        postpone_task(session, task_id, reason)


def _end(runtime: Runtime, task_id: str, reason: str) -> None:
    with runtime.workshop.sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        request = _request_of(session, task)
        if request is not None and _is_held(request):
            # Another worker took it up meanwhile; the outcome is its to tell.
            return
        if request is not None and request.state != "done":
            request.state, request.failure, request.lease_until = "failed", reason[:1000], None
        fail_task(task, reason)


def _is_held(request: DocumentRequest) -> bool:
    return request.lease_until is not None and request.lease_until > now()


def _request_of(session: Session, task: Task) -> DocumentRequest | None:
    if task.kind != MAKE_DOCUMENT:
        return None
    return session.scalars(
        select(DocumentRequest)
        .where(DocumentRequest.id == task.payload["request_id"])
        .with_for_update()
    ).first()
