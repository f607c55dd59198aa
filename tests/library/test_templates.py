"""The shipped templates: made by their generator, accepted by the check, filled with samples."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import pytest
from lxml import etree
from PIL import Image, ImageChops

from document_templates.assignment import Assignment, TemplateSource
from document_templates.checked_templates import fit_findings
from document_templates.clauses.shipped import package_clauses
from document_templates.cleaning import clean_docx
from document_templates.findings import has_errors
from forms.definition import parse_definition
from forms.packages import Package, list_packages, read_package
from tests.support.library_filling import fill_sample, resolved_template, sample_context
from tools.library.__main__ import BUILDERS
from tools.library.packaging import docx_bytes

PACKAGES = [package for package in list_packages() if package.template_bytes]
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _id(package: Package) -> str:
    return package.name


def text_of_docx(docx: bytes) -> str:
    """Return the text of a document with its heads and feet."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        names = [n for n in archive.namelist() if re.match(r"word/(document|header|footer)", n)]
        roots = [etree.fromstring(archive.read(name)) for name in names]
    return "\n".join(
        "".join(t.text or "" for t in p.iter(f"{W}t")) for root in roots for p in root.iter(f"{W}p")
    )


def _filled(name: str, number: int = 1) -> str:
    package = read_package(name)
    return text_of_docx(fill_sample(package, package.samples[number - 1]))


@pytest.mark.parametrize("package", PACKAGES, ids=_id)
def test_template_is_what_its_generator_makes(package: Package) -> None:
    made = docx_bytes(BUILDERS[package.name]())
    assert made == docx_bytes(BUILDERS[package.name]())
    with (
        zipfile.ZipFile(io.BytesIO(made)) as new,
        zipfile.ZipFile(io.BytesIO(package.template_bytes)) as shipped,
    ):
        assert new.namelist() == shipped.namelist()
        for name in new.namelist():
            if not name.endswith(".png"):
                assert new.read(name) == shipped.read(name), name
                continue
            # Another zlib may pack a picture differently; its dots are what counts.
            one, other = (Image.open(io.BytesIO(z.read(name))) for z in (new, shipped))
            assert ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox() is None


@pytest.mark.parametrize("package", PACKAGES, ids=_id)
def test_check_finds_nothing(package: Package) -> None:
    assert clean_docx(package.template_bytes).findings == ()
    cleaned, clauses = resolved_template(package), package_clauses(package)
    definition = parse_definition(package.form_document)
    assert not has_errors(fit_findings(cleaned, clauses, definition))


@pytest.mark.parametrize("package", PACKAGES, ids=_id)
def test_template_has_what_an_official_document_needs(package: Package) -> None:
    with zipfile.ZipFile(io.BytesIO(package.template_bytes)) as archive:
        parts = {
            name: archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith(".xml")
        }
    whole = "".join(parts.values())
    assert 'descr="mandant.logo"' in whole
    assert 'descr="pruefung.qr"' in parts["word/document.xml"]
    assert "<w:tblHeader/>" in parts["word/document.xml"]
    assert 'w:lang w:val="de-DE"' in parts["word/styles.xml"]
    assert "{{ dokument.titel }}" in parts["docProps/core.xml"]
    footers = [text for name, text in parts.items() if "footer" in name]
    assert len(footers) == 2
    assert all(" NUMPAGES " in text and "{{ dokument.nummer }}" in text for text in footers)
    headers = [text for name, text in parts.items() if "header" in name]
    assert len(headers) == 2
    assert all("{{ dokument.hinweis }}" in text for text in headers)


@pytest.mark.parametrize("package", PACKAGES, ids=_id)
def test_every_sample_fills_its_template(package: Package) -> None:
    for sample in package.samples:
        text = text_of_docx(fill_sample(package, sample))
        assert "Demonstrationsdokument – ohne Rechtswirkung" in text
        assert "https://siegel.example.org/pruefen/" in text
        assert "{{" not in text
        assert "{%" not in text
        assert "None" not in text
        assert not re.search(r"\d €", text), "a breaking space before the euro sign"


@pytest.mark.parametrize("package", PACKAGES, ids=_id)
def test_what_was_filled_in_has_a_hash(package: Package) -> None:
    """Times once had none, and the document failed at its very end."""
    hashes = set()
    for sample in package.samples:
        assignment = Assignment(
            request_id="", submission_id="",
            recipient="", organisation_id=None, organisation_name="",
            number="", version=1, title="", data_class="K1", verification_code="", sealed_by="",
            place="", is_demo=True, template=TemplateSource("", "", "", ""),
            context=sample_context(package, sample), uploads=(), pictures={},
        )  # fmt: skip
        hashes.add(assignment.context_sha256)
    assert len(hashes) == len(package.samples)


@pytest.mark.parametrize("package", PACKAGES, ids=_id)
def test_there_is_no_line_for_a_signature(package: Package) -> None:
    text = text_of_docx(package.template_bytes)
    assert "____" not in text
    assert "Ort, Datum" not in text


def test_calculation_prints_every_step() -> None:
    text = _filled("fachleistungsstunde")
    for figure in (
        "72.400,00\u00a0€", "10.860,00\u00a0€", "7.240,00\u00a0€", "90.500,00\u00a0€", "250 Tage",
        "203 Tage", "7,80 h", "1.583,40 h", "190,008 h", "1.393,392 h", "64,949418", "64,95\u00a0€",
        "67,22\u00a0€", "Stand 01.03.2026",
    ):  # fmt: skip
        assert figure.replace(" h", "\u00a0h").replace(" Tage", "\u00a0Tage") in text, figure


def test_names_with_special_characters_appear_literally() -> None:
    assert "Müller & Söhne Jugendhilfe gGmbH" in _filled("fachleistungsstunde", 4)


def test_grant_prints_repayment_and_reasons() -> None:
    text = _filled("verwendungsnachweis")
    assert "1.250,00\u00a0€" in text
    assert "sind 4 Kommunen beteiligt" in text
    assert "barrierefrei überarbeitet werden" in text


def test_agreement_has_a_column_for_each_partner() -> None:
    package = read_package("kooperationsvereinbarung-kindertagespflege")
    with zipfile.ZipFile(io.BytesIO(fill_sample(package, package.samples[0]))) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    tables = [
        [len(row.findall(f"{W}tc")) for row in table.iter(f"{W}tr")]
        for table in root.iter(f"{W}tbl")
    ]
    assert [5] * 16 in tables
    assert [5] * 10 in tables
    for table in root.iter(f"{W}tbl"):
        grid = [int(column.get(f"{W}w")) for column in table.iter(f"{W}gridCol")]
        assert abs(sum(grid) - 9354) < 20, "165 mm wide"


def test_agreement_has_the_clause_that_suits_the_chosen_law() -> None:
    text = _filled("kooperationsvereinbarung-kindertagespflege")
    assert "wendet das Datenschutzrecht an, das für ihn gilt" in text
    assert "70\u00a0Jahre" in text or "70 Jahre" in text
    # Optional, and nobody chose it.
    assert "Haftpflichtversicherung" not in text
    package = read_package("kooperationsvereinbarung-kindertagespflege")
    church = replace(package.samples[0], data={**package.samples[0].data, "datenschutz": "kdg"})
    assert "Kirchlichen Datenschutz (KDG)" in text_of_docx(fill_sample(package, church))


def test_internal_note_is_not_printed() -> None:
    package = read_package("zielvereinbarung-kindertagespflege")
    note = sample_context(package, package.samples[0])["notiz_intern"]
    assert isinstance(note, str)
    assert note not in _filled("zielvereinbarung-kindertagespflege")


def test_report_prints_the_chosen_facility_and_its_column() -> None:
    assert "Kita Ahornweg, Ahornweg 3" in _filled("hilfebericht")
    assert "Kita Ahornweg" not in _filled("hilfebericht", 2)
