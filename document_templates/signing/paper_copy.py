"""The copy to sign on paper: a QR code on every page, and reading it from the scan. Pure.

The code says which signing a page belongs to, which of how many it is, and the beginning of the
hash of the printed file. Whoever follows it with a telephone comes to the verification page.
"""

from __future__ import annotations

import io
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pikepdf
import segno
import zxingcpp
from PIL import Image, ImageSequence, UnidentifiedImageError

from document_templates.signing.page_joining import PagesNotJoined
from tenants.language import _

SIDE: Final = 42.5
"""Side of the code in points: 15 mm."""
_LEFT, _BOTTOM = 14.0, 22.0
_HASH_DIGITS = 16
MOST_PAGES: Final = 100
LARGEST_SCAN: Final = 10 * 1024**2
_DOTS_PER_INCH = 200
_SECONDS = 240
_MEMORY = 1_500_000_000
_MOST_PIXELS = 60_000_000
_MARK = re.compile(r"/pruefen/([0-9a-z]{26})#s(\d{1,3})v(\d{1,3})-([0-9a-f]{16})\Z")


class ScanUnreadable(RuntimeError):
    """The scan cannot be looked at; the message is German and says what to do."""


@dataclass(frozen=True, slots=True)
class PageMark:
    """What the code of a page says."""

    code: str
    page: int
    pages: int
    sha256_start: str


def mark_pages(pdf: bytes, verification_url: str, sha256: str) -> bytes:
    """Return ``pdf`` with a QR code at the lower left of every page.

    ``sha256`` is that of the document that is printed. Raises `PagesNotJoined`.
    """
    try:
        document = pikepdf.open(io.BytesIO(pdf))
    except pikepdf.PdfError as error:
        raise PagesNotJoined(_("Die PDF-Datei ist nicht lesbar.")) from error
    with document:
        count = len(document.pages)
        for number, page in enumerate(document.pages, start=1):
            address = f"{verification_url}#s{number}v{count}-{sha256[:_HASH_DIGITS]}"
            # What the page sets up for itself must not turn or colour the code.
            page.contents_add(document.make_stream(b"q\n"), prepend=True)
            page.contents_add(document.make_stream(b"Q\n" + _drawn(address)))
        target = io.BytesIO()
        document.save(target, deterministic_id=True)
    return target.getvalue()


def _drawn(text: str) -> bytes:
    """Return the code as filled squares on white, hidden from the tags as decoration."""
    rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=2))
    unit = SIDE / len(rows)
    squares = [
        f"{_LEFT + column * unit:.3f} {_BOTTOM + (len(rows) - 1 - row) * unit:.3f}"
        f" {unit:.3f} {unit:.3f} re"
        for row, line in enumerate(rows)
        for column, dark in enumerate(line)
        if dark
    ]
    return "\n".join(
        [
            "q /Artifact BMC", "1 g", f"{_LEFT} {_BOTTOM} {SIDE} {SIDE} re f", "0 g", *squares,
            "f", "EMC Q\n",
        ]
    ).encode()  # fmt: skip


def read_scan(content: bytes) -> list[list[PageMark]]:
    """Return the marks on each page of a scan: a PDF, or one picture of one or more pages.

    Pages are drawn by another program within limits. Raises `ScanUnreadable`.
    """
    if len(content) > LARGEST_SCAN:
        raise ScanUnreadable(
            _("Die Datei ist größer als {size} MB. Scannen Sie mit 200 dpi in Graustufen.").format(
                size=LARGEST_SCAN // 1024**2
            )
        )
    pictures = _pages_of_pdf(content) if content[:1024].find(b"%PDF-") >= 0 else _frames(content)
    return [_marks(picture) for picture in pictures]


def _pages_of_pdf(content: bytes) -> Iterator[Image.Image]:
    with TemporaryDirectory(prefix="siegel-scan-") as folder:
        command = [
            "prlimit", f"--as={_MEMORY}", f"--cpu={_SECONDS}", "pdftoppm", "-gray",
            "-r", str(_DOTS_PER_INCH), "-l", str(MOST_PAGES + 1), "-", "seite",
        ]  # fmt: skip
        try:
            # The command is ours; what it reads comes through a pipe.
            done = subprocess.run(  # noqa: S603
                command, input=content, cwd=folder, timeout=_SECONDS, capture_output=True,
                check=False,
            )  # fmt: skip
        except (subprocess.TimeoutExpired, OSError) as error:
            raise ScanUnreadable(_unreadable()) from error
        files = sorted(Path(folder).glob("seite-*"))
        if done.returncode != 0 or not files:
            raise ScanUnreadable(_unreadable())
        if len(files) > MOST_PAGES:
            raise ScanUnreadable(
                _("Die Datei hat mehr als {count} Seiten.").format(count=MOST_PAGES)
            )
        for file in files:
            with Image.open(file) as picture:
                yield picture.copy()


def _frames(content: bytes) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "TIFF")) as picture:
            if getattr(picture, "n_frames", 1) > MOST_PAGES:
                raise ScanUnreadable(
                    _("Die Datei hat mehr als {count} Seiten.").format(count=MOST_PAGES)
                )
            for frame in ImageSequence.Iterator(picture):
                if frame.width * frame.height > _MOST_PIXELS:
                    raise ScanUnreadable(_("Das Bild ist zu groß. Scannen Sie mit 200 dpi."))
                yield frame.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError,
            Image.DecompressionBombError) as error:  # fmt: skip
        raise ScanUnreadable(_unreadable()) from error


def _unreadable() -> str:
    return _("Die Datei ist weder ein lesbares PDF noch ein Bild (PNG, JPEG, TIFF).")


def _marks(picture: Image.Image) -> list[PageMark]:
    found = zxingcpp.read_barcodes(
        picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    marks = (_MARK.search(one.text) for one in found)
    return [
        PageMark(mark.group(1), int(mark.group(2)), int(mark.group(3)), mark.group(4))
        for mark in marks
        if mark
    ]


def scan_problems(
    marks: Sequence[Sequence[PageMark]], *, code: str, pages: int, sha256: str
) -> list[str]:
    """Return in German what the scan of ``pages`` printed pages lacks; empty when it is whole."""
    problems = []
    own: Counter[int] = Counter()
    for number, found in enumerate(marks, start=1):
        mine = [
            one
            for one in found
            if one.code == code and one.pages == pages and one.sha256_start == sha256[:_HASH_DIGITS]
        ]
        if not mine and not found:
            problems.append(
                _("Seite {number} der Datei: Der Code unten links ist nicht lesbar.").format(
                    number=number
                )
            )
        elif not mine:
            problems.append(
                _("Seite {number} der Datei gehört zu einem anderen Ausdruck.").format(
                    number=number
                )
            )
        own.update({one.page for one in mine})
    problems += [
        _("Seite {page} des Ausdrucks fehlt im Scan.").format(page=page)
        for page in range(1, pages + 1)
        if not own[page]
    ]
    problems += [
        _("Seite {page} des Ausdrucks ist {count}-mal im Scan.").format(page=page, count=count)
        for page, count in sorted(own.items())
        if count > 1
    ]
    return problems
