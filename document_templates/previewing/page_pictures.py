"""The pages of a PDF as pictures, drawn by poppler's pdftoppm within limits."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tenants.language import _

MAX_PAGES = 20
DOTS_PER_INCH = 80
_SECONDS = 60
_MEMORY = 1_500_000_000


class PagesNotDrawn(RuntimeError):
    """The pages could not be drawn; the message is German and for people."""


def draw_pages(pdf: bytes) -> list[bytes]:
    """Return the first `MAX_PAGES` pages of ``pdf`` as PNG. Raises `PagesNotDrawn`."""
    with TemporaryDirectory(prefix="siegel-seiten-") as folder:
        command = [
            "prlimit", f"--as={_MEMORY}", f"--cpu={_SECONDS}",
            "pdftoppm", "-png", "-r", str(DOTS_PER_INCH), "-l", str(MAX_PAGES), "-", "seite",
        ]  # fmt: skip
        try:
            # The command is ours; what it reads comes through a pipe.
            done = subprocess.run(  # noqa: S603
                command, input=pdf, cwd=folder, timeout=_SECONDS, capture_output=True, check=False
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            raise PagesNotDrawn(_("Die Seiten ließen sich nicht zeichnen.")) from error
        pages = sorted(Path(folder).glob("seite-*.png"))
        if done.returncode != 0 or not pages:
            raise PagesNotDrawn(_("Die Seiten ließen sich nicht zeichnen."))
        return [page.read_bytes() for page in pages]
