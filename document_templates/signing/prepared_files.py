"""A PDF made ready for a signature whose value comes later, from somewhere else. Pure.

Between the hash that a person releases and the signature lie seconds, or a visit to the pages of a
service: what was made ready is only what is appended to the file, so it is small enough to keep.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Final

from asn1crypto import cms
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import ExternalSigner, PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.csc_signer import CSCSigner
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_signer import PdfTBSDocument

from document_templates.seals import DIGEST, MetadataKeepingWriter
from document_templates.signing.remote_credentials import Credential

_ROOM: Final = 2 * 24 * 1024
"""Hexadecimal digits for signature and certificates."""


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """What is appended to a file, and where in the whole the signature is missing."""

    appended: bytes
    start: int
    end: int
    document_digest: bytes
    attributes: bytes
    """The signed attributes in DER: certificate and digest of the file (PAdES, CMS 5.3)."""

    @property
    def digest(self) -> bytes:
        """The SHA-256 that is to be signed."""
        return hashlib.sha256(self.attributes).digest()


async def prepare_file(pdf: bytes, field_name: str, credential: Credential) -> PreparedFile:
    """Make ``pdf`` ready to be signed in ``field_name`` with the key of ``credential``.

    Raises `pyhanko.sign.general.SigningError` if the field is none that can be signed.
    """
    info = credential.info
    signer = ExternalSigner(info.signing_cert, info.as_cert_store(), bytes(512))
    metadata = PdfSignatureMetadata(
        field_name=field_name, md_algorithm=DIGEST, subfilter=SigSeedSubFilter.PADES
    )
    prepared, _document, output = await PdfSigner(metadata, signer).async_digest_doc_for_signing(
        MetadataKeepingWriter(io.BytesIO(pdf)),
        existing_fields_only=True,
        bytes_reserved=_ROOM,
        output=io.BytesIO(),
    )
    attributes = await signer.signed_attrs(prepared.document_digest, DIGEST, use_pades=True)
    output.seek(0)
    return PreparedFile(
        output.read()[len(pdf) :],
        prepared.reserved_region_start,
        prepared.reserved_region_end,
        prepared.document_digest,
        attributes.dump(),
    )


async def complete_file(pdf: bytes, prepared: PreparedFile, signer: CSCSigner) -> bytes:
    """Return ``pdf`` with the signature that ``signer`` makes of what was prepared.

    Raises `pyhanko.sign.general.SigningError` when the signer makes none.
    """
    signature = await signer.async_sign_prescribed_attributes(
        DIGEST, signed_attrs=cms.CMSAttributes.load(prepared.attributes)
    )
    output = io.BytesIO(pdf + prepared.appended)
    await PdfTBSDocument.async_finish_signing(
        output,
        PreparedByteRangeDigest(prepared.document_digest, prepared.start, prepared.end),
        signature,
    )
    return output.getvalue()
