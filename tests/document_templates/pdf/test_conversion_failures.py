"""Offices that hang, die or lose their parent: the work goes on and nothing stays behind."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.shared import Cm
from PIL import Image

from document_templates.conversion import ConversionFailed, ConversionTimeout, Converter, isolation
from document_templates.conversion import office_process as office_module
from document_templates.conversion.isolation import network_isolation
from document_templates.conversion.office_process import OfficeProcess
from tests.document_templates.pdf.samples import letter
from tests.support.docx_files import saved
from tests.support.processes import is_alive, processes_with_argument, wait_until

REPOSITORY = Path(__file__).parents[3]


def running_office(converter: Converter) -> OfficeProcess:
    converter.convert(letter("Der erste Brief"))
    assert converter.office is not None
    return converter.office


def sockets_of(office_pid: int) -> list[Path]:
    """The office's socket files, found by asking the kernel and not by their names."""
    listed = Path(f"/proc/{office_pid}/net/unix").read_text().splitlines()[1:]
    paths = [line.split()[-1] for line in listed if "OSL_PIPE" in line]
    return [Path(path) for path in paths]


def wait_for_the_end_of(*pids: int) -> None:
    wait_until(lambda: not any(map(is_alive, pids)), f"end of the processes {pids}")


def assert_gone(office: OfficeProcess) -> None:
    wait_for_the_end_of(office.office_pid, office.bridge_pid)
    assert not office.directory.exists()


def test_a_hung_office_is_replaced_and_the_document_converted(tmp_path: Path) -> None:
    with Converter(directory=tmp_path, timeout=5.0) as converter:
        hung = running_office(converter)
        os.kill(hung.office_pid, signal.SIGSTOP)
        assert converter.convert(letter("Der zweite Brief")).startswith(b"%PDF-")
        assert converter.office is not None
        assert converter.office.office_pid != hung.office_pid
        assert_gone(hung)
    assert list(tmp_path.iterdir()) == []


def test_a_document_that_takes_too_long_twice_is_given_up(tmp_path: Path) -> None:
    with Converter(directory=tmp_path, timeout=0.001) as converter:
        with pytest.raises(ConversionTimeout, match=r"nach 0\.001 Sekunden abgebrochen"):
            converter.convert(letter("Text", pages=3))
        assert converter.office is None
    assert list(tmp_path.iterdir()) == []
    assert processes_with_argument(str(tmp_path)) == []


def picture_book(pictures: int) -> bytes:
    """A small file whose pictures take 160 MB each when they are drawn."""
    document = docx.Document()
    for number in range(pictures):
        picture = io.BytesIO()
        Image.new("RGB", (12_000, 3_300), (number, 0, 0)).save(picture, "PNG")
        document.add_picture(picture, Cm(15))
    return saved(document)


def test_a_document_that_eats_memory_is_given_up_at_once(tmp_path: Path) -> None:
    book = picture_book(8)
    assert len(book) < 100_000
    with Converter(directory=tmp_path, most_memory=400 * 1024**2) as converter:
        eaten = running_office(converter)
        with pytest.raises(ConversionFailed, match="mehr Speicher als 400 MB"):
            converter.convert(book)
        assert converter.office is None
        assert_gone(eaten)
        assert converter.convert(letter("Danach")).startswith(b"%PDF-")
    assert list(tmp_path.iterdir()) == []


def test_an_office_cannot_take_more_than_the_kernel_lets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should it grow between two looks at its memory."""
    monkeypatch.setattr(office_module, "ADDRESS_SPACE", 700 * 1024**2)
    with Converter(directory=tmp_path) as converter:
        running_office(converter)
        with contextlib.suppress(ConversionFailed):
            # It dies, or leaves pictures out; either way it stays within its bounds.
            converter.convert(picture_book(8))
        assert converter.convert(letter("Danach")).startswith(b"%PDF-")
    assert list(tmp_path.iterdir()) == []
    assert processes_with_argument(str(tmp_path)) == []


@pytest.mark.parametrize("part", ["office_pid", "bridge_pid"])
def test_a_killed_office_is_replaced(tmp_path: Path, part: str) -> None:
    with Converter(directory=tmp_path) as converter:
        killed = running_office(converter)
        os.kill(getattr(killed, part), signal.SIGKILL)
        assert converter.convert(letter("Der zweite Brief")).startswith(b"%PDF-")
        assert_gone(killed)
    assert list(tmp_path.iterdir()) == []
    assert processes_with_argument(str(tmp_path)) == []


def test_an_office_that_dies_of_a_document_twice_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No PDF fits into this, and the kernel ends the office that tries.
    monkeypatch.setattr(office_module, "LARGEST_PDF", 8 * 1024)
    monkeypatch.setattr(office_module, "write_profile", lambda directory: directory.mkdir())
    with Converter(directory=tmp_path) as converter, pytest.raises(ConversionFailed):
        converter.convert(letter("Text", pages=20))
    assert list(tmp_path.iterdir()) == []
    assert processes_with_argument(str(tmp_path)) == []


def test_closing_leaves_no_process_no_file_and_no_socket(tmp_path: Path) -> None:
    converter = Converter(directory=tmp_path)
    office = running_office(converter)
    sockets = [path for path in sockets_of(office.office_pid) if path.exists()]
    assert any("siegel_" in path.name for path in sockets)
    converter.close()
    assert_gone(office)
    assert [path for path in sockets if path.exists()] == []
    assert list(tmp_path.iterdir()) == []


def test_an_abandoned_converter_takes_its_office_along(tmp_path: Path) -> None:
    converter = Converter(directory=tmp_path)
    office_pid = running_office(converter).office_pid
    del converter
    wait_until(lambda: not is_alive(office_pid), "end of the office")
    wait_until(lambda: list(tmp_path.iterdir()) == [], "removal of the files")


PARENT = """
import sys
from pathlib import Path
from document_templates.conversion import Converter
converter = Converter(directory=Path(sys.argv[1]))
converter.convert(Path(sys.argv[2]).read_bytes())
print(converter.office.office_pid, converter.office.bridge_pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("stopped", [False, True], ids=["running", "hung"])
def test_a_killed_parent_takes_office_and_files_along(tmp_path: Path, stopped: bool) -> None:
    directory = tmp_path / "offices"
    directory.mkdir()
    docx = tmp_path / "brief.docx"
    docx.write_bytes(letter("Text"))
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(directory), str(docx)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(map(is_alive, pids))
        if stopped:
            os.kill(pids[0], signal.SIGSTOP)
        parent.kill()
    wait_for_the_end_of(*pids)
    assert list(directory.iterdir()) == []


def test_parent_and_bridge_killed_at_once_leave_no_office(tmp_path: Path) -> None:
    docx = tmp_path / "brief.docx"
    docx.write_bytes(letter("Text"))
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(docx)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        office, bridge = (int(word) for word in parent.stdout.readline().split())
        sockets = sockets_of(office)
        parent.send_signal(signal.SIGSTOP)
        os.kill(bridge, signal.SIGKILL)
        parent.kill()
    wait_until(lambda: not is_alive(office), "end of the office")
    for path in sockets:  # there was nobody left to do it
        path.unlink(missing_ok=True)


def in_a_fork(work: Callable[[], None]) -> int:
    """Run ``work`` in a forked child; return its exit status, 1 for an exception."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_forked_process_gets_an_office_of_its_own(tmp_path: Path) -> None:
    with Converter(directory=tmp_path) as converter:
        ours = running_office(converter)

        def convert_in_the_child() -> None:
            converter.convert(letter("Aus dem Kind"))
            assert converter.office is not None
            assert converter.office.office_pid != ours.office_pid
            converter.close()

        assert in_a_fork(convert_in_the_child) == 0
        assert is_alive(ours.office_pid)
        assert converter.convert(letter("Danach")).startswith(b"%PDF-")
        assert converter.office is ours


@pytest.mark.skipif(os.getuid() != 0, reason="the other tests show it: we are not root")
@pytest.mark.parametrize("namespaces", [True, False], ids=["namespaces", "no-namespaces"])
def test_it_works_without_root(monkeypatch: pytest.MonkeyPatch, namespaces: bool) -> None:
    docx = letter("Text")
    nobody = 65534
    directory = Path(tempfile.mkdtemp(prefix="siegel-test-"))
    try:
        directory.chmod(0o755)
        # Where the repository lies may be closed to others.
        for module, name in ((office_module, "BRIDGE"), (isolation, "CONFINEMENT")):
            monkeypatch.setattr(module, name, shutil.copy(getattr(module, name), directory))
        if not namespaces:
            monkeypatch.setattr(isolation, "NAMESPACE_WAYS", ())
        work = directory / "work"
        work.mkdir()
        os.chown(work, nobody, nobody)

        def convert_as_nobody() -> None:
            os.setgroups([])
            os.setgid(nobody)
            os.setuid(nobody)
            network_isolation.cache_clear()
            with Converter(directory=work) as converter:
                assert converter.convert(docx).startswith(b"%PDF-")
                assert converter.office is not None
                walls = converter.office.isolation
            assert walls.socket_filter
            assert namespaces or not walls.namespace
            assert walls.foreign_processes_hidden
            assert list(work.iterdir()) == []

        assert in_a_fork(convert_as_nobody) == 0
    finally:
        shutil.rmtree(directory)
