"""Time stamps in sealed files, in the eyes of pyHanko's own program, pdfsig and our checks."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto.cms import ContentInfo
from pyhanko.pdf_utils.reader import PdfFileReader

from document_templates.archive import renewing
from document_templates.archive.renewing import StampRefused
from document_templates.archive.stamping import Stamping, add_timestamp, seal_and_stamp
from document_templates.archive.timestamps import HttpTimestampAuthority, TimestampUnavailable
from document_templates.baseline_levels import FileLevels, file_levels
from document_templates.certificates import certificate_pem
from document_templates.conversion import Converter
from document_templates.examining.inspecting import inspect_file
from document_templates.examining.judging import Verdict, judge
from document_templates.pdfa import check_pdfa
from document_templates.proofs import PublicProof
from document_templates.seals import Seal
from document_templates.signature_reading import read_signed_file
from document_templates.signature_validation import validate_pdf
from document_templates.signing.signature_fields import prepare_fields
from tests.document_templates.pdf.samples import letter
from tests.support.ports import free_port
from tests.support.trust_services import TrustService, sign_outside
from tests.support.validation_services import ValidationServices, open_services

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def services() -> Iterator[ValidationServices]:
    with open_services(NOW) as opened:
        yield opened


@pytest.fixture(scope="module")
def pdf() -> bytes:
    with Converter() as converter:
        return converter.convert(letter("Zwischen den Parteien gilt:", title="Vereinbarung"))


@pytest.fixture(scope="module")
def seal(services: ValidationServices) -> Seal:
    return services.issue_seal()


def stamping(services: ValidationServices, *, fetches: bool = True) -> Stamping:
    hosts = frozenset({services.host}) if fetches else frozenset()
    authority = HttpTimestampAuthority(services.timestamp_url)
    return Stamping(authority, hosts, (services.root,))


def sealed(pdf: bytes, seal: Seal, wanted: Stamping | None) -> bytes:
    return seal_and_stamp(
        pdf, seal, wanted, reason="Siegel", location="Musterstadt", name="Jugendamt", signed_at=NOW
    )


def levels_of(pdf: bytes) -> FileLevels:
    return file_levels(read_signed_file(pdf))


def level(pdf: bytes) -> str:
    return levels_of(pdf).levels["Siegel"]


def validate_with_program(pdf: bytes, root: bytes, directory: Path) -> str:
    """Return what pyHanko's program says in a process that knows nothing of this product."""
    (directory / "file.pdf").write_bytes(pdf)
    (directory / "root.pem").write_bytes(root)
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("pyhanko")), "sign", "validate",
            "--no-revocation-check", "--pretty-print", "--trust", "root.pem", "--trust-replace",
            "file.pdf",
        ],
        cwd=directory, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def pdfsig(pdf: bytes, directory: Path) -> str:
    (directory / "signed.pdf").write_bytes(pdf)
    done = subprocess.run(
        ["pdfsig", "-nocert", "signed.pdf"],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def openssl_on_the_last_stamp(pdf: bytes, services: ValidationServices, directory: Path) -> str:
    """Return what openssl says of the last time stamp over all that comes before it."""
    stamp = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[-1]
    first, length, second, rest = (int(one) for one in stamp.byte_range)
    (directory / "data").write_bytes(pdf[first:length] + pdf[second : second + rest])
    (directory / "token.tst").write_bytes(ContentInfo.load(stamp.pkcs7_content).dump())
    (directory / "root.pem").write_bytes(certificate_pem(services.root))
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-token_in", "-in", "token.tst", "-data", "data",
         "-CAfile", "root.pem"],
        cwd=directory, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_a_seal_with_stamp_and_revocation_data_lasts(
    pdf: bytes, seal: Seal, services: ValidationServices
) -> None:
    made = sealed(pdf, seal, stamping(services))
    assert level(made) == "PAdES B-LT"
    assert check_pdfa(made) == []
    (report,) = validate_pdf(made, [services.root])
    assert report.accepted, report.message
    assert levels_of(made).stamped_until == NOW + timedelta(days=1000)


def test_nothing_is_fetched_from_hosts_that_are_not_listed(
    pdf: bytes, seal: Seal, services: ValidationServices
) -> None:
    for hosts in (frozenset[str](), frozenset({"127.0.0.1", "crl.example.org"})):
        services.asked.clear()
        wanted = Stamping(HttpTimestampAuthority(services.timestamp_url), hosts, (services.root,))
        assert level(sealed(pdf, seal, wanted)) == "PAdES B-T"
        assert set(services.asked) == {"/tsa"}


def test_an_issuer_that_nobody_knows_gives_no_lasting_level(
    pdf: bytes, seal: Seal, services: ValidationServices
) -> None:
    wanted = Stamping(
        HttpTimestampAuthority(services.timestamp_url), frozenset({services.host}), ()
    )
    assert level(sealed(pdf, seal, wanted)) == "PAdES B-T"


def test_without_an_authority_the_seal_claims_no_stamp(pdf: bytes, seal: Seal) -> None:
    made = sealed(pdf, seal, None)
    assert level(made) == "PAdES B-B"
    assert levels_of(made).stamped_until is None


def test_an_authority_that_is_away_delays_nothing(pdf: bytes, seal: Seal) -> None:
    wanted = Stamping(HttpTimestampAuthority(f"http://127.0.0.1:{free_port()}/"))
    assert level(sealed(pdf, seal, wanted)) == "PAdES B-B"
    with pytest.raises(TimestampUnavailable, match="von selbst weiter"):
        add_timestamp(sealed(pdf, seal, None), wanted)


def test_who_did_not_answer_is_left_alone_for_a_while(
    pdf: bytes, seal: Seal, services: ValidationServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = stamping(services, fetches=False)
    services.is_away = True
    services.asked.clear()
    try:
        for _document in range(3):
            assert level(sealed(pdf, seal, wanted)) == "PAdES B-B"
        assert services.asked["/tsa"] == 1
    finally:
        services.is_away = False
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert level(sealed(pdf, seal, wanted)) == "PAdES B-T"


@pytest.mark.parametrize("first", ["PAdES B-B", "PAdES B-LT"])
def test_a_later_stamp_covers_the_file_and_changes_no_byte_of_it(
    first: str, pdf: bytes, seal: Seal, services: ValidationServices, tmp_path: Path
) -> None:
    made = sealed(pdf, seal, stamping(services) if first == "PAdES B-LT" else None)
    assert level(made) == first
    stamped = add_timestamp(made, stamping(services))
    again = add_timestamp(stamped, stamping(services))
    assert stamped.startswith(made)
    assert again.startswith(stamped)
    for content, stamps in ((stamped, 1), (again, 2)):
        assert level(content) == "PAdES B-LTA"
        assert check_pdfa(content) == []
        reports = validate_pdf(content, [services.root])
        assert [one.is_timestamp for one in reports] == [False] + stamps * [True]
        assert [one.message for one in reports if not one.accepted] == []
        told = validate_with_program(content, certificate_pem(services.root), tmp_path)
        assert told.count("The signature is judged VALID.") == 1, told
        assert "INVALID" not in told
        seen = pdfsig(content, tmp_path)
        # Poppler verifies seals, no time stamps of documents: those openssl does.
        assert seen.count("Signature Validation: Signature is Valid.") == 1, seen
        assert "Total document signed" in seen
        assert "Verification: OK" in openssl_on_the_last_stamp(content, services, tmp_path)


def test_what_expired_is_judged_for_the_time_of_its_stamp(
    pdf: bytes, seal: Seal, services: ValidationServices
) -> None:
    with open_services(NOW, timedelta(days=2000)) as lasting:
        # The seal ends after 1095 days; the stamp of another provider says that it is older.
        stamped = add_timestamp(sealed(pdf, seal, None), stamping(lasting, fetches=False))
        roots = [services.root, lasting.root]
        later = NOW + timedelta(days=1500)
        report, stamp = validate_pdf(stamped, roots, at=later)
        assert stamp.accepted, stamp.message
        assert report.accepted, report.message
        assert not validate_pdf(stamped, [services.root], at=later)[0].accepted
        assert not validate_pdf(stamped, roots, at=NOW + timedelta(days=2500))[0].accepted
    (plain,) = validate_pdf(sealed(pdf, seal, None), roots, at=later)
    assert not plain.accepted


def test_a_store_of_other_certificates_is_no_lasting_level(
    pdf: bytes, seal: Seal, services: ValidationServices
) -> None:
    with open_services(NOW) as others:
        # Its own data can be fetched, that of the seal cannot.
        wanted = Stamping(
            HttpTimestampAuthority(others.timestamp_url), frozenset({others.host}), (others.root,)
        )
        made = add_timestamp(add_timestamp(sealed(pdf, seal, None), wanted), wanted)
        assert b"/DSS" in made
        assert level(made) == "PAdES B-T"


def test_a_file_that_only_got_a_stamp_is_the_registered_one(
    pdf: bytes, seal: Seal, services: ValidationServices
) -> None:
    made = sealed(pdf, seal, None)
    stamped = add_timestamp(made, stamping(services))
    finding = inspect_file(stamped, [services.root])
    registered = inspect_file(made, [services.root])
    assert registered.sha256 in finding.revisions
    proof = PublicProof(
        code="x", pdf_sha256=registered.sha256, sealed_at=NOW, sealed_by="Stadt",
        certificate_issuer="Demo", certificate_sha256="0", level="PAdES B-B", seal_kind="",
        state="valid", is_demo=True, signatures=(), stamps=(),
    )  # fmt: skip
    assert judge(finding, proof) is Verdict.GENUINE
    changed = re.sub(rb"%%EOF\s*$", b"%%EOF\n% more\n", stamped)
    assert judge(inspect_file(changed, [services.root]), proof) is not Verdict.GENUINE


def test_a_file_signed_outside_is_stamped_whatever_its_program_left(
    pdf: bytes, seal: Seal, services: ValidationServices
) -> None:
    provider = TrustService.open(NOW)
    prepared = prepare_fields(
        pdf, ["Unterschrift 1"], seal, reason="Siegel", location="Musterstadt", name="Jugendamt",
        signed_at=NOW,
    )  # fmt: skip
    signed = sign_outside(prepared, provider.certify("Kim Muster"), provider, "Unterschrift 1")
    assert check_pdfa(prepared) == []
    assert check_pdfa(signed) != []
    wanted = Stamping(
        HttpTimestampAuthority(services.timestamp_url),
        roots=(services.root, provider.authority.certificate),
    )
    assert levels_of(signed).stamped_until is None
    stamped = add_timestamp(signed, wanted)
    assert renewing._examined(signed, stamped, wanted) == (
        "PAdES B-T",
        levels_of(stamped).stamped_until,
    )
    assert [one.accepted for one in validate_pdf(stamped, wanted.roots)] == [True, True, True]
    with pytest.raises(StampRefused):
        renewing._examined(prepared, stamped[:-1], wanted)
