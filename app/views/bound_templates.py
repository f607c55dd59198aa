"""What becomes of the templates of a form when a version of it is published."""

from __future__ import annotations

from flask import current_app
from sqlalchemy.orm import Session

from document_templates.models import TemplateVersion
from document_templates.template_binding import bind_templates
from forms.models import FormVersion
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
