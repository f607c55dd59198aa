"""What cleaning keeps, mends and removes."""

from __future__ import annotations

import io

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from lxml import etree

from document_templates.cleaning import clean_docx
from document_templates.findings import TemplateRefused
from tests.support.docx_files import (
    W,
    docx_of,
    member,
    names,
    paragraph,
    plain_members,
    relationships,
    saved,
    text_of,
    zipped,
)


def _runs(*pieces: str) -> str:
    runs = "".join(
        f'<w:r><w:rPr><w:b/></w:rPr><w:t>{piece}</w:t></w:r><w:proofErr w:type="x"/>'
        for piece in pieces
    )
    return f"<w:p>{runs}</w:p>"


def _texts(body: str) -> list[str]:
    root = etree.fromstring(
        member(clean_docx(zipped(plain_members(body))).data, "word/document.xml")
    )
    return [element.text or "" for element in root.iter(f"{{{W}}}t")]


def test_same_upload_same_bytes() -> None:
    data = docx_of("{{ name }}", rows=[["a"]], header="Kopf")
    assert clean_docx(data).data == clean_docx(data).data


def test_a_cleaned_template_stays_as_it_is() -> None:
    once = clean_docx(docx_of("{{ name }}", rows=[["a"]], header="Kopf")).data
    assert clean_docx(once).data == once


@pytest.mark.parametrize(
    ("pieces", "texts"),
    [
        (("{{ na", "me }}"), ["{{ name }}"]),
        (("a {", "{ x }", "} b"), ["a {{ x }}", " b"]),
        (("{", "% if x ", "%}A{", "% endif %", "} c"), ["{% if x %}", "A{% endif %}", " c"]),
        (("{{ „a“ ", "}} und „b“"), ['{{ "a" }}', " und „b“"]),
        (("{{ x|default(’leer‘) }}",), ["{{ x|default('leer') }}"]),
        (("{{\u00a0x\u200b.y\u202e }}",), ["{{ x.y }}"]),
        (("{% tr for z in x %}",), ["{%tr for z in x %}"]),
        (("ohne ", "Marke"), ["ohne ", "Marke"]),
        (("{{ a }}{{ ", "b }}{{ c", " }}"), ["{{ a }}{{ b }}", "{{ c }}"]),
    ],
)
def test_torn_tags_are_mended(pieces: tuple[str, ...], texts: list[str]) -> None:
    assert _texts(_runs(*pieces)) == texts


def test_a_tag_over_a_line_break_is_one_tag() -> None:
    body = "<w:p><w:r><w:t>{{ a</w:t><w:br/><w:t>.b }}</w:t></w:r></w:p>"
    assert _texts(body) == ["{{ a .b }}"]


def test_tab_stops_are_kept() -> None:
    body = (
        '<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="700"/></w:tabs></w:pPr>'
        "<w:r><w:t>{{ a</w:t></w:r><w:r><w:t> }}</w:t></w:r></w:p>"
    )
    cleaned = clean_docx(zipped(plain_members(body))).data
    assert b'w:pos="700"' in member(cleaned, "word/document.xml")


def test_language_is_german_everywhere() -> None:
    document = docx.Document()
    run = document.add_paragraph().add_run("Text")
    for value in ("en-US", "tr-TR"):
        mark = OxmlElement("w:lang")
        mark.set(qn("w:val"), value)
        run._r.get_or_add_rPr().append(mark)
    cleaned = clean_docx(saved(document)).data
    styles = etree.fromstring(member(cleaned, "word/styles.xml"))
    marks = [mark.get(f"{{{W}}}val") for mark in styles.iter(f"{{{W}}}lang")]
    assert marks == ["de-DE"]
    text = member(cleaned, "word/document.xml")
    assert b"en-US" not in text
    assert b"tr-TR" in text
    assert docx.Document(io.BytesIO(cleaned)).core_properties.language == "de-DE"


def test_a_document_without_styles_gets_the_language() -> None:
    cleaned = clean_docx(zipped(plain_members(paragraph("Text")))).data
    (styles,) = [name for name in names(cleaned) if "styles" in name]
    assert b'w:lang w:val="de-DE"' in member(cleaned, styles)


def test_persons_leave_no_trace() -> None:
    document = docx.Document()
    paragraph_ = document.add_paragraph("Text")
    document.add_comment(paragraph_.runs, text="Bitte prüfen, Frau Geheim", author="Erika Geheim")
    document.core_properties.author = "Erika Geheim"
    document.core_properties.last_modified_by = "Erika Geheim"
    cleaned = clean_docx(saved(document))
    for name in names(cleaned.data):
        assert b"Geheim" not in member(cleaned.data, name)
        assert b"comment" not in member(cleaned.data, name)
    assert any("Kommentare" in finding.message for finding in cleaned.findings)
    assert any("Verfassers" in finding.message for finding in cleaned.findings)


def test_only_known_parts_survive() -> None:
    cleaned = clean_docx(docx_of("Text", header="Kopf", footer="Fuß")).data
    assert not any("Effects" in name or "thumbnail" in name for name in names(cleaned))
    assert not any("customXml" in name or "app.xml" in name for name in names(cleaned))
    assert "Kopf" in docx.Document(io.BytesIO(cleaned)).sections[0].header.paragraphs[0].text


def test_unused_table_styles_are_pruned_and_used_ones_stay() -> None:
    document = docx.Document()
    document.add_table(rows=1, cols=1).style = "Light Grid Accent 1"
    before = member(saved(document), "word/styles.xml")
    after = member(clean_docx(saved(document)).data, "word/styles.xml")
    assert len(after) < len(before) / 4
    assert b"LightGrid-Accent1" in after
    assert b"MediumShading1" not in after


def test_web_links_stay_and_others_lose_their_target() -> None:
    targets = {
        "rId1": "https://example.org/a?b=c",
        "rId2": "mailto:amt@example.org",
        "rId3": "file:///etc/passwd",
        "rId4": "\\\\server\\share\\x",
        "rId5": "javascript:alert(1)",
    }
    body = "<w:p>" + "".join(
        f'<w:hyperlink r:id="{identifier}"><w:r><w:t>{identifier} </w:t></w:r></w:hyperlink>'
        for identifier in targets
    )
    members = plain_members(body + "</w:p>")
    members["word/_rels/document.xml.rels"] = relationships(
        *((identifier, "hyperlink", target, True) for identifier, target in targets.items()),
        ("rId6", "attachedTemplate", "http://127.0.0.1:9/x.dotm", True),
        ("rId7", "image", "http://127.0.0.1:9/x.png", True),
    )
    cleaned = clean_docx(zipped(members))
    rels = member(cleaned.data, "word/_rels/document.xml.rels").decode()
    assert "https://example.org/a?b=c" in rels
    assert "mailto:amt@example.org" in rels
    for word in ("file:", "server", "javascript", "127.0.0.1"):
        assert word not in rels
    assert [text.strip() for text in _texts_of(cleaned.data)] == list(targets)
    notices = " ".join(finding.message for finding in cleaned.findings)
    assert "file:///etc/passwd" in notices


def _texts_of(data: bytes) -> list[str]:
    root = etree.fromstring(member(data, "word/document.xml"))
    return [element.text or "" for element in root.iter(f"{{{W}}}t")]


def test_page_numbers_and_contents_are_harmless_fields() -> None:
    body = "".join(
        f'<w:p><w:fldSimple w:instr="{field}"><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>'
        for field in (
            " PAGE ",
            "NUMPAGES \\* Arabic",
            " TOC \\o &quot;1-3&quot; \\h ",
            " REF a \\h ",
        )
    )
    cleaned = clean_docx(zipped(plain_members(body)))
    assert cleaned.findings == ()
    assert b"NUMPAGES" in member(cleaned.data, "word/document.xml")


def test_tracked_changes_name_the_paragraph() -> None:
    body = paragraph("Erster") + (
        '<w:p><w:r><w:t>Die Frist beträgt </w:t></w:r><w:del w:id="1"><w:r>'
        "<w:delText>drei</w:delText></w:r></w:del></w:p>"
    )
    with pytest.raises(TemplateRefused) as refusal:
        clean_docx(zipped(plain_members(body)))
    (finding,) = refusal.value.findings
    assert finding.paragraph == "Die Frist beträgt"
    assert finding.part == "Text"


def test_all_reasons_are_told_at_once() -> None:
    body = "<w:p><w:r><w:t>A</w:t><w:object/></w:r></w:p>" + (
        '<w:p><w:r><w:t>B</w:t></w:r><w:fldSimple w:instr="DDE x"/></w:p>'
    )
    with pytest.raises(TemplateRefused) as refusal:
        clean_docx(zipped(plain_members(body)))
    assert [finding.paragraph for finding in refusal.value.findings] == ["A", "B"]


def test_settings_that_load_or_protect_are_removed() -> None:
    members = plain_members(paragraph("Text"))
    members["word/_rels/document.xml.rels"] = relationships(
        ("rId1", "settings", "settings.xml", False)
    )
    members["word/settings.xml"] = (
        f'<w:settings xmlns:w="{W}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/'
        '2006/relationships"><w:attachedTemplate r:id="rId1"/><w:mailMerge/><w:zoom/>'
        "<w:documentProtection/><w:evenAndOddHeaders/></w:settings>"
    ).encode()
    cleaned = clean_docx(zipped(members))
    left = member(cleaned.data, "word/settings.xml")
    for word in (b"attachedTemplate", b"mailMerge", b"documentProtection"):
        assert word not in left
    assert b"evenAndOddHeaders" in left
    assert len(cleaned.findings) == 2


def test_the_text_is_unchanged() -> None:
    data = docx_of("Sehr geehrte Frau „Groß“,", "vielen Dank – bis bald.", rows=[["a", "b"]])
    assert text_of(clean_docx(data).data) == text_of(data)
