"""Demo certificates are what X.509 and the law of seals want, and say that they are a demo."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from document_templates.certificates import (
    KeyAndCertificate,
    Revocation,
    UnreadableKey,
    certificate_pem,
    create_demo_authority,
    create_revocation_list,
    fingerprint,
    issue_seal_certificate,
    private_key_pem,
    read_certificates,
    read_private_key,
    seal_name,
)


@pytest.fixture(scope="module")
def issued(authority: KeyAndCertificate, now: datetime) -> KeyAndCertificate:
    return issue_seal_certificate(
        authority, "Jugendamt Musterstadt", now, revocation_list_url="http://127.0.0.1/demo.crl"
    )


def name(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> str:
    return str(certificate.subject.get_attributes_for_oid(kind)[0].value)


def test_the_seal_bears_the_tenant_and_says_demo(issued: KeyAndCertificate) -> None:
    assert name(issued.certificate, NameOID.COMMON_NAME) == "Jugendamt Musterstadt – Siegel (Demo)"
    assert name(issued.certificate, NameOID.ORGANIZATION_NAME) == "Jugendamt Musterstadt"
    assert name(issued.certificate, NameOID.COUNTRY_NAME) == "DE"
    assert issued.private_key.key_size == 3072
    usage = issued.certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.content_commitment
    assert not usage.value.key_cert_sign
    assert not usage.value.key_encipherment


def test_an_authority_that_hides_what_it_is_is_refused(now: datetime) -> None:
    with pytest.raises(ValueError, match="demonstration"):
        create_demo_authority(now, name="Bundesamt für Siegel")


def test_openssl_accepts_the_chain(
    authority: KeyAndCertificate, issued: KeyAndCertificate, now: datetime, tmp_path: Path
) -> None:
    root, own = tmp_path / "root.pem", tmp_path / "own.pem"
    root.write_bytes(certificate_pem(authority.certificate))
    own.write_bytes(certificate_pem(issued.certificate))
    seconds = int(now.timestamp())
    command = ["openssl", "verify", "-x509_strict", "-attime", str(seconds), "-CAfile", str(root)]
    done = subprocess.run([*command, str(own)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("revoked", [False, True])
def test_openssl_reads_the_revocation_list(
    authority: KeyAndCertificate,
    issued: KeyAndCertificate,
    now: datetime,
    tmp_path: Path,
    revoked: bool,
) -> None:
    entries = [
        Revocation(issued.certificate.serial_number, now, x509.ReasonFlags.key_compromise),
        Revocation(4711, now),
    ]
    revocation_list = create_revocation_list(authority, entries[not revoked :], 7, now)
    root, own = tmp_path / "root.pem", tmp_path / "own.pem"
    root.write_bytes(certificate_pem(authority.certificate) + certificate_pem(revocation_list))
    own.write_bytes(certificate_pem(issued.certificate))
    moment = str(int((now + timedelta(hours=1)).timestamp()))
    command = ["openssl", "verify", "-crl_check", "-attime", moment, "-CAfile", str(root)]
    done = subprocess.run([*command, str(own)], capture_output=True, text=True, check=False)
    assert (done.returncode != 0) is revoked
    assert ("certificate revoked" in done.stderr) is revoked


def test_a_seal_does_not_outlive_its_authority(now: datetime) -> None:
    short = create_demo_authority(now, lifetime=timedelta(days=10))
    seal = issue_seal_certificate(short, "Kommune", now, lifetime=timedelta(days=400))
    assert seal.certificate.not_valid_after_utc == short.certificate.not_valid_after_utc


def test_pem_goes_out_and_in(authority: KeyAndCertificate, issued: KeyAndCertificate) -> None:
    both = certificate_pem(issued.certificate) + certificate_pem(authority.certificate)
    assert read_certificates(both) == [issued.certificate, authority.certificate]
    key = read_private_key(private_key_pem(issued.private_key))
    assert key.private_numbers() == issued.private_key.private_numbers()


def test_fingerprint_is_the_one_openssl_prints(issued: KeyAndCertificate) -> None:
    done = subprocess.run(
        ["openssl", "x509", "-noout", "-fingerprint", "-sha256"],
        input=certificate_pem(issued.certificate),
        capture_output=True,
        check=True,
    )
    printed = done.stdout.decode().partition("=")[2].strip()
    assert fingerprint(issued.certificate) == printed.replace(":", "").lower()


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes | None) -> bytes:
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        protection = serialization.BestAvailableEncryption(password)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
    )


def test_other_keys_are_refused(issued: KeyAndCertificate) -> None:
    unfit = [
        b"kein Schl\xc3\xbcssel",
        certificate_pem(issued.certificate),
        pem_of(issued.private_key, b"geheim"),
        pem_of(rsa.generate_private_key(65537, 2048), None),
        pem_of(ec.generate_private_key(ec.SECP256R1()), None),
    ]
    for pem in unfit:
        with pytest.raises(UnreadableKey, match="Schlüssel"):
            read_private_key(pem)
    with pytest.raises(UnreadableKey, match="Zertifikat"):
        read_certificates(b"Hallo")


@given(st.text(min_size=1, max_size=300))
def test_any_name_fits_into_a_certificate(tenant_name: str) -> None:
    shown = seal_name(tenant_name)
    x509.NameAttribute(NameOID.COMMON_NAME, shown)  # raises ValueError for what is too long
    assert len(shown.encode()) <= 64
    assert shown.endswith(" – Siegel (Demo)")


def test_a_long_tenant_name_is_shortened(authority: KeyAndCertificate, now: datetime) -> None:
    long_name = "Zweckverband der Städte und Gemeinden am Taunusrand für Kinder und Jugend e. V."
    certificate = issue_seal_certificate(authority, long_name, now).certificate
    assert name(certificate, NameOID.COMMON_NAME).startswith("Zweckverband der Städte")
    assert name(certificate, NameOID.COMMON_NAME).endswith("… – Siegel (Demo)")


def test_a_tenant_without_name_gets_no_certificate(
    authority: KeyAndCertificate, now: datetime
) -> None:
    with pytest.raises(ValueError, match="name of the tenant"):
        issue_seal_certificate(authority, "  ", now)
