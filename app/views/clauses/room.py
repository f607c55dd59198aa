"""What the pages of this room share: the clause of an address, and how a version is shown."""

from __future__ import annotations

from flask import Blueprint, abort, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.manager import allowed
from app.views.presenting import day, sentence_start
from document_templates.clauses.content import CLAUSE_KINDS, ClauseContent
from document_templates.clauses.keeping import ClauseUnknown, find_clause
from document_templates.clauses.models import Clause, ClauseVersion
from document_templates.clauses.texts import TextParagraph, TextPiece, TextUnreadable, read_text
from document_templates.four_eyes import REVIEW_STATES
from document_templates.tag_mending import TAG
from tenants.language import _

clauses = Blueprint("clauses", __name__, url_prefix="/bausteine")

Page = str | Response | tuple[str, int]
Row = dict[str, object]
_STATE_KINDS = {"draft": "info", "in_review": "warning", "published": "success"}
_NBSP = "\u00a0"


def clause_of(clause_id: object) -> Clause:
    """Return the clause of an address. 404 for any other."""
    try:
        return find_clause(database.session(), str(clause_id))
    except ClauseUnknown:
        abort(404)


def may_edit() -> bool:
    """Say whether the acting person writes clauses."""
    return allowed("can_edit", "Clauses")


def state_badge(version: ClauseVersion) -> Row:
    """Return the state of a version as a badge."""
    return {
        "kind": _STATE_KINDS[version.state],
        "text": sentence_start(REVIEW_STATES[version.state]),
    }


def kind_text(content: ClauseContent) -> str:
    """Return how firm a clause is."""
    return CLAUSE_KINDS[content.kind]


def urls_of(clause: Clause) -> dict[str, str]:
    """Return the addresses of a clause that its pages lead to."""
    return {
        "overview": url_for("clauses.index"),
        "show": url_for("clauses.show", clause_id=clause.id),
        "missing": url_for("clauses.missing", clause_id=clause.id),
        "begin": url_for("clauses.begin", clause_id=clause.id),
        "edit": url_for("clauses.edit", clause_id=clause.id),
        "review": url_for("clauses.review", clause_id=clause.id),
    }


def version_row(version: ClauseVersion) -> Row:
    """Return a version as a line of a list."""
    return {
        "number": version.number,
        "status": state_badge(version),
        "published_at": day(version.published_at),
        "changed_at": day(version.changed_at),
        "changed_by": version.changed_by_name,
        "decided_by": version.decided_by_name if version.state == "published" else "",
        "note": version.note,
    }


def content_view(content: ClauseContent) -> Row:
    """Return what a version says as its page shows it."""
    return {
        "kind": kind_text(content),
        "heading": content.heading,
        "condition": content.condition,
        "variants": [
            {
                "title": variant.title,
                "key": variant.key,
                "condition": variant.condition,
                "is_default": not variant.condition,
                "paragraphs": _paragraphs(variant.text, is_numbered=bool(content.heading)),
                "problem": _problem(variant.text),
            }
            for variant in content.variants
        ],
    }


def _problem(text: str) -> str:
    try:
        read_text(text)
    except TextUnreadable as error:
        return str(error)
    return ""


def _paragraphs(text: str, *, is_numbered: bool) -> list[Row]:
    try:
        paragraphs = read_text(text)
    except TextUnreadable:
        return [
            {"number": "", "is_item": False, "pieces": [{"text": line}]}
            for line in text.split("\n")
            if line.strip()
        ]
    counted = sum(one.kind == "paragraph" for one in paragraphs)
    rows = []
    number = 0
    for paragraph in paragraphs:
        number += paragraph.kind == "paragraph"
        rows.append(_paragraph(paragraph, number if is_numbered and counted > 1 else 0))
    return rows


def _paragraph(paragraph: TextParagraph, number: int) -> Row:
    return {
        "number": f"({number})" if number and paragraph.kind == "paragraph" else "",
        "is_indented": bool(number),
        "is_item": paragraph.kind == "item",
        "pieces": [shown for piece in paragraph.pieces for shown in _pieces(piece)],
    }


def _pieces(piece: TextPiece) -> list[Row]:
    """Return a piece in parts, so that a placeholder and a reference look like ones."""
    look = {"bold": piece.bold, "italic": piece.italic, "underlined": piece.underlined}
    if piece.reference is not None:
        text = f"§{_NBSP}{piece.reference.key}"
        if piece.reference.paragraph:
            text += f" Abs.{_NBSP}{piece.reference.paragraph}"
        return [{"text": text, "kind": "reference", **look}]
    rows: list[Row] = []
    at = 0
    for match in TAG.finditer(piece.text):
        if match.start() > at:
            rows.append({"text": piece.text[at : match.start()], "kind": "text", **look})
        rows.append({"text": match.group(), "kind": "tag", **look})
        at = match.end()
    if at < len(piece.text):
        rows.append({"text": piece.text[at:], "kind": "text", **look})
    return rows


def condition_text(content: ClauseContent) -> str:
    """Return in a few words when a clause stands in a document."""
    if content.kind == "optional":
        return _("nur wenn gewählt")
    return _("unter einer Bedingung") if content.condition else _("immer")
