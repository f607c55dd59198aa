"""The recipients of a run: what fits, what of a table fills what, and the preview of each."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from app import database
from app.security.access import requires
from app.views.bulk_runs.room import (
    Page,
    bulk_runs,
    filled_by_table,
    run_of,
    run_url,
    settings,
    tenant_store,
    version_of_run,
)
from document_templates.bulk_runs.composing import RunRefused, map_columns
from document_templates.bulk_runs.fitting import is_used
from document_templates.bulk_runs.leftovers import failure_of, is_under_way, latest_task
from document_templates.bulk_runs.locking import RunUnknown
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.bulk_runs.previewing import (
    PREVIEW_RECIPIENT,
    fill_preview,
    find_preview,
    preview_payload,
)
from document_templates.bulk_runs.progress import RecipientState, find_item
from document_templates.findings import FillingFailed
from document_templates.models import DocumentRequest
from document_templates.production import DOCX_TYPE, PDF_TYPE
from document_templates.template_cache import TemplateCache
from tenants.audit import record
from tenants.language import _
from tenants.outbox import enqueue

_TEMPLATES = TemplateCache(20)
_MOST_NOTES = 3
"""Findings of a recipient that the list shows; its own page shows all."""
_REQUEST_KINDS = {
    "waiting": ("neutral", _("Wartet")),
    "working": ("info", _("In Arbeit")),
    "done": ("success", _("Fertig")),
    "failed": ("danger", _("Fehlgeschlagen")),
    "cancelled": ("neutral", _("Abgebrochen")),
}


def recipient_rows(run: BulkRun, found: Iterable[RecipientState]) -> list[dict[str, object]]:
    """Return recipients as rows of a table."""
    return [
        {
            "position": one.item.position,
            "row": one.item.row,
            "label": one.item.label or _("Empfänger {place}").format(place=one.item.position),
            "number": one.request.number if one.request else "",
            "status": _status(run, one.item, one.request),
            "notes": notes[:_MOST_NOTES],
            "more": len(notes) - len(notes[:_MOST_NOTES]),
            "preview_url": run_url(run, "recipient", item_id=one.item.id),
            "document_url": url_for("documents.show", document_id=one.document_id)
            if one.document_id
            else "",
        }
        for one in found
        for notes in [one.item.problems or ([one.request.failure] if one.request else [])]
    ]


def _status(run: BulkRun, item: BulkItem, made: DocumentRequest | None) -> dict[str, str]:
    if made is not None:
        kind, text = _REQUEST_KINDS[made.state]
        return {"kind": kind, "text": text}
    if item.problems:
        return {"kind": "danger", "text": _("Passt nicht")}
    if run.state == "draft":
        return {"kind": "success", "text": _("Passt")}
    kind, text = _REQUEST_KINDS["cancelled" if run.state == "cancelled" else "waiting"]
    return {"kind": kind, "text": text}


def _item_of(run: BulkRun, item_id: object) -> BulkItem:
    try:
        return find_item(database.session(), run, str(item_id))
    except RunUnknown:
        abort(404)


@bulk_runs.get("/<uuid:run_id>/empfaenger/<uuid:item_id>")
@requires("can_edit", "BulkRuns")
def recipient(run_id: object, item_id: object) -> str:
    """Show what is filled in for a recipient, and the way to the preview."""
    run = run_of(run_id)
    item = _item_of(run, item_id)
    state, reason = _preview_state(item)
    neighbours = {
        name: _neighbour(run, item, step) for name, step in (("previous", -1), ("next", 1))
    }
    return render_template(
        "bulk_runs/recipient.html",
        run={"title": run.title, "is_draft": run.state == "draft"},
        recipient={
            "label": item.label,
            "position": item.position,
            "row": item.row,
            "problems": item.problems,
        },
        values=_values(run, item),
        state=state,
        reason=reason,
        urls={
            "overview": url_for("bulk_runs.index"),
            "run": run_url(run),
            "ask": run_url(run, "ask_preview", item_id=item.id),
            "refresh": run_url(run, "recipient", item_id=item.id),
            "pdf": run_url(run, "preview", item_id=item.id, kind="pdf"),
            "docx": run_url(run, "preview", item_id=item.id, kind="docx"),
            "submission": url_for("submissions.show", submission_id=item.submission_id)
            if item.submission_id
            else "",
            **neighbours,
        },
    )


def _neighbour(run: BulkRun, item: BulkItem, step: int) -> str:
    other = database.session.scalar(
        select(BulkItem.id).where(
            BulkItem.run_id == run.id, BulkItem.position == item.position + step
        )
    )
    return run_url(run, "recipient", item_id=other) if other else ""


def _values(run: BulkRun, item: BulkItem) -> list[dict[str, str]]:
    """Return what the row fills in, by label, with the column that it comes from."""
    if item.submission_id is not None:
        return []
    filled = filled_by_table(version_of_run(run))
    rows = []
    for target in filled.targets:
        column = run.mapping.get(target.path, "")
        if not column and not is_used(target, filled.used):
            continue
        rows.append(
            {
                "label": target.label,
                "path": target.path,
                "column": column,
                "cell": item.cells.get(column, ""),
            }
        )
    return rows


def _preview_state(item: BulkItem) -> tuple[str, str]:
    """Return whether the preview is not asked for, being made, ready or not possible, and why."""
    if item.template_version_id is None:
        return "none", ""
    try:
        docx = _filled(item)
    except FillingFailed as failed:
        return "failed", str(failed)
    store = current_app.extensions["siegel"].store
    session = database.session()
    if find_preview(store, item, docx) is not None:
        return "ready", ""
    task = latest_task(session, PREVIEW_RECIPIENT, preview_payload(item))
    if is_under_way(task):
        return "working", ""
    reason = failure_of(task)
    return ("failed", reason) if reason else ("open", "")


def _filled(item: BulkItem) -> bytes:
    return fill_preview(database.session(), tenant_store(), _TEMPLATES, item, settings().public_url)


@bulk_runs.post("/<uuid:run_id>/empfaenger/<uuid:item_id>/vorschau")
@requires("can_edit", "BulkRuns")
def ask_preview(run_id: object, item_id: object) -> Page:
    """Have the preview made as PDF; what is under way is not asked for again."""
    item = _item_of(run_of(run_id), item_id)
    if item.template_version_id is None:
        abort(404)
    session = database.session()
    if not is_under_way(latest_task(session, PREVIEW_RECIPIENT, preview_payload(item))):
        enqueue(session, PREVIEW_RECIPIENT, preview_payload(item))
        session.commit()
    return redirect(url_for("bulk_runs.recipient", run_id=run_id, item_id=item_id))


@bulk_runs.get("/<uuid:run_id>/empfaenger/<uuid:item_id>/vorschau.<any(pdf, docx):kind>")
@requires("can_edit", "BulkRuns")
def preview(run_id: object, item_id: object, kind: str) -> Page | Response:
    """Hand out the preview: unsealed, without number and code."""
    item = _item_of(run_of(run_id), item_id)
    if item.template_version_id is None:
        abort(404)
    try:
        content: bytes | None = _filled(item)
    except FillingFailed:
        return redirect(url_for("bulk_runs.recipient", run_id=run_id, item_id=item_id))
    if kind == "pdf" and content is not None:
        content = find_preview(current_app.extensions["siegel"].store, item, content)
    if content is None:
        return redirect(url_for("bulk_runs.recipient", run_id=run_id, item_id=item_id))
    record(database.session(), "bulk_run.previewed", "bulk_item", item.id)
    database.session.commit()
    response = Response(content, mimetype=PDF_TYPE if kind == "pdf" else DOCX_TYPE)
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"vorschau-{item.position}.{kind}"
    )
    return response


@bulk_runs.route("/<uuid:run_id>/zuordnung", methods=["GET", "POST"])
@requires("can_edit", "BulkRuns")
def mapping(run_id: object) -> Page:
    """Say which column of the table fills which placeholder."""
    run = run_of(run_id)
    if run.state != "draft" or not run.columns:
        return redirect(url_for("bulk_runs.show", run_id=run_id))
    filled = filled_by_table(version_of_run(run))
    if request.method == "POST":
        wanted = {
            target.path: request.form.get(f"column-{place}", "")
            for place, target in enumerate(filled.targets)
        }
        try:
            map_columns(
                database.session(),
                run.id,
                filled.targets,
                filled.used,
                mapping=wanted,
                label_column=request.form.get("label", ""),
            )
        except RunRefused as refused:
            database.session.rollback()
            flash(str(refused), "danger")
        else:
            database.session.commit()
            flash(_("Die Zuordnung ist gespeichert, alle Zeilen sind neu geprüft."), "success")
        return redirect(url_for("bulk_runs.show", run_id=run_id))
    targets = [
        {
            "html_id": f"column-{place}",
            "label": target.label,
            "path": target.path,
            "is_used": is_used(target, filled.used),
            "is_required": target.is_required and is_used(target, filled.used),
            "options": _options(run, run.mapping.get(target.path, "")),
        }
        for place, target in enumerate(filled.targets)
    ]
    return render_template(
        "bulk_runs/mapping.html",
        run={"title": run.title, "source": run.source_title},
        targets=[one for one in targets if one["is_used"]],
        others=[one for one in targets if not one["is_used"]],
        labels=[
            {"value": column, "label": column, "selected": column == run.label_column}
            for column in run.columns
        ],
        urls={
            "overview": url_for("bulk_runs.index"),
            "run": run_url(run),
            "save": run_url(run, "mapping"),
        },
    )


def _options(run: BulkRun, chosen: str) -> list[dict[str, object]]:
    nothing = {"value": "", "label": _("bleibt leer"), "selected": not chosen}
    return [
        nothing,
        *({"value": one, "label": one, "selected": one == chosen} for one in run.columns),
    ]
