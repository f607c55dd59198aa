"""Object store and database that are away for a while, in the middle of the work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.postgres import TEST_OPTIONS, EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey
from tenants.storage.s3 import S3Settings
from tests.support.ceph import CephServer
from tests.support.installation import Installation, open_installation
from tests.support.pipeline import (
    Asked,
    assert_made_once,
    open_case,
    pipeline,
    read_request,
    read_task,
    wait_until_done,
)
from tests.support.processes import wait_until


@pytest.fixture
def own_postgres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL that keeps its port when it is started again."""
    with EmbeddedPostgres(tmp_path / "postgres", options=TEST_OPTIONS) as server:
        port = server.port
        monkeypatch.setattr("app.embedded.postgres.find_free_port", lambda: port)
        yield server


@pytest.fixture
def on_s3(
    own_postgres: EmbeddedPostgres, object_store_settings: S3Settings, tmp_path: Path
) -> Iterator[Installation]:
    """An installation whose database, queue and object store a test may take away."""
    settings = object_store_settings
    environment = {
        "SIEGEL_STORAGE": "s3",
        "SIEGEL_S3_ENDPOINT": settings.endpoint,
        "SIEGEL_S3_ACCESS_KEY": settings.access_key,
        "SIEGEL_S3_SECRET_KEY": settings.secret_key,
        "SIEGEL_S3_BUCKET": settings.bucket,
        "SIEGEL_S3_SECURE": "false",
        "SIEGEL_LEASE_SECONDS": "3",
        "SIEGEL_RECLAIM_SECONDS": "4",
    }
    with (
        EmbeddedValkey(tmp_path / "queue") as queue,
        open_installation(own_postgres, queue.url, tmp_path, **environment) as opened,
    ):
        yield opened


def was_postponed(installation: Installation, asked: Asked) -> bool:
    task = read_task(installation, asked)
    return task.attempts > 0 and "Objektspeicher" in task.failure


def test_work_goes_on_once_after_outages_of_store_and_database(
    on_s3: Installation, ceph_server: CephServer, own_postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    case = open_case(on_s3)
    wanted = [case.submit()]
    with pipeline(on_s3, tmp_path) as processes:
        wait_until(lambda: read_request(on_s3, wanted[0]).step != "", "the first is begun")
        with ceph_server.stopped():
            # Nobody who submits notices that the store is away.
            wanted += case.submit_many(2)
            wait_until(lambda: was_postponed(on_s3, wanted[-1]), "it is postponed")
            request = read_request(on_s3, wanted[-1])
            assert request.state == "working"
            assert "Objektspeicher" in request.failure
        wait_until_done(on_s3, wanted)

        wanted += case.submit_many(3)
        wait_until(
            lambda: any(read_request(on_s3, one).state == "working" for one in wanted),
            "one of them is begun",
        )
        own_postgres.stop()
        own_postgres.start()
        wait_until_done(on_s3, wanted)

        assert [process.poll() for process in processes] == [None, None]
    made = assert_made_once(on_s3, wanted)
    assert len({version.pdf_object_version for version in made}) == len(made)
