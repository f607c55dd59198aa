"""Templates in a frame: put in, renewed together, looked at and published together."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import requires
from app.views.frames.room import frame_of, frames, object_store
from app.views.template_comparing import open_version
from document_templates.comparing.differences import compare_templates
from document_templates.frames.keeping import newest_frame_version
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


@frames.post("/<uuid:frame_id>/vorlagen")
@requires("can_edit", "Templates")
def renew(frame_id: object) -> BaseResponse:
    """Put the chosen templates into the frame as it is now; each becomes a new version."""
    frame = frame_of(frame_id)
    newest = newest_frame_version(database.session(), frame.id)
    wanted = set(request.form.getlist("vorlage"))
    chosen = [one for one in frameable_versions(database.session()) if one.id in wanted]
    if newest is None or not chosen:
        flash(
            _("Wählen Sie mindestens eine Vorlage.")
            if newest
            else _("Veröffentlichen Sie zuerst den Rahmen."),
            "warning",
        )
        return redirect(url_for("frames.show", frame_id=frame.id))
    made_now = [put_in_frame(database.session(), object_store(), one, newest) for one in chosen]
    database.session.commit()
    return redirect(url_for("frames.made", fassung=[one.id for one in made_now]))


@frames.get("/neue-fassungen")
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
        "frames/renewed.html",
        versions=rows,
        urls={
            "overview": url_for("templates.index"),
            "frames": url_for("frames.index"),
            "publish": url_for("frames.publish")
            if any(not row["is_published"] and not row["has_errors"] for row in rows)
            else "",
        },
    )


@frames.post("/veroeffentlichen")
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
        return redirect(url_for("frames.made", fassung=[one.id for one in versions]))
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
