"""Filling in a form: page by page, saved at every step, complete without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from app.security.access import current_actor, requires
from app.views.conflicts import conflict_rows
from app.views.filling_context import (
    Filling,
    page_rows,
    page_url,
    page_variables,
)
from app.views.presenting import moment, request_status
from document_templates.register import list_unfinished, version_of_submission
from document_templates.requesting import request_documents
from forms.constraints import Message
from forms.input import PageInput, apply_row_operation, read_page
from forms.merging import merge_answers
from forms.models import Submission
from forms.review import review as review_pages
from forms.submitting import (
    SavedDraft,
    StaleDraft,
    SubmissionClosed,
    SubmissionIncomplete,
    SubmissionUnknown,
    WarningsOpen,
    delete_draft,
    find_submission,
    revision_answers,
    save_draft,
    submit_answers,
)
from tenants.database import new_id, now
from tenants.language import _

filling = Blueprint("filling", __name__, url_prefix="/ausfuellen")

Page = str | BaseResponse | tuple[str, int]
OWN_NAMES = frozenset({"csrf_token"})
_CHOICE = "choice:"


def _draft(submission_id: object, *, lock: bool = False) -> Submission:
    """Return the person's draft, 404 for any other; what is submitted leads elsewhere."""
    actor = current_actor()
    try:
        return find_submission(
            database.session(), str(submission_id), own_only=actor.sees_own_only, lock=lock
        )
    except SubmissionUnknown:
        abort(404)


def _after_submitting(submission: Submission) -> BaseResponse:
    return redirect(url_for("filling.receipt", submission_id=submission.id))


@filling.get("/<uuid:submission_id>")
@requires("can_fill", "Submissions")
def resume(submission_id: object) -> BaseResponse:
    """Lead to the first page that is not complete, or to the review."""
    submission = _draft(submission_id)
    if submission.state != "draft":
        return _after_submitting(submission)
    draft = Filling.stored(submission)
    for key in draft.page_keys(draft.draft()):
        if key not in submission.completed_pages:
            return redirect(page_url(submission, key))
    return redirect(url_for("filling.review", submission_id=submission.id))


@filling.get("/<uuid:submission_id>/seite/<page_key>")
@requires("can_fill", "Submissions")
def page(submission_id: object, page_key: str) -> Page:
    """Show a page with what was saved of it."""
    submission = _draft(submission_id)
    if submission.state != "draft":
        return _after_submitting(submission)
    draft = Filling.stored(submission)
    if page_key not in draft.page_keys(draft.draft()):
        abort(404)
    strict = page_key in submission.completed_pages or "pruefen" in request.args
    return render_template("filling/page.html", **page_variables(draft, page_key, strict=strict))


def _posted() -> Mapping[str, Sequence[str]]:
    return {name: values for name, values in request.form.lists() if name not in OWN_NAMES}


def _base_revision(submission: Submission) -> int:
    text = request.form.get("__revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else submission.revision


def _read(submission: Submission, page_key: str) -> tuple[Filling, PageInput]:
    """Read the posted page onto the answers that the tab had before it."""
    stored = Filling.stored(submission)
    if stored.definition.page(page_key) is None:
        abort(404)
    base = revision_answers(database.session(), submission, _base_revision(submission))
    entry = read_page(
        stored.definition, page_key, _posted(), base, new_row_id=new_id, other_names=OWN_NAMES
    )
    if entry.operation is not None:
        answers, invalid = apply_row_operation(
            stored.definition, entry.answers, entry.invalid, entry.operation, new_id
        )
        entry = PageInput(
            answers=answers, invalid=invalid, errors=entry.errors, operation=entry.operation
        )
    return stored, entry


def _save(
    submission: Submission, stored: Filling, page_key: str, entry: PageInput, *, completed: bool
) -> SavedDraft | StaleDraft:
    wanted = stored.definition.page(page_key)
    paths = (
        frozenset(field.key for field in stored.definition.fields_of(wanted))
        if wanted
        else frozenset()
    )
    return save_draft(
        database.session(),
        submission,
        base_revision=_base_revision(submission),
        answers=entry.answers,
        invalid=entry.invalid,
        page_paths=paths,
        completed_page=page_key if completed else None,
    )


@filling.post("/<uuid:submission_id>/seite/<page_key>")
@requires("can_fill", "Submissions")
def save(submission_id: object, page_key: str) -> Page:
    """Save a page and go where its button leads; errors are shown on the page itself."""
    submission = _draft(submission_id, lock=True)
    if submission.state != "draft":
        flash(_("Diese Erklärung ist schon eingereicht und wurde nicht geändert."), "info")
        return _after_submitting(submission)
    stored, entry = _read(submission, page_key)
    action = request.form.get("__action", "next")
    moves_on = action == "next" and entry.operation is None
    result = _save(submission, stored, page_key, entry, completed=moves_on)
    if isinstance(result, StaleDraft):
        database.session.rollback()
        return _conflict_page(submission, page_key, result), 409
    database.session.commit()
    if entry.operation is not None:
        return redirect(page_url(submission, page_key) + f"#f-{entry.operation.group}")
    return _next_page(submission, page_key, action, entry)


def _next_page(submission: Submission, page_key: str, action: str, entry: PageInput) -> Page:
    draft = Filling.stored(submission)
    if entry.errors or action == "next":
        variables = page_variables(draft, page_key, strict=action == "next", refused=entry.errors)
        if entry.errors or variables["has_errors"]:
            return render_template("filling/page.html", **variables), 422
    if action not in ("next", "back"):
        flash(_("Gespeichert."), "success")
        return redirect(page_url(submission, page_key))
    keys = draft.page_keys(draft.draft())
    position = keys.index(page_key) if page_key in keys else 0
    if action == "back":
        return redirect(page_url(submission, keys[max(position - 1, 0)]))
    if position + 1 < len(keys):
        return redirect(page_url(submission, keys[position + 1]))
    return redirect(url_for("filling.review", submission_id=submission.id))


@filling.post("/<uuid:submission_id>/seite/<page_key>/aktualisieren")
@requires("can_fill", "Submissions")
def refresh(submission_id: object, page_key: str) -> Page:
    """Answer htmx with the page's fields under the posted answers; saves nothing."""
    submission = _draft(submission_id)
    stored, entry = _read(submission, page_key)
    other = {path: text for path, text in submission.invalid.items() if path not in entry.invalid}
    draft = Filling(submission, stored.definition, entry.answers, {**other, **entry.invalid})
    variables = page_variables(draft, page_key, revision=_base_revision(submission))
    return render_template("filling/_fields.html", is_refresh=True, **variables)


@filling.post("/<uuid:submission_id>/seite/<page_key>/sichern")
@requires("can_fill", "Submissions")
def autosave(submission_id: object, page_key: str) -> tuple[Response, int]:
    """Save a page in the background; a stale tab is told where to resolve it."""
    submission = _draft(submission_id, lock=True)
    if submission.state != "draft":
        return jsonify({"conflict_url": page_url(submission, page_key)}), 409
    stored, entry = _read(submission, page_key)
    result = _save(submission, stored, page_key, entry, completed=False)
    if isinstance(result, StaleDraft):
        database.session.rollback()
        return jsonify({"conflict_url": page_url(submission, page_key)}), 409
    database.session.commit()
    return jsonify({"saved_at": moment(now()), "revision": str(result.revision)}), 200


def _conflict_page(submission: Submission, page_key: str, stale: StaleDraft) -> str:
    draft = Filling.stored(submission)
    wanted = draft.definition.page(page_key)
    return render_template(
        "filling/conflict.html",
        form={"title": draft.definition.title, "page_title": wanted.title if wanted else ""},
        theirs={
            "who": _("in einem anderen Fenster"),
            "when": moment(submission.updated_at),
        },
        fields=conflict_rows(draft.definition, stale),
        hidden=[
            {"name": name, "value": value}
            for name, value in request.form.items(multi=True)
            if name not in OWN_NAMES
            and name != "__revision"
            and not any(name == f"{_CHOICE}{one.path}" for one in stale.conflicts)
        ],
        draft={"revision": _base_revision(submission)},
        urls={
            "resolve": url_for("filling.resolve", submission_id=submission.id, page_key=page_key),
            "discard": page_url(submission, page_key),
        },
    )


@filling.post("/<uuid:submission_id>/seite/<page_key>/zusammenfuehren")
@requires("can_fill", "Submissions")
def resolve(submission_id: object, page_key: str) -> Page:
    """Join two versions of a page as the person chose for each differing answer."""
    submission = _draft(submission_id, lock=True)
    if submission.state != "draft":
        return _after_submitting(submission)
    stored, entry = _read(submission, page_key)
    base = revision_answers(database.session(), submission, _base_revision(submission))
    chosen = {
        name.removeprefix(_CHOICE): value
        for name, value in request.form.items()
        if name.startswith(_CHOICE)
    }
    joined = merge_answers(base, entry.answers, submission.answers, chosen)
    if joined.conflicts:
        # Somebody saved once more while this person was choosing.
        stale = StaleDraft(submission.revision, entry.answers, submission.answers, joined.conflicts)
        database.session.rollback()
        return _conflict_page(submission, page_key, stale), 409
    settled = PageInput(answers=joined.answers, invalid=entry.invalid, errors=())
    wanted = stored.definition.page(page_key)
    save_draft(
        database.session(),
        submission,
        base_revision=submission.revision,
        answers=settled.answers,
        invalid=settled.invalid,
        page_paths=frozenset(one.key for one in stored.definition.fields_of(wanted))
        if wanted
        else frozenset(),
    )
    database.session.commit()
    flash(_("Beide Fassungen sind zusammengeführt und gespeichert."), "success")
    return redirect(page_url(submission, page_key))


@filling.route("/<uuid:submission_id>/pruefen", methods=["GET", "POST"])
@requires("can_fill", "Submissions")
def review(submission_id: object) -> Page:
    """Show the whole declaration (§ 36a Abs. 2b SGB I) and, on POST, submit it."""
    submission = _draft(submission_id, lock=request.method == "POST")
    if submission.state != "draft":
        return _after_submitting(submission)
    if request.method == "GET":
        return _review_page(submission)
    if _base_revision(submission) != submission.revision:
        flash(
            _("Die Angaben wurden inzwischen geändert. Bitte prüfen Sie sie noch einmal."),
            "warning",
        )
        return _review_page(submission), 409
    try:
        submit_answers(
            database.session(),
            submission,
            warnings_confirmed=request.form.get("__acknowledged") == "1",
        )
        request_documents(database.session(), submission)
    except (SubmissionIncomplete, WarningsOpen) as error:
        database.session.rollback()
        if isinstance(error, WarningsOpen):
            flash(str(error), "warning")
        return _review_page(_draft(submission_id), has_errors=True), 422
    database.session.commit()
    return _after_submitting(submission)


def _review_page(submission: Submission, *, has_errors: bool = False) -> str:
    draft = Filling.stored(submission)
    evaluation = draft.complete()
    actor = current_actor()
    last = draft.page_keys(evaluation)[-1]

    def links(messages: Sequence[Message]) -> list[dict[str, str]]:
        return [
            {
                "text": message.text,
                # What concerns the whole declaration belongs to no page.
                "url": page_url(submission, message.page_key) + "?pruefen=1"
                if message.page_key
                else "",
            }
            for message in messages
        ]

    return render_template(
        "filling/review.html",
        form={"title": draft.definition.title},
        review=[
            {"page": one, "url": page_url(submission, one.key)}
            for one in review_pages(draft.definition, evaluation, submission.invalid)
        ],
        pages=page_rows(draft, evaluation, ""),
        errors=links(evaluation.errors),
        warnings=links(evaluation.warnings),
        declaration=[
            _(
                "Mit dem Absenden erklären Sie, dass die Angaben vollständig und richtig sind."
                " Eine Unterschrift ist nicht nötig (§ 36a Abs. 2c SGB I)."
            )
        ],
        submitter={"name": actor.name, "organisation": submission.organisation_name},
        draft={"id": submission.id, "revision": submission.revision},
        submit_token=submission.id,
        urls={
            "submit": url_for("filling.review", submission_id=submission.id),
            "back": page_url(submission, last),
        },
        receiver=f"{actor.tenant.name}, {actor.tenant.office}".rstrip(", "),
        has_errors=has_errors,
    )


@filling.get("/<uuid:submission_id>/eingang")
@requires("can_fill", "Submissions")
def receipt(submission_id: object) -> Page:
    """Confirm the receipt with number and time, and offer a copy."""
    submission = _draft(submission_id)
    if submission.state == "draft":
        return redirect(url_for("filling.resume", submission_id=submission.id))
    actor = current_actor()
    return render_template(
        "filling/receipt.html",
        form={"title": submission.form_version.form.title},
        submission={
            "number": submission.number,
            "received_at": moment(submission.submitted_at),
            "organisation": submission.organisation_name,
            "person": submission.person_name,
        },
        receiver={
            "name": f"{actor.tenant.name}, {actor.tenant.office}".rstrip(", "),
            "telephone": actor.tenant.telephone,
            "email": actor.tenant.email,
        },
        next_steps=[
            _("Das Dokument wird erstellt, gesiegelt und im Register abgelegt."),
            _("Sie finden es unter „Dokumente“, sobald es fertig ist."),
        ],
        urls={
            "declaration": url_for("filling.copy", submission_id=submission.id),
            "show": url_for("submissions.show", submission_id=submission.id),
            "overview": url_for("forms.index"),
        },
        document=_document_state(submission),
    )


def _document_state(submission: Submission) -> dict[str, object] | None:
    open_ = list_unfinished(database.session(), own_only=False, submission_id=submission.id)
    if open_:
        return {
            "status": request_status(open_[0]),
            "url": url_for("documents.progress", request_id=open_[0].id),
        }
    made = version_of_submission(database.session(), submission.id)
    if made is None:
        return None
    return {
        "status": {"kind": "success", "text": _("Gesiegelt")},
        "url": url_for("documents.show", document_id=made.document_id),
    }


@filling.get("/<uuid:submission_id>/kopie")
@requires("can_fill", "Submissions")
def copy(submission_id: object) -> Page:
    """Hand out the submitted declaration as a file to keep (§ 36a Abs. 2b SGB I)."""
    submission = _draft(submission_id)
    if submission.state == "draft":
        return redirect(url_for("filling.resume", submission_id=submission.id))
    draft = Filling.stored(submission)
    page = render_template(
        "filling/copy.html",
        form={"title": draft.definition.title, "version": submission.form_version.number},
        submission={
            "number": submission.number,
            "received_at": moment(submission.submitted_at),
            "organisation": submission.organisation_name,
            "person": submission.person_name,
            "sha256": submission.content_sha256,
        },
        review=review_pages(draft.definition, draft.complete()),
    )
    response = Response(page, mimetype="text/html")
    name = f"Erklaerung-{(submission.number or '').replace('/', '-')}.html"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@filling.post("/<uuid:submission_id>/verwerfen")
@requires("can_fill", "Submissions")
def discard(submission_id: object) -> BaseResponse:
    """Delete a draft for good."""
    submission = _draft(submission_id, lock=True)
    try:
        delete_draft(database.session(), submission)
    except SubmissionClosed as error:
        database.session.rollback()
        flash(str(error), "danger")
        return redirect(url_for("forms.index"))
    database.session.commit()
    flash(_("Der Entwurf ist gelöscht."), "success")
    return redirect(url_for("forms.index"))
