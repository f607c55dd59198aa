"""``siegel seal import``: a real seal takes the place of the demonstration's, and seals."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from sqlalchemy import select

from app.cli import siegel
from document_templates.certificates import (
    KeyAndCertificate,
    create_demo_authority,
    fingerprint,
    issue_seal_certificate,
)
from document_templates.models import DocumentVersion, SealCertificate
from tests.support.installation import Installation
from tests.support.pipeline import open_case
from workers.handlers import perform_task
from workers.runtime import Runtime

PASSWORD = "p12-passwort"
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def provider() -> KeyAndCertificate:
    return create_demo_authority(NOW, name="Beispiel Siegel CA (Demo)")


@pytest.fixture(scope="module")
def issued(provider: KeyAndCertificate) -> KeyAndCertificate:
    return issue_seal_certificate(provider, "Stadt Musterstadt", NOW)


def packed(
    seal: KeyAndCertificate, *others: x509.Certificate, key: rsa.RSAPrivateKey | None = None
) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"siegel", key or seal.private_key, seal.certificate, list(others),
        BestAvailableEncryption(PASSWORD.encode()),
    )  # fmt: skip


def run(
    installation: Installation, folder: Path, content: bytes, slug: str, password: str = PASSWORD
) -> Result:
    file = folder / "siegel.p12"
    file.write_bytes(content)
    return CliRunner(env={**installation.environment, "SIEGEL_SEAL_PASSWORD": password}).invoke(
        siegel, ["seal", "import", str(file), "--tenant", slug]
    )


def test_the_imported_seal_seals(
    installation: Installation, provider: KeyAndCertificate, issued: KeyAndCertificate,
    tmp_path: Path,
) -> None:  # fmt: skip
    case = open_case(installation)
    done = run(installation, tmp_path, packed(issued, provider.certificate), case.tenant.slug)
    assert done.exit_code == 0, done.output
    assert fingerprint(issued.certificate) in done.output
    asked = case.submit()
    with Runtime.from_settings(installation.settings) as runtime:
        perform_task(runtime, asked.task_id)
    version = installation.in_scope(
        asked.scope,
        lambda session: session.scalars(
            select(DocumentVersion).where(DocumentVersion.request_id == asked.request_id)
        ).one(),
    )
    assert version.certificate_sha256 == fingerprint(issued.certificate)
    seals = installation.in_scope(
        asked.scope, lambda session: list(session.scalars(select(SealCertificate)))
    )
    assert [one.active for one in sorted(seals, key=lambda one: one.created_at)] == [False, True]


def test_what_openssl_packs_is_read(
    installation: Installation, provider: KeyAndCertificate, issued: KeyAndCertificate,
    tmp_path: Path,
) -> None:  # fmt: skip
    from document_templates.certificates import certificate_pem, private_key_pem

    (tmp_path / "key.pem").write_bytes(private_key_pem(issued.private_key))
    (tmp_path / "cert.pem").write_bytes(certificate_pem(issued.certificate))
    (tmp_path / "chain.pem").write_bytes(certificate_pem(provider.certificate))
    command = [
        "openssl", "pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem",
        "-certfile", "chain.pem", "-passout", f"pass:{PASSWORD}", "-out", "made.p12",
    ]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, check=True)
    tenant = installation.found_tenant(with_seal=True)
    done = run(installation, tmp_path, (tmp_path / "made.p12").read_bytes(), tenant.slug)
    assert done.exit_code == 0, done.output


def test_seals_that_do_not_do_are_refused_with_the_way_out(
    installation: Installation, provider: KeyAndCertificate, issued: KeyAndCertificate,
    tmp_path: Path,
) -> None:  # fmt: skip
    slug = installation.found_tenant(with_seal=True).slug
    other = create_demo_authority(NOW, name="Andere CA (Demo)").certificate
    past = issue_seal_certificate(provider, "Alt", NOW - timedelta(days=40), lifetime=timedelta(1))
    whole = packed(issued, provider.certificate)
    for content, password, reason in (
        (b"kein p12", PASSWORD, "keine PKCS#12-Datei"),
        (whole, "falsch", "das Passwort stimmt nicht"),
        (packed(issued), PASSWORD, "ganzen Zertifikatskette"),
        (packed(issued, other), PASSWORD, "ganzen Zertifikatskette"),
        (packed(past, provider.certificate), PASSWORD, "gilt nur vom"),
    ):
        refused = run(installation, tmp_path, content, slug, password)
        assert refused.exit_code == 1
        assert reason in refused.output
    unknown = run(installation, tmp_path, whole, "gibt-es-nicht")
    assert "Einen Mandanten „gibt-es-nicht“ gibt es nicht" in unknown.output
