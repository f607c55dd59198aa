"""The sealed day and the evidence package: checked by openssl, pdfsig and Python alone."""

from __future__ import annotations

import io
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.archive.daily_roots import SEAL_DAY
from document_templates.archive.models import DailyRoot
from document_templates.archive.timestamps import HttpTimestampAuthority, TimestampUnavailable
from document_templates.certificates import certificate_pem
from document_templates.chain import chain_hash
from document_templates.models import FIRST_HASH, Document, DocumentVersion
from document_templates.registering import facts_of
from tenants.api_tokens import create_token
from tenants.context import Scope
from tests.document_templates.archive.conftest import Archive, stamped_by
from tests.document_templates.archive.test_integrity import alarms_of, new_archive
from tests.support.ports import free_port
from tests.support.validation_services import open_services
from tests.support.web import Visitor
from tests.support.web_forms import document_of
from workers.handlers import perform_task
from workers.schedule import SCHEDULE


def age(archive: Archive, days: int) -> None:
    """Let everything that the tenant has registered be ``days`` older."""
    archive.execute_as_superuser(
        "UPDATE document_version SET created_at = created_at - make_interval(days => :days)"
        " WHERE tenant_id = :tenant",
        days=days,
        tenant=archive.case.tenant.id,
    )


def roots_of(archive: Archive) -> list[DailyRoot]:
    return archive.case.installation.in_scope(
        archive.scope,
        lambda session: list(session.scalars(select(DailyRoot).order_by(DailyRoot.last_position))),
    )


def package_of(app: Flask, archive: Archive, version: DocumentVersion) -> zipfile.ZipFile:
    """Download the package as the Träger's person does, from the page of the document."""
    visitor = Visitor(app, archive.case.person)
    page = visitor.get(f"/{archive.case.tenant.slug}/dokumente/{version.document_id}")
    (link,) = document_of(page).xpath("//main//a[contains(@href, '/nachweis')]/@href")
    answer = visitor.get(str(link))
    assert answer.status_code == 200
    assert "Nachweis_" in answer.headers["Content-Disposition"]
    return zipfile.ZipFile(io.BytesIO(answer.get_data()))


def run_in(directory: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def timestamp_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Path]]:
    """A time stamp authority on loopback, and the certificate of its issuer."""
    certificate = tmp_path_factory.mktemp("tsa") / "root.pem"
    with open_services(datetime.now(UTC)) as services:
        certificate.write_bytes(certificate_pem(services.root))
        yield services.timestamp_url, certificate


def test_every_night_seals_the_day() -> None:
    assert SEAL_DAY in {job.kind for job in SCHEDULE}


def test_what_was_registered_today_waits_for_the_night(local_archive: Archive) -> None:
    archive = new_archive(local_archive)
    archive.make_document()
    assert archive.run_job(SEAL_DAY).state == "done"
    assert roots_of(archive) == []


def test_roots_cover_every_entry_once(local_archive: Archive) -> None:
    archive = new_archive(local_archive)
    for _number in range(3):
        archive.make_document()
    age(archive, 2)
    archive.run_job(SEAL_DAY)
    archive.run_job(SEAL_DAY)
    archive.make_document()
    age(archive, 1)
    archive.run_job(SEAL_DAY)
    covered = [(root.first_position, root.last_position) for root in roots_of(archive)]
    assert covered == [(1, 3), (4, 4)]


def test_the_package_proves_itself_without_the_product(
    app: Flask, local_archive: Archive, tmp_path: Path
) -> None:
    archive = new_archive(local_archive)
    versions = [archive.make_document() for _number in range(5)]
    age(archive, 1)
    archive.run_job(SEAL_DAY)
    package = package_of(app, archive, versions[2])
    package.extractall(tmp_path)
    assert set(package.namelist()) == {
        "LIESMICH.txt", "angaben.json", "dokument.pdf", "einschluss.json",
        "registereintrag.json", "tageswurzel.json", "tageswurzel.p7s",
        "zertifikate/siegel.pem", "zertifikate/vertrauensanker.pem",
    }  # fmt: skip
    told = (tmp_path / "LIESMICH.txt").read_text("utf-8-sig")
    assert versions[2].pdf_sha256 in run_in(tmp_path, "sha256sum", "dokument.pdf")
    assert versions[2].pdf_sha256 in told
    assert "Signature is Valid" in run_in(tmp_path, "pdfsig", "dokument.pdf")
    # The commands of the text are run as they stand in it.
    commands = re.search(r"python3 - <<'ENDE'\n.*?\n   ENDE\n", told, re.DOTALL)
    assert commands is not None
    script = re.sub(r"^   ", "", commands[0], flags=re.MULTILINE)
    assert run_in(tmp_path, "bash", "-c", script).strip() == "True"
    verify = re.search(r"   (openssl cms .*?/dev/null)", told, re.DOTALL)
    assert verify is not None
    assert "successful" in run_in(tmp_path, "bash", "-c", verify[1])
    # Nothing of it says whose document it is.
    for name in package.namelist():
        if name != "dokument.pdf":
            content = package.read(name).decode("utf-8", "replace")
            assert "Kim" not in content and "Müller" not in content, name

    entry = json.loads((tmp_path / "registereintrag.json").read_text())
    (tmp_path / "registereintrag.json").write_text(json.dumps({**entry, "version": 2}))
    assert run_in(tmp_path, "bash", "-c", script).strip() == "False"
    (tmp_path / "tageswurzel.json").write_text("{}")
    assert "successful" not in run_in(tmp_path, "bash", "-c", verify[1])


def test_programs_get_the_same_package(app: Flask, local_archive: Archive) -> None:
    archive = new_archive(local_archive)
    case, version = archive.case, archive.make_document()
    scope = Scope(case.tenant.id, case.organisation.id, case.person.account_id)

    def prepare(session: Session) -> tuple[str, str]:
        created = create_token(
            session, name="Ablage", scopes=frozenset({"documents:read"}), participant="traeger",
            days=1,
        )  # fmt: skip
        document = session.get_one(Document, (case.tenant.id, version.document_id))
        return created[1], str(document.submission_id)

    token, submission_id = case.installation.in_scope(scope, prepare)
    answer = app.test_client().get(
        f"/{case.tenant.slug}/api/v1/submissions/{submission_id}/evidence",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200
    package = zipfile.ZipFile(io.BytesIO(answer.get_data()))
    with package_of(app, archive, version) as shown:
        assert {name: package.read(name) for name in package.namelist()} == {
            name: shown.read(name) for name in shown.namelist()
        }


def test_a_package_of_today_says_what_is_still_to_come(app: Flask, local_archive: Archive) -> None:
    archive = new_archive(local_archive)
    package = package_of(app, archive, archive.make_document())
    assert "tageswurzel.json" not in package.namelist()
    assert "in der kommenden Nacht" in package.read("LIESMICH.txt").decode("utf-8-sig")


def test_a_time_stamp_says_since_when(
    app: Flask, local_archive: Archive, timestamp_server: tuple[str, Path], tmp_path: Path
) -> None:
    url, certificate = timestamp_server
    archive = stamped_by(new_archive(local_archive), HttpTimestampAuthority(url))
    version = archive.make_document()
    age(archive, 1)
    assert archive.run_job(SEAL_DAY).state == "done"
    package = package_of(app, archive, version)
    package.extractall(tmp_path)
    answer = run_in(
        tmp_path, "openssl", "ts", "-verify", "-token_in", "-in", "tageswurzel.tst",
        "-data", "tageswurzel.json", "-CAfile", str(certificate),
    )  # fmt: skip
    assert "Verification: OK" in answer
    assert "Vertrauensdienst" in package.read("LIESMICH.txt").decode("utf-8-sig")


def test_an_authority_that_is_away_is_asked_again(local_archive: Archive) -> None:
    away = HttpTimestampAuthority(f"http://127.0.0.1:{free_port()}/", seconds=1)
    with pytest.raises(TimestampUnavailable):
        away.stamp(bytes(32))
    archive = stamped_by(new_archive(local_archive), away)
    archive.make_document()
    age(archive, 1)
    task_id = archive.begin_job(SEAL_DAY)
    perform_task(archive.runtime, task_id)
    assert archive.task(task_id).state == "ready"
    assert roots_of(archive) == []
    assert stamped_by(archive, None).run_job(SEAL_DAY).state == "done"
    assert len(roots_of(archive)) == 1


def test_whoever_reckons_the_whole_chain_anew_is_found_out(local_archive: Archive) -> None:
    """A changed entry with a chain that fits again: the sealed root no longer does."""
    archive = new_archive(local_archive)
    version = archive.make_document()
    age(archive, 1)
    archive.run_job(SEAL_DAY)
    archive.run_job()
    assert alarms_of(archive) == set()
    version.sealed_at -= timedelta(days=3)
    forged = chain_hash(FIRST_HASH, facts_of(version))
    archive.execute_as_superuser(
        "UPDATE document_version SET sealed_at = :at, chain_hash = :hash WHERE id = :id",
        at=version.sealed_at, hash=forged, id=version.id,
    )  # fmt: skip
    archive.execute_as_superuser(
        "UPDATE chain_head SET hash = :hash WHERE tenant_id = :tenant",
        hash=forged, tenant=archive.case.tenant.id,
    )  # fmt: skip
    archive.run_job()
    (root,) = roots_of(archive)
    assert alarms_of(archive) == {("root", "root", root.id)}
