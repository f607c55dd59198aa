"""Apache PDFBox, a stranger to this product, finds our files to be PDF/A.

It knows PDF/A-1b alone, so LibreOffice exports the same document once more in that version; what
we do to the file afterwards, finishing and sealing, is the same. There is no validator of PDF/A-2
or PDF/UA among the packages of Debian, PyPI or npm.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from document_templates.cleaning import clean_docx
from document_templates.conversion import Converter, office_process
from document_templates.seals import Seal, seal_pdf
from tests.document_templates.pdf.samples import PdfBytes, changed
from tests.document_templates.pdf.test_accessibility import rich_letter
from tests.document_templates.pdf.test_pdfa import add_stamp

JARS = Path("/usr/share/java")
CLASS_PATH = ":".join(
    str(JARS / f"{name}.jar")
    for name in (
        "preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "commons-io",
        "javax.activation", "jaxb-api",
    )
)  # fmt: skip
VALIDATOR = ("java", "-cp", CLASS_PATH, "org.apache.pdfbox.preflight.Validator_A1b")


def verdict(pdf: bytes, directory: Path) -> str:
    path = directory / "datei.pdf"
    path.write_bytes(pdf)
    done = subprocess.run([*VALIDATOR, path], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def first_part(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bytes]:
    """A letter as PDF/A-1b, finished as every other."""
    directory = tmp_path_factory.mktemp("a1b")
    bridge = directory / "bridge.py"
    source = office_process.BRIDGE.read_text(encoding="utf-8")
    assert source.count('"SelectPdfVersion", 2') == 1
    bridge.write_text(source.replace('"SelectPdfVersion", 2', '"SelectPdfVersion", 1'))
    with pytest.MonkeyPatch.context() as patch, Converter(directory=directory) as converter:
        patch.setattr(office_process, "BRIDGE", bridge)
        yield PdfBytes(converter.convert(clean_docx(rich_letter()).data))


def test_pdfbox_accepts_what_the_converter_writes(first_part: bytes, tmp_path: Path) -> None:
    assert "is a valid PDF/A-1b file" in verdict(first_part, tmp_path)


def test_pdfbox_accepts_it_sealed(
    first_part: bytes, seal: Seal, now: object, tmp_path: Path
) -> None:
    sealed = seal_pdf(
        first_part, seal, reason="Siegel der Behörde", location="Köln", name="Amt", signed_at=now
    )  # type: ignore[arg-type]
    assert "is a valid PDF/A-1b file" in verdict(sealed, tmp_path)


def test_pdfbox_can_refuse(first_part: bytes, tmp_path: Path) -> None:
    """The control: a stamp in a font that is not embedded."""
    told = verdict(changed(first_part, add_stamp), tmp_path)
    assert "is not a valid PDF/A-1b file" in told
    assert "Courier" in told or "font" in told.lower()
