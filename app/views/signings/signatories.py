"""Zeichnungsberechtigte: each side keeps its own."""

from __future__ import annotations

from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for

from app import database
from app.security.access import current_actor, requires
from app.security.roles import ROLE_NAMES, roles_with
from app.views.presenting import Row
from app.views.signings.room import Page, signings
from document_templates.signing.models import Signatory
from document_templates.signing.rules import CAPACITIES, capacities
from document_templates.signing.signatories import (
    ADDITIONS,
    ChoosablePerson,
    SignatoryEntry,
    SignatoryRefused,
    SignatoryUnknown,
    add_signatory,
    end_signatory,
    find_signatory,
    list_signatories,
    people_with_accounts,
)
from forms.german import format_date, read_date
from forms.procedure.report_requests import partner_organisations
from forms.surroundings import today_in_berlin
from tenants.language import _

_FIELDS = (
    "party", "person", "name", "function", "capacity", "addition", "authority", "valid_from",
    "valid_until",
)  # fmt: skip


@signings.get("/zeichnungsberechtigte")
@requires("can_edit", "Signatories")
def signatories() -> str:
    """List who may sign, those whose authority has ended at the end."""
    today = today_in_berlin()
    names = _party_names()
    found = list_signatories(database.session())
    rows = [_row(one, names, today) for one in found]
    return render_template(
        "signings/signatories.html",
        signatories=[one for one in rows if not one["is_ended"]]
        + [one for one in rows if one["is_ended"]],
        is_office=current_actor().capacity.organisation_id is None,
        urls={"add": url_for("signings.add"), "list": url_for("signings.index")},
    )


def _party_names() -> dict[str | None, str]:
    """Return the names of the parties whose people the person may see."""
    actor = current_actor()
    if actor.capacity.organisation_id is not None:
        return {actor.capacity.organisation_id: actor.capacity.organisation_name}
    names: dict[str | None, str] = {None: actor.tenant.name}
    for one in partner_organisations(database.session()):
        names[one.id] = one.name
    return names


def _row(one: Signatory, names: dict[str | None, str], today: date) -> Row:
    ended = one.valid_until is not None and one.valid_until < today
    later = one.valid_from > today
    status = (
        {"kind": "neutral", "text": _("beendet")}
        if ended
        else {"kind": "info", "text": _("ab {day}").format(day=format_date(one.valid_from))}
        if later
        else {"kind": "success", "text": _("berechtigt")}
    )
    return {
        "name": " ".join(filter(None, (one.addition, one.name))),
        "function": one.function,
        "party": names.get(one.organisation_id, _("Träger ohne Zusammenarbeit")),
        "capacity": CAPACITIES[one.capacity],
        "authority": one.authority,
        "until": format_date(one.valid_until) if one.valid_until else "",
        "way": _("mit Anmeldung") if one.account_id else _("nur auf Papier"),
        "status": status,
        "is_ended": ended,
        "end_url": "" if ended else url_for("signings.end", signatory_id=one.id),
    }


@signings.route("/zeichnungsberechtigte/neu", methods=["GET", "POST"])
@requires("can_edit", "Signatories")
def add() -> Page:
    """Add somebody who may sign."""
    if request.method == "GET":
        return _form({}, {})
    typed = {name: request.form.get(name, "")[:300] for name in _FIELDS}
    errors: dict[str, str] = {}
    entry = SignatoryEntry(
        name=typed["name"],
        function=typed["function"],
        capacity=typed["capacity"],
        addition=typed["addition"],
        authority=typed["authority"],
        valid_from=_day(typed, "valid_from", errors),
        valid_until=_day(typed, "valid_until", errors),
        membership_id=typed["person"],
    )
    own = current_actor().capacity.organisation_id
    organisation_id = own or typed["party"] or None
    if organisation_id not in _party_names():
        errors["party"] = _("Wählen Sie aus, für wen die Person zeichnet.")
    known = {one.membership_id for one in _signing_people()}
    if entry.membership_id and (organisation_id != own or entry.membership_id not in known):
        errors["person"] = _(
            "Ein Konto verknüpft jede Seite für die eigenen Leute. Lassen Sie dieses Feld leer."
        )
    if not errors:
        try:
            add_signatory(
                database.session(), entry, organisation_id=organisation_id, today=today_in_berlin()
            )
        except SignatoryRefused as refused:
            database.session.rollback()
            errors = refused.errors
        else:
            database.session.commit()
            flash(_("„{name}“ ist eingetragen.").format(name=entry.name.strip()), "success")
            return redirect(url_for("signings.signatories"))
    return _form(typed, errors), 422


def _day(typed: dict[str, str], name: str, errors: dict[str, str]) -> date | None:
    text = typed[name].strip()
    if not text:
        return None
    found = read_date(text)
    if found is None:
        errors[name] = _("Geben Sie ein Datum an, etwa 01.08.2027.")
    return found


def _signing_people() -> list[ChoosablePerson]:
    """Return the people of the own side whose role lets them see what they are to sign."""
    roles = roles_with("can_list", "Signings")
    return [one for one in people_with_accounts(database.session()) if one.role in roles]


def _form(typed: dict[str, str], errors: dict[str, str]) -> str:
    def options(name: str, choices: dict[str, str]) -> list[Row]:
        return [
            {"value": value, "label": label, "selected": value == typed.get(name, "")}
            for value, label in choices.items()
        ]

    people = {
        one.membership_id: f"{one.name}, {ROLE_NAMES.get(one.role, one.role)}"
        for one in _signing_people()
    }
    is_office = current_actor().capacity.organisation_id is None
    return render_template(
        "signings/signatory.html",
        typed=typed,
        parties=options("party", {key or "": name for key, name in _party_names().items()}),
        people=options("person", {"": _("kein Konto, nur auf Papier"), **people}),
        capacities=options("capacity", {"": _("Bitte wählen"), **capacities(is_office=is_office)}),
        additions=options("addition", {one: one or _("ohne Zusatz") for one in ADDITIONS}),
        is_office=is_office,
        errors=[{"html_id": name, "text": text} for name, text in errors.items()],
        has_errors=bool(errors),
        urls={"save": url_for("signings.add"), "back": url_for("signings.signatories")},
    )


@signings.post("/zeichnungsberechtigte/<uuid:signatory_id>/beenden")
@requires("can_edit", "Signatories")
def end(signatory_id: object) -> Page:
    """End somebody's authority with today."""
    try:
        found = find_signatory(database.session(), str(signatory_id))
    except SignatoryUnknown:
        abort(404)
    end_signatory(database.session(), found, today_in_berlin())
    database.session.commit()
    flash(_("„{name}“ zeichnet ab morgen nicht mehr.").format(name=found.name), "success")
    return redirect(url_for("signings.signatories"))
