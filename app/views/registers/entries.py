"""One entry of a register: added, changed, ended, erased."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for

from app import database
from app.security.access import requires
from app.views.registers.pages import entry_status, registers
from app.views.registers.room import (
    Errors,
    Page,
    Row,
    register_named,
    register_urls,
    typed,
    typed_day,
)
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.register_columns import (
    MAXIMUM_CELL,
    RegisterColumn,
    cell_entry,
    parse_cell,
    read_columns,
)
from forms.german import format_date
from forms.registers.keeping import (
    EntryContent,
    RegisterRefused,
    RegisterUnknown,
    add_entry,
    change_entry,
    cooperating,
    end_entry,
    erase_entry,
    find_entry,
)
from forms.registers.models import Register, RegisterEntry
from forms.surroundings import today_in_berlin
from tenants.language import _


@registers.route("/<key>/eintraege/neu", methods=["GET", "POST"])
@requires("can_edit", "Registers")
def add(key: str) -> Page:
    """Add an entry."""
    register = register_named(key, lock=request.method == "POST")
    if request.method == "GET":
        return _entry_page(register, None, {}, [])
    sent = _read(register)
    if not sent.errors:
        try:
            entry = add_entry(database.session(), register, typed("key", 64), sent.content)
        except RegisterRefused as refused:
            database.session.rollback()
            sent.errors.append({"html_id": refused.place, "text": str(refused)})
        else:
            database.session.commit()
            flash(_("„{name}“ ist eingetragen.").format(name=entry.label), "success")
            return redirect(url_for("registers.show", key=key))
    return _entry_page(register_named(key), None, sent.texts, sent.errors), 422


@registers.route("/<key>/eintraege/<uuid:entry_id>", methods=["GET", "POST"])
@requires("can_edit", "Registers")
def edit(key: str, entry_id: object) -> Page:
    """Change an entry; its key stays, since answers name it."""
    register = register_named(key, lock=request.method == "POST")
    entry = _entry(register, entry_id)
    if request.method == "GET":
        return _entry_page(register, entry, _texts_of(register, entry), [])
    sent = _read(register)
    if not sent.errors:
        try:
            change_entry(database.session(), register, entry, sent.content)
        except RegisterRefused as refused:
            database.session.rollback()
            sent.errors.append({"html_id": refused.place, "text": str(refused)})
        else:
            database.session.commit()
            flash(_("Gespeichert."), "success")
            return redirect(url_for("registers.show", key=key))
    register = register_named(key)
    return _entry_page(register, _entry(register, entry_id), sent.texts, sent.errors), 422


@registers.post("/<key>/eintraege/<uuid:entry_id>/beenden")
@requires("can_edit", "Registers")
def end(key: str, entry_id: object) -> Page:
    """End an entry today: it is offered no more, and what names it stays as it is."""
    register = register_named(key, lock=True)
    entry = _entry(register, entry_id)
    end_entry(database.session(), register, entry, today_in_berlin())
    database.session.commit()
    flash(_("„{name}“ wird nicht mehr angeboten.").format(name=entry.label), "success")
    return redirect(url_for("registers.show", key=key))


@registers.post("/<key>/eintraege/<uuid:entry_id>/loeschen")
@requires("can_edit", "Registers")
def erase(key: str, entry_id: object) -> Page:
    """Erase what an entry says, as somebody whom it is about may ask for."""
    register = register_named(key, lock=True)
    entry = _entry(register, entry_id)
    erase_entry(database.session(), register, entry, today_in_berlin())
    database.session.commit()
    flash(_("Der Eintrag ist gelöscht."), "success")
    return redirect(url_for("registers.show", key=key))


def _entry(register: Register, entry_id: object) -> RegisterEntry:
    try:
        return find_entry(database.session(), register, str(entry_id))
    except RegisterUnknown:
        abort(404)


@dataclass(slots=True)
class _Sent:
    """What was posted: as read, as typed, and what is wrong with it."""

    content: EntryContent
    texts: dict[str, str]
    errors: Errors


def _read(register: Register) -> _Sent:
    errors: Errors = []
    values: dict[str, Json] = {}
    texts = {
        name: typed(name, 200) for name in ("label", "key", "owner", "valid_from", "valid_until")
    }
    for column in read_columns(register.columns):
        name = _input_name(column)
        # One more character than is allowed, so that it is said and not cut.
        texts[name] = typed(name, MAXIMUM_CELL + 1)
        try:
            value = parse_cell(column, texts[name])
        except EntryError as error:
            errors.append({"html_id": name, "text": str(error)})
        else:
            if value is not None:
                values[column.key] = value
    content = EntryContent(
        label=texts["label"],
        owner_organisation_id=texts["owner"] or None,
        values=values,
        valid_from=typed_day("valid_from", _("Gültig ab"), errors),
        valid_until=typed_day("valid_until", _("Gilt bis vor den"), errors),
    )
    return _Sent(content, texts, errors)


def _input_name(column: RegisterColumn) -> str:
    return f"spalte-{column.key}"


def _texts_of(register: Register, entry: RegisterEntry) -> dict[str, str]:
    return {
        "label": entry.label,
        "owner": entry.owner_organisation_id or "",
        "valid_from": format_date(entry.valid_from) if entry.valid_from else "",
        "valid_until": format_date(entry.valid_until) if entry.valid_until else "",
        **{
            _input_name(column): cell_entry(column, entry.values)
            for column in read_columns(register.columns)
        },
    }


def _entry_page(
    register: Register, entry: RegisterEntry | None, texts: dict[str, str], errors: Errors
) -> str:
    today = today_in_berlin()
    urls = register_urls(register)
    if entry is not None:
        urls["save"] = url_for("registers.edit", key=register.key, entry_id=entry.id)
        urls["end"] = url_for("registers.end", key=register.key, entry_id=entry.id)
        urls["erase"] = url_for("registers.erase", key=register.key, entry_id=entry.id)
    else:
        urls["save"] = urls["add"]
    return render_template(
        "registers/entry.html",
        register={"title": register.title},
        entry={
            "label": entry.label,
            "key": entry.key,
            "status": entry_status(entry, entry.is_valid(today)),
            "can_end": entry.valid_until is None or entry.valid_until > today,
        }
        if entry
        else None,
        typed=texts,
        columns=_inputs(register, texts),
        owners=_owner_options(texts.get("owner", "")),
        errors=errors,
        has_errors=bool(errors),
        urls=urls,
    )


def _inputs(register: Register, texts: dict[str, str]) -> list[Row]:
    return [
        {
            "name": _input_name(column),
            "label": column.label,
            "type": column.type,
            "value": texts.get(_input_name(column), ""),
            "options": [
                {
                    "value": value,
                    "label": label,
                    "selected": value == texts.get(_input_name(column)),
                }
                for value, label in (("", _("keine Angabe")), ("ja", _("Ja")), ("nein", _("Nein")))
            ],
        }
        for column in read_columns(register.columns)
    ]


def _owner_options(selected: str) -> list[Row]:
    owners = cooperating(database.session())
    every: list[Row] = [
        {"value": "", "label": _("keinem Träger, für alle"), "selected": not selected}
    ]
    return every + [
        {"value": identity, "label": name, "selected": identity == selected}
        for identity, name in owners.items()
    ]
