"""The Nachweisseite and the joining of pages: archivable, tagged, the same every time."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Object, Pdf

from document_templates.conversion import Converter
from document_templates.pdfa import check_pdfa
from document_templates.signing.evidence_page import (
    Evidence,
    EvidenceOfParty,
    EvidenceOfPerson,
    evidence_docx,
)
from document_templates.signing.page_joining import PagesNotJoined, count_pages, join_pages
from document_templates.signing.statements import BY_PASSWORD, Statement
from tests.document_templates.pdf.samples import letter

NOW = datetime(2026, 11, 29, 21, 0, 5, tzinfo=UTC)
PERSON = EvidenceOfPerson("Kim Muster", "Vorsitz", "i. V.", "UR 12/2026", NOW, "ab12cd34" * 8)
EVIDENCE = Evidence(
    tenant="Stadt Musterstadt",
    office="Jugendamt",
    title="Leistungsvereinbarung & Anlage <1>",
    number="T-2026-00017",
    version=1,
    pages=2,
    pdf_sha256="0123abcd" * 8,
    level="L1",
    code="0123456789abcdefghjkmnpqrs",
    verification_url="http://localhost:8000/pruefen/0123456789abcdefghjkmnpqrs",
    parties=(EvidenceOfParty("Müller & Söhne <gGmbH>", "einzeln", (PERSON,)),),
)


@pytest.fixture(scope="module")
def converter() -> Iterator[Converter]:
    with Converter() as shared:
        yield shared


@pytest.fixture(scope="module")
def document(converter: Converter) -> bytes:
    return converter.convert(letter("Es gilt:", title="Vereinbarung", pages=2))


@pytest.fixture(scope="module")
def page(converter: Converter) -> bytes:
    return converter.convert(evidence_docx(EVIDENCE), title=EVIDENCE.title)


def words(pdf: bytes) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(done.stdout.decode().split())


def test_the_nachweisseite_says_who_when_and_how(page: bytes) -> None:
    assert check_pdfa(page) == []
    said = words(page)
    for text in (
        "Leistungsvereinbarung & Anlage <1>", "T-2026-00017", "Fassung 1 mit 2 Seiten",
        "Müller & Söhne <gGmbH>", "i. V. Kim Muster", "Vorsitz", "UR 12/2026", "29.11.2026",
        "22:00:05 Uhr", "Sie ersetzt keine Schriftform", "01234-56789-abcde-fghjk-mnpqr-s",
    ):  # fmt: skip
        assert text in said, text


def test_many_signatures_fit_on_more_pages(converter: Converter, document: bytes) -> None:
    parties = tuple(
        EvidenceOfParty(f"Träger {number}", "gemeinsam, 4 Personen", (PERSON,) * 4)
        for number in range(9)
    )
    pages = converter.convert(evidence_docx(replace(EVIDENCE, parties=parties)), title="Nachweis")
    joined = join_pages(document, pages)
    assert count_pages(joined) == count_pages(document) + count_pages(pages)
    assert check_pdfa(joined) == []
    assert words(joined).count("Kim Muster") == 36


def elements(node: Object) -> Iterator[Object]:
    """Yield the tags below ``node``."""
    if isinstance(node, Array):
        for one in node.as_list():
            yield from elements(one)
    elif isinstance(node, Dictionary):
        yield node
        if "/K" in node:
            yield from elements(node.K)


def test_joined_pages_keep_their_content_and_their_tags(document: bytes, page: bytes) -> None:
    joined = join_pages(document, page)
    assert joined == join_pages(document, page)
    assert check_pdfa(joined) == []
    with Pdf.open(io.BytesIO(document)) as old, Pdf.open(io.BytesIO(joined)) as new:
        assert len(new.pages) == 3
        for one, other in zip(old.pages, new.pages, strict=False):
            assert one.Contents.read_raw_bytes() == other.Contents.read_raw_bytes()
        root = new.Root.StructTreeRoot
        places = {one.obj.objgen: number for number, one in enumerate(new.pages)}
        seen = [places[one.Pg.objgen] for one in elements(root.K) if "/Pg" in one]
        assert set(seen) == {0, 1, 2}
        assert seen == sorted(seen)
        numbers = pikepdf.NumberTree(root.ParentTree)
        for number, one in enumerate(new.pages):
            owners = numbers[int(one.obj.StructParents)]
            assert {places[owner.Pg.objgen] for owner in owners.as_list()} == {number}


@pytest.mark.parametrize("broken", [b"", b"%PDF-1.7", b"no pdf at all"])
def test_what_is_no_pdf_is_refused(document: bytes, broken: bytes) -> None:
    with pytest.raises(PagesNotJoined):
        join_pages(document, broken)
    with pytest.raises(PagesNotJoined):
        count_pages(broken)


def test_pages_without_tags_are_refused(document: bytes) -> None:
    with Pdf.new() as plain:
        plain.add_blank_page()
        target = io.BytesIO()
        plain.save(target)
    with pytest.raises(PagesNotJoined, match="barrierefreie"):
        join_pages(document, target.getvalue())


TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=60)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXT, TEXT, TEXT)
def test_any_words_become_the_same_docx_again(name: str, function: str, title: str) -> None:
    evidence = replace(
        EVIDENCE,
        title=title,
        parties=(EvidenceOfParty(name, "einzeln", (replace(PERSON, function=function),)),),
    )
    assert evidence_docx(evidence) == evidence_docx(evidence)


STATEMENT = Statement(
    "s", "u", "T-1", "ab" * 32, "Kim", "Vorsitz", "", "Verein", "L1", BY_PASSWORD, NOW
)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Kim2"}, {"function": "x"}, {"addition": "i. A."}, {"party": "Amt"},
        {"level": "L3"}, {"pdf_sha256": "cd" * 32}, {"signing_id": "t"}, {"signature_id": "v"},
        {"document_number": "T-2"}, {"method": "other"},
        {"signed_at": NOW.replace(second=6)},
    ],
)  # fmt: skip
def test_the_statement_covers_everything(change: dict[str, object]) -> None:
    assert replace(STATEMENT, **change).sha256 != STATEMENT.sha256  # type: ignore[arg-type]
