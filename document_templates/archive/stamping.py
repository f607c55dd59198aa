"""Time stamps in sealed files: at the sealing, later where that failed, and again before they end.

What is added is appended: every byte that was sealed or signed stays where it is, and a seal that
permits no change permits this (ISO 32000-2, 12.8.2.2; ETSI EN 319 142-1, 5.4).
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore, collect_validation_info
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from document_templates.archive.timestamps import (
    UNUSABLE,
    TimestampAuthority,
    timestamp_unavailable,
)
from document_templates.archive.validation_sources import fetching_context
from document_templates.seals import (
    DIGEST,
    STAMP_ROOM,
    MetadataKeepingWriter,
    Seal,
    draw_nothing,
    seal_pdf,
)
from document_templates.signature_reading import UNREADABLE
from tenants.language import _

FIELD = "Zeitstempel {number}"


@dataclass(frozen=True, slots=True)
class Stamping:
    """Who stamps, and where revocation data may be fetched that makes a stamp last.

    Without ``hosts`` nothing is fetched. ``roots`` are where the chains of signers and provider
    may end.
    """

    authority: TimestampAuthority
    hosts: frozenset[str] = frozenset()
    roots: Sequence[x509.Certificate] = field(default=(), repr=False)


def seal_and_stamp(
    pdf: bytes, seal: Seal, stamping: Stamping | None, *, reason: str, location: str, name: str,
    signed_at: datetime,
) -> bytes:  # fmt: skip
    """Return ``pdf`` sealed, as strongly as it can be had now.

    With a provider that answers it bears a time stamp (B-T), with revocation data also that (B-LT);
    without, it is sealed all the same (B-B), and stamped later by the periodic job. Raises
    `document_templates.seals.SealingFailed`.
    """
    sealed = seal_pdf(
        pdf, seal, reason=reason, location=location, name=name, signed_at=signed_at,
        timestamps=stamping.authority.client if stamping else None,
    )  # fmt: skip
    return add_validation_data(sealed, stamping) if stamping and stamping.hosts else sealed


def add_timestamp(pdf: bytes, stamping: Stamping) -> bytes:
    """Return ``pdf`` with a document time stamp appended, and first what validates the rest.

    Raises `document_templates.archive.timestamps.TimestampUnavailable`.
    """
    prepared = add_validation_data(pdf, stamping) if stamping.hosts else pdf
    try:
        return asyncio.run(_stamped(prepared, stamping))
    except UNUSABLE as problem:
        raise timestamp_unavailable() from problem


def add_validation_data(pdf: bytes, stamping: Stamping) -> bytes:
    """Return ``pdf`` with certificates and revocation data of its signatures in its store (DSS).

    What a time stamp covers already has them; of what cannot be fetched nothing is added, and the
    level of the file tells (`document_templates.baseline_levels`).
    """
    return asyncio.run(_with_store(pdf, stamping))


async def _with_store(pdf: bytes, stamping: Stamping) -> bytes:
    embedded = list(PdfFileReader(io.BytesIO(pdf)).embedded_signatures)
    paths = []
    async with fetching_context(stamping.roots, stamping.hosts) as context:
        for one in embedded[_first_uncovered(embedded) :]:
            try:
                paths += await collect_validation_info(one, context)
            except UNREADABLE:
                continue
        if not paths:
            return pdf
        writer = MetadataKeepingWriter(io.BytesIO(pdf))
        store = DocumentSecurityStore.supply_dss_in_writer(
            writer, None, paths=paths, validation_context=context
        )
    return _written(writer) if store.modified else pdf


def _first_uncovered(embedded: Sequence[EmbeddedPdfSignature]) -> int:
    """Return the place of the last document time stamp, 0 without one."""
    places = [at for at, one in enumerate(embedded) if one.sig_object_type == "/DocTimeStamp"]
    return places[-1] if places else 0


async def _stamped(pdf: bytes, stamping: Stamping) -> bytes:
    writer = MetadataKeepingWriter(io.BytesIO(pdf))
    stamps = [
        one for one in writer.prev.embedded_signatures if one.sig_object_type == "/DocTimeStamp"
    ]
    name = FIELD.format(number=len(stamps) + 1)
    append_signature_field(writer, SigFieldSpec(name, readable_field_name=_("Zeitstempel")))
    _draw_as_before(writer)
    output = io.BytesIO()
    await PdfTimeStamper(stamping.authority.client, field_name=name).async_timestamp_pdf(
        writer, DIGEST, bytes_reserved=2 * STAMP_ROOM, output=output
    )
    return output.getvalue()


def _draw_as_before(writer: MetadataKeepingWriter) -> None:
    """Give the last field the appearance of the first one, which shows nothing either.

    An appearance of its own would be a new object, and a seal that permits no change permits none
    but those of the time stamp.
    """
    *former, field_of_stamp = (one.get_object() for one in writer.root["/AcroForm"]["/Fields"])
    for one in former:
        if "/AP" in one and _shows_nothing(one):
            appearance = DictionaryObject({"/N": one["/AP"].raw_get("/N")})  # type: ignore[no-untyped-call]
            field_of_stamp["/AP"] = appearance
            return
    draw_nothing(writer, field_of_stamp)


def _shows_nothing(form_field: DictionaryObject) -> bool:
    left, bottom, right, top = form_field.get("/Rect", (0, 0, 1, 1))
    return bool(left == right or bottom == top)


def _written(writer: MetadataKeepingWriter) -> bytes:
    output = io.BytesIO()
    writer.write(output)  # type: ignore[no-untyped-call]
    return output.getvalue()
