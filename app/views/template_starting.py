"""Beginning a template: placeholders to copy from, and a Word document that has them all."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, Response, abort, render_template, url_for

from app import database
from app.security.access import requires
from document_templates.publishing import DOCX_TYPE
from document_templates.starting.outlining import (
    Outline,
    OutlineAnswer,
    OutlineBlock,
    OutlineHeading,
    outline_form,
)
from document_templates.starting.starter import placeholder_sheet, starter_template
from document_templates.starting.system_tags import system_answers
from forms.models import FormVersion
from forms.publishing import FormUnknown, definition_of, find_form, published_forms

template_starting = Blueprint("template_starting", __name__, url_prefix="/vorlagen/platzhalter")


@template_starting.get("")
@requires("can_list", "Templates")
def index() -> str:
    """List the forms whose placeholders there are."""
    return render_template(
        "templates/placeholder_forms.html",
        forms=[
            {"title": version.form.title, "urls": _urls(version.form.key)}
            for version in published_forms(database.session())
        ],
        urls={"overview": url_for("templates.index")},
    )


@template_starting.get("/<form_key>")
@requires("can_list", "Templates")
def show(form_key: str) -> str:
    """Show everything that a template for the form may write, ready to be copied."""
    version = _published(form_key)
    return render_template(
        "templates/placeholders.html",
        form={"title": version.form.title},
        system=[_line(answer) for answer in system_answers()],
        groups=_groups(outline_form(definition_of(version))),
        urls={
            **_urls(form_key),
            "overview": url_for("templates.index"),
            "forms": url_for("template_starting.index"),
        },
    )


@template_starting.get("/<form_key>/vorlage.docx")
@requires("can_list", "Templates")
def starter(form_key: str) -> Response:
    """Hand out a template with every question of the form."""
    version = _published(form_key)
    return _docx(starter_template(definition_of(version)), f"{version.form.key}-vorlage.docx")


@template_starting.get("/<form_key>/platzhalter.docx")
@requires("can_list", "Templates")
def sheet(form_key: str) -> Response:
    """Hand out the placeholders as a Word document to copy from."""
    version = _published(form_key)
    return _docx(placeholder_sheet(definition_of(version)), f"{version.form.key}-platzhalter.docx")


def _published(form_key: str) -> FormVersion:
    try:
        form = find_form(database.session(), form_key)
    except FormUnknown:
        abort(404)
    if form.current is None:
        abort(404)
    return form.current.form_version


def _urls(form_key: str) -> dict[str, str]:
    return {
        name: url_for(f"template_starting.{name}", form_key=form_key)
        for name in ("show", "starter", "sheet")
    }


def _docx(content: bytes, name: str) -> Response:
    response = Response(content, mimetype=DOCX_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _groups(lines: tuple[Outline, ...]) -> list[dict[str, object]]:
    """Return the lines with neighbouring answers together, as one list on the page."""
    return [
        {"kind": "answers" if kind else "other", "lines": [_line(line) for line in some]}
        for kind, group in groupby(lines, lambda line: isinstance(line, OutlineAnswer))
        for some in ([list(group)] if kind else [[one] for one in group])
    ]


def _line(line: Outline) -> dict[str, object]:
    if isinstance(line, OutlineHeading):
        return {"kind": "heading", "text": line.text, "level": line.level}
    if isinstance(line, OutlineBlock):
        return {"kind": "block", "tag": line.tag}
    if isinstance(line, OutlineAnswer):
        return {"kind": "answer", "label": line.label, "tags": [line.tag, *line.others]}
    return {"kind": "table", "title": line.title, "rows": line.rows}
