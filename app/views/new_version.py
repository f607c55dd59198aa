"""An open draft whose form has a new version: what changes, and carrying the answers over."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import requires
from app.views.filling_context import after_submitting, open_draft, resume_url
from app.views.presenting import change_groups
from forms.german import paragraphs
from forms.models import Submission
from forms.versions.upgrading import Upgrade, carry_draft, find_upgrade, preview
from forms.versions.validities import VersionNotInUse, refusal, validity_of
from tenants.database import now
from tenants.language import _

new_version = Blueprint("new_version", __name__, url_prefix="/ausfuellen")

Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class VersionOffer:
    """That a draft may go on in a new version: its name, where, and until when it may stay."""

    name: str
    url: str
    until: str


def lead_to_version_in_use(submission: Submission) -> Response | None:
    """Bring a draft that is opened into the version in use, or lead to where that is asked.

    None when the draft may go on as it is.
    """
    upgrade = find_upgrade(database.session(), submission)
    if upgrade is None:
        return None
    if upgrade.way == "lift":
        return _carry(submission.id)
    if upgrade.way == "carry" or _refusal(submission):
        return redirect(url_for("new_version.show", submission_id=submission.id))
    return None


def version_offer(submission: Submission) -> VersionOffer | None:
    """Return the new version that a draft may go on in, None when there is none."""
    session = database.session()
    upgrade = find_upgrade(session, submission)
    if upgrade is None:
        return None
    last_day = validity_of(session, submission.form_version_id).validity.last_day
    return VersionOffer(
        upgrade.target.name,
        url_for("new_version.show", submission_id=submission.id),
        last_day.strftime("%d.%m.%Y") if last_day else "",
    )


def refused_by_version(submission: Submission, error: VersionNotInUse) -> Response:
    """Say that a draft of an ended version is not taken, and lead on to the new one."""
    flash(str(error), "danger")
    if find_upgrade(database.session(), submission) is None:
        return redirect(url_for("declaration.review", submission_id=submission.id))
    return redirect(url_for("new_version.show", submission_id=submission.id))


def to_carried_draft(submission: Submission) -> Response:
    """Lead a tab that showed an earlier version to the draft as it is now."""
    flash(
        _(
            "Ihre Angaben sind gespeichert. Der Vordruck hat inzwischen eine neue Fassung;"
            " hier geht es mit ihr weiter."
        ),
        "info",
    )
    return redirect(resume_url(submission))


def _refusal(submission: Submission) -> str:
    return refusal(validity_of(database.session(), submission.form_version_id), now())


@new_version.get("/<uuid:submission_id>/neue-fassung")
@requires("can_fill", "Submissions")
def show(submission_id: object) -> Page:
    """Say what the new version changes for this draft."""
    submission = open_draft(submission_id)
    upgrade = find_upgrade(database.session(), submission)
    if upgrade is None:
        return (
            after_submitting(submission)
            if submission.state != "draft"
            else redirect(resume_url(submission))
        )
    return _page(submission, upgrade)


def _page(submission: Submission, upgrade: Upgrade) -> str:
    carried = preview(submission, upgrade)
    refused = _refusal(submission)
    offer = version_offer(submission)
    return render_template(
        "filling/new_version.html",
        form={
            "title": submission.form_version.form.title,
            "old": validity_of(database.session(), submission.form_version_id).name,
            "new": upgrade.target.name,
            "binding_from": upgrade.target.binding_from.strftime("%d.%m.%Y"),
        },
        user_note=paragraphs(upgrade.target.user_note),
        groups=change_groups(upgrade.diff.changes),
        notices=sorted({notice.text for notice in carried.notices}),
        removed=[{"place": one.place, "text": one.text} for one in carried.removed],
        refused=refused,
        until=offer.until if offer and upgrade.way == "offer" else "",
        may_stay=upgrade.way == "offer" and not refused,
        urls={
            "carry": url_for("new_version.carry", submission_id=submission.id),
            "stay": resume_url(submission),
            "overview": url_for("forms.index"),
        },
    )


@new_version.post("/<uuid:submission_id>/neue-fassung")
@requires("can_fill", "Submissions")
def carry(submission_id: object) -> Page:
    """Carry the draft's answers into the new version."""
    submission = open_draft(submission_id)
    if submission.state != "draft":
        return after_submitting(submission)
    return _carry(submission.id)


def _carry(submission_id: str) -> Response:
    """Carry a draft as it is at this moment; what another tab did meanwhile is kept."""
    session = database.session()
    session.expire_all()
    submission = open_draft(submission_id, lock=True)
    upgrade = find_upgrade(session, submission)
    if upgrade is None:
        session.rollback()
        return redirect(resume_url(submission))
    row = carry_draft(session, submission, upgrade)
    session.commit()
    flash(_told(upgrade, len(row.notices), len(row.removed)), "info")
    return redirect(resume_url(submission))


def _told(upgrade: Upgrade, notices: int, removed: int) -> str:
    text = _("Ihr Entwurf ist jetzt in Fassung {name} des Vordrucks. Alle Angaben sind da.").format(
        name=upgrade.target.name
    )
    if removed:
        text = _(
            "Ihr Entwurf ist jetzt in Fassung {name} des Vordrucks. Was nicht mehr verlangt wird,"
            " lesen Sie vor dem Absenden noch."
        ).format(name=upgrade.target.name)
    if notices:
        text += " " + _("Bitte prüfen Sie die gekennzeichneten Fragen.")
    return text
