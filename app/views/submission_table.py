"""The table of one form's submissions: filters, columns, order, views with a name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.export_files import possible_files
from app.views.paging import turning, wanted_turn
from app.views.presenting import moment
from app.views.table_form import (
    addable_columns,
    filter_parts,
    grouped_columns,
    posted_view,
    sortable_columns,
)
from forms.german import format_integer
from forms.lists.columns import NUMBER, ORGANISATION, RECEIVED, STATE, VERSION, Column
from forms.lists.conditions import FormTable
from forms.lists.filters import (
    MOST_COLUMNS,
    Reading,
    View,
    first_view,
    fitting_view,
    read_conditions,
)
from forms.lists.saving import (
    ViewRefused,
    ViewUnknown,
    delete_view,
    find_view,
    last_view,
    named_views,
    remember_view,
    save_view,
)
from forms.lists.searching import COUNTED, Found, Row, SearchTooSlow, find_form_table, find_rows
from forms.lists.values import field_of, shown_value, stored_value
from forms.models import Form
from forms.procedure.states import SUBMISSION_STATES
from forms.publishing import FormUnknown
from tenants.language import _

submission_table = Blueprint(
    "submission_table", __name__, url_prefix="/einreichungen/vordruck/<form_key>"
)

PAGE_SIZE = 50
LONGEST_CELL = 120

Page = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Opened:
    """A form's table as the acting person may see it."""

    form: Form
    table: FormTable

    @cached_property
    def view(self) -> View:
        """What the person looked at last."""
        last = last_view(database.session(), self.form.id)
        if last is None:
            return first_view(self.table.columns)
        return fitting_view(last, self.table.columns)

    @cached_property
    def reading(self) -> Reading:
        """The filters of that view, understood."""
        return read_conditions(self.view.filters, self.table.columns)

    def url(self, name: str = "show", view_id: str | None = None) -> str:
        """Return an address of this form's table."""
        return url_for(f"submission_table.{name}", form_key=self.form.key, view_id=view_id)


def open_table_of(form_key: str) -> Opened:
    """Return the table of a form. 404 when the tenant has no such form."""
    try:
        form, table = find_form_table(database.session(), form_key, current_actor().viewer)
    except FormUnknown:
        abort(404)
    return Opened(form, table)


@submission_table.get("/")
@requires("can_list", "Submissions")
def show(form_key: str) -> str:
    """Show what the person looked at last, newest submissions first."""
    return _page(open_table_of(form_key))


def _page(opened: Opened) -> str:
    actor = current_actor()
    reading = opened.reading
    found, problem = Found(), ""
    if not reading.mistakes:
        try:
            found = find_rows(
                database.session(),
                opened.table,
                opened.view,
                reading.conditions,
                own_only=actor.sees_own_only,
                turn=wanted_turn(),
                size=PAGE_SIZE,
            )
        except SearchTooSlow as error:
            problem = str(error)
    columns = [opened.table.columns[one] for one in opened.view.columns]
    parts = filter_parts(
        opened.view,
        opened.table.columns,
        reading.mistakes,
        office=actor.capacity.organisation_id is None,
    )
    return render_template(
        "submissions/table.html",
        form={"title": opened.form.title},
        columns=columns,
        rows=[_row(opened.table, columns, row) for row in found.rows],
        count=_count_text(found),
        problem=problem,
        filters=parts,
        mistakes=[
            {
                "html_id": f"filter-{one.index}-{'von' if one.part == 'since' else 'bis'}",
                "text": one.message,
            }
            for one in reading.mistakes
        ],
        has_errors=bool(reading.mistakes),
        active=len([one for one in opened.view.filters if not one.is_blank]),
        addable=addable_columns(opened.table.columns),
        sortable=sortable_columns(opened.table.columns, opened.view.sort),
        view=opened.view,
        views=[
            {
                "name": one.name,
                "is_shared": one.is_shared,
                "open_url": opened.url("open_view", view_id=one.id),
                "delete_url": opened.url("remove_view", view_id=one.id) if one.is_own else "",
            }
            for one in named_views(database.session(), opened.form.id)
        ],
        share_label=_("für alle im Amt")
        if actor.capacity.organisation_id is None
        else _("für alle bei meinem Träger"),
        paging=turning(
            "submission_table.show", [row.id for row in found.rows], found, form_key=opened.form.key
        ),
        urls={
            "overview": url_for("submissions.index"),
            "search": opened.url("search"),
            "columns": opened.url("columns"),
            "save": opened.url("keep_view"),
            "evaluation": url_for("evaluations.show", form_key=opened.form.key)
            if allowed("can_read", "Evaluations")
            else "",
            "exports": [
                {"label": one.label, "url": one.url(opened.form.key)}
                for one in possible_files(opened.table)
            ],
            "large_files": url_for("exports.show", form_key=opened.form.key),
        },
    )


def _count_text(found: Found) -> str:
    if found.count is None:
        return ""
    if found.is_more:
        return _("mehr als {n} Einreichungen").format(n=format_integer(COUNTED))
    if found.count == 1:
        return _("1 Einreichung")
    return _("{n} Einreichungen").format(n=format_integer(found.count))


def _row(table: FormTable, columns: list[Column], row: Row) -> dict[str, object]:
    return {
        "url": url_for("submissions.show", submission_id=row.id),
        "number": row.number,
        "cells": [
            {
                "label": column.heading,
                "text": cell_text(table, column, row)[:LONGEST_CELL],
                "is_number": column.kind == "number" and column.is_answer,
                "is_key": column.id == NUMBER,
                "is_moment": column.id == RECEIVED,
            }
            for column in columns
        ],
    }


def cell_text(table: FormTable, column: Column, row: Row) -> str:
    """Return what stands in a cell, empty for what the submission's version did not ask."""
    known = {
        NUMBER: row.number,
        RECEIVED: moment(row.submitted_at),
        ORGANISATION: row.organisation_name or _("Eigenes Amt"),
        STATE: SUBMISSION_STATES.get(row.state, row.state),
        VERSION: str(table.version(row.version_id).number),
    }
    if column.id in known:
        return known[column.id]
    field = field_of(column, table.version(row.version_id).definition, row.version_id)
    return "" if field is None else shown_value(field, stored_value(field, row.answers))


@submission_table.post("/suche")
@requires("can_list", "Submissions")
def search(form_key: str) -> Page:
    """Keep filters and order for the person: what one looks for stands in no address."""
    opened = open_table_of(form_key)
    view = posted_view(request.form, opened.view, opened.table.columns)
    remember_view(database.session(), opened.form.id, view)
    database.session.commit()
    if read_conditions(view.filters, opened.table.columns).mistakes:
        return _page(open_table_of(form_key)), 422
    return redirect(opened.url())


@submission_table.route("/spalten", methods=["GET", "POST"])
@requires("can_list", "Submissions")
def columns(form_key: str) -> Page:
    """Choose the columns of the table."""
    opened = open_table_of(form_key)
    if request.method == "GET":
        return _columns_page(opened, opened.view.columns)
    chosen = set(request.form.getlist("spalte"))
    wanted = tuple(one for one in opened.table.columns if one in chosen)
    if not wanted or len(wanted) > MOST_COLUMNS:
        return _columns_page(opened, wanted, has_errors=True), 422
    view = replace(opened.view, columns=wanted)
    remember_view(database.session(), opened.form.id, view)
    database.session.commit()
    return redirect(opened.url())


def _columns_page(opened: Opened, chosen: tuple[str, ...], *, has_errors: bool = False) -> str:
    return render_template(
        "submissions/columns.html",
        form={"title": opened.form.title},
        groups=grouped_columns(opened.table.columns, chosen),
        has_errors=has_errors,
        error=_("Wählen Sie mindestens eine und höchstens {limit} Spalten.").format(
            limit=MOST_COLUMNS
        ),
        urls={"overview": url_for("submissions.index"), "table": opened.url()},
    )


@submission_table.post("/ansichten")
@requires("can_list", "Submissions")
def keep_view(form_key: str) -> Response:
    """Give the current view a name."""
    opened = open_table_of(form_key)
    name = request.form.get("name", "")
    is_shared = request.form.get("geteilt") == "1"
    try:
        save_view(database.session(), opened.form.id, name, opened.view, is_shared=is_shared)
    except ViewRefused as error:
        flash(str(error), "warning")
        return redirect(opened.url())
    database.session.commit()
    flash(_("Die Ansicht „{name}“ ist gespeichert.").format(name=name.strip()), "success")
    return redirect(opened.url())


@submission_table.post("/ansichten/<uuid:view_id>/oeffnen")
@requires("can_list", "Submissions")
def open_view(form_key: str, view_id: object) -> Response:
    """Look at a view with a name."""
    opened = open_table_of(form_key)
    try:
        found = find_view(database.session(), opened.form.id, str(view_id))
    except ViewUnknown:
        abort(404)
    remember_view(database.session(), opened.form.id, found.view)
    database.session.commit()
    return redirect(opened.url())


@submission_table.post("/ansichten/<uuid:view_id>/loeschen")
@requires("can_list", "Submissions")
def remove_view(form_key: str, view_id: object) -> Response:
    """Delete an own view."""
    opened = open_table_of(form_key)
    try:
        delete_view(database.session(), opened.form.id, str(view_id))
    except ViewUnknown:
        abort(404)
    database.session.commit()
    flash(_("Die Ansicht ist gelöscht."), "success")
    return redirect(opened.url())
