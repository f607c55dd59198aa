"""The list of runs, one run with its progress, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, redirect, render_template, request, url_for

from app import database
from app.security.access import requires
from app.views.bulk_runs.recipients import recipient_rows
from app.views.bulk_runs.results import is_printing, part_rows
from app.views.bulk_runs.room import (
    PAGE_SIZE,
    Page,
    bulk_runs,
    run_of,
    run_status,
    run_url,
    settings,
    visible_sources,
)
from app.views.bulk_runs.writing import duration
from app.views.paging import page_number, paging
from app.views.presenting import moment
from document_templates.bulk_runs.composing import RunRefused, discard_run
from document_templates.bulk_runs.leftovers import failure_of, latest_of_run
from document_templates.bulk_runs.models import SOURCES, BulkRun
from document_templates.bulk_runs.progress import (
    RunProgress,
    list_recipients,
    list_runs,
    progress_of,
)
from document_templates.bulk_runs.running import (
    cancel_run,
    pause_run,
    repeat_failed,
    resume_run,
)
from document_templates.bulk_runs.starting import PREPARE_RUN, start_run
from document_templates.clauses.optional import clauses_of_template
from forms.german import format_integer
from tenants.language import _

FILTERS = {
    "": _("Alle"),
    "unfit": _("Passt nicht"),
    "failed": _("Fehlgeschlagen"),
    "done": _("Fertig"),
    "waiting": _("Wartet"),
}


@bulk_runs.get("/")
@requires("can_edit", "BulkRuns")
def index() -> str:
    """List the runs, the newest first."""
    number = page_number()
    found = list_runs(
        database.session(),
        sources=visible_sources(),
        limit=PAGE_SIZE + 1,
        offset=(number - 1) * PAGE_SIZE,
    )
    return render_template(
        "bulk_runs/list.html",
        runs=[
            {
                "title": run.title,
                "template": run.template.title,
                "source": f"{SOURCES[run.source]}: {run.source_title}",
                "count": progress.every,
                "done": progress.done,
                "failed": progress.failed,
                "when": moment(run.created_at),
                "status": run_status(run, progress),
                "url": run_url(run),
            }
            for run, progress in found[:PAGE_SIZE]
        ],
        paging=paging("bulk_runs.index", number, len(found) > PAGE_SIZE),
        urls={"create": url_for("bulk_runs.create")},
    )


@bulk_runs.get("/<uuid:run_id>")
@requires("can_edit", "BulkRuns")
def show(run_id: object) -> str | Response:
    """Show a run: what would be made of a draft, or how far it has come."""
    run = run_of(run_id)
    progress = progress_of(database.session(), run)
    fault = _preparing_fault(run)
    is_moving = not fault and _is_moving(run, progress)
    parts = part_rows(run) if _is_over(run, progress) else []
    if request.headers.get("HX-Request") and not is_moving and not request.args.get("druck"):
        # The page that watched it has other buttons now.
        return Response(status=204, headers={"HX-Refresh": "true"})
    only = request.args.get("stand", "")
    only = only if only in FILTERS else ""
    number = page_number()
    found = list_recipients(
        database.session(),
        run,
        only=only,
        limit=PAGE_SIZE + 1,
        offset=(number - 1) * PAGE_SIZE,
    )
    return render_template(
        "bulk_runs/show.html",
        run={
            "title": run.title,
            "template": run.template.title,
            "source": f"{SOURCES[run.source]}: {run.source_title}",
            "state": run.state,
            "is_draft": run.state == "draft",
            "is_preparing": run.state == "preparing",
            "clauses": [
                one.title
                for one in clauses_of_template(database.session(), run.template_id)
                if one.key in run.clauses
            ],
            "is_forgotten": run.forgotten_at is not None,
            "person": run.person_name,
            "started": moment(run.started_at),
            "status": run_status(run, progress),
        },
        progress=progress,
        left=duration(progress.seconds_left),
        is_moving=is_moving,
        fault=fault,
        recipients=recipient_rows(run, found[:PAGE_SIZE]),
        filters=[
            {
                "label": label,
                "url": run_url(run, stand=value) if value else run_url(run),
                "is_current": value == only,
            }
            for value, label in _filters(run, progress)
        ],
        paging=_paging(run, only, number, len(found) > PAGE_SIZE),
        parts=parts,
        is_printing=bool(parts) and is_printing(run),
        urls={
            "overview": url_for("bulk_runs.index"),
            "refresh": run_url(run),
            "mapping": run_url(run, "mapping") if run.columns and run.state == "draft" else "",
            **{
                name: run_url(run, "act", act=path) for name, path in _offered(run, progress, fault)
            },
        },
    )


def _is_moving(run: BulkRun, progress: RunProgress) -> bool:
    """Say whether the counts change by themselves."""
    return run.state == "preparing" or (run.state == "running" and progress.is_busy)


def _is_over(run: BulkRun, progress: RunProgress) -> bool:
    """Say whether there are documents and no more are to come."""
    return bool(progress.done) and run.state != "preparing" and not progress.is_busy


def _preparing_fault(run: BulkRun) -> str:
    """Return why the preparation of a run was given up, empty while it goes on."""
    if run.state != "preparing":
        return ""
    tasks = latest_of_run(database.session(), PREPARE_RUN, run.id)
    return failure_of(tasks[0]) if tasks else ""


def _filters(run: BulkRun, progress: RunProgress) -> list[tuple[str, str]]:
    counts = {
        "": progress.every,
        "unfit": progress.unfit,
        "failed": progress.failed,
        "done": progress.done,
        "waiting": progress.waiting,
    }
    return [
        (value, f"{label} ({format_integer(counts[value])})")
        for value, label in FILTERS.items()
        if not value or counts[value]
    ]


def _paging(run: BulkRun, only: str, number: int, has_more: bool) -> dict[str, str] | None:
    if number == 1 and not has_more:
        return None
    return {
        "previous_url": run_url(run, stand=only or None, seite=number - 1) if number > 1 else "",
        "next_url": run_url(run, stand=only or None, seite=number + 1) if has_more else "",
        "text": _("Seite {n}").format(n=number),
    }


def _offered(run: BulkRun, progress: RunProgress, fault: str) -> list[tuple[str, str]]:
    """Return what may be done with the run now: the name of the button and its address."""
    if run.state == "draft":
        offered = [("start", "starten")] if progress.ready else []
        return [*offered, ("discard", "verwerfen")]
    offered = []
    if run.state == "preparing":
        offered += [("prepare", "starten")] if fault else []
        offered.append(("cancel", "abbrechen"))
    if run.state == "running" and progress.is_busy:
        offered += [("pause", "anhalten"), ("cancel", "abbrechen")]
    if run.state == "paused":
        offered += [("resume", "fortsetzen"), ("cancel", "abbrechen")]
    if progress.failed and run.state in ("running", "paused") and run.forgotten_at is None:
        offered.append(("repeat", "wiederholen"))
    return offered


@bulk_runs.post(
    "/<uuid:run_id>/<any(starten, anhalten, fortsetzen, abbrechen, wiederholen, verwerfen):act>"
)
@requires("can_edit", "BulkRuns")
def act(run_id: object, act: str) -> Page:
    """Start, hold, resume, cancel, repeat or discard a run; each may be sent twice."""
    run = run_of(run_id)
    try:
        message = _ACTS[act](run.id)
    except RunRefused as refused:
        database.session.rollback()
        flash(str(refused), "danger")
        return redirect(url_for("bulk_runs.show", run_id=run_id))
    database.session.commit()
    flash(message, "success")
    if act == "verwerfen":
        return redirect(url_for("bulk_runs.index"))
    return redirect(url_for("bulk_runs.show", run_id=run_id))


def _start(run_id: str) -> str:
    start_run(database.session(), run_id, most_runs=settings().bulk_runs)
    return _("Der Serienlauf beginnt. Sie können diese Seite verlassen.")


def _pause(run_id: str) -> str:
    pause_run(database.session(), run_id)
    return _("Der Serienlauf ist angehalten. Was in Arbeit ist, wird noch fertig.")


def _resume(run_id: str) -> str:
    resume_run(database.session(), run_id, most_runs=settings().bulk_runs)
    return _("Der Serienlauf geht weiter.")


def _cancel(run_id: str) -> str:
    cancel_run(database.session(), run_id)
    return _("Der Serienlauf ist abgebrochen. Fertige Dokumente bleiben im Register.")


def _repeat(run_id: str) -> str:
    count = repeat_failed(database.session(), run_id)
    if count == 1:
        return _("1 Dokument wird noch einmal erstellt.")
    return _("{count} Dokumente werden noch einmal erstellt.").format(count=count)


def _discard(run_id: str) -> str:
    discard_run(database.session(), run_id)
    return _("Der Entwurf ist verworfen.")


_ACTS: dict[str, Callable[[str], str]] = {
    "starten": _start,
    "anhalten": _pause,
    "fortsetzen": _resume,
    "abbrechen": _cancel,
    "wiederholen": _repeat,
    "verwerfen": _discard,
}
