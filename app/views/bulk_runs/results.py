"""What a finished run gives out: ZIP and print files, in parts."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, abort, current_app, redirect, request, url_for

from app import database
from app.security.access import requires
from app.views.bulk_runs.room import Page, bulk_runs, run_of, run_url, tenant_store
from document_templates.bulk_runs.leftovers import (
    failure_of,
    is_under_way,
    latest_of_run,
    latest_task,
)
from document_templates.bulk_runs.models import BulkRun
from document_templates.bulk_runs.progress import progress_of
from document_templates.bulk_runs.results import (
    PART_DOCUMENTS,
    PRINT_RUN,
    Prints,
    count_parts,
    print_payload,
    prints_of,
    read_part,
    zip_part,
)
from document_templates.production import PDF_TYPE
from tenants.audit import record
from tenants.language import _
from tenants.outbox import Task, enqueue
from tenants.storage.objects import ObjectStore

SIDES = {"einseitig": False, "beidseitig": True}
"""How a print file is made: for one side of the paper, or with blank pages for both."""


def _store() -> ObjectStore:
    store: ObjectStore = current_app.extensions["siegel"].store
    return store


def part_rows(run: BulkRun) -> list[dict[str, object]]:
    """Return the parts of a finished run with their files."""
    session = database.session()
    parts = count_parts(session, run)
    prints = prints_of(session, _store(), run, parts)
    tasks: dict[str, Task] = {}
    for task in latest_of_run(session, PRINT_RUN, run.id):
        tasks.setdefault(_known_by(task.payload), task)
    rows, first = [], 1
    for number, count in enumerate(parts, start=1):
        rows.append(
            {
                "number": number,
                "title": _("Dokumente {first} bis {last}").format(
                    first=first, last=first + count - 1
                ),
                "zip_url": run_url(run, "archive", part=number),
                "prints": [_print(prints, number, sides, tasks) for sides in SIDES],
            }
        )
        first += PART_DOCUMENTS
    return rows


def is_printing(run: BulkRun) -> bool:
    """Say whether a print file of the run is being made."""
    return any(is_under_way(task) for task in latest_of_run(database.session(), PRINT_RUN, run.id))


def _known_by(payload: Mapping[str, str]) -> str:
    return f"{payload['part']} {payload['duplex']}"


def _print(prints: Prints, part: int, sides: str, tasks: Mapping[str, Task]) -> dict[str, object]:
    duplex, run = SIDES[sides], prints.run
    task = tasks.get(_known_by(print_payload(run, part, duplex=duplex)))
    if prints.has(part, duplex=duplex):
        state = "ready"
    elif is_under_way(task):
        state = "working"
    else:
        state = "failed" if failure_of(task) else "open"
    return {
        "label": _("beidseitig") if duplex else _("einseitig"),
        "sides": sides,
        "state": state,
        "reason": failure_of(task) if state == "failed" else "",
        "url": run_url(run, "print_file", part=part, sides=sides),
        "ask_url": run_url(run, "ask_print", part=part),
    }


def _finished_part(run_id: object, part: int) -> BulkRun:
    """Return the run of an address, 404 while it is busy or has no such part."""
    run = run_of(run_id)
    session = database.session()
    is_busy = run.state == "preparing" or progress_of(session, run).is_busy
    if is_busy or not 1 <= part <= len(count_parts(session, run)):
        abort(404)
    return run


@bulk_runs.get("/<uuid:run_id>/dokumente-<int:part>.zip")
@requires("can_edit", "BulkRuns")
def archive(run_id: object, part: int) -> Response:
    """Send the sealed documents of a part with a list of them."""
    run = _finished_part(run_id, part)
    documents = read_part(database.session(), run, part)
    record(database.session(), "bulk_run.given_out", "bulk_run", run.id, part=part)
    database.session.commit()
    pieces = zip_part(tenant_store(), documents)
    response = Response(pieces, mimetype="application/zip")
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"serienlauf-dokumente-{part}.zip"
    )
    return response


@bulk_runs.post("/<uuid:run_id>/druck-<int:part>")
@requires("can_edit", "BulkRuns")
def ask_print(run_id: object, part: int) -> Page:
    """Have a print file made; what is under way is not asked for again."""
    run = _finished_part(run_id, part)
    session = database.session()
    duplex = SIDES.get(request.form.get("sides", ""), False)
    payload = print_payload(run, part, duplex=duplex)
    if not is_under_way(latest_task(session, PRINT_RUN, payload)):
        enqueue(session, PRINT_RUN, payload)
        session.commit()
    return redirect(url_for("bulk_runs.show", run_id=run_id, _anchor="ergebnis"))


@bulk_runs.get("/<uuid:run_id>/druck-<int:part>-<any(einseitig, beidseitig):sides>.pdf")
@requires("can_edit", "BulkRuns")
def print_file(run_id: object, part: int, sides: str) -> Page | Response:
    """Hand out a print file; one that was erased meanwhile can be asked for again."""
    run = _finished_part(run_id, part)
    session = database.session()
    prints = prints_of(session, _store(), run, count_parts(session, run))
    content = prints.find(part, duplex=SIDES[sides])
    if content is None:
        return redirect(url_for("bulk_runs.show", run_id=run_id, _anchor="ergebnis"))
    record(database.session(), "bulk_run.printed", "bulk_run", run.id, part=part)
    database.session.commit()
    response = Response(content, mimetype=PDF_TYPE)
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"serienlauf-druck-{part}.pdf"
    )
    return response
