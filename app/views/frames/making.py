"""Making a frame and its next version: from a Word file, or of logos and lines."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, abort, flash, redirect, render_template, request, url_for

from app import database
from app.security.access import current_actor, requires
from app.views.frames.room import Page, frame_of, frames, object_store, urls_of
from document_templates.findings import TemplateRefused
from document_templates.four_eyes import ReleaseRefused
from document_templates.frames.drawing import ask_for_frame
from document_templates.frames.keeping import (
    LOGO_TYPE,
    FrameContent,
    composed_frame,
    create_frame,
    discard_frame_draft,
    frame_of_file,
    keep_draft,
    logos_of,
    newest_frame_version,
    open_frame_version,
)
from document_templates.frames.models import Frame, FrameVersion
from document_templates.framing.composing import (
    FONTS,
    MAX_LOGOS,
    FrameParts,
    FrameRefused,
)
from tenants.language import _

_LARGEST_FILE = 10 * 1024 * 1024
_LARGEST_LOGO = 2 * 1024 * 1024
Errors = list[tuple[str, str]]


@frames.route("/neu", methods=["GET", "POST"])
@requires("can_edit", "Templates")
def create() -> Page:
    """Begin a frame."""
    if request.method == "GET":
        return _page(None, None, [])
    errors: Errors = []
    content = _content(None, errors)
    if content is not None and not errors:
        try:
            draft = create_frame(
                database.session(),
                object_store(),
                request.form.get("title", ""),
                content,
                person_name=current_actor().name,
            )
        except ReleaseRefused as refused:
            errors.append(("title", str(refused)))
        else:
            return _kept(draft)
    database.session.rollback()
    return _page(None, None, errors), 422


@frames.route("/<uuid:frame_id>/fassung", methods=["GET", "POST"])
@requires("can_edit", "Templates")
def edit(frame_id: object) -> Page:
    """Make the next version of a frame, or its draft anew."""
    frame = frame_of(frame_id)
    base = _base(frame)
    if request.method == "GET":
        return _page(frame, base, [])
    errors: Errors = []
    content = _content(base, errors)
    if content is not None and not errors:
        try:
            draft = keep_draft(
                database.session(),
                object_store(),
                frame,
                content,
                note=request.form.get("note", ""),
                person_name=current_actor().name,
            )
        except ReleaseRefused as refused:
            errors.append(("file", str(refused)))
        else:
            return _kept(draft)
    database.session.rollback()
    frame = frame_of(frame_id)
    return _page(frame, _base(frame), errors), 422


def _base(frame: Frame) -> FrameVersion | None:
    """Return what the form begins with: the draft, or else the version in use."""
    session = database.session()
    return open_frame_version(session, frame) or newest_frame_version(session, frame.id)


def _kept(draft: FrameVersion) -> Page:
    ask_for_frame(database.session(), draft)
    frame_id = draft.frame_id
    database.session.commit()
    flash(_("Der Entwurf ist gespeichert. Sehen Sie ihn an, dann veröffentlichen Sie."), "success")
    return redirect(url_for("frames.review", frame_id=frame_id))


@frames.get("/<uuid:frame_id>/logo-<int:part>")
@requires("can_edit", "Templates")
def logo(frame_id: object, part: int) -> Page:
    """Hand out a logo of a composed frame, so that people see which ones stay."""
    base = _base(frame_of(frame_id))
    kept = logos_of(object_store(), base) if base is not None else []
    if part >= len(kept):
        abort(404)
    response = Response(kept[part], mimetype=LOGO_TYPE)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@frames.post("/<uuid:frame_id>/verwerfen")
@requires("can_edit", "Templates")
def discard(frame_id: object) -> Page:
    """Throw the draft away."""
    try:
        is_gone = discard_frame_draft(database.session(), frame_of(frame_id))
    except ReleaseRefused as refused:
        database.session.rollback()
        flash(str(refused), "danger")
        return redirect(url_for("frames.show", frame_id=frame_id))
    database.session.commit()
    flash(_("Der Entwurf ist verworfen."), "success")
    if is_gone:
        return redirect(url_for("frames.index"))
    return redirect(url_for("frames.show", frame_id=frame_id))


def _content(base: FrameVersion | None, errors: Errors) -> FrameContent | None:
    """Return the frame that was sent or composed; tell in ``errors`` why there is none."""
    file = request.files.get("file")
    data = file.read(_LARGEST_FILE + 1) if file else b""
    try:
        if not data:
            return composed_frame(_parts(base))
        if len(data) > _LARGEST_FILE:
            errors.append(("file", _("Die Datei ist größer als 10 MB.")))
            return None
        return frame_of_file(data, (file.filename if file else "") or "")
    except FrameRefused as refused:
        errors.append(("file" if data else "logos", str(refused)))
    except TemplateRefused as refused:
        errors.append(("file", refused.findings[0].as_text()))
    return None


def _parts(base: FrameVersion | None) -> FrameParts:
    kept = logos_of(object_store(), base) if base is not None else []
    wanted = set(request.form.getlist("logo"))
    logos = [logo for place, logo in enumerate(kept) if str(place) in wanted]
    sent = [file.read(_LARGEST_LOGO + 1) for file in request.files.getlist("logos")]
    if any(len(content) > _LARGEST_LOGO for content in sent):
        raise FrameRefused(_("Ein Logo ist größer als 2 MB."))
    return FrameParts(
        [*logos, *(content for content in sent if content)],
        request.form.get("kopf", "")[:2_000],
        request.form.get("fuss", "")[:2_000],
        request.form.get("schrift", FONTS[0]),
    )


def _page(frame: Frame | None, base: FrameVersion | None, errors: Errors) -> str:
    parts: Mapping[str, object] = base.parts if base is not None else {}
    kept = parts.get("logos")
    is_sent = request.method == "POST"

    def typed(name: str, part: str) -> str:
        return request.form.get(name, "") if is_sent else str(parts.get(part) or "")

    font = typed("schrift", "font")
    chosen = request.form.getlist("logo")
    return render_template(
        "frames/edit.html",
        frame={"title": frame.title, "number": _number(base)} if frame else None,
        title=request.form.get("title", ""),
        note=request.form.get("note", "")
        if is_sent or base is None or base.state == "published"
        else base.note,
        file_name=base.file_name if base else "",
        logos=[
            {
                "value": str(place),
                "label": _("Logo {number}").format(number=place + 1),
                "is_kept": not is_sent or str(place) in chosen,
                "url": url_for("frames.logo", frame_id=frame.id, part=place) if frame else "",
            }
            for place in range(len(kept) if isinstance(kept, list) else 0)
        ],
        fonts=[{"name": one, "selected": one == font} for one in FONTS],
        head=typed("kopf", "head"),
        foot=typed("fuss", "foot"),
        most_logos=MAX_LOGOS,
        errors=[{"html_id": html_id, "text": text} for html_id, text in errors],
        has_errors=bool(errors),
        urls={
            "templates": url_for("templates.index"),
            "overview": url_for("frames.index"),
            "save": url_for("frames.create"),
            "back": url_for("frames.index"),
            **(
                {**urls_of(frame), "save": urls_of(frame)["edit"], "back": urls_of(frame)["show"]}
                if frame
                else {}
            ),
        },
    )


def _number(base: FrameVersion | None) -> int:
    """Return the number that the version will have."""
    if base is None:
        return 1
    return base.number + (base.state == "published")
