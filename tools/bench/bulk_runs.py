"""Bulk runs: what putting together and starting costs as they grow, and what others wait for them.

Runs on the stack of the tests: PostgreSQL, Valkey, a dispatcher and one worker as processes.
"""

from __future__ import annotations

import logging
import tempfile
import time
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from app.embedded.postgres import TEST_OPTIONS, EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey
from document_templates.bulk_runs.composing import RunPlan, compose_run
from document_templates.bulk_runs.fitting import targets_of
from document_templates.bulk_runs.leftovers import latest_of_run
from document_templates.bulk_runs.recipients import Recipient
from document_templates.bulk_runs.running import cancel_run
from document_templates.bulk_runs.starting import PREPARE_RUN, prepare_run, start_run
from document_templates.models import TemplateVersion
from document_templates.publishing import publish_template, upload_template
from forms.publishing import definition_of
from tenants.context import Scope, acting_as
from tenants.models import Tenant
from tenants.outbox import dispatch_tasks
from tests.support.docx_files import docx_of
from tests.support.form_documents import field, one_page
from tests.support.installation import Installation, open_installation
from tests.support.pipeline import open_case, pipeline, wait_until_done
from workers.runtime import open_sessions

SIZES = (500, 5_000)
CROWD = 200
ROUNDS = 20


def run() -> list[dict[str, object]]:
    """Measure growth, and how long one document of a neighbour takes beside a run."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with (
        tempfile.TemporaryDirectory() as name,
        EmbeddedPostgres(Path(name) / "postgres", options=TEST_OPTIONS) as postgres,
        EmbeddedValkey(Path(name) / "valkey") as valkey,
        open_installation(postgres, valkey.url, Path(name)) as installation,
    ):
        tenant = installation.found_tenant(with_seal=True)
        version = _template(installation, tenant)
        small, large = (_growth(installation, tenant, version, size) for size in SIZES)
        alone, waited = _neighbour(installation, tenant, version, Path(name))
    return [
        _measure(
            f"Putting together and starting a run of {SIZES[1]}, per recipient"
            f" (baseline: of {SIZES[0]})",
            large[0], small[0], "ms", 1,
        ),
        _measure(
            f"Letting tasks through with {SIZES[1]} waiting (baseline: with {SIZES[0]})",
            large[1], small[1], "ms", ROUNDS,
        ),
        _measure(
            f"One document beside a run of {CROWD} of another tenant (baseline: on its own)",
            waited, alone, "s", 1,
        ),
    ]  # fmt: skip


def _measure(name: str, value: float, baseline: float, unit: str, runs: int) -> dict[str, object]:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": round(baseline, 2),
        "ratio": round(baseline / value, 2),
        "runs": runs,
    }


def _template(installation: Installation, tenant: Tenant) -> TemplateVersion:
    form_version = installation.publish(tenant, one_page(field("text", "kind", label="Kind")))

    def publish(session: Session) -> TemplateVersion:
        version = upload_template(
            session, installation.store, form_version, title="Bescheid", file_name="b.docx",
            data=docx_of("Betreuung von {{ kind }}"),
        )  # fmt: skip
        publish_template(session, version)
        _ = version.form_version.definition
        return version

    return installation.in_scope(Scope(tenant_id=tenant.id), publish)


def _start(installation: Installation, tenant: Tenant, version: TemplateVersion, size: int) -> str:
    def ask(session: Session) -> str:
        plan = RunPlan(
            title="Lauf", template_id=version.template_id, source="table", source_title="",
            person_name="", columns=("Kind",), mapping={"kind": "Kind"}, label_column="Kind",
            targets=targets_of(definition_of(version.form_version)), used={"kind"},
        )  # fmt: skip
        rows = (
            Recipient(template_version_id=version.id, cells={"Kind": f"Kind {number}"})
            for number in range(size)
        )
        made = compose_run(session, plan, rows, most_recipients=size)
        start_run(session, made.id, most_runs=10)
        return made.id

    return installation.in_scope(Scope(tenant_id=tenant.id), ask)


def _prepare(installation: Installation, tenant: Tenant, run_id: str) -> None:
    engine, sessions = open_sessions(installation.settings.database_url)
    with acting_as(Scope(tenant_id=tenant.id)):
        with sessions() as session:
            task = latest_of_run(session, PREPARE_RUN, run_id)[0]
        prepare_run(sessions, task.id, run_id)
    engine.dispose()


def _growth(
    installation: Installation, tenant: Tenant, version: TemplateVersion, size: int
) -> tuple[float, float]:
    """Return milliseconds per recipient of a start, and per look of the dispatcher meanwhile."""
    began = time.perf_counter()
    run_id = _start(installation, tenant, version, size)
    _prepare(installation, tenant, run_id)
    started = (time.perf_counter() - began) * 1000 / size
    engine, sessions = open_sessions(installation.settings.dispatcher_url)
    looks = []
    for _round in range(ROUNDS):
        with sessions.begin() as session:
            began = time.perf_counter()
            dispatch_tasks(session, window=4, bulk_window=3, batch=100)
            looks.append((time.perf_counter() - began) * 1000)
            session.rollback()
    engine.dispose()
    installation.in_scope(Scope(tenant_id=tenant.id), lambda session: cancel_run(session, run_id))
    return started, sorted(looks)[ROUNDS // 2]


def _neighbour(
    installation: Installation, tenant: Tenant, version: TemplateVersion, directory: Path
) -> tuple[float, float]:
    """Return the seconds of a neighbour's document on its own, and beside a run."""
    case = open_case(installation)
    with pipeline(installation, directory):
        # LibreOffice starts with the first document of a worker.
        wait_until_done(installation, [case.submit()], 300)
        seconds = []
        for crowd in (0, CROWD):
            if crowd:
                _start(installation, tenant, version, crowd)
            began = time.perf_counter()
            wait_until_done(installation, [case.submit()], 300)
            seconds.append(time.perf_counter() - began)
    return seconds[0], seconds[1]


if __name__ == "__main__":
    print(run())
