"""A new version of a form in the eyes of those who use it: what changed, and having read it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.presenting import Row, change_groups, moment
from forms.german import paragraphs
from forms.versions.models import VersionValidity
from forms.versions.readers import (
    ReadingRefused,
    confirm_reading,
    is_asked,
    own_readers,
    readable_changes,
    reading_of,
    unread_versions,
)
from forms.versions.validities import validities_of_form
from forms.viewer import Viewer
from tenants.database import now
from tenants.language import _

version_readings = Blueprint("version_readings", __name__, url_prefix="/neue-fassungen")

Page = str | Response | tuple[str, int]


@version_readings.get("/<uuid:form_id>/<int:number>")
@requires("can_read", "Forms")
def show(form_id: object, number: int) -> Page:
    """Say what a new version changes, and ask to confirm having read it."""
    actor = current_actor()
    session = database.session()
    validities = validities_of_form(session, str(form_id))
    found = _asked_for(validities, number)
    version, former = found.form_version, _former(validities, number)
    is_office = actor.capacity.organisation_id is None
    changes = readable_changes(
        former.form_version.definition if former else None,
        version.definition,
        actor.viewer,
        is_office=is_office,
    )
    reading = reading_of(session, found)
    return render_template(
        "versions/reading.html",
        form={"title": version.form.title, "is_first": former is None},
        version={
            "name": found.name,
            "former": former.name if former else "",
            "binding_from": found.binding_from.strftime("%d.%m.%Y"),
            "is_binding": found.validity.may_start(now()),
            "user_note": paragraphs(found.user_note),
        },
        groups=change_groups(changes),
        read_at=moment(reading.read_at) if reading else "",
        may_confirm=is_asked(found, actor.viewer) and reading is None,
        readers=None if is_office or actor.sees_own_only else own_readers(session, found),
        urls={
            "confirm": url_for("version_readings.confirm", form_id=form_id, number=number),
            "overview": url_for("forms.index"),
            "form": url_for("forms.show", key=version.form.key)
            if allowed("can_fill", "Submissions")
            else "",
        },
    )


def _asked_for(validities: list[VersionValidity], number: int) -> VersionValidity:
    """Return a version that has to be read by somebody of this side. 404 for any other."""
    found = next((one for one in validities if one.form_version.number == number), None)
    if found is None or not found.must_be_read:
        abort(404)
    return found


def _former(validities: list[VersionValidity], number: int) -> VersionValidity | None:
    """Return the version before, the newest first in ``validities``."""
    return next((one for one in validities if one.form_version.number < number), None)


@version_readings.post("/<uuid:form_id>/<int:number>")
@requires("can_read", "Forms")
def confirm(form_id: object, number: int) -> Page:
    """Keep that the acting person has read the version."""
    session = database.session()
    found = _asked_for(validities_of_form(session, str(form_id)), number)
    try:
        confirm_reading(session, found, current_actor().viewer)
    except ReadingRefused as error:
        flash(str(error), "info")
        return redirect(url_for("version_readings.show", form_id=form_id, number=number))
    session.commit()
    flash(_("Sie haben die Fassung zur Kenntnis genommen."), "success")
    return redirect(url_for("tenant.dashboard"))


def reading_rows(viewer: Viewer) -> list[Row]:
    """Return the versions that the acting person has to read as rows of its inbox."""
    return [_reading_row(one) for one in unread_versions(database.session(), viewer)]


def _reading_row(one: VersionValidity) -> Row:
    version = one.form_version
    reminded = one.readers_reminded_at is not None
    return {
        "title": _("Zur Kenntnis: {title}, Fassung {name}").format(
            title=version.form.title, name=one.name
        ),
        "text": _("Verbindlich ab {day}. Bitte lesen, was sich ändert, und bestätigen.").format(
            day=one.binding_from.strftime("%d.%m.%Y")
        ),
        "url": url_for("version_readings.show", form_id=version.form_id, number=version.number),
        "status": {
            "kind": "warning" if reminded else "info",
            "text": _("Erinnerung") if reminded else _("Neue Fassung"),
        },
    }
