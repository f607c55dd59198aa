"""The real parts that tests run on; each is started when the first test asks for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.processes import processes_with_argument, wait_until

if TYPE_CHECKING:
    from flask import Flask

    from app.embedded.postgres import EmbeddedPostgres
    from app.embedded.valkey import EmbeddedValkey
    from tenants.storage.s3 import S3Settings
    from tests.support.ceph import CephServer
    from tests.support.installation import Installation

# The imports stand inside the fixtures: tests of pure modules shall run without these packages.

# How long an example takes says how busy the machine is, and nothing of the product.
settings.register_profile("siegel", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("siegel")


@pytest.fixture(scope="session", autouse=True)
def no_leftovers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail the run when a process that works in a temporary directory of it is still alive.

    Set up first and torn down last, so that every other fixture has ended what it started.
    """
    directory = str(tmp_path_factory.getbasetemp())
    yield
    wait_until(
        lambda: not processes_with_argument(directory),
        f"no process is left that names {directory} (see ps -ef)",
    )


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL for this test run, with the product's roles and its empty database."""
    from app.embedded.postgres import TEST_OPTIONS, EmbeddedPostgres

    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), options=TEST_OPTIONS) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """A Valkey for this test run; a test that needs it empty flushes it."""
    from app.embedded.valkey import EmbeddedValkey

    with EmbeddedValkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def ceph_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CephServer]:
    """A Ceph with S3 gateway for this test run."""
    from tests.support.ceph import CephServer

    with CephServer(tmp_path_factory.mktemp("ceph")) as server:
        yield server


@pytest.fixture
def object_store_settings(ceph_server: CephServer) -> S3Settings:
    """Settings for a bucket of the Ceph that no other test uses and that does not exist yet."""
    return ceph_server.settings(f"test-{uuid.uuid4().hex}")


@pytest.fixture(scope="session")
def installation(
    postgres: EmbeddedPostgres, valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """A migrated installation with a local object store; tests found tenants of their own."""
    from tests.support.installation import open_installation

    directory = tmp_path_factory.mktemp("installation")
    with open_installation(postgres, valkey.url, directory) as opened:
        yield opened


@pytest.fixture(scope="session")
def app(installation: Installation) -> Iterator[Flask]:
    """The web application on the installation."""
    from app.factory import create_app

    application = create_app(installation.settings)
    yield application
    application.extensions["siegel"].engine.dispose()
