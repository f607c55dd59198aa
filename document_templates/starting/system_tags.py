"""What the system puts into a document, each with what stands there."""

from __future__ import annotations

from collections.abc import Mapping

from document_templates.starting.outlining import OutlineAnswer
from document_templates.starting.tags import print_tag
from tenants.language import _

_FILTERS = {
    "dokument.datum": "datum",
    "einreichung.eingang": "datum",
    "mandant.mitglieder": "liste",
}
SYSTEM_TEXTS: Mapping[str, str] = {
    "dokument.titel": _("Titel des Dokuments"),
    "dokument.nummer": _("Nummer des Dokuments"),
    "dokument.datum": _("Tag, an dem das Dokument entsteht"),
    "dokument.version": _("Fassung des Dokuments"),
    "dokument.hinweis": _("Hinweis auf ein Demonstrationsdokument, sonst leer"),
    "mandant.name": _("Name der Kommune"),
    "mandant.amt": _("Name des Amts"),
    "mandant.strasse": _("Straße und Hausnummer des Amts"),
    "mandant.plz_ort": _("Postleitzahl und Ort des Amts"),
    "mandant.telefon": _("Telefon des Amts"),
    "mandant.email": _("E-Mail-Adresse des Amts"),
    "mandant.internet": _("Internetadresse des Amts"),
    "mandant.land": _("Land"),
    "mandant.gremium": _("Gremium, meist der Jugendhilfeausschuss"),
    "mandant.mitglieder": _("Mitglieder eines Verbunds"),
    "traeger.name": _("Name des Trägers"),
    "traeger.strasse": _("Straße und Hausnummer des Trägers"),
    "traeger.plz_ort": _("Postleitzahl und Ort des Trägers"),
    "traeger.vertreten_durch": _("Wer den Träger vertritt"),
    "einreichung.nummer": _("Nummer der Einreichung"),
    "einreichung.eingang": _("Tag des Eingangs"),
    "einreichung.person": _("Wer eingereicht hat"),
    "vorlage.name": _("Name der Vorlage"),
    "vorlage.version": _("Fassung der Vorlage"),
    "formular.titel": _("Titel des Vordrucks"),
    "formular.version": _("Fassung des Vordrucks"),
    "pruefung.url": _("Adresse der Prüfseite"),
    "pruefung.code": _("Prüfcode"),
}


def system_answers() -> tuple[OutlineAnswer, ...]:
    """Return the tags of what the system knows without asking."""
    return tuple(
        OutlineAnswer(text, print_tag(path, _FILTERS.get(path, "")))
        for path, text in SYSTEM_TEXTS.items()
    )
