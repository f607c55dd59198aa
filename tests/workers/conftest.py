"""A workplace: an installation with short leases, its own queue, and cases to work on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.embedded.postgres import EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey
from tests.support.installation import Installation, open_installation
from tests.support.pipeline import Case, open_case
from tests.support.ports import free_port
from workers.dispatcher import Dispatcher
from workers.rq_transport import open_queue
from workers.runtime import Runtime, open_sessions

SHORT = {
    "SIEGEL_LEASE_SECONDS": "3",
    "SIEGEL_RECLAIM_SECONDS": "4",
    "SIEGEL_CONVERSION_SECONDS": "60",
    # Killed attempts count until they are reclaimed; here they are many.
    "SIEGEL_TENANT_WINDOW": "20",
}


@pytest.fixture(scope="session")
def queue_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """A Valkey that these tests may flush and kill."""
    with EmbeddedValkey(tmp_path_factory.mktemp("queue"), port=free_port()) as server:
        yield server


@pytest.fixture(scope="session")
def workplace(
    postgres: EmbeddedPostgres,
    queue_server: EmbeddedValkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """An installation whose outbox no other test writes to."""
    directory = tmp_path_factory.mktemp("workplace")
    with open_installation(postgres, queue_server.url, directory, **SHORT) as opened:
        yield opened


@pytest.fixture(scope="session")
def case(workplace: Installation) -> Case:
    """A tenant with seal, form and template."""
    return open_case(workplace)


@pytest.fixture(scope="session")
def other_case(workplace: Installation) -> Case:
    """Another tenant with the same form."""
    return open_case(workplace)


@pytest.fixture
def empty_queue(queue_server: EmbeddedValkey) -> Iterator[Redis]:
    """The connection to a queue that holds nothing."""
    with Redis.from_url(queue_server.url) as connection:
        connection.flushall()
        yield connection


@pytest.fixture(scope="session")
def runtime(workplace: Installation) -> Iterator[Runtime]:
    """What a worker process holds, in the process of the tests."""
    with Runtime.from_settings(workplace.settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def dispatcher_sessions(workplace: Installation) -> Iterator[sessionmaker[Session]]:
    """Sessions of the role that sees the outbox of every tenant."""
    engine, sessions = open_sessions(workplace.settings.dispatcher_url)
    yield sessions
    engine.dispose()


@pytest.fixture
def empty_outbox(dispatcher_sessions: sessionmaker[Session]) -> None:
    """End what other tests left undone on purpose."""
    with dispatcher_sessions.begin() as session:
        session.execute(
            text("UPDATE task SET state = 'failed' WHERE state IN ('ready', 'held', 'dispatched')"),
            execution_options={"tenant_guarded": True},
        )


@pytest.fixture(scope="session")
def dispatcher(workplace: Installation, dispatcher_sessions: sessionmaker[Session]) -> Dispatcher:
    """A dispatcher in the process of the tests: it moves tasks when it is told to."""
    return Dispatcher(
        dispatcher_sessions,
        open_queue(workplace.settings.redis_url),
        window=workplace.settings.tenant_window,
        bulk_window=workplace.settings.bulk_window,
        reclaim_after=timedelta(seconds=workplace.settings.reclaim_seconds),
    )
