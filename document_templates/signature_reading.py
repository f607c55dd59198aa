"""Reading a PDF for its signatures, once for everybody who asks something of them.

The file may come from anybody: size, revisions and signatures are bounded, and whatever the bytes
are, the answer is a file with signatures or a German error.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator.errors import PathError, ValidationError

from tenants.language import _

LARGEST_PDF = 100 * 1024**2
MOST_SIGNATURES = 50
MOST_REVISIONS = 200
PDF_START = re.compile(rb"%PDF-\d")
START_WITHIN = 1024
# A signature leaves these in the open: its own bytes cannot be inside a packed stream.
SIGNATURE_MARK = re.compile(rb"/ByteRange\s*\[|/SubFilter\s*/(?:ETSI\.|adbe\.)")

# pyHanko and asn1crypto read hostile bytes with ordinary Python, so a broken structure can
# show as any of these.
UNREADABLE = (
    PdfError, ValidationError, PathError, InvalidSignature, UnsupportedAlgorithm,
    ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError,
    ArithmeticError, RecursionError, NotImplementedError, EOFError, OSError,
    zlib.error, struct.error,
)  # fmt: skip


class PdfRejected(Exception):
    """The file cannot be examined; the message is German and for people."""


class NotAPdf(PdfRejected):
    """The bytes are no PDF, or one so broken that nothing can be read in it."""


class PdfTooLarge(PdfRejected):
    """The file is larger, or has more revisions or signatures, than is examined here."""


class PdfEncrypted(PdfRejected):
    """The file opens with a password only."""


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A PDF, the reader that holds what was read of it, and its signatures in signing order.

    ``reader`` is None where there is a signature in the file that nobody can read.
    """

    pdf: bytes
    reader: PdfFileReader | None
    signatures: tuple[EmbeddedPdfSignature, ...] = ()


def read_signed_file(pdf: bytes) -> SignedFile:
    """Return ``pdf`` with its signatures; without any it is a file all the same.

    Raises `NotAPdf`, `PdfTooLarge` or `PdfEncrypted`.
    """
    if not PDF_START.search(pdf[:START_WITHIN]):
        raise NotAPdf(_("Die Datei ist keine PDF-Datei."))
    if len(pdf) > LARGEST_PDF:
        raise PdfTooLarge(
            _("Die Datei ist größer als {size} MB.").format(size=LARGEST_PDF // 1024**2)
        )
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        _refuse(reader)
        signatures = tuple(reader.embedded_signatures)
    except UNREADABLE as error:
        if SIGNATURE_MARK.search(pdf):
            return SignedFile(pdf, None)
        raise NotAPdf(_("Die Datei ist beschädigt und nicht als PDF lesbar.")) from error
    if len(signatures) > MOST_SIGNATURES:
        raise PdfTooLarge(_("Die Datei trägt mehr Signaturen, als hier geprüft werden."))
    if not signatures and SIGNATURE_MARK.search(pdf):
        return SignedFile(pdf, None)
    return SignedFile(pdf, reader, signatures)


def _refuse(reader: PdfFileReader) -> None:
    if reader.encrypted:
        raise PdfEncrypted(
            _(
                "Die Datei ist mit einem Kennwort verschlüsselt. Speichern Sie sie ohne Kennwort,"
                " oder verwenden Sie die Datei, die Sie von der Stelle bekommen haben."
            )
        )
    if reader.xrefs.total_revisions > MOST_REVISIONS:
        raise PdfTooLarge(_("Die Datei wurde öfter geändert, als hier geprüft wird."))
