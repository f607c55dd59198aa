"""Qualified signatures from outside: the right file, field and person, and really qualified."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from document_templates.certificates import (
    KeyAndCertificate,
    create_demo_authority,
    issue_seal_certificate,
)
from document_templates.conversion import Converter
from document_templates.pdfa import check_pdfa
from document_templates.seals import Seal
from document_templates.signature_validation import validate_pdf
from document_templates.signing.names import is_same_person, name_parts
from document_templates.signing.qualified_signatures import NotQualified, QualifiedSignature
from document_templates.signing.signature_fields import (
    SEAL_FIELD,
    empty_fields,
    examine_signed_file,
    prepare_fields,
)
from document_templates.signing.trust_lists import (
    TrustListRefused,
    check_trust_list,
    registry_of,
)
from tests.document_templates.pdf.samples import letter
from tests.support.trust_services import Holder, TrustService, sign_outside

NOW = datetime(2026, 11, 29, 21, 0, 5, tzinfo=UTC)
KIM, TONI = "Unterschrift 1", "Unterschrift 2"

Examine = Callable[..., QualifiedSignature]


@pytest.fixture(scope="module")
def authority() -> KeyAndCertificate:
    return create_demo_authority(NOW)


@pytest.fixture(scope="module")
def service() -> TrustService:
    return TrustService.open(NOW)


@pytest.fixture(scope="module")
def prepared(authority: KeyAndCertificate) -> Iterator[bytes]:
    with Converter() as converter:
        pdf = converter.convert(letter("Es gilt:", title="Vertrag", pages=2))
    seal = Seal.issued_by(authority, issue_seal_certificate(authority, "Stadt", NOW))
    yield prepare_fields(
        pdf, [KIM, TONI], seal, reason="Zur Unterschrift", location="Musterstadt", name="Stadt",
        signed_at=NOW,
    )  # fmt: skip


@pytest.fixture(scope="module")
def kim(service: TrustService) -> Holder:
    return service.certify("Dr. Kim Muster", given_name="Kim", surname="Muster")


@pytest.fixture(scope="module")
def examine(service: TrustService, authority: KeyAndCertificate, prepared: bytes) -> Examine:
    registry = registry_of((service.trust_list(),))

    def check(
        signed: bytes, *, current: bytes = prepared, former: tuple[bytes, ...] = (),
        field: str = KIM, name: str = "Kim Muster", moment: datetime = NOW,
    ) -> QualifiedSignature:  # fmt: skip
        return examine_signed_file(
            signed, current=current, former=former, field=field, recorded_name=name,
            registry=registry, seal_roots=[authority.certificate], moment=moment,
        )  # fmt: skip

    return check


def test_a_prepared_file_is_archivable_and_has_its_fields(prepared: bytes) -> None:
    assert check_pdfa(prepared) == []
    assert empty_fields(prepared) == [KIM, TONI]


def test_a_qualified_signature_is_accepted(
    prepared: bytes, kim: Holder, service: TrustService, examine: Examine
) -> None:
    found = examine(sign_outside(prepared, kim, service, KIM))
    assert found.name == "Dr. Kim Muster"
    assert found.issuer == found.service == "Beispiel Trust QES CA 1"


def test_many_sign_one_after_the_other_and_all_stay_valid(
    prepared: bytes, kim: Holder, service: TrustService, authority: KeyAndCertificate,
    examine: Examine, tmp_path: Path,
) -> None:  # fmt: skip
    toni = service.certify("Toni Beispiel", given_name="Toni", surname="Beispiel")
    first = sign_outside(prepared, kim, service, KIM)
    second = sign_outside(first, toni, service, TONI)
    examine(second, current=first, field=TONI, name="Toni Beispiel")
    roots = [authority.certificate, service.authority.certificate]
    reports = validate_pdf(second, roots, at=NOW)
    assert len(reports) == 3
    assert all(report.accepted for report in reports)
    file = tmp_path / "vertrag.pdf"
    file.write_bytes(second)
    said = subprocess.run(["pdfsig", file], capture_output=True, check=False).stdout.decode()
    assert said.count("Signature is Valid") == 3


def test_former_signatures_are_validated_once(
    prepared: bytes, kim: Holder, service: TrustService, examine: Examine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Each validation of a former signature compares all later revisions of the file."""
    validated: list[str] = []

    def count(embedded: EmbeddedPdfSignature, context: ValidationContext) -> PdfSignatureStatus:
        validated.append(str(embedded.field_name))
        return validate_pdf_signature(embedded, context)

    monkeypatch.setattr("document_templates.signature_validation.validate_pdf_signature", count)
    first = sign_outside(prepared, kim, service, KIM)
    toni = service.certify("Toni Beispiel", given_name="Toni", surname="Beispiel")
    second = sign_outside(first, toni, service, TONI)
    examine(second, current=first, field=TONI, name="Toni Beispiel")
    assert sorted(validated) == sorted([SEAL_FIELD, KIM, TONI])


def test_who_signed_a_former_state_learns_that_somebody_was_faster(
    prepared: bytes, kim: Holder, service: TrustService, examine: Examine
) -> None:
    toni = service.certify("Toni Beispiel", given_name="Toni", surname="Beispiel")
    current = sign_outside(prepared, kim, service, KIM)
    late = sign_outside(prepared, toni, service, TONI)
    with pytest.raises(NotQualified, match="Inzwischen hat jemand anderes"):
        examine(late, current=current, former=(prepared,), field=TONI, name="Toni Beispiel")


def saved_anew(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        target = io.BytesIO()
        document.save(target)
    return target.getvalue()


def flipped(pdf: bytes) -> bytes:
    place = len(pdf) // 3
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def test_other_files_are_refused(
    prepared: bytes, kim: Holder, service: TrustService, examine: Examine
) -> None:
    signed = sign_outside(prepared, kim, service, KIM)
    for other in (
        flipped(signed),
        sign_outside(saved_anew(prepared), kim, service, None),
        b"",
        b"%PDF-1.7 nonsense",
    ):
        with pytest.raises(NotQualified, match="nicht die Datei"):
            examine(other)
    with pytest.raises(NotQualified, match="ohne Ihre Unterschrift"):
        examine(prepared)
    with pytest.raises(NotQualified, match=r"keine neue Unterschrift|lesbare|mehr geändert"):
        examine(prepared + b"\n%%EOF\n")


def test_a_signature_in_another_field_is_refused(
    prepared: bytes, kim: Holder, service: TrustService, examine: Examine
) -> None:
    for field in (TONI, None):
        with pytest.raises(NotQualified, match="nicht in Ihrem Feld"):
            examine(sign_outside(prepared, kim, service, field))
    both = sign_outside(sign_outside(prepared, kim, service, KIM), kim, service, TONI)
    with pytest.raises(NotQualified, match="nicht in Ihrem Feld"):
        examine(both)


def test_what_is_added_beside_the_signature_is_refused(
    prepared: bytes, kim: Holder, service: TrustService, examine: Examine
) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(prepared))
    append_signature_field(writer, SigFieldSpec("Hintertuer"))
    more = io.BytesIO()
    writer.write(more)
    with pytest.raises(NotQualified, match="mehr geändert"):
        examine(sign_outside(more.getvalue(), kim, service, KIM))
    writer = IncrementalPdfFileWriter(io.BytesIO(prepared))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = writer.root["/Pages"]["/Count"]
    writer.update_container(page)
    turned = io.BytesIO()
    writer.write(turned)
    with pytest.raises(NotQualified, match="mehr geändert"):
        examine(sign_outside(turned.getvalue(), kim, service, KIM))


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"qualified": False}, "kein qualifiziertes"),
        ({"device": False}, "Signaturerstellungseinheit"),
        ({"kind": "eseal"}, "ist ein Siegel"),
        ({"pseudonym": "Schmetterling"}, "Pseudonym"),
        ({"lifetime": timedelta(hours=2)}, "gilt nur vom"),
        ({"given_name": "Jo"}, "lautet auf"),
        ({"surname": "Meier"}, "lautet auf"),
    ],
)
def test_certificates_that_do_not_do(
    prepared: bytes, service: TrustService, examine: Examine, certificate: dict[str, object],
    reason: str,
) -> None:  # fmt: skip
    parts: dict[str, object] = {"given_name": "Kim", "surname": "Muster", **certificate}
    holder = service.certify("Kim Muster", **parts)  # type: ignore[arg-type]
    with pytest.raises(NotQualified, match=reason):
        examine(sign_outside(prepared, holder, service, KIM))


def test_the_german_mark_of_a_pseudonym_is_seen(
    prepared: bytes, service: TrustService, examine: Examine
) -> None:
    holder = service.certify("Kim Muster:PN")
    with pytest.raises(NotQualified, match="Pseudonym"):
        examine(sign_outside(prepared, holder, service, KIM))


def test_an_issuer_on_no_list_is_refused(prepared: bytes, examine: Examine) -> None:
    other = TrustService.open(NOW)
    holder = other.certify("Kim Muster", given_name="Kim", surname="Muster")
    with pytest.raises(NotQualified, match="steht auf keiner geladenen Vertrauensliste"):
        examine(sign_outside(prepared, holder, other, KIM))


# ------------------------------------------------------------------------- trust lists


def test_a_list_is_checked_with_a_certificate_or_with_the_list_of_lists(
    service: TrustService,
) -> None:
    xml = service.trust_list()
    facts, count = check_trust_list(xml, signers=[service.list_signer.certificate])
    assert (facts.territory, facts.sequence, count) == ("DE", 7, 1)
    europe = service.list_signer_for_europe()
    lotl = service.list_of_lists(europe)
    assert check_trust_list(xml, lotl=lotl, lotl_signers=[europe.certificate]) == (facts, 1)
    # Without a word on who signs the European list, those published count: not this one.
    with pytest.raises(TrustListRefused, match="LOTL"):
        check_trust_list(xml, lotl=lotl)
    with pytest.raises(TrustListRefused, match="Womit die Liste geprüft werden soll"):
        check_trust_list(
            xml, lotl=service.list_of_lists(europe, territory="AT"),
            lotl_signers=[europe.certificate],
        )  # fmt: skip


def test_changed_and_foreign_lists_are_refused(service: TrustService) -> None:
    signer = service.list_signer.certificate
    changed = service.trust_list().replace(b"Beispiel Trust GmbH", b"Boeser Trust GmbH")
    other = service.trust_list(signer=service.list_signer_for_europe())
    for xml in (changed, other):
        with pytest.raises(TrustListRefused, match="hält der Prüfung nicht stand"):
            check_trust_list(xml, signers=[signer])
    entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    for xml in (b"", b"<x/>", b"\xff\xfe", entity, b"<a>" * 100_000):
        with pytest.raises(TrustListRefused, match="keine Vertrauensliste"):
            check_trust_list(xml, signers=[signer])


# ------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("recorded", "given", "surname", "common", "expected"),
    [
        ("Kim Muster", "Kim", "Muster", "", True),
        ("Dr. Kim Muster", "Kim Alex", "Muster", "", True),
        ("Kim Alex Muster", "Kim Alex", "Muster", "", True),
        ("Jörg Müller-Lüdenscheidt", "Joerg", "Mueller Luedenscheidt", "", True),
        ("René Weiß", "Rene", "Weiss", "", True),
        ("Kim Muster", "Kim", "Muster-Beispiel", "", False),
        ("Kim Muster-Beispiel", "Kim", "Muster", "", False),
        ("Jo Muster", "Kim", "Muster", "", False),
        ("Muster", "Kim", "Muster", "", False),
        ("Kim Muster", "", "", "Kim Muster", True),
        ("Kim Muster", "", "", "Muster, Kim", True),
        ("Kim Muster", "", "", "Kim", False),
        ("Kim Muster", "", "", "Stadt Musterstadt", False),
        ("", "", "", "", False),
        ("Dr.", "Kim", "Muster", "Kim Muster", False),
    ],
)
def test_names(recorded: str, given: str, surname: str, common: str, expected: bool) -> None:
    found = is_same_person(recorded, given_name=given, surname=surname, common_name=common)
    assert found is expected


@given(st.text(max_size=30), st.text(max_size=30))
def test_names_never_match_without_a_word_in_common(one: str, other: str) -> None:
    same = is_same_person(one, given_name=other, surname=other, common_name=other)
    assert not same or set(name_parts(one)) & set(name_parts(other))
