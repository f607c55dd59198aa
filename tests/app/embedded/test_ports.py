"""Ports for servers are not those that the kernel lends to outgoing connections."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app.embedded import ports


def test_a_free_port_is_never_lent_to_an_outgoing_connection() -> None:
    first_lent = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert max(ports.find_free_port() for _turn in range(50)) < first_lent


def test_a_taken_port_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    free = ports.find_free_port()
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        taken = server.getsockname()[1]
        monkeypatch.setattr(ports, "SERVER_PORTS", (taken, free))
        assert {ports.find_free_port() for _turn in range(20)} == {free}
        monkeypatch.setattr(ports, "SERVER_PORTS", (taken,))
        with pytest.raises(OSError, match="kein Port frei"):
            ports.find_free_port()
