"""A person releases her key on the pages of the signing service, and comes back."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import undefer
from werkzeug.test import TestResponse

from document_templates.signing.models import ServiceVisit
from tenants.context import Scope
from tenants.database import now
from tests.app.pages.remote_signing.steps import begin_at, command, list_hosts, state_of
from tests.support.csc_service import CscService
from tests.support.installation import Installation
from tests.support.signing_office import SigningOffice
from tests.support.trust_services import Holder, TrustService
from tests.support.web import Visitor
from tests.support.web_forms import document_of, text_of

ONE, TWO, NONE = "kim@dienst.example", "kim.zwei@dienst.example", "kim.alt@dienst.example"


@pytest.fixture(scope="module")
def people(service: CscService, trust: TrustService) -> None:
    """People whose keys are released on the pages; not every certificate can sign today."""

    def certify(name: str = "Kim Muster", hours: int = 9000, **parts: str) -> Holder:
        given, surname = name.split()
        return trust.certify(
            name, lifetime=timedelta(hours=hours), given_name=given, surname=surname, **parts
        )

    mode = "oauth2code"
    service.keep(ONE, certify(), mode=mode)
    service.keep(TWO, certify(), description="Dienst", mode=mode)
    service.keep(TWO, certify(), description="Verein", mode=mode)
    for user in (TWO, NONE):
        service.keep(user, certify(hours=23), mode=mode)
        service.keep(user, certify(), status="revoked", mode=mode)
        service.keep(user, certify(), key_status="disabled", mode=mode)
        service.keep(user, certify(), mode="explicit")
        service.keep(user, certify("Toni Fremd"), mode=mode)
        service.keep(user, certify(pseudonym="K. M."), mode=mode)


@pytest.fixture
def path(
    app: Flask, installation: Installation, office: SigningOffice, service: CscService,
    people: None, monkeypatch: pytest.MonkeyPatch,
) -> str:  # fmt: skip
    """A signing that waits for the manager's signature, at a tenant whose service has pages."""
    uri = f"{app.extensions['siegel'].settings.public_url}{office.path}"
    service.redirect_uris = {f"{uri}/unterschriften/fernsignatur/zurueck"}
    return begin_at(app, installation, office, service, monkeypatch, "--release", "pages")


def leave(visitor: Visitor, path: str) -> str:
    """Leave for the service, and return the address that the person is sent to."""
    visitor.get(path)
    answer = visitor.post(f"{path}/fernsignatur/anmelden")
    assert answer.status_code == 302, text_of(answer)
    return str(answer.location)


def come_back(visitor: Visitor, url: str) -> TestResponse:
    """Follow the redirection of the service."""
    parts = urlsplit(url)
    return visitor.get(f"{parts.path}?{parts.query}")


def manager_scope(office: SigningOffice) -> Scope:
    return Scope(
        tenant_id=office.case.tenant.id,
        organisation_id=office.case.organisation.id,
        account_id=office.people["manager"].account_id,
    )


def visits(office: SigningOffice, path: str) -> list[ServiceVisit]:
    """Return the visits for a signing, as the manager sees them."""
    return office.installation.in_scope(
        manager_scope(office),
        lambda session: list(
            session.scalars(
                select(ServiceVisit)
                .where(ServiceVisit.signing_id == path.rpartition("/")[2])
                .options(undefer(ServiceVisit.content))
            )
        ),
    )


def test_with_one_certificate_the_person_goes_there_twice_and_has_signed(
    office: SigningOffice, path: str, service: CscService
) -> None:
    page = office.manager.get(path)
    assert "Weiter zu Beispiel Sign" in text_of(page)
    assert f"form-action 'self' {service.url};" in page.headers["Content-Security-Policy"]
    assert "form-action 'self';" in office.clerk.get(office.path).headers["Content-Security-Policy"]
    release = come_back(office.manager, service.visit(leave(office.manager, path), ONE))
    assert release.status_code == 302, text_of(release)
    asked = parse_qs(urlsplit(str(release.location)).query)
    assert (asked["scope"], asked["credentialID"][0][:5]) == (["credential"], "cred-")
    done = come_back(office.manager, service.visit(str(release.location), ONE))
    assert done.location == path
    assert "Aussteller: Beispiel Trust QES CA 1" in text_of(office.manager.get(path))
    assert state_of(office, path) == ["signed", "waiting"]
    assert visits(office, path) == []


def test_of_several_certificates_the_person_chooses_and_may_do_so_again(
    office: SigningOffice, path: str, service: CscService
) -> None:
    back = come_back(office.manager, service.visit(leave(office.manager, path), TWO))
    assert back.location == f"{path}#fernsignatur"
    page = document_of(office.manager.get(path))
    titles = [text.strip() for text in page.xpath("//fieldset[@id='credential']//label/text()")]
    assert [one.rpartition(" ")[2] for one in titles] == ["(Dienst)", "(Verein)"]
    choices = page.xpath("//input[@name='credential']/@value")

    nothing = office.manager.post(f"{path}/fernsignatur/zertifikat", {})
    assert "Wählen Sie ein Zertifikat aus" in text_of(nothing)
    release = office.manager.post(f"{path}/fernsignatur/zertifikat", {"credential": choices[1]})
    assert release.status_code == 302, text_of(release)
    cancelled = service.visit(str(release.location), TWO, error="access_denied")
    assert come_back(office.manager, cancelled).location == path
    again = office.manager.get(path)
    assert "abgebrochen" in text_of(again)
    assert document_of(again).xpath("//input[@name='credential'][@checked]/@value") == [choices[1]]
    assert state_of(office, path) == ["waiting", "waiting"]

    release = office.manager.post(f"{path}/fernsignatur/zertifikat", {"credential": choices[1]})
    come_back(office.manager, service.visit(str(release.location), TWO))
    assert state_of(office, path) == ["signed", "waiting"]


def test_without_a_usable_certificate_the_person_reads_what_each_one_lacks(
    office: SigningOffice, path: str, service: CscService
) -> None:
    back = come_back(office.manager, service.visit(leave(office.manager, path), NONE))
    assert back.location == path
    text = text_of(office.manager.get(path))
    for words in (
        "abgelaufen am", "gesperrt", "Schlüssel beim Dienst abgeschaltet",
        "lässt sich hier nicht freigeben", "lautet nicht auf „Kim Muster“", "Pseudonym",
    ):  # fmt: skip
        assert words in text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("access_denied", "abgebrochen"),
        ("temporarily_unavailable", "gestört"),
        ("server_error", "gestört"),
        ("invalid_scope", "nimmt die Anfrage dieser Plattform nicht an"),
        ("<script>", "nimmt die Anfrage dieser Plattform nicht an"),
    ],
)
def test_an_error_of_the_service_is_told_in_words(
    office: SigningOffice, path: str, service: CscService, error: str, words: str
) -> None:
    url = service.visit(leave(office.manager, path), ONE, error=error)
    assert come_back(office.manager, url).location == path
    page = office.manager.get(path)
    assert words in text_of(page)
    assert "<script>" not in page.get_data(as_text=True)
    assert state_of(office, path) == ["waiting", "waiting"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("down", "antwortet nicht"),
        ("moved", "nicht zu verwenden"),
        ("expired", "nicht angenommen"),
        ("nonsense", "nicht zu verwenden"),
    ],
)
def test_a_service_that_fails_after_the_login_leaves_the_request_open(
    office: SigningOffice, path: str, service: CscService, fault: str, words: str
) -> None:
    url = service.visit(leave(office.manager, path), ONE)
    service.fault = fault
    assert come_back(office.manager, url).location == path
    assert words in text_of(office.manager.get(path))
    assert state_of(office, path) == ["waiting", "waiting"]


@pytest.mark.parametrize("fault", ["down", "expired"])
def test_a_service_that_fails_after_the_release_lets_the_person_release_again(
    office: SigningOffice, path: str, service: CscService, fault: str
) -> None:
    release = come_back(office.manager, service.visit(leave(office.manager, path), ONE))
    url = service.visit(str(release.location), ONE)
    service.fault = fault
    come_back(office.manager, url)
    service.fault = ""
    page = document_of(office.manager.get(path))
    chosen = page.xpath("//input[@name='credential'][@checked]/@value")
    again = office.manager.post(f"{path}/fernsignatur/zertifikat", {"credential": chosen[0]})
    come_back(office.manager, service.visit(str(again.location), ONE))
    assert state_of(office, path) == ["signed", "waiting"]


def test_who_comes_back_counts_once(office: SigningOffice, path: str, service: CscService) -> None:
    url = service.visit(leave(office.manager, path), ONE)
    assert str(come_back(office.manager, url).location).startswith(service.url)
    service.asked.clear()
    replayed = come_back(office.manager, url)
    assert replayed.location == f"{office.path}/unterschriften/"
    assert "gilt nicht mehr" in text_of(office.manager.get(f"{office.path}/unterschriften/"))
    assert service.asked == []


@pytest.mark.parametrize("state", ["", "ä", "\x00", "x" * 9000])
def test_a_state_that_nobody_gave_out_leads_to_the_list(
    office: SigningOffice, path: str, service: CscService, state: str
) -> None:
    leave(office.manager, path)
    back = come_back(
        office.manager,
        f"{path.rpartition('/')[0]}/fernsignatur/zurueck?{urlencode({'state': state})}",
    )
    assert back.status_code == 302
    assert str(back.location).endswith("/unterschriften/")


def test_a_state_is_bound_to_person_and_session(
    app: Flask, office: SigningOffice, path: str, service: CscService
) -> None:
    url = service.visit(leave(office.manager, path), ONE)
    elsewhere = Visitor(app, office.people["manager"])
    service.asked.clear()
    for stranger in (elsewhere, office.head):
        assert come_back(stranger, url).location == f"{office.path}/unterschriften/"
    assert come_back(Visitor(app), url).status_code == 302
    changed = {**{k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}, "state": "fremd"}
    wrong = f"{urlsplit(url).path}?{urlencode(changed)}"
    assert come_back(office.manager, wrong).location == f"{office.path}/unterschriften/"
    assert service.asked == []
    # Nobody has used it up for the person herself.
    assert str(come_back(office.manager, url).location).startswith(service.url)


def test_who_comes_back_too_late_begins_again(
    office: SigningOffice, path: str, service: CscService
) -> None:
    url = service.visit(leave(office.manager, path), ONE)
    office.installation.in_scope(
        manager_scope(office),
        lambda session: session.execute(
            update(ServiceVisit).values(ends_at=now() - timedelta(seconds=1))
        ),
    )
    assert come_back(office.manager, url).location == path
    assert "älter als 15 Minuten" in text_of(office.manager.get(path))
    assert str(leave(office.manager, path)).startswith(service.url)
    assert len(visits(office, path)) == 1


def test_a_release_is_for_the_file_as_it_was(
    app: Flask, installation: Installation, office: SigningOffice, service: CscService,
    trust: TrustService, path: str,
) -> None:  # fmt: skip
    release = come_back(office.manager, service.visit(leave(office.manager, path), ONE))
    url = service.visit(str(release.location), ONE)
    head = "amt@dienst.example"
    service.keep(
        head, trust.certify("Beispiel", given_name="Bürgermeisterin", surname="Beispiel"),
        mode="oauth2code",
    )  # fmt: skip
    other = come_back(office.head, service.visit(leave(office.head, path), head))
    come_back(office.head, service.visit(str(other.location), head))
    assert sorted(state_of(office, path)) == ["signed", "waiting"]
    come_back(office.manager, url)
    assert "Inzwischen hat jemand anderes unterschrieben" in text_of(office.manager.get(path))
    choices = document_of(office.manager.get(path)).xpath("//input[@name='credential']/@value")
    again = office.manager.post(f"{path}/fernsignatur/zertifikat", {"credential": choices[0]})
    come_back(office.manager, service.visit(str(again.location), ONE))
    assert state_of(office, path) == ["signed", "signed"]


def test_what_is_kept_of_a_visit_is_ciphertext(
    office: SigningOffice, path: str, service: CscService
) -> None:
    address = leave(office.manager, path)
    (visit,) = visits(office, path)
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert state.encode() not in visit.content
    assert b"verifier" not in visit.content
    assert visit.state_sha256 != state
    with pytest.raises(AssertionError):
        service.check_visit(address.replace("S256", "plain"))


def test_only_who_is_asked_is_sent_there(
    app: Flask, installation: Installation, office: SigningOffice, path: str, service: CscService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    office.clerk.get(path)
    assert office.clerk.post(f"{path}/fernsignatur/anmelden").status_code == 422
    typed = {"user": ONE, "pin": "1234"}
    office.manager.get(path)
    assert "anders eingerichtet" in text_of(office.manager.post(f"{path}/fernsignatur", typed))
    list_hosts(app, monkeypatch)
    url = service.visit(leave(office.manager, path), ONE)
    come_back(office.manager, url)
    assert "nicht freigegeben" in text_of(office.manager.get(path))


def test_the_operator_reads_what_to_enter_at_the_service(
    installation: Installation, office: SigningOffice, service: CscService
) -> None:
    slug = office.case.tenant.slug
    done = command(installation, slug, service, "--release", "pages")
    assert f"/{slug}/unterschriften/fernsignatur/zurueck" in done.output
    for address, words in (
        ("http://anmelden.example.org", "https://"),
        ("https://anmelden.example.org", "nicht freigegeben"),
    ):
        refused = command(installation, slug, service, "--release", "pages", "--oauth-url", address)
        assert refused.exit_code == 1
        assert words in refused.output
