"""The Nachweisseite: who signed a document, when and how, as the last page of the file itself.

It is made of the record alone and says the same however often it is made. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from docx.document import Document
from docx.shared import Pt

from document_templates.blank_forms.paper import TEXT_WIDTH, new_sheet, set_frames, sheet_bytes
from document_templates.signing.levels import LEVELS
from document_templates.signing.sheet_tables import (
    add_table,
    grouped,
    write_cell,
    write_facts,
    write_headings,
    write_verification,
)
from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")
_PERSON_WIDTH, _TIME_WIDTH = 74.0, 34.0


@dataclass(frozen=True, slots=True)
class EvidenceOfPerson:
    """One signature as it is shown."""

    name: str
    function: str
    addition: str
    authority: str
    signed_at: datetime
    statement_sha256: str


@dataclass(frozen=True, slots=True)
class EvidenceOfParty:
    """A party, its rule in words, and who signed for it."""

    name: str
    rule: str
    people: tuple[EvidenceOfPerson, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the Nachweisseite says."""

    tenant: str
    office: str
    title: str
    number: str
    version: int
    pages: int
    pdf_sha256: str
    level: str
    code: str
    verification_url: str
    original_location: str = ""
    """Where the original on paper is kept, and the hash of its scan; empty for others."""
    scan_sha256: str = ""
    parties: tuple[EvidenceOfParty, ...] = field(default=())


def evidence_docx(evidence: Evidence) -> bytes:
    """Return the Nachweisseite as DOCX; the same evidence always gives the same bytes."""
    title = _("Nachweis der Unterschriften")
    document = new_sheet(title, evidence.tenant)
    set_frames(document, evidence.tenant, evidence.office, title, evidence.number)
    document.add_paragraph(title, style="Title")
    document.add_paragraph(
        _(
            "Dieser Nachweis gehört zu „{title}“ und ist mit dem Dokument zusammen gesiegelt."
        ).format(title=evidence.title)
    )
    level = LEVELS[evidence.level]
    paper = [
        (_("Original auf Papier"), evidence.original_location),
        (_("Prüfsumme des Scans"), grouped(evidence.scan_sha256)),
    ]
    write_facts(
        document,
        [
            (_("Dokument"), evidence.title),
            (_("Nummer"), evidence.number),
            (
                _("Unterschrieben wurde"),
                _("Fassung {number} mit {pages} Seiten").format(
                    number=evidence.version, pages=evidence.pages
                ),
            ),
            (_("Prüfsumme (SHA-256)"), grouped(evidence.pdf_sha256)),
            (_("Art der Unterschrift"), f"{level.title}. {level.meaning}"),
            *(row for row in paper if row[1]),
        ],
    )
    for party in evidence.parties:
        document.add_paragraph(party.name, style="Heading 1")
        document.add_paragraph(_("Zeichnung: {rule}").format(rule=party.rule), style="Hilfe")
        _people(document, party.people)
    note = document.add_paragraph(f"{_how(evidence)} {_about_marks()}", style="Antwort")
    note.paragraph_format.space_before, note.paragraph_format.space_after = Pt(8), Pt(10)
    write_verification(
        document,
        evidence.verification_url,
        evidence.code,
        _(
            "Der Prüfcode auf den Seiten davor gehört zur Fassung vor der Unterschrift. Maßgeblich"
            " ist die gesiegelte PDF-Datei."
        ),
    )
    return sheet_bytes(document)


def _how(evidence: Evidence) -> str:
    if evidence.scan_sha256:
        return _(
            "Die Unterschriften stehen auf dem Original; der Zeitpunkt ist der, zu dem eine Person"
            " des Amts den vollständigen Scan damit verglichen hat."
        )
    return _(
        "Jede Person hat das ganze Dokument vor der Unterschrift geöffnet und mit ihrem Passwort"
        " bestätigt."
    )


def _about_marks() -> str:
    return _(
        "Die Kennung ist die SHA-256-Prüfsumme der Angaben zu dieser Unterschrift. Zeiten sind die"
        " von Berlin."
    )


def _people(document: Document, people: tuple[EvidenceOfPerson, ...]) -> None:
    widths = (_PERSON_WIDTH, _TIME_WIDTH, TEXT_WIDTH - _PERSON_WIDTH - _TIME_WIDTH)
    table = add_table(document, len(people) + 1, widths)
    write_headings(table, (_("Person"), _("Zeitpunkt"), _("Kennung")))
    for row, one in zip(table.rows[1:], people, strict=True):
        write_cell(row.cells[0], " ".join(filter(None, (one.addition, one.name))))
        below = [one.function]
        if one.authority:
            below.append(_("Bevollmächtigt: {reference}").format(reference=one.authority))
        for text in filter(None, below):
            row.cells[0].add_paragraph(text, style="Antwort")
        local = one.signed_at.astimezone(BERLIN)
        write_cell(row.cells[1], local.strftime("%d.%m.%Y"))
        row.cells[1].add_paragraph(
            _("{time} Uhr").format(time=local.strftime("%H:%M:%S")), style="Zelle"
        )
        write_cell(row.cells[2], grouped(one.statement_sha256), style="Antwort")
