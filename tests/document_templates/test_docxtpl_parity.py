"""Everything that docxtpl offers comes out as docxtpl makes it, for whatever data.

What differs on purpose stands in `docs/referenz/vorlage.md`, each with its reason.
"""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docxtpl import RichText
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from document_templates.bar_charts import bar_chart
from document_templates.checking import check_template
from document_templates.cleaning import CleanedDocx, clean_docx
from document_templates.compiling import CompiledTemplate, compile_template
from document_templates.findings import FillingFailed, has_errors
from document_templates.inline_pictures import ATTACHED, MAX_PICTURES
from forms.fields.file import AttachedFile
from tests.support.docx_files import (
    R,
    W,
    docx_of,
    member,
    names,
    paragraph,
    plain_members,
    relationships,
    saved,
    zipped,
)
from tests.support.docxtpl_reference import by_docxtpl, canonical

SYSTEM: dict[str, object] = {"mandant": {"name": "Stadt"}, "dokument": {"titel": "Bescheid"}}


def _runs() -> bytes:
    document = docx.Document()
    line = document.add_paragraph("Vorher ")
    line.add_run("{%r if an %}").bold = True
    line.add_run("fett {{ name }}").bold = True
    line.add_run("{%r else %}")
    line.add_run("sonst {{ ort }} ").italic = True
    line.add_run("{%r endif %} danach")
    beside = document.add_paragraph()
    beside.add_run("a {%r for z in zeilen %}b {{ z.text }} {%r endfor %}c").underline = True
    return saved(document)


def _merged() -> bytes:
    document = docx.Document()
    table = document.add_table(rows=4, cols=4)
    texts = [
        ["{% hm %}Kopf {{ name }}", "", "", ""],
        ["{%tr for z in zeilen %}", "", "", ""],
        ["{% vm %}Gruppe {{ ort }}", "{% cellbg z.farbe %}{{ z.text }}", "{{ loop.index }}", "x"],
        ["{%tr endfor %}", "", "", ""],
    ]
    texts[0] = ["{%tc for s in spalten %}", "{% hm %}Kopf {{ name }}", "{%tc endfor %}", "Ende"]
    for row, line in zip(table.rows, texts, strict=True):
        for cell, text in zip(row.cells, line, strict=True):
            cell.text = text
    second = document.add_table(rows=1, cols=3)
    second.cell(0, 0).text = "{% colspan breite %}{{ name }}"
    second.cell(0, 1).text = "{% cellbg farbe %}"
    return saved(document)


def _columns() -> bytes:
    """Dynamic columns, some of them left out, over rows in two nested loops."""
    document = docx.Document()
    table = document.add_table(rows=6, cols=4)
    texts = [
        ["Aufgabe", "{%tc for s in spalten %}", "{{ s }}", "{%tc endfor %}"],
        ["{%tr for z in zeilen %}", "", "", ""],
        ["{%tr for wert in z.werte if wert %}", "", "", ""],
        ["{{ z.text }} {{ wert }}", "{%tc if an %}", "{{ ort }}", "{%tc endif %}"],
        ["{%tr endfor %}", "", "", ""],
        ["{%tr endfor %}", "", "", ""],
    ]
    for row, line in zip(table.rows, texts, strict=True):
        for cell, text in zip(row.cells, line, strict=True):
            cell.text = text
    return saved(document)


def _headers_and_sections() -> bytes:
    document = docx.Document()
    document.sections[0].different_first_page_header_footer = True
    document.sections[0].first_page_header.paragraphs[0].text = "{% if an %}{{ name }}{% endif %}"
    document.sections[0].header.paragraphs[0].text = "{{ ort }}"
    footer = document.sections[0].footer
    footer.paragraphs[0].text = "{%p for z in zeilen %}"
    footer.add_paragraph("{{ z.text }}, {{ loop.index }} von {{ loop.length }}")
    footer.add_paragraph("{%p endfor %}")
    footer.add_paragraph("{{ betrag|euro }}")
    document.add_paragraph("{%p for z in zeilen %}")
    document.add_paragraph("{%p if loop.first or an %}", style="List Bullet")
    document.add_paragraph("{{ z.text }}", style="List Bullet")
    document.add_paragraph("{%p for wert in z.werte %}")
    document.add_paragraph("– {{ wert }}{% if not loop.last %};{% endif %}")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p endfor %}")
    document.add_section()
    document.sections[1].header.is_linked_to_previous = False
    document.sections[1].header.paragraphs[0].text = "Teil 2 {{ name }}"
    return saved(document)


def _footnotes() -> bytes:
    note = (
        f'<w:footnotes xmlns:w="{W}" xmlns:r="{R}"><w:footnote w:id="1">'
        f"{paragraph('Siehe {{ name }}{% if an %} und {{ ort }}{% endif %}')}"
        "</w:footnote></w:footnotes>"
    )
    body = (
        paragraph("Text {{ name }}")
        + '<w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p><w:sectPr/>'
    )
    members = plain_members(body)
    members["word/footnotes.xml"] = note.encode()
    members["word/_rels/document.xml.rels"] = relationships(
        ("rId1", "footnotes", "footnotes.xml", False)
    )
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    override = f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'
    types = members["[Content_Types].xml"]
    members["[Content_Types].xml"] = types.replace(b"</Types>", override.encode())
    return zipped(members)


CORPUS = {
    "runs": _runs,
    "merged": _merged,
    "columns": _columns,
    "headers": _headers_and_sections,
    "footnotes": _footnotes,
}

_text = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\u2028\u2029"), max_size=20
) | st.sampled_from(["Müller & Söhne <gGmbH>", "{{ 7*7 }}", "a\nb\tc", "{%p x %}"])
_colour = st.sampled_from(["DDEEFF", "#00ff00", "auto"])
_contexts = st.fixed_dictionaries(
    {
        "name": _text,
        "ort": _text | st.none(),
        "an": st.booleans() | st.none(),
        "betrag": st.decimals(min_value=-999, max_value=9_999_999, places=2) | st.none(),
        "breite": st.integers(1, 3),
        "farbe": st.sampled_from(["DDEEFF", "auto"]),
        "spalten": st.lists(_text, min_size=1, max_size=5),
        "zeilen": st.lists(
            st.fixed_dictionaries(
                {
                    "text": _text,
                    "farbe": st.sampled_from(["FFEECC", "auto"]),
                    "werte": st.lists(_text, max_size=3),
                }
            ),
            min_size=1,
            max_size=4,
        ),
    }
)

_compiled: dict[str, tuple[CleanedDocx, CompiledTemplate]] = {}


def _template(name: str) -> tuple[CleanedDocx, CompiledTemplate]:
    if name not in _compiled:
        cleaned = clean_docx(CORPUS[name]())
        assert not has_errors(check_template(cleaned, None))
        _compiled[name] = cleaned, compile_template(cleaned)
    return _compiled[name]


@pytest.mark.parametrize("name", sorted(CORPUS))
@settings(max_examples=40, deadline=None)
@given(context=_contexts)
def test_every_part_equals_docxtpl(name: str, context: dict[str, object]) -> None:
    cleaned, compiled = _template(name)
    whole = {**SYSTEM, **context}
    assert canonical(compiled.fill(whole)) == canonical(by_docxtpl(cleaned, whole))


_PLAIN = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1
).filter(lambda text: not set(text) & set("*_\ufffe\uffff"))
_pieces = st.lists(
    st.tuples(_PLAIN, st.sampled_from(["", "**", "*", "__"])), min_size=1, max_size=5
)


@settings(max_examples=60, deadline=None)
@given(pieces=_pieces)
def test_emphasised_text_equals_docxtpls_rich_text(pieces: list[tuple[str, str]]) -> None:
    # A blank between two pieces keeps their marks apart, and belongs to the text.
    spread = [part for piece in pieces for part in (piece, (" ", ""))]

    def rich(_value: str) -> RichText:
        text = RichText()
        joined: list[tuple[str, str]] = []
        for content, mark in spread:
            if joined and not mark and not joined[-1][1]:
                joined[-1] = (joined[-1][0] + content, "")
            else:
                joined.append((content, mark))
        for content, mark in joined:
            text.add(content, bold=mark == "**", italic=mark == "*", underline=mark == "__")
        return text

    cleaned = clean_docx(docx_of("Bemerkung: {{r text|gestaltet }} Ende"))
    context = {**SYSTEM, "text": "".join(mark + content + mark for content, mark in spread)}
    ours = compile_template(cleaned).fill(context)
    assert canonical(ours) == canonical(by_docxtpl(cleaned, context, rich=rich))


def test_emphasis_keeps_the_look_of_its_place() -> None:
    document = docx.Document()
    run = document.add_paragraph().add_run("Vor {{r text|gestaltet }} nach")
    run.font.name, run.font.size = "Arial", docx.shared.Pt(9)
    compiled = compile_template(clean_docx(saved(document)))
    filled = compiled.fill({**SYSTEM, "text": "eins **zwei *drei*** & <b>"})
    runs = [run for run in docx.Document(io.BytesIO(filled)).paragraphs[0].runs if run.text]
    assert [(run.text, bool(run.bold), bool(run.italic)) for run in runs] == [
        ("Vor ", False, False),
        ("eins ", False, False),
        ("zwei ", True, False),
        ("drei", True, True),
        (" & <b>", False, False),
        (" nach", False, False),
    ]
    assert {(run.font.name, run.font.size.pt) for run in runs} == {("Arial", 9)}
    order = [child.tag for child in runs[3]._r.rPr]
    assert order == [qn("w:rFonts"), qn("w:b"), qn("w:i"), qn("w:sz")]


def _photo(kind: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (10, 120, 30)).save(stream, kind)
    return stream.getvalue()


def _drawings(document: bytes, part: str) -> list[tuple[bytes, bytes]]:
    """Return each picture's canonical drawing without its names, and the bytes it shows."""
    root = etree.fromstring(member(document, f"word/{part}.xml"))
    rels = etree.fromstring(member(document, f"word/_rels/{part}.xml.rels"))
    targets = {one.get("Id"): str(one.get("Target")) for one in rels}
    found = []
    for drawing in root.iter(qn("w:drawing")):
        blip = next(drawing.iter(qn("a:blip")))
        target = targets[blip.get(qn("r:embed"))]
        path = target.lstrip("/") if target.startswith("/") else f"word/{target}"
        blip.set(qn("r:embed"), "")
        for named in drawing.iter(qn("wp:docPr"), qn("pic:cNvPr")):
            for attribute in list(named.attrib):
                del named.attrib[attribute]
        for extra in list(drawing.iter(qn("wp:cNvGraphicFramePr"))):
            extra.getparent().remove(extra)
        inline = drawing[0]
        for distance in ("distT", "distB", "distL", "distR"):
            inline.attrib.pop(distance, None)
        for element in drawing.iter():
            element.text = element.tail = None
        etree.cleanup_namespaces(drawing)
        found.append(
            (etree.tostring(drawing, method="c14n", exclusive=True), member(document, path))
        )
    return found


def _picture_template() -> bytes:
    document = docx.Document()
    document.add_paragraph("{%p for foto in fotos %}")
    document.add_paragraph("Bild: {{ foto|bild(6) }} ({{ foto }})")
    document.add_paragraph("{%p endfor %}")
    document.sections[0].header.paragraphs[0].text = "{{ unterschrift|bild(3) }}"
    return saved(document)


def test_pictures_equal_docxtpls_and_are_told_apart() -> None:
    cleaned = clean_docx(_picture_template())
    photo = _photo("PNG")
    files = [AttachedFile(f"{number}.png", f"id{number}", "") for number in range(3)]
    context = {**SYSTEM, "fotos": files, "unterschrift": files[0]}
    compiled = compile_template(cleaned)
    assert compiled.shows_uploads
    filled = compiled.fill(context, {ATTACHED + file.identity: photo for file in files})
    theirs = by_docxtpl(cleaned, context, picture=photo)
    for part in ("document", "header1"):
        ours, others = _drawings(filled, part), _drawings(theirs, part)
        assert [drawing for drawing, _content in ours] == [drawing for drawing, _ in others]
        shown = [Image.open(io.BytesIO(content)).convert("RGB") for _drawing, content in ours]
        asked = [Image.open(io.BytesIO(content)).convert("RGB") for _drawing, content in others]
        assert [one.tobytes() for one in shown] == [one.tobytes() for one in asked]
    body = member(filled, "word/document.xml").decode()
    numbers = re.findall(r'<wp:docPr id="(\d+)"', body)
    assert len(numbers) == len(set(numbers)) == 3
    # One and the same picture is one part, however often it is shown.
    assert sum(name.startswith("word/media/daten-") for name in names(filled)) == 1
    assert len(docx.Document(io.BytesIO(filled)).inline_shapes) == 3
    assert compiled.fill(context, {ATTACHED + file.identity: photo for file in files}) == filled


def test_a_photo_loses_where_it_was_taken_and_what_nobody_prints() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Kinderzimmer, Musterweg 7"
    stream = io.BytesIO()
    Image.new("RGB", (4_000, 3_000), (9, 9, 9)).save(stream, "JPEG", exif=exif)
    compiled = compile_template(clean_docx(docx_of("{{ foto|bild(6) }}")))
    file = AttachedFile("foto.jpg", "a", "")
    filled = compiled.fill({**SYSTEM, "foto": [file]}, {ATTACHED + "a": stream.getvalue()})
    [media] = [name for name in names(filled) if name.startswith("word/media/")]
    assert b"Musterweg" not in member(filled, media)
    assert Image.open(io.BytesIO(member(filled, media))).width == 522


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"x", "beschädigt"), (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "beschädigt")],
)
def test_damaged_pictures_are_told(content: bytes, says: str) -> None:
    compiled = compile_template(clean_docx(docx_of("Foto {{ foto|bild }}")))
    context = {**SYSTEM, "foto": AttachedFile("foto.png", "a", "")}
    with pytest.raises(FillingFailed, match=says):
        compiled.fill(context, {ATTACHED + "a": content})


def test_pixel_bombs_and_floods_of_pictures_are_refused() -> None:
    stream = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(stream, "PNG")
    compiled = compile_template(clean_docx(docx_of("{% for f in fotos %}{{ f|bild }}{% endfor %}")))
    file = AttachedFile("foto.png", "a", "")
    with pytest.raises(FillingFailed, match="zu viele Bildpunkte"):
        compiled.fill({**SYSTEM, "fotos": [file]}, {ATTACHED + "a": stream.getvalue()})
    with pytest.raises(FillingFailed, match="mehr als 200 Bilder"):
        context = {**SYSTEM, "fotos": [file] * (MAX_PICTURES + 1)}
        compiled.fill(context, {ATTACHED + "a": _photo()})


def test_what_is_no_picture_is_named() -> None:
    compiled = compile_template(clean_docx(docx_of("{{ a|bild }}|{{ b|bild }}|{{ c|bild(4) }}")))
    context = {**SYSTEM, "a": AttachedFile("x.pdf", "p", ""), "b": "frei", "c": None}
    text = docx.Document(io.BytesIO(compiled.fill(context))).paragraphs[0].text
    assert text == "x.pdf|frei|"


def test_a_chart_shows_and_tells_its_figures() -> None:
    compiled = compile_template(
        clean_docx(docx_of("{{ kosten|balkendiagramm('was', 'betrag', 12) }}"))
    )
    rows = [
        {"was": 'Über "Personal"', "betrag": "72400.50"},
        {"was": "Rückgabe", "betrag": -300},
        {"was": "Offen", "betrag": None},
    ]
    filled = compiled.fill({**SYSTEM, "kosten": rows})
    [shape] = docx.Document(io.BytesIO(filled)).inline_shapes
    heard = shape._inline.docPr.get("descr")
    assert heard == 'Balkendiagramm: Über "Personal": 72.400,50; Rückgabe: -300'
    assert shape.width.cm == pytest.approx(12, abs=0.01)
    assert compiled.fill({**SYSTEM, "kosten": rows}) == filled
    assert "daten-" not in " ".join(names(compiled.fill({**SYSTEM, "kosten": []})))


def test_a_chart_writes_umlauts() -> None:
    """A font without them draws the same empty box for each."""

    def drawn(name: str) -> bytes:
        return bar_chart([(name, Decimal(1))], 10).content

    assert len({drawn(letter) for letter in "äöüÄÖÜß€–"}) == 9


@pytest.mark.parametrize("value", ["FF", "red", '"/><w:x', "GGGGGG"])
def test_only_colours_are_colours(value: str) -> None:
    compiled = compile_template(clean_docx(docx_of(rows=[["{% cellbg farbe %}x"]])))
    with pytest.raises(FillingFailed, match="keine Farbe"):
        compiled.fill({**SYSTEM, "farbe": value})


def test_new_relationships_never_take_an_id_that_is_in_use() -> None:
    link = OxmlElement("w:hyperlink")
    document = docx.Document()
    line = document.add_paragraph("{{ foto|bild }}")
    relation = document.part.relate_to("https://example.org/", f"{R}/hyperlink", is_external=True)
    link.set(qn("r:id"), relation)
    line._p.append(link)
    data = saved(document)
    data = _renamed(data, relation, "daten1")
    compiled = compile_template(clean_docx(data))
    context = {**SYSTEM, "foto": AttachedFile("a.png", "a", "")}
    filled = compiled.fill(context, {ATTACHED + "a": _photo()})
    rels = etree.fromstring(member(filled, "word/_rels/document.xml.rels"))
    identifiers = [one.get("Id") for one in rels]
    assert len(identifiers) == len(set(identifiers))
    assert "daten1" in identifiers


def _renamed(data: bytes, old: str, new: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name in ("word/document.xml", "word/_rels/document.xml.rels"):
        members[name] = members[name].replace(f'"{old}"'.encode(), f'"{new}"'.encode())
    return zipped(members)
