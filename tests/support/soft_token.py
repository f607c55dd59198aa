"""A token in software (SoftHSM2) that a test may fill, hide and ask: it speaks real PKCS#11."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pkcs11

from document_templates.certificates import KeyAndCertificate, private_key_pem

LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)
PIN = "4711-geheim"


@dataclass(frozen=True)
class SoftToken:
    """Tokens in a directory of their own."""

    library: str
    directory: Path

    def add(self, label: str, key: KeyAndCertificate, *, key_label: str = "siegel") -> None:
        """Make a token and put the key into it."""
        file = self.directory / f"{label}.pem"
        file.write_bytes(private_key_pem(key.private_key))
        self._run("--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", PIN)
        self._run(
            "--import", str(file), "--token", label, "--label", key_label, "--id", "01",
            "--pin", PIN,
        )  # fmt: skip
        file.unlink()
        pkcs11.lib(self.library).reinitialize()

    def unplug(self) -> None:
        """Let all tokens vanish, as when a cable is drawn."""
        self._tokens.rename(self._away)
        self._tokens.mkdir()
        pkcs11.lib(self.library).reinitialize()

    def plug_in(self) -> None:
        """Let them be there again; nobody tells the library."""
        self._tokens.rmdir()
        self._away.rename(self._tokens)

    @property
    def _tokens(self) -> Path:
        return self.directory / "tokens"

    @property
    def _away(self) -> Path:
        return self.directory / "away"

    def _run(self, *arguments: str) -> None:
        subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


@contextmanager
def open_tokens(directory: Path) -> Iterator[SoftToken]:
    """Point SoftHSM2 at ``directory`` for this process and its children."""
    (directory / "tokens").mkdir()
    configuration = directory / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {directory}/tokens\n"
        "objectstore.backend = file\nlog.level = ERROR\n"
    )
    former = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    library = next(one for one in LIBRARIES if Path(one).exists())
    pkcs11.lib(library).reinitialize()
    try:
        yield SoftToken(library, directory)
    finally:
        if former is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = former
