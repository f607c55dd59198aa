"""The Unterschriftenblatt: the last page of a document that is signed with a qualified signature or
on paper, made before anybody signs. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from docx.document import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.shared import Mm, Pt

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

_PERSON_WIDTH = 75.0
_PLACE_WIDTH = 40.0
_LINE_HEIGHT = 17.0


@dataclass(frozen=True, slots=True)
class SheetPerson:
    """Somebody who is asked; ``field`` is the name of the signature field in the file."""

    name: str
    function: str
    addition: str
    authority: str
    field: str


@dataclass(frozen=True, slots=True)
class SheetParty:
    """A party, its rule in words, and everybody asked for it."""

    name: str
    rule: str
    people: tuple[SheetPerson, ...]


@dataclass(frozen=True, slots=True)
class SignatureSheet:
    """Everything that the Unterschriftenblatt says."""

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
    parties: tuple[SheetParty, ...] = field(default=())

    @property
    def is_paper(self) -> bool:
        """Whether people sign with ink."""
        return self.level == "L3p"


def signature_sheet_docx(sheet: SignatureSheet) -> bytes:
    """Return the Unterschriftenblatt as DOCX; the same sheet always gives the same bytes."""
    title = _("Unterschriften")
    document = new_sheet(title, sheet.tenant)
    set_frames(document, sheet.tenant, sheet.office, title, sheet.number)
    document.add_paragraph(title, style="Title")
    level = LEVELS[sheet.level]
    write_facts(
        document,
        [
            (_("Dokument"), sheet.title),
            (_("Nummer"), sheet.number),
            (
                _("Unterschrieben wird"),
                _("Fassung {number} mit {pages} Seiten und diesem Blatt").format(
                    number=sheet.version, pages=sheet.pages
                ),
            ),
            (_("Prüfsumme (SHA-256)"), grouped(sheet.pdf_sha256)),
            (_("Art der Unterschrift"), f"{level.title}. {level.meaning}"),
        ],
    )
    for party in sheet.parties:
        document.add_paragraph(party.name, style="Heading 1")
        document.add_paragraph(_("Zeichnung: {rule}").format(rule=party.rule), style="Hilfe")
        _people(document, party.people, is_paper=sheet.is_paper)
    note = document.add_paragraph(
        _("Jede Seite trägt einen Code. Bitte unterschreiben Sie den vollständigen Ausdruck.")
        if sheet.is_paper
        else _(
            "Die Unterschriften stehen als elektronische Signaturen in den genannten Feldern dieser"
            " Datei; auf dem Papier sind sie nicht zu sehen."
        ),
        style="Antwort",
    )
    note.paragraph_format.space_before, note.paragraph_format.space_after = Pt(8), Pt(10)
    about = _("Er gilt, sobald alle Parteien unterschrieben haben.")
    write_verification(document, sheet.verification_url, sheet.code, about)
    return sheet_bytes(document)


def _people(document: Document, people: tuple[SheetPerson, ...], *, is_paper: bool) -> None:
    widths: tuple[float, ...] = (
        _PERSON_WIDTH,
        _PLACE_WIDTH,
        TEXT_WIDTH - _PERSON_WIDTH - _PLACE_WIDTH,
    )
    if not is_paper:
        widths = (_PERSON_WIDTH, TEXT_WIDTH - _PERSON_WIDTH)
    table = add_table(document, len(people) + 1, widths)
    write_headings(
        table,
        (_("Person"), _("Ort, Datum"), _("Unterschrift"))
        if is_paper
        else (_("Person"), _("Feld in der Datei")),
    )
    for row, one in zip(table.rows[1:], people, strict=True):
        write_cell(row.cells[0], " ".join(filter(None, (one.addition, one.name))))
        below = [one.function]
        if one.authority:
            below.append(_("Bevollmächtigt: {reference}").format(reference=one.authority))
        for text in filter(None, below):
            row.cells[0].add_paragraph(text, style="Antwort")
        if is_paper:
            row.height, row.height_rule = Mm(_LINE_HEIGHT), WD_ROW_HEIGHT_RULE.AT_LEAST
        else:
            write_cell(row.cells[1], one.field)
