"""QR code, logo and the verification block."""

from __future__ import annotations

import io
import re

import docx
import pytest
from PIL import Image

from document_templates.cleaning import clean_docx
from document_templates.compiling import compile_template
from document_templates.findings import FillingFailed
from document_templates.package_parts import open_cleaned
from document_templates.pictures import blank_png, fit_picture, named_pictures, qr_png
from document_templates.verification_block import ensure_verification_block
from tests.support.docx_files import docx_of, member, names, saved, text_of

URL = "https://siegel.example.org/pruefen/ABCD-EFGH-JKLM"
CONTEXT: dict[str, object] = {
    "mandant": {"name": "Stadt"},
    "dokument": {"titel": "Bescheid"},
    "pruefung": {"url": URL, "code": "ABCD EFGH JKLM"},
}


def _picture(size: tuple[int, int], kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(stream, kind)
    return stream.getvalue()


def _with_pictures(*descriptions: str) -> bytes:
    """Return a DOCX whose pictures all show one and the same media part, one in the header."""
    document = docx.Document()
    drawing = _picture((40, 20))
    for description in descriptions:
        shape = document.add_picture(io.BytesIO(drawing))
        shape._inline.docPr.set("descr", description)
    run = document.sections[0].header.paragraphs[0].add_run()
    run.add_picture(io.BytesIO(drawing))._inline.docPr.set("descr", "mandant.logo")
    return saved(document)


def test_named_pictures_get_parts_of_their_own() -> None:
    cleaned = clean_docx(_with_pictures("pruefung.qr", "mandant.logo", "Ein Foto"))
    found = named_pictures(open_cleaned(cleaned.data))
    assert [picture.name for picture in found] == ["pruefung.qr", "mandant.logo", "mandant.logo"]
    assert len({picture.media for picture in found}) == 3
    body = member(cleaned.data, "word/document.xml").decode()
    assert 'descr="QR-Code: Echtheit des Dokuments prüfen"' in body
    assert 'descr="Ein Foto"' in body


def test_only_the_named_pictures_are_replaced() -> None:
    cleaned = clean_docx(_with_pictures("pruefung.qr", "mandant.logo", "Ein Foto"))
    compiled = compile_template(cleaned)
    logo = _picture((40, 20), "JPEG")
    filled = compiled.fill(CONTEXT, {"pruefung.qr": qr_png(URL), "mandant.logo": logo})
    contents = {
        name: member(filled, name) for name in names(filled) if name.startswith("word/media/")
    }
    assert len(contents) == 4
    assert list(contents.values()).count(_picture((40, 20))) == 1
    opened = docx.Document(io.BytesIO(filled))
    assert len(opened.inline_shapes) == 3


def test_a_missing_picture_is_told() -> None:
    compiled = compile_template(clean_docx(_with_pictures("pruefung.qr")))
    with pytest.raises(FillingFailed, match=r"„pruefung\.qr“ fehlt"):
        compiled.fill(CONTEXT, {"mandant.logo": blank_png()})
    with pytest.raises(FillingFailed, match="beschädigt"):
        compiled.fill(CONTEXT, {"mandant.logo": b"x", "pruefung.qr": blank_png()})


def test_a_logo_is_padded_not_distorted() -> None:
    fitted = Image.open(io.BytesIO(fit_picture(_picture((100, 100)), 2_000_000, 1_000_000)))
    assert fitted.size == (200, 100)
    assert fitted.getpixel((0, 50))[3] == 0
    assert fitted.getpixel((100, 50)) == (200, 30, 30, 255)
    assert fit_picture(_picture((40, 20)), 2, 1) == _picture((40, 20))


def test_pictures_in_loops_have_different_numbers() -> None:
    document = docx.Document()
    document.add_paragraph("{%p for z in zeilen %}")
    document.add_picture(io.BytesIO(_picture((4, 2))))
    document.add_paragraph("{%p endfor %}")
    compiled = compile_template(clean_docx(saved(document)))
    body = member(compiled.fill({**CONTEXT, "zeilen": [1, 2, 3]}), "word/document.xml").decode()
    assert re.findall(r'<wp:docPr [^>]*?id="(\d+)"', body) == ["1001", "1002", "1003"]


def test_the_qr_code_is_deterministic_and_square() -> None:
    assert qr_png(URL) == qr_png(URL)
    assert qr_png(URL) != qr_png(URL + "X")
    width, height = Image.open(io.BytesIO(qr_png(URL))).size
    assert width == height
    with pytest.raises(ValueError, match="zu lang"):
        qr_png("x" * 5_000)


def test_the_block_is_added_once_and_filled() -> None:
    cleaned = ensure_verification_block(clean_docx(docx_of("Text")))
    assert ensure_verification_block(cleaned) is cleaned
    compiled = compile_template(cleaned)
    assert compiled.picture_names == {"pruefung.qr"}
    filled = compiled.fill(CONTEXT, {"pruefung.qr": qr_png(URL)})
    assert f"Echtheit prüfen: {URL}\nPrüfcode: ABCD EFGH JKLM\n" in text_of(filled)
    assert qr_png(URL) in [member(filled, name) for name in names(filled)]
    body = member(filled, "word/document.xml")
    assert body.index(b"Echtheit") < body.index(b"<w:sectPr")


@pytest.mark.parametrize("text", ["{{ pruefung.url }}", "{{ pruefung.code }}"])
def test_a_template_with_its_own_proof_stays(text: str) -> None:
    cleaned = clean_docx(docx_of(text))
    assert ensure_verification_block(cleaned) is cleaned


def test_a_template_with_the_qr_picture_stays() -> None:
    cleaned = clean_docx(_with_pictures("pruefung.qr"))
    assert ensure_verification_block(cleaned) is cleaned
