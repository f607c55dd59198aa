"""What a document says of itself: the system groups of the template context. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from document_templates.verification_codes import spaced
from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")

Plain = None | str | int | bool | date | datetime


@dataclass(frozen=True, slots=True)
class SenderDetails:
    """The tenant as it appears in a letterhead."""

    name: str
    office: str
    street: str
    city: str
    telephone: str
    email: str
    website: str
    land: str
    committee: str
    members: tuple[str, ...]
    is_demo: bool


@dataclass(frozen=True, slots=True)
class PartnerDetails:
    """The organisation for which was filled in; empty texts if the tenant did so itself."""

    name: str = ""
    street: str = ""
    city: str = ""
    represented_by: str = ""


@dataclass(frozen=True, slots=True)
class DocumentDetails:
    """Number, date and origin of the document. Moments are aware; days are Berlin's."""

    title: str
    number: str
    version: int
    requested_at: datetime
    submission_number: str
    submitted_at: datetime
    person: str
    template_title: str
    template_number: int
    form_title: str
    form_number: int
    verification_code: str
    public_url: str

    @property
    def verification_url(self) -> str:
        """The short link that is printed and coded in the QR picture."""
        return f"{self.public_url}/pruefen/{self.verification_code}"


def system_context(
    sender: SenderDetails, partner: PartnerDetails, document: DocumentDetails
) -> dict[str, dict[str, Plain | list[str]]]:
    """Return the groups ``dokument``, ``mandant``, ``traeger`` and so on for a template."""
    notice = _("Demonstrationsdokument – ohne Rechtswirkung") if sender.is_demo else ""
    return {
        "dokument": {
            "titel": document.title,
            "nummer": document.number,
            "datum": document.requested_at.astimezone(BERLIN).date(),
            "version": document.version,
            "hinweis": notice,
        },
        "mandant": {
            "name": sender.name,
            "amt": sender.office,
            "strasse": sender.street,
            "plz_ort": sender.city,
            "telefon": sender.telephone,
            "email": sender.email,
            "internet": sender.website,
            "land": sender.land,
            "gremium": sender.committee,
            "mitglieder": list(sender.members),
        },
        "traeger": {
            "name": partner.name or sender.name,
            "strasse": partner.street if partner.name else sender.street,
            "plz_ort": partner.city if partner.name else sender.city,
            "vertreten_durch": partner.represented_by,
        },
        "einreichung": {
            "nummer": document.submission_number,
            "eingang": document.submitted_at.astimezone(BERLIN),
            "person": document.person,
        },
        "vorlage": {"name": document.template_title, "version": document.template_number},
        "formular": {"titel": document.form_title, "version": document.form_number},
        "pruefung": {
            "url": document.verification_url,
            "code": spaced(document.verification_code),
        },
    }
