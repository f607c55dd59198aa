"""The forms that a person may fill in here, and beginning one."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.presenting import draft_title, moment, submission_rows
from forms.german import paragraphs
from forms.lists.overview import find_submissions
from forms.models import FormVersion, Submission
from forms.publishing import FormInUse, FormUnknown, definition_of, find_form
from forms.submitting import own_drafts, start_submission
from forms.versions.models import VersionValidity
from forms.versions.validities import forms_in_use
from tenants.database import now
from tenants.language import _

forms = Blueprint("forms", __name__, url_prefix="/vordrucke")

Page = str | Response | tuple[str, int]

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
    in_use = {one.form_version.form_id: one for one in forms_in_use(session, now())}
    recent = (
        find_submissions(session, own_only=actor.sees_own_only, size=5).submissions
        if allowed("can_list", "Submissions")
        else []
    )
    return render_template(
        "forms/list.html",
        forms=[_form_row(one) for one in in_use.values() if may_begin(one.form_version)],
        drafts=[_draft_row(draft, in_use) for draft in drafts],
        submissions=submission_rows(recent),
        urls={
            "submissions": url_for("submissions.index")
            if allowed("can_list", "Submissions")
            else ""
        },
    )


def _form_row(validity: VersionValidity) -> dict[str, object]:
    version = validity.form_version
    count = len(definition_of(version).pages)
    return {
        "title": version.form.title,
        "description": version.form.description,
        "url": url_for("forms.show", key=version.form.key),
        "pages_text": _("eine Seite") if count == 1 else _("{n} Seiten").format(n=count),
        "version": validity.name,
        "versions_url": url_for("form_versions.index", form_id=version.form_id)
        if allowed("can_edit", "Forms")
        else "",
    }


def _draft_row(draft: Submission, in_use: dict[str, VersionValidity]) -> dict[str, object]:
    current = in_use.get(draft.form_version.form_id)
    is_stale = current is not None and current.form_version.number > draft.form_version.number
    return {
        "title": draft_title(draft),
        "party": draft.organisation_name or _("Eigenes Amt"),
        "saved_at": moment(draft.updated_at),
        "page_title": "",
        "url": url_for("filling.resume", submission_id=draft.id),
        "delete_url": url_for("filling.discard", submission_id=draft.id),
        # What was handed over once stays with its version.
        "stale": is_stale and draft.continues_id is None,
    }


def may_begin(version: FormVersion) -> bool:
    """Say whether the first step of the form is the acting person's."""
    role = definition_of(version).procedure.role_of(0)
    return not role or role in current_actor().viewer.roles


def _published(key: str) -> FormInUse:
    try:
        form = find_form(database.session(), key)
    except FormUnknown:
        abort(404)
    if form.current is not None and not may_begin(form.current.form_version):
        abort(404)
    return form


@forms.get("/<key>")
@requires("can_fill", "Submissions")
def show(key: str) -> Page:
    """Say what the form is about before it is begun."""
    form = _published(key)
    if form.current is None:
        return _not_in_use(form), 404
    version = form.current.form_version
    definition = definition_of(version)
    return render_template(
        "filling/start.html",
        form={
            "title": definition.title,
            "description": [part for part in definition.description.split("\n\n") if part],
            "version": form.current.name,
            "version_id": version.id,
            "pages": [page.title for page in definition.pages],
            "data_class_text": DATA_CLASSES.get(version.form.data_class, ""),
            "closes_at": moment(form.current.closes_at),
            "user_note": paragraphs(form.current.user_note),
        },
        announced=_announced(form),
        urls={
            "start": url_for("forms.begin", key=key),
            "overview": url_for("forms.index"),
            "print": url_for("form_prints.ask", form_key=key),
        },
        drafts=_drafts_of(form),
        organisations=[],
    )


def _drafts_of(form: FormInUse) -> list[dict[str, object]]:
    return [
        {
            "title": draft.form_version.form.title,
            "saved_at": moment(draft.updated_at),
            "page_title": "",
            "url": url_for("filling.resume", submission_id=draft.id),
        }
        for draft in own_drafts(database.session(), form_id=form.form.id)
    ]


def _announced(form: FormInUse) -> dict[str, str] | None:
    if form.announced is None:
        return None
    return {
        "version": form.announced.name,
        "binding_from": form.announced.binding_from.strftime("%d.%m.%Y"),
    }


def _not_in_use(form: FormInUse) -> str:
    """Say why a form cannot be begun now, and what is still to be done with its drafts."""
    newest = form.versions[0]
    state = newest.validity.state(now())
    reasons = {
        "closed": _("Annahmeschluss war am {when}.").format(when=moment(newest.closes_at)),
        "locked": _("Das Amt hat diesen Vordruck gesperrt."),
        "announced": _("Dieser Vordruck kann ab dem {day} begonnen werden.").format(
            day=newest.binding_from.strftime("%d.%m.%Y")
        ),
    }
    return render_template(
        "forms/not_in_use.html",
        form={"title": form.form.title},
        reason=reasons.get(state, _("Dieser Vordruck ist abgelöst und wird nicht mehr begonnen.")),
        drafts=_drafts_of(form),
        urls={"overview": url_for("forms.index")},
    )


@forms.post("/<key>/beginnen")
@requires("can_fill", "Submissions")
def begin(key: str) -> Page:
    """Begin a draft of the version in use and lead to its first page."""
    actor = current_actor()
    form = _published(key)
    if form.current is None:
        return _not_in_use(form), 404
    submission = start_submission(
        database.session(),
        form.current.form_version,
        person_name=actor.name,
        organisation_name=actor.capacity.organisation_name,
        viewer=actor.viewer,
        own_only=actor.sees_own_only,
    )
    database.session.commit()
    if request.form.get("version") not in (None, submission.form_version_id):
        flash(
            _("Inzwischen gilt Fassung {name}; Ihr Entwurf ist mit ihr begonnen.").format(
                name=form.current.name
            ),
            "info",
        )
    return redirect(url_for("filling.resume", submission_id=submission.id))
