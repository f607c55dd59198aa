"""Strangers read every kind of PDF that the product makes: pyHanko's CLI, poppler and PDFBox.

Each kind is made twice by the same code: as the product makes it, and from PDF/A-1b, which is all
that PDFBox's preflight knows (`test_pdfbox`). The list of kinds is held against the source: a new
place that writes a PDF has no place here, and the last test says so.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from document_templates.blank_forms.printing import BlankForm, blank_form_docx
from document_templates.bulk_runs.print_file import PrintedDocument, merge_for_print
from document_templates.certificates import (
    KeyAndCertificate,
    certificate_pem,
    create_demo_authority,
    issue_seal_certificate,
)
from document_templates.cleaning import clean_docx
from document_templates.conversion import Converter, office_process
from document_templates.pdfa import check_pdfa
from document_templates.seals import Seal, seal_pdf
from document_templates.signing.evidence_page import (
    Evidence,
    EvidenceOfParty,
    EvidenceOfPerson,
    evidence_docx,
)
from document_templates.signing.page_joining import join_pages
from document_templates.signing.paper_copy import mark_pages
from document_templates.signing.signature_fields import prepare_fields
from document_templates.signing.signature_sheet import (
    SheetParty,
    SheetPerson,
    SignatureSheet,
    signature_sheet_docx,
)
from forms.building.sentences import spoken_rules
from forms.definition import parse_definition
from forms.packages import list_packages
from tests.document_templates.pdf.samples import PdfBytes, letter
from tests.document_templates.pdf.test_pdfbox import CLASS_PATH, verdict
from tests.support.trust_services import TrustService, sign_outside

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
"""Strangers look at the clock: certificates have to be valid today."""
FIELD = "Unterschrift 1"
CODE = "0123456789abcdefghjkmnpqrs"
ADDRESS = f"https://siegel.example.org/pruefen/{CODE}"
EVIDENCE = Evidence(
    tenant="Stadt Musterstadt", office="Jugendamt", title="Vereinbarung", number="T-2026-1",
    version=1, pages=2, pdf_sha256="0123abcd" * 8, level="L1", code=CODE, verification_url=ADDRESS,
    parties=(
        EvidenceOfParty(
            "Müller & Söhne <gGmbH>", "einzeln",
            (EvidenceOfPerson("Kim Muster", "Vorsitz", "", "", NOW, "ab12cd34" * 8),),
        ),
    ),
)  # fmt: skip
SHEET = SignatureSheet(
    tenant="Stadt Musterstadt", office="Jugendamt", title="Vereinbarung", number="T-2026-1",
    version=1, pages=2, pdf_sha256="0123abcd" * 8, level="L3", code=CODE, verification_url=ADDRESS,
    parties=(
        SheetParty(
            "Müller & Söhne <gGmbH>", "einzeln",
            (SheetPerson("Kim Muster", "Vorsitz", "", "", FIELD),),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Workroom:
    """What makers need: a converter, the keys of an office and a trust service."""

    converter: Converter
    authority: KeyAndCertificate
    service: TrustService

    @property
    def seal(self) -> Seal:
        return Seal.issued_by(
            self.authority, issue_seal_certificate(self.authority, "Jugendamt", NOW)
        )

    def converted(self, docx: bytes) -> bytes:
        return self.converter.convert(docx, title="Vereinbarung")

    def sealed(self, pdf: bytes) -> bytes:
        return seal_pdf(
            pdf, self.seal, reason="Siegel der Behörde", location="Köln", name="Jugendamt",
            signed_at=NOW,
        )  # fmt: skip

    def prepared(self) -> bytes:
        joined = join_pages(document(self), self.converted(signature_sheet_docx(SHEET)))
        return prepare_fields(
            joined, [FIELD], self.seal, reason="Zur Unterschrift", location="Köln",
            name="Jugendamt", signed_at=NOW,
        )  # fmt: skip


def unsealed(room: Workroom) -> bytes:
    docx = letter("Zwischen den Parteien gilt:", title="Vereinbarung", pages=2)
    return room.converted(clean_docx(docx).data)


def document(room: Workroom) -> bytes:
    return room.sealed(unsealed(room))


def signed_by_login(room: Workroom) -> bytes:
    return room.sealed(join_pages(document(room), room.converted(evidence_docx(EVIDENCE))))


def signed_on_paper(room: Workroom) -> bytes:
    evidence = replace(EVIDENCE, level="L3p", original_location="Zimmer 3", scan_sha256="0" * 64)
    return room.sealed(join_pages(document(room), room.converted(evidence_docx(evidence))))


def paper_print(room: Workroom) -> bytes:
    sheet = signature_sheet_docx(replace(SHEET, level="L3p"))
    joined = join_pages(document(room), room.converted(sheet))
    return mark_pages(joined, ADDRESS, "0123abcd" * 8)


def qualified(room: Workroom) -> bytes:
    kim = room.service.certify("Kim Muster", given_name="Kim", surname="Muster")
    return sign_outside(room.prepared(), kim, room.service, FIELD)


def blank_form(room: Workroom) -> bytes:
    form = list_packages()[0].form_document
    blank = BlankForm(parse_definition(form), spoken_rules(form), "Stadt", "Jugendamt", "3")
    return room.converted(blank_form_docx(blank))


def print_file(room: Workroom) -> bytes:
    documents = [PrintedDocument(f"T-{number}", document(room)) for number in range(2)]
    return merge_for_print(documents, title="Lauf", duplex=True)


@dataclass(frozen=True)
class Kind:
    """A kind of file: how it is made, how many signatures it has, and where in the source."""

    make: Callable[[Workroom], bytes]
    signatures: int
    places: tuple[str, ...]
    is_archivable: bool = True


KINDS: Mapping[str, Kind] = {
    "document, single or of a bulk run": Kind(document, 1, ("production._sealed_pdf",)),
    "preview of a recipient, or of the command line": Kind(
        unsealed, 0, ("bulk_runs.previewing.make_preview", "commands.documents._convert")
    ),
    "blank form": Kind(
        blank_form, 0, ("blank_form_prints.make_print", "commands.form_exchange.print_form")
    ),
    "print file of a bulk run": Kind(
        print_file, 0, ("bulk_runs.print_file.merge_for_print",), is_archivable=False
    ),
    "signed by login": Kind(signed_by_login, 1, ("signing.completing._signed_pdf",)),
    "signed on paper": Kind(signed_on_paper, 1, ("signing.completing._signed_pdf",)),
    "print to sign on paper": Kind(
        paper_print, 0, ("signing.preparing._stored_file", "signing.paper_copy.mark_pages")
    ),
    "prepared for qualified signatures": Kind(
        lambda room: room.prepared(), 1,
        ("signing.preparing._stored_file", "signing.signature_fields.prepare_fields"),
    ),
    # The person's own program writes it, and may write the metadata anew.
    "signed by a qualified signature": Kind(
        qualified, 2, ("signing.completing.complete_signing",), is_archivable=False
    ),
}  # fmt: skip
STEPS = {
    "conversion.converter._convert_once": "the conversion itself",
    "conversion.finishing.finish_pdf": "every conversion ends with it",
    "previewing.drawing._draw": "only pictures of its pages are given out",
    "frames.drawing._draw": "only pictures of its pages are given out",
    "seals._sealed": "every seal",
    "archive.stamping.seal_and_stamp": "every seal, with a time stamp where there is one",
    "signing.page_joining.join_pages": "sealed afterwards, or marked for paper",
}
"""Places that write a PDF which nobody gets as it is, and why."""


@pytest.fixture(scope="module")
def keys() -> tuple[KeyAndCertificate, TrustService]:
    return create_demo_authority(NOW), TrustService.open(NOW)


@pytest.fixture(scope="module")
def files(keys: tuple[KeyAndCertificate, TrustService]) -> dict[str, bytes]:
    """Every kind as the product makes it."""
    with Converter() as converter:
        room = Workroom(converter, *keys)
        return {name: PdfBytes(kind.make(room)) for name, kind in KINDS.items()}


@pytest.fixture(scope="module")
def first_parts(
    keys: tuple[KeyAndCertificate, TrustService], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, bytes]]:
    """Every kind made from PDF/A-1b."""
    directory = tmp_path_factory.mktemp("a1b")
    bridge = directory / "bridge.py"
    source = office_process.BRIDGE.read_text(encoding="utf-8")
    bridge.write_text(source.replace('"SelectPdfVersion", 2', '"SelectPdfVersion", 1'))
    with pytest.MonkeyPatch.context() as patch, Converter(directory=directory) as converter:
        patch.setattr(office_process, "BRIDGE", bridge)
        room = Workroom(converter, *keys)
        yield {name: PdfBytes(kind.make(room)) for name, kind in KINDS.items()}


def told_by_pyhanko(pdf: Path, roots: Path) -> subprocess.CompletedProcess[str]:
    """Validate with pyHanko's command line, in a process that knows nothing of this product."""
    return subprocess.run(
        [
            sys.executable, "-I", "-m", "pyhanko", "sign", "validate", "--pretty-print",
            "--no-revocation-check", "--trust-replace", "--trust", str(roots), str(pdf),
        ],
        capture_output=True, text=True, check=False, cwd=pdf.parent,
    )  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_three_strangers_and_our_own_check_agree(
    name: str,
    files: dict[str, bytes],
    first_parts: dict[str, bytes],
    keys: tuple[KeyAndCertificate, TrustService],
    tmp_path: Path,
) -> None:
    kind, pdf = KINDS[name], files[name]
    path, roots = tmp_path / "datei.pdf", tmp_path / "wurzeln.pem"
    path.write_bytes(pdf)
    authority, service = keys
    roots.write_bytes(
        certificate_pem(authority.certificate) + certificate_pem(service.authority.certificate)
    )
    if kind.is_archivable:
        assert check_pdfa(pdf) == []
        assert "is a valid PDF/A-1b file" in verdict(first_parts[name], tmp_path)
    poppler = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
    assert poppler.count("Signature is Valid") == kind.signatures, poppler
    assert ("does not contain any signatures" in poppler) == (kind.signatures == 0)
    hanko = told_by_pyhanko(path, roots)
    if kind.signatures:
        assert hanko.returncode == 0, hanko.stdout + hanko.stderr
        said = hanko.stdout
        assert said.count("The signature is judged VALID") == kind.signatures, said
        assert "INVALID" not in said
    read = subprocess.run(
        ["java", "-cp", f"{CLASS_PATH}:/usr/share/java/pdfbox2-tools.jar",
         "org.apache.pdfbox.tools.ExtractText", "-console", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert read.returncode == 0 and len(read.stdout) > 100, read.stderr


def test_strangers_refuse_a_changed_file(
    files: dict[str, bytes], keys: tuple[KeyAndCertificate, TrustService], tmp_path: Path
) -> None:
    """The control: one bit in the middle of a page."""
    pdf = bytearray(files["document, single or of a bulk run"])
    place = pdf.index(b"stream") + 40
    pdf[place] ^= 1
    path, roots = tmp_path / "datei.pdf", tmp_path / "wurzeln.pem"
    path.write_bytes(bytes(pdf))
    roots.write_bytes(certificate_pem(keys[0].certificate))
    poppler = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" not in poppler
    assert told_by_pyhanko(path, roots).returncode != 0


WRITING = {"seal_pdf", "sign_pdf", "_file_signed_outside"}
"""Calls that make a PDF or keep one that came in, besides a conversion and pikepdf's ``save``."""


def places_that_write() -> set[str]:
    """Return every function of the product that makes a PDF, as ``module.function``."""
    found: set[str] = set()
    for package in ("document_templates", "app"):
        for path in sorted((ROOT / package).rglob("*.py")):
            module = path.relative_to(ROOT / package).with_suffix("").as_posix().replace("/", ".")
            source = path.read_text(encoding="utf-8")
            tree = ast.parse(source)
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef) and _writes(function, source):
                    found.add(f"{module}.{function.name}")
    return found


def _writes(function: ast.FunctionDef, source: str) -> bool:
    for call in ast.walk(function):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        name = name or (call.func.id if isinstance(call.func, ast.Name) else "")
        if name == "convert" and any(one.arg == "title" for one in call.keywords):
            return True
        if name in WRITING:
            return True
        if name in ("save", "write") and re.search(r"pikepdf|pyhanko", source):
            return name == "save" or "Writer(" in ast.unparse(function)
    return False


def test_no_place_that_writes_a_pdf_is_forgotten() -> None:
    known = {place for kind in KINDS.values() for place in kind.places} | set(STEPS)
    assert places_that_write() == known
