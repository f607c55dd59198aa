"""Requests for reports as rows: due when, how urgent, where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import url_for

from app import database
from forms.german import format_date
from forms.procedure.deadlines import latest_reminder, overdue_stage
from forms.procedure.models import EXTENSION_STATES, ReportRequest
from forms.surroundings import today_in_berlin
from forms.tenant_surroundings import current_surroundings
from tenants.language import _

Row = dict[str, object]


def request_rows(requests: list[ReportRequest]) -> list[Row]:
    """Return requests as rows of a list, with how urgent they are today."""
    today = today_in_berlin()
    holidays_in = current_surroundings(database.session()).holidays_in
    rows: list[Row] = []
    for one in requests:
        reminder = None
        if is_waiting(one):
            reminder = latest_reminder(one.due_on, today, holidays_in)
        rows.append(
            {
                "title": one.form.title,
                "period": one.period,
                "party": one.organisation_name,
                "due": format_date(one.due_on),
                "status": request_badge(one, today),
                "reminder": reminder_text(reminder.offset) if reminder else "",
                "reminder_days": reminder.offset if reminder else None,
                "extension": EXTENSION_STATES[one.extension_state] if one.extension_state else "",
                "url": url_for("reports.show", report_id=one.id),
            }
        )
    return rows


def is_waiting(one: ReportRequest) -> bool:
    """Say whether the office still waits for the report."""
    return one.state == "open" and one.received_at is None


def reminder_text(offset: int) -> str:
    """Return a reminder in words."""
    if offset < 0:
        return _("Erinnerung: noch höchstens {n} Tage").format(n=-offset)
    if offset == 1:
        return _("Mahnung: überfällig, auch an die Leitung")
    return _("Mahnung: seit mindestens {n} Tagen überfällig, auch an die Koordination").format(
        n=offset
    )


def request_badge(one: ReportRequest, today: date) -> Row:
    """Return where a request stands as a badge."""
    if one.state == "dispensed":
        return {"kind": "neutral", "text": _("Entbehrlich")}
    if one.received_at is not None:
        return {"kind": "success", "text": _("Eingegangen")}
    stage = overdue_stage(one.due_on, today)
    if stage:
        return {"kind": "danger", "text": _("Überfällig (Stufe {n})").format(n=stage)}
    if one.extension_state == "requested":
        return {"kind": "warning", "text": _("Fristverlängerung beantragt")}
    if one.submission_id is not None:
        return {"kind": "info", "text": _("In Arbeit")}
    return {"kind": "info", "text": _("Angefordert")}


def filter_options(choices: Mapping[str, str], selected: str, every: str) -> list[Row]:
    """Return choices as options of a select, ``every`` first for all of them."""
    listed = {"": every, **dict(sorted(choices.items(), key=lambda item: item[1]))}
    return [
        {"value": value, "label": label, "selected": value == selected}
        for value, label in listed.items()
    ]
