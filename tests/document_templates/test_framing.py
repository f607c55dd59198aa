"""A frame changes head, foot, margins and fonts of a template, and no word of its text."""

from __future__ import annotations

import io

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.shared import Mm
from PIL import Image

from document_templates.checked_templates import fit_findings
from document_templates.clauses.shipped import package_clauses
from document_templates.cleaning import CleanedDocx, clean_docx
from document_templates.comparing.differences import compare_templates
from document_templates.compiling import compile_template
from document_templates.findings import has_errors
from document_templates.framing.composing import (
    MAX_LOGOS,
    FrameParts,
    FrameRefused,
    compose_frame,
)
from document_templates.framing.placing import place_in_frame
from document_templates.package_parts import open_cleaned
from document_templates.pictures import named_pictures
from forms.definition import parse_definition
from forms.packages import Package, list_packages
from tests.support.docx_files import docx_of, names, saved
from tests.support.library_filling import resolved_template, sample_context, sample_pictures


def _logo(colour: tuple[int, int, int] = (10, 90, 160), size: tuple[int, int] = (60, 30)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    return stream.getvalue()


def _frame(**parts: object) -> CleanedDocx:
    return clean_docx(compose_frame(FrameParts(**{"logos": [_logo()], **parts})))  # type: ignore[arg-type]


PACKAGES = [package for package in list_packages() if package.template_bytes]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_shipped_template_fits_into_a_frame(package: Package) -> None:
    content = resolved_template(package)
    frame = _frame(head="{{ mandant.name }}\nZweite Zeile", foot="Fuß", font="Calibri")
    framed = place_in_frame(content, frame)
    assert framed == place_in_frame(content, frame)
    # Framed once more it is the same: nothing of the former frame stays behind.
    assert place_in_frame(framed, frame).data == framed.data
    # What comes out is a template like any other, with nothing left to clean.
    assert clean_docx(framed.data).findings == ()
    definition = parse_definition(package.form_document)
    assert not has_errors(fit_findings(framed, package_clauses(package), definition))
    assert compare_templates(content, framed).frame_only
    compiled = compile_template(framed)
    sample = package.samples[0]
    pictures = sample_pictures(package, sample)
    filled = compiled.fill(
        sample_context(package, sample),
        {name: pictures[name] for name in compiled.picture_names},
    )
    section = docx.Document(io.BytesIO(filled)).sections[0]
    head = "\n".join(line.text for line in section.header.paragraphs)
    assert "Zweite Zeile" in head
    assert "{{" not in head
    assert [line.text for line in section.footer.paragraphs] == ["Fuß"]


def test_a_new_logo_touches_no_word() -> None:
    content = clean_docx(docx_of("Text {{ name }}", rows=[["a", "b"]], header="Alter Kopf"))
    old = place_in_frame(content, _frame(logos=[_logo()]))
    new = place_in_frame(old, _frame(logos=[_logo((200, 0, 0))]))
    difference = compare_templates(old, new)
    assert difference.frame_only
    assert not difference.placeholders
    assert "Bilder in Kopf- und Fußzeile hinzugefügt: 1." in difference.remarks
    # The former head and its logo are gone from the file.
    media = [name for name in names(new.data) if name.startswith("word/media/")]
    heads = [name for name in names(new.data) if "header" in name and name.endswith(".xml")]
    assert (len(media), len(heads)) == (1, 1)


@pytest.mark.parametrize("count", range(1, MAX_LOGOS + 1))
def test_one_to_nine_logos_fit(count: int) -> None:
    logos = [_logo((count, number, 50), (60 + 40 * number, 40)) for number in range(count)]
    document = docx.Document(io.BytesIO(_frame(logos=logos).data))
    shown = list(document.sections[0].header._element.iter("{*}inline"))
    assert len(shown) == count
    assert all(int(one.extent.cx) <= Mm(165) for one in shown)


def test_a_section_that_lies_across_keeps_its_paper() -> None:
    document = docx.Document()
    document.add_paragraph("hoch")
    section = document.add_section()
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    document.add_paragraph("quer")
    framed = place_in_frame(clean_docx(saved(document)), _frame())
    opened = docx.Document(io.BytesIO(framed.data))
    assert [round(one.page_width.mm) for one in opened.sections] == [210, 297]
    assert all(list(one.header._element.iter("{*}inline")) for one in opened.sections)


def test_named_pictures_of_the_frame_stay_named() -> None:
    document = docx.Document()
    run = document.sections[0].header.paragraphs[0].add_run()
    run.add_picture(io.BytesIO(_logo()))._inline.docPr.set("descr", "mandant.logo")
    framed = place_in_frame(clean_docx(docx_of("Text")), clean_docx(saved(document)))
    assert [one.name for one in named_pictures(open_cleaned(framed.data))] == ["mandant.logo"]


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"logos": [_logo()] * 10}, "höchstens 9 Logos"),
        ({"logos": [b"<svg/>"]}, "kein PNG"),
        ({"font": "Comic Sans MS"}, "Schrift"),
        ({"logos": [_logo(size=(3_000, 2_000))]}, "Bildpunkte"),
    ],
)
def test_what_makes_no_frame_is_told(parts: dict[str, object], says: str) -> None:
    with pytest.raises(FrameRefused, match=says):
        _frame(**parts)
