"""Signing in and out, and what an attacker may try before, during and after."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import User
from lxml import html
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import find_account
from app.factory import create_app
from app.security.login import own_path
from tenants.context import NOBODY
from tenants.settings import Settings
from tests.app.security.conftest import Objects
from tests.support.installation import PASSWORD, Installation, Person
from tests.support.web import Visitor

COOKIE = "siegel"


@pytest.fixture(scope="module")
def person(installation: Installation) -> Person:
    tenant = installation.found_tenant()
    return installation.person(tenant=tenant, role="fachkraft")


def cookie(visitor: Visitor) -> str:
    """Return the session cookie as the browser holds it."""
    found = visitor.client.get_cookie(COOKIE)
    return found.value if found else ""


def signed_in(visitor: Visitor) -> bool:
    """Say whether the platform knows the visitor."""
    return visitor.get("/start").status_code == 200


def test_passwords_are_hashed_with_scrypt(installation: Installation, person: Person) -> None:
    def stored(session: Session) -> str:
        account = find_account(session, person.email)
        assert account is not None
        return str(account.password)

    first = installation.in_scope(NOBODY, stored)
    assert first.startswith("scrypt:32768:8:1$")
    assert PASSWORD not in first


def test_right_and_wrong_passwords(app: Flask, person: Person) -> None:
    visitor = Visitor(app)
    wrong = visitor.sign_in(person.email, "falsch")
    assert wrong.status_code == 422
    assert person.email in wrong.get_data(as_text=True)
    assert not signed_in(visitor)
    unknown = visitor.sign_in("niemand@example.org", "falsch")
    assert unknown.status_code == 422
    assert visitor.sign_in(f" {person.email} ").status_code == 302
    assert signed_in(visitor)


@pytest.mark.parametrize("name", ["", "\0", "a\0b@example.org", "x" * 5000, "' OR 1=1 --", "%"])
def test_strange_names_are_just_wrong(app: Flask, name: str) -> None:
    visitor = Visitor(app)
    assert visitor.sign_in(name, "falsch").status_code == 422
    assert visitor.sign_in(name, "").status_code == 422


def test_a_planted_session_does_not_survive_the_login(app: Flask, person: Person) -> None:
    visitor = Visitor(app)
    with visitor.client.session_transaction() as planted:
        planted["capacity"] = {"x": "y"}
        planted["planted"] = "by somebody else"
    before = cookie(visitor)
    assert visitor.sign_in(person.email).status_code == 302
    assert cookie(visitor) != before
    with visitor.client.session_transaction() as session:
        assert "planted" not in session
        assert "capacity" not in session
    old = Visitor(app)
    old.client.set_cookie(COOKIE, before)
    assert not signed_in(old)


def test_forms_without_token_are_refused(app: Flask, person: Person) -> None:
    visitor = Visitor(app)
    visitor.get("/anmelden")
    fields = {"username": person.email, "password": PASSWORD}
    assert visitor.client.post("/anmelden", data=fields).status_code == 400
    stale = {**fields, "csrf_token": "x"}
    assert visitor.client.post("/anmelden", data=stale).status_code == 400
    assert not signed_in(visitor)
    visitor.sign_in(person.email)
    assert visitor.client.post("/abmelden").status_code == 400
    assert signed_in(visitor)


def test_a_token_of_another_session_is_refused(app: Flask, person: Person) -> None:
    attacker, visitor = Visitor(app), Visitor(app, person)
    attacker.get("/anmelden")
    token = attacker._token
    assert visitor.client.post("/abmelden", data={"csrf_token": token}).status_code == 400
    assert signed_in(visitor)


def test_signing_out_takes_a_form(app: Flask, person: Person) -> None:
    visitor = Visitor(app, person)
    assert signed_in(visitor)
    assert visitor.client.get("/abmelden").status_code in (400, 404, 405)
    assert signed_in(visitor)
    assert visitor.post("/abmelden").status_code == 302
    assert not signed_in(visitor)


def test_an_inactive_account_stays_out(app: Flask, installation: Installation) -> None:
    person = installation.person(tenant=installation.found_tenant(), role="fachkraft")
    visitor = Visitor(app, person)
    assert signed_in(visitor)
    _set_active(installation, person, active=False)
    assert not signed_in(visitor)
    assert Visitor(app).sign_in(person.email).status_code == 422
    _set_active(installation, person, active=True)
    assert Visitor(app).sign_in(person.email).status_code == 302


def _set_active(installation: Installation, person: Person, *, active: bool) -> None:
    installation.as_owner(
        NOBODY,
        lambda session: session.execute(
            update(User).where(User.id == person.account_id).values(active=active)
        ),
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://boese.example/",
        "//boese.example",
        "///boese.example",
        "/\\boese.example",
        "\\\\boese.example",
        "/\t/boese.example",
        "javascript:alert(1)",
        "boese.example",
        "http:boese.example",
        "",
    ],
)
def test_the_way_after_the_login_stays_here(app: Flask, person: Person, address: str) -> None:
    assert own_path(address) == "/start"
    visitor = Visitor(app)
    visitor.get("/anmelden")
    answer = visitor.post(
        "/anmelden", {"username": person.email, "password": PASSWORD, "next": address}
    )
    assert answer.headers["Location"] == "/start"


def test_the_way_after_the_login_leads_back(app: Flask, objects: Objects) -> None:
    visitor = Visitor(app)
    wanted = f"/{objects.tenant.slug}/einreichungen/?seite=2"
    led = visitor.get(wanted)
    assert led.status_code == 302
    page = html.fromstring(visitor.get(led.headers["Location"]).get_data(as_text=True))
    carried = page.xpath("//input[@name='next']")[0].get("value")
    assert carried == wanted
    fields = {"username": objects.people["leitung"].email, "password": PASSWORD, "next": carried}
    assert visitor.post("/anmelden", fields).headers["Location"] == wanted


def test_typed_text_survives_a_lost_session(app: Flask, objects: Objects) -> None:
    """A long report is written, the session ends, the report is still there afterwards."""
    visitor = Visitor(app, objects.people["leitung"])
    path = f"/{objects.tenant.slug}/ausfuellen/{objects.draft}/seite/{objects.page_key}"
    assert visitor.get(path).status_code == 200
    report = 'Zeile 1\r\nZeile 2 <b> & "Ärger" ' + "x" * 3000
    visitor.client.delete_cookie(COOKIE)
    lost = visitor.post(path, {"name": report, "__action": "next", "__revision": "0"})
    assert lost.status_code == 401
    login = html.fromstring(lost.get_data(as_text=True))
    fields = {
        one.get("name"): one.get("value")
        for one in login.xpath("//form//input[@type='hidden'][@name]")
    }
    assert fields["behalten.name"].replace("\n", "\r\n").replace("\r\r", "\r") == report
    assert "behalten.csrf_token" not in fields

    person = objects.people["leitung"]
    fields.pop("csrf_token", None)
    refused = visitor.post("/anmelden", {**fields, "username": person.email, "password": "x"})
    assert refused.status_code == 422
    again = html.fromstring(refused.get_data(as_text=True))
    assert again.xpath("//input[@name='behalten.name']"), "the second attempt carries it too"

    kept = visitor.post("/anmelden", {**fields, "username": person.email, "password": PASSWORD})
    assert kept.status_code == 200
    page = html.fromstring(kept.get_data(as_text=True))
    (form,) = page.xpath("//form[.//input[@name='name']]")
    assert form.get("action") == path
    offered = {one.get("name"): one.get("value") for one in form.xpath(".//input[@name]")}
    offered["name"] = report
    offered.pop("csrf_token")
    assert visitor.post(path, offered).status_code == 302
    saved = html.fromstring(visitor.get(path).get_data(as_text=True))
    stored = saved.xpath("//*[@name='name']")[0]
    text = stored.get("value") or stored.text_content()
    assert " ".join(text.split()) == " ".join(report.split())


def test_a_changed_cookie_is_nobodys(app: Flask, person: Person) -> None:
    visitor = Visitor(app, person)
    whole = cookie(visitor)
    for changed in (whole[:-1], whole[:10] + "A" + whole[11:], "x", whole.split(".")[0] + ".a.b"):
        thief = Visitor(app)
        thief.client.set_cookie(COOKIE, changed)
        assert not signed_in(thief)
    assert signed_in(visitor)


def test_the_cookie_cannot_be_read(app: Flask, objects: Objects) -> None:
    visitor = Visitor(app, objects.people["leitung"])
    visitor.get(f"/{objects.tenant.slug}/einreichungen/")
    visitor.post(f"/{objects.tenant.slug}/einreichungen/suche", {"text": "Mustermann"})
    page = visitor.get(f"/{objects.tenant.slug}/einreichungen/").get_data(as_text=True)
    assert "Mustermann" in page
    payload = cookie(visitor).lstrip(".").split(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    plain = zlib.decompress(raw) if cookie(visitor).startswith(".") else raw
    for content in (plain, base64.urlsafe_b64decode(json.loads(b'"' + plain.strip(b'"') + b'"'))):
        assert b"Mustermann" not in content
        assert b"user_id" not in content


def test_the_cookie_is_kept_from_scripts_and_other_sites(
    app: Flask, installation: Installation
) -> None:
    settings = replace(installation.settings, public_url="https://siegel.example")
    with another_app(app, settings) as strict:
        answer = strict.test_client().get("/anmelden", base_url="https://localhost")
        header = answer.headers["Set-Cookie"]
        assert header.startswith("__Host-siegel=")
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in header
        assert "Domain" not in header
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


@contextmanager
def another_app(app: Flask, settings: Settings) -> Iterator[Flask]:
    """Return an application of its own, as a second web process would be."""
    other = create_app(settings)
    try:
        yield other
    finally:
        other.extensions["siegel"].engine.dispose()


@pytest.fixture
def fresh_app(installation: Installation, app: Flask) -> Iterator[Flask]:
    with another_app(app, installation.settings) as other:
        yield other


def test_ten_wrong_passwords_close_the_door(
    fresh_app: Flask, installation: Installation, objects: Objects
) -> None:
    person = installation.person(tenant=objects.tenant, role="fachkraft")
    other = installation.person(tenant=objects.tenant, role="fachkraft")
    visitor = Visitor(fresh_app)
    for _attempt in range(10):
        assert visitor.sign_in(person.email, "falsch").status_code == 422
    refused = visitor.sign_in(person.email.upper())
    assert refused.status_code == 429
    page = refused.get_data(as_text=True)
    assert "15 Minuten gesperrt" in page
    assert person.email in page.lower()
    # Everybody shares the counter through Valkey, and other names are not touched.
    with another_app(fresh_app, installation.settings) as second:
        assert Visitor(second).sign_in(person.email).status_code == 429
        assert Visitor(second).sign_in(other.email).status_code == 302


def test_signing_in_rightly_is_not_counted(fresh_app: Flask, objects: Objects) -> None:
    for _attempt in range(11):
        assert Visitor(fresh_app).sign_in(objects.people["fachkraft"].email).status_code == 302


def test_every_answer_carries_the_protecting_headers(app: Flask, objects: Objects) -> None:
    visitor = Visitor(app, objects.people["tenant_admin"])
    slug = objects.tenant.slug
    for path in (
        "/anmelden", "/start", "/pruefen/", "/pruefen/ABC", "/gibtesnicht", "/gesundheit/lebt",
        f"/{slug}/uebersicht", f"/{slug}/verwaltung/personen/list/", f"/{slug}/theme.css",
        f"/{slug}/ausfuellen/{objects.draft}", "/static/siegel.css", "/static/fehlt.css",
    ):  # fmt: skip
        headers = visitor.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy, path
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "object-src 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        if not path.startswith("/static/") and not path.endswith(".css"):
            assert "no-store" in headers["Cache-Control"], path
    refused = visitor.client.post("/abmelden")
    assert refused.status_code == 400
    assert "unsafe" not in refused.headers["Content-Security-Policy"]


def test_no_page_sets_a_password_in_clear(installation: Installation) -> None:
    def hashes(session: Session) -> list[str]:
        return list(session.scalars(select(User.password)))

    assert all(one.startswith("scrypt:") for one in installation.in_scope(NOBODY, hashes))
