"""One converted letter and one seal for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from document_templates.certificates import (
    KeyAndCertificate,
    create_demo_authority,
    issue_seal_certificate,
)
from document_templates.conversion import Converter
from document_templates.seals import Seal, seal_pdf
from tests.document_templates.pdf.samples import PdfBytes, letter

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def converter() -> Iterator[Converter]:
    with Converter() as shared:
        yield shared


@pytest.fixture(scope="session")
def archived_pdf(converter: Converter) -> bytes:
    docx = letter("Zwischen den Parteien gilt:", title="Vereinbarung", pages=2)
    return PdfBytes(converter.convert(docx))


@pytest.fixture(scope="session")
def authority() -> KeyAndCertificate:
    return create_demo_authority(NOW)


@pytest.fixture(scope="session")
def seal(authority: KeyAndCertificate) -> Seal:
    return Seal.issued_by(
        authority, issue_seal_certificate(authority, "Jugendamt Musterstadt", NOW)
    )


@pytest.fixture(scope="session")
def sealed_pdf(archived_pdf: bytes, seal: Seal) -> bytes:
    return PdfBytes(
        seal_pdf(
            archived_pdf,
            seal,
            reason="Ausgefertigt",
            location="Musterstadt",
            name="Jugendamt Musterstadt",
            signed_at=NOW,
        )
    )
