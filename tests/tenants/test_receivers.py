"""Where nothing may be sent, however the address is written."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
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
