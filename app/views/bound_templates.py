"""What becomes of the templates of a form when a version of it is published, and beforehand."""

from __future__ import annotations

from flask import current_app
from sqlalchemy.orm import Session

from app.views.presenting import Row
from document_templates.models import TemplateVersion
from document_templates.template_binding import bind_templates, forecast_templates
from forms.definition import DefinitionError, parse_definition
from forms.models import Answers, FormVersion
from tenants.language import _

Message = tuple[str, str]


def bind_with_messages(session: Session, form_version: FormVersion) -> list[Message]:
    """Bind the templates to the new version; return what to tell: category and text."""
    bound = bind_templates(session, current_app.extensions["siegel"].store, form_version)
    if not bound:
        text = _(
            "Zu diesem Vordruck gibt es keine Vorlage: Aus Einreichungen entsteht kein Dokument."
            " Unter „Vorlagen“ können Sie eine hochladen."
        )
        return [("info", text)]
    return [_message(version) for version in bound]


def _message(version: TemplateVersion) -> Message:
    title = version.template.title
    if version.state == "published":
        text = _("Die Vorlage „{title}“ passt auch zur neuen Fassung und gilt für sie.")
        return "info", text.format(title=title)
    if any(finding["level"] == "error" for finding in version.findings):
        text = _(
            "Die Vorlage „{title}“ passt nicht zur neuen Fassung. Bis sie nachgebessert ist,"
            " entsteht aus ihr kein Dokument: siehe „Vorlagen“."
        )
        return "warning", text.format(title=title)
    text = _("Die Vorlage „{title}“ ist geprüft. Veröffentlichen Sie sie unter „Vorlagen“.")
    return "warning", text.format(title=title)


def forecast_rows(session: Session, form_id: str, document: Answers) -> list[Row] | None:
    """Return what would become of each template; None for a form that cannot be published."""
    try:
        definition = parse_definition(document)
    except DefinitionError:
        return None
    store = current_app.extensions["siegel"].store
    rows: list[Row] = []
    for one in forecast_templates(session, store, form_id, definition):
        if one.errors:
            status = {"kind": "warning", "text": _("passt nicht")}
        elif one.is_in_use:
            status = {"kind": "success", "text": _("geht mit")}
        else:
            status = {"kind": "info", "text": _("danach zu veröffentlichen")}
        rows.append({"title": one.title, "status": status, "errors": list(one.errors)})
    return rows
