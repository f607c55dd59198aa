"""Preparing a PDF for signatures, and looking at what comes back signed from outside. Pure.

All fields are made before the first signature and the seal permits only signing (DocMDP 2): later
parties cannot slip in. What comes back must begin with the very bytes that were given out, so it is
the same document, with one signature more in the one field of the person.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field, enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.qualified.tsp import TSPRegistry

from document_templates.seals import MetadataKeepingWriter, Seal, draw_nothing, seal_pdf
from document_templates.signature_reading import PdfRejected, read_signed_file
from document_templates.signature_validation import validate_signatures
from document_templates.signing.qualified_signatures import (
    NotQualified,
    QualifiedSignature,
    assess_signature,
)
from tenants.language import _

SEAL_FIELD = "Siegel"


def prepare_fields(
    pdf: bytes, fields: Sequence[str], seal: Seal, *, reason: str, location: str, name: str,
    signed_at: datetime,
) -> bytes:  # fmt: skip
    """Return ``pdf`` with an empty signature field of each name, sealed so that all may be signed.

    Fields are invisible: they need no appearance whose font might be missing, and the sheet in
    front of them says in words whose they are. Raises `document_templates.seals.SealingFailed`.
    """
    writer = MetadataKeepingWriter(io.BytesIO(pdf))
    for field in fields:
        append_signature_field(writer, SigFieldSpec(sig_field_name=field))
    for reference in writer.root["/AcroForm"]["/Fields"]:
        draw_nothing(writer, reference.get_object())
    prepared = io.BytesIO()
    writer.write(prepared)  # type: ignore[no-untyped-call]
    return seal_pdf(
        prepared.getvalue(),
        seal,
        reason=reason,
        location=location,
        name=name,
        signed_at=signed_at,
        field_name=SEAL_FIELD,
        open_for_signatures=True,
    )


def empty_fields(pdf: bytes) -> list[str]:
    """Return the names of the signature fields that nobody has signed."""
    reader = PdfFileReader(io.BytesIO(pdf))
    return [name for name, _value, _ref in enumerate_sig_fields(reader, filled_status=False)]


def examine_signed_file(
    signed: bytes, *, current: bytes, former: Sequence[bytes], field: str, recorded_name: str,
    registry: TSPRegistry, seal_roots: Sequence[x509.Certificate], moment: datetime,
) -> QualifiedSignature:  # fmt: skip
    """Return the qualified signature that a person has added to ``current`` in ``field``.

    ``former`` are earlier states that were given out. Raises `NotQualified` with a German reason,
    in the order in which a person can mend it.
    """
    _check_base(signed, current, former)
    # What was given out was examined when it came in, and the file begins with its very bytes.
    before = {one.field_name for one in PdfFileReader(io.BytesIO(current)).embedded_signatures}
    after = _signatures(signed, seal_roots, moment)
    added = [one for one in after if one.field_name not in before]
    signatures = [one for one in added if one.sig_object_type != "/DocTimeStamp"]
    if not signatures:
        raise NotQualified(
            _(
                "Die Datei trägt keine neue Unterschrift. Unterschreiben Sie sie und laden Sie sie"
                " dann hoch."
            )
        )
    if len(signatures) > 1 or signatures[0].field_name != field:
        raise NotQualified(
            _(
                "Die Unterschrift steht nicht in Ihrem Feld „{field}“. Laden Sie die Datei neu"
                " herunter und wählen Sie im Signaturprogramm dieses Feld aus."
            ).format(field=field)
        )
    if set(empty_fields(signed)) != set(empty_fields(current)) - {field}:
        raise NotQualified(_changed())
    return assess_signature(signatures[0], registry, recorded_name=recorded_name, moment=moment)


def _check_base(signed: bytes, current: bytes, former: Sequence[bytes]) -> None:
    if signed == current:
        raise NotQualified(
            _(
                "Das ist die Datei ohne Ihre Unterschrift. Unterschreiben Sie sie, bevor Sie sie"
                " hochladen."
            )
        )
    if signed.startswith(current):
        return
    if any(signed.startswith(one) for one in former):
        raise NotQualified(
            _(
                "Inzwischen hat jemand anderes unterschrieben. Laden Sie die aktuelle Datei"
                " herunter und unterschreiben Sie diese."
            )
        )
    raise NotQualified(
        _(
            "Das ist nicht die Datei, die hier heruntergeladen wurde, oder ein Programm hat sie neu"
            " gespeichert. Laden Sie sie noch einmal herunter und unterschreiben Sie sie, ohne sie"
            " vorher zu drucken oder zu ändern."
        )
    )


def _signatures(
    pdf: bytes, seal_roots: Sequence[x509.Certificate], moment: datetime
) -> list[EmbeddedPdfSignature]:
    """Return the signatures of a file in which nothing but signing and archiving was done."""
    try:
        file = read_signed_file(pdf)
    except PdfRejected as error:
        raise NotQualified(_("Die hochgeladene Datei ist keine lesbare PDF-Datei.")) from error
    for report in validate_signatures(file, seal_roots, at=moment):
        if not (report.intact and report.valid and report.changes_permitted):
            raise NotQualified(_changed())
    return list(file.signatures)


def _changed() -> str:
    return _(
        "An der Datei ist mehr geändert worden als die Unterschrift. Laden Sie sie neu herunter und"
        " unterschreiben Sie sie, ohne etwas hinzuzufügen."
    )
