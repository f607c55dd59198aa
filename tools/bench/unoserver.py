"""unoserver, the usual way to keep LibreOffice running, as a rival to measure against.

Installed into ``tools/bench/rivals`` alone, by its hash and without what it depends on (nothing).
Its server runs with the system's Python, which has ``uno``; its client, as for everybody, here.
"""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from document_templates.conversion import OfficeInstallation

RIVALS = Path(__file__).with_name("rivals")
PACKAGES = RIVALS / "python_packages"
OPTIONS = ["SelectPdfVersion=2", "UseTaggedPDF=true", "ExportBookmarks=true"]
START_SECONDS = 60.0


class Rival(NamedTuple):
    """What turns a DOCX into PDF/A-2b, and the process whose children do it."""

    convert: Callable[[bytes], bytes]
    process: int


@contextmanager
def running_unoserver(installation: OfficeInstallation, directory: Path) -> Iterator[Rival]:
    """Run unoserver for the time of the ``with``."""
    if not PACKAGES.exists():
        install = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--quiet"]
        command = [sys.executable, "-m", "pip", "install", *install, "--target", PACKAGES]
        subprocess.run([*command, "-r", RIVALS / "requirements.txt"], check=True)
    port, office_port = _free_port(), _free_port()
    server = subprocess.Popen(
        [
            installation.python, "-m", "unoserver.server", "--quiet",
            "--port", str(port), "--uno-port", str(office_port),
            "--user-installation", directory / "unoserver",
        ],
        env={**os.environ, "PYTHONPATH": str(PACKAGES)},
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(port, server)
        yield Rival(_client(port), server.pid)
    finally:
        server.terminate()
        server.wait()


def _client(port: int) -> Callable[[bytes], bytes]:
    sys.path.append(str(PACKAGES))
    client = importlib.import_module("unoserver.client").UnoClient(port=str(port))

    def convert(docx: bytes) -> bytes:
        pdf: bytes = client.convert(
            indata=docx, convert_to="pdf", filter_options=OPTIONS, update_index=False
        )
        return pdf

    return convert


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("unoserver does not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
