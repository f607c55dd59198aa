"""The verdict on signatures: right for what is whole, never „intact“ for what is not."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import TypedDict

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import TextStringObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from document_templates import signature_reading
from document_templates.certificates import (
    KeyAndCertificate,
    Revocation,
    create_demo_authority,
    create_revocation_list,
    fingerprint,
    issue_seal_certificate,
)
from document_templates.seals import Seal, seal_pdf
from document_templates.signature_reading import NotAPdf, PdfEncrypted, PdfTooLarge
from document_templates.signature_validation import (
    Coverage,
    Modification,
    SignatureReport,
    validate_pdf,
)
from tests.document_templates.pdf.samples import PdfBytes


class Texts(TypedDict):
    reason: str
    location: str
    name: str


TEXTS: Texts = {"reason": "Ausgefertigt", "location": "Musterstadt", "name": "Jugendamt"}


def only(reports: list[SignatureReport]) -> SignatureReport:
    (report,) = reports
    return report


def append_text(pdf: bytes) -> bytes:
    """Add an update that puts other words on the first page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Annots"] = TextStringObject("x")
    page[pdf_name("/Rotate")] = TextStringObject("180")
    writer.update_container(page)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_a_sealed_file_is_accepted(
    sealed_pdf: bytes, authority: KeyAndCertificate, seal: Seal, now: datetime
) -> None:
    report = only(validate_pdf(sealed_pdf, [authority.certificate], at=now))
    assert report.accepted
    assert (report.intact, report.valid, report.trusted) == (True, True, True)
    assert report.field == "Siegel"
    assert report.signer == "Jugendamt Musterstadt – Siegel (Demo)"
    assert report.fingerprint == fingerprint(seal.certificate)
    assert report.signing_time == now
    assert report.coverage is Coverage.WHOLE_FILE
    assert report.modification is Modification.NONE
    assert report.message == (
        "Signiert von „Jugendamt Musterstadt – Siegel (Demo)“ am 02.03.2026 um 10:30 Uhr. "
        "Seither unverändert."
    )


def test_an_unsigned_file_has_no_reports(archived_pdf: bytes) -> None:
    assert validate_pdf(archived_pdf, []) == []


def test_an_unknown_issuer_is_intact_but_not_trusted(sealed_pdf: bytes, now: datetime) -> None:
    stranger = create_demo_authority(now, name="Andere Demo-Stelle")
    for roots in ([], [stranger.certificate]):
        report = only(validate_pdf(sealed_pdf, roots, at=now))
        assert (report.intact, report.valid, report.trusted) == (True, True, False)
        assert not report.accepted
        assert "Aussteller des Zertifikats ist hier nicht bekannt" in report.message


def test_a_namesake_of_the_authority_is_not_trusted(sealed_pdf: bytes, now: datetime) -> None:
    namesake = create_demo_authority(now)
    assert not only(validate_pdf(sealed_pdf, [namesake.certificate], at=now)).trusted


def test_expiry_is_told(sealed_pdf: bytes, authority: KeyAndCertificate, now: datetime) -> None:
    later = now + timedelta(days=1500)
    report = only(validate_pdf(sealed_pdf, [authority.certificate], at=later))
    assert (report.intact, report.valid, report.trusted) == (True, True, False)
    assert "zum Zeitpunkt der Prüfung nicht gültig" in report.message


def test_revocation_is_told(
    sealed_pdf: bytes, authority: KeyAndCertificate, seal: Seal, now: datetime
) -> None:
    def verdict(*revoked: Revocation) -> SignatureReport:
        revocation_list = create_revocation_list(authority, revoked, 1, now)
        return only(
            validate_pdf(
                sealed_pdf,
                [authority.certificate],
                revocation_lists=[revocation_list],
                at=now + timedelta(hours=1),
            )
        )

    assert verdict().accepted
    assert verdict(Revocation(4711, now)).accepted
    revoked = verdict(Revocation(seal.certificate.serial_number, now))
    assert not revoked.trusted
    assert "zurückgezogen" in revoked.message


def test_a_stale_revocation_list_is_no_proof(
    sealed_pdf: bytes, authority: KeyAndCertificate, now: datetime
) -> None:
    stale = create_revocation_list(authority, [], 1, now)
    report = only(
        validate_pdf(
            sealed_pdf,
            [authority.certificate],
            revocation_lists=[stale],
            at=now + timedelta(days=60),
        )
    )
    assert report.intact
    assert not report.trusted


def test_an_appended_update_is_reported(
    sealed_pdf: bytes, authority: KeyAndCertificate, now: datetime
) -> None:
    report = only(validate_pdf(append_text(sealed_pdf), [authority.certificate], at=now))
    assert report.intact, "the sealed bytes are still there"
    assert report.coverage is Coverage.WHOLE_REVISION
    assert report.modification is Modification.OTHER
    assert not report.changes_permitted
    assert not report.accepted
    assert "später etwas angefügt" in report.message


@pytest.mark.parametrize("tail", [b"<script>", b"\n%%EOF\n", b"\n\nx\n%%EOF"])
def test_bytes_behind_the_end_are_reported(
    sealed_pdf: bytes, authority: KeyAndCertificate, now: datetime, tail: bytes
) -> None:
    report = only(validate_pdf(sealed_pdf + tail, [authority.certificate], at=now))
    assert report.coverage is not Coverage.WHOLE_FILE
    assert report.modification is Modification.OTHER
    assert not report.accepted
    assert "Ungültig" in report.message or "nicht prüfen" in report.message


def test_a_line_break_behind_the_end_is_forgiven(
    sealed_pdf: bytes, authority: KeyAndCertificate, now: datetime
) -> None:
    report = only(validate_pdf(sealed_pdf + b"\r\n", [authority.certificate], at=now))
    assert report.accepted
    assert report.coverage is Coverage.WHOLE_REVISION


@pytest.mark.parametrize("open_for_signatures", [True, False])
def test_a_second_seal_counts_as_permitted_only_where_it_is(
    archived_pdf: bytes,
    authority: KeyAndCertificate,
    seal: Seal,
    now: datetime,
    open_for_signatures: bool,
) -> None:
    first = seal_pdf(
        archived_pdf, seal, signed_at=now, open_for_signatures=open_for_signatures, **TEXTS
    )
    if not open_for_signatures:
        first = first.replace(b"/P 1", b"/P 2")  # what a forger would have to do first
        assert not any(one.intact for one in validate_pdf(first, [authority.certificate], at=now))
        return
    other = Seal.issued_by(authority, issue_seal_certificate(authority, "Träger e. V.", now))
    both = seal_pdf(first, other, signed_at=now, field_name="Träger", **TEXTS)
    reports = validate_pdf(both, [authority.certificate], at=now)
    assert [report.field for report in reports] == ["Siegel", "Träger"]
    assert all(report.accepted for report in reports)
    assert reports[0].modification is Modification.FORM_FILLING
    assert "was erlaubt war" in reports[0].message


def test_removing_the_field_does_not_make_the_file_unsigned(
    sealed_pdf: bytes, now: datetime
) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed_pdf))
    del writer.root["/AcroForm"]
    writer.update_root()
    target = io.BytesIO()
    writer.write(target)
    report = only(validate_pdf(target.getvalue(), [], at=now))
    assert not report.intact
    assert "nach dem Signieren verändert" in report.message


def signed_positions(pdf: bytes) -> list[tuple[int, int]]:
    start = pdf.rindex(b"/Contents <") + len(b"/Contents ")
    end = pdf.index(b">", start) + 1
    return [(0, start - 1), (end, len(pdf) - 1)]


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_no_changed_byte_goes_unnoticed(
    sealed_pdf: PdfBytes, authority: KeyAndCertificate, now: datetime, data: st.DataObject
) -> None:
    ranges = signed_positions(sealed_pdf)
    tail = max(0, len(sealed_pdf) - 14_000)
    position = data.draw(
        st.one_of(
            *(st.integers(first, last) for first, last in ranges),
            # Where the structure is: catalogue, form, signature dictionary, cross references.
            st.integers(tail, ranges[0][1]),
        )
    )
    changed = bytearray(sealed_pdf)
    changed[position] ^= data.draw(st.integers(1, 255))
    try:
        reports = validate_pdf(bytes(changed), [authority.certificate], at=now)
    except NotAPdf:
        assert position < 8, "only without its first bytes a file is no PDF at all"
        return
    assert reports
    assert not any(report.intact or report.valid or report.accepted for report in reports)
    assert all("verändert" in report.message for report in reports)


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_garbage_gets_an_answer_and_no_traceback(sealed_pdf: PdfBytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(sealed_pdf)))
    end = data.draw(st.integers(start, min(len(sealed_pdf), start + 3000)))
    noise = data.draw(st.binary(max_size=200))
    try:
        reports = validate_pdf(sealed_pdf[:start] + noise + sealed_pdf[end:], [])
    except NotAPdf as error:
        assert str(error).startswith("Die Datei ist")
        return
    assert noise == sealed_pdf[start:end] or not any(report.accepted for report in reports)


@pytest.mark.parametrize(
    "nothing",
    [b"", b"Hallo", b"PK\x03\x04", b"%PDF-", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"[" * 50_000],
)
def test_what_is_no_pdf_is_refused_in_german(nothing: bytes) -> None:
    with pytest.raises(NotAPdf, match="Die Datei ist"):
        validate_pdf(nothing, [])


def test_a_file_with_a_password_is_refused_with_a_way_out(sealed_pdf: bytes) -> None:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed_pdf)) as document:
        document.save(target, encryption=pikepdf.Encryption(user="geheim", owner="geheim"))
    with pytest.raises(PdfEncrypted, match="Speichern Sie sie ohne Kennwort"):
        validate_pdf(target.getvalue(), [])


def test_limits_are_told(sealed_pdf: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(signature_reading, "LARGEST_PDF", 1024**2)
        with pytest.raises(PdfTooLarge, match="größer als 1 MB"):
            validate_pdf(sealed_pdf + b"\n" * 1024**2, [])
    with monkeypatch.context() as patch:
        patch.setattr(signature_reading, "MOST_REVISIONS", 1)
        with pytest.raises(PdfTooLarge, match="öfter geändert"):
            validate_pdf(sealed_pdf, [])
    with monkeypatch.context() as patch:
        patch.setattr(signature_reading, "MOST_SIGNATURES", 0)
        with pytest.raises(PdfTooLarge, match="mehr Signaturen"):
            validate_pdf(sealed_pdf, [])
