"""Saves a document so that the same content always gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

from docx.document import Document

FIXED_DATE = datetime(2026, 1, 1, 12, 0, 0)
_FIRST = ("[Content_Types].xml", "_rels/.rels")
_UNWANTED_RELATIONS = ("thumbnail", "customXml", "stylesWithEffects", "webSettings")


def docx_bytes(document: Document) -> bytes:
    """Return ``document`` as DOCX with fixed dates and a fixed order of its parts."""
    _drop_leftovers(document)
    written = io.BytesIO()
    document.save(written)
    target = io.BytesIO()
    with (
        zipfile.ZipFile(written) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as result,
    ):
        names = sorted(source.namelist(), key=lambda name: (name not in _FIRST, name))
        for name in names:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            result.writestr(entry, source.read(name))
    return target.getvalue()


def _drop_leftovers(document: Document) -> None:
    """Drop what python-docx's start document brings along and no template needs."""
    for owner in (document.part.package, document.part):
        for identifier, relation in list(owner.rels.items()):
            if relation.reltype.rsplit("/", 1)[-1] in _UNWANTED_RELATIONS:
                del owner.rels[identifier]
