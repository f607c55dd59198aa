"""``siegel seal token``: a seal whose key lies in a token seals in a worker; what goes wrong."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.cli import siegel
from document_templates.certificates import (
    KeyAndCertificate,
    certificate_pem,
    create_demo_authority,
    fingerprint,
    issue_seal_certificate,
)
from document_templates.models import DocumentRequest, DocumentVersion, SealCertificate
from document_templates.seal_tokens import TokenAway, TokenKey, TokenPinRefused, TokenRefused
from document_templates.seals import Seal
from tenants.context import Scope
from tenants.outbox import Task
from tests.support.installation import Installation
from tests.support.pipeline import Asked, open_case, read_request, read_task
from tests.support.soft_token import PIN, SoftToken, open_tokens
from workers.handlers import perform_task
from workers.runtime import Runtime

NOW = datetime.now(UTC)
TOKEN = "musterstadt"


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftToken]:
    with open_tokens(tmp_path_factory.mktemp("tokens")) as opened:
        yield opened


@pytest.fixture(scope="module")
def provider() -> KeyAndCertificate:
    return create_demo_authority(NOW, name="Beispiel Siegel CA (Demo)")


@pytest.fixture(scope="module")
def issued(provider: KeyAndCertificate, tokens: SoftToken) -> KeyAndCertificate:
    made = issue_seal_certificate(provider, "Stadt Musterstadt", NOW)
    tokens.add("musterstadt", made)
    return made


@pytest.fixture
def chain(tmp_path: Path, provider: KeyAndCertificate, issued: KeyAndCertificate) -> Path:
    file = tmp_path / "kette.pem"
    file.write_bytes(certificate_pem(issued.certificate) + certificate_pem(provider.certificate))
    return file


def bind(
    installation: Installation, slug: str, chain: Path, library: str, *,
    token: str = TOKEN, key: str = "siegel", pin: str = PIN, options: tuple[str, ...] = (),
) -> Result:  # fmt: skip
    return CliRunner().invoke(
        siegel,
        ["seal", "token", "--tenant", slug, "--token", token, "--key", key,
         "--certificates", str(chain), *options],
        env={
            **installation.environment, "SIEGEL_PKCS11_LIBRARY": library, "SIEGEL_TOKEN_PIN": pin,
        },
    )  # fmt: skip


def worker(installation: Installation, library: str) -> Runtime:
    return Runtime.from_settings(replace(installation.settings, token_library=library))


def seals_of(installation: Installation, scope: Scope) -> list[SealCertificate]:
    return installation.in_scope(
        scope,
        lambda session: list(
            session.scalars(
                select(SealCertificate)
                .options(undefer(SealCertificate.private_key), undefer(SealCertificate.token_pin))
                .order_by(SealCertificate.created_at)
            )
        ),
    )


def try_again(installation: Installation, asked: Asked) -> None:
    """Make the task ready at once, as time would."""

    def ready(session: Session) -> None:
        task = session.scalars(select(Task).where(Task.id == asked.task_id)).one()
        task.state, task.attempts = "ready", 0
        request = session.get_one(DocumentRequest, (asked.tenant_id, asked.request_id))
        request.state = "waiting"

    installation.in_scope(asked.scope, ready)


def test_a_seal_in_a_token_seals_documents(
    installation: Installation, tokens: SoftToken, issued: KeyAndCertificate, chain: Path
) -> None:
    case = open_case(installation)
    done = bind(installation, case.tenant.slug, chain, tokens.library)
    assert done.exit_code == 0, done.output
    assert fingerprint(issued.certificate) in done.output
    asked = case.submit()
    with worker(installation, tokens.library) as runtime:
        perform_task(runtime, asked.task_id)
        version = installation.in_scope(
            asked.scope,
            lambda session: session.scalars(
                select(DocumentVersion).where(DocumentVersion.request_id == asked.request_id)
            ).one(),
        )
        assert version.certificate_sha256 == fingerprint(issued.certificate)
    row = seals_of(installation, asked.scope)[-1]
    assert row.active
    assert row.private_key is None
    assert PIN.encode() not in (row.token_pin or b"")


def test_a_pin_may_come_from_a_file(
    installation: Installation, tokens: SoftToken, chain: Path, tmp_path: Path
) -> None:
    slug = installation.found_tenant(with_seal=True).slug
    (tmp_path / "pin").write_text(f"{PIN}\n")
    options = ("--pin-file", str(tmp_path / "pin"))
    done = bind(installation, slug, chain, tokens.library, pin="", options=options)
    assert done.exit_code == 0, done.output
    missing = bind(installation, slug, chain, tokens.library, pin="")
    assert "Es fehlt die PIN" in missing.output


def test_what_does_not_fit_is_refused_with_the_way_out(
    installation: Installation, tokens: SoftToken, provider: KeyAndCertificate,
    issued: KeyAndCertificate, chain: Path, tmp_path: Path,
) -> None:  # fmt: skip
    tenant = installation.found_tenant(with_seal=True)
    scope = Scope(tenant_id=tenant.id)
    other = issue_seal_certificate(provider, "Andere Stadt", NOW)
    foreign, bare, past = (tmp_path / name for name in ("fremd.pem", "allein.pem", "alt.pem"))
    root = certificate_pem(provider.certificate)
    foreign.write_bytes(certificate_pem(other.certificate) + root)
    bare.write_bytes(certificate_pem(issued.certificate))
    old = issue_seal_certificate(provider, "Alt", NOW - timedelta(40), lifetime=timedelta(1))
    past.write_bytes(certificate_pem(old.certificate) + root)
    for file, changes, reason in (
        (foreign, {}, "gehört nicht zum Zertifikat"),
        (bare, {}, "ganzen Zertifikatskette"),
        (past, {}, "gilt nur vom"),
        (chain, {"key": "anderer"}, "nicht genau einen privaten Schlüssel"),
        (chain, {"token": "fort"}, "ist nicht da"),
        (chain, {"pin": "falsch-1234"}, "lehnt die PIN ab"),
    ):
        refused = bind(installation, tenant.slug, file, tokens.library, **changes)
        assert refused.exit_code == 1
        assert reason in refused.output
    for library in ("", "/gibt/es/nicht.so"):
        refused = bind(installation, tenant.slug, chain, library)
        assert "SIEGEL_PKCS11_LIBRARY" in refused.output
    (only,) = seals_of(installation, scope)
    assert only.token == ""


def test_a_token_that_is_away_is_waited_for(
    installation: Installation, tokens: SoftToken, chain: Path
) -> None:
    case = open_case(installation)
    assert bind(installation, case.tenant.slug, chain, tokens.library).exit_code == 0
    asked = case.submit()
    with worker(installation, tokens.library) as runtime:
        tokens.unplug()
        try:
            perform_task(runtime, asked.task_id)
            task = read_task(installation, asked)
            assert task.state == "ready"
            assert "ist nicht da" in task.failure
        finally:
            tokens.plug_in()
        try_again(installation, asked)
        perform_task(runtime, asked.task_id)
    assert read_request(installation, asked).state == "done"


def test_a_refused_pin_is_tried_once(
    installation: Installation, tokens: SoftToken, chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = open_case(installation)
    assert bind(installation, case.tenant.slug, chain, tokens.library).exit_code == 0
    tried: list[str] = []
    real = TokenKey.sign

    def sign(self: TokenKey, data: bytes) -> bytes:
        tried.append(self.pin)
        return real(replace(self, pin="geaendert-1"), data)

    monkeypatch.setattr(TokenKey, "sign", sign)
    first, second = case.submit(), case.submit()
    with worker(installation, tokens.library) as runtime:
        for asked in (first, second):
            perform_task(runtime, asked.task_id)
            request = read_request(installation, asked)
            assert request.state == "failed"
            assert "PIN" in request.failure
            assert "siegel seal token" in request.failure
    assert tried == [PIN]
    monkeypatch.undo()
    # Binding it anew is the way out.
    assert bind(installation, case.tenant.slug, chain, tokens.library).exit_code == 0
    with worker(installation, tokens.library) as runtime:
        try_again(installation, first)
        perform_task(runtime, first.task_id)
    assert read_request(installation, first).state == "done"


def test_openssl_verifies_what_a_token_signs_for_a_sealed_day(
    tokens: SoftToken, issued: KeyAndCertificate, provider: KeyAndCertificate, tmp_path: Path
) -> None:
    key = TokenKey(tokens.library, TOKEN, "siegel", PIN)
    seal = Seal(key, issued.certificate, (provider.certificate,)).check()
    (tmp_path / "day.json").write_bytes(b"{}")
    (tmp_path / "day.p7s").write_bytes(seal.sign_detached(b"{}"))
    (tmp_path / "root.pem").write_bytes(certificate_pem(provider.certificate))
    done = subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "day.p7s", "-content",
         "day.json", "-CAfile", "root.pem", "-purpose", "any", "-out", "/dev/null"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "successful" in done.stderr, done.stderr


def test_faults_of_tokens_are_told_apart(tokens: SoftToken, issued: KeyAndCertificate) -> None:
    key = TokenKey(tokens.library, "musterstadt", "siegel", PIN)
    assert len(key.sign(b"x")) == 384
    for broken, fault in (
        (replace(key, token="fort"), TokenAway),
        (replace(key, label="fort"), TokenRefused),
        (replace(key, pin="falsch-12"), TokenPinRefused),
        (replace(key, library="/fort.so"), TokenRefused),
    ):
        with pytest.raises(fault):
            broken.sign(b"x")
    assert PIN not in repr(key)
