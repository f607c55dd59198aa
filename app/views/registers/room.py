"""What the pages of this room share: finding, reading what was typed, addresses."""

from __future__ import annotations

from datetime import date

from flask import abort, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app import database
from forms.german import read_date
from forms.registers.keeping import RegisterUnknown, find_register
from forms.registers.models import Register
from tenants.language import _

Page = str | BaseResponse | tuple[str, int]
Errors = list[dict[str, str]]
Row = dict[str, object]

PAGE_SIZE = 50


def register_named(key: str, *, lock: bool = False) -> Register:
    """Return the register ``key``, 404 for any other."""
    try:
        return find_register(database.session(), key, lock=lock)
    except RegisterUnknown:
        abort(404)


def register_urls(register: Register) -> dict[str, str]:
    """Return the addresses of the pages of one register."""
    names = ("show", "search", "reset", "change", "add", "take_in", "as_csv", "as_workbook")
    return {
        **{name: url_for(f"registers.{name}", key=register.key) for name in names},
        "overview": url_for("registers.index"),
    }


def typed(name: str, limit: int) -> str:
    """Return what was posted under ``name`` in one line, at most ``limit`` characters."""
    return " ".join(request.form.get(name, "").split())[:limit]


def typed_day(name: str, label: str, errors: Errors) -> date | None:
    """Return the day posted under ``name``; add an error for what is none."""
    text = typed(name, 40)
    day = read_date(text)
    if text and day is None:
        errors.append(
            {
                "html_id": name,
                "text": _("„{label}“ ist kein Tag wie 01.08.2027.").format(label=label),
            }
        )
    return day
