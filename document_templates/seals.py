"""The electronic seal of a tenant on a PDF: PAdES baseline B-B or B-T (ETSI EN 319 142-1).

A seal says: this file comes from this authority and has not been changed since. It is
invisible, because a visible stamp would need its own embedded font, tag and place on every
layout, and proves no more. The document itself carries the QR code that people look for.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.attributes import (
    CMSAttributeProvider,
    SignedAttributeProviderSpec,
    SigningCertificateV2Provider,
)
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko_certvalidator.registry import CertificateStore, SimpleCertificateStore

from document_templates.certificates import (
    KeyAndCertificate,
    certificate_pem,
    fingerprint,
    read_certificates,
    read_private_key,
)
from tenants.language import _

log = structlog.get_logger()

UNSEALABLE = (PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError)
DIGEST = "sha256"
# What a CMS container holds beside certificates, the raw signature and the two places that name
# the issuer: digests and attributes, measured at about 350 bytes.
CONTAINER_OVERHEAD = 1024
STAMP_ROOM = 16 * 1024
"""Bytes that a time stamp with the certificates of its provider may take."""


class SealingFailed(Exception):
    """The PDF was not sealed; the message is German and for people."""


class SealKey(Protocol):
    """A private RSA key, wherever it lies."""

    @property
    def key_size(self) -> int:
        """The length in bits."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the PKCS #1 v1.5 signature with SHA-256 over ``data``."""
        ...

    def fits(self, public_key: rsa.RSAPublicKey) -> bool:
        """Say whether it is the private key to ``public_key``."""
        ...


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """A key in memory, parsed once."""

    private_key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def key_size(self) -> int:
        """See `SealKey`."""
        return self.private_key.key_size

    def sign(self, data: bytes) -> bytes:
        """See `SealKey`."""
        return self.private_key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def fits(self, public_key: rsa.RSAPublicKey) -> bool:
        """See `SealKey`."""
        return self.private_key.public_key() == public_key


@dataclass(frozen=True)
class Seal:
    """A tenant's seal, ready to use: its key, its certificate and those above it.

    Keep the object: parsing and checking an RSA key takes ten times as long as signing. It may
    be shared between threads.
    """

    key: SealKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    def check(self) -> Self:
        """Return the seal; raise :class:`SealingFailed` when key and certificate do not fit."""
        public_key = self.certificate.public_key()
        if not isinstance(public_key, rsa.RSAPublicKey) or not self.key.fits(public_key):
            raise SealingFailed(_("Schlüssel und Zertifikat des Siegels passen nicht zusammen."))
        return self

    @classmethod
    def from_pem(cls, private_key: bytes, certificates: bytes) -> Self:
        """Return the seal of a decrypted PEM key and its certificate, the issuers after it.

        Raises :class:`~document_templates.certificates.UnreadableKey` and
        :class:`SealingFailed`.
        """
        own, *chain = read_certificates(certificates)
        return cls(ParsedKey(read_private_key(private_key)), own, tuple(chain)).check()

    @classmethod
    def issued_by(cls, authority: KeyAndCertificate, issued: KeyAndCertificate) -> Self:
        """Return the seal of a certificate that ``authority`` issued."""
        return cls(ParsedKey(issued.private_key), issued.certificate, (authority.certificate,))

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate in lower-case hexadecimal digits."""
        return fingerprint(self.certificate)

    def sign_detached(self, data: bytes) -> bytes:
        """Return a detached CMS signature over ``data``, with all certificates (DER, RFC 5652)."""
        signed = asyncio.run(_SealSigner(self).async_sign_general_data(data, DIGEST, detached=True))
        dumped: bytes = signed.dump()
        return dumped


class _NamedCertificate(SigningCertificateV2Provider):
    """Names the certificate under the signature (ESS, RFC 5035), as bytes that stay as they are.

    What pyHanko puts together is written anew whenever something around it is measured, hundreds
    of times for a seal; what was read keeps its bytes.
    """

    async def build_attr_value(self, dry_run=False):  # type: ignore[no-untyped-def]
        value = await super().build_attr_value(dry_run)
        return type(value).load(value.dump())


class _SealAttributes(SignedAttributeProviderSpec):
    """What a PAdES B-B seal signs beside the kind and the digest of its content."""

    def __init__(self, named: CMSAttributeProvider) -> None:
        self._named = named

    def signed_attr_providers(
        self, data_digest: bytes, digest_algorithm: str
    ) -> Iterable[CMSAttributeProvider]:
        return [self._named]


class _SealSigner(Signer):
    """Signs with the key of a seal; pyHanko's own signer parses a key for every signature."""

    def __init__(self, seal: Seal) -> None:
        own, *chain = load_certs_from_pemder_data(
            b"".join(certificate_pem(one) for one in (seal.certificate, *seal.chain))
        )
        store: CertificateStore = SimpleCertificateStore.from_certs(chain)  # type: ignore[no-untyped-call]
        super().__init__(
            cert_registry=store,
            signing_cert=own,
            embed_roots=True,
        )
        self.signed_attr_prov_spec = _SealAttributes(_NamedCertificate(own))
        self._key = seal.key

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        if digest_algorithm != DIGEST:
            raise ValueError(f"seals are made with {DIGEST}, not {digest_algorithm}")
        if dry_run:
            return bytes(self._key.key_size // 8)
        return self._key.sign(data)


class _SignerAtTime(PdfSigner):
    """A signer whose signatures bear a given time; PAdES has it in the dictionary's ``/M``."""

    def __init__(
        self,
        metadata: PdfSignatureMetadata,
        signer: Signer,
        signed_at: datetime,
        field_of_seal: SigFieldSpec,
        timestamps: TimeStamper | None,
    ) -> None:
        super().__init__(metadata, signer, timestamper=timestamps, new_field_spec=field_of_seal)
        self._signed_at = signed_at

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._signed_at
        draw_nothing(pdf_out, session.sig_field)
        return session


def draw_nothing(pdf_out: BasePdfFileWriter, field_of_seal: DictionaryObject) -> None:
    """Give an invisible field the appearance that ISO 19005-1, 6.9 wants of every field."""
    if "/AP" not in field_of_seal:
        nothing = RawContent(b"", box=BoxConstraints(1, 1)).as_form_xobject()
        appearance = DictionaryObject({"/N": pdf_out.add_object(nothing)})  # type: ignore[no-untyped-call]
        field_of_seal["/AP"] = appearance


class MetadataKeepingWriter(IncrementalPdfFileWriter):
    """Appends to a PDF without touching its metadata.

    pyHanko would add itself to ``/Producer`` in one way and to the XMP packet in another,
    which ISO 19005-2, 6.6.3 forbids. The time of the seal stands in the seal.
    """

    def _update_meta(self) -> None:
        return


def seal_pdf(
    pdf: bytes,
    seal: Seal,
    *,
    reason: str,
    location: str,
    name: str,
    signed_at: datetime,
    field_name: str = "Siegel",
    open_for_signatures: bool = False,
    timestamps: TimeStamper | None = None,
) -> bytes:
    """Return ``pdf`` with an invisible PAdES seal appended; PDF/A-2b stays PDF/A-2b.

    The first seal certifies the document. Without ``open_for_signatures`` it permits no
    change at all (DocMDP 1): a sealed version is final, and what a later time stamp or
    archive renewal adds is no change in the sense of ISO 32000-2, 12.8.2.2. With it, forms
    may be filled and signatures added (DocMDP 2), for documents that parties still sign.
    ``signed_at`` is an aware datetime. With ``timestamps`` the seal bears a time stamp (B-T), or
    none (B-B) when there is none to be had. Raises :class:`SealingFailed`.
    """
    _check_time(seal, signed_at)
    texts = _Texts(reason, location, name, signed_at, field_name, open_for_signatures)
    if timestamps is not None:
        try:
            return _sealed(pdf, seal, texts, timestamps)
        except (*UNSEALABLE, OSError):
            # Whatever the provider does, a document is never held up by it.
            log.warning("seal.not_stamped")
    try:
        return _sealed(pdf, seal, texts, None)
    except UNSEALABLE as error:
        # SigningError is a ValueError; a damaged file shows as any of the others.
        raise SealingFailed(
            _("Die PDF-Datei lässt sich nicht siegeln ({reason}).").format(reason=error)
        ) from error


@dataclass(frozen=True, slots=True)
class _Texts:
    reason: str
    location: str
    name: str
    signed_at: datetime
    field_name: str
    open_for_signatures: bool


def _sealed(pdf: bytes, seal: Seal, texts: _Texts, timestamps: TimeStamper | None) -> bytes:
    writer = MetadataKeepingWriter(io.BytesIO(pdf))
    permitted = MDPPerm.FILL_FORMS if texts.open_for_signatures else MDPPerm.NO_CHANGES
    metadata = PdfSignatureMetadata(
        field_name=texts.field_name,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        reason=texts.reason,
        location=texts.location,
        name=texts.name,
        certify=not writer.prev.embedded_signatures,
        docmdp_permissions=permitted,
    )
    field_of_seal = SigFieldSpec(texts.field_name, readable_field_name=texts.reason)
    signer = _SignerAtTime(metadata, _SealSigner(seal), texts.signed_at, field_of_seal, timestamps)
    room = _container_size(seal) + (2 * STAMP_ROOM if timestamps else 0)
    output = io.BytesIO()
    signer.sign_pdf(writer, bytes_reserved=room, output=output)
    return output.getvalue()


def _check_time(seal: Seal, signed_at: datetime) -> None:
    if signed_at.tzinfo is None:
        raise ValueError("the time of a seal needs a time zone")
    begin, end = seal.certificate.not_valid_before_utc, seal.certificate.not_valid_after_utc
    if not begin <= signed_at <= end:
        raise SealingFailed(
            _("Das Siegelzertifikat gilt nur vom {begin} bis zum {end}.").format(
                begin=begin.strftime("%d.%m.%Y"), end=end.strftime("%d.%m.%Y")
            )
        )


def _container_size(seal: Seal) -> int:
    """Return the hexadecimal digits to reserve, so that no trial signature is needed."""
    certificates = (seal.certificate, *seal.chain)
    size = sum(len(one.public_bytes(serialization.Encoding.DER)) for one in certificates)
    issuer = len(seal.certificate.issuer.public_bytes())
    return 2 * (size + 2 * issuer + seal.key.key_size // 8 + CONTAINER_OVERHEAD)
