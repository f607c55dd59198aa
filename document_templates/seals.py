"""The electronic seal of a tenant on a PDF: PAdES baseline B-B (ETSI EN 319 142-1).

A seal says: this file comes from this authority and has not been changed since. It is
invisible, because a visible stamp would need its own embedded font, tag and place on every
layout, and proves no more. The document itself carries the QR code that people look for.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

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
from pyhanko_certvalidator.registry import CertificateStore, SimpleCertificateStore

from document_templates.certificates import (
    KeyAndCertificate,
    certificate_pem,
    fingerprint,
    read_certificates,
    read_private_key,
)
from tenants.language import _

DIGEST = "sha256"
# What a CMS container holds beside certificates, the raw signature and the two places that name
# the issuer: digests and attributes, measured at about 350 bytes.
CONTAINER_OVERHEAD = 1024


class SealingFailed(Exception):
    """The PDF was not sealed; the message is German and for people."""


@dataclass(frozen=True)
class Seal:
    """A tenant's seal, ready to use: the parsed key, its certificate and those above it.

    Keep the object: parsing and checking an RSA key takes ten times as long as signing.
    It may be shared between threads.
    """

    private_key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    def __post_init__(self) -> None:
        """Raise :class:`SealingFailed` when key and certificate do not belong together."""
        if self.certificate.public_key() != self.private_key.public_key():
            raise SealingFailed(_("Schlüssel und Zertifikat des Siegels passen nicht zusammen."))

    @classmethod
    def from_pem(cls, private_key: bytes, certificates: bytes) -> Self:
        """Return the seal of a decrypted PEM key and its certificate, the issuers after it.

        Raises :class:`~document_templates.certificates.UnreadableKey` and
        :class:`SealingFailed`.
        """
        own, *chain = read_certificates(certificates)
        return cls(read_private_key(private_key), own, tuple(chain))

    @classmethod
    def issued_by(cls, authority: KeyAndCertificate, issued: KeyAndCertificate) -> Self:
        """Return the seal of a certificate that ``authority`` issued."""
        return cls(issued.private_key, issued.certificate, (authority.certificate,))

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate in lower-case hexadecimal digits."""
        return fingerprint(self.certificate)


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


class _ParsedKeySigner(Signer):
    """Signs with a key that stays parsed; pyHanko's own signer reads it for every signature."""

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
        self._key = seal.private_key

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        if digest_algorithm != DIGEST:
            raise ValueError(f"seals are made with {DIGEST}, not {digest_algorithm}")
        if dry_run:
            return bytes(self._key.key_size // 8)
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())


class _SignerAtTime(PdfSigner):
    """A signer whose signatures bear a given time; PAdES has it in the dictionary's ``/M``."""

    def __init__(
        self,
        metadata: PdfSignatureMetadata,
        signer: Signer,
        signed_at: datetime,
        field_of_seal: SigFieldSpec,
    ) -> None:
        super().__init__(metadata, signer, new_field_spec=field_of_seal)
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
) -> bytes:
    """Return ``pdf`` with an invisible PAdES B-B seal appended; PDF/A-2b stays PDF/A-2b.

    The first seal certifies the document. Without ``open_for_signatures`` it permits no
    change at all (DocMDP 1): a sealed version is final, and what a later time stamp or
    archive renewal adds is no change in the sense of ISO 32000-2, 12.8.2.2. With it, forms
    may be filled and signatures added (DocMDP 2), for documents that parties still sign.
    ``signed_at`` is an aware datetime. Raises :class:`SealingFailed`.
    """
    _check_time(seal, signed_at)
    try:
        writer = MetadataKeepingWriter(io.BytesIO(pdf))
        certify = not writer.prev.embedded_signatures
        metadata = PdfSignatureMetadata(
            field_name=field_name,
            md_algorithm=DIGEST,
            subfilter=SigSeedSubFilter.PADES,
            reason=reason,
            location=location,
            name=name,
            certify=certify,
            docmdp_permissions=MDPPerm.FILL_FORMS if open_for_signatures else MDPPerm.NO_CHANGES,
        )
        field_of_seal = SigFieldSpec(field_name, readable_field_name=reason)
        output = io.BytesIO()
        _SignerAtTime(metadata, _ParsedKeySigner(seal), signed_at, field_of_seal).sign_pdf(
            writer, bytes_reserved=_container_size(seal), output=output
        )
    except (PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        # SigningError is a ValueError; a damaged file shows as any of the others.
        raise SealingFailed(
            _("Die PDF-Datei lässt sich nicht siegeln ({reason}).").format(reason=error)
        ) from error
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
    return 2 * (size + 2 * issuer + seal.private_key.key_size // 8 + CONTAINER_OVERHEAD)
