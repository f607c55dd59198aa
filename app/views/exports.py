"""Submissions of a form's table as files: CSV, workbook or JSON, at once or made later."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.views.export_files import Wanted, possible_files
from app.views.presenting import moment
from app.views.submission_table import Opened, open_table_of
from forms.definition_data_schema import data_schema
from forms.exports.background import (
    UNDER_WAY,
    ExportRefused,
    ExportUnknown,
    count_rows,
    discard_export,
    export_parts,
    find_export,
    own_exports,
    read_parts,
    request_export,
)
from forms.exports.exporting import FORMATS, Selection, write_export
from forms.exports.models import SubmissionExport
from forms.exports.workbook import SheetFull
from forms.german import format_integer
from forms.lists.searching import SearchTooSlow
from tenants.audit import record
from tenants.language import _
from tenants.storage.objects import ObjectMissing, StorageError

exports = Blueprint("exports", __name__, url_prefix="/einreichungen/vordruck/<form_key>/export")

Page = str | Response | tuple[str, int]


def _selection(opened: Opened, wanted: Wanted) -> Selection:
    """Return what the person looks at, with every column of it where that is wanted."""
    columns = opened.table.columns
    return Selection(
        form=opened.form,
        table=opened.table,
        view=opened.view,
        conditions=opened.reading.conditions,
        columns=list(columns.values())
        if wanted.is_whole
        else [columns[one] for one in opened.view.columns],
        own_only=current_actor().sees_own_only,
    )


def _most_rows() -> int:
    most: int = current_app.extensions["siegel"].settings.export_rows
    return most


def _send(form_key: str, kind: str) -> Response:
    """Write a file and send it; one that is too large for waiting is offered in the background.

    A mistake in a filter leads back, it is not left out.
    """
    opened = open_table_of(form_key)
    query = {name: request.args[name] for name in ("umfang", "gruppe") if request.args.get(name)}
    wanted = next(
        (one for one in possible_files(opened.table) if one.kind == kind and one.query() == query),
        None,
    )
    if wanted is None:
        abort(404)
    if opened.reading.mistakes:
        return redirect(opened.url())
    selection, session = _selection(opened, wanted), database.session()
    # It is closed with the response that sends it.
    target = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
    try:
        if count_rows(session, selection, _most_rows()) > _most_rows():
            target.close()
            return redirect(url_for("exports.show", form_key=form_key, datei=wanted.key))
        write_export(session, selection, FORMATS[kind], target, group_number=wanted.group_number)
    except (SearchTooSlow, SheetFull) as problem:
        target.close()
        flash(str(problem), "warning")
        return redirect(opened.url())
    session.commit()
    target.seek(0)
    return send_file(
        target,
        mimetype=FORMATS[kind].media_type,
        as_attachment=True,
        download_name=f"{opened.form.key}.{kind}",
    )


@exports.get("/csv")
@requires("can_list", "Submissions")
def as_csv(form_key: str) -> Response:
    """Send the submissions, or the rows of one repeat group (``gruppe``, counted from 1)."""
    return _send(form_key, "csv")


@exports.get("/xlsx")
@requires("can_list", "Submissions")
def as_workbook(form_key: str) -> Response:
    """Send a workbook with a sheet for each repeat group."""
    return _send(form_key, "xlsx")


@exports.get("/json")
@requires("can_list", "Submissions")
def as_json(form_key: str) -> Response:
    """Send every answer as it is stored, with the schemas of the versions."""
    return _send(form_key, "json")


@exports.get("/")
@requires("can_list", "Submissions")
def show(form_key: str) -> str:
    """Show the person's export in the background, or offer one."""
    return _page(open_table_of(form_key), request.args.get("datei", ""))


def _page(opened: Opened, chosen: str, problem: str = "") -> str:
    found = own_exports(database.session(), opened.form.id)
    database.session.commit()
    files = possible_files(opened.table)
    return render_template(
        "submissions/export.html",
        form={"title": opened.form.title},
        export=_export_row(opened, found[0]) if found else None,
        files=[
            {"key": one.key, "label": one.label, "is_chosen": one.key == (chosen or files[0].key)}
            for one in files
        ],
        is_large=bool(chosen) and not problem,
        most=format_integer(_most_rows()),
        errors=[{"html_id": "datei", "text": problem}] if problem else [],
        has_errors=bool(problem),
        urls={
            "overview": url_for("submissions.index"),
            "table": opened.url(),
            "refresh": url_for("exports.show", form_key=opened.form.key),
            "ask": url_for("exports.ask", form_key=opened.form.key),
        },
    )


def _export_row(opened: Opened, export: SubmissionExport) -> dict[str, object]:
    asked, done = max(export.rows_asked, export.rows_done), export.rows_done
    form_key = opened.form.key
    return {
        "state": export.state,
        "is_moving": export.state in UNDER_WAY,
        "format": export.format.upper(),
        "asked_at": moment(export.created_at),
        "done": format_integer(done),
        "asked": format_integer(asked),
        "is_more": export.rows_asked > _most_rows(),
        "percent": min(99, 100 * done // asked) if asked else 0,
        "size": _size_text(sum(part.size for part in export_parts(export))),
        "expires": moment(export.expires_at) if export.expires_at else "",
        "failure": export.failure,
        "file_url": url_for("exports.fetch", form_key=form_key, export_id=export.id),
        "discard_url": url_for("exports.discard", form_key=form_key, export_id=export.id),
    }


def _size_text(size: int) -> str:
    if size < 1_000_000:
        return _("{n} KB").format(n=format_integer(-(-size // 1000)))
    return _("{n} MB").format(n=format_integer(-(-size // 1_000_000)))


@exports.post("/")
@requires("can_list", "Submissions")
def ask(form_key: str) -> Page:
    """Have a file made in the background."""
    opened = open_table_of(form_key)
    chosen = request.form.get("datei", "")
    wanted = next((one for one in possible_files(opened.table) if one.key == chosen), None)
    if wanted is None:
        return _page(opened, "", _("Wählen Sie, welche Datei entstehen soll.")), 422
    if opened.reading.mistakes:
        return redirect(opened.url())
    session, selection = database.session(), _selection(opened, wanted)
    most = _most_rows()
    try:
        rows = count_rows(session, selection, most)
    except SearchTooSlow:
        # What takes long to count takes long to write: the worker has the time.
        rows = most + 1
    try:
        request_export(
            session,
            selection,
            current_actor().viewer,
            kind=wanted.kind,
            group_number=wanted.group_number,
            rows=rows,
        )
    except ExportRefused as refused:
        session.rollback()
        return _page(open_table_of(form_key), chosen, str(refused)), 422
    session.commit()
    return redirect(url_for("exports.show", form_key=form_key))


def _own(form_key: str, export_id: object) -> SubmissionExport:
    opened = open_table_of(form_key)
    try:
        return find_export(database.session(), opened.form.id, str(export_id))
    except ExportUnknown:
        abort(404)


@exports.get("/<uuid:export_id>")
@requires("can_list", "Submissions")
def fetch(form_key: str, export_id: object) -> Response:
    """Send a finished file, piece by piece."""
    export = _own(form_key, export_id)
    if export.state != "ready":
        abort(404)
    session, parts = database.session(), export_parts(export)
    kind = FORMATS[export.format]
    pieces = read_parts(current_app.extensions["siegel"].store, parts)
    try:
        first = next(pieces, b"")
    except ObjectMissing:
        abort(404)
    except StorageError as problem:
        flash(str(problem), "warning")
        return redirect(url_for("exports.show", form_key=form_key))
    record(session, "export.fetched", "form", export.form_id, format=export.format)
    session.commit()

    def body() -> Iterator[bytes]:
        yield first
        yield from pieces

    response = current_app.response_class(body(), mimetype=kind.media_type)
    response.content_length = sum(part.size for part in parts)
    response.headers.set("Content-Disposition", "attachment", filename=f"{form_key}.{kind.ending}")
    return response


@exports.post("/<uuid:export_id>/verwerfen")
@requires("can_list", "Submissions")
def discard(form_key: str, export_id: object) -> Response:
    """Break off an export, or erase its file."""
    discard_export(database.session(), _own(form_key, export_id))
    database.session.commit()
    flash(_("Die Datei wird gelöscht."), "success")
    return redirect(url_for("exports.show", form_key=form_key))


@exports.get("/schema/<int:number>")
@requires("can_list", "Submissions")
def schema(form_key: str, number: int) -> Response:
    """Send the JSON Schema of the answers to one version."""
    for version in open_table_of(form_key).table.versions:
        if version.number == number:
            return jsonify(data_schema(version.definition))
    abort(404)
