"""Searching in a list while somebody types; the page does without it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from app.security.access import requires
from app.views.filling_context import open_draft, worksheet
from app.views.sent_page import read_sent_page
from forms.field_views import html_id
from forms.fields.picked import PickedField
from forms.paths import top_key
from forms.picking.choices import SHOWN, Wish
from forms.picking.drawing import candidates, wish_at
from forms.procedure.worksheet import Worksheet

picking = Blueprint("picking", __name__, url_prefix="/ausfuellen")

LONGEST_SEARCH = 120


@picking.post("/<uuid:submission_id>/seite/<page_key>/auswahl")
@requires("can_fill", "Submissions")
def choices(submission_id: object, page_key: str) -> str:
    """Answer with the entries that fit to what was typed in the field ``feld``; saves nothing."""
    submission = open_draft(submission_id)
    if submission.state != "draft":
        abort(404)
    path = request.args.get("feld", "")
    sheet = worksheet(submission)
    target = _field(sheet, page_key, path)
    text = request.form.get(path, "")[:LONGEST_SEARCH]
    wish = Wish(text)
    if target.filter_field:
        sent = read_sent_page(submission, page_key)
        typed = sent.sheet.with_answers(sent.entry.answers, sent.entry.invalid)
        wish = wish_at(sheet.form, typed.lenient().values, target, path, text)
    found = sheet.choices.search(target, wish, SHOWN)
    return render_template(
        "filling/_choices.html",
        options=candidates(sheet.choices, target, found, html_id(path)),
        more=found.total - len(found.choices),
        total=found.total,
    )


def _field(sheet: Worksheet, page_key: str, path: str) -> PickedField:
    """Return the field at ``path`` of the page that may be answered now, else 404."""
    target = sheet.form.field_at(path)
    is_open = top_key(path) in sheet.page_paths(page_key)
    if not isinstance(target, PickedField) or not is_open:
        abort(404)
    return target
