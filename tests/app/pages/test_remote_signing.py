"""A person signs with a key that a remote signing service keeps; what fails leaves the request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import undefer
from werkzeug.test import TestResponse

from app.cli import siegel
from document_templates.certificates import certificate_pem
from document_templates.signing.models import Signature, SigningService
from tests.support.csc_service import (
    CLIENT,
    CLIENT_SECRET,
    OTP,
    PIN,
    CscService,
    open_csc_service,
)
from tests.support.installation import Installation
from tests.support.signing_office import SigningOffice, open_office
from tests.support.trust_services import TrustService
from tests.support.web import Visitor
from tests.support.web_forms import document_of, text_of

USER = "kim.muster@example.org"


@pytest.fixture(scope="module")
def office(app: Flask, installation: Installation) -> Iterator[SigningOffice]:
    with open_office(app, installation) as opened:
        yield opened


@pytest.fixture(scope="module")
def trust(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> TrustService:
    opened = TrustService.open(datetime.now(UTC).replace(microsecond=0))
    folder = tmp_path_factory.mktemp("listen")
    (folder / "de.xml").write_bytes(opened.trust_list())
    (folder / "signer.pem").write_bytes(certificate_pem(opened.list_signer.certificate))
    done = CliRunner(env=installation.environment).invoke(
        siegel,
        ["trust", "load", str(folder / "de.xml"), "--certificate", str(folder / "signer.pem")],
    )
    assert done.exit_code == 0, done.output
    return opened


@pytest.fixture(scope="module")
def service(trust: TrustService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CscService]:
    with open_csc_service(trust, tmp_path_factory.mktemp("csc")) as opened:
        opened.people[USER] = trust.certify("Kim Muster", given_name="Kim", surname="Muster")
        opened.people["fremd"] = trust.certify("Toni Fremd", given_name="Toni", surname="Fremd")
        yield opened


def command(
    installation: Installation, slug: str, service: CscService, *options: str, **changes: str
) -> Result:
    environment = {
        **installation.environment,
        "SIEGEL_SIGNING_HOSTS": service.host,
        "SIEGEL_SIGNING_SECRET": CLIENT_SECRET,
        **changes,
    }
    return CliRunner(env=environment).invoke(
        siegel,
        ["signing-service", "set", "--tenant", slug, "--name", "Beispiel Sign", "--url",
         service.url, "--client", CLIENT, *options],
    )  # fmt: skip


@pytest.fixture
def path(
    app: Flask, installation: Installation, office: SigningOffice, service: CscService,
    monkeypatch: pytest.MonkeyPatch,
) -> str:  # fmt: skip
    """A signing that waits for the manager's qualified signature, at a tenant with a service."""
    done = command(installation, office.case.tenant.slug, service)
    assert done.exit_code == 0, done.output
    monkeypatch.setenv("SSL_CERT_FILE", str(service.certificate_file))
    list_hosts(app, monkeypatch, service.host)
    service.fault = ""
    begun = office.begin({"level": "L3"})
    office.complete(begun)
    return begun


def list_hosts(app: Flask, monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """Let the pages reach these hosts alone."""
    parts = app.extensions["siegel"]
    settings = replace(parts.settings, signing_hosts=frozenset(hosts))
    monkeypatch.setitem(app.extensions, "siegel", replace(parts, settings=settings))


def sign(visitor: Visitor, path: str, **changes: str) -> TestResponse:
    visitor.get(path)
    return visitor.post(f"{path}/fernsignatur", {"user": USER, "pin": PIN, "otp": OTP, **changes})


def state_of(office: SigningOffice, path: str) -> list[str]:
    return office.installation.in_scope(
        office.scope,
        lambda session: list(
            session.scalars(
                select(Signature.state)
                .where(Signature.signing_id == path.rpartition("/")[2])
                .order_by(Signature.field)
            )
        ),
    )


def test_the_service_signs_and_the_file_is_judged_like_any_other(
    office: SigningOffice, path: str, service: CscService
) -> None:
    page = text_of(office.manager.get(path))
    assert "Beispiel Sign" in page
    answer = sign(office.manager, path)
    assert answer.status_code == 302, text_of(answer)
    assert "Aussteller: Beispiel Trust QES CA 1" in text_of(office.manager.get(path))
    assert state_of(office, path) == ["signed", "waiting"]
    assert service.released == {}


@pytest.mark.parametrize(
    ("fault", "changes", "words"),
    [
        ("down", {}, "antwortet nicht"),
        ("moved", {}, "nicht zu verwenden"),
        ("expired", {}, "abgelaufen"),
        ("nonsense", {}, "nicht zu verwenden"),
        ("", {"pin": "0000"}, "lehnt PIN oder TAN ab"),
        ("", {"otp": ""}, "lehnt PIN oder TAN ab"),
        ("", {"user": "niemand"}, "kein gültiges Zertifikat"),
        ("", {"user": "fremd"}, "Das Zertifikat lautet auf „Toni Fremd“"),
        ("", {"user": ""}, "Geben Sie Ihre Kennung"),
        ("", {"pin": ""}, "Geben Sie die PIN ein"),
    ],
)
def test_what_fails_leaves_the_request_open(
    office: SigningOffice, path: str, service: CscService, fault: str, changes: dict[str, str],
    words: str,
) -> None:  # fmt: skip
    service.fault = fault
    answer = sign(office.manager, path, **changes)
    assert answer.status_code == 422
    assert words in text_of(answer)
    page = document_of(answer)
    assert page.xpath("//input[@id='user']/@value") == [changes.get("user", USER)]
    assert page.xpath("//input[@id='pin']/@value") == [""]
    assert PIN not in answer.get_data(as_text=True)
    assert state_of(office, path) == ["waiting", "waiting"]
    service.fault = ""
    assert sign(office.manager, path).status_code == 302


def test_a_host_that_is_not_listed_is_not_reached(
    app: Flask, office: SigningOffice, path: str, service: CscService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    list_hosts(app, monkeypatch)
    service.asked.clear()
    answer = sign(office.manager, path)
    assert answer.status_code == 422
    assert "nicht freigegeben" in text_of(answer)
    assert service.asked == []


def test_only_who_is_asked_may_sign(office: SigningOffice, path: str) -> None:
    assert sign(office.clerk, path).status_code == 422
    assert state_of(office, path) == ["waiting", "waiting"]


def test_the_secret_is_ciphertext_and_addresses_are_checked(
    installation: Installation, office: SigningOffice, service: CscService
) -> None:
    slug = office.case.tenant.slug
    assert command(installation, slug, service).exit_code == 0
    row = installation.in_scope(
        office.scope,
        lambda session: session.scalars(
            select(SigningService).options(undefer(SigningService.client_secret))
        ).one(),
    )
    assert CLIENT_SECRET.encode() not in row.client_secret
    for options, changes, words in (
        (("--url", f"http://{service.host}"), {}, "https://"),
        (("--url", "https://intern.example.org"), {}, "nicht freigegeben"),
        (("--url", f"https://x:y@{service.host}"), {}, "https://"),
        ((), {"SIEGEL_SIGNING_SECRET": ""}, "SIEGEL_SIGNING_SECRET"),
    ):
        refused = command(installation, slug, service, *options, **changes)
        assert refused.exit_code == 1
        assert words in refused.output


def test_a_service_can_be_taken_away(
    installation: Installation, office: SigningOffice, service: CscService
) -> None:
    slug = office.case.tenant.slug
    assert command(installation, slug, service).exit_code == 0
    gone = CliRunner(env=installation.environment).invoke(
        siegel, ["signing-service", "remove", "--tenant", slug]
    )
    assert gone.exit_code == 0, gone.output
    again = CliRunner(env=installation.environment).invoke(
        siegel, ["signing-service", "remove", "--tenant", slug]
    )
    assert "keinen Fernsignaturdienst" in again.output
