"""H11.5 and H11.6: submissions go with all that belongs to them, and a backup brings none back."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.commands.erasure_register import reapply_everywhere
from app.embedded.postgres import EmbeddedPostgres, find_programs
from app.embedded.valkey import EmbeddedValkey
from document_templates.models import Document, DocumentRequest, DocumentVersion
from document_templates.retention.beginning import RECEIVED
from document_templates.retention.erasing import ErasureRefused, plan_run, release_run
from document_templates.retention.journal import read
from document_templates.retention.keeping import assign_classes
from document_templates.retention.models import ErasureEntry, ErasureRun
from forms.attachments.models import Attachment
from forms.models import Submission
from forms.procedure.models import Handover
from forms.surroundings import today_in_berlin
from tenants.case_keys import CaseKeyRow
from tenants.context import Scope
from tenants.database import new_id
from tenants.outbox import Task
from tenants.storage.objects import content_hash
from tenants.storage.tenant_store import TenantStore
from tests.document_templates.archive.conftest import Archive, local_archive  # noqa: F401
from tests.support.installation import Installation, open_installation
from tests.support.pipeline import open_case
from workers.handlers import perform_task
from workers.runtime import Runtime

LONG_AGO = datetime(2000, 5, 31, 12, 0, tzinfo=UTC)


@pytest.fixture
def archive(local_archive: Archive) -> Archive:  # noqa: F811
    return replace(local_archive, case=open_case(local_archive.case.installation))


def submit_long_ago(archive: Archive, *, data_class: str = "") -> DocumentVersion:
    """Submit the form, make its document, and let its time be over."""
    case = archive.case
    form_id = case.form.form_id
    case.installation.in_scope(
        archive.scope,
        lambda session: assign_classes(session, {form_id: "LK-E"}, {form_id: RECEIVED}),
    )
    version = archive.make_document()

    def age(session: Session) -> None:
        session.execute(update(Submission).values(submitted_at=LONG_AGO))

    case.installation.in_scope(archive.scope, age)
    attach(archive, submission_of(archive, version))
    return version


def submission_of(archive: Archive, version: DocumentVersion) -> str:
    return archive.case.installation.in_scope(
        archive.scope,
        lambda session: str(
            session.get_one(Document, (archive.case.tenant.id, version.document_id)).submission_id
        ),
    )


def attach(archive: Archive, submission_id: str, scope: Scope | None = None) -> None:
    """Keep a file as if the Träger had uploaded it."""
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    content = b"%PDF-1.7 upload"
    stored = store.put(
        store.case_key(submission_id, "attachments", new_id()),
        content,
        content_type="application/pdf",
        sha256=content_hash(content),
    )
    archive.case.installation.in_scope(
        scope or archive.scope,
        lambda session: session.add(
            Attachment(
                submission_id=submission_id, organisation_id=archive.case.organisation.id,
                field_id=new_id(), file_name="Nachweis.pdf", media_type="application/pdf",
                size=len(content), sha256=stored.sha256, object_key=stored.key,
                object_version=stored.version_id, state="clean",
            )
        ),
    )  # fmt: skip


def erase_what_is_due(
    archive: Archive, meanwhile: Callable[[], object] | None = None
) -> ErasureRun:
    """Plan, release by somebody else, and carry out; ``meanwhile`` happens before that."""
    installation = archive.case.installation

    def somebody() -> Scope:
        person = installation.person(tenant=archive.case.tenant, role="tenant_admin")
        return Scope(tenant_id=archive.case.tenant.id, account_id=person.account_id)

    run = installation.in_scope(
        somebody(), lambda session: plan_run(session, today_in_berlin(), person_name="Erste")
    )
    installation.in_scope(
        somebody(), lambda session: release_run(session, run.id, person_name="Zweite")
    )
    task_id = installation.in_scope(
        archive.scope,
        lambda session: session.scalars(
            select(Task.id).where(Task.payload["run_id"].astext == run.id)
        ).one(),
    )
    if meanwhile is not None:
        meanwhile()
    perform_task(archive.runtime, task_id)
    return installation.in_scope(
        archive.scope,
        lambda session: session.scalars(select(ErasureRun).where(ErasureRun.id == run.id)).one(),
    )


def every_text(archive: Archive, statement: str) -> str:
    """Return all rows of a statement as one text, as the tenant's staff would read them."""
    rows = archive.case.installation.in_scope(
        archive.scope,
        lambda session: session.execute(
            text(statement), execution_options={"tenant_guarded": True}
        ).all(),
    )
    return repr(rows)


def test_a_submission_goes_with_its_documents_and_stays_counted(archive: Archive) -> None:
    version = submit_long_ago(archive)
    submission_id = submission_of(archive, version)
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    run = erase_what_is_due(archive)
    assert (run.state, run.skipped) == ("done", 0)
    assert (run.counts, run.submission_counts) == ({"LK-E": 1}, {"LK-E": 1})

    def remains(session: Session) -> None:
        assert session.scalars(select(Submission)).all() == []
        assert session.scalars(select(Handover)).all() == []
        assert session.scalars(select(Attachment)).all() == []
        document = session.scalars(select(Document)).one()
        assert (document.submission_id, document.erased_at is None) == (None, False)
        assert session.scalars(select(DocumentRequest)).one().state == "done"
        entries = {
            one.submission_id or one.document_id: one
            for one in session.scalars(select(ErasureEntry))
        }
        entry = entries[submission_id]
        # Still counted: by form, year and class.
        assert (entry.form_id, entry.received_in) == (archive.case.form.form_id, 2000)
        assert {len(one["content"]) for one in entry.versions} == {64}
        keys = {one.id: one.wrapped for one in session.scalars(select(CaseKeyRow))}
        assert keys[submission_id] is None
        assert set(keys.values()) == {None}

    archive.case.installation.in_scope(archive.scope, remains)
    # The journal and the record have ids and hashes, no names and no answers.
    journal = [read(store, position) for position in (1, 2)]
    assert read(store, 3) is None
    assert {one.subject_id for one in journal if one} == {submission_id, version.document_id}
    written = repr(journal) + every_text(archive, "SELECT * FROM erasure_entry")
    for personal in ("Müller", "Kim Muster", "Nachweis.pdf"):
        assert personal not in written
    # Nothing raises an alarm, and nothing is due any more.
    archive.run_job()
    assert every_text(archive, "SELECT id FROM integrity_alarm") == "[]"
    with pytest.raises(ErasureRefused):
        erase_what_is_due(archive)


def test_a_submission_waits_for_the_document_that_stays(archive: Archive) -> None:
    version = submit_long_ago(archive)
    every = archive.case.installation.in_scope
    every(
        archive.scope,
        lambda session: session.execute(
            text(
                "INSERT INTO document_retention"
                " (tenant_id, id, document_id, held_at, held_name, hold_reason)"
                " VALUES (:tenant, gen_random_uuid(), :document, now(), 'Kim', 'Klage')"
            ),
            {"tenant": archive.case.tenant.id, "document": version.document_id},
            execution_options={"tenant_guarded": True},
        ),
    )
    with pytest.raises(ErasureRefused):
        erase_what_is_due(archive)
    assert submission_of(archive, version) != "None"


def test_k4_needs_two_persons_for_submissions_too(archive: Archive) -> None:
    submit_long_ago(archive)
    installation = archive.case.installation

    def prepare(session: Session) -> None:
        for statement in (
            "UPDATE tenant SET four_eyes = false WHERE id = :id",
            "UPDATE form SET data_class = 'K4' WHERE tenant_id = :id",
            "UPDATE document SET erased_at = now() WHERE tenant_id = :id",
        ):
            session.execute(
                text(statement),
                {"id": archive.case.tenant.id},
                execution_options={"tenant_guarded": True},
            )

    installation.in_scope(archive.scope, prepare)
    run = installation.in_scope(
        Scope(tenant_id=archive.case.tenant.id, account_id=1),
        lambda session: plan_run(session, today_in_berlin(), person_name="Erste"),
    )
    assert (run.documents, run.submission_counts, run.needs_two) == ([], {"LK-E": 1}, True)


@pytest.fixture
def own_archive(
    postgres: EmbeddedPostgres, valkey: EmbeddedValkey, tmp_path: Path
) -> Iterator[Archive]:
    """An archive with a database of its own, which can be dumped."""
    with (
        open_installation(postgres, valkey.url, tmp_path) as opened,
        Runtime.from_settings(opened.settings) as runtime,
    ):
        yield Archive(
            open_case(opened), runtime, postgres, lambda _key, _content: None, lambda _key: b""
        )


def restored(archive: Archive, dump: Path) -> Installation:
    """Restore a dump into a new database beside the same object store."""
    installation, postgres = archive.case.installation, archive.postgres
    name = f"restored_{new_id()[:8]}"
    postgres.create_database(name)
    psql(postgres, name, "--file", str(dump))
    old = installation.settings.database_url.rsplit("/", 1)[1].partition("?")[0]
    settings = replace(
        installation.settings,
        database_url=installation.settings.database_url.replace(old, name),
        owner_url=installation.settings.owner_url.replace(old, name),
    )
    return replace(installation, settings=settings)


def psql(postgres: EmbeddedPostgres, database: str, *arguments: str) -> None:
    program = find_programs() / "psql"
    url = postgres.libpq_url("postgres", database)
    subprocess.run([program, "--quiet", "--set=ON_ERROR_STOP=1", url, *arguments], check=True)


def test_h11_6_a_backup_of_yesterday_forgets_again(own_archive: Archive, tmp_path: Path) -> None:
    archive = own_archive
    version = submit_long_ago(archive)
    submission_id = submission_of(archive, version)
    name = archive.case.installation.settings.database_url.rsplit("/", 1)[1].partition("?")[0]
    dump = tmp_path / "yesterday.sql"
    subprocess.run(
        [
            find_programs() / "pg_dump",
            f"--file={dump}",
            archive.postgres.libpq_url("postgres", name),
        ],
        check=True,
    )
    erase_what_is_due(archive)
    back = restored(archive, dump)
    with Runtime.from_settings(back.settings) as runtime:
        again = replace(
            archive,
            runtime=runtime,
            case=replace(
                archive.case, installation=replace(back, sessions=runtime.workshop.sessions)
            ),
        )
        # Yesterday's answers are back, and the key with them.
        assert submission_of(again, version) == submission_id
        for turn in (1, 0):
            lines = list(reapply_everywhere(back.settings))
            assert lines == [
                f"{archive.case.tenant.slug}: 2 im Löschjournal, {2 * turn} noch einmal gelöscht"
            ]
        for table in ("submission", "handover", "attachment"):
            assert every_text(again, f"SELECT id FROM {table}") == "[]"  # noqa: S608
        assert every_text(again, "SELECT id FROM case_key WHERE wrapped IS NOT NULL") == "[]"
        runs = every_text(again, "SELECT state, counts, submission_counts FROM erasure_run")
        assert runs == "[('done', {'LK-E': 1}, {'LK-E': 1})]"
