"""What the signatures and seals in a PDF are worth (ETSI EN 319 102-1, in plain words).

Three questions are kept apart, because people confuse them: are the signed bytes unchanged
(``intact``), is the signature over them genuine (``valid``), and is the signer one whom we
know (``trusted``)? A fourth: was anything appended later, and did the signer permit it?

The file may come from anybody (`document_templates.signature_reading`); nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import (
    DocumentTimestampStatus,
    PdfSignatureStatus,
    SignatureCoverageLevel,
)
from pyhanko_certvalidator import ValidationContext

from document_templates.certificates import certificate_pem, fingerprint
from document_templates.signature_messages import Facts, Trust, describe
from document_templates.signature_reading import UNREADABLE, SignedFile, read_signed_file
from tenants.language import _

WHITE_SPACE = b"\x00\t\n\f\r "


class Coverage(StrEnum):
    """How much of the file the signature covers."""

    WHOLE_FILE = "whole_file"
    WHOLE_REVISION = "whole_revision"
    PARTIAL = "partial"


class Modification(StrEnum):
    """What was appended to the file after the signature, at worst."""

    NONE = "none"
    ARCHIVING = "archiving"
    FORM_FILLING = "form_filling"
    ANNOTATIONS = "annotations"
    OTHER = "other"


_MODIFICATIONS = {
    ModificationLevel.NONE: Modification.NONE,
    ModificationLevel.LTA_UPDATES: Modification.ARCHIVING,
    ModificationLevel.FORM_FILLING: Modification.FORM_FILLING,
    ModificationLevel.ANNOTATIONS: Modification.ANNOTATIONS,
    ModificationLevel.OTHER: Modification.OTHER,
}
_HARMLESS = {Modification.NONE, Modification.ARCHIVING}
_COVERAGES = {
    SignatureCoverageLevel.ENTIRE_FILE: Coverage.WHOLE_FILE,
    SignatureCoverageLevel.ENTIRE_REVISION: Coverage.WHOLE_REVISION,
}


@dataclass(frozen=True)
class SignatureReport:
    """The findings about one signature; ``message`` says them in German.

    ``signing_time`` is what the signer claims, unless ``is_timestamp``. ``fingerprint`` is
    the SHA-256 of the signer's certificate in hexadecimal. A signature that cannot be read
    has neither.
    """

    field: str
    signer: str
    fingerprint: str
    signing_time: datetime | None
    coverage: Coverage
    intact: bool
    valid: bool
    trusted: bool
    modification: Modification
    changes_permitted: bool
    message: str
    issuer: str = ""
    is_timestamp: bool = False

    @property
    def accepted(self) -> bool:
        """Whether everything holds: intact, valid, trusted, only permitted changes."""
        return self.intact and self.valid and self.trusted and self.changes_permitted


def validate_pdf(
    pdf: bytes,
    trust_roots: Sequence[x509.Certificate],
    *,
    revocation_lists: Sequence[x509.CertificateRevocationList] = (),
    at: datetime | None = None,
) -> list[SignatureReport]:
    """Return a report for every signature in ``pdf``, in signing order; none, none.

    Trust ends at ``trust_roots`` alone. With ``revocation_lists`` every certificate below
    them must be covered by a current list, without them revocation is not examined. ``at``
    (aware, by default now) is the moment for which validity is judged; what a trusted time stamp
    covers is judged for the time of the stamp (ETSI EN 319 102-1, 5.6).

    Raises `document_templates.signature_reading.PdfRejected`.
    """
    return validate_signatures(
        read_signed_file(pdf), trust_roots, revocation_lists=revocation_lists, at=at
    )


def validate_signatures(
    file: SignedFile,
    trust_roots: Sequence[x509.Certificate],
    *,
    revocation_lists: Sequence[x509.CertificateRevocationList] = (),
    at: datetime | None = None,
) -> list[SignatureReport]:
    """Return what `validate_pdf` does, of a file that was read before."""
    if file.reader is None:
        return [_damaged("")]
    moment = at or datetime.now(UTC)
    reports = []
    for one in reversed(file.signatures):
        report = _report(file.pdf, one, trust_roots, revocation_lists, moment)
        reports.append(report)
        if report.is_timestamp and report.accepted and report.signing_time is not None:
            # It proves that what it covers was there then: judged is that moment, not today.
            moment = min(moment, report.signing_time)
    return reports[::-1]


def _report(
    pdf: bytes,
    signature: EmbeddedPdfSignature,
    trust_roots: Sequence[x509.Certificate],
    revocation_lists: Sequence[x509.CertificateRevocationList],
    moment: datetime,
) -> SignatureReport:
    context = _context(trust_roots, revocation_lists, moment)
    try:
        status = _status(signature, context)
        proven_at = _proven_at(status)
        if proven_at is not None and Trust.of(status) is Trust.EXPIRED:
            status = _status(signature, _context(trust_roots, revocation_lists, proven_at))
        has_loose_end = _has_loose_end(signature, pdf)
    except UNREADABLE:
        return _damaged(str(signature.field_name or ""))
    return _report_of(signature, status, has_loose_end)


def _proven_at(status: PdfSignatureStatus | DocumentTimestampStatus) -> datetime | None:
    """Return when a trusted time stamp over the signature itself says that it was there."""
    if isinstance(status, DocumentTimestampStatus):
        return None
    stamp = status.timestamp_validity
    return stamp.timestamp if stamp and stamp.intact and stamp.valid and stamp.trusted else None


def _has_loose_end(signature: EmbeddedPdfSignature, pdf: bytes) -> bool:
    """Whether bytes follow the last, signed revision that belong to no revision at all.

    The comparison of revisions cannot see them. White space is forgiven: mail does that.
    """
    last = signature.reader.xrefs.total_revisions - 1
    end = sum(int(number) for number in list(signature.byte_range)[2:4])
    return signature.signed_revision == last and bool(pdf[end:].strip(WHITE_SPACE))


def _context(
    trust_roots: Sequence[x509.Certificate],
    revocation_lists: Sequence[x509.CertificateRevocationList],
    moment: datetime,
) -> ValidationContext:
    # One by one: asked for the certificates of an empty text, the reader fails.
    roots = [
        root for one in trust_roots for root in load_certs_from_pemder_data(certificate_pem(one))
    ]
    return ValidationContext(
        trust_roots=roots,
        crls=[one.public_bytes(serialization.Encoding.DER) for one in revocation_lists],
        revocation_mode="require" if revocation_lists else "soft-fail",
        allow_fetching=False,
        moment=moment,
    )


def _status(
    signature: EmbeddedPdfSignature, context: ValidationContext
) -> PdfSignatureStatus | DocumentTimestampStatus:
    if signature.sig_object_type == "/DocTimeStamp":
        return validate_pdf_timestamp(signature, context)
    return validate_pdf_signature(signature, context)


def _report_of(
    signature: EmbeddedPdfSignature,
    status: PdfSignatureStatus | DocumentTimestampStatus,
    has_loose_end: bool,
) -> SignatureReport:
    signing_time = (
        status.timestamp
        if isinstance(status, DocumentTimestampStatus)
        else status.signer_reported_dt
    )
    coverage = _COVERAGES.get(status.coverage or SignatureCoverageLevel.UNCLEAR, Coverage.PARTIAL)
    modification = _MODIFICATIONS[status.modification_level or ModificationLevel.NONE]
    if has_loose_end:
        modification = Modification.OTHER
    # Bytes outside the covered range can show anything, however well the rest is hashed.
    intact = bool(status.intact) and coverage is not Coverage.PARTIAL
    permitted = modification in _HARMLESS or bool(status.docmdp_ok)
    if isinstance(status, DocumentTimestampStatus):
        # A time stamp forbids nothing by itself; what comes later has to be a signature, though.
        permitted = permitted or modification is Modification.FORM_FILLING
    changes_permitted = intact and permitted and not has_loose_end
    trust = Trust.of(status)
    certificate = x509.load_der_x509_certificate(status.signing_cert.dump())
    signer = _common_name(certificate.subject)
    facts = Facts(
        signer=signer,
        signing_time=signing_time,
        intact=intact,
        valid=bool(status.valid),
        trust=trust,
        changed_later=modification not in _HARMLESS,
        changes_permitted=changes_permitted,
    )
    return SignatureReport(
        field=str(signature.field_name or ""),
        signer=signer,
        fingerprint=fingerprint(certificate),
        signing_time=signing_time,
        coverage=coverage,
        intact=intact,
        valid=facts.valid and intact,
        trusted=trust is Trust.TRUSTED,
        modification=modification,
        changes_permitted=changes_permitted,
        message=describe(facts),
        issuer=_common_name(certificate.issuer),
        is_timestamp=isinstance(status, DocumentTimestampStatus),
    )


def _common_name(name: x509.Name) -> str:
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(kind):
            return str(attribute.value)
    return ""


def _damaged(field: str) -> SignatureReport:
    return SignatureReport(
        field=field,
        signer="",
        fingerprint="",
        signing_time=None,
        coverage=Coverage.PARTIAL,
        intact=False,
        valid=False,
        trusted=False,
        modification=Modification.OTHER,
        changes_permitted=False,
        message=_(
            "Die Datei trägt eine Signatur, die sich nicht prüfen lässt: "
            "Die Datei ist beschädigt oder nach dem Signieren verändert worden."
        ),
    )
