"""Who has read a new version: the quota, who is missing, and reminding them."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import requires
from app.views.presenting import moment
from app.views.releases import form_of, urls_of
from forms.models import Form
from forms.versions.models import VersionValidity
from forms.versions.readers import (
    ReadingRefused,
    is_asked_for,
    organisation_readers,
    own_readers,
    remind_readers,
    total_readers,
)
from forms.versions.validities import validities_of_form
from tenants.language import _

version_readers = Blueprint("version_readers", __name__, url_prefix="/baukasten")

Page = str | Response | tuple[str, int]


def _version(form: Form, number: int) -> VersionValidity:
    versions = validities_of_form(database.session(), form.id)
    found = next((one for one in versions if one.form_version.number == number), None)
    if found is None or not found.must_be_read:
        abort(404)
    return found


@version_readers.get("/<uuid:form_id>/fassungen/<int:number>/kenntnisnahmen")
@requires("can_edit", "Forms")
def show(form_id: object, number: int) -> Page:
    """Show how many have read a version, and who has not."""
    form = form_of(form_id)
    row = _version(form, number)
    session = database.session()
    own = own_readers(session, row)
    organisations = organisation_readers(session, row)
    return render_template(
        "versions/readers.html",
        form={"title": form.title},
        version={
            "name": row.name,
            "binding_from": row.binding_from.strftime("%d.%m.%Y"),
            "url": url_for("form_versions.show", form_id=form.id, number=number),
        },
        own=own,
        organisations=organisations,
        total=total_readers([own, *organisations]),
        is_asked_for=is_asked_for(row),
        reminded_at=moment(row.readers_reminded_at),
        urls={
            **urls_of(form.id),
            "remind": url_for("version_readers.remind", form_id=form.id, number=number),
        },
    )


@version_readers.post("/<uuid:form_id>/fassungen/<int:number>/kenntnisnahmen")
@requires("can_edit", "Forms")
def remind(form_id: object, number: int) -> Page:
    """Remind those who have not read the version yet."""
    form = form_of(form_id)
    row = _version(form, number)
    try:
        missing = remind_readers(database.session(), row)
    except ReadingRefused as error:
        database.session.rollback()
        flash(str(error), "info")
    else:
        database.session.commit()
        text = _("Eine Person ist erinnert.")
        if missing > 1:
            text = _("{n} Personen sind erinnert.").format(n=missing)
        flash(text, "success")
    return redirect(url_for("version_readers.show", form_id=form_id, number=number))
