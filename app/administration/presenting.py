"""What the administration pages show instead of bare values from the database."""

from __future__ import annotations

from datetime import date, datetime
from types import MappingProxyType

from flask_appbuilder.security.sqla.models import User

from app import database
from app.security.roles import ROLE_NAMES
from app.views.presenting import moment
from tenants.language import _
from tenants.models import TENANT_KINDS

ACTIONS = MappingProxyType(
    {
        "cooperation.started": _("Zusammenarbeit begonnen"),
        "document.damaged": _("Abgelegte Datei beschädigt vorgefunden"),
        "document.downloaded": _("Dokument heruntergeladen"),
        "document.requested": _("Dokument in Auftrag gegeben"),
        "document.retried": _("Dokument noch einmal in Auftrag gegeben"),
        "document.sealed": _("Dokument gesiegelt"),
        "form.published": _("Vordruck veröffentlicht"),
        "membership.changed": _("Rolle geändert"),
        "membership.given": _("Rolle vergeben"),
        "membership.taken": _("Rolle entzogen"),
        "seal.issued": _("Siegel ausgestellt"),
        "submission.discarded": _("Entwurf verworfen"),
        "submission.started": _("Entwurf begonnen"),
        "submission.submitted": _("Erklärung eingereicht"),
        "template.published": _("Vorlage veröffentlicht"),
        "template.uploaded": _("Vorlage hochgeladen"),
        "tenant.founded": _("Mandant angelegt"),
    }
)

SUBJECTS = MappingProxyType(
    {
        "account": _("Konto"),
        "document": _("Dokument"),
        "document_request": _("Auftrag"),
        "document_version": _("Fassung eines Dokuments"),
        "form": _("Vordruck"),
        "organisation": _("Träger"),
        "seal_certificate": _("Siegelzertifikat"),
        "submission": _("Einreichung"),
        "template_version": _("Fassung einer Vorlage"),
        "tenant": _("Mandant"),
    }
)


def show_day(value: object) -> str:
    """Return a date as a German reads it; no date means no limit."""
    return value.strftime("%d.%m.%Y") if isinstance(value, date) else _("unbefristet")


def show_moment(value: object) -> str:
    """Return date and time in Berlin."""
    return moment(value) if isinstance(value, datetime) else ""


def show_account(value: object) -> str:
    """Return name and address of the account with this number."""
    if value is None:
        return _("System")
    account = database.session.get(User, value)
    if account is None:
        return _("gelöschtes Konto {number}").format(number=value)
    return f"{account.first_name} {account.last_name} ({account.email})"


def show_role(value: object) -> str:
    """Return what people call a role."""
    return ROLE_NAMES.get(str(value), str(value))


def show_kind(value: object) -> str:
    """Return what people call a kind of tenant."""
    return TENANT_KINDS.get(str(value), str(value))


def show_action(value: object) -> str:
    """Return in words what was done."""
    return ACTIONS.get(str(value), str(value))


def show_subject(value: object) -> str:
    """Return in words what it was done to."""
    return SUBJECTS.get(str(value), str(value))
