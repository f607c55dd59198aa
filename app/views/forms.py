"""The forms that a person may fill in here, and beginning one."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.presenting import moment, submission_rows
from forms.lists.overview import find_submissions
from forms.models import FormVersion, Submission
from forms.publishing import FormUnknown, definition_of, find_form, published_forms
from forms.submitting import own_drafts, start_submission
from tenants.language import _

forms = Blueprint("forms", __name__, url_prefix="/vordrucke")

DATA_CLASSES = {
    "K0": _("öffentlich"),
    "K1": _("verwaltungsintern"),
    "K2": _("vertraulich, Betriebs- und Geschäftsgeheimnis"),
    "K3": _("personenbezogen"),
    "K4": _("Sozialdaten (§ 67 Abs. 2 SGB X)"),
    "K5": _("besonders geschützt (§ 65 SGB VIII)"),
}


@forms.get("/")
@requires("can_read", "Forms")
def index() -> str:
    """List forms, own drafts and what was submitted last."""
    actor = current_actor()
    session = database.session()
    drafts = own_drafts(session)
    newest = {version.form_id: version for version in published_forms(session)}
    recent = (
        find_submissions(session, own_only=actor.sees_own_only, size=5).submissions
        if allowed("can_list", "Submissions")
        else []
    )
    return render_template(
        "forms/list.html",
        forms=[_form_row(version) for version in newest.values()],
        drafts=[_draft_row(draft, newest) for draft in drafts],
        submissions=submission_rows(recent),
        urls={
            "submissions": url_for("submissions.index")
            if allowed("can_list", "Submissions")
            else ""
        },
    )


def _form_row(version: FormVersion) -> dict[str, object]:
    count = len(definition_of(version).pages)
    return {
        "title": version.form.title,
        "description": version.form.description,
        "url": url_for("forms.show", key=version.form.key),
        "pages_text": _("eine Seite") if count == 1 else _("{n} Seiten").format(n=count),
        "version": version.number,
    }


def _draft_row(draft: Submission, newest: dict[str, FormVersion]) -> dict[str, object]:
    latest = newest.get(draft.form_version.form_id)
    return {
        "title": draft.form_version.form.title,
        "party": draft.organisation_name or _("Eigenes Amt"),
        "saved_at": moment(draft.updated_at),
        "page_title": "",
        "url": url_for("filling.resume", submission_id=draft.id),
        "delete_url": url_for("filling.discard", submission_id=draft.id),
        "stale": latest is not None and latest.id != draft.form_version_id,
    }


def _published(key: str) -> FormVersion:
    try:
        return find_form(database.session(), key)
    except FormUnknown:
        abort(404)


@forms.get("/<key>")
@requires("can_fill", "Submissions")
def show(key: str) -> str:
    """Say what the form is about before it is begun."""
    version = _published(key)
    definition = definition_of(version)
    return render_template(
        "filling/start.html",
        form={
            "title": definition.title,
            "description": [part for part in definition.description.split("\n\n") if part],
            "version": version.number,
            "pages": [page.title for page in definition.pages],
            "data_class_text": DATA_CLASSES.get(version.form.data_class, ""),
        },
        urls={"start": url_for("forms.begin", key=key), "overview": url_for("forms.index")},
        drafts=[
            {
                "title": draft.form_version.form.title,
                "saved_at": moment(draft.updated_at),
                "page_title": "",
                "url": url_for("filling.resume", submission_id=draft.id),
            }
            for draft in own_drafts(database.session(), form_id=version.form_id)
        ],
        organisations=[],
    )


@forms.post("/<key>/beginnen")
@requires("can_fill", "Submissions")
def begin(key: str) -> Response:
    """Begin a draft and lead to its first page."""
    actor = current_actor()
    submission = start_submission(
        database.session(),
        _published(key),
        person_name=actor.name,
        organisation_name=actor.capacity.organisation_name,
    )
    database.session.commit()
    return redirect(url_for("filling.resume", submission_id=submission.id))
