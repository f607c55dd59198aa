"""Has a foreign PDF read by a process of its own, and waits only so long for what it says."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography import x509

from document_templates.certificates import certificate_pem
from document_templates.examining.child import LENGTH_BYTES
from document_templates.examining.report import FileFinding, ReportUnreadable, load_finding
from tenants.language import _

LARGEST_FILE: Final = 25 * 1024**2
"""Bytes; what the product makes is far smaller."""
SECONDS: Final = 20.0
_ROOT = Path(__file__).resolve().parents[2]


def examine_file(pdf: bytes, roots: Sequence[x509.Certificate]) -> FileFinding:
    """Return what ``pdf`` says of itself; trust ends at ``roots``.

    Never raises over a file: one that is too large, no PDF, encrypted, broken, or that takes too
    much time or memory is refused with a German reason.
    """
    sha256 = hashlib.sha256(pdf).hexdigest()
    if len(pdf) > LARGEST_FILE:
        return _refused(
            sha256,
            _("Die Datei ist größer als {size} MB.").format(size=LARGEST_FILE // 1024**2),
        )
    pem = b"".join(certificate_pem(one) for one in roots)
    try:
        finished = subprocess.run(
            [sys.executable, "-m", "document_templates.examining.child"],
            input=len(pem).to_bytes(LENGTH_BYTES) + pem + pdf,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Nothing of this process's own environment: it holds keys and passwords.
            env={"PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"},
            cwd=_ROOT,
            timeout=SECONDS,
            check=False,
        )
        finding = load_finding(finished.stdout)
    except (subprocess.TimeoutExpired, ReportUnreadable):
        return _refused(
            sha256,
            _(
                "Die Datei ließ sich nicht in vertretbarer Zeit lesen. Sie ist beschädigt oder so"
                " gebaut, dass sie Programme überlastet."
            ),
        )
    return finding


def _refused(sha256: str, reason: str) -> FileFinding:
    return FileFinding(sha256, (sha256,), (), reason)
