"""The Nachweisseite: who signed a document, when and how, as the last page of the file itself.

It is made of the record alone and says the same however often it is made. Pure.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from docx.document import Document
from docx.shared import Mm, Pt
from docx.table import Table, _Cell

from document_templates.blank_forms.paper import (
    RULE,
    TEXT_WIDTH,
    element,
    new_sheet,
    set_frames,
    sheet_bytes,
    twips,
)
from document_templates.pictures import qr_png
from document_templates.signing.levels import LEVELS
from document_templates.verification_codes import spaced
from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")
_LABEL_WIDTH = 42.0
_PERSON_WIDTH, _TIME_WIDTH = 74.0, 34.0
_CODE_SIDE = 20.0


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
    _facts(
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
            (_("Prüfsumme (SHA-256)"), _grouped(evidence.pdf_sha256)),
            (_("Art der Unterschrift"), f"{level.title}. {level.meaning}"),
        ],
    )
    for party in evidence.parties:
        document.add_paragraph(party.name, style="Heading 1")
        document.add_paragraph(_("Zeichnung: {rule}").format(rule=party.rule), style="Hilfe")
        _people(document, party.people)
    note = document.add_paragraph(
        _(
            "Jede Person hat das ganze Dokument vor der Unterschrift geöffnet und mit ihrem"
            " Passwort bestätigt. Die Kennung ist die SHA-256-Prüfsumme der Angaben zu dieser"
            " Unterschrift. Zeiten sind die von Berlin."
        ),
        style="Antwort",
    )
    note.paragraph_format.space_before, note.paragraph_format.space_after = Pt(8), Pt(10)
    _verification(document, evidence)
    return sheet_bytes(document)


def _facts(document: Document, rows: list[tuple[str, str]]) -> None:
    table = _table(document, len(rows), (_LABEL_WIDTH, TEXT_WIDTH - _LABEL_WIDTH))
    for row, (label, text) in zip(table.rows, rows, strict=True):
        _write(row.cells[0], label, style="Zellenkopf")
        _write(row.cells[1], text)


def _people(document: Document, people: tuple[EvidenceOfPerson, ...]) -> None:
    widths = (_PERSON_WIDTH, _TIME_WIDTH, TEXT_WIDTH - _PERSON_WIDTH - _TIME_WIDTH)
    table = _table(document, len(people) + 1, widths)
    headings = (_("Person"), _("Zeitpunkt"), _("Kennung"))
    for cell, heading in zip(table.rows[0].cells, headings, strict=True):
        _write(cell, heading, style="Zellenkopf")
    table.rows[0]._tr.get_or_add_trPr().append(element("w:tblHeader"))
    for row, one in zip(table.rows[1:], people, strict=True):
        _write(row.cells[0], " ".join(filter(None, (one.addition, one.name))))
        below = [one.function]
        if one.authority:
            below.append(_("Vollmacht: {reference}").format(reference=one.authority))
        for text in filter(None, below):
            row.cells[0].add_paragraph(text, style="Antwort")
        local = one.signed_at.astimezone(BERLIN)
        _write(row.cells[1], local.strftime("%d.%m.%Y"))
        row.cells[1].add_paragraph(
            _("{time} Uhr").format(time=local.strftime("%H:%M:%S")), style="Zelle"
        )
        _write(row.cells[2], _grouped(one.statement_sha256), style="Antwort")


def _verification(document: Document, evidence: Evidence) -> None:
    table = _table(document, 1, (_CODE_SIDE + 4, TEXT_WIDTH - _CODE_SIDE - 4), lines=False)
    picture = table.rows[0].cells[0].paragraphs[0].add_run()
    drawn = picture.add_picture(
        io.BytesIO(qr_png(evidence.verification_url)), width=Mm(_CODE_SIDE), height=Mm(_CODE_SIDE)
    )
    drawn._inline.docPr.set("descr", _("QR-Code: Echtheit des Dokuments prüfen"))
    text = table.rows[0].cells[1]
    _write(text, _("Echtheit prüfen: {url}").format(url=evidence.verification_url))
    text.add_paragraph(
        _("Prüfcode dieser unterschriebenen Fassung: {code}").format(code=spaced(evidence.code)),
        style="Zelle",
    )
    text.add_paragraph(
        _(
            "Der Prüfcode auf den Seiten davor gehört zur Fassung vor der Unterschrift. Maßgeblich"
            " ist die gesiegelte PDF-Datei."
        ),
        style="Antwort",
    )


def _table(
    document: Document, rows: int, widths: tuple[float, ...], *, lines: bool = True
) -> Table:
    table: Table = document.add_table(rows, len(widths))
    table.autofit = False
    properties = table._tbl.tblPr
    if lines:
        borders = element("w:tblBorders")
        for side in ("top", "bottom", "insideH"):
            borders.append(element(f"w:{side}", val="single", sz=4, space=0, color=RULE))
        properties.append(borders)
    margins = element("w:tblCellMar")
    for side, space in (("top", 50), ("left", 0), ("bottom", 50), ("right", 110)):
        margins.append(element(f"w:{side}", w=space, type="dxa"))
    properties.append(margins)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(element("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    for column, width in zip(table._tbl.tblGrid, widths, strict=True):
        column.set(column.tag.replace("gridCol", "w"), str(twips(width)))
    return table


def _write(cell: _Cell, text: str, *, style: str = "Zelle") -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = style
    paragraph.add_run(text)


def _grouped(sha256: str) -> str:
    """Return a hash in groups of eight, so that it is read and breaks between them."""
    return " ".join(sha256[start : start + 8] for start in range(0, len(sha256), 8))
