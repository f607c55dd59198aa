"""The blank form as PDF: asked for, waited for, handed out."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import requires
from document_templates.blank_form_prints import (
    PDF_TYPE,
    find_print,
    has_print,
    last_failure,
    request_print,
)
from forms.models import FormVersion
from forms.publishing import FormUnknown, find_form
from forms.versions.validities import edition_of
from tenants.storage.objects import ObjectStore

form_prints = Blueprint("form_prints", __name__, url_prefix="/vordrucke")


def _published(key: str) -> FormVersion:
    try:
        form = find_form(database.session(), key)
    except FormUnknown:
        abort(404)
    if form.current is None:
        abort(404)
    return form.current.form_version


def _store() -> ObjectStore:
    store: ObjectStore = current_app.extensions["siegel"].store
    return store


@form_prints.post("/<form_key>/druck")
@requires("can_fill", "Submissions")
def ask(form_key: str) -> BaseResponse:
    """Have the blank form made, unless it is there already."""
    version = _published(form_key)
    if not has_print(database.session(), _store(), version):
        request_print(database.session(), version)
        database.session.commit()
    return redirect(url_for("form_prints.show", form_key=form_key))


@form_prints.get("/<form_key>/druck")
@requires("can_fill", "Submissions")
def show(form_key: str) -> str:
    """Say how far the blank form is."""
    version = _published(form_key)
    session = database.session()
    reason = ""
    if has_print(session, _store(), version):
        state = "ready"
    else:
        reason = last_failure(session, version)
        state = "failed" if reason else "working"
    return render_template(
        "filling/print.html",
        form={"title": version.form.title, "version": edition_of(session, version)},
        state=state,
        reason=reason,
        urls={
            "overview": url_for("forms.index"),
            "form": url_for("forms.show", key=form_key),
            "refresh": url_for("form_prints.show", form_key=form_key),
            "file": url_for("form_prints.download", form_key=form_key),
            "ask": url_for("form_prints.ask", form_key=form_key),
        },
    )


@form_prints.get("/<form_key>/druck.pdf")
@requires("can_fill", "Submissions")
def download(form_key: str) -> BaseResponse:
    """Hand out the blank form; while it is not there, lead to how far it is."""
    version = _published(form_key)
    pdf = find_print(database.session(), _store(), version)
    if pdf is None:
        return redirect(url_for("form_prints.show", form_key=form_key))
    response = Response(pdf, mimetype=PDF_TYPE)
    name = f"{version.form.key}-fassung-{version.number}-leer.pdf"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
