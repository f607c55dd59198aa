"""Deletion runs: what is due, who planned and who released, and the record of what is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.views.presenting import moment
from document_templates.retention.due import due_documents
from document_templates.retention.due_submissions import due_submissions
from document_templates.retention.erasing import (
    ErasureRefused,
    RunUnknown,
    discard_run,
    find_run,
    list_runs,
    plan_run,
    release_run,
)
from document_templates.retention.keeping import retention_classes
from document_templates.retention.models import ErasureRun
from forms.german import format_date
from forms.surroundings import today_in_berlin
from tenants.language import _

erasure = Blueprint("erasure", __name__, url_prefix="/loeschlauf")

STATES = {
    "planned": {"kind": "warning", "text": _("wartet auf Freigabe")},
    "running": {"kind": "info", "text": _("läuft")},
    "done": {"kind": "success", "text": _("fertig")},
    "cancelled": {"kind": "neutral", "text": _("verworfen")},
}


@erasure.get("/")
@requires("can_edit", "Retention")
def index() -> str:
    """Show what is due today, by class, and the runs."""
    session = database.session()
    today = today_in_berlin()
    due = due_documents(session, today)
    submissions = due_submissions(session, today, going={one.document.id for one in due})
    documents = Counter(one.kept.key for one in due if one.kept)
    runs = list_runs(session)
    return render_template(
        "retention/runs.html",
        day=format_date(today),
        due=_counts(Counter(one.kept.key for one in submissions), documents),
        can_plan=bool(due or submissions) and not any(run.state == "planned" for run in runs),
        runs=[_run(run) for run in runs],
        urls={"plan": url_for("erasure.plan"), "classes": url_for("retention.index")},
    )


@erasure.post("/planen")
@requires("can_edit", "Retention")
def plan() -> Response:
    """Plan a run over what is due today; nothing is erased by it."""
    try:
        run = plan_run(database.session(), today_in_berlin(), person_name=current_actor().name)
    except ErasureRefused as refused:
        database.session.rollback()
        flash(str(refused), "warning")
        return redirect(url_for("erasure.index"))
    database.session.commit()
    return redirect(url_for("erasure.show", erasure_id=run.id))


@erasure.get("/<uuid:erasure_id>")
@requires("can_edit", "Retention")
def show(erasure_id: object) -> str:
    """Show a run with its record."""
    run = _found(str(erasure_id))
    is_planned = run.state == "planned"
    is_own = run.planned_by == current_actor().account_id
    return render_template(
        "retention/run.html",
        run={
            **_run(run),
            "needs_two": run.needs_two,
            "must_wait": is_planned and run.needs_two and is_own,
            "released": run.released_name,
            "finished": moment(run.finished_at),
            "skipped": run.skipped,
            "counts": _counts(run.submission_counts, run.counts),
        },
        entries=[
            {
                "subject": _("Dokument") if entry.document_id else _("Einreichung"),
                "id": entry.document_id or entry.submission_id,
                "key": entry.key,
                "erased_at": moment(entry.erased_at),
                "versions": entry.versions if entry.document_id else [],
                "contents": [] if entry.document_id else [one["content"] for one in entry.versions],
            }
            for entry in sorted(run.entries, key=lambda one: one.erased_at)
        ],
        urls={
            "index": url_for("erasure.index"),
            "release": url_for("erasure.release", erasure_id=run.id) if is_planned else "",
            "discard": url_for("erasure.discard", erasure_id=run.id) if is_planned else "",
        },
    )


@erasure.post("/<uuid:erasure_id>/freigeben")
@requires("can_edit", "Retention")
def release(erasure_id: object) -> Response:
    """Let a planned run begin, by somebody else than who planned it where that is asked for."""
    try:
        run = release_run(database.session(), str(erasure_id), person_name=current_actor().name)
    except RunUnknown:
        abort(404)
    except ErasureRefused as refused:
        database.session.rollback()
        flash(str(refused), "warning")
        return redirect(url_for("erasure.show", erasure_id=erasure_id))
    database.session.commit()
    flash(_("Der Löschlauf beginnt. Das Protokoll steht hier, sobald er fertig ist."), "success")
    return redirect(url_for("erasure.show", erasure_id=run.id))


@erasure.post("/<uuid:erasure_id>/verwerfen")
@requires("can_edit", "Retention")
def discard(erasure_id: object) -> Response:
    """Give a planned run up."""
    try:
        discard_run(database.session(), str(erasure_id))
    except RunUnknown:
        abort(404)
    except ErasureRefused as refused:
        database.session.rollback()
        flash(str(refused), "warning")
        return redirect(url_for("erasure.show", erasure_id=erasure_id))
    database.session.commit()
    flash(_("Der Löschlauf ist verworfen. Gelöscht wurde nichts."), "success")
    return redirect(url_for("erasure.index"))


def _counts(
    submissions: Mapping[str, int], documents: Mapping[str, int]
) -> list[dict[str, object]]:
    classes = retention_classes(database.session())
    return [
        {
            "key": key,
            "title": classes[key].title,
            "submissions": submissions.get(key, 0),
            "count": documents.get(key, 0),
        }
        for key in sorted({*submissions, *documents})
    ]


def _found(erasure_id: str) -> ErasureRun:
    try:
        return find_run(database.session(), erasure_id)
    except RunUnknown:
        abort(404)


def _run(run: ErasureRun) -> dict[str, object]:
    return {
        "day": format_date(run.day),
        "planned_at": moment(run.planned_at),
        "planned": run.planned_name,
        "documents": len(run.documents),
        "submissions": len(run.submissions),
        "status": STATES[run.state],
        "url": url_for("erasure.show", erasure_id=run.id),
    }
