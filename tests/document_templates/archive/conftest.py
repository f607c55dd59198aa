"""Sealed documents in both object stores, and the nightly job on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from app.embedded.postgres import EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey
from document_templates.archive.integrity import CHECK_INTEGRITY
from document_templates.archive.timestamps import TimestampAuthority
from document_templates.models import DocumentVersion
from tenants.context import Scope
from tenants.database import new_id
from tenants.outbox import Task
from tests.support.ceph import CephServer
from tests.support.installation import Installation, open_installation
from tests.support.pipeline import Case, open_case
from workers.handlers import perform_task
from workers.runtime import Runtime

MOST_SLICES = 40


@dataclass(frozen=True)
class Archive:
    """A tenant with sealed documents in an object store whose bytes a test may change."""

    case: Case
    runtime: Runtime
    postgres: EmbeddedPostgres
    overwrite: Callable[[str, bytes], None]
    """Replace the content under a key behind the back of the object store."""
    read_raw: Callable[[str], bytes]

    @property
    def scope(self) -> Scope:
        return Scope(tenant_id=self.case.tenant.id)

    def make_document(self) -> DocumentVersion:
        """Submit the form and make its document."""
        asked = self.case.submit()
        perform_task(self.runtime, asked.task_id)
        return self.case.installation.in_scope(
            self.scope,
            lambda session: session.scalars(
                select(DocumentVersion).where(DocumentVersion.request_id == asked.request_id)
            ).one(),
        )

    def begin_job(self, kind: str) -> str:
        """Make the tenant's periodic task of a kind ready, as the dispatcher does."""
        installation = self.case.installation

        def ready(session: Session) -> str:
            found = session.scalars(select(Task).where(Task.kind == kind)).first()
            if found is None:
                found = Task(id=new_id(), kind=kind, payload={}, is_bulk=True, is_periodic=True)
                session.add(found)
            found.state, found.payload, found.attempts = "ready", {}, 0
            return str(found.id)

        return installation.in_scope(self.scope, ready)

    def run_job(self, kind: str = CHECK_INTEGRITY) -> Task:
        """Carry out the tenant's periodic task to its end, slice by slice."""
        task_id = self.begin_job(kind)
        for _slice in range(MOST_SLICES):
            perform_task(self.runtime, task_id)
            task = self.task(task_id)
            if task.state in ("done", "failed"):
                return task
        raise AssertionError(f"{kind} does not end")

    def task(self, task_id: str) -> Task:
        return self.case.installation.in_scope(
            self.scope,
            lambda session: session.scalars(select(Task).where(Task.id == task_id)).one(),
        )

    def execute_as_superuser(self, statement: str, **values: object) -> None:
        """Change the database as somebody could who administers PostgreSQL itself."""
        name = self.case.installation.settings.database_url.rsplit("/", 1)[1].partition("?")[0]
        engine = create_engine(self.postgres.url("postgres", name))
        with engine.begin() as connection:
            connection.execute(text(statement), values)
        engine.dispose()


@pytest.fixture(scope="module")
def local_archive(installation: Installation, postgres: EmbeddedPostgres) -> Iterator[Archive]:
    """An archive in a local directory."""
    root = Path(installation.settings.data_directory) / "objects" / "objects"

    def path_of(key: str) -> Path:
        return root / f"{key}=" / "data"

    with Runtime.from_settings(installation.settings) as runtime:
        yield Archive(
            open_case(installation),
            runtime,
            postgres,
            lambda key, content: _write(path_of(key), content),
            lambda key: path_of(key).read_bytes(),
        )


def stamped_by(
    archive: Archive, authority: TimestampAuthority | None, hosts: frozenset[str] = frozenset()
) -> Archive:
    """Return the archive with workers that ask a time stamp authority."""
    workshop = replace(archive.runtime.workshop, timestamps=authority, revocation_hosts=hosts)
    return replace(archive, runtime=replace(archive.runtime, workshop=workshop))


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@pytest.fixture(scope="module")
def ceph_archive(
    postgres: EmbeddedPostgres,
    valkey: EmbeddedValkey,
    ceph_server: CephServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Archive]:
    """An archive in Ceph, whose objects its own tools can change below the S3 gateway."""
    directory = tmp_path_factory.mktemp("ceph-archive")
    settings = ceph_server.settings("archive")
    environment = {
        "SIEGEL_STORAGE": "s3",
        "SIEGEL_S3_ENDPOINT": settings.endpoint,
        "SIEGEL_S3_ACCESS_KEY": settings.access_key,
        "SIEGEL_S3_SECRET_KEY": settings.secret_key,
        "SIEGEL_S3_BUCKET": settings.bucket,
        "SIEGEL_S3_SECURE": "false",
    }
    with (
        open_installation(postgres, valkey.url, directory, **environment) as opened,
        Runtime.from_settings(opened.settings) as runtime,
    ):
        yield Archive(
            open_case(opened),
            runtime,
            postgres,
            ceph_server.overwrite,
            ceph_server.read_raw,
        )


@pytest.fixture(params=["local_archive", "ceph_archive"])
def archive(request: pytest.FixtureRequest) -> Archive:
    """Each archive in turn."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Archive)
    return found
