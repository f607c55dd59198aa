"""What the pages of this room share: the frame of an address, and how a version is shown."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, url_for
from werkzeug.wrappers import Response

from app import database
from app.views.presenting import day, sentence_start
from document_templates.four_eyes import REVIEW_STATES
from document_templates.frames.drawing import PAGES, frame_state
from document_templates.frames.keeping import FrameUnknown, find_frame
from document_templates.frames.models import Frame, FrameVersion
from tenants.storage.objects import ObjectStore

frames = Blueprint("frames", __name__, url_prefix="/vorlagen/rahmen")

Page = str | Response | tuple[str, int]
Row = dict[str, object]
_STATE_KINDS = {"draft": "info", "in_review": "warning", "published": "success"}


def frame_of(frame_id: object) -> Frame:
    """Return the frame of an address. 404 for any other."""
    try:
        return find_frame(database.session(), str(frame_id))
    except FrameUnknown:
        abort(404)


def object_store() -> ObjectStore:
    """Return where files lie."""
    store: ObjectStore = current_app.extensions["siegel"].store
    return store


def version_row(version: FrameVersion) -> Row:
    """Return a version as a line of a list."""
    return {
        "number": version.number,
        "state": version.state,
        "status": {
            "kind": _STATE_KINDS[version.state],
            "text": sentence_start(REVIEW_STATES[version.state]),
        },
        "published_at": day(version.published_at),
        "changed_at": day(version.changed_at),
        "changed_by": version.changed_by_name,
        "decided_by": version.decided_by_name if version.state == "published" else "",
        "comment": version.decision_comment if version.state == "draft" else "",
        "note": version.note,
        "file_name": version.file_name,
    }


def preview_of(version: FrameVersion) -> Row:
    """Return the pages of a version, or how far they are."""
    state, reason = frame_state(database.session(), object_store(), version)
    return {
        "state": state,
        "reason": reason,
        "pages": [
            url_for(
                "frames.picture", frame_id=version.frame_id, number=version.number, part=page + 1
            )
            for page in range(PAGES)
        ],
        "ask_url": url_for("frames.ask", frame_id=version.frame_id, number=version.number),
    }


def urls_of(frame: Frame) -> dict[str, str]:
    """Return the addresses of a frame that its pages lead to."""
    return {
        "templates": url_for("templates.index"),
        "overview": url_for("frames.index"),
        "show": url_for("frames.show", frame_id=frame.id),
        "edit": url_for("frames.edit", frame_id=frame.id),
        "review": url_for("frames.review", frame_id=frame.id),
        "renew": url_for("frames.renew", frame_id=frame.id),
        "discard": url_for("frames.discard", frame_id=frame.id),
    }
