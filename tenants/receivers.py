"""Where messages may be sent: to hosts of the internet, never into the network we stand in.

A tenant chooses the address. Were it free to name any, it could have the worker ask the database,
the metadata service of a cloud, or a neighbour. So the name is looked up once, every address that
comes of it is checked, and the connection goes to the checked address itself.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tenants.language import _

SECONDS: Final = 10.0
LONGEST_URL: Final = 500
LONGEST_HEAD: Final = 64 * 1024
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: [^\r\n]*)?\r?\n")
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ReceiverRefused(ValueError):
    """An address to which nothing is sent (German message)."""


class ReceiverSilent(OSError):
    """The receiver did not answer (German message)."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """An address taken apart."""

    is_encrypted: bool
    host: str
    port: int
    path: str


def read_receiver(url: str, *, allows_private: bool) -> Receiver:
    """Return the parts of ``url``. Raises `ReceiverRefused`.

    ``allows_private`` is the operator's word that receivers may stand in the own network; then
    an address without encryption is taken too.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ReceiverRefused(_("Das ist keine Adresse wie https://…")) from None
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise ReceiverRefused(
            _("Die Adresse ist zu lang oder enthält Zeichen, die es dort nicht gibt.")
        )
    if parts.scheme not in (("https", "http") if allows_private else ("https",)):
        raise ReceiverRefused(_("Die Adresse muss mit https:// beginnen."))
    if (
        not parts.hostname
        or parts.username is not None
        or parts.password is not None
        or parts.fragment
    ):
        raise ReceiverRefused(
            _("Die Adresse braucht einen Rechnernamen und keine Zugangsdaten und kein „#“.")
        )
    literal = _literal(parts.hostname)
    if literal is not None and not allows_private and not is_public(literal):
        raise ReceiverRefused(
            _("An diese Adresse wird nichts gesendet: Sie liegt in einem internen Netz.")
        )
    is_encrypted = parts.scheme == "https"
    path = parts.path or "/"
    return Receiver(
        is_encrypted,
        parts.hostname,
        port or (443 if is_encrypted else 80),
        f"{path}?{parts.query}" if parts.query else path,
    )


def _literal(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: _Address) -> bool:
    """Say whether an address is one of the internet, also behind what translates addresses."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address in _TRANSLATED or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


def _checked_addresses(receiver: Receiver, *, allows_private: bool) -> list[str]:
    try:
        found = socket.getaddrinfo(receiver.host, receiver.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ReceiverSilent(_("Der Rechnername ist nicht bekannt.")) from None
    addresses = list(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found))
    if not allows_private and not all(is_public(ipaddress.ip_address(one)) for one in addresses):
        raise ReceiverRefused(
            _("Der Rechnername führt in ein internes Netz; dorthin wird nichts gesendet.")
        )
    return addresses


def post(
    receiver: Receiver,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allows_private: bool,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Send ``body`` and return the status of the answer, of which nothing else is read.

    All of it together takes ``seconds`` at most, however slowly the receiver speaks. A
    redirection is not followed: it would lead past the check. Raises `ReceiverRefused` and
    `ReceiverSilent`.
    """
    time_limit = _TimeLimit(clock() + seconds, clock)
    address = _checked_addresses(receiver, allows_private=allows_private)[0]
    try:
        with socket.create_connection((address, receiver.port), time_limit.left()) as plain:
            plain.settimeout(time_limit.left())
            if not receiver.is_encrypted:
                return _exchange(plain, receiver, body, headers, time_limit)
            context = ssl.create_default_context()
            with context.wrap_socket(plain, server_hostname=receiver.host) as encrypted:
                return _exchange(encrypted, receiver, body, headers, time_limit)
    except ssl.SSLCertVerificationError:
        raise ReceiverSilent(_("Das Zertifikat des Empfängers ist nicht gültig.")) from None
    except TimeoutError:
        raise ReceiverSilent(_("Der Empfänger hat nicht rechtzeitig geantwortet.")) from None
    except (OSError, http.client.HTTPException):
        raise ReceiverSilent(_("Der Empfänger ist nicht erreichbar.")) from None


@dataclass(frozen=True, slots=True)
class _TimeLimit:
    """A moment on ``clock``, in seconds, until which all must be done."""

    until: float
    clock: Callable[[], float]

    def left(self) -> float:
        """Return the seconds that are left. Raises TimeoutError when there are none."""
        seconds = self.until - self.clock()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def _exchange(
    connection: socket.socket,
    receiver: Receiver,
    body: bytes,
    headers: Mapping[str, str],
    time_limit: _TimeLimit,
) -> int:
    client = http.client.HTTPConnection(receiver.host, receiver.port)
    client.sock = connection
    connection.settimeout(time_limit.left())
    client.request("POST", receiver.path, body, {**headers, "Connection": "close"})
    return _read_status(connection, time_limit)


def _read_status(connection: socket.socket, time_limit: _TimeLimit) -> int:
    """Read no more than the status; what is announced before it (1xx) is passed over.

    `http.client` waits anew for each piece of an answer, so a receiver that sends a byte now and
    then would hold a worker as long as it likes.
    """
    received = b""
    while len(received) < LONGEST_HEAD:
        found = _STATUS_LINE.match(received)
        if found and not found[1].startswith(b"1"):
            return int(found[1])
        _head, end, rest = received.partition(b"\r\n\r\n")
        if found and end:
            received = rest
            continue
        if b"\n" in received and not found:
            break
        connection.settimeout(time_limit.left())
        piece = connection.recv(1024)
        if not piece:
            break
        received += piece
    raise http.client.BadStatusLine("no status")
