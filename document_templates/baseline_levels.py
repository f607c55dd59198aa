"""The PAdES baseline of the signatures in a PDF (ETSI EN 319 142-1, 6), read from the file itself.

B-T has a time stamp, B-LT also everything that is needed to validate it later, B-LTA a later time
stamp over both. A store without the revocation data of a signature's own certificates counts for
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import cms, crl, ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import extract_certificate_info, find_cms_attribute_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from document_templates.signature_reading import UNREADABLE, SignedFile

CADES = "/ETSI.CAdES.detached"
BASIC, STAMPED, LASTING, ARCHIVED = "PAdES B-B", "PAdES B-T", "PAdES B-LT", "PAdES B-LTA"


@dataclass(frozen=True, slots=True)
class _Store:
    """What a document security store says of certificates: who was asked about, and lists."""

    answered: frozenset[int] = frozenset()
    """Serial numbers with an OCSP response."""
    lists: frozenset[bytes] = field(default=frozenset())
    """Issuers (DER of their names) with a revocation list."""

    @classmethod
    def of(cls, reader: PdfFileReader) -> _Store:
        if "/DSS" not in reader.root:
            return cls()
        store = reader.root["/DSS"]
        responses = [
            ocsp.OCSPResponse.load(one.get_object().data) for one in store.get("/OCSPs", ())
        ]
        lists = [crl.CertificateList.load(one.get_object().data) for one in store.get("/CRLs", ())]
        return cls(
            frozenset(
                answer["cert_id"]["serial_number"].native
                for response in responses
                for answer in response.basic_ocsp_response["tbs_response_data"]["responses"]
            ),
            frozenset(one.issuer.dump() for one in lists),
        )

    def covers(self, certificates: Sequence[asn1_x509.Certificate]) -> bool:
        """Say whether there is something on every certificate that is not its own issuer."""
        return all(
            one.self_issued
            or one.serial_number in self.answered
            or one.issuer.dump() in self.lists
            or one.ocsp_no_check_value is not None
            for one in certificates
        )


@dataclass(frozen=True, slots=True)
class FileLevels:
    """What the time stamps of a file are worth.

    ``levels`` has the PAdES baseline of each signature by its field; unreadable ones have none.
    ``stamped_until`` is until when the time stamps hold by themselves, None when it lacks one: when
    the certificate of the last document time stamp ends. Without one every signature needs a time
    stamp of its own, and the first that ends counts.
    """

    levels: dict[str, str] = field(default_factory=dict)
    stamped_until: datetime | None = None


def file_levels(file: SignedFile) -> FileLevels:
    """Return the levels of a file; of one that cannot be read there are none."""
    if file.reader is None:
        return FileLevels()
    return FileLevels(_levels(file.reader, file.signatures), _stamped_until(file.signatures))


def _levels(reader: PdfFileReader, embedded: Sequence[EmbeddedPdfSignature]) -> dict[str, str]:
    try:
        store = _Store.of(reader)
    except UNREADABLE:
        return {}
    levels = {}
    for place, one in enumerate(embedded):
        archived = any(_is_timestamp(later) for later in embedded[place + 1 :])
        try:
            levels[str(one.field_name)] = _level(one, store, archived=archived)
        except UNREADABLE:
            continue
    return levels


def _stamped_until(embedded: Sequence[EmbeddedPdfSignature]) -> datetime | None:
    try:
        if embedded and _is_timestamp(embedded[-1]):
            return _ends(embedded[-1].signer_cert)
        ends = [
            max((_ends(_signer(token)) for token in _tokens(one)), default=None) for one in embedded
        ]
    except UNREADABLE:
        return None
    known = [one for one in ends if one is not None]
    return min(known) if known and len(known) == len(ends) else None


def _level(signature: EmbeddedPdfSignature, store: _Store, *, archived: bool) -> str:
    if _is_timestamp(signature) or signature.sig_object.get("/SubFilter") != CADES:
        return ""
    tokens = list(_tokens(signature))
    if not archived and not tokens:
        return BASIC
    needed = [signature.signer_cert, *signature.other_embedded_certs]
    for token in tokens:
        needed += [_signer(token), *extract_certificate_info(token).other_certs]
    if not store.covers(needed):
        return STAMPED
    return ARCHIVED if archived else LASTING


def _is_timestamp(signature: EmbeddedPdfSignature) -> bool:
    return bool(signature.sig_object_type == "/DocTimeStamp")


def _tokens(signature: EmbeddedPdfSignature) -> Iterator[cms.SignedData]:
    """Yield the time stamp tokens over a signature (RFC 3161, appendix A)."""
    attributes = signature.signer_info["unsigned_attrs"]
    for value in find_cms_attribute_iter(attributes, "signature_time_stamp_token"):
        yield value["content"]


def _signer(token: cms.SignedData) -> asn1_x509.Certificate:
    return extract_certificate_info(token).signer_cert


def _ends(certificate: asn1_x509.Certificate) -> datetime:
    ends: datetime = certificate["tbs_certificate"]["validity"]["not_after"].native
    return ends
