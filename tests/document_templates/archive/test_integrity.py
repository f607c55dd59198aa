"""H12.6: whoever changes one byte of what is stored is found out within a night, in both stores."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.factory import create_app
from document_templates.archive import integrity
from document_templates.archive.alarms import open_alarms
from document_templates.archive.integrity import CHECK_INTEGRITY
from document_templates.archive.models import IntegrityAlarm, IntegrityRun
from document_templates.blank_form_prints import request_print
from document_templates.bulk_runs.leftovers import keep_for_a_day
from document_templates.bulk_runs.results import PRINT_RUN
from document_templates.frames.keeping import composed_frame, create_frame
from document_templates.frames.models import FrameVersion
from document_templates.framing.composing import FrameParts
from document_templates.pictures import blank_png
from document_templates.printed_files import PrintedFile
from forms.models import FormVersion
from tenants.context import NOBODY, acting_as
from tenants.database import now
from tenants.models import PlatformMembership
from tenants.outbox import enqueue
from tenants.storage.objects import ObjectCorrupted
from tenants.storage.tenant_store import TenantStore
from tests.document_templates.archive.conftest import Archive
from tests.support.installation import Installation
from tests.support.pipeline import open_case
from tests.support.web import Visitor
from tests.support.web_forms import text_of
from tests.tenants.storage.conftest import raw_client
from workers.handlers import perform_task
from workers.schedule import SCHEDULE

Found = set[tuple[str, str, str]]


def flip_a_byte(archive: Archive, key: str) -> bytes:
    """Change one bit in the middle of a stored file; return what it was."""
    before = archive.read_raw(key)
    changed = bytearray(before)
    changed[len(changed) // 2] ^= 1
    archive.overwrite(key, bytes(changed))
    return before


def alarms_of(archive: Archive) -> Found:
    def work(session: Session) -> Found:
        return {(one.finding, one.subject, one.subject_id) for one in open_alarms(session)}

    return archive.case.installation.in_scope(archive.scope, work)


def last_run(archive: Archive) -> IntegrityRun:
    return archive.case.installation.in_scope(
        archive.scope,
        lambda session: session.scalars(
            select(IntegrityRun).order_by(IntegrityRun.started_at.desc()).limit(1)
        ).one(),
    )


def close_every_alarm(archive: Archive) -> None:
    archive.case.installation.in_scope(
        archive.scope,
        lambda session: session.execute(
            text("UPDATE integrity_alarm SET closed_at = now()"),
            execution_options={"tenant_guarded": True},
        ),
    )


def test_every_night_is_a_run() -> None:
    (job,) = [job for job in SCHEDULE if job.kind == CHECK_INTEGRITY]
    assert job.name == "Unversehrtheit"


def test_one_changed_byte_raises_an_alarm_until_it_is_mended(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    version = archive.make_document()
    assert archive.run_job().state == "done"
    assert alarms_of(archive) == set()
    run = last_run(archive)
    assert run.finished_at is not None
    # The PDF, the DOCX and the template of this tenant were read, and its one entry reckoned.
    assert (run.entries, run.alarms) == (1, 0)
    assert run.files >= 3
    assert run.size >= version.pdf_size + version.docx_size

    before = flip_a_byte(archive, version.pdf_key)
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    with pytest.raises(ObjectCorrupted):
        store.get(version.pdf_key, version.pdf_object_version, version.pdf_sha256)
    capsys.readouterr()
    assert archive.run_job().state == "done"
    assert alarms_of(archive) == {("corrupted", "pdf", version.id)}
    assert last_run(archive).alarms == 1
    said = "".join(capsys.readouterr())
    assert "integrity.alarm" in said and version.id in said

    # The next night says it again, and there is still one alarm.
    archive.run_job()
    assert alarms_of(archive) == {("corrupted", "pdf", version.id)}

    archive.overwrite(version.pdf_key, before)
    close_every_alarm(archive)
    archive.run_job()
    assert alarms_of(archive) == set()


def test_h12_6_what_another_program_writes_over_a_file_leaves_the_original(
    ceph_archive: Archive,
) -> None:
    archive = new_archive(ceph_archive)
    version = archive.make_document()
    settings = archive.case.installation.settings.s3
    assert settings is not None
    raw_client(settings).put_object(settings.bucket, version.pdf_key, io.BytesIO(b"forged"), 6)
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    # The register names the version: it is still there, and it is what is handed out.
    original = store.get(version.pdf_key, version.pdf_object_version, version.pdf_sha256)
    assert len(original) == version.pdf_size
    archive.run_job()
    assert alarms_of(archive) == set()


def test_a_lost_file_raises_an_alarm(archive: Archive) -> None:
    version = archive.make_document()
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    store.delete(version.docx_key, version.docx_object_version)
    archive.run_job()
    assert alarms_of(archive) == {("missing", "docx", version.id)}
    archive.execute_as_superuser("DELETE FROM proof WHERE document_version_id = :id", id=version.id)
    archive.execute_as_superuser("DELETE FROM document_version WHERE id = :id", id=version.id)
    # A row that is gone breaks the chain: its head says that there was one more.
    close_every_alarm(archive)
    archive.run_job()
    assert ("chain", "register", archive.case.tenant.id) in alarms_of(archive)


def test_a_changed_entry_breaks_the_chain_where_it_stands(local_archive: Archive) -> None:
    archive = new_archive(local_archive)
    versions = [archive.make_document() for _number in range(3)]
    archive.execute_as_superuser(
        "UPDATE document_version SET sealed_at = sealed_at - interval '1 day' WHERE id = :id",
        id=versions[1].id,
    )
    archive.run_job()

    def position(session: Session) -> int | None:
        return session.scalars(
            select(IntegrityAlarm.position).where(IntegrityAlarm.finding == "chain")
        ).one()

    assert archive.case.installation.in_scope(archive.scope, position) == 2


def new_archive(archive: Archive) -> Archive:
    """Return an archive of another tenant in the same store."""
    return replace(archive, case=open_case(archive.case.installation))


def test_prints_and_frames_are_read_too(local_archive: Archive) -> None:
    """Blank forms and print files of bulk runs are in no register, and their bytes count too."""
    archive = new_archive(local_archive)
    workshop, case = archive.runtime.workshop, archive.case
    store = TenantStore(workshop.store, case.tenant.id)

    def ask(session: Session) -> str:
        return request_print(
            session, session.get_one(FormVersion, (case.tenant.id, case.form.id))
        ).id

    perform_task(archive.runtime, case.installation.in_scope(archive.scope, ask))
    key = store.key("bulk-prints", "lauf", "druck.pdf")
    task_id = case.installation.in_scope(
        archive.scope, lambda session: enqueue(session, PRINT_RUN, {}).id
    )
    with acting_as(archive.scope):
        keep_for_a_day(workshop, store, task_id, key, b"%PDF-druck")

    def make_frame(session: Session) -> str:
        content = composed_frame(FrameParts([blank_png()], head="Amt"))
        return create_frame(session, workshop.store, "Bogen", content, person_name="Kim").id

    frame_id = case.installation.in_scope(archive.scope, make_frame)
    archive.run_job()
    assert alarms_of(archive) == set()

    def prints(session: Session) -> dict[str, PrintedFile]:
        return {one.purpose: one for one in session.scalars(select(PrintedFile))}

    def frame(session: Session) -> FrameVersion:
        return session.get_one(FrameVersion, (case.tenant.id, frame_id))

    found = case.installation.in_scope(archive.scope, prints)
    assert set(found) == {"blank_form", "bulk_run"}
    for one in found.values():
        flip_a_byte(archive, one.object_key)
    flip_a_byte(archive, case.installation.in_scope(archive.scope, frame).object_key)
    archive.run_job()
    expected = {("corrupted", "print", one.id) for one in found.values()}
    assert alarms_of(archive) == expected | {("corrupted", "frame", frame_id)}
    # A print that is due to be erased is no longer asked for.
    archive.execute_as_superuser(
        "UPDATE printed_file SET erase_at = now() - interval '1 hour' WHERE id = :id",
        id=found["bulk_run"].id,
    )
    store.delete(key, found["bulk_run"].object_version)
    close_every_alarm(archive)
    archive.run_job()
    assert ("missing", "print", found["bulk_run"].id) not in alarms_of(archive)


def test_a_run_in_slices_goes_on_where_it_was(
    local_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = new_archive(local_archive)
    versions = [archive.make_document() for _number in range(3)]
    monkeypatch.setattr(integrity, "SLICE_FILES", 1)
    monkeypatch.setattr(integrity, "SLICE_ENTRIES", 1)
    flip_a_byte(archive, versions[2].docx_key)
    task = archive.run_job()
    assert task.state == "done"
    run = last_run(archive)
    assert (run.entries, run.files, run.alarms) == (3, 7, 1)
    assert alarms_of(archive) == {("corrupted", "docx", versions[2].id)}


def test_a_slice_rests_so_that_the_store_gives_no_more_than_its_rate(
    local_archive: Archive,
) -> None:
    archive = new_archive(local_archive)
    version = archive.make_document()
    slow = replace(archive.runtime, integrity_megabytes=1)
    task_id = archive.begin_job(CHECK_INTEGRITY)
    while archive.task(task_id).payload.get("phase") != "pdf":
        perform_task(slow, task_id)
    began = now()
    perform_task(slow, task_id)
    task = archive.task(task_id)
    assert task.state == "ready"
    assert (task.available_at - began).total_seconds() >= version.pdf_size / 1_000_000


def test_an_alarm_is_seen_and_closed_by_those_who_administer(
    app: Flask, local_archive: Archive, installation: Installation
) -> None:
    archive = new_archive(local_archive)
    tenant = archive.case.tenant
    version = archive.make_document()
    flip_a_byte(archive, version.pdf_key)
    archive.run_job()
    admin = Visitor(app, installation.person(tenant=tenant, role="tenant_admin"))
    assert "nicht mehr unversehrt" in text_of(admin.get(f"/{tenant.slug}/uebersicht"))
    path = f"/{tenant.slug}/unversehrtheit/"
    page = admin.get(path)
    assert "passt nicht mehr zu seiner Prüfsumme" in text_of(page)
    (alarm,) = archive.case.installation.in_scope(archive.scope, open_alarms)
    document = f"/{tenant.slug}/dokumente/{version.document_id}"
    worker = Visitor(app, installation.person(tenant=tenant, role="fachkraft"))
    assert "Integrität verletzt" in text_of(worker.get(document))
    # Whoever closes it says why; nothing typed is lost.
    refused = admin.post(f"{path}{alarm.id}/erledigt", {"remedy": " "})
    assert refused.status_code == 422
    assert "was getan wurde" in text_of(refused)
    closed = admin.post(f"{path}{alarm.id}/erledigt", {"remedy": "Aus der Sicherung geholt."})
    assert closed.status_code == 302
    after = text_of(admin.get(path))
    assert "Kein Alarm offen" in after and "Aus der Sicherung geholt." in after
    assert "Integrität verletzt" not in text_of(worker.get(document))
    # Nobody else sees the page: not the office's staff, not a Träger.
    for other in (
        installation.person(tenant=tenant, role="fachkraft"),
        archive.case.person,
    ):
        assert Visitor(app, other).get(path).status_code == 404


def test_the_platform_sees_figures_alone(
    app: Flask, local_archive: Archive, installation: Installation
) -> None:
    local_archive.run_job()
    operator = installation.person(role="")

    def appoint(session: Session) -> None:
        session.add(PlatformMembership(account_id=operator.account_id))

    installation.as_owner(NOBODY, appoint)
    page = text_of(Visitor(app, operator).get("/betrieb/unversehrtheit"))
    assert local_archive.case.tenant.name in page
    assert Visitor(app, local_archive.case.person).get("/betrieb/unversehrtheit").status_code == 404


def test_the_metrics_count_alarms_for_whoever_has_the_token(
    local_archive: Archive, installation: Installation
) -> None:
    archive = new_archive(local_archive)
    flip_a_byte(archive, archive.make_document().pdf_key)
    archive.run_job()
    settings = replace(installation.settings, metrics_token="zahl")
    watched = create_app(settings)
    client = watched.test_client()
    assert client.get("/gesundheit/metriken").status_code == 404
    wrong = {"Authorization": "Bearer falsch"}
    assert client.get("/gesundheit/metriken", headers=wrong).status_code == 404
    answer = client.get("/gesundheit/metriken", headers={"Authorization": "Bearer zahl"})
    watched.extensions["siegel"].engine.dispose()
    figures = dict(
        line.rsplit(" ", 1)
        for line in answer.get_data(as_text=True).splitlines()
        if not line.startswith("#")
    )
    assert float(figures["siegel_integrity_alarms"]) >= 1
    assert float(figures["siegel_integrity_oldest_run_timestamp_seconds"]) > 1_700_000_000
