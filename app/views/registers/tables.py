"""A register as a table: downloaded, and taken in from a file."""

from __future__ import annotations

import io

from flask import flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import requires
from app.views.registers.pages import registers
from app.views.registers.room import Errors, Page, register_named, register_urls
from forms.exchange.report import ImportRefused
from forms.exports.csv_file import write_csv
from forms.exports.workbook import WorkbookWriter
from forms.registers.keeping import MAXIMUM_ENTRIES
from forms.registers.models import Register
from forms.registers.table_file import read_table_file
from forms.registers.table_reading import TableProblem, TableRefused, headings
from forms.registers.transfer import table_rows, take_in_table
from tenants.audit import record
from tenants.language import _

LARGEST_FILE = 5_000_000
SHOWN_PROBLEMS = 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@registers.route("/<key>/uebernehmen", methods=["GET", "POST"])
@requires("can_edit", "Registers")
def take_in(key: str) -> Page:
    """Add and change entries from a file, wholly or not at all."""
    register = register_named(key, lock=request.method == "POST")
    if request.method == "GET":
        return _take_in_page(register, [], ())
    file = request.files.get("file")
    data = file.read(LARGEST_FILE + 1) if file else b""
    if not data:
        return _take_in_page(register, _at_file(_("Wählen Sie eine Datei aus.")), ()), 422
    try:
        outcome = take_in_table(database.session(), register, read_table_file(data))
    except TableRefused as refused:
        database.session.rollback()
        page = _take_in_page(register_named(key), _at_file(str(refused)), refused.problems)
        return page, 422
    except ImportRefused as refused:
        database.session.rollback()
        return _take_in_page(register_named(key), _at_file(str(refused)), ()), 422
    database.session.commit()
    flash(
        _("Übernommen: {added} neu, {changed} geändert, {unchanged} unverändert.").format(
            added=outcome.added, changed=outcome.changed, unchanged=outcome.unchanged
        ),
        "success",
    )
    return redirect(url_for("registers.show", key=key))


def _at_file(text: str) -> Errors:
    return [{"html_id": "file", "text": text}]


def _take_in_page(register: Register, errors: Errors, problems: tuple[TableProblem, ...]) -> str:
    return render_template(
        "registers/take_in.html",
        register={"title": register.title},
        headings=headings(register),
        maximum=MAXIMUM_ENTRIES,
        problems=[
            {"row": problem.row or "", "text": problem.text}
            for problem in problems[:SHOWN_PROBLEMS]
        ],
        more=max(0, len(problems) - SHOWN_PROBLEMS),
        errors=errors,
        has_errors=bool(errors),
        urls=register_urls(register),
    )


@registers.get("/<key>/ausgabe.csv")
@requires("can_list", "Registers")
def as_csv(key: str) -> Response:
    """Send every entry as CSV for a German Excel."""
    register = register_named(key)
    text = io.StringIO(newline="")
    write_csv(text, headings(register), table_rows(database.session(), register))
    return _send(register, text.getvalue().encode(), "csv", "text/csv; charset=utf-8")


@registers.get("/<key>/ausgabe.xlsx")
@requires("can_list", "Registers")
def as_workbook(key: str) -> Response:
    """Send every entry as a workbook; the same table can be taken in again."""
    register = register_named(key)
    book, target = WorkbookWriter(), io.BytesIO()
    title = book.add_sheet(register.title, headings(register))
    for row in table_rows(database.session(), register):
        book.append(title, row)
    book.save(target)
    return _send(register, target.getvalue(), "xlsx", _XLSX)


def _send(register: Register, data: bytes, ending: str, media_type: str) -> Response:
    record(database.session(), "register.given_out", "register", register.id, key=register.key)
    database.session.commit()
    return send_file(
        io.BytesIO(data),
        mimetype=media_type,
        as_attachment=True,
        download_name=f"{register.key}.{ending}",
    )
