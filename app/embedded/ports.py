"""TCP ports on the loopback address."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"
SERVER_PORTS = range(10_240, 32_768)
"""Below the ports that Linux lends to outgoing connections, which come and go at any moment."""


def find_free_port() -> int:
    """Return a loopback port that nothing listens on at this moment.

    Another process may take it before the caller does; who starts a server on it tries again.

    Raises:
        OSError: every port is taken.
    """
    for port in random.sample(SERVER_PORTS, len(SERVER_PORTS)):
        if is_port_free(port):
            return port
    raise OSError("Auf diesem Rechner ist kein Port frei.")


def is_port_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers listen with SO_REUSEADDR; without it a connection in TIME_WAIT would look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def accepts_connections(port: int) -> bool:
    """Tell whether something on the loopback port answers a connection within a second."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False
