"""Satztabellen: what holds from which day, and how it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import requires
from forms.german import NBSP, format_date, format_decimal, read_date, read_decimal
from forms.rates.keeping import (
    NewRate,
    RateRefused,
    RateTableUnknown,
    add_rate,
    create_rate_table,
    find_rate_table,
    list_rate_tables,
    plain_value,
)
from forms.rates.models import KeptRate, KeptRateTable
from forms.registers.keeping import cooperating
from forms.surroundings import today_in_berlin
from tenants.language import _

rates = Blueprint("rates", __name__, url_prefix="/saetze")

Page = str | BaseResponse | tuple[str, int]
Errors = list[dict[str, str]]


@rates.get("/")
@requires("can_list", "Rates")
def index() -> str:
    """List every table with what holds today."""
    today = today_in_berlin()
    return render_template(
        "rates/list.html",
        tables=[
            {
                "title": table.title,
                "key": table.key,
                "unit": table.unit,
                "current": [
                    _short(rate)
                    for rate in sorted(table.rates, key=lambda rate: rate.category)
                    if _holds(rate, today) and rate.owner_organisation_id is None
                ],
                "count": len(table.rates),
                "url": url_for("rates.show", key=table.key),
            }
            for table in list_rate_tables(database.session())
        ],
        urls={"create": url_for("rates.create")},
    )


@rates.route("/neu", methods=["GET", "POST"])
@requires("can_edit", "Rates")
def create() -> Page:
    """Create a table; lead to it, so that its first rate can be added."""
    typed = {name: _typed(name, 500) for name in ("title", "key", "unit", "source")}
    if request.method == "GET":
        return _create_page(typed, [])
    try:
        table = create_rate_table(
            database.session(),
            key=typed["key"][:64],
            title=typed["title"][:200],
            unit=typed["unit"][:60],
            source=typed["source"],
        )
    except RateRefused as refused:
        database.session.rollback()
        html_id = "key" if typed["title"] else "title"
        return _create_page(typed, [{"html_id": html_id, "text": str(refused)}]), 422
    database.session.commit()
    flash(_("Die Satztabelle „{title}“ ist angelegt.").format(title=table.title), "success")
    return redirect(url_for("rates.show", key=table.key))


@rates.get("/<key>")
@requires("can_list", "Rates")
def show(key: str) -> str:
    """Show a table with its history, and the form that adds a rate."""
    return _show_page(_table(key), {}, [])


@rates.post("/<key>/satz")
@requires("can_edit", "Rates")
def add(key: str) -> Page:
    """Add a rate that holds from a day on."""
    table = _table(key, lock=True)
    typed = {
        name: _typed(name, 500)
        for name in ("value", "valid_from", "valid_until", "category", "source", "owner")
    }
    new, errors = _read(typed)
    if new is not None and not errors:
        try:
            rate = add_rate(database.session(), table, new)
        except RateRefused as refused:
            database.session.rollback()
            errors = [{"html_id": "valid_from", "text": str(refused)}]
        else:
            database.session.commit()
            flash(
                _("Satz Nr. {number} gilt ab dem {day}.").format(
                    number=rate.number, day=format_date(rate.valid_from)
                ),
                "success",
            )
            return redirect(url_for("rates.show", key=key))
    return _show_page(_table(key), typed, errors), 422


def _table(key: str, *, lock: bool = False) -> KeptRateTable:
    try:
        return find_rate_table(database.session(), key, lock=lock)
    except RateTableUnknown:
        abort(404)


def _typed(name: str, limit: int) -> str:
    return " ".join(request.form.get(name, "").split())[:limit]


def _read(typed: dict[str, str]) -> tuple[NewRate | None, Errors]:
    errors: Errors = []
    value = read_decimal(typed["value"])
    valid_from = read_date(typed["valid_from"])
    valid_until = read_date(typed["valid_until"])
    if value is None:
        errors.append(
            {"html_id": "value", "text": _("Geben Sie den Satz als Zahl an, zum Beispiel 64,95.")}
        )
    if valid_from is None:
        errors.append(
            {
                "html_id": "valid_from",
                "text": _("Geben Sie den Tag an, ab dem der Satz gilt, zum Beispiel 01.07.2027."),
            }
        )
    if typed["valid_until"] and valid_until is None:
        errors.append(
            {
                "html_id": "valid_until",
                "text": _(
                    "„Gilt bis vor den“ ist kein Datum. Schreiben Sie zum Beispiel 01.01.2028."
                ),
            }
        )
    if len(typed["category"]) > 64:
        errors.append({"html_id": "category", "text": _("Die Stufe hat höchstens 64 Zeichen.")})
    if errors or value is None or valid_from is None:
        return None, errors
    return _new_rate(typed, value, valid_from, valid_until), []


def _new_rate(
    typed: dict[str, str], value: Decimal, valid_from: date, valid_until: date | None
) -> NewRate:
    return NewRate(
        valid_from=valid_from,
        valid_until=valid_until,
        value=value,
        category=typed["category"],
        source=typed["source"],
        owner_organisation_id=typed["owner"] or None,
    )


def _create_page(typed: dict[str, str], errors: Errors) -> str:
    return render_template(
        "rates/create.html",
        typed=typed,
        errors=errors,
        has_errors=bool(errors),
        urls={"save": url_for("rates.create"), "overview": url_for("rates.index")},
    )


def _show_page(table: KeptRateTable, typed: dict[str, str], errors: Errors) -> str:
    today = today_in_berlin()
    owners = cooperating(database.session())
    ordered = sorted(
        table.rates,
        key=lambda rate: (
            owners.get(rate.owner_organisation_id or "", ""),
            rate.category,
            -rate.valid_from.toordinal(),
            -rate.number,
        ),
    )
    return render_template(
        "rates/show.html",
        table={
            "title": table.title,
            "key": table.key,
            "unit": table.unit,
            "source": table.source,
            "example": _example(table),
        },
        rates=[_row(rate, today, owners) for rate in ordered],
        has_owners=any(rate.owner_organisation_id for rate in table.rates),
        owners=[
            {"value": "", "label": _("alle Träger"), "selected": not typed.get("owner")},
            *(
                {"value": one, "label": name, "selected": one == typed.get("owner")}
                for one, name in owners.items()
            ),
        ],
        has_categories=any(rate.category for rate in table.rates),
        typed=typed,
        errors=errors,
        has_errors=bool(errors),
        urls={"save": url_for("rates.add", key=table.key), "overview": url_for("rates.index")},
    )


def _example(table: KeptRateTable) -> str:
    categories: Sequence[str] = [rate.category for rate in table.rates if rate.category]
    stage = f", '{categories[0]}'" if categories else ""
    return f"satz('{table.key}', datum{stage})"


def _row(rate: KeptRate, today: date, owners: Mapping[str, str]) -> dict[str, object]:
    if rate.valid_until == rate.valid_from:
        status = {"kind": "neutral", "text": _("berichtigt")}
    elif _holds(rate, today):
        status = {"kind": "success", "text": _("gilt heute")}
    elif rate.valid_from > today:
        status = {"kind": "info", "text": _("künftig")}
    else:
        status = {"kind": "neutral", "text": _("abgelaufen")}
    return {
        "number": rate.number,
        "owner": owners.get(rate.owner_organisation_id or "", _("ein früherer Träger"))
        if rate.owner_organisation_id
        else _("alle"),
        "category": rate.category,
        "value": _value(rate),
        "valid_from": format_date(rate.valid_from),
        "valid_until": _end(rate),
        "source": rate.source,
        "status": status,
    }


def _end(rate: KeptRate) -> str:
    if rate.valid_until is None:
        return _("offen")
    return "–" if rate.valid_until == rate.valid_from else format_date(rate.valid_until)


def _short(rate: KeptRate) -> str:
    return f"{rate.category}:{NBSP}{_value(rate)}" if rate.category else _value(rate)


def _value(rate: KeptRate) -> str:
    """Return a rate with two places, or as many as it has."""
    value = plain_value(rate.value)
    _sign, _digits, exponent = value.as_tuple()
    return format_decimal(value, max(2, -int(exponent)))


def _holds(rate: KeptRate, day: date) -> bool:
    return rate.valid_from <= day and (rate.valid_until is None or day < rate.valid_until)
