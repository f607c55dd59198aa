"""Downloading the submissions of a form's table as CSV, workbook or JSON."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import BinaryIO, cast

from flask import Blueprint, abort, flash, jsonify, redirect, request, send_file
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.views.submission_table import Opened, open_table_of
from forms.definition_data_schema import data_schema
from forms.exports.exporting import Selection, export_csv, export_json, export_workbook
from forms.exports.sheets import group_sheets
from forms.exports.workbook import SheetFull
from forms.lists.searching import SearchTooSlow

exports = Blueprint("exports", __name__, url_prefix="/einreichungen/vordruck/<form_key>/export")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _selection(opened: Opened) -> Selection:
    """Return what the person looks at; with ``umfang=alle`` every column of it."""
    every = request.args.get("umfang") == "alle"
    columns = opened.table.columns
    return Selection(
        form=opened.form,
        table=opened.table,
        view=opened.view,
        conditions=opened.reading.conditions,
        columns=list(columns.values()) if every else [columns[one] for one in opened.view.columns],
        own_only=current_actor().sees_own_only,
    )


def _send(
    opened: Opened, write: Callable[[BinaryIO], int], ending: str, media_type: str
) -> Response:
    """Write to a file and send it. A mistake in a filter leads back, it is not left out."""
    if opened.reading.mistakes:
        return redirect(opened.url())
    # It is closed with the response that sends it.
    target = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
    try:
        write(target)
    except (SearchTooSlow, SheetFull) as problem:
        target.close()
        flash(str(problem), "warning")
        return redirect(opened.url())
    database.session.commit()
    target.seek(0)
    name = f"{opened.form.key}.{ending}"
    return send_file(target, mimetype=media_type, as_attachment=True, download_name=name)


@exports.get("/csv")
@requires("can_list", "Submissions")
def as_csv(form_key: str) -> Response:
    """Send the submissions, or the rows of one repeat group (``gruppe``, counted from 1)."""
    opened = open_table_of(form_key)
    selection = _selection(opened)
    wanted = request.args.get("gruppe", "")
    group = None
    if wanted:
        groups = group_sheets(opened.table)
        if not (wanted.isascii() and wanted.isdigit() and 0 < int(wanted) <= len(groups)):
            abort(404)
        group = groups[int(wanted) - 1]
    return _send(
        opened,
        lambda target: export_csv(database.session(), selection, target, group),
        "csv",
        "text/csv; charset=utf-8",
    )


@exports.get("/xlsx")
@requires("can_list", "Submissions")
def as_workbook(form_key: str) -> Response:
    """Send a workbook with a sheet for each repeat group."""
    opened = open_table_of(form_key)
    selection = _selection(opened)
    return _send(
        opened,
        lambda target: export_workbook(database.session(), selection, target),
        "xlsx",
        XLSX,
    )


@exports.get("/json")
@requires("can_list", "Submissions")
def as_json(form_key: str) -> Response:
    """Send every answer as it is stored, with the schemas of the versions."""
    opened = open_table_of(form_key)
    selection = _selection(opened)
    return _send(
        opened,
        lambda target: export_json(database.session(), selection, target),
        "json",
        "application/json",
    )


@exports.get("/schema/<int:number>")
@requires("can_list", "Submissions")
def schema(form_key: str, number: int) -> Response:
    """Send the JSON Schema of the answers to one version."""
    for version in open_table_of(form_key).table.versions:
        if version.number == number:
            return jsonify(data_schema(version.definition))
    abort(404)
