"""Where nothing may be sent, however the address is written."""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest

from tenants import receivers
from tenants.receivers import ReceiverRefused, ReceiverSilent, is_public, post, read_receiver


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "example.org", "https://", "https:///pfad",
        "https://u:p@example.org/", "https://example.org/#teil", "https://example.org:99999/",
        "https://example.org/ leer", "https://exämple.org/", "https://127.0.0.1/",
        "https://[::1]/", "https://10.0.0.8/", "https://192.168.1.1/", "https://169.254.169.254/",
        "https://[fe80::1]/", "https://[fd00::1]/", "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://0.0.0.0/",
        "https://100.64.0.1/", "https://224.0.0.1/", "https://example.org/" + "x" * 500,
    ],
)  # fmt: skip
def test_addresses_that_lead_inside_or_nowhere_are_refused(url: str) -> None:
    with pytest.raises(ReceiverRefused):
        read_receiver(url, allows_private=False)


def test_an_address_of_the_internet_is_taken() -> None:
    receiver = read_receiver("https://example.org:8443/haken?a=1", allows_private=False)
    assert (receiver.host, receiver.port, receiver.path) == ("example.org", 8443, "/haken?a=1")
    assert is_public(ipaddress.ip_address("93.184.215.14"))
    assert is_public(ipaddress.ip_address("2606:2800:21f::1"))


@pytest.mark.parametrize(
    "answers", [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::1"], ["::ffff:10.0.0.1"]]
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    """One inner address among several is enough: which one is taken is not ours to say."""
    monkeypatch.setattr(
        receivers.socket, "getaddrinfo",
        lambda *_given, **_named: [(0, 0, 0, "", (one, 443)) for one in answers],
    )  # fmt: skip
    monkeypatch.setattr(
        receivers.socket, "create_connection", lambda *_given: pytest.fail("connected")
    )
    receiver = read_receiver("https://example.org/", allows_private=False)
    with pytest.raises(ReceiverRefused):
        post(receiver, b"{}", {}, allows_private=False)


def test_the_checked_address_is_the_one_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked up once: a second answer could be another."""
    asked: list[object] = []
    monkeypatch.setattr(
        receivers.socket, "getaddrinfo",
        lambda *_given, **_named: [(0, 0, 0, "", ("93.184.215.14", 443))],
    )  # fmt: skip

    def refuse(address: object, _seconds: float) -> socket.socket:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(receivers.socket, "create_connection", refuse)
    with pytest.raises(ReceiverSilent):
        post(
            read_receiver("https://example.org/", allows_private=False),
            b"",
            {},
            allows_private=False,
        )
    assert asked == [("93.184.215.14", 443)]


@contextmanager
def listening() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_receiver_that_says_nothing_is_not_waited_for() -> None:
    with listening() as port:
        receiver = read_receiver(f"http://127.0.0.1:{port}/", allows_private=True)
        with pytest.raises(ReceiverSilent, match="rechtzeitig"):
            post(receiver, b"{}", {}, allows_private=True, seconds=0.05)


@contextmanager
def answering(pieces: Iterable[bytes]) -> Iterator[int]:
    """A port that takes one message and answers with ``pieces`` while somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError):
                connection, _address = server.accept()
                with connection:
                    connection.recv(65536)
                    for piece in pieces:
                        connection.sendall(piece)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            server.close()
            thread.join()


def status_of(pieces: Iterable[bytes], **named: Callable[[], float]) -> int:
    """Send a message to a program that answers with ``pieces``."""
    with answering(pieces) as port:
        receiver = read_receiver(f"http://127.0.0.1:{port}/", allows_private=True)
        return post(receiver, b"{}", {}, allows_private=True, **named)


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], 204),
        ([b"HTTP/1.0 500\r\n\r\n"], 500),
        ([bytes([one]) for one in b"HTTP/1.1 202 Accepted\r\nA: b\r\n\r\n"], 202),
        ([b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n",
          b"HTTP/1.1 200 OK\r\n\r\n"], 200),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n"], 200),
    ],
)  # fmt: skip
def test_the_status_is_read_however_it_is_cut(pieces: list[bytes], status: int) -> None:
    assert status_of(pieces) == status


@pytest.mark.parametrize(
    "pieces",
    [[], [b"HTTP/1.1 "], [b"SSH-2.0-OpenSSH_9.6\r\n"], [b"HTTP/2 200\r\n"], [b"HTTP/1.1 099 a\r\n"],
     [b"x" * 70_000], [b"HTTP/1.1 100 Continue\r\n" + b"a: b\r\n" * 20_000]],
)  # fmt: skip
def test_what_is_no_answer_is_silence(pieces: list[bytes]) -> None:
    with pytest.raises(ReceiverSilent, match="nicht erreichbar"):
        status_of(pieces)


def test_a_receiver_that_drips_is_cut_off_in_the_end() -> None:
    """Each piece comes in time, the answer never: the limit holds for all of them together."""
    seconds = itertools.count()
    endless = itertools.chain([b"HTTP/1.1 100 Continue\r\n"], itertools.repeat(b"a"))
    with pytest.raises(ReceiverSilent, match="rechtzeitig"):
        status_of(endless, clock=lambda: float(next(seconds)))
    assert next(seconds) <= 12
