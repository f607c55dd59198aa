"""Reading a PDF for its signatures, their level, and the states that the file had."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from cryptography import x509

from document_templates.baseline_levels import file_levels
from document_templates.examining.report import FileFinding, SignatureFinding
from document_templates.signature_reading import MOST_REVISIONS, PdfRejected, read_signed_file
from document_templates.signature_validation import (
    Coverage,
    Modification,
    SignatureReport,
    validate_signatures,
)

END_OF_STATE = re.compile(rb"%%EOF(?:\r\n|\r|\n)?")


def inspect_file(pdf: bytes, roots: Sequence[x509.Certificate]) -> FileFinding:
    """Return what ``pdf`` says of itself; what cannot be examined says why."""
    revisions = revision_hashes(pdf)
    try:
        file = read_signed_file(pdf)
    except PdfRejected as rejected:
        return FileFinding(revisions[-1], revisions, (), str(rejected))
    reports = validate_signatures(file, roots)
    levels = file_levels(file).levels
    return FileFinding(
        revisions[-1], revisions, tuple(_finding(report, levels) for report in reports)
    )


def revision_hashes(pdf: bytes) -> tuple[str, ...]:
    """Return the SHA-256 of every state of the file, each ended by ``%%EOF``, the whole one last.

    Both spellings of an end count, with its line break and without: programs differ (ISO
    32000-2, 7.5.6). A file with more states than are examined yields that of the whole alone.
    """
    ends = {len(pdf)}
    for number, end in enumerate(END_OF_STATE.finditer(pdf)):
        if number > MOST_REVISIONS:
            ends = {len(pdf)}
            break
        ends |= {end.end(), end.start() + len(b"%%EOF")}
    digest = hashlib.sha256()
    hashes, at = [], 0
    for until in sorted(ends):
        digest.update(pdf[at:until])
        hashes.append(digest.hexdigest())
        at = until
    return tuple(hashes)


def _finding(report: SignatureReport, levels: dict[str, str]) -> SignatureFinding:
    return SignatureFinding(
        signer=report.signer,
        issuer=report.issuer,
        fingerprint=report.fingerprint,
        signed_at=report.signing_time,
        is_timestamp=report.is_timestamp,
        accepted=report.accepted,
        intact=report.intact and report.valid,
        trusted=report.trusted,
        covers_whole_file=report.coverage is Coverage.WHOLE_FILE,
        changes_permitted=report.changes_permitted,
        only_archived=report.modification in (Modification.NONE, Modification.ARCHIVING),
        level=levels.get(report.field, ""),
        message=report.message,
    )
