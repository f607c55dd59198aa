"""A new letterhead for templates: their words stay, each becomes a new version to be looked at."""

from __future__ import annotations

from uuid import UUID

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import requires
from app.views.template_comparing import open_version
from document_templates.cleaning import CleanedDocx, clean_docx
from document_templates.comparing.differences import compare_templates
from document_templates.findings import TemplateRefused
from document_templates.framing.composing import (
    FONTS,
    MAX_LOGOS,
    FrameParts,
    FrameRefused,
    compose_frame,
)
from document_templates.models import TemplateVersion
from document_templates.publishing import (
    TemplateUnknown,
    TemplateUnusable,
    find_template_version,
    frameable_versions,
    publish_template,
    put_in_frame,
    versions_of,
)
from tenants.language import _

template_frames = Blueprint("template_frames", __name__, url_prefix="/vorlagen/rahmen")

_LARGEST_FILE = 10 * 1024 * 1024
_LARGEST_LOGO = 2 * 1024 * 1024


@template_frames.route("", methods=["GET", "POST"])
@requires("can_edit", "Templates")
def index() -> str | BaseResponse | tuple[str, int]:
    """Take a frame and put the chosen templates into it."""
    if request.method == "GET":
        return _page([])
    wanted = set(request.form.getlist("vorlage"))
    chosen = [one for one in frameable_versions(database.session()) if one.id in wanted]
    errors = [] if chosen else [("vorlagen", _("Wählen Sie mindestens eine Vorlage."))]
    frame = _frame(errors)
    if errors or frame is None:
        return _page(errors), 422
    store = current_app.extensions["siegel"].store
    made = [put_in_frame(database.session(), store, version, frame) for version in chosen]
    database.session.commit()
    return redirect(url_for("template_frames.made", fassung=[one.id for one in made]))


def _frame(errors: list[tuple[str, str]]) -> CleanedDocx | None:
    """Return the frame that was sent or composed; tell in ``errors`` why there is none."""
    file = request.files.get("file")
    data = file.read(_LARGEST_FILE + 1) if file else b""
    try:
        if not data:
            data = compose_frame(_parts())
        elif len(data) > _LARGEST_FILE:
            raise FrameRefused(_("Die Datei ist größer als 10 MB."))
        return clean_docx(data)
    except FrameRefused as refused:
        errors.append(("logos", str(refused)))
    except TemplateRefused as refused:
        errors.append(("file", refused.findings[0].as_text()))
    return None


def _parts() -> FrameParts:
    logos = [file.read(_LARGEST_LOGO + 1) for file in request.files.getlist("logos")]
    logos = [content for content in logos if content]
    if any(len(content) > _LARGEST_LOGO for content in logos):
        raise FrameRefused(_("Ein Logo ist größer als 2 MB."))
    parts = FrameParts(
        logos,
        request.form.get("kopf", "")[:2_000],
        request.form.get("fuss", "")[:2_000],
        request.form.get("schrift", FONTS[0]),
    )
    if not (logos or parts.head.strip() or parts.foot.strip()):
        raise FrameRefused(_("Wählen Sie eine Word-Datei, oder geben Sie Logos, Kopf oder Fuß an."))
    return parts


def _page(errors: list[tuple[str, str]]) -> str:
    chosen = request.form.getlist("vorlage")
    return render_template(
        "templates/frame.html",
        templates=[
            {
                "id": version.id,
                "title": version.template.title,
                "form_title": version.template.form.title,
                "number": version.number,
                "selected": version.id in chosen,
            }
            for version in frameable_versions(database.session())
        ],
        fonts=[{"name": font, "selected": font == request.form.get("schrift")} for font in FONTS],
        head=request.form.get("kopf", ""),
        foot=request.form.get("fuss", ""),
        most_logos=MAX_LOGOS,
        errors=[{"html_id": html_id, "text": text} for html_id, text in errors],
        has_errors=bool(errors),
        urls={"save": url_for("template_frames.index"), "overview": url_for("templates.index")},
    )


@template_frames.get("/neue")
@requires("can_edit", "Templates")
def made() -> str:
    """Show the new versions, each with what is different about it."""
    rows = []
    for version in _versions(request.args.getlist("fassung")):
        former = next(
            (
                one
                for one in versions_of(database.session(), version)
                if one.number < version.number
            ),
            None,
        )
        only_frame = former is not None and (
            compare_templates(open_version(former), open_version(version)).frame_only
        )
        rows.append(
            {
                "id": version.id,
                "title": version.template.title,
                "number": version.number,
                "only_frame": only_frame,
                "has_errors": any(one.get("level") == "error" for one in version.findings),
                "is_published": version.state == "published",
                "url": url_for("templates.show", version_id=version.id),
                "preview_url": url_for("template_preview.show", version_id=version.id),
                "compare_url": url_for(
                    "template_comparing.show", version_id=version.id, number=former.number
                )
                if former
                else "",
            }
        )
    return render_template(
        "templates/framed.html",
        versions=rows,
        urls={
            "overview": url_for("templates.index"),
            "frame": url_for("template_frames.index"),
            "publish": url_for("template_frames.publish")
            if any(not row["is_published"] and not row["has_errors"] for row in rows)
            else "",
        },
    )


@template_frames.post("/veroeffentlichen")
@requires("can_edit", "Templates")
def publish() -> BaseResponse:
    """Publish the new versions together."""
    versions = _versions(request.form.getlist("fassung"))
    try:
        for version in versions:
            if version.state == "checked":
                publish_template(database.session(), version)
    except TemplateUnusable as error:
        database.session.rollback()
        flash(str(error), "danger")
        return redirect(url_for("template_frames.made", fassung=[one.id for one in versions]))
    database.session.commit()
    flash(_("Die Vorlagen sind im neuen Rahmen veröffentlicht."), "success")
    return redirect(url_for("templates.index"))


def _versions(identifiers: list[str]) -> list[TemplateVersion]:
    found = []
    for identifier in identifiers[:200]:
        try:
            found.append(find_template_version(database.session(), str(UUID(identifier))))
        except (TemplateUnknown, ValueError):
            continue
    return found
