"""What the product itself says of a PDF that it has just sealed, or finds sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from document_templates.baseline_levels import file_levels
from document_templates.signature_reading import SignedFile, read_signed_file
from document_templates.signature_validation import SignatureReport, validate_signatures
from tenants.language import _


class SealNotAccepted(RuntimeError):
    """The PDF bears no seal that this platform accepts; the message is German."""


@dataclass(frozen=True, slots=True)
class SealedPdf:
    """The accepted seal of a PDF; ``sealed_at`` is what the seal itself says.

    ``level`` is its PAdES baseline, ``stamped_until`` when the time stamps of the file end, None
    when it lacks one (`document_templates.baseline_levels`).
    """

    signer: str
    issuer: str
    certificate_sha256: str
    sealed_at: datetime
    level: str
    stamped_until: datetime | None


def inspect_sealed_pdf(pdf: bytes, roots: Sequence[x509.Certificate]) -> SealedPdf:
    """Return the one seal of ``pdf``.

    Raises `SealNotAccepted` unless there is exactly one, intact, valid, trusted and over the
    whole file.
    """
    file = read_signed_file(pdf)
    reports = validate_signatures(file, roots)
    if len(reports) != 1:
        raise SealNotAccepted(
            _("Das PDF trägt {count} Siegel statt eines einzigen.").format(count=len(reports))
        )
    return _accepted(reports[0], file)


def inspect_first_seal(pdf: bytes, roots: Sequence[x509.Certificate]) -> SealedPdf:
    """Return the seal that ``pdf`` was given out with, before people signed behind it.

    Their signatures are judged by a trust list when they come in, not here. Raises
    `SealNotAccepted`.
    """
    file = read_signed_file(pdf)
    reports = validate_signatures(file, roots)
    if not reports:
        raise SealNotAccepted(_("Das PDF trägt kein Siegel."))
    return _accepted(reports[0], file)


def _accepted(report: SignatureReport, file: SignedFile) -> SealedPdf:
    if not report.accepted or report.signing_time is None:
        raise SealNotAccepted(report.message)
    found = file_levels(file)
    return SealedPdf(
        report.signer,
        report.issuer,
        report.fingerprint,
        report.signing_time,
        found.levels.get(report.field, ""),
        found.stamped_until,
    )
