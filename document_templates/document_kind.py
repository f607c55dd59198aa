"""Which kind of file was uploaded, decided by its content and not by its name."""

from __future__ import annotations

from collections.abc import Mapping

from document_templates.findings import TemplateRefused
from document_templates.ooxml import STRICT, parse_xml
from document_templates.package_parts import CONTENT_TYPES, PART_TYPES
from tenants.language import _


def refuse_other_files(data: bytes) -> None:
    """Raise `TemplateRefused` with a fitting way out unless ``data`` is a ZIP archive."""
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data.startswith(b"PK\x03\x04"):
        return
    if not data:
        raise TemplateRefused.because(_("Die Datei ist leer."))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refusal(_("Die Datei ist ein altes Word-Dokument (.doc) oder kennwortgeschützt."))
    if start.startswith(b"%PDF"):
        raise _refusal(_("Die Datei ist ein PDF."))
    if start.startswith(b"{\\rtf"):
        raise _refusal(_("Die Datei ist ein RTF-Dokument."))
    if start.startswith(b"<"):
        if b"opendocument" in start:
            raise _refusal(_("Die Datei ist ein OpenDocument-Text in einer XML-Datei."))
        raise _refusal(_("Die Datei ist eine XML- oder HTML-Datei."))
    raise _refusal(_("Die Datei ist kein Word-Dokument."))


def require_word_document(members: Mapping[str, bytes]) -> None:
    """Raise `TemplateRefused` unless the archive's main part is a plain DOCX document."""
    if CONTENT_TYPES not in members:
        if members.get("mimetype", b"").startswith(b"application/vnd.oasis.opendocument"):
            raise _refusal(_("Die Datei ist ein OpenDocument-Dokument (LibreOffice)."))
        raise _refusal(_("Die Datei ist ein ZIP-Archiv, aber kein Word-Dokument."))
    root = parse_xml(members[CONTENT_TYPES], CONTENT_TYPES)
    declared = {(element.get("ContentType") or "").strip() for element in root}
    lowered = {type_.casefold() for type_ in declared}
    if any("macroenabled" in type_ or "vba" in type_ for type_ in lowered):
        raise TemplateRefused.because(
            _("Die Datei enthält Makros (.docm oder .dotm)."),
            suggestion=_("Speichern Sie sie in Word als „Word-Dokument (*.docx)“ ohne Makros."),
        )
    if any("activex" in type_ for type_ in lowered):
        raise TemplateRefused.because(
            _("Die Datei enthält ActiveX-Steuerelemente."),
            suggestion=_("Löschen Sie die Steuerelemente in Word."),
        )
    if any(type_.endswith("wordprocessingml.template.main+xml") for type_ in lowered):
        raise _refusal(_("Die Datei ist eine Word-Dokumentvorlage (.dotx)."))
    if PART_TYPES["officeDocument"] not in declared:
        raise _refusal(_("Die Datei ist ein Office-Dokument, aber kein Word-Dokument."))


def require_transitional(main: bytes) -> None:
    """Raise `TemplateRefused` for documents in the strict dialect, whose names differ."""
    if STRICT.encode() in main[:20_000]:
        raise TemplateRefused.because(
            _("Die Datei ist im Format „Strict Open XML“ gespeichert."),
            suggestion=_("Speichern Sie sie in Word als „Word-Dokument (*.docx)“."),
        )


def _refusal(message: str) -> TemplateRefused:
    return TemplateRefused.because(
        message, suggestion=_("Speichern Sie die Vorlage als „Word-Dokument (*.docx)“.")
    )
