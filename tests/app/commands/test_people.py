"""``siegel account`` and ``siegel organisation``: from nothing to a person who can work."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask

from tests.app.commands.conftest import Command
from tests.support.installation import Installation
from tests.support.web import Visitor

PASSWORD = "ein langes Passwort"


def new_email() -> str:
    """Return an address that no other test uses."""
    return f"p{uuid.uuid4().hex[:12]}@example.org"


def test_a_traeger_and_its_leitung_are_set_up_and_can_work(
    siegel: Command, installation: Installation, app: Flask
) -> None:
    tenant = installation.found_tenant()
    environment = {**installation.environment, "SIEGEL_ACCOUNT_PASSWORD": PASSWORD}
    email = new_email()
    made = siegel("organisation", "create", "Spielkreis e. V.", "--tenant", tenant.slug,
                  environment=environment)  # fmt: skip
    assert made.returncode == 0, made.stderr
    identity = made.stdout.split()[-1]
    assert siegel("account", "create", email, "--name", "Ida Beispiel",
                  environment=environment).returncode == 0  # fmt: skip
    appointed = siegel("account", "appoint", email, "--role", "traeger_leitung",
                       "--organisation", identity, environment=environment)  # fmt: skip
    assert appointed.returncode == 0, appointed.stderr

    visitor = Visitor(app)
    assert visitor.sign_in(email, PASSWORD).status_code == 302
    page = visitor.get(f"/{tenant.slug}/uebersicht")
    assert page.status_code == 200
    assert "Spielkreis e. V." in page.get_data(as_text=True)


def test_a_new_password_replaces_the_old_one(
    siegel: Command, installation: Installation, app: Flask
) -> None:
    person = installation.person(tenant=installation.found_tenant(), role="fachkraft")
    environment = {**installation.environment, "SIEGEL_ACCOUNT_PASSWORD": PASSWORD}
    assert siegel("account", "password", person.email, environment=environment).returncode == 0
    assert Visitor(app).sign_in(person.email).status_code == 422
    assert Visitor(app).sign_in(person.email, PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("arguments", "password", "message"),
    [
        (("account", "create", "ohne-at", "--name", "Ida B"), PASSWORD, "keine E-Mail-Adresse"),
        (("account", "create", "a@example.org", "--name", "Ida B"), "kurz", "mindestens 12"),
        (("account", "password", "niemand@example.org"), PASSWORD, "gibt es nicht"),
        (
            ("account", "appoint", "niemand@example.org", "--role", "fachkraft", "--tenant", "x"),
            PASSWORD,
            "siegel account create",
        ),
        (("organisation", "create", "Verein", "--tenant", "gibt-es-nicht"), PASSWORD,
         "siegel tenant list"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_german(
    siegel: Command,
    installation: Installation,
    arguments: tuple[str, ...],
    password: str,
    message: str,
) -> None:
    environment = {**installation.environment, "SIEGEL_ACCOUNT_PASSWORD": password}
    refused = siegel(*arguments, environment=environment)
    assert refused.returncode == 1
    assert message in refused.stderr


def test_an_account_is_made_once(siegel: Command, installation: Installation) -> None:
    environment = {**installation.environment, "SIEGEL_ACCOUNT_PASSWORD": PASSWORD}
    email = new_email()
    first = siegel("account", "create", email, "--name", "Ida B", environment=environment)
    assert first.returncode == 0
    again = siegel("account", "create", email, "--name", "Ida B", environment=environment)
    assert again.returncode == 1
    assert "gibt es schon" in again.stderr


def test_a_role_needs_its_place(siegel: Command, installation: Installation) -> None:
    missing = siegel("account", "appoint", "a@example.org", "--role", "traeger_leitung",
                     environment=installation.environment)  # fmt: skip
    assert missing.returncode == 2
    assert "--organisation" in missing.stderr
