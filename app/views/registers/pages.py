"""The list of registers, and each with its columns and entries."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.views.paging import page_number
from app.views.registers.room import (
    PAGE_SIZE,
    Errors,
    Page,
    Row,
    register_named,
    register_urls,
    typed,
)
from forms.fields.register_columns import (
    COLUMN_TYPES,
    MAXIMUM_COLUMNS,
    RegisterColumn,
    cell_text,
    read_columns,
)
from forms.german import format_date
from forms.registers.keeping import (
    RegisterRefused,
    RegisterShape,
    change_register,
    cooperating,
    create_register,
    list_entries,
    list_registers,
)
from forms.registers.models import Register, RegisterEntry
from forms.surroundings import today_in_berlin
from tenants.language import _

registers = Blueprint("registers", __name__, url_prefix="/verzeichnisse")

_SEARCH = "search_registers"
_SPARE_COLUMNS = 3
"""Empty lines for further columns: the page works without a script."""


@registers.get("/")
@requires("can_list", "Registers")
def index() -> str:
    """List every register with its number of entries."""
    return render_template(
        "registers/list.html",
        registers=[
            {
                "title": register.title,
                "key": register.key,
                "description": register.description,
                "count": count,
                "url": url_for("registers.show", key=register.key),
            }
            for register, count in list_registers(database.session())
        ],
        urls={"create": url_for("registers.create")},
    )


@registers.route("/neu", methods=["GET", "POST"])
@requires("can_edit", "Registers")
def create() -> Page:
    """Create a register and lead to it, so that its first entries can be added."""
    if request.method == "GET":
        return _shape_page(None, _proposed(), [])
    shape, key = _typed_shape(()), typed("key", 64)
    try:
        register = create_register(database.session(), key, shape)
    except RegisterRefused as refused:
        database.session.rollback()
        return _shape_page(None, _values(shape, key), _errors(refused)), 422
    database.session.commit()
    flash(_("Das Verzeichnis „{title}“ ist angelegt.").format(title=register.title), "success")
    return redirect(url_for("registers.show", key=register.key))


@registers.route("/<key>/bearbeiten", methods=["GET", "POST"])
@requires("can_edit", "Registers")
def change(key: str) -> Page:
    """Change title, columns and who sees the entries."""
    register = register_named(key, lock=request.method == "POST")
    columns = read_columns(register.columns)
    if request.method == "GET":
        shape = RegisterShape(
            title=register.title,
            description=register.description,
            columns=columns,
            is_shared=register.is_shared,
            names_people=register.names_people,
        )
        return _shape_page(register, _values(shape, key), [])
    shape = _typed_shape(columns)
    try:
        change_register(database.session(), register, shape)
    except RegisterRefused as refused:
        database.session.rollback()
        return _shape_page(register_named(key), _values(shape, key), _errors(refused)), 422
    database.session.commit()
    flash(_("Gespeichert."), "success")
    return redirect(url_for("registers.show", key=key))


@registers.get("/<key>")
@requires("can_list", "Registers")
def show(key: str) -> str:
    """Show a page of the entries that match the search."""
    register = register_named(key)
    text = _searched().get(key, "")
    number = page_number()
    entries, total = list_entries(
        database.session(), register, text=text, page=number, size=PAGE_SIZE
    )
    columns = read_columns(register.columns)
    return render_template(
        "registers/show.html",
        register={
            "title": register.title,
            "key": register.key,
            "description": register.description,
            "is_shared": register.is_shared,
            "names_people": register.names_people,
        },
        columns=[
            {"label": column.label, "is_number": column.type in ("integer", "decimal", "money")}
            for column in columns
        ],
        entries=_entry_rows(key, entries, columns),
        total=total,
        text=text,
        paging=_paging(key, number, total),
        urls=register_urls(register),
    )


def _entry_rows(
    key: str, entries: Sequence[RegisterEntry], columns: Sequence[RegisterColumn]
) -> list[Row]:
    today = today_in_berlin()
    owners = cooperating(database.session()) if entries else {}
    return [
        {
            "label": entry.label,
            "key": entry.key,
            "cells": [cell_text(column, entry.values) for column in columns],
            "owner": owners.get(entry.owner_organisation_id or "", ""),
            "status": entry_status(entry, entry.is_valid(today)),
            "url": url_for("registers.edit", key=key, entry_id=entry.id),
        }
        for entry in entries
    ]


def entry_status(entry: RegisterEntry, is_valid: bool) -> Row:
    """Return whether an entry can be chosen today, as a badge."""
    if is_valid:
        if entry.valid_until is None:
            return {"kind": "success", "text": _("gilt")}
        text = _("gilt bis vor den {day}").format(day=format_date(entry.valid_until))
        return {"kind": "success", "text": text}
    if entry.valid_from is not None and entry.valid_from > today_in_berlin():
        return {
            "kind": "info",
            "text": _("gilt ab {day}").format(day=format_date(entry.valid_from)),
        }
    return {"kind": "neutral", "text": _("beendet")}


def _paging(key: str, number: int, total: int) -> dict[str, str] | None:
    last = max(1, -(-total // PAGE_SIZE))
    if last == 1:
        return None
    return {
        "previous_url": url_for("registers.show", key=key, seite=number - 1) if number > 1 else "",
        "next_url": url_for("registers.show", key=key, seite=number + 1) if number < last else "",
        "text": _("Seite {number} von {last}").format(number=min(number, last), last=last),
    }


def _searched() -> dict[str, str]:
    found = session.get(_SEARCH, {}).get(current_actor().tenant.id, {})
    return found if isinstance(found, dict) else {}


@registers.post("/<key>/suche")
@requires("can_list", "Registers")
def search(key: str) -> Response:
    """Keep the search in the session: names never stand in an address."""
    register = register_named(key)
    _keep_search(register, typed("text", 80))
    return redirect(url_for("registers.show", key=key))


@registers.get("/<key>/suche/zuruecksetzen")
@requires("can_list", "Registers")
def reset(key: str) -> Response:
    """Forget the search."""
    _keep_search(register_named(key), "")
    return redirect(url_for("registers.show", key=key))


def _keep_search(register: Register, text: str) -> None:
    # Only the last search is kept: the session is a cookie.
    wanted = {register.key: text} if text else {}
    session[_SEARCH] = {current_actor().tenant.id: wanted}


def _proposed() -> Row:
    return _values(RegisterShape(title=""), "")


def _values(shape: RegisterShape, key: str) -> Row:
    spare = min(_SPARE_COLUMNS, MAXIMUM_COLUMNS - len(shape.columns))
    lines = [*shape.columns, *[RegisterColumn("", "", "text")] * max(spare, 0)]
    return {
        "key": key,
        "title": shape.title,
        "description": shape.description,
        "is_shared": shape.is_shared,
        "names_people": shape.names_people,
        "columns": lines,
    }


def _typed_shape(known: Sequence[RegisterColumn]) -> RegisterShape:
    """Read the posted shape; a line without name and key is no column."""
    labels = [" ".join(text.split())[:60] for text in request.form.getlist("column_label")]
    keys = [text.strip()[:64] for text in request.form.getlist("column_key")]
    types = request.form.getlist("column_type")
    wanted = set(request.form.getlist("column_drop"))
    columns = tuple(
        RegisterColumn(key, label, type_ if type_ in COLUMN_TYPES else "text")
        for label, key, type_ in zip(labels, keys, types, strict=False)
        if (label or key) and key not in wanted
    )
    return RegisterShape(
        title=typed("title", 200),
        description=typed("description", 1000),
        columns=columns[: MAXIMUM_COLUMNS + 1],
        is_shared=request.form.get("is_shared") == "1",
        names_people=request.form.get("names_people") == "1",
    )


def _errors(refused: RegisterRefused) -> Errors:
    return [{"html_id": refused.place, "text": str(refused)}]


def _shape_page(register: Register | None, values: Row, errors: Errors) -> str:
    known = {column.key for column in read_columns(register.columns)} if register else set()
    return render_template(
        "registers/shape.html",
        register={"title": register.title, "key": register.key} if register else None,
        typed=values,
        known=known,
        types=[{"value": value, "label": label} for value, label in COLUMN_TYPES.items()],
        errors=errors,
        has_errors=bool(errors),
        urls={
            "save": url_for("registers.change", key=register.key)
            if register
            else url_for("registers.create"),
            "back": url_for("registers.show", key=register.key)
            if register
            else url_for("registers.index"),
            "overview": url_for("registers.index"),
        },
    )
