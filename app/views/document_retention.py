"""The retention of one document: when its time began, and whether it must stay."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.presenting import moment
from document_templates.models import Document
from document_templates.register import DocumentUnknown, find_document
from document_templates.retention.due import (
    HoldRefused,
    Kept,
    hold,
    kept_document,
    lift_hold,
    set_start,
)
from forms.german import format_date, read_date
from tenants.language import _

document_retention = Blueprint("document_retention", __name__, url_prefix="/dokumente")


def retention_of(document: Document) -> dict[str, object] | None:
    """Return what the page of a document shows of its retention; None for a Träger."""
    if not allowed("can_retain", "Documents"):
        return None
    kept = kept_document(database.session(), document)
    started = kept.starts_on
    until = kept.erasable_on
    return {
        "key": kept.kept.key if kept.kept else "",
        "title": kept.kept.title if kept.kept else "",
        "start_event": kept.kept.start_event if kept.kept else "",
        "asks_birth": bool(kept.kept and kept.kept.age),
        "started": format_date(started) if started else "",
        "erasable_on": format_date(until) if until else "",
        "is_held": kept.is_held,
        "hold_reason": kept.retention.hold_reason if kept.retention else "",
        "held_by": kept.retention.held_name if kept.retention else "",
        "held_at": moment(kept.retention.held_at) if kept.retention else "",
        "urls": {
            "start": url_for("document_retention.start", document_id=document.id),
            "hold": url_for("document_retention.keep", document_id=document.id),
            "lift": url_for("document_retention.lift", document_id=document.id),
        },
    }


@document_retention.post("/<uuid:document_id>/fristbeginn")
@requires("can_retain", "Documents")
def start(document_id: object) -> Response:
    """Note the event with which the time of a document begins."""
    kept = _kept(str(document_id))
    event = read_date(request.form.get("event", "")[:20])
    if event is None:
        return _back(kept, _("Das ist kein Datum. Schreiben Sie es so: 31.12.2026."), "warning")
    try:
        set_start(database.session(), kept, event)
    except HoldRefused as refused:
        database.session.rollback()
        return _back(kept, str(refused), "warning")
    database.session.commit()
    return _back(kept, _("Der Beginn der Frist ist eingetragen."), "success")


@document_retention.post("/<uuid:document_id>/sperren")
@requires("can_retain", "Documents")
def keep(document_id: object) -> Response:
    """Keep a document from being erased."""
    kept = _kept(str(document_id))
    try:
        hold(
            database.session(), kept,
            reason=request.form.get("reason", ""), person_name=current_actor().name,
        )  # fmt: skip
    except HoldRefused as refused:
        database.session.rollback()
        return _back(kept, str(refused), "warning")
    database.session.commit()
    return _back(kept, _("Das Dokument wird bis auf Weiteres nicht gelöscht."), "success")


@document_retention.post("/<uuid:document_id>/sperre-aufheben")
@requires("can_retain", "Documents")
def lift(document_id: object) -> Response:
    """Let the time of a document count again."""
    kept = _kept(str(document_id))
    lift_hold(database.session(), kept)
    database.session.commit()
    return _back(kept, _("Die Sperre ist aufgehoben."), "success")


def _kept(document_id: str) -> Kept:
    session = database.session()
    try:
        document = find_document(session, document_id, own_only=current_actor().sees_own_only)
    except DocumentUnknown:
        abort(404)
    if document.erased_at is not None:
        abort(404)
    return kept_document(session, document)


def _back(kept: Kept, text: str, kind: str) -> Response:
    flash(text, kind)
    return redirect(url_for("documents.show", document_id=kept.document.id))
