"""The list of a form's submissions in a large database, as a page and as a search.

One tenant has 100,000 submissions (and one half, one double as many) among a million of 500
tenants. ``BENCH_SUBMISSIONS`` scales all of it. ``baseline`` is the target of a page.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.embedded.postgres import EmbeddedPostgres
from app.factory import create_app
from forms.lists.filters import Filter, View, read_conditions
from forms.lists.searching import Turn, find_rows, open_table
from forms.models import Form
from forms.viewer import Viewer
from tenants.context import acting_as
from tenants.logs import quieten_libraries
from tests.support.installation import Installation, open_installation
from tests.support.web import Visitor
from tools.bench.submissions import LargeTenant, fill, scope_of

TARGET_MS = 100.0
TENANTS = 500
RUNS = 9
WARMING = 2
NO_REDIS = "redis://127.0.0.1:1"
PAGE = 50


class Measure(TypedDict):
    """One line of the report."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    runs: int


def run() -> list[Measure]:
    """Fill a database and measure pages and searches of the large tenants in it."""
    quieten_libraries()
    total = int(os.environ.get("BENCH_SUBMISSIONS", "1000000"))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with (
            EmbeddedPostgres(directory / "postgres") as postgres,
            open_installation(postgres, NO_REDIS, directory) as installation,
        ):
            sizes = (total // 20, total // 10, total // 5)
            large = fill(installation, sizes, total=total, tenants=TENANTS)
            return [
                measure
                for tenant in large
                for measure in (*_pages(installation, tenant), *_searches(installation, tenant))
            ]


def _pages(installation: Installation, large: LargeTenant) -> list[Measure]:
    app = create_app(installation.settings)
    app.config["RATELIMIT_ENABLED"] = False
    try:
        visitor = Visitor(app, large.person)
        address = f"/{large.tenant.slug}/einreichungen/"

        def fetch(path: str) -> Callable[[], None]:
            def get() -> None:
                answer = visitor.get(path)
                if answer.status_code != 200:
                    raise RuntimeError(f"{path} answered {answer.status_code}")

            return get

        return [
            _measure(f"Liste aller Einreichungen: {_size(large)}", fetch(address)),
            _measure(
                f"Tabelle eines Vordrucks: {_size(large)}",
                fetch(f"{address}vordruck/{large.form_key}/"),
            ),
        ]
    finally:
        app.extensions["siegel"].engine.dispose()


def _searches(installation: Installation, large: LargeTenant) -> list[Measure]:
    with acting_as(scope_of(large)), installation.sessions() as session:
        form = session.scalars(select(Form)).one()
        table = open_table(session, form.id, Viewer(frozenset({"fachkraft"})))
        ids = {
            column.field.key: column.id for column in table.columns.values() if column.field
        }  # fmt: skip

        def search(view: View, turn: Turn | None = None) -> Callable[[], None]:
            conditions = read_conditions(view.filters, table.columns).conditions

            def find() -> None:
                find_rows(
                    session, table, view, conditions,
                    own_only=False, turn=turn or Turn(), size=PAGE,
                )  # fmt: skip

            return find

        deep = _row_deep_inside(session, large)
        searches = {
            "Seite in der Mitte": search(View(), Turn("after", deep)),
            "Eingang eines Monats": search(
                View(filters=(Filter("eingang", since="1.1.2021", until="31.1.2021"),))
            ),
            "häufige Auswahl": search(View(filters=(Filter(ids["stadtteil"], values=("nord",)),))),
            "Text, der nirgends steht": search(View(filters=(Filter(ids["name"], text="zzz"),))),
            "Betrag von bis": search(
                View(filters=(Filter(ids["betrag"], since="4999", until="5000"),))
            ),
            "nach einem Betrag geordnet": search(View(sort=ids["betrag"])),
        }
        return [_measure(f"Suche, {name}: {_size(large)}", find) for name, find in searches.items()]


def _row_deep_inside(session: Session, large: LargeTenant) -> str:
    from forms.models import Submission

    found = session.scalars(
        select(Submission.id).order_by(Submission.submitted_at).offset(large.size // 2).limit(1)
    )
    return found.one()


def _size(large: LargeTenant) -> str:
    return f"{large.size:,}".replace(",", ".")


def _measure(name: str, work: Callable[[], object]) -> Measure:
    times = []
    for _run in range(RUNS + WARMING):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1_000)
    median = statistics.median(times[WARMING:])
    return {
        "name": name,
        "value": round(median, 2),
        "unit": "ms",
        "baseline": TARGET_MS,
        "ratio": round(TARGET_MS / median, 2),
        "runs": RUNS,
    }


if __name__ == "__main__":
    for measure in run():
        print(measure)
