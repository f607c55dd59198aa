"""A person releases the key that a remote signing service keeps with PIN and TAN."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import undefer
from werkzeug.test import TestResponse

from app.cli import siegel
from document_templates.signing.models import SigningService
from tests.app.pages.remote_signing.steps import (
    SEVERAL,
    USER,
    begin_at,
    command,
    list_hosts,
    state_of,
)  # fmt: skip
from tests.support.csc_service import CLIENT_SECRET, OTP, PIN, CscService
from tests.support.installation import Installation
from tests.support.signing_office import SigningOffice
from tests.support.web import Visitor
from tests.support.web_forms import document_of, text_of


@pytest.fixture
def path(
    app: Flask, installation: Installation, office: SigningOffice, service: CscService,
    monkeypatch: pytest.MonkeyPatch,
) -> str:  # fmt: skip
    """A signing that waits for the manager's qualified signature, at a tenant with a service."""
    return begin_at(app, installation, office, service, monkeypatch)


def sign(visitor: Visitor, path: str, **changes: str) -> TestResponse:
    visitor.get(path)
    return visitor.post(f"{path}/fernsignatur", {"user": USER, "pin": PIN, "otp": OTP, **changes})


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
        ("", {"user": "fremd"}, "Toni Fremd, ausgestellt von"),
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


def test_of_several_certificates_the_person_chooses_one_that_can_sign(
    office: SigningOffice, path: str
) -> None:
    asked = sign(office.manager, path, user=SEVERAL)
    assert asked.status_code == 422
    page = document_of(asked)
    titles = [text.strip() for text in page.xpath("//fieldset[@id='credential']//label/text()")]
    assert [one.rpartition(" ")[2] for one in titles] == ["(Dienst)", "(Verein)"]
    assert all(one.startswith("Kim Muster, ausgestellt von Beispiel Trust QES") for one in titles)
    assert page.xpath("//input[@id='pin']/@value") == [""]
    choices = page.xpath("//input[@name='credential']/@value")
    hidden = {
        name: page.xpath(f"//input[@name='{name}']/@value")
        for name in ("choice_id", "choice_title")
    }
    # A wrong PIN loses neither the certificates nor which one was chosen.
    wrong = office.manager.post(
        f"{path}/fernsignatur",
        {"user": SEVERAL, "pin": "0000", "otp": OTP, "credential": choices[1], **hidden},
    )
    assert "lehnt PIN oder TAN ab" in text_of(wrong)
    again = document_of(wrong)
    assert again.xpath("//input[@name='credential']/@value") == choices
    assert again.xpath("//input[@name='credential'][@checked]/@value") == [choices[1]]
    done = sign(office.manager, path, user=SEVERAL, credential=choices[1])
    assert done.status_code == 302, text_of(done)
    assert state_of(office, path) == ["signed", "waiting"]


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
