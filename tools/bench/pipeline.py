"""The whole way of a document, from submission to register, and how long a neighbour waits.

Runs on the stack of the tests: PostgreSQL, Valkey, a dispatcher and one worker as processes.
"""

from __future__ import annotations

import logging
import tempfile
import time
from pathlib import Path

import structlog

from app.embedded.postgres import TEST_OPTIONS, EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey
from tests.support.installation import Installation, open_installation
from tests.support.pipeline import Asked, Case, open_case, pipeline, wait_until_done
from workers.handlers import perform_task
from workers.runtime import Runtime

DOCUMENTS = 20
CROWD = 200
MOST_SECONDS = 300.0


def run() -> list[dict[str, object]]:
    """Measure the way of a document and the wait behind a crowd, each in one run."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with (
        tempfile.TemporaryDirectory() as name,
        EmbeddedPostgres(Path(name) / "postgres", options=TEST_OPTIONS) as postgres,
        EmbeddedValkey(Path(name) / "valkey") as valkey,
        open_installation(postgres, valkey.url, Path(name)) as installation,
    ):
        busy, neighbour = open_case(installation), open_case(installation)
        alone = _work_alone(installation, busy)
        with pipeline(installation, Path(name)):
            # LibreOffice starts with the first document of a worker.
            _seconds(installation, [busy.submit()])
            queued = _seconds(installation, busy.submit_many(DOCUMENTS)) / DOCUMENTS
            busy.submit_many(CROWD)
            waited = _seconds(installation, [neighbour.submit()])
    return [
        {
            "name": "Document from submission to register, one worker"
            " (baseline: the same work without queue and dispatcher)",
            "value": round(queued * 1000, 1),
            "unit": "ms",
            "baseline": round(alone * 1000, 1),
            "ratio": round(alone / queued, 2),
            "runs": DOCUMENTS,
        },
        {
            "name": f"One document behind {CROWD} of another tenant"
            f" (baseline: {CROWD} documents first come, first served)",
            "value": round(waited, 2),
            "unit": "s",
            "baseline": round(CROWD * queued, 2),
            "ratio": round(CROWD * queued / waited, 1),
            "runs": 1,
        },
    ]


def _work_alone(installation: Installation, case: Case) -> float:
    """Return the seconds that a document takes when its task is called directly."""
    with Runtime.from_settings(installation.settings) as runtime:
        perform_task(runtime, case.submit().task_id)
        wanted = case.submit_many(DOCUMENTS)
        start = time.perf_counter()
        for asked in wanted:
            perform_task(runtime, asked.task_id)
        return (time.perf_counter() - start) / DOCUMENTS


def _seconds(installation: Installation, wanted: list[Asked]) -> float:
    """Return the seconds until all of ``wanted``, submitted just now, are registered."""
    start = time.perf_counter()
    wait_until_done(installation, wanted, MOST_SECONDS)
    return time.perf_counter() - start


if __name__ == "__main__":
    print(run())
