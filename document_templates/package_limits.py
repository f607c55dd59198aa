"""Reads the members of an uploaded DOCX: within limits, and with advice for somebody in Word."""

from __future__ import annotations

from document_templates.findings import TemplateRefused
from forms.exchange.archive import MEGABYTE, ArchiveLimits, ArchiveRefused, Fault, read_archive
from tenants.language import _

LIMITS = ArchiveLimits(
    archive_bytes=10 * MEGABYTE,
    members=500,
    member_bytes=50 * MEGABYTE,
    xml_bytes=10 * MEGABYTE,
    total_bytes=100 * MEGABYTE,
    ratio=100,
)

_ADVICE = {
    Fault.TOO_LARGE: _("Verkleinern Sie die enthaltenen Bilder."),
    Fault.DAMAGED: _("Öffnen Sie sie in Word und speichern Sie sie neu."),
    Fault.ENCRYPTED: _("Entfernen Sie in Word das Kennwort und speichern Sie die Datei neu."),
    Fault.INFLATED: _("Entfernen Sie große Bilder oder überflüssigen Inhalt."),
}
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


def read_members(data: bytes) -> dict[str, bytes]:
    """Return every file in the archive, inflated, by name.

    Raises `TemplateRefused` for anything beyond `LIMITS` and for encrypted, nested, damaged,
    duplicate or wandering members.
    """
    try:
        members = read_archive(data, LIMITS)
    except ArchiveRefused as error:
        raise TemplateRefused.because(
            error.problem, suggestion=_ADVICE.get(error.fault, error.way_out)
        ) from error
    for name, content in members.items():
        if content.startswith(_ZIP_MAGIC):
            raise TemplateRefused.because(
                _("Die Datei enthält eine eingebettete Datei („{name}“).").format(name=name),
                suggestion=_("Entfernen Sie eingebettete Tabellen, Diagramme und Dateien."),
            )
    return members
