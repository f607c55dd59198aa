"""Paper: a code on every page that survives printing and scanning, and a scan that is whole."""

from __future__ import annotations

import hashlib
import io
import random
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from document_templates.conversion import Converter
from document_templates.signing.page_joining import PagesNotJoined
from document_templates.signing.paper_copy import (
    PageMark,
    ScanUnreadable,
    mark_pages,
    read_scan,
    scan_problems,
)
from tests.document_templates.pdf.samples import letter

CODE = "0123456789abcdefghjkmnpqrs"
URL = f"http://localhost:8000/pruefen/{CODE}"


@pytest.fixture(scope="module")
def printed() -> Iterator[tuple[bytes, str]]:
    with Converter() as converter:
        pdf = converter.convert(letter("Es gilt:", title="Vertrag", pages=3))
    sha256 = hashlib.sha256(pdf).hexdigest()
    yield mark_pages(pdf, URL, sha256), sha256


def sheets(pdf: bytes, folder: Path, dots: int = 200) -> list[Image.Image]:
    """Return the pages as a scanner sees them: grey, a little turned, blurred and noisy."""
    subprocess.run(
        ["pdftoppm", "-gray", "-r", str(dots), "-", str(folder / "s")], input=pdf, check=True
    )
    chance = random.Random(7)
    found = []
    for file in sorted(folder.glob("s-*")):
        picture = Image.open(file).convert("L")
        turned = picture.rotate(chance.uniform(-2, 2), fillcolor=250, expand=True)
        found.append(turned.filter(ImageFilter.GaussianBlur(0.8)))
    return found


def scan_of(pages: Sequence[Image.Image], kind: str) -> bytes:
    target = io.BytesIO()
    packed = {"compression": "tiff_lzw"} if kind == "TIFF" else {}
    pages[0].save(
        target, kind, save_all=True, append_images=list(pages[1:]), resolution=200, **packed
    )
    return target.getvalue()


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_a_whole_scan_is_recognised(printed: tuple[bytes, str], tmp_path: Path, kind: str) -> None:
    pdf, sha256 = printed
    marks = read_scan(scan_of(sheets(pdf, tmp_path), kind))
    assert [[one.page for one in found] for found in marks] == [[1], [2], [3]]
    assert scan_problems(marks, code=CODE, pages=3, sha256=sha256) == []


def test_a_sheet_upside_down_is_still_read(printed: tuple[bytes, str], tmp_path: Path) -> None:
    pdf, sha256 = printed
    turned = [one.rotate(180) for one in sheets(pdf, tmp_path)]
    marks = read_scan(scan_of(turned, "PDF"))
    assert scan_problems(marks, code=CODE, pages=3, sha256=sha256) == []


def test_missing_double_and_foreign_pages_are_told(
    printed: tuple[bytes, str], tmp_path: Path
) -> None:
    pdf, sha256 = printed
    first, second, _third = sheets(pdf, tmp_path)
    blank = Image.new("L", first.size, 255)
    marks = read_scan(scan_of([first, second, second, blank], "TIFF"))
    problems = " ".join(scan_problems(marks, code=CODE, pages=3, sha256=sha256))
    assert "Seite 3 des Ausdrucks fehlt" in problems
    assert "Seite 2 des Ausdrucks ist 2-mal" in problems
    assert "Seite 4 der Datei: Der Code unten links ist nicht lesbar" in problems
    other = " ".join(scan_problems(marks, code="z" * 26, pages=3, sha256=sha256))
    assert "gehört zu einem anderen Ausdruck" in other
    changed = " ".join(scan_problems(marks, code=CODE, pages=3, sha256="f" * 64))
    assert "gehört zu einem anderen Ausdruck" in changed


@pytest.mark.parametrize(
    "content", [b"", b"kein Bild", b"%PDF-1.7 kaputt", b"GIF89a" + bytes(50), b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_scan_is_refused(content: bytes) -> None:
    with pytest.raises(ScanUnreadable):
        read_scan(content)


def test_marking_twice_gives_the_same_file_and_no_pdf_none(printed: tuple[bytes, str]) -> None:
    pdf, sha256 = printed
    assert mark_pages(pdf, URL, sha256) == mark_pages(pdf, URL, sha256)
    with pytest.raises(PagesNotJoined):
        mark_pages(b"kein PDF", URL, sha256)


@given(st.lists(st.integers(1, 6), max_size=8))
def test_a_scan_is_whole_exactly_if_it_has_every_page_once(found: list[int]) -> None:
    marks = [[PageMark(CODE, page, 6, "a" * 16)] for page in found]
    problems = scan_problems(marks, code=CODE, pages=6, sha256="a" * 64)
    assert (problems == []) is (sorted(found) == [1, 2, 3, 4, 5, 6])
