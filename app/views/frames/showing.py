"""The list of frames, one frame with its versions and templates, its pages, and what changed."""

from __future__ import annotations

from flask import Response, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import current_actor, requires
from app.views.frames.room import (
    Row,
    frame_of,
    frames,
    object_store,
    preview_of,
    urls_of,
    version_row,
)
from app.views.template_comparing import difference_rows
from document_templates.comparing.differences import compare_templates
from document_templates.frames.drawing import ask_for_frame, frame_page
from document_templates.frames.keeping import (
    list_frames,
    newest_frame_version,
    open_frame,
    open_frame_version,
    versions_of_frame,
    waiting_frames,
)
from document_templates.frames.models import Frame, FrameVersion
from document_templates.frames.using import templates_in
from document_templates.publishing import frameable_versions

_PNG = "image/png"


@frames.get("/")
@requires("can_edit", "Templates")
def index() -> str:
    """List every frame with its version in use and where it stands."""
    return render_template(
        "frames/list.html",
        frames=[_row(one) for one in list_frames(database.session())],
        waiting=[
            {
                "title": version.frame.title,
                "number": version.number,
                "requested_by": version.requested_by_name,
                "url": url_for("frames.review", frame_id=version.frame_id),
            }
            for version in waiting_frames(database.session())
            if version.requested_by != current_actor().account_id
        ],
        urls={"create": url_for("frames.create")},
    )


def _row(frame: Frame) -> Row:
    session = database.session()
    newest, opened = newest_frame_version(session, frame.id), open_frame_version(session, frame)
    used = templates_in(session, frame)
    return {
        "title": frame.title,
        "number": newest.number if newest else 0,
        "published_at": version_row(newest)["published_at"] if newest else "",
        "open": version_row(opened)["status"] if opened else None,
        "templates": len({one.template_id for one, _held in used}),
        "outdated": any(newest is not None and held.id != newest.id for _one, held in used),
        "url": url_for("frames.show", frame_id=frame.id),
    }


@frames.get("/<uuid:frame_id>")
@requires("can_edit", "Templates")
def show(frame_id: object) -> str:
    """Show a frame: how it looks, its versions, and the templates in it."""
    frame, session = frame_of(frame_id), database.session()
    newest, opened = newest_frame_version(session, frame.id), open_frame_version(session, frame)
    shown = newest or opened
    versions = versions_of_frame(session, frame)
    used = templates_in(session, frame)
    inside = {one.template_id for one, _held in used}
    return render_template(
        "frames/show.html",
        frame={"title": frame.title},
        shown=version_row(shown) if shown else None,
        preview=preview_of(shown) if shown else None,
        open=version_row(opened) if opened else None,
        versions=[_version(frame, one) for one in versions],
        templates=[
            {
                "id": version.id,
                "title": version.template.title,
                "form_title": version.template.form.title,
                "number": version.number,
                "frame_number": held.number,
                "is_outdated": newest is not None and held.id != newest.id,
                "url": url_for("templates.show", version_id=version.id),
            }
            for version, held in used
        ],
        others=[
            {
                "id": version.id,
                "title": version.template.title,
                "form_title": version.template.form.title,
                "number": version.number,
            }
            for version in frameable_versions(session)
            if version.template_id not in inside
        ]
        if newest
        else [],
        urls=urls_of(frame),
    )


def _version(frame: Frame, version: FrameVersion) -> Row:
    former = version.number - 1
    return {
        **version_row(version),
        "download_url": url_for("frames.download", frame_id=frame.id, number=version.number),
        "compare_url": url_for("frames.compare", frame_id=frame.id, old=former, new=version.number)
        if former
        else "",
    }


def _numbered(frame: Frame, number: int) -> FrameVersion:
    """Return a version of a frame. 404 for a number that it has not."""
    for version in versions_of_frame(database.session(), frame):
        if version.number == number:
            return version
    abort(404)


@frames.get("/<uuid:frame_id>/fassungen/<int:number>/seite-<int:part>.png")
@requires("can_edit", "Templates")
def picture(frame_id: object, number: int, part: int) -> BaseResponse:
    """Hand out a page of the preview; while it is not there, lead to how far it is."""
    version = _numbered(frame_of(frame_id), number)
    found = frame_page(database.session(), object_store(), version, part)
    if found is None:
        return redirect(url_for("frames.show", frame_id=frame_id))
    response = Response(found, mimetype=_PNG)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@frames.post("/<uuid:frame_id>/fassungen/<int:number>/vorschau")
@requires("can_edit", "Templates")
def ask(frame_id: object, number: int) -> BaseResponse:
    """Have the preview of a version drawn again."""
    version = _numbered(frame_of(frame_id), number)
    ask_for_frame(database.session(), version)
    database.session.commit()
    target = "frames.show" if version.state == "published" else "frames.review"
    return redirect(url_for(target, frame_id=frame_id))


@frames.get("/<uuid:frame_id>/fassungen/<int:number>.docx")
@requires("can_edit", "Templates")
def download(frame_id: object, number: int) -> BaseResponse:
    """Hand out a version as a Word file: the frame around an empty page."""
    version = _numbered(frame_of(frame_id), number)
    response = Response(
        open_frame(object_store(), version).data,
        mimetype="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    )
    response.headers.set("Content-Disposition", "attachment", filename=f"rahmen-{number}.docx")
    return response


@frames.get("/<uuid:frame_id>/vergleich/<int:old>/<int:new>")
@requires("can_edit", "Templates")
def compare(frame_id: object, old: int, new: int) -> str:
    """Say in words what is different between two versions."""
    frame = frame_of(frame_id)
    former, later = _numbered(frame, old), _numbered(frame, new)
    return render_template(
        "templates/comparison.html",
        template={"title": frame.title},
        old=former.number,
        new=later.number,
        difference=frame_difference(former, later),
        urls={"overview": url_for("frames.index"), "template": urls_of(frame)["show"]},
    )


def frame_difference(former: FrameVersion, later: FrameVersion) -> dict[str, object]:
    """Return what is different between two versions as its page shows it."""
    store = object_store()
    return difference_rows(compare_templates(open_frame(store, former), open_frame(store, later)))
