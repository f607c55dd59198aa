"""Table styles that nothing uses are left out at upload: the pages look as before."""

from __future__ import annotations

import docx
import pytest

from document_templates import cleaning
from document_templates.cleaning import clean_docx
from document_templates.conversion import Converter
from document_templates.previewing.page_pictures import draw_pages
from forms.packages import list_packages
from tests.support.docx_files import docx_of, member, saved


def styled(*names: str) -> bytes:
    """Return a document that brings a hundred table styles, with tables of some of them."""
    document = docx.Document()
    for name in names:
        document.add_paragraph(f"Tabelle „{name}“")
        table = document.add_table(rows=3, cols=3, style=name)
        for row in table.rows:
            for cell in row.cells:
                cell.text = "Betreuung"
    return saved(document)


CORPUS = {
    "plain": docx_of("Text", rows=[["A", "B"], ["1", "2"]], header="Kopf", footer="Fuß"),
    "one style": styled("Light Grid Accent 1"),
    # A style that is based on another, and two that have nothing in common.
    "three styles": styled("Table Grid", "Medium Shading 2 Accent 3", "Colorful List"),
    **{one.name: one.template_bytes for one in list_packages() if one.template_bytes},
}


@pytest.mark.parametrize("name", CORPUS)
def test_pages_look_the_same_without_unused_table_styles(
    converter: Converter, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pruned = clean_docx(CORPUS[name]).data
    monkeypatch.setattr(cleaning, "prune_table_styles", lambda styles, roots: 0)
    whole = clean_docx(CORPUS[name]).data
    assert draw_pages(converter.convert(pruned)) == draw_pages(converter.convert(whole))


@pytest.mark.parametrize("name", ["plain", "one style", "three styles"])
def test_a_document_of_many_styles_gets_small(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    pruned = member(clean_docx(CORPUS[name]).data, "word/styles.xml")
    monkeypatch.setattr(cleaning, "prune_table_styles", lambda styles, roots: 0)
    whole = member(clean_docx(CORPUS[name]).data, "word/styles.xml")
    assert len(pruned) < len(whole) / 2
