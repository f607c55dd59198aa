"""The draft of a Vorlage: the result of a survey for the committee, as a Word document.

The committee is called as the tenant calls it (Jugendhilfeausschuss, Ausschuss für Kinder, Jugend
und Familie …). Nothing is decided here: what is proposed writes whoever signs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from document_templates.blank_forms.paper import new_sheet, set_frames, sheet_bytes
from forms.german import format_decimal, format_integer
from forms.statistics.tables import DOT, ResultTable, Shown
from forms.surveys.counting import ItemResult
from forms.surveys.items import Item
from forms.surveys.results import WaveResult
from tenants.language import _

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What a Vorlage says beside the result; ``committee`` is its name in this tenant."""

    committee: str
    office: str
    title: str
    wave: str
    period: str
    made_on: str
    result: WaveResult


def committee_paper(paper: Paper) -> bytes:
    """Return the Vorlage as DOCX; the same paper always gives the same bytes."""
    heading = _("Vorlage für den {committee}").format(committee=paper.committee)
    document = new_sheet(heading, paper.office)
    set_frames(document, paper.office, "", paper.title, _("Entwurf"))
    document.add_paragraph(heading, style="Title")
    for label, text in (
        (_("Gremium"), paper.committee),
        (_("Vorlegende Stelle"), paper.office),
        (_("Gegenstand"), _("{title}, {wave}").format(title=paper.title, wave=paper.wave)),
        (_("Stand"), paper.made_on),
    ):
        line = document.add_paragraph()
        line.add_run(f"{label}: ").bold = True
        line.add_run(text)
    document.add_heading(_("Vorschlag"), level=1)
    document.add_paragraph(
        _("Der {committee} nimmt das Ergebnis der Befragung zur Kenntnis.").format(
            committee=paper.committee
        )
    )
    document.add_heading(_("Rücklauf"), level=1)
    document.add_paragraph(_returns(paper))
    document.add_heading(_("Ergebnisse"), level=1)
    document.add_paragraph(
        _(
            "Zahlen aus weniger als {threshold} Antworten sind nicht gezeigt ({dot}), ebenso"
            " solche, aus denen sie sich errechnen ließen. „Keine Angabe“ zählt in Anteil und"
            " Mittel nicht mit."
        ).format(threshold=paper.result.threshold, dot=DOT)
    )
    section = ""
    for item, said in paper.result.items:
        if item.section != section:
            section = item.section
            document.add_heading(section, level=2)
        _write_item(document, item, said)
    for table in paper.result.cross_tables:
        _write_cross(document, table)
    return sheet_bytes(document)


def _returns(paper: Paper) -> str:
    returns = paper.result.returns
    counts = {
        "issued": format_integer(returns.issued),
        "returned": format_integer(returns.returned),
        "evaluable": format_integer(returns.evaluable),
        "paper": format_integer(returns.paper),
        "period": paper.period,
    }
    text = _(
        "Gefragt wurde vom {period}. Ausgegeben wurden {issued} Bögen, zurückgekommen sind"
        " {returned}, davon {paper} auf Papier; auswertbar sind {evaluable}."
    ).format(**counts)
    if returns.evaluable_percent is None:
        return text
    return _("{text} Die Rücklaufquote beträgt {percent} %.").format(
        text=text, percent=format_decimal(returns.evaluable_percent, 1)
    )


def _write_item(document: Document, item: Item, said: ItemResult) -> None:
    document.add_heading(item.label, level=3)
    rows = [(row.label, _count(row.count), _number(row.share, " %")) for row in said.rows]
    rows.append((_("keine Angabe"), _count(said.no_answer), ""))
    _write_table(document, (_("Antwort"), _("Anzahl"), _("Anteil")), rows)
    note = _("Geantwortet haben {n}.").format(n=_count(said.answered))
    if said.mean is not None:
        places = 1 if said.mean == said.mean.quantize(Decimal("0.1")) else 2
        note = _("{note} Mittel: {mean}.").format(note=note, mean=format_decimal(said.mean, places))
    document.add_paragraph(note, style="Hilfe")


def _write_cross(document: Document, table: ResultTable) -> None:
    document.add_heading(f"{table.row_heading} × {table.column_heading}", level=3)
    heads = [table.row_heading, *(table.columns if table.cells else ()), _("Gesamt")]
    rows = [
        (
            label,
            *(_shown(cell) for cell in (table.cells[place] if table.cells else ())),
            _shown(table.row_totals[place]),
        )
        for place, label in enumerate(table.rows)
    ]
    totals = table.column_totals if table.cells else ()
    rows.append((_("Gesamt"), *(_shown(cell) for cell in totals), _shown(table.total)))
    _write_table(document, heads, rows)


def _write_table(document: Document, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(rows=1, cols=len(heads))
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    # A screen reader and a second page need to know which row is the heading.
    properties = table.rows[0]._tr.get_or_add_trPr()
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    properties.append(mark)
    for row in rows:
        cells = table.add_row().cells
        for place, text in enumerate(row):
            paragraph = cells[place].paragraphs[0]
            paragraph.add_run(text)
            if place:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _count(count: int | None) -> str:
    return DOT if count is None else format_integer(count)


def _shown(cell: Shown) -> str:
    return _count(cell.submissions)


def _number(number: Decimal | None, unit: str) -> str:
    return "–" if number is None else f"{format_decimal(number, 1)}{unit}"
