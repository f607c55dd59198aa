"""A Word document to begin with: every question of a form in order, with the tag of its answer."""

from __future__ import annotations

from collections.abc import Iterable

from docx.document import Document
from docx.shared import Mm
from docx.table import Table
from docx.text.paragraph import Paragraph

from document_templates.blank_forms.paper import (
    RULE,
    SHADE,
    TEXT_WIDTH,
    element,
    new_sheet,
    set_frames,
    sheet_bytes,
    twips,
)
from document_templates.placeholders import SYSTEM_PLACEHOLDERS
from document_templates.starting.outlining import (
    Outline,
    OutlineAnswer,
    OutlineBlock,
    OutlineHeading,
    OutlineTable,
    outline_form,
)
from forms.definition import FormDefinition
from tenants.language import _


def starter_template(definition: FormDefinition) -> bytes:
    """Return a template for ``definition`` that passes the check as it is, to be cut and shaped.

    The same form gives the same bytes.
    """
    document = new_sheet("{{ dokument.titel }}", "{{ mandant.name }}")
    set_frames(
        document,
        "{{ mandant.name }}",
        "{{ mandant.amt }}",
        "{{ dokument.titel }}",
        "{{ dokument.nummer }}",
    )
    document.add_paragraph("{{ traeger.name }}")
    document.add_paragraph("{{ traeger.strasse }}")
    document.add_paragraph("{{ traeger.plz_ort }}")
    document.add_paragraph()
    document.add_paragraph(_("{place}, {date}").format(place="{{ mandant.plz_ort }}", date=_DATE))
    document.add_paragraph()
    document.add_paragraph("{{ dokument.titel }}", style="Title")
    document.add_paragraph(
        _("Nummer {number} · eingegangen am {day} · ausgefüllt von {person}").format(
            number="{{ einreichung.nummer }}",
            day="{{ einreichung.eingang|datum }}",
            person="{{ einreichung.person }}",
        )
    )
    write_outline(document, outline_form(definition))
    return sheet_bytes(document)


def placeholder_sheet(definition: FormDefinition) -> bytes:
    """Return the placeholders of a form as a Word document to copy from; it is no template."""
    title = _("Platzhalter: {title}").format(title=definition.title)
    document = new_sheet(title, "")
    document.add_paragraph(title, style="Title")
    document.add_paragraph(
        _("Kopieren Sie, was Sie brauchen, in Ihre Vorlage. Tabellen und Bereiche immer ganz.")
    )
    document.add_paragraph(_("Was das System einsetzt"), style="Heading 1")
    for path in sorted(SYSTEM_PLACEHOLDERS):
        if not path.endswith("[]"):
            document.add_paragraph("{{ " + path + " }}")
    write_outline(document, outline_form(definition), with_others=True)
    return sheet_bytes(document)


_DATE = "{{ dokument.datum|datum_lang }}"


def write_outline(
    document: Document, lines: Iterable[Outline], *, with_others: bool = False
) -> None:
    """Write the lines of an outline at the end of ``document``."""
    for line in lines:
        if isinstance(line, OutlineHeading):
            document.add_paragraph(line.text, style=f"Heading {line.level}")
        elif isinstance(line, OutlineBlock):
            document.add_paragraph(line.tag, style="Hilfe")
        elif isinstance(line, OutlineTable):
            _write_table(document, line)
        else:
            _write_answer(document, line, with_others=with_others)


def _write_answer(document: Document, line: OutlineAnswer, *, with_others: bool) -> None:
    if line.is_long:
        document.add_paragraph(_plain(line.label), style="Frage")
        document.add_paragraph(line.tag)
    else:
        paragraph = document.add_paragraph()
        label = _plain(line.label)
        paragraph.add_run(label + (" " if label.endswith("?") else ": ")).bold = True
        paragraph.add_run(line.tag)
    if with_others:
        for other in line.others:
            document.add_paragraph(other)


def _plain(label: str) -> str:
    """Return a question as it reads before its answer; braces would be taken for tags."""
    return label.rstrip(" :").replace("{", "(").replace("}", ")")


def _write_table(document: Document, line: OutlineTable) -> None:
    table = document.add_table(rows=len(line.rows), cols=len(line.rows[0]))
    _shape(table, len(line.rows[0]))
    for number, (row, texts) in enumerate(zip(table.rows, line.rows, strict=True)):
        for cell, text in zip(row.cells, texts, strict=True):
            paragraph: Paragraph = cell.paragraphs[0]
            paragraph.style = document.styles["Zellenkopf" if number == 0 else "Zelle"]
            paragraph.add_run(_plain(text) if number == 0 and "{" not in text else text)
            if number == 0:
                cell._tc.get_or_add_tcPr().append(
                    element("w:shd", val="clear", color="auto", fill=SHADE)
                )
    table.rows[0]._tr.get_or_add_trPr().append(element("w:tblHeader"))
    document.add_paragraph()


def _shape(table: Table, columns: int) -> None:
    properties = table._tbl.tblPr
    borders = element("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(element(f"w:{side}", val="single", sz=4, space=0, color=RULE))
    properties.append(borders)
    width = TEXT_WIDTH / columns
    for column in table.columns:
        column.width = Mm(width)
    for row in table.rows:
        for cell in row.cells:
            cell.width = Mm(width)
    found = properties.find("{*}tblW")
    if found is not None:
        found.set(found.tag.replace("tblW", "w"), str(twips(TEXT_WIDTH)))
        found.set(found.tag.replace("tblW", "type"), "dxa")
