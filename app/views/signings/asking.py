"""Asking for signatures: which parties, by which rule, who of them, in which order, until when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for

from app import database
from app.security.access import current_actor, requires
from app.views.presenting import Row
from app.views.signings.room import Page, signings
from document_templates.models import DocumentVersion
from document_templates.register import DocumentUnknown, find_version
from document_templates.signing.former import former_ways
from document_templates.signing.levels import LEVELS, OFFERED
from document_templates.signing.models import Signatory
from document_templates.signing.requesting import (
    MOST_PARTIES,
    PartyWish,
    SigningRefused,
    SigningWish,
    request_signatures,
)
from document_templates.signing.rules import MOST_SIGNERS, Rule, rules
from document_templates.signing.signatories import list_signatories
from forms.german import format_date, read_date
from forms.procedure.report_requests import partner_organisations
from forms.surroundings import today_in_berlin
from tenants.language import _

OWN_SIDE = "amt"
"""How the form calls the tenant itself among the parties."""


@dataclass
class PartyEntry:
    """A party as it is being chosen."""

    key: str
    rule: str = "single"
    required: str = "2"
    people: list[str] = field(default_factory=list)


@dataclass
class SigningEntry:
    """A request as it is being written."""

    parties: list[PartyEntry]
    level: str = "L1"
    in_order: bool = False
    due: str = ""
    note: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def posted(cls) -> SigningEntry:
        """Read what was sent."""
        form = request.form
        keys = list(dict.fromkeys(form.getlist("party")))[:MOST_PARTIES]
        return cls(
            parties=[
                PartyEntry(
                    key,
                    form.get(f"rule.{key}", "single"),
                    form.get(f"required.{key}", "2")[:3],
                    form.getlist(f"person.{key}")[: MOST_SIGNERS + 1],
                )
                for key in keys
            ],
            level=form.get("level", "")[:3],
            in_order=form.get("in_order") == "1",
            due=form.get("due_on", "")[:40],
            note=form.get("note", ""),
        )

    def due_on(self) -> date | None:
        """Return the deadline, None for none or after noting that it cannot be read."""
        if not self.due.strip():
            return None
        found = read_date(self.due)
        if found is None:
            self.errors["due_on"] = _("Geben Sie die Frist als Datum an, etwa 14.04.2027.")
        return found


@signings.route("/neu/<uuid:version_id>", methods=["GET", "POST"])
@requires("can_request", "Signings")
def new(version_id: object) -> Page:
    """Choose who signs a version, and ask them."""
    version = _version(version_id)
    names = _party_names()
    if request.method == "GET":
        keys = [key for key in (version.organisation_id, OWN_SIDE) if key in names]
        return _page(version, SigningEntry([_usual(str(key)) for key in keys]), names)
    entry = SigningEntry.posted()
    changed = _changed(entry, names)
    if changed:
        return _page(version, entry, names)
    wish = _wish(entry, names)
    if wish is not None:
        session = database.session()
        try:
            signing = request_signatures(
                session, version, wish, person_name=current_actor().name, today=today_in_berlin()
            )
        except SigningRefused as refused:
            session.rollback()
            entry.errors |= refused.errors
        else:
            session.commit()
            flash(_("Die Unterschriften sind erbeten."), "success")
            return redirect(url_for("signings.show", signing_id=signing.id))
    return _page(_version(version_id), entry, names), 422


def _changed(entry: SigningEntry, names: dict[str, str]) -> bool:
    """Add, move or take away a party, if a button asked for it."""
    added = request.form.get("add")
    if added is not None:
        key = request.form.get("further", "")
        if key in names and all(one.key != key for one in entry.parties):
            entry.parties.append(_usual(key))
        return True
    removed, earlier = request.form.get("remove"), request.form.get("earlier")
    if removed is not None:
        entry.parties = [one for one in entry.parties if one.key != removed]
        return True
    if earlier is not None:
        keys = [one.key for one in entry.parties]
        place = keys.index(earlier) if earlier in keys else 0
        if place:
            entry.parties.insert(place - 1, entry.parties.pop(place))
        return True
    return False


def _usual(key: str) -> PartyEntry:
    """Return a party as it signed the last time, with whoever of its people still may."""
    former = former_ways(database.session()).get(None if key == OWN_SIDE else key)
    if former is None:
        return PartyEntry(key, "head" if key == OWN_SIDE else "single")
    required = former.rule.required if former.rule.kind == "joint" else 2
    return PartyEntry(key, former.rule.kind, str(required), list(former.signatory_ids))


def _wish(entry: SigningEntry, names: dict[str, str]) -> SigningWish | None:
    due_on = entry.due_on()
    parties = []
    for place, one in enumerate(entry.parties):
        required = int(one.required) if one.required.isdecimal() else 0
        required = required if one.rule == "joint" else 1
        if one.key not in names or one.rule not in rules(is_office=one.key == OWN_SIDE):
            abort(404)
        if not 1 <= required <= MOST_SIGNERS:
            entry.errors[f"parties.{place}"] = _(
                "Geben Sie an, wie viele gemeinsam zeichnen: eine Zahl von 1 bis {count}."
            ).format(count=MOST_SIGNERS)
            continue
        parties.append(
            PartyWish(
                None if one.key == OWN_SIDE else one.key,
                names[one.key],
                Rule(one.rule, required),
                tuple(dict.fromkeys(one.people)),
            )
        )
    if entry.errors:
        return None
    return SigningWish(entry.level, tuple(parties), entry.in_order, due_on, entry.note)


def _version(version_id: object) -> DocumentVersion:
    try:
        return find_version(
            database.session(), str(version_id), own_only=current_actor().sees_own_only
        )
    except DocumentUnknown:
        abort(404)


def _party_names() -> dict[str, str]:
    partners = {one.id: one.name for one in partner_organisations(database.session())}
    return {OWN_SIDE: current_actor().tenant.name, **partners}


def _page(version: DocumentVersion, entry: SigningEntry, names: dict[str, str]) -> str:
    people: dict[str, list[Signatory]] = {}
    for one in list_signatories(database.session(), on=today_in_berlin()):
        people.setdefault(one.organisation_id or OWN_SIDE, []).append(one)
    chosen = {one.key for one in entry.parties}
    return render_template(
        "signings/new.html",
        document={
            "title": version.document.title,
            "number": version.document.number,
            "version": version.number,
        },
        entry=entry,
        levels=[
            {
                "value": key,
                "title": LEVELS[key].title,
                "meaning": LEVELS[key].meaning,
                "checked": key == entry.level,
            }
            for key in OFFERED
        ],
        parties=[
            _party(place, one, names[one.key], people.get(one.key, []), entry.errors)
            for place, one in enumerate(entry.parties)
            if one.key in names
        ],
        further=[
            {"value": key, "label": name, "selected": False}
            for key, name in names.items()
            if key not in chosen
        ],
        errors=[{"html_id": _html_id(name), "text": text} for name, text in entry.errors.items()],
        has_errors=bool(entry.errors),
        urls={
            "ask": url_for("signings.new", version_id=version.id),
            "back": url_for("documents.show", document_id=version.document_id),
            "overview": url_for("documents.index"),
            "signatories": url_for("signings.signatories"),
        },
    )


def _html_id(name: str) -> str:
    return name.replace("parties.", "partei-") if name.startswith("parties.") else name


def _party(
    place: int, entry: PartyEntry, name: str, people: list[Signatory], errors: dict[str, str]
) -> Row:
    return {
        "key": entry.key,
        "place": place,
        "name": name,
        "required": entry.required,
        "error": errors.get(f"parties.{place}", ""),
        "rules": [
            {"value": key, "label": label, "selected": key == entry.rule}
            for key, label in rules(is_office=entry.key == OWN_SIDE).items()
        ],
        "people": [
            {
                "id": one.id,
                "name": " ".join(filter(None, (one.addition, one.name))),
                "about": ", ".join(
                    filter(
                        None,
                        (
                            one.function,
                            _("bevollmächtigt: {reference}").format(reference=one.authority)
                            if one.authority
                            else "",
                            _("bis {day}").format(day=format_date(one.valid_until))
                            if one.valid_until
                            else "",
                            "" if one.account_id else _("nur auf Papier"),
                        ),
                    )
                ),
                "checked": one.id in entry.people,
            }
            for one in people
        ],
    }
