"""H11: deletion runs: counted before, released by a second person, nothing of persons after."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from document_templates.archive.models import StampedFile
from document_templates.archive.renewing import STAMP_FILES
from document_templates.models import Document, DocumentVersion
from document_templates.retention.due import (
    due_documents,
    hold,
    kept_document,
    lift_hold,
    set_start,
)
from document_templates.retention.erasing import ErasureRefused, plan_run, release_run
from document_templates.retention.journal import LOCKED_FOR
from document_templates.retention.keeping import assign_classes
from document_templates.retention.models import ErasureEntry, ErasureRun
from document_templates.signing.models import Signing
from forms.surroundings import today_in_berlin
from tenants.case_keys import document_case
from tenants.context import Scope
from tenants.database import now
from tenants.outbox import Task
from tenants.storage.objects import ObjectLocked, ObjectMissing, content_hash
from tenants.storage.tenant_store import TenantStore
from tests.document_templates.archive.conftest import (  # noqa: F401
    Archive,
    ceph_archive,
    local_archive,
)
from tests.document_templates.archive.test_integrity import alarms_of
from tests.document_templates.archive.test_renewing import (
    open_archive as open_stamped_archive,
)
from tests.support.pipeline import open_case
from tests.support.validation_services import open_services
from tests.support.web import Visitor
from tests.support.web_forms import form_of, text_of
from workers.handlers import perform_task

LONG_AGO = date(2000, 5, 31)


@pytest.fixture(params=["local_archive", "ceph_archive"])
def archive(request: pytest.FixtureRequest) -> Archive:
    found: Archive = request.getfixturevalue(request.param)
    return replace(found, case=open_case(found.case.installation))


def in_office(archive: Archive, account_id: int) -> Scope:
    return Scope(tenant_id=archive.case.tenant.id, account_id=account_id)


def make_due(archive: Archive, key: str = "LK-E") -> DocumentVersion:
    """Make a document of a class whose time is long over."""
    installation = archive.case.installation
    form_id = archive.case.form.form_id
    installation.in_scope(archive.scope, lambda session: assign_classes(session, {form_id: key}))
    version = archive.make_document()

    def start(session: Session) -> None:
        document = session.get_one(Document, (archive.case.tenant.id, version.document_id))
        set_start(session, kept_document(session, document), LONG_AGO)

    installation.in_scope(archive.scope, start)
    return version


def due_ids(archive: Archive, day: date) -> set[str]:
    return archive.case.installation.in_scope(
        archive.scope, lambda session: {one.document.id for one in due_documents(session, day)}
    )


def run_to_its_end(archive: Archive, run_id: str) -> ErasureRun:
    def task_id(session: Session) -> str:
        return session.scalars(select(Task.id).where(Task.payload["run_id"].astext == run_id)).one()

    perform_task(archive.runtime, archive.case.installation.in_scope(archive.scope, task_id))
    return archive.case.installation.in_scope(
        archive.scope,
        lambda session: session.scalars(select(ErasureRun).where(ErasureRun.id == run_id)).one(),
    )


def plan(archive: Archive, account_id: int) -> ErasureRun:
    return archive.case.installation.in_scope(
        in_office(archive, account_id),
        lambda session: plan_run(session, today_in_berlin(), person_name="Erste"),
    )


def release(archive: Archive, run_id: str, account_id: int) -> None:
    archive.case.installation.in_scope(
        in_office(archive, account_id),
        lambda session: release_run(session, run_id, person_name="Zweite"),
    )


def test_h11_5_and_6_a_run_takes_everything_and_keeps_ids_and_hashes(archive: Archive) -> None:
    version, other = make_due(archive), archive.make_document()
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    run = plan(archive, 1)
    assert (run.counts, run.documents) == ({"LK-E": 1}, [version.document_id])
    # Planned is not erased.
    assert store.versions(version.pdf_key) and store.versions(version.docx_key)
    with pytest.raises(ErasureRefused, match="zweite Person"):
        release(archive, run.id, 1)
    release(archive, run.id, 2)
    done = run_to_its_end(archive, run.id)
    assert (done.state, done.skipped) == ("done", 0)
    # Every version is gone from the store, and the document of somebody else is not.
    assert store.versions(version.pdf_key) == store.versions(version.docx_key) == []
    assert store.versions(other.pdf_key)

    def remains(session: Session) -> tuple[ErasureEntry, Document]:
        entry = session.scalars(select(ErasureEntry)).one()
        return entry, session.get_one(Document, (archive.case.tenant.id, version.document_id))

    entry, document = archive.case.installation.in_scope(archive.scope, remains)
    assert entry.versions == [
        {"id": version.id, "pdf": version.pdf_sha256, "docx": version.docx_sha256}
    ]
    assert document.erased_at is not None
    assert (document.recipient, document.organisation_name) == ("", "")
    # What is erased on purpose raises no alarm, and the chain still holds.
    archive.run_job()
    alarms = archive.case.installation.in_scope(
        archive.scope,
        lambda session: session.execute(
            text("SELECT count(*) FROM integrity_alarm"),
            execution_options={"tenant_guarded": True},
        ).scalar_one(),
    )
    assert alarms == 0


def test_a_copy_of_an_erased_file_is_unreadable(local_archive: Archive) -> None:  # noqa: F811
    archive = replace(local_archive, case=open_case(local_archive.case.installation))
    version = make_due(archive)
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    copy = archive.read_raw(version.pdf_key)
    assert not copy.startswith(b"%PDF")
    assert store.get(version.pdf_key, version.pdf_object_version, version.pdf_sha256)[:4] == b"%PDF"
    release(archive, plan(archive, 1).id, 2)
    run_to_its_end(archive, archive.case.installation.in_scope(archive.scope, last_run))
    # What a backup of the object store brings back is there again, and nobody can read it.
    folder = Path(archive.case.installation.settings.data_directory) / "objects" / "objects"
    restored = folder / f"{version.pdf_key}="
    restored.mkdir()
    (restored / "data").write_bytes(copy)
    (restored / "metadata.json").write_text(
        json.dumps(
            {
                "key": version.pdf_key,
                "version_id": version.pdf_object_version,
                "sha256": content_hash(copy),
                "size": len(copy),
                "retain_until": None,
            }
        )
    )
    with pytest.raises(ObjectMissing):
        store.get(version.pdf_key, version.pdf_object_version, version.pdf_sha256)
    with pytest.raises(ObjectMissing):
        store.put(
            store.case_key(
                document_case(archive.case.tenant.id, number_of(archive, version)), "a", "b"
            ),
            b"late",
            content_type="text/plain",
            sha256=content_hash(b"late"),
        )


def number_of(archive: Archive, version: DocumentVersion) -> str:
    return archive.case.installation.in_scope(
        archive.scope,
        lambda session: (
            session.get_one(Document, (archive.case.tenant.id, version.document_id)).number
        ),
    )


def last_run(session: Session) -> str:
    return (
        session.scalars(select(ErasureRun.id).order_by(ErasureRun.planned_at.desc())).first() or ""
    )


def test_a_locked_file_of_a_case_does_not_stop_the_erasure(ceph_archive: Archive) -> None:  # noqa: F811
    archive = replace(ceph_archive, case=open_case(ceph_archive.case.installation))
    version = make_due(archive)
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    number = number_of(archive, version)
    case_id = document_case(archive.case.tenant.id, number)
    content = b"scan"
    locked = store.put(
        store.case_key(case_id, "signings", "scan"),
        content,
        content_type="text/plain",
        sha256=content_hash(content),
        retain_until=now() + timedelta(minutes=1),
    )
    archive.case.installation.in_scope(
        archive.scope,
        lambda session: session.add(
            Signing(
                document_id=version.document_id, version_id=version.id, title="T", number=number,
                level="L3p", verification_code="x", pdf_key=locked.key,
                pdf_object_version=locked.version_id, pdf_sha256=locked.sha256, pdf_size=4,
            )
        ),
    )  # fmt: skip
    release(archive, plan(archive, 1).id, 2)
    done = run_to_its_end(archive, archive.case.installation.in_scope(archive.scope, last_run))
    assert (done.state, done.skipped) == ("done", 0)
    assert store.versions(locked.key)
    with pytest.raises(ObjectMissing):
        store.get(locked.key, locked.version_id, locked.sha256)


def test_the_journal_is_locked_where_the_store_holds_a_lock(ceph_archive: Archive) -> None:  # noqa: F811
    archive = replace(ceph_archive, case=open_case(ceph_archive.case.installation))
    assert archive.runtime.workshop.locks_files
    make_due(archive)
    release(archive, plan(archive, 1).id, 2)
    run_to_its_end(archive, archive.case.installation.in_scope(archive.scope, last_run))
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    entry = store.stat(store.key("erasures", "000000001.json"))
    assert entry is not None
    with pytest.raises(ObjectLocked) as locked:
        store.delete(entry.key, entry.version_id)
    assert locked.value.until is not None
    assert LOCKED_FOR - timedelta(days=1) < locked.value.until - now() <= LOCKED_FOR
    # A backup is kept for a shorter time, as the handbook of those who run it says.
    assert timedelta(days=35) < LOCKED_FOR


def test_a_document_goes_with_its_time_stamped_files(
    local_archive: Archive,  # noqa: F811
) -> None:
    with open_services(datetime.now(UTC)) as services:
        # A stamp within the seal (B-LT) that soon ends, and a later one beside it (B-LTA).
        services.open_timestamps(timedelta(days=60))
        archive = open_stamped_archive(local_archive, services)
        version = make_due(archive)
        assert version.stamped_until is not None
        assert archive.run_job(STAMP_FILES).state == "done"

        def stamped(session: Session) -> list[StampedFile]:
            return list(session.scalars(select(StampedFile)))

        every = archive.case.installation.in_scope
        (file,) = every(archive.scope, stamped)
        assert file.level == "PAdES B-LTA"
        store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
        assert store.get(file.object_key, file.object_version, file.sha256)[:4] == b"%PDF"
        release(archive, plan(archive, 1).id, 2)
        done = run_to_its_end(archive, every(archive.scope, last_run))
        assert (done.state, done.skipped) == ("done", 0)
        assert store.versions(file.object_key) == store.versions(version.pdf_key) == []
        with pytest.raises(ObjectMissing):
            store.get(file.object_key, file.object_version, file.sha256)
        # It is stamped no more, and nothing raises an alarm.
        assert archive.run_job(STAMP_FILES).state == "done"
        assert [one.id for one in every(archive.scope, stamped)] == [file.id]
        archive.run_job()
        assert alarms_of(archive) == set()


def test_a_hold_outlasts_every_time(local_archive: Archive) -> None:  # noqa: F811
    archive = replace(local_archive, case=open_case(local_archive.case.installation))
    version = make_due(archive)
    today = today_in_berlin()

    def kept(session: Session, work: str) -> None:
        document = session.get_one(Document, (archive.case.tenant.id, version.document_id))
        found = kept_document(session, document)
        if work == "hold":
            hold(session, found, reason="Klage", person_name="Kim")
        else:
            lift_hold(session, found)

    assert due_ids(archive, today) == {version.document_id}
    run = plan(archive, 1)
    archive.case.installation.in_scope(archive.scope, lambda session: kept(session, "hold"))
    assert due_ids(archive, today) == set()
    # Held between plan and release: the run leaves it out.
    release(archive, run.id, 2)
    done = run_to_its_end(archive, run.id)
    assert (done.state, done.skipped) == ("done", 1)
    archive.case.installation.in_scope(archive.scope, lambda session: kept(session, "lift"))
    assert due_ids(archive, today) == {version.document_id}


def test_h11_4_due_on_the_day_after_the_time_and_not_before(local_archive: Archive) -> None:  # noqa: F811
    archive = replace(local_archive, case=open_case(local_archive.case.installation))
    version = make_due(archive, "LK-D")
    first = date(2000, 9, 1)
    assert due_ids(archive, first - timedelta(days=1)) == set()
    assert due_ids(archive, first) == {version.document_id}


def test_what_is_sensitive_needs_two_persons_whatever_is_set(local_archive: Archive) -> None:  # noqa: F811
    archive = replace(local_archive, case=open_case(local_archive.case.installation))
    version = make_due(archive)

    def prepare(session: Session, data_class: str) -> None:
        session.execute(
            text("UPDATE tenant SET four_eyes = false WHERE id = :id"),
            {"id": archive.case.tenant.id},
            execution_options={"tenant_guarded": True},
        )
        session.execute(
            update(Document).where(Document.id == version.document_id).values(data_class=data_class)
        )

    archive.case.installation.in_scope(archive.scope, lambda session: prepare(session, "K4"))
    run = plan(archive, 1)
    assert run.needs_two
    with pytest.raises(ErasureRefused):
        release(archive, run.id, 1)


def test_the_pages_lead_from_the_document_to_the_record(
    app: Flask,
    local_archive: Archive,  # noqa: F811
) -> None:
    archive = replace(local_archive, case=open_case(local_archive.case.installation))
    case, installation = archive.case, archive.case.installation
    installation.in_scope(
        archive.scope, lambda session: assign_classes(session, {case.form.form_id: "LK-E"})
    )
    version = archive.make_document()
    fachkraft = Visitor(app, installation.person(tenant=case.tenant, role="fachkraft"))
    path = f"/{case.tenant.slug}/dokumente/{version.document_id}"
    assert "noch offen" in text_of(fachkraft.get(path))
    started = form_of(fachkraft.get(path), "//form[contains(@action, 'fristbeginn')]")
    fachkraft.post(started.action, started.filled({"event": "gestern"}))
    assert "Das ist kein Datum" in text_of(fachkraft.get(path), "//body")
    fachkraft.post(started.action, started.filled({"event": "31.05.2000"}))
    assert "01.06.2010" in text_of(fachkraft.get(path))
    # A Träger sees nothing of it.
    assert "Löschklasse" not in text_of(Visitor(app, case.person).get(path))

    admins = [
        Visitor(app, installation.person(tenant=case.tenant, role="tenant_admin"))
        for _number in range(2)
    ]
    runs = f"/{case.tenant.slug}/loeschlauf/"
    page = admins[0].get(runs)
    assert "LK-E" in text_of(page)
    planned = form_of(page, "//form[contains(@action, 'planen')]")
    shown = admins[0].post(planned.action, planned.filled()).location
    assert "Eine zweite Person" in text_of(admins[0].get(shown))
    released = form_of(admins[1].get(shown), "//form[contains(@action, 'freigeben')]")
    assert admins[1].post(released.action, released.filled()).status_code == 302
    run_to_its_end(archive, shown.rpartition("/")[2])
    record = text_of(admins[1].get(shown))
    assert version.pdf_sha256 in record and "Löschprotokoll" in record
    assert "Kim" not in record.replace("Kim Muster", "")
    gone = text_of(fachkraft.get(path))
    assert "Dieses Dokument ist gelöscht" in gone
    assert "Gelöscht" in text_of(fachkraft.get(f"/{case.tenant.slug}/dokumente/"))
    file = f"/{case.tenant.slug}/dokumente/fassung/{version.id}/pdf"
    assert fachkraft.get(file).status_code == 404
