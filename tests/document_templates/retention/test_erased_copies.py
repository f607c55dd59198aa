"""H11.6: what is kept for a day of something erased is unreadable at once, not a day later.

The bytes of the object store are compared with what an opened file holds, before and after.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from document_templates.bulk_runs.leftovers import latest_task
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.bulk_runs.results import (
    PRINT_RUN,
    count_parts,
    print_payload,
    prints_of,
    read_part,
    zip_part,
)
from document_templates.models import DocumentRequest, DocumentVersion, TemplateVersion
from document_templates.previewing.previews import Preview, find_pages, request_preview
from document_templates.printed_files import PrintedFile
from forms.exports.background import MAKE_EXPORT, export_parts, find_export, own_exports
from forms.exports.models import SubmissionExport
from tenants.context import Scope
from tenants.database import new_id
from tenants.outbox import Task, enqueue
from tenants.storage.objects import ObjectMissing, content_hash
from tenants.storage.tenant_store import TenantStore
from tests.document_templates.archive.conftest import Archive, local_archive  # noqa: F401
from tests.document_templates.retention.test_erased_submissions import (
    erase_what_is_due,
    every_text,
    submission_of,
    submit_long_ago,
)
from tests.support.pipeline import open_case
from workers.handlers import perform_task


@pytest.fixture
def archive(local_archive: Archive) -> Archive:  # noqa: F811
    return replace(local_archive, case=open_case(local_archive.case.installation))


def store_of(archive: Archive) -> TenantStore:
    return TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)


@pytest.fixture
def colleague(archive: Archive) -> Scope:
    """A colleague whom no deletion run acts for."""
    person = archive.case.installation.person(tenant=archive.case.tenant, role="fachkraft")
    return Scope(archive.case.tenant.id, None, person.account_id)


def ask_for_export(archive: Archive, colleague: Scope) -> tuple[str, str]:
    """Ask for an export; return it and its task."""

    def ask(session: Session) -> tuple[str, str]:
        export = SubmissionExport(
            id=new_id(), form_id=archive.case.form.form_id, account_id=colleague.account_id,
            format="csv", columns=["nummer"], roles=["fachkraft"], is_own_only=False, rows_asked=1,
            view={"filters": [], "columns": ["nummer"], "sort": "", "descending": False},
        )  # fmt: skip
        session.add(export)
        payload = {
            "export_id": export.id,
            "organisation_id": "",
            "account_id": str(colleague.account_id),
        }
        task = enqueue(session, MAKE_EXPORT, payload)
        export.task_id = task.id
        return export.id, task.id

    return archive.case.installation.in_scope(colleague, ask)


def export_of(archive: Archive, colleague: Scope, export_id: str) -> SubmissionExport:
    return archive.case.installation.in_scope(
        colleague,
        lambda session: find_export(session, archive.case.form.form_id, export_id),
    )


def test_exports_of_everybody_are_taken_back(archive: Archive, colleague: Scope) -> None:
    submit_long_ago(archive)
    ready_id, ready_task = ask_for_export(archive, colleague)
    perform_task(archive.runtime, ready_task)
    ready = export_of(archive, colleague, ready_id)
    assert ready.state == "ready", ready.failure
    (part,) = export_parts(ready)
    store = store_of(archive)
    content = store.get(part.key, part.version_id, part.sha256)
    number = every_text(archive, "SELECT number FROM submission")[3:-4]
    assert number.encode() in content
    # What lies in the store is not what is read.
    raw = archive.read_raw(part.key)
    assert number.encode() not in raw
    waiting_id, waiting_task = ask_for_export(archive, colleague)

    erase_what_is_due(archive)
    with pytest.raises(ObjectMissing):
        store.get(part.key, part.version_id, part.sha256)
    perform_task(archive.runtime, waiting_task)
    for export_id in (ready_id, waiting_id):
        withdrawn = export_of(archive, colleague, export_id)
        assert (withdrawn.state, withdrawn.parts) == ("failed", [])
        assert "Fordern Sie die Datei neu an" in withdrawn.failure
    run_erasures(archive)
    assert store.versions(part.key) == []


def test_an_export_that_was_begun_before_cannot_be_stored_after(
    archive: Archive, colleague: Scope
) -> None:
    submit_long_ago(archive)
    export_id, task_id = ask_for_export(archive, colleague)
    archive.case.installation.in_scope(
        colleague,
        lambda session: session.execute(update(SubmissionExport).values(state="working")),
    )
    erase_what_is_due(archive)
    store = store_of(archive)
    with pytest.raises(ObjectMissing):
        store.put(
            store.case_key(export_id, "exports", "00000"), b"", content_type="text/csv",
            sha256=content_hash(b""),
        )  # fmt: skip
    # Whoever wants one gets it anew.
    perform_task(archive.runtime, task_id)
    _another, task_id = ask_for_export(archive, colleague)
    perform_task(archive.runtime, task_id)
    states = archive.case.installation.in_scope(
        colleague,
        lambda session: [one.state for one in own_exports(session, archive.case.form.form_id)],
    )
    assert sorted(states) == ["failed", "ready"]


def run_erasures(archive: Archive) -> None:
    """Carry out what is to be erased now."""

    def ready(session: Session) -> list[str]:
        query = select(Task.id).where(
            Task.kind == "erase_object", Task.state == "ready", Task.available_at <= text("now()")
        )
        return list(session.scalars(query))

    for task_id in archive.case.installation.in_scope(archive.scope, ready):
        perform_task(archive.runtime, task_id)


def test_a_preview_with_real_answers_goes_with_its_submission(archive: Archive) -> None:
    version = submit_long_ago(archive)
    submission_id = submission_of(archive, version)

    def ask(session: Session) -> tuple[Preview, str]:
        template = session.scalars(select(TemplateVersion.id)).first()
        preview = Preview(str(template), submission_id)
        return preview, request_preview(session, preview).id

    preview, task_id = archive.case.installation.in_scope(archive.scope, ask)
    perform_task(archive.runtime, task_id)
    pages = archive.case.installation.in_scope(
        archive.scope, lambda session: find_pages(session, archive.runtime.workshop.store, preview)
    )
    assert pages > 0
    stored = archive.case.installation.in_scope(
        archive.scope,
        lambda session: [
            (one.payload["key"], one.payload["version"])
            for one in session.scalars(select(Task).where(Task.kind == "erase_object"))
        ],
    )
    assert len(stored) == pages + 1
    assert not archive.read_raw(stored[0][0]).startswith(b"\x89PNG")
    erase_what_is_due(archive)
    store = store_of(archive)
    for key, object_version in stored:
        with pytest.raises(ObjectMissing):
            store.get(key, object_version, "0" * 64)
    run_erasures(archive)
    assert [store.versions(key) for key, _version in stored] == [[]] * len(stored)


def put_into_a_run(archive: Archive, versions: list[DocumentVersion]) -> BulkRun:
    """Make documents those of a finished bulk run."""

    def work(session: Session) -> BulkRun:
        template = session.scalars(select(TemplateVersion)).first()
        assert template is not None
        run = BulkRun(
            id=new_id(), title="Bescheide", template_id=template.template_id,
            source="submissions", state="running",
        )  # fmt: skip
        session.add(run)
        session.flush()
        for position, version in enumerate(versions, start=1):
            item = BulkItem(id=new_id(), run_id=run.id, position=position, label=f"Kind {position}")
            session.add(item)
            session.flush()
            session.execute(
                update(DocumentRequest)
                .where(DocumentRequest.id == version.request_id)
                .values(bulk_item_id=item.id)
            )
        return run

    return archive.case.installation.in_scope(archive.scope, work)


def print_run(archive: Archive, run: BulkRun) -> bytes:
    """Have the print file of the first part made, and return it."""
    payload = print_payload(run, 1, duplex=False)
    task_id = archive.case.installation.in_scope(
        archive.scope, lambda session: enqueue(session, PRINT_RUN, payload).id
    )
    perform_task(archive.runtime, task_id)

    def read(session: Session) -> bytes:
        task = latest_task(session, PRINT_RUN, payload)
        assert task is not None
        assert task.state == "done", task.failure
        prints = prints_of(session, archive.runtime.workshop.store, run, count_parts(session, run))
        assert prints.has(1, duplex=False)
        return prints.find(1, duplex=False) or b""

    return archive.case.installation.in_scope(archive.scope, read)


def test_a_print_file_goes_with_the_first_of_its_documents(archive: Archive) -> None:
    gone = submit_long_ago(archive)
    stays = archive.make_document()
    archive.execute_as_superuser(
        "UPDATE submission SET submitted_at = now() WHERE tenant_id = :tenant AND id IN"
        " (SELECT submission_id FROM document WHERE id = :document)",
        tenant=archive.case.tenant.id, document=stays.document_id,
    )  # fmt: skip
    run = put_into_a_run(archive, [gone, stays])
    former = print_run(archive, run)
    ((key, object_version, sha256),) = archive.case.installation.in_scope(
        archive.scope,
        lambda session: [
            (one.object_key, one.object_version, one.sha256)
            for one in session.scalars(select(PrintedFile))
        ],
    )
    store = store_of(archive)
    assert store.get(key, object_version, sha256) == former
    assert not archive.read_raw(key).startswith(b"%PDF")

    assert erase_what_is_due(archive).counts == {"LK-E": 1}
    with pytest.raises(ObjectMissing):
        store.get(key, object_version, sha256)
    # Nobody who began to print before can store what was erased.
    with pytest.raises(ObjectMissing):
        store.put(key, former, content_type="application/pdf", sha256=sha256)
    # No alarm tells of what went on purpose, and the rest is printed and packed as before.
    archive.run_job()
    assert every_text(archive, "SELECT id FROM integrity_alarm") == "[]"
    latter = print_run(archive, run)
    assert latter.startswith(b"%PDF")
    assert len(latter) < len(former)
    documents = archive.case.installation.in_scope(
        archive.scope, lambda session: read_part(session, run, 1)
    )
    packed = b"".join(zip_part(store, documents))
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert len(opened.namelist()) == 2
    run_erasures(archive)
    assert store.versions(key) == []
