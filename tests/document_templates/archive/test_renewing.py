"""The job that stamps files later and again: the register and everything beside it stay right."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.archive import renewing
from document_templates.archive.models import StampedFile
from document_templates.archive.renewing import STAMP_FILES
from document_templates.archive.timestamps import HttpTimestampAuthority
from document_templates.models import DocumentVersion, Proof
from document_templates.seal_keys import activate_seal, recognise_root
from tenants.context import NOBODY
from tenants.key_ring import open_tenant_key
from tenants.storage.objects import content_hash
from tests.document_templates.archive.conftest import Archive, stamped_by
from tests.document_templates.archive.test_evidence import package_of
from tests.document_templates.archive.test_integrity import alarms_of, new_archive
from tests.support.pipeline import assert_chain_is_whole
from tests.support.validation_services import ValidationServices, open_services
from tests.support.web import Visitor
from tests.support.web_forms import document_of
from workers.handlers import perform_task
from workers.schedule import SCHEDULE


@pytest.fixture
def services() -> Iterator[ValidationServices]:
    with open_services(datetime.now(UTC)) as opened:
        yield opened


def open_archive(archive: Archive, services: ValidationServices) -> Archive:
    """Return an archive of a new tenant whose seal and stamps are of the services."""
    opened = new_archive(archive)
    seal = services.issue(opened.case.tenant.name)
    installation = opened.case.installation

    def activate(session: Session) -> None:
        key = open_tenant_key(session, installation.master_key)
        activate_seal(session, seal, [services.root], key)

    installation.as_owner(NOBODY, lambda session: recognise_root(session, services.root))
    installation.as_owner(opened.scope, activate)
    authority = HttpTimestampAuthority(services.timestamp_url)
    return stamped_by(opened, authority, frozenset({services.host}))


def stamps_of(archive: Archive) -> list[StampedFile]:
    return archive.case.installation.in_scope(
        archive.scope,
        lambda session: list(session.scalars(select(StampedFile).order_by(StampedFile.number))),
    )


def proof_of(archive: Archive, version: DocumentVersion) -> Proof:
    return archive.case.installation.in_scope(
        archive.scope,
        lambda session: session.scalars(
            select(Proof).where(Proof.document_version_id == version.id)
        ).one(),
    )


def read(archive: Archive, file: StampedFile | DocumentVersion) -> bytes:
    store = archive.case.installation.store
    if isinstance(file, DocumentVersion):
        return store.get(file.pdf_key, file.pdf_object_version, file.pdf_sha256)
    return store.get(file.object_key, file.object_version, file.sha256)


def test_stamps_are_looked_after_at_least_daily() -> None:
    (job,) = [one for one in SCHEDULE if one.kind == STAMP_FILES]
    moment = datetime.now(UTC)
    assert job.rhythm.next_start(moment) - moment <= timedelta(days=1)


def test_a_document_is_made_without_its_authority_and_stamped_later(
    archive: Archive, services: ValidationServices
) -> None:
    opened = open_archive(archive, services)
    services.is_away = True
    version = opened.make_document()
    assert proof_of(opened, version).level == "PAdES B-B"
    assert version.stamped_until is None
    task_id = opened.begin_job(STAMP_FILES)
    perform_task(opened.runtime, task_id)
    assert opened.task(task_id).state == "ready"
    assert "Zeitstempeldienst" in opened.task(task_id).failure
    assert stamps_of(opened) == []

    services.is_away = False
    fresh = stamped_by(
        opened, HttpTimestampAuthority(services.timestamp_url), frozenset({services.host})
    )
    assert fresh.run_job(STAMP_FILES).state == "done"
    (stamped,) = stamps_of(opened)
    assert stamped.level == "PAdES B-LTA"
    content, registered = read(opened, stamped), read(opened, version)
    assert content.startswith(registered)
    assert content_hash(registered) == version.pdf_sha256
    proof = proof_of(opened, version)
    assert (proof.level, proof.pdf_sha256) == ("PAdES B-B", version.pdf_sha256)
    assert [one["sha256"] for one in proof.stamps] == [stamped.sha256]
    assert_chain_is_whole(opened.case.installation, opened.case.tenant.id)
    # What is stamped is left alone.
    fresh.run_job(STAMP_FILES)
    assert len(stamps_of(opened)) == 1


def test_a_stamp_is_renewed_before_it_ends(
    app: Flask, local_archive: Archive, services: ValidationServices
) -> None:
    services.open_timestamps(timedelta(days=60))
    archive = open_archive(local_archive, services)
    version = archive.make_document()
    assert proof_of(archive, version).level == "PAdES B-LT"
    assert version.stamped_until is not None
    archive.run_job(STAMP_FILES)
    services.open_timestamps(timedelta(days=1000), name="Zeitstempel Demo 2")
    archive.run_job(STAMP_FILES)
    archive.run_job(STAMP_FILES)
    first, second = stamps_of(archive)
    assert read(archive, second).startswith(read(archive, first))
    assert read(archive, first).startswith(read(archive, version))
    assert second.stamped_until - first.stamped_until == timedelta(days=940)
    archive.run_job()
    assert alarms_of(archive) == set()

    # The page of the document and the package hand out both files.
    visitor = Visitor(app, archive.case.person)
    path = f"/{archive.case.tenant.slug}/dokumente/"
    page = document_of(visitor.get(f"{path}{version.document_id}"))
    assert "PAdES B-LT, mit Zeitstempel" in page.text_content()
    (link,) = page.xpath("//main//a[contains(@href, '/zeitstempel')]/@href")
    assert visitor.get(str(link)).get_data() == read(archive, second)
    package: zipfile.ZipFile = package_of(app, archive, version)
    assert package.read("dokument.pdf") == read(archive, version)
    assert package.read("dokument-mit-zeitstempel.pdf") == read(archive, second)
    assert second.sha256 in package.read("LIESMICH.txt").decode("utf-8-sig")

    # The public page knows both hashes, and the file with the stamp as the document that it is.
    proof = proof_of(archive, version)
    shown = app.test_client().get(f"/pruefen/{proof.code}").get_data(as_text=True)
    assert f'data-hash-check="{version.pdf_sha256} {first.sha256} {second.sha256}"' in shown
    answer = app.test_client().post(
        "/pruefen/datei.json", data={"file": (io.BytesIO(read(archive, second)), "x.pdf")}
    )
    assert answer.get_json()["verdict"] == "genuine"
    found = [one["level"] for one in answer.get_json()["signatures"]]
    assert found == ["PAdES B-LTA", None, None]
    later = answer.get_json()["register"]["later_timestamps"]
    assert [one["sha256"] for one in later] == [first.sha256, second.sha256]


def test_what_an_interrupted_attempt_stored_is_adopted(
    local_archive: Archive, services: ValidationServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = stamped_by(open_archive(local_archive, services), None)
    version = archive.make_document()
    archive = stamped_by(archive, HttpTimestampAuthority(services.timestamp_url))

    class PowerCut(BaseException):
        pass

    def cut(*_arguments: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(renewing, "_register", cut)
        with pytest.raises(PowerCut):
            perform_task(archive.runtime, archive.begin_job(STAMP_FILES))
    services.asked.clear()
    archive.run_job(STAMP_FILES)
    (stamped,) = stamps_of(archive)
    assert services.asked["/tsa"] == 0
    assert stamped.level == "PAdES B-T"
    assert len(archive.case.installation.store.versions(stamped.object_key)) == 1
    assert read(archive, stamped).startswith(read(archive, version))


def test_a_changed_file_raises_an_alarm_and_is_not_stamped(
    local_archive: Archive, services: ValidationServices
) -> None:
    archive = stamped_by(open_archive(local_archive, services), None)
    broken, whole = archive.make_document(), archive.make_document()
    archive.overwrite(broken.pdf_key, b"%PDF-1.7 broken")
    archive = stamped_by(archive, HttpTimestampAuthority(services.timestamp_url))
    archive.run_job(STAMP_FILES)
    (stamped,) = stamps_of(archive)
    assert stamped.document_version_id == whole.id
    archive.overwrite(stamped.object_key, b"%PDF-1.7 broken too")
    archive.run_job()
    assert alarms_of(archive) == {
        ("corrupted", "pdf", broken.id),
        ("corrupted", "stamped", stamped.id),
    }


def test_a_run_in_slices_stamps_every_file_once(
    local_archive: Archive, services: ValidationServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = stamped_by(open_archive(local_archive, services), None)
    for _number in range(3):
        archive.make_document()
    monkeypatch.setattr(renewing, "SLICE_SECONDS", 0.001)
    archive = stamped_by(archive, HttpTimestampAuthority(services.timestamp_url))
    assert archive.run_job(STAMP_FILES).state == "done"
    assert len({one.document_version_id for one in stamps_of(archive)}) == 3
