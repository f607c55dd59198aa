"""Letting a version of a frame out: asked for by one person, decided by another."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from app import database
from app.security.access import current_actor, requires
from app.views.frames.room import Page, frame_of, frames, preview_of, urls_of, version_row
from app.views.frames.showing import frame_difference
from app.views.presenting import moment
from document_templates.four_eyes import ReleaseRefused
from document_templates.frames.keeping import (
    approve_frame,
    newest_frame_version,
    open_frame_version,
    request_frame,
    return_frame,
    withdraw_frame,
)
from document_templates.frames.models import Frame, FrameVersion
from document_templates.frames.using import templates_in
from tenants.language import _


@frames.get("/<uuid:frame_id>/freigabe")
@requires("can_edit", "Templates")
def review(frame_id: object) -> Page:
    """Show how the draft looks, what it changes, and who may let it out."""
    frame = frame_of(frame_id)
    version = open_frame_version(database.session(), frame)
    if version is None:
        return redirect(url_for("frames.show", frame_id=frame.id))
    return _review_page(frame, version)


def _review_page(frame: Frame, version: FrameVersion, problem: str = "", comment: str = "") -> str:
    session, actor = database.session(), current_actor()
    newest = newest_frame_version(session, frame.id)
    is_own = version.requested_by == actor.account_id
    in_review = version.state == "in_review"
    return render_template(
        "frames/review.html",
        frame={"title": frame.title},
        version={
            **version_row(version),
            "requested_by": version.requested_by_name if in_review else "",
            "requested_at": moment(version.requested_at) if in_review else "",
        },
        preview=preview_of(version),
        difference=frame_difference(newest, version) if newest else None,
        newest=newest.number if newest else 0,
        templates=len({one.template_id for one, _held in templates_in(session, frame)}),
        four_eyes=actor.tenant.four_eyes,
        may_ask=not in_review,
        may_approve=in_review and not (is_own and actor.tenant.four_eyes),
        may_withdraw=in_review and is_own,
        comment=comment,
        errors=[{"html_id": "comment", "text": problem}] if problem else [],
        has_errors=bool(problem),
        urls={**urls_of(frame), "decide": url_for("frames.decide", frame_id=frame.id)},
    )


@frames.post("/<uuid:frame_id>/freigabe")
@requires("can_edit", "Templates")
def decide(frame_id: object) -> Page:
    """Ask for the draft to be published, publish it, give it back, or take back one's wish."""
    frame = frame_of(frame_id)
    comment = request.form.get("comment", "").strip()[:2000]
    try:
        text, is_published = _act(frame, request.form.get("aktion", ""), comment)
    except ReleaseRefused as error:
        database.session.rollback()
        frame = frame_of(frame_id)
        version = open_frame_version(database.session(), frame)
        if version is None:
            flash(str(error), "danger")
            return redirect(url_for("frames.show", frame_id=frame.id))
        return _review_page(frame, version, str(error), comment), 422
    database.session.commit()
    flash(text, "success")
    return redirect(url_for("frames.show" if is_published else "frames.review", frame_id=frame_id))


def _act(frame: Frame, action: str, comment: str) -> tuple[str, bool]:
    """Do what a button says; return the message and whether a version was published."""
    session, actor = database.session(), current_actor()
    published = _(
        "Die Fassung ist veröffentlicht. Vorlagen behalten ihren Rahmen, bis Sie sie erneuern."
    )
    if action == "beantragen":
        request_frame(session, frame, person_name=actor.name)
        if not actor.tenant.four_eyes:
            approve_frame(session, frame, four_eyes=False, person_name=actor.name)
            return published, True
        return _("Die Veröffentlichung ist beantragt. Eine zweite Person gibt sie frei."), False
    if action == "freigeben":
        approve_frame(session, frame, four_eyes=actor.tenant.four_eyes, person_name=actor.name)
        return published, True
    if action == "zurueckziehen":
        withdraw_frame(session, frame)
        return _("Der Antrag ist zurückgezogen. Der Entwurf kann wieder geändert werden."), False
    return_frame(session, frame, comment=comment, person_name=actor.name)
    return _("Der Entwurf ist zur Überarbeitung zurückgegeben."), False
