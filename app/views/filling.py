"""Filling in a form: page by page, saved at every step, complete without JavaScript."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import requires
from app.views.conflicts import conflict_rows
from app.views.filling_context import (
    after_submitting,
    base_revision,
    open_draft,
    page_keys,
    page_url,
    page_variables,
    resume_url,
    worksheet,
)
from app.views.new_version import lead_to_version_in_use, to_carried_draft
from app.views.presenting import moment
from app.views.sent_page import OWN_NAMES, SentPage, change_of, read_sent_page
from app.views.uploads import take_uploads
from forms.attachments.keeping import erase_attachments
from forms.field_views import html_id
from forms.input import PageInput
from forms.merging import merge_answers
from forms.models import Submission
from forms.paths import top_key
from forms.raw_texts import moved_texts
from forms.rows import place_after
from forms.submitting import (
    SavedDraft,
    StaleDraft,
    SubmissionClosed,
    delete_draft,
    draft_at,
    save_draft,
)
from tenants.database import now
from tenants.language import _

filling = Blueprint("filling", __name__, url_prefix="/ausfuellen")

Page = str | BaseResponse | tuple[str, int]
_CHOICE = "choice:"


@filling.get("/<uuid:submission_id>")
@requires("can_fill", "Submissions")
def resume(submission_id: object) -> BaseResponse:
    """Lead to the first page that is not complete, or to the review."""
    submission = open_draft(submission_id)
    if submission.state != "draft":
        return after_submitting(submission)
    elsewhere = lead_to_version_in_use(submission)
    if elsewhere is not None:
        return elsewhere
    sheet = worksheet(submission)
    if not sheet.editable:
        flash(_("Hier ist nichts mehr auszufüllen. Ihr Entwurf ist noch da."), "info")
        return redirect(url_for("submissions.show", submission_id=sheet.subject.id))
    for key in page_keys(sheet, sheet.lenient()):
        if key not in submission.completed_pages:
            return redirect(page_url(submission, key))
    return redirect(url_for("declaration.review", submission_id=submission.id))


@filling.get("/<uuid:submission_id>/seite/<page_key>")
@requires("can_fill", "Submissions")
def page(submission_id: object, page_key: str) -> Page:
    """Show a page with what was saved of it."""
    submission = open_draft(submission_id)
    if submission.state != "draft":
        return after_submitting(submission)
    elsewhere = lead_to_version_in_use(submission)
    if elsewhere is not None:
        return elsewhere
    sheet = worksheet(submission)
    if page_key not in page_keys(sheet, sheet.lenient()):
        abort(404)
    strict = page_key in submission.completed_pages or "pruefen" in request.args
    return render_template("filling/page.html", **page_variables(sheet, page_key, strict=strict))


def _save(sent: SentPage, completed_page: str | None = None) -> SavedDraft | StaleDraft:
    change = change_of(sent)
    return save_draft(
        database.session(),
        sent.sheet.draft,
        base=change.base,
        answers=change.answers,
        invalid=change.invalid,
        page_paths=change.page_paths,
        completed_page=completed_page,
    )


@filling.post("/<uuid:submission_id>/seite/<page_key>")
@requires("can_fill", "Submissions")
def save(submission_id: object, page_key: str) -> Page:
    """Save a page and go where its button leads; errors are shown on the page itself."""
    submission = open_draft(submission_id, lock=True)
    if submission.state != "draft":
        flash(_("Diese Erklärung ist schon eingereicht und wurde nicht geändert."), "info")
        return after_submitting(submission)
    sent = read_sent_page(submission, page_key)
    sent = take_uploads(sent)
    entry = sent.entry
    changes_files = bool(entry.uploads or entry.dropped)
    action = request.form.get("__action", "save" if entry.dropped else "next")
    moves_on = action == "next" and entry.operation is None and not sent.is_earlier
    result = _save(sent, page_key if moves_on else None)
    if isinstance(result, StaleDraft):
        database.session.rollback()
        if entry.uploads:
            flash(_("Dateien wählen Sie bitte danach noch einmal aus."), "info")
        return _conflict_page(submission, page_key, result), 409
    if entry.dropped:
        erase_attachments(database.session(), submission, only=entry.dropped)
    database.session.commit()
    if sent.is_earlier:
        return to_carried_draft(submission)
    if entry.operation is not None:
        place = place_after(entry.operation, submission.answers)
        anchor = html_id(place) + ("-titel" if place.endswith("]") else "")
        return redirect(f"{page_url(submission, page_key)}#{anchor}")
    if changes_files and action in ("save", "upload") and not entry.errors:
        place = next(iter((*entry.dropped.values(), *entry.uploads.values())))
        return redirect(f"{page_url(submission, page_key)}#{html_id(place)}")
    return _next_page(submission, page_key, action, entry)


def _next_page(submission: Submission, page_key: str, action: str, entry: PageInput) -> Page:
    sheet = worksheet(submission)
    if entry.errors or action == "next":
        variables = page_variables(sheet, page_key, strict=action == "next", refused=entry.errors)
        if entry.errors or variables["has_errors"]:
            return render_template("filling/page.html", **variables), 422
    if action not in ("next", "back"):
        flash(_("Gespeichert."), "success")
        return redirect(page_url(submission, page_key))
    keys = page_keys(sheet, sheet.lenient())
    position = keys.index(page_key) if page_key in keys else 0
    if action == "back":
        return redirect(page_url(submission, keys[max(position - 1, 0)]))
    if position + 1 < len(keys):
        return redirect(page_url(submission, keys[position + 1]))
    return redirect(url_for("declaration.review", submission_id=submission.id))


@filling.post("/<uuid:submission_id>/seite/<page_key>/aktualisieren")
@requires("can_fill", "Submissions")
def refresh(submission_id: object, page_key: str) -> Page:
    """Answer htmx with the page's fields under the posted answers; saves nothing."""
    submission = open_draft(submission_id)
    sent = read_sent_page(submission, page_key)
    entry = sent.entry
    # What is stored of this page may stand at rows that have just moved.
    own = sent.sheet.page_paths(page_key)
    other = {path: text for path, text in submission.invalid.items() if top_key(path) not in own}
    typed = sent.sheet.with_answers(entry.answers, {**other, **entry.invalid})
    variables = page_variables(typed, page_key, revision=base_revision(submission))
    return render_template("filling/_fields.html", is_refresh=True, **variables)


@filling.post("/<uuid:submission_id>/seite/<page_key>/sichern")
@requires("can_fill", "Submissions")
def autosave(submission_id: object, page_key: str) -> tuple[Response, int]:
    """Save a page in the background; a stale tab is told where to resolve it."""
    submission = open_draft(submission_id, lock=True)
    if submission.state != "draft":
        return jsonify({"conflict_url": page_url(submission, page_key)}), 409
    sent = read_sent_page(submission, page_key)
    result = _save(sent)
    if isinstance(result, StaleDraft):
        database.session.rollback()
        return jsonify({"conflict_url": page_url(submission, page_key)}), 409
    database.session.commit()
    if sent.is_earlier:
        # The tab cannot go on with what it shows.
        return jsonify({"conflict_url": resume_url(submission)}), 409
    return jsonify({"saved_at": moment(now()), "revision": str(result.revision)}), 200


def _conflict_page(submission: Submission, page_key: str, stale: StaleDraft) -> str:
    sheet = worksheet(submission)
    wanted = sheet.form.page(page_key)
    return render_template(
        "filling/conflict.html",
        form={"title": sheet.form.title, "page_title": wanted.title if wanted else ""},
        theirs={
            "who": _("in einem anderen Fenster"),
            "when": moment(submission.updated_at),
        },
        fields=conflict_rows(sheet.form, stale),
        hidden=[
            {"name": name, "value": value}
            for name, value in request.form.items(multi=True)
            if name not in OWN_NAMES
            and name != "__revision"
            and not any(name == f"{_CHOICE}{one.path}" for one in stale.conflicts)
        ],
        draft={"revision": base_revision(submission)},
        urls={
            "resolve": url_for("filling.resolve", submission_id=submission.id, page_key=page_key),
            # The page may belong to a version that the draft has left.
            "discard": resume_url(submission) if wanted is None else page_url(submission, page_key),
        },
    )


@filling.post("/<uuid:submission_id>/seite/<page_key>/zusammenfuehren")
@requires("can_fill", "Submissions")
def resolve(submission_id: object, page_key: str) -> Page:
    """Join two versions of a page as the person chose for each differing answer."""
    submission = open_draft(submission_id, lock=True)
    if submission.state != "draft":
        return after_submitting(submission)
    sent = read_sent_page(submission, page_key)
    change = change_of(sent)
    chosen = {
        name.removeprefix(_CHOICE): value
        for name, value in request.form.items()
        if name.startswith(_CHOICE)
    }
    joined = merge_answers(change.base.answers, change.answers, submission.answers, chosen)
    if joined.conflicts:
        # Somebody saved once more while this person was choosing.
        stale = StaleDraft(
            submission.revision, change.answers, submission.answers, joined.conflicts
        )
        database.session.rollback()
        return _conflict_page(submission, page_key, stale), 409
    save_draft(
        database.session(),
        submission,
        base=draft_at(database.session(), submission, submission.revision),
        answers=joined.answers,
        invalid=moved_texts(change.invalid, change.answers, joined.answers),
        page_paths=change.page_paths,
    )
    database.session.commit()
    flash(_("Beide Fassungen sind zusammengeführt und gespeichert."), "success")
    return redirect(resume_url(submission) if sent.is_earlier else page_url(submission, page_key))


@filling.post("/<uuid:submission_id>/verwerfen")
@requires("can_fill", "Submissions")
def discard(submission_id: object) -> BaseResponse:
    """Delete a draft for good."""
    submission = open_draft(submission_id, lock=True)
    try:
        delete_draft(database.session(), submission)
    except SubmissionClosed as error:
        database.session.rollback()
        flash(str(error), "danger")
        return redirect(url_for("forms.index"))
    database.session.commit()
    flash(_("Der Entwurf ist gelöscht."), "success")
    return redirect(url_for("forms.index"))
