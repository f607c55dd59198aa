"""The versions of a form: who let them out, when they are used, how they differ, how they end."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import requires
from app.views.presenting import change_groups, moment, sentence_start
from app.views.release_entry import read_moment
from app.views.releases import form_of, release_status, urls_of
from forms.building.field_types import field_type
from forms.building.sentences import spoken_rules
from forms.elements import ChoiceField, Field, MatrixField, RepeatField
from forms.expressions.interpreting import Expression
from forms.german import paragraphs, read_date
from forms.models import Form
from forms.publishing import definition_of
from forms.versions.diff import compare_forms
from forms.versions.models import FormRelease, VersionValidity
from forms.versions.releasing import releases_of_form
from forms.versions.upgrading import open_draft_counts
from forms.versions.validities import (
    DatesInvalid,
    close_version,
    lock_version,
    retire_version,
    unlock_version,
    validities_of_form,
)
from forms.versions.validity import MAXIMUM_GRACE_DAYS, STATE_NAMES, State
from tenants.database import now
from tenants.language import _

form_versions = Blueprint("form_versions", __name__, url_prefix="/baukasten")

Page = str | Response | tuple[str, int]

_STATE_KINDS: dict[State, str] = {
    "announced": "info",
    "in_use": "success",
    "deprecated": "warning",
    "ended": "neutral",
    "closed": "neutral",
    "locked": "danger",
}


@form_versions.get("/<uuid:form_id>/fassungen")
@requires("can_edit", "Forms")
def index(form_id: object) -> Page:
    """List every version with its state, and every request."""
    form = form_of(form_id)
    session = database.session()
    requests = releases_of_form(session, form.id)
    by_version = {one.form_version_id: one for one in requests}
    counts = open_draft_counts(session, form.id)
    versions = validities_of_form(session, form.id)
    return render_template(
        "versions/history.html",
        form={"title": form.title},
        versions=[
            _version_row(one, by_version.get(one.form_version_id), counts) for one in versions
        ],
        requests=[
            {
                "name": one.name,
                "by": one.requested_by_name,
                "at": moment(one.requested_at),
                "state": release_status(one),
                "url": url_for("releases.review", form_id=form.id, release_id=one.id),
            }
            for one in requests
            if one.state != "published"
        ],
        urls={**urls_of(form.id), "compare": url_for("form_versions.compare", form_id=form.id)},
    )


def _version_row(
    row: VersionValidity, release: FormRelease | None, counts: dict[str, int]
) -> dict[str, object]:
    version = row.form_version
    last_day = row.validity.last_day
    return {
        "number": version.number,
        "name": row.name,
        "state": state_badge(row),
        "binding_from": row.binding_from.strftime("%d.%m.%Y"),
        "deprecated_on": row.deprecated_on.strftime("%d.%m.%Y") if row.deprecated_on else "",
        "last_day": last_day.strftime("%d.%m.%Y") if last_day else "",
        "published_at": moment(version.published_at),
        "requested_by": release.requested_by_name if release else "",
        "decided_by": release.decided_by_name if release else "",
        "drafts": counts.get(version.id, 0),
        "url": url_for("form_versions.show", form_id=version.form_id, number=version.number),
        "readers_url": url_for(
            "version_readers.show", form_id=version.form_id, number=version.number
        )
        if row.must_be_read
        else "",
    }


def state_badge(row: VersionValidity) -> dict[str, str]:
    """Return the state of a version at this moment as a badge."""
    state = row.validity.state(now())
    return {"kind": _STATE_KINDS[state], "text": sentence_start(STATE_NAMES[state])}


def _version(form: Form, number: int | None) -> VersionValidity:
    versions = validities_of_form(database.session(), form.id)
    found = next((one for one in versions if one.form_version.number == number), None)
    if found is None:
        abort(404)
    return found


@form_versions.get("/<uuid:form_id>/fassungen/vergleich")
@requires("can_edit", "Forms")
def compare(form_id: object) -> Page:
    """Say what changed between any two versions."""
    form = form_of(form_id)
    if not {"alt", "neu"} <= set(request.args):
        return redirect(url_for("form_versions.index", form_id=form.id))
    old = _version(form, request.args.get("alt", type=int))
    new = _version(form, request.args.get("neu", type=int))
    diff = compare_forms(old.form_version.definition, new.form_version.definition)
    return render_template(
        "versions/compare.html",
        form={"title": form.title},
        old=old.name,
        new=new.name,
        groups=change_groups(diff.changes),
        urls=urls_of(form.id),
    )


@form_versions.get("/<uuid:form_id>/fassungen/<int:number>")
@requires("can_edit", "Forms")
def show(form_id: object, number: int) -> Page:
    """Show a version as it is, blank, and what may still be decided about it."""
    form = form_of(form_id)
    return _page(form, _version(form, number))


def _page(form: Form, row: VersionValidity, problem: str = "") -> str:
    definition = definition_of(row.form_version)
    rules = spoken_rules(row.form_version.definition)
    number = row.form_version.number
    return render_template(
        "versions/show.html",
        form={"title": definition.title, "description": paragraphs(definition.description)},
        version={
            **_version_row(row, None, {}),
            "closes_at": moment(row.closes_at),
            "locked": row.locked,
            "lock_reason": row.lock_reason,
            "user_note": paragraphs(row.user_note),
            "grace_days": row.grace_days,
            "sha256": row.form_version.content_sha256,
        },
        pages=[
            {
                "title": page.title,
                "condition": rules.get((page.id, "visible"), ""),
                "sections": [
                    {
                        "title": section.title,
                        "condition": rules.get((section.id, "visible"), ""),
                        "fields": [_field_row(field, rules) for field in section.fields],
                    }
                    for section in page.sections
                ],
            }
            for page in definition.pages
        ],
        problem=problem,
        has_errors=bool(problem),
        typed=request.form,
        urls={
            **urls_of(form.id),
            "end": url_for("form_versions.end", form_id=form.id, number=number),
            "close": url_for("form_versions.close", form_id=form.id, number=number),
            "lock": url_for("form_versions.lock", form_id=form.id, number=number),
        },
    )


def _field_row(field: Field, rules: Mapping[tuple[str, str], str]) -> dict[str, object]:
    required = field.required
    duty = _("Pflicht") if required is True else _("freiwillig")
    if isinstance(required, Expression):
        pattern = _("Pflicht, {rule}") if field.required_level == "error" else _("erwartet, {rule}")
        duty = pattern.format(rule=rules[field.id, "required"])
    options: list[str] = []
    if isinstance(field, ChoiceField):
        options = [option.label for option in field.options]
    elif isinstance(field, MatrixField):
        options = [row.label for row in field.rows]
    return {
        "label": field.label,
        "type": field_type(field.type).word,
        "duty": "" if field.type in ("info", "calculated") else duty,
        "help": field.help,
        "options": options,
        "condition": rules.get((field.id, "visible"), ""),
        "columns": [_field_row(column, rules) for column in field.fields]
        if isinstance(field, RepeatField)
        else [],
    }


@form_versions.post("/<uuid:form_id>/fassungen/<int:number>/abloesung")
@requires("can_edit", "Forms")
def end(form_id: object, number: int) -> Page:
    """Announce the end of a version."""
    form = form_of(form_id)
    row = _version(form, number)
    day = read_date(request.form.get("deprecated_on", ""))
    grace = request.form.get("grace_days", type=int)
    if day is None or grace is None or not 0 <= grace <= MAXIMUM_GRACE_DAYS:
        problem = _("Bitte geben Sie die Ablösung als Tag an und die Karenz in Tagen (0 bis 730).")
        return _page(form, row, problem), 422
    try:
        retire_version(database.session(), row, deprecated_on=day, grace_days=grace)
    except DatesInvalid as error:
        database.session.rollback()
        form = form_of(form_id)
        return _page(form, _version(form, number), str(error)), 422
    return _saved(form, number, _("Die Ablösung ist eingetragen."))


@form_versions.post("/<uuid:form_id>/fassungen/<int:number>/annahmeschluss")
@requires("can_edit", "Forms")
def close(form_id: object, number: int) -> Page:
    """Set the closing time of a version, or take it away."""
    form = form_of(form_id)
    row = _version(form, number)
    closes_at = None
    if request.form.get("closes_on", "").strip():
        closes_at = read_moment(
            request.form.get("closes_on", ""), request.form.get("closes_at", "")
        )
        if closes_at is None:
            problem = _("Bitte geben Sie den Annahmeschluss so an: 31.03.2027 und 12:00.")
            return _page(form, row, problem), 422
    close_version(database.session(), row, closes_at)
    return _saved(form, number, _("Der Annahmeschluss ist gespeichert."))


@form_versions.post("/<uuid:form_id>/fassungen/<int:number>/sperre")
@requires("can_edit", "Forms")
def lock(form_id: object, number: int) -> Page:
    """Lock a version at once, saying why, or take the lock away."""
    form = form_of(form_id)
    row = _version(form, number)
    if request.form.get("action") == "unlock":
        unlock_version(database.session(), row)
        return _saved(form, number, _("Die Sperre ist aufgehoben."))
    reason = request.form.get("reason", "").strip()[:1000]
    if not reason:
        return _page(form, row, _("Bitte geben Sie den Grund der Sperre an.")), 422
    lock_version(database.session(), row, reason)
    return _saved(form, number, _("Die Fassung ist gesperrt."))


def _saved(form: Form, number: int, text: str) -> Response:
    form_id = form.id
    database.session.commit()
    flash(text, "success")
    return redirect(url_for("form_versions.show", form_id=form_id, number=number))
