"""clamd in miniature: its INSTREAM command on loopback, with the real framing and replies."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# The test file that every scanner knows (EICAR); written in two parts, for scanners of this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class _Session(socketserver.BaseRequestHandler):
    server: LoopbackClamd

    def handle(self) -> None:
        command = self._until_nul()
        if command != b"zINSTREAM":
            self.request.sendall(b"UNKNOWN COMMAND\0")
            return
        data = b""
        while length := struct.unpack("!I", self._exactly(4))[0]:
            if len(data) + length > self.server.largest:
                self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
            data += self._exactly(length)
        self.server.seen.append(data)
        found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
        self.request.sendall(self.server.reply or found)

    def _until_nul(self) -> bytes:
        read = b""
        while not read.endswith(b"\0"):
            read += self._exactly(1)
        return read[:-1]

    def _exactly(self, count: int) -> bytes:
        read = b""
        while len(read) < count:
            part = self.request.recv(count - len(read))
            if not part:
                raise ConnectionError
            read += part
        return read


class LoopbackClamd(socketserver.ThreadingTCPServer):
    """Remembers what it has seen; ``reply`` replaces what it would say."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.seen: list[bytes] = []
        self.largest = 1024 * 1024
        self.reply = b""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that were cut off."""


@contextmanager
def loopback_clamd() -> Iterator[LoopbackClamd]:
    """Run one for the time of a test."""
    with LoopbackClamd() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
