"""Whatever is uploaded is refused in German or becomes a document; nothing else can happen.

The suite tries a few hundred files. ``make fuzz`` tries for longer: ``make fuzz EXAMPLES=20000``.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from document_templates.checking import check_template
from document_templates.cleaning import clean_docx
from document_templates.compiling import compile_template
from document_templates.findings import FillingFailed, TemplateRefused, has_errors
from document_templates.template_check import check_document, plain_pictures
from tests.document_templates.hostile import REFUSED_BY_CHECKING, REFUSED_BY_CLEANING
from tests.document_templates.hostile_expressions import BOMBS, ESCAPES
from tests.document_templates.test_delivered_documents import talkative
from tests.support.docx_files import docx_of, paragraph, plain_members, zipped

EXAMPLES = int(os.environ.get("SIEGEL_FUZZ_EXAMPLES", "60"))
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=timedelta(seconds=20),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
CONTEXT: dict[str, object] = {
    "x": "Wert & <mehr>", "y": [{"a": 1}, {"a": None}], "mandant": {"name": "Stadt"},
    "dokument": {"titel": "Brief"}, "pruefung": {"url": "https://example.org/p", "code": "c"},
}  # fmt: skip
SEEDS = (
    docx_of("Sehr geehrte Frau {{ x }}", "{%p if x %}", "A", "{%p endif %}", rows=[["{{ x }}"]]),
    talkative(),
)
TOKENS = st.sampled_from(
    [
        b"<w:p>", b"</w:p>", b"<w:r>", b"</w:r>", b"<w:t>", b"</w:t>", b"<w:tbl>", b"</w:tbl>",
        b"<w:altChunk r:id='rId1'/>", b"<w:fldSimple w:instr='INCLUDETEXT \"/etc/passwd\"'/>",
        b"{{", b"}}", b"{%", b"%}", b"{#", b"#}", b"{{ x.__class__ }}", b"{%tr", b"{{r", b"|", b"'",
        b'"', b"&amp;", b"&x;", b"&#0;", b"&#x1F600;", b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x ?>", b"\x00", b"\xff\xfe", b"xmlns:w='y'",
        b'TargetMode="External"', b'Target="http://127.0.0.1:9/"', b'Target="../../../etc/passwd"',
        b'r:id="rId1"', b"r:link='rId1'", b"<mc:AlternateContent>", b"<w:sdt>", b"<w:ins>",
        b"9" * 400, b"a" * 5000, "ä„“ß".encode(),
    ]
)  # fmt: skip
FRAGMENTS = st.sampled_from(
    [
        "{{ x }}", "{{ y }}", "{{ x", "}}", "{%p if x %}", "{%p endif %}", "{%p else %}",
        "{%tr for z in y %}", "{%tr endfor %}", "{% for z in y %}", "{{ z.a }}", "{% endfor %}",
        "{{r x }}", "{{ x|", "upper", "default('-')", "{# a #}", "{{ y[0].a + 1 }}",
        "{{ x|datum }}", "{% if x == 1 %}", "{% endif %}", "{% cellbg x %}", "{% hm %}",
        "{% vm %}", "{{ 'a' if x else 'b' }}", "Text", "\t", "{{ -x }}",
        "{{ x * 10000000000 }}", "{", "%", "}", *ESCAPES, *BOMBS,
    ]
)  # fmt: skip


def use(data: bytes) -> None:
    """Take a file the whole way: check it, and fill it when it is found usable."""
    report = check_document(data, None)
    for finding in report.findings:
        assert finding.level in ("error", "warning", "notice")
        assert finding.message.strip()
    if report.usable:
        fill(data)
    else:
        assert has_errors(report.findings)


def fill(data: bytes) -> None:
    compiled = compile_template(clean_docx(data))
    try:
        made = compiled.fill(CONTEXT, plain_pictures(compiled, CONTEXT))
    except FillingFailed as failure:
        assert failure.finding.message
        return
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(name))


@FUZZ
@given(data=st.data())
def test_broken_archives(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _turn in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(content) - 1))
        noise = data.draw(st.binary(min_size=1, max_size=8))
        content[at : at + data.draw(st.integers(0, 8))] = noise
    use(bytes(content))


@FUZZ
@given(data=st.data())
def test_broken_parts(data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(data.draw(st.sampled_from(SEEDS)))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for _turn in range(data.draw(st.integers(1, 6))):
        name = data.draw(st.sampled_from(sorted(members)))
        content = members[name]
        at = data.draw(st.integers(0, len(content)))
        end = at + data.draw(st.sampled_from([0, 0, 1, 20]))
        members[name] = content[:at] + data.draw(TOKENS) + content[end:]
    use(zipped(members))


@FUZZ
@given(data=st.data())
def test_swapped_parts(data: st.DataObject) -> None:
    """Parts of hostile files in the place of decent ones."""
    hostile = data.draw(st.sampled_from((*REFUSED_BY_CLEANING[-40:], *REFUSED_BY_CHECKING)))
    with zipfile.ZipFile(io.BytesIO(SEEDS[0])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    try:
        with zipfile.ZipFile(io.BytesIO(hostile.build())) as archive:
            foreign = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        foreign = {"word/document.xml": hostile.build()}
    members.update(
        {name: foreign[name] for name in foreign if data.draw(st.booleans(), label=name)}
    )
    use(zipped(members))


@FUZZ
@given(st.lists(st.lists(FRAGMENTS, max_size=6), max_size=6))
def test_templates_of_fragments(paragraphs: list[list[str]]) -> None:
    texts = ["".join(pieces).replace("&", "&amp;").replace("<", "&lt;") for pieces in paragraphs]
    data = zipped(plain_members("".join(paragraph(text) for text in texts)))
    use(data)
    try:
        cleaned = clean_docx(data)
        compiled = compile_template(cleaned)
    except TemplateRefused:
        return
    # What compiles although the check finds errors is as harmless.
    check_template(cleaned, None)
    try:
        compiled.fill(CONTEXT, plain_pictures(compiled, CONTEXT))
    except FillingFailed:
        return


@FUZZ
@given(st.text(max_size=300), st.integers(0, 3))
def test_any_text_in_a_tag(text: str, kind: int) -> None:
    opening, closing = (("{{", "}}"), ("{%", "%}"), ("{%p", "%}"), ("{{r", "}}"))[kind]
    try:
        data = docx_of(f"{opening} {text} {closing}")
    except ValueError:  # no XML can hold it
        return
    use(data)
