"""The client of clamd speaks the real protocol: framing, verdicts, and what goes wrong."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from forms.attachments.scanner import CHUNK, Clamd, ScannerUnavailable, ScanResult
from tests.support.clamd import EICAR, LoopbackClamd, loopback_clamd
from tests.support.ports import free_port


@pytest.fixture
def clamd() -> Iterator[LoopbackClamd]:
    with loopback_clamd() as server:
        yield server


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_the_whole_file_arrives(clamd: LoopbackClamd, size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    assert Clamd(clamd.address).scan(data) == ScanResult("clean")
    assert clamd.seen == [data]


def test_eicar_is_found(clamd: LoopbackClamd) -> None:
    data = b"x" * (CHUNK - 10) + EICAR
    assert Clamd(clamd.address).scan(data) == ScanResult("infected", "Eicar-Test-Signature")


def test_a_file_above_the_limit_of_the_scanner_is_refused(clamd: LoopbackClamd) -> None:
    clamd.largest = CHUNK
    result = Clamd(clamd.address).scan(b"x" * (40 * CHUNK))
    assert result == ScanResult("refused", "INSTREAM size limit exceeded.")


@pytest.mark.parametrize("reply", [b"stream: Can't allocate memory ERROR\0", b"\0", b"OK?\0"])
def test_any_other_reply_is_no_verdict(clamd: LoopbackClamd, reply: bytes) -> None:
    clamd.reply = reply
    with pytest.raises(ScannerUnavailable):
        Clamd(clamd.address).scan(b"x")


def test_nobody_there() -> None:
    with pytest.raises(ScannerUnavailable):
        Clamd(f"127.0.0.1:{free_port()}").scan(b"x")
    with pytest.raises(ScannerUnavailable):
        Clamd("/nicht/da.sock").scan(b"x")


def test_a_silent_scanner_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ScannerUnavailable):
            Clamd(address, timeout=0.05).scan(b"x")
