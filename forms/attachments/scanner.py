"""Looking for malware: a client of clamd's INSTREAM command.

One connection for each file: ``zINSTREAM``, the content in chunks that each begin with their
length (four bytes, network order), a chunk of length 0, then one reply that ends with NUL.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass
from typing import Literal, Protocol

from tenants.language import _

CHUNK = 64 * 1024
_LONGEST_REPLY = 4096

Verdict = Literal["clean", "infected", "refused"]


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What the scanner says; ``finding`` names the malware or why it could not look."""

    verdict: Verdict
    finding: str = ""


class ScannerUnavailable(Exception):
    """The scanner does not answer now; the same file may be scanned later (German message)."""

    def __init__(self) -> None:
        super().__init__(
            _("Der Virenscanner war nicht erreichbar; es wird von selbst weiter versucht.")
        )


class Scanner(Protocol):
    """Whoever can say whether a file is malware."""

    def scan(self, data: bytes) -> ScanResult:
        """Return what ``data`` is. Raises :class:`ScannerUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Clamd:
    """clamd at ``host:port``, or at the path of a socket that begins with a slash."""

    address: str
    timeout: float = 60.0
    """Seconds to wait for each step."""

    def scan(self, data: bytes) -> ScanResult:
        """Send ``data`` and read the verdict. Raises :class:`ScannerUnavailable`."""
        try:
            with self._connect() as connection:
                # A file above its limit clamd does not take to the end, but says so.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self._send(connection, data)
                return _verdict(self._reply(connection))
        except OSError as error:
            raise ScannerUnavailable from error

    def _connect(self) -> socket.socket:
        if self.address.startswith("/"):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(self.timeout)
            try:
                connection.connect(self.address)
            except OSError:
                connection.close()
                raise
            return connection
        host, _colon, port = self.address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), self.timeout)

    @staticmethod
    def _send(connection: socket.socket, data: bytes) -> None:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), CHUNK):
            chunk = data[start : start + CHUNK]
            connection.sendall(struct.pack("!I", len(chunk)) + chunk)
        connection.sendall(struct.pack("!I", 0))

    @staticmethod
    def _reply(connection: socket.socket) -> str:
        reply = b""
        while b"\0" not in reply and len(reply) < _LONGEST_REPLY:
            received = connection.recv(1024)
            if not received:
                break
            reply += received
        return reply.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _verdict(reply: str) -> ScanResult:
    text = reply.removeprefix("stream: ")
    if text == "OK":
        return ScanResult("clean")
    if text.endswith(" FOUND"):
        return ScanResult("infected", text.removesuffix(" FOUND")[:200])
    if "size limit exceeded" in text:
        return ScanResult("refused", text.removesuffix(" ERROR")[:200])
    raise ScannerUnavailable
