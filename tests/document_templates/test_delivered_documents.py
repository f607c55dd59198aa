"""What is delivered holds its text and nothing about those who wrote it."""

from __future__ import annotations

import ast
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.shared import Cm
from PIL import Image, PngImagePlugin

from document_templates.blank_forms import BlankForm, blank_form_docx
from document_templates.blank_forms.paper import new_sheet, sheet_bytes
from document_templates.cleaning import clean_docx
from document_templates.committee_papers import Paper, committee_paper
from document_templates.compiling import compile_template
from document_templates.framing.composing import FrameParts, compose_frame
from document_templates.framing.placing import place_in_frame
from document_templates.picture_metadata import without_metadata
from document_templates.starting.starter import placeholder_sheet, starter_template
from document_templates.template_check import plain_pictures
from document_templates.verification_block import ensure_verification_block
from forms.definition import parse_definition
from forms.exchange.package_archive import PackageContent, write_package
from forms.exchange.xlsform_writing import write_xlsform
from forms.exports.workbook import WorkbookWriter
from forms.packages import list_packages
from forms.surveys.results import WaveResult
from forms.surveys.returns import Returns
from tests.support.docx_files import MAIN, paragraph, plain_members, saved, zipped

APP = Path(__file__).resolve().parents[2] / "app"
PERSON, COMPANY, PLACE = "Erika Geheim", "Innendienst GmbH", "Laufwerk-S-intern"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006"


def picture(kind: str) -> bytes:
    """A picture that names who took it."""
    target = io.BytesIO()
    image = Image.new("RGB", (40, 30), "teal")
    if kind == "JPEG":
        exif = Image.Exif()
        exif[0x013B], exif[0x8298] = PERSON, COMPANY
        image.save(target, "JPEG", exif=exif, comment=PLACE.encode())
    else:
        words = PngImagePlugin.PngInfo()
        words.add_text("Author", PERSON)
        words.add_itxt("Comment", PLACE, zip=True)
        image.save(target, "PNG", pnginfo=words, exif=b"Exif\0\0" + COMPANY.encode())
    return target.getvalue()


def talkative() -> bytes:
    """A Word file that tells all that Word knows of its makers."""
    document = docx.Document()
    properties = document.core_properties
    properties.author = properties.last_modified_by = PERSON
    properties.comments = properties.keywords = properties.category = COMPANY
    document.add_paragraph("Sehr geehrte Frau {{ name }}")
    for kind in ("JPEG", "PNG"):
        document.add_picture(io.BytesIO(picture(kind)), Cm(2))
    for shape in document.inline_shapes:
        shape._inline.docPr.set("descr", "Petrol")
    document.add_comment(document.paragraphs[0].runs, text=PLACE, author=PERSON, initials="EG")
    with zipfile.ZipFile(io.BytesIO(saved(document))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    body = members["word/document.xml"]
    members["word/document.xml"] = body.replace(
        b"<w:p>", b'<w:p w:rsidR="00AB12CD" w:rsidRDefault="00AB12CD">', 1
    )
    settings = members["word/settings.xml"]
    members["word/settings.xml"] = re.sub(
        rb"(<w:settings[^>]*>)",
        rb'\1<w:docVars><w:docVar w:name="Pfad" w:val="' + PLACE.encode() + rb'"/></w:docVars>'
        rb'<w:rsids><w:rsidRoot w:val="00AB12CD"/></w:rsids>',
        settings,
    )
    for name, kind, content in (
        ("docProps/app.xml", "extended-properties", f"<Company>{COMPANY}</Company>"),
        ("docProps/custom.xml", "custom-properties", f"<property name='Pfad'>{PLACE}</property>"),
    ):
        members[name] = f'<Properties xmlns="{PROPERTIES}/{kind}">{content}</Properties>'.encode()
    members["word/people.xml"] = (
        '<w15:people xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml">'
        f'<w15:person w15:author="{PERSON}"/></w15:people>'.encode()
    )
    types = b"</Types>"
    for name, kind in (
        ("/docProps/custom.xml", "vnd.openxmlformats-officedocument.custom-properties+xml"),
        ("/word/people.xml", "vnd.openxmlformats-officedocument.wordprocessingml.people+xml"),
    ):
        entry = f'<Override PartName="{name}" ContentType="application/{kind}"/>'.encode()
        types = entry + types
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(b"</Types>", types)
    members["word/_rels/document.xml.rels"] = members["word/_rels/document.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rIdP" Type="http://schemas.microsoft.com/office/2011/relationships/'
        b'people" Target="people.xml"/></Relationships>',
    )
    return zipped(members)


def filled() -> bytes:
    compiled = compile_template(ensure_verification_block(clean_docx(talkative())))
    context = {
        "name": "Muster", "dokument": {"titel": "Brief"}, "mandant": {"name": "Stadt"},
        "pruefung": {"url": "https://example.org/p", "code": "abc"},
    }  # fmt: skip
    return compiled.fill(context, plain_pictures(compiled, context))


def framed() -> bytes:
    frame = compose_frame(FrameParts([picture("PNG")], "{{ mandant.name }}", "Fuß"))
    return place_in_frame(clean_docx(talkative()), clean_docx(frame)).data


FORM = parse_definition(list_packages()[0].form_document)

PAPER = Paper(
    committee="Ausschuss", office="Amt", title="Befragung", wave="2026", period="Mai bis Juni",
    made_on="01.07.2026",
    result=WaveResult(returns=Returns(issued=90, returned=80, evaluable=70), threshold=5, items=()),
)  # fmt: skip


def packed() -> bytes:
    """The template in a package that somebody takes along."""
    content = PackageContent(clean_docx(talkative()).data, "Brief")
    package = write_package(
        list_packages()[0].form_document, content, version="1.0.0", author="Stadt"
    )
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith(".docx")]
        return archive.read(name)


WORD_FILES: dict[str, Callable[[], bytes]] = {
    "filled template": filled,
    "template in a frame": framed,
    "frame": lambda: compose_frame(FrameParts([picture("PNG"), picture("JPEG")], "Kopf", "Fuß")),
    "starter": lambda: starter_template(FORM),
    "list of placeholders": lambda: placeholder_sheet(FORM),
    "sheet": lambda: sheet_bytes(new_sheet("Titel", "Amt")),
    "cleaned template": lambda: clean_docx(talkative()).data,
    "template of a package": packed,
    "blank form": lambda: blank_form_docx(BlankForm(FORM, {}, "Stadt", "Amt")),
    "paper for a committee": lambda: committee_paper(PAPER),
}
PLACES = {
    "commands.demo.demo": "filled template",
    "commands.documents.render": "filled template",
    "commands.form_exchange.print_form": "blank form",
    "views.bulk_runs.recipients.preview": "filled template",
    "views.documents.download": "filled template",
    "views.form_export.package": "template of a package",
    "views.frames.showing.download": "frame",
    "views.surveys.results.draft_paper": "paper for a committee",
    "views.template_starting.sheet": "list of placeholders",
    "views.template_starting.starter": "starter",
    "views.templates.download": "cleaned template",
}
"""What each page and command that gives away a Word file gives away."""
WITHOUT = {
    "commands.documents.check",  # reads one
    "views.archive_offers.package",  # holds PDF files
    "views.bulk_runs.recipients.recipient",  # links to the preview
    "views.templates.upload",  # takes one in
}
"""Pages and commands that speak of Word files and give none away."""


def places_that_deliver() -> set[str]:
    """Return every page and command that speaks of Word files or of packages with one."""
    found: set[str] = set()
    for path in sorted(APP.rglob("*.py")):
        module = path.relative_to(APP).with_suffix("").as_posix().replace("/", ".")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and _is_reached(function):
                said = ast.unparse(function)
                if re.search(r"docx|DOCX|wordprocessingml|paket\.zip", said):
                    found.add(f"{module}.{function.name}")
    return found


def _is_reached(function: ast.FunctionDef) -> bool:
    """Say whether a decorator makes the function a page or a command."""
    names = {
        one.func.attr
        for one in function.decorator_list
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)
    }
    return bool(names & {"get", "post", "route", "command", "expose"})


def test_no_place_that_gives_away_a_word_file_is_forgotten() -> None:
    assert places_that_deliver() == PLACES.keys() | WITHOUT
    assert set(PLACES.values()) <= WORD_FILES.keys()


def test_the_source_tells_everything() -> None:
    """The control: what is looked for below is there before."""
    with zipfile.ZipFile(io.BytesIO(talkative())) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
        assert "word/comments.xml" in archive.namelist()
    for secret in (PERSON, COMPANY, PLACE, "00AB12CD"):
        assert secret.encode() in content


@pytest.mark.parametrize("make", WORD_FILES.values(), ids=WORD_FILES.keys())
def test_a_delivered_word_file_tells_nothing_of_its_makers(make: Callable[[], bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(make())) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
        dates = {entry.date_time for entry in archive.infolist()}
    unwanted = re.compile(
        r"comments|people|custom|app\.xml|thumbnail|webSettings|printer|glossary|vba|\.bin$"
    )
    assert [name for name in members if unwanted.search(name)] == []
    assert len(dates) == 1, "the times of making do not show"
    for name, content in members.items():
        for secret in (PERSON, COMPANY, PLACE, "00AB12CD", "python-docx", "docxtpl"):
            assert secret.encode() not in content, (name, secret)
        if name.startswith("word/") and name.endswith(".xml"):
            marks = rb"w:rsid|<w:(ins|del|moveFrom|moveTo|commentReference|docVar)\b|w:author="
            assert re.search(marks, content) is None, name
    properties = docx.Document(io.BytesIO(make())).core_properties
    assert properties.last_modified_by == properties.comments == properties.category == ""


def test_a_workbook_names_no_maker() -> None:
    writer, target = WorkbookWriter(), io.BytesIO()
    writer.append(writer.add_sheet("Tabelle", ["Kopf"]), ["Wert"])
    writer.save(target)
    form = write_xlsform(list_packages()[0].form_document).data
    for content in (target.getvalue(), form):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            written = b"".join(archive.read(name) for name in archive.namelist())
        assert b"docProps/core.xml" in content
        assert b"openpyxl" not in written
        assert b"creator" not in written
        assert b"lastModifiedBy" not in written


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_keeps_its_points_and_nothing_else(kind: str) -> None:
    before = picture(kind)
    after = without_metadata(before)
    assert PERSON.encode() in before
    for secret in (PERSON, COMPANY, PLACE):
        assert secret.encode() not in after
    with Image.open(io.BytesIO(before)) as old, Image.open(io.BytesIO(after)) as new:
        assert old.tobytes() == new.tobytes()
        assert not new.getexif()
    assert without_metadata(after) == after


@pytest.mark.parametrize("size", [3, 10, 25, 60])
def test_a_broken_picture_is_left_to_those_who_refuse_it(size: int) -> None:
    for kind in ("JPEG", "PNG"):
        assert without_metadata(picture(kind)[:size]) == picture(kind)[:size]


def test_tracked_changes_do_not_get_through() -> None:
    members = plain_members(
        f'<w:p><w:ins w:author="{PERSON}" w:id="1"><w:r><w:t>Neu</w:t></w:r></w:ins></w:p>'
        + paragraph("Text")
    )
    assert MAIN.encode() in members["[Content_Types].xml"]
    with pytest.raises(Exception, match="nachverfolgte Änderungen"):
        clean_docx(zipped(members))
