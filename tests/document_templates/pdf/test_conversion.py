"""DOCX to PDF/A with a real LibreOffice, in good and in bad times."""

from __future__ import annotations

import io
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pytest

from document_templates.conversion import (
    ConversionFailed,
    Converter,
    ConverterUnavailable,
    OfficeInstallation,
    OfficeMissing,
    find_office,
)
from document_templates.conversion.installation import find_allocator
from document_templates.pdfa import check_pdfa
from tests.document_templates.pdf.samples import letter


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def test_a_letter_becomes_an_accessible_archive_file(archived_pdf: bytes) -> None:
    text = text_of(archived_pdf)
    assert "Zwischen den Parteien gilt:" in text
    assert "„Müller & Söhne“ – 1.250,00 €" in text
    with pikepdf.open(io.BytesIO(archived_pdf)) as pdf:
        assert len(pdf.pages) == 2
        assert str(pdf.Root.Lang) == "de-DE"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert pdf.open_metadata().pdfa_status == "2B"
        assert str(pdf.docinfo.Title) == "Vereinbarung"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        with pdf.open_outline() as outline:
            titles = [entry.title for entry in outline.root]
    assert titles == ["§ 1 Vereinbarung über Leistungen", "§ 2 Vereinbarung über Leistungen"]
    assert check_pdfa(archived_pdf) == []


def test_a_document_without_title_gets_the_given_one(converter: Converter) -> None:
    pdf = converter.convert(letter("Text"), title="Hilfebericht 7/2026")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert str(document.docinfo.Title) == "Hilfebericht 7/2026"


@pytest.mark.parametrize(
    "broken",
    [b"", b"Hallo", b"%PDF-1.7 kein Wort", b"PK\x03\x04" + b"\x00" * 400],
    ids=["empty", "text", "pdf", "broken-zip"],
)
def test_what_is_no_docx_is_refused(converter: Converter, broken: bytes) -> None:
    with pytest.raises(ConversionFailed, match="Dokument"):
        converter.convert(broken)


def test_a_refused_document_leaves_the_converter_usable(converter: Converter) -> None:
    whole = letter("Nach dem Fehler")
    with pytest.raises(ConversionFailed):
        converter.convert(whole[: len(whole) // 2])
    assert "Nach dem Fehler" in text_of(converter.convert(whole))


def test_threads_share_a_converter(converter: Converter) -> None:
    texts = [f"Brief Nummer {number} an die Kommune" for number in range(6)]
    with ThreadPoolExecutor(max_workers=3) as pool:
        pdfs = list(pool.map(lambda text: converter.convert(letter(text)), texts))
    for text, pdf in zip(texts, pdfs, strict=True):
        assert text in text_of(pdf)


def test_two_converters_work_side_by_side(tmp_path: Path) -> None:
    with Converter(directory=tmp_path) as first, Converter(directory=tmp_path) as second:
        with ThreadPoolExecutor(max_workers=2) as pool:
            left = pool.submit(first.convert, letter("Der linke Brief"))
            right = pool.submit(second.convert, letter("Der rechte Brief"))
            assert "Der linke Brief" in text_of(left.result())
            assert "Der rechte Brief" in text_of(right.result())
        assert first.office is not None and second.office is not None
        assert first.office.office_pid != second.office.office_pid
    assert list(tmp_path.iterdir()) == []


def test_the_office_is_replaced_after_a_number_of_documents(tmp_path: Path) -> None:
    with Converter(directory=tmp_path, documents_per_office=2) as converter:
        pids = []
        for number in range(3):
            converter.convert(letter(f"Dokument {number}"))
            pids.append(converter.office.office_pid if converter.office else None)
    assert pids[0] is not None
    assert pids[1] is None, "the second document fills the measure"
    assert pids[2] is not None
    assert pids[2] != pids[0]


def test_the_office_is_replaced_when_it_grows(tmp_path: Path) -> None:
    with Converter(directory=tmp_path, memory_limit=1024**2, most_memory=1024**3) as converter:
        converter.convert(letter("Text"))
        assert converter.office is None


def test_nothing_is_started_before_it_is_needed(tmp_path: Path) -> None:
    with Converter(directory=tmp_path) as converter:
        assert converter.office is None
        assert list(tmp_path.iterdir()) == []


def test_a_closed_converter_refuses(tmp_path: Path) -> None:
    converter = Converter(directory=tmp_path)
    converter.close()
    converter.close()
    with pytest.raises(ConverterUnavailable, match="geschlossen"):
        converter.convert(letter("zu spät"))


def test_documents_do_not_stay_in_the_directory(tmp_path: Path) -> None:
    with Converter(directory=tmp_path) as converter:
        converter.convert(letter("Vertraulich"))
        assert converter.office is not None
        left = [path.name for path in converter.office.directory.iterdir()]
    assert not [name for name in left if name.endswith((".docx", ".pdf"))]


def test_an_unwritable_directory_is_named(tmp_path: Path) -> None:
    with (
        Converter(directory=tmp_path / "missing") as converter,
        pytest.raises(ConverterUnavailable, match="nicht schreiben"),
    ):
        converter.convert(letter("Text"))


def test_an_office_that_does_not_start_is_told_apart(tmp_path: Path) -> None:
    installation = find_office()
    assert isinstance(installation, OfficeInstallation)
    broken = OfficeInstallation(program=Path("/bin/false"), python=installation.python)
    with (
        Converter(broken, directory=tmp_path) as converter,
        pytest.raises(ConverterUnavailable, match="lässt sich nicht starten"),
    ):
        converter.convert(letter("Text"))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_office_is_reported_with_the_line_to_run(tmp_path: Path) -> None:
    missing = find_office([tmp_path], [tmp_path / "python3"])
    assert isinstance(missing, OfficeMissing)
    assert missing.missing == ("LibreOffice Writer", "python3-uno")
    assert "apt-get install" in missing.message
    assert "libreoffice-writer-nogui" in missing.message
    assert "python3-uno" in missing.message


def test_the_office_sees_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIEGEL_TEST_PASSWORD", "geheim-7719")
    with Converter(directory=tmp_path) as converter:
        converter.convert(letter("Text"))
        assert converter.office is not None
        for pid in (converter.office.office_pid, converter.office.bridge_pid):
            assert b"geheim-7719" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_the_office_has_a_network_of_its_own_where_that_works(converter: Converter) -> None:
    converter.convert(letter("Text"))
    assert converter.office is not None
    ours = Path("/proc/self/ns/net").readlink()
    theirs = Path(f"/proc/{converter.office.office_pid}/ns/net").readlink()
    assert (ours != theirs) is converter.office.isolation.namespace


def test_the_office_stands_under_the_socket_filter(converter: Converter) -> None:
    converter.convert(letter("Text"))
    assert converter.office is not None
    assert converter.office.isolation.socket_filter
    for pid in (converter.office.office_pid, converter.office.bridge_pid):
        assert "Seccomp:\t2\n" in Path(f"/proc/{pid}/status").read_text()


def test_the_office_takes_its_memory_from_the_allocator_that_was_found(tmp_path: Path) -> None:
    installation = find_office()
    assert isinstance(installation, OfficeInstallation)
    assert installation.allocator is not None, "libjemalloc2 is among the packages of the tests"
    with Converter(installation, directory=tmp_path) as converter:
        converter.convert(letter("Text"))
        assert converter.office is not None
        assert str(installation.allocator) in _loaded(converter.office.office_pid)
        assert str(installation.allocator) not in _loaded(converter.office.bridge_pid)


def test_without_an_allocator_of_its_own_the_office_uses_the_one_of_the_system(
    tmp_path: Path,
) -> None:
    found = find_office()
    assert isinstance(found, OfficeInstallation)
    assert find_allocator([tmp_path]) is None
    plain = OfficeInstallation(found.program, found.python, find_allocator([tmp_path]))
    with Converter(plain, directory=tmp_path) as converter:
        converter.convert(letter("Text"))
        assert converter.office is not None
        assert "jemalloc" not in _loaded(converter.office.office_pid)


def _loaded(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
