"""A PDF that anybody hands in: what the page and the programs' answer say, and what they refuse."""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pikepdf
import pytest
from flask import Flask
from pyhanko.pdf_utils.generic import NumberObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from document_templates.certificates import create_demo_authority, issue_seal_certificate
from document_templates.examining.examiner import LARGEST_FILE
from document_templates.models import DocumentVersion, Proof
from document_templates.seals import Seal, seal_pdf
from tenants.database import now
from tenants.storage.tenant_store import TenantStore
from tests.support.installation import Installation
from tests.support.pipeline import Asked, Case, open_case
from tests.support.web import Visitor
from tests.support.web_forms import text_of
from workers.handlers import perform_task
from workers.runtime import Runtime

PAGE = "/pruefen/datei"
DOCUMENT = "/pruefen/datei.json"


@pytest.fixture(scope="module")
def case(installation: Installation) -> Case:
    return open_case(installation)


@pytest.fixture(scope="module")
def asked(case: Case, installation: Installation) -> Asked:
    made = case.submit()
    with Runtime.from_settings(installation.settings) as runtime:
        perform_task(runtime, made.task_id)
    return made


@pytest.fixture(scope="module")
def version(installation: Installation, asked: Asked) -> DocumentVersion:
    return installation.in_scope(
        asked.scope,
        lambda session: session.scalars(
            select(DocumentVersion).where(DocumentVersion.request_id == asked.request_id)
        ).one(),
    )


@pytest.fixture(scope="module")
def pdf(installation: Installation, case: Case, version: DocumentVersion) -> bytes:
    """The sealed file as its receiver has it."""
    store = TenantStore(installation.store, case.tenant.id)
    return store.get(version.pdf_key, version.pdf_object_version, version.pdf_sha256)


@contextmanager
def throttling(app: Flask, *, enabled: bool) -> Iterator[None]:
    """Switch the counting of calls on or off; afterwards it is as it was."""
    limiters = [(limiter, limiter.enabled) for limiter in app.extensions["limiter"]]
    for limiter, _before in limiters:
        limiter.enabled = enabled
    try:
        yield
    finally:
        for limiter, before in limiters:
            limiter.enabled = before


@pytest.fixture
def anybody(app: Flask) -> Iterator[Visitor]:
    with throttling(app, enabled=False):
        yield Visitor(app)


def hand_in(visitor: Visitor, content: bytes, path: str = PAGE) -> TestResponse:
    file = (io.BytesIO(content), "brief.pdf")
    return visitor.client.post(path, data={"file": file})


def verdict_of(visitor: Visitor, content: bytes) -> str:
    document = hand_in(visitor, content, DOCUMENT).get_json()
    return str(document["verdict"])


def set_state(installation: Installation, asked: Asked, code_of: str, state: str) -> None:
    def work(session: Session) -> None:
        session.execute(
            update(Proof).where(Proof.document_version_id == code_of).values(state=state)
        )

    installation.in_scope(asked.scope, work)


def sign_later(pdf: bytes) -> bytes:
    """Let somebody else, whom nobody here knows, sign the file."""
    authority = create_demo_authority(now())
    seal = Seal.issued_by(authority, issue_seal_certificate(authority, "Fremde Stelle", now()))
    return seal_pdf(
        pdf, seal, reason="", location="", name="Fremde Stelle", signed_at=now(),
        field_name="Zweite",
    )  # fmt: skip


def unsigned_pdf() -> bytes:
    output = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(output)
    return output.getvalue()


def test_anybody_sees_who_sealed_it_and_that_it_counts(
    anybody: Visitor, case: Case, pdf: bytes
) -> None:
    page = hand_in(anybody, pdf)
    assert page.status_code == 200
    words = text_of(page)
    assert "Diese Datei ist echt" in words
    assert case.tenant.name in words
    assert "PAdES B-B" in words
    assert "geltende Fassung" in words
    for secret in ("Kim", case.organisation.name, case.person.email, "Müller", "Fachleistungs"):
        assert secret not in words, secret


def test_programs_get_the_same_as_json(
    anybody: Visitor, case: Case, pdf: bytes, version: DocumentVersion
) -> None:
    document = hand_in(anybody, pdf, DOCUMENT).get_json()
    assert document["verdict"] == "genuine"
    assert document["sha256"] == version.pdf_sha256
    assert document["register"]["sealed_by"] == case.tenant.name
    assert document["register"]["state"] == "valid"
    (signature,) = document["signatures"]
    assert (signature["intact"], signature["trusted"]) == (True, True)
    assert signature["level"] == "PAdES B-B"
    negotiated = anybody.client.post(
        PAGE, data={"file": (io.BytesIO(pdf), "b.pdf")}, headers={"Accept": "application/json"}
    )
    assert negotiated.get_json() == document


@pytest.mark.parametrize(
    ("state", "verdict", "words"),
    [
        ("superseded", "superseded", "nicht die neueste Fassung"),
        ("signed", "superseded", "durch die unterschriebene Fassung abgelöst"),
        ("withdrawn", "withdrawn", "gilt nicht mehr"),
    ],
)
def test_what_no_longer_counts_is_said(
    installation: Installation, anybody: Visitor, asked: Asked, version: DocumentVersion,
    pdf: bytes, state: str, verdict: str, words: str,
) -> None:  # fmt: skip
    set_state(installation, asked, version.id, state)
    try:
        assert verdict_of(anybody, pdf) == verdict
        assert words in text_of(hand_in(anybody, pdf))
    finally:
        set_state(installation, asked, version.id, "valid")


def test_one_changed_byte_is_found(anybody: Visitor, pdf: bytes) -> None:
    changed = bytearray(pdf)
    changed[len(pdf) // 3] ^= 1
    assert verdict_of(anybody, bytes(changed)) in ("changed", "refused")
    at = pdf.index(b"stream") + 20
    changed = bytearray(pdf)
    changed[at] ^= 1
    assert verdict_of(anybody, bytes(changed)) == "changed"
    assert "wurde verändert" in text_of(hand_in(anybody, bytes(changed)))


def test_what_the_seal_does_not_permit_is_a_change(anybody: Visitor, pdf: bytes) -> None:
    """The seal permits nothing: what is added behind its back is no part of the document."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page[pdf_name("/Rotate")] = NumberObject(180)
    writer.update_container(page)
    added = io.BytesIO()
    writer.write(added)
    document = hand_in(anybody, added.getvalue(), DOCUMENT).get_json()
    assert document["verdict"] == "changed"
    # It still says of which document the file is made.
    assert document["register"]["state"] == "valid"


def test_files_that_are_not_from_here(anybody: Visitor) -> None:
    assert verdict_of(anybody, unsigned_pdf()) == "unsigned"
    assert verdict_of(anybody, sign_later(unsigned_pdf())) == "unknown_issuer"
    words = text_of(hand_in(anybody, sign_later(unsigned_pdf())))
    assert "Aussteller ist unbekannt" in words and "Fremde Stelle" in words


def encrypted_pdf() -> bytes:
    output = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(output, encryption=pikepdf.Encryption(owner="o", user="u"))
    return output.getvalue()


def bomb() -> bytes:
    """A cross-reference stream that inflates to gigabytes."""
    zeros = zlib.compressobj(9)
    packed = b"".join(zeros.compress(bytes(1 << 20)) for _megabyte in range(3000)) + zeros.flush()
    packed = zlib.compress(packed)
    head = b"%PDF-1.7\n"
    xref = (
        b"1 0 obj\n<</Type/XRef/Size 9999999/W[1 4 2]/Root 2 0 R"
        b"/Filter[/FlateDecode/FlateDecode]/Length %d>>\nstream\n" % len(packed)
    )
    body = head + xref + packed + b"\nendstream\nendobj\n"
    return body + b"startxref\n%d\n%%%%EOF\n" % len(head)


HOSTILE = [
    ("leer", b"", "Bitte wählen Sie"),
    ("kein PDF", b"MZ\x90" * 100, "keine PDF-Datei"),
    ("kaputt", b"%PDF-1.7\n" + b"\x00\xff" * 500, "beschädigt"),
    ("verschlüsselt", encrypted_pdf(), "Kennwort"),
    ("Bombe", bomb(), "nicht als PDF lesbar"),
    ("zu groß", b"%PDF-1.7\n" + bytes(LARGEST_FILE), "größer als 25 MB"),
    ("viel zu groß", b"%PDF-1.7\n" + bytes(LARGEST_FILE + 200_000), "größer als 25 MB"),
]


@pytest.mark.parametrize(
    ("content", "reason"), [one[1:] for one in HOSTILE], ids=[o[0] for o in HOSTILE]
)
def test_hostile_files_are_refused_with_a_reason(
    anybody: Visitor, content: bytes, reason: str
) -> None:
    began = time.monotonic()
    page = hand_in(anybody, content)
    assert page.status_code in (413, 422)
    assert reason in text_of(page)
    document = hand_in(anybody, content, DOCUMENT)
    assert document.status_code == page.status_code
    assert reason in document.get_json()["refusal"]
    assert document.get_json()["register"] is None
    assert time.monotonic() - began < 60


def test_the_proof_of_a_code_is_there_for_programs(
    installation: Installation, anybody: Visitor, asked: Asked, version: DocumentVersion
) -> None:
    code = installation.in_scope(
        asked.scope,
        lambda session: session.scalars(
            select(Proof.code).where(Proof.document_version_id == version.id)
        ).one(),
    )
    document = anybody.get(f"/pruefen/{code}.json")
    assert document.get_json()["sha256"] == version.pdf_sha256
    negotiated = anybody.get(f"/pruefen/{code}", headers={"Accept": "application/json"})
    assert negotiated.get_json() == document.get_json()
    assert "Accept" in negotiated.headers["Vary"]
    assert anybody.get(f"/pruefen/{code}").mimetype == "text/html"
    unknown = anybody.get("/pruefen/00000000000000000000000000.json")
    assert (unknown.status_code, unknown.get_json()) == (404, {"state": "unknown"})


def test_nobody_keeps_it_busy(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.client.environ_base["REMOTE_ADDR"] = "192.0.2.33"
    with throttling(app, enabled=True):
        statuses = [hand_in(visitor, b"", DOCUMENT).status_code for _number in range(21)]
        page = hand_in(visitor, b"")
    assert statuses == [422] * 20 + [429]
    assert page.status_code == 429
    assert "zu viele Versuche" in text_of(page)
