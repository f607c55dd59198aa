"""The builder of forms: opening the page of a large draft, and saving one change of it.

``baseline`` is the target: 1.5 s to open and 0.5 s to save at 500 fields; measured at half and
double that size too, through the whole application on PostgreSQL.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from app.embedded.postgres import EmbeddedPostgres
from app.factory import create_app
from forms.building.drafting import create_form
from tenants.context import Scope
from tenants.logs import quieten_libraries
from tests.support.form_documents import identity
from tests.support.installation import Installation, open_installation
from tests.support.large_form import large_form
from tests.support.web import Visitor

OPEN_TARGET_MS = 1500.0
SAVE_TARGET_MS = 500.0
SIZES = (250, 500, 1000)
PAGES = 5
SECTIONS = 5
RUNS = 9
NO_REDIS = "redis://127.0.0.1:1"


class Measure(TypedDict):
    """One line of the report."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    runs: int


def run() -> list[Measure]:
    """Measure both for a draft of each size."""
    quieten_libraries()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with (
            EmbeddedPostgres(directory / "postgres") as postgres,
            open_installation(postgres, NO_REDIS, directory) as installation,
        ):
            return [one for count in SIZES for one in _draft(installation, count)]


def _draft(installation: Installation, count: int) -> list[Measure]:
    """Measure a draft of about ``count`` fields: a multiple that fills its sections evenly."""
    size = count - count % (PAGES * SECTIONS)
    tenant = installation.found_tenant()
    person = installation.person(tenant=tenant, role="tenant_admin")
    form_id = installation.in_scope(
        Scope(tenant_id=tenant.id, account_id=person.account_id),
        lambda session: create_form(session, large_form(size, PAGES)).form_id,
    )
    app = create_app(installation.settings)
    app.config["RATELIMIT_ENABLED"] = False
    try:
        visitor = Visitor(app, person)
        address = f"/{tenant.slug}/baukasten/{form_id}/"
        element = identity("field zahl_1")
        labels = [f"Zahl {number}" for number in range(RUNS + 2)]

        def opening() -> None:
            _expect(visitor.get(address).status_code, 200)

        def saving() -> None:
            number = RUNS + 2 - len(labels)
            fields = {
                "element": element,
                "revision": number,
                "label": labels.pop(),
                "was:label": "",
            }
            answer = visitor.post(f"{address}aendern", fields, headers={"X-Builder": "region"})
            _expect(answer.status_code, 200)

        return [
            _measure(f"Baukasten öffnen: {size} Felder", opening, OPEN_TARGET_MS),
            _measure(f"Eine Änderung speichern: {size} Felder", saving, SAVE_TARGET_MS),
        ]
    finally:
        app.extensions["siegel"].engine.dispose()


def _expect(status: int, wanted: int) -> None:
    if status != wanted:
        raise RuntimeError(f"answered {status}")


def _measure(name: str, work: Callable[[], None], target: float) -> Measure:
    """Return the median of ``work`` in milliseconds, warmed up once."""
    work()
    times = []
    for _run in range(RUNS):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * 1000)
    value = statistics.median(times)
    return Measure(
        name=name,
        value=round(value, 1),
        unit="ms",
        baseline=target,
        ratio=round(target / value, 2),
        runs=RUNS,
    )
