"""The administration as its users meet it: in German, within one tenant, nothing typed lost."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from lxml import html
from lxml.html import HtmlElement
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tenants.audit import AuditEntry
from tenants.context import NOBODY, Scope
from tenants.models import Cooperation, Organisation, PlatformMembership, Tenant, TenantMembership
from tests.support.installation import Installation, Person
from tests.support.web import Visitor


@dataclass(frozen=True)
class Office:
    """A tenant with its Tenant-Admin at the door."""

    tenant: Tenant
    organisation: Organisation
    admin: Person
    visitor: Visitor

    def path(self, rest: str) -> str:
        """Return an address within the tenant's administration."""
        return f"/{self.tenant.slug}/verwaltung/{rest}"


@pytest.fixture
def office(app: Flask, installation: Installation) -> Office:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant, name=f"Haus {tenant.slug}")
    admin = installation.person(tenant=tenant, role="tenant_admin")
    return Office(tenant, organisation, admin, Visitor(app, admin))


def page(response: TestResponse) -> HtmlElement:
    """Return the page of an answer."""
    return html.fromstring(response.get_data(as_text=True))


def text(response: TestResponse) -> str:
    """Return what the page says, with single spaces."""
    return " ".join(page(response).text_content().split())


def memberships(installation: Installation, tenant: Tenant) -> list[TenantMembership]:
    """Return the roles of a tenant's people."""

    def work(session: Session) -> list[TenantMembership]:
        return list(
            session.scalars(select(TenantMembership).where(TenantMembership.tenant_id == tenant.id))
        )

    return installation.in_scope(Scope(tenant_id=tenant.id), work)


def acts(installation: Installation, tenant: Tenant, kind: str) -> list[str]:
    """Return the recorded acts on one kind of subject."""

    def work(session: Session) -> list[str]:
        return list(
            session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.subject_kind == kind)
                .order_by(AuditEntry.at)
            )
        )

    return installation.in_scope(Scope(tenant_id=tenant.id), work)


def test_a_role_is_given_changed_and_taken(office: Office, installation: Installation) -> None:
    person = installation.person(role="")
    visitor = office.visitor
    form = page(visitor.get(office.path("personen/add")))
    assert form.xpath("//h1")[0].text_content() == "Rolle vergeben"
    assert [one.get("value") for one in form.xpath("//select[@name='role']/option")] == [
        "tenant_admin",
        "fachkraft",
        "planung",
        "koordination",
        "wjh",
    ]
    answer = visitor.post(
        office.path("personen/add"),
        {"email": f" {person.email.upper()} ", "role": "fachkraft", "valid_until": "2030-12-31"},
    )
    assert answer.status_code == 302
    listing = visitor.get(office.path("personen/list/"))
    assert f"Kim Muster ({person.email})" in text(listing)
    assert "Fachkraft im Jugendamt" in text(listing)
    assert "31.12.2030" in text(listing)

    given = next(
        one for one in memberships(installation, office.tenant)
        if one.account_id == person.account_id
    )  # fmt: skip
    assert (given.role, str(given.valid_until)) == ("fachkraft", "2030-12-31")
    shown = visitor.get(office.path(f"personen/show/{given.id}"))
    assert person.email in text(shown)
    edit = page(visitor.get(office.path(f"personen/edit/{given.id}")))
    assert edit.xpath("//input[@name='valid_until']")[0].get("value") == "2030-12-31"
    visitor.post(office.path(f"personen/edit/{given.id}"), {"role": "fachkraft", "valid_until": ""})
    changed = next(one for one in memberships(installation, office.tenant) if one.id == given.id)
    assert changed.valid_until is None

    visitor.get(office.path("personen/list/"))
    assert visitor.post(office.path(f"personen/delete/{given.id}")).status_code == 302
    assert "Der Eintrag ist gelöscht." in text(visitor.get(office.path("personen/list/")))
    assert given.id not in [one.id for one in memberships(installation, office.tenant)]
    assert acts(installation, office.tenant, "membership") == [
        "membership.added",
        "membership.changed",
        "membership.deleted",
    ]


def test_an_unknown_person_gets_a_message_at_the_field(office: Office) -> None:
    office.visitor.get(office.path("personen/add"))
    answer = office.visitor.post(
        office.path("personen/add"), {"email": "niemand@example.org", "role": "fachkraft"}
    )
    assert answer.status_code == 422
    form = page(answer)
    field = form.xpath("//input[@name='email']")[0]
    assert field.get("value") == "niemand@example.org"
    assert field.get("aria-invalid") == "true"
    assert "Unter dieser Adresse hat niemand ein Konto." in text(answer)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": "", "role": "fachkraft"}, "Geben Sie die E-Mail-Adresse an."),
        ({"email": "a@b.de", "role": "plattformbetreiber"}, ""),
        ({"email": "a@b.de", "role": "fachkraft", "valid_until": "gestern"}, ""),
    ],
)
def test_wrong_entries_are_refused(
    office: Office, installation: Installation, fields: dict[str, str], message: str
) -> None:
    office.visitor.get(office.path("personen/add"))
    answer = office.visitor.post(office.path("personen/add"), fields)
    assert answer.status_code == 422
    assert page(answer).xpath("//p[@class='siegel-error']")
    assert message in text(answer)
    assert len(memberships(installation, office.tenant)) == 1


def test_a_role_is_given_once(office: Office, installation: Installation) -> None:
    office.visitor.get(office.path("personen/add"))
    answer = office.visitor.post(
        office.path("personen/add"), {"email": office.admin.email, "role": "tenant_admin"}
    )
    assert answer.status_code == 422
    assert "Die Person hat diese Rolle schon." in text(answer)
    assert len(memberships(installation, office.tenant)) == 1


def test_somebody_must_be_able_to_administer(office: Office, installation: Installation) -> None:
    (own,) = memberships(installation, office.tenant)
    visitor = office.visitor
    visitor.get(office.path("personen/list/"))
    visitor.post(office.path(f"personen/delete/{own.id}"))
    assert "die letzte Person" in text(visitor.get(office.path("personen/list/")))
    for fields in (
        {"role": "fachkraft", "valid_until": ""},
        {"role": "tenant_admin", "valid_until": "2020-01-01"},
    ):
        visitor.get(office.path(f"personen/edit/{own.id}"))
        answer = visitor.post(office.path(f"personen/edit/{own.id}"), fields)
        assert answer.status_code == 422
        assert "die letzte Person" in text(answer)
    (kept,) = memberships(installation, office.tenant)
    assert (kept.role, kept.valid_until) == ("tenant_admin", None)


def test_the_cooperation_is_shown_and_ended(office: Office, installation: Installation) -> None:
    visitor = office.visitor
    listing = page(visitor.get(office.path("traeger/list/")))
    assert office.organisation.name in listing.text_content()
    (link,) = listing.xpath("//a[contains(., 'Ändern')]/@href")
    assert office.tenant.id not in link
    assert visitor.get(link.replace("/edit/", "/show/")).status_code == 200
    assert visitor.get(link).status_code == 200
    wrong = visitor.post(link, {"valid_from": "2026-05-01", "valid_until": "2026-04-30"})
    assert wrong.status_code == 422
    assert "Das Ende liegt vor dem Anfang." in text(wrong)
    right = visitor.post(link, {"valid_from": "2026-05-01", "valid_until": "2031-04-30"})
    assert right.status_code == 302
    assert "30.04.2031" in text(visitor.get(office.path("traeger/list/")))

    def ends(session: Session) -> list[str]:
        return [str(one.valid_until) for one in session.scalars(select(Cooperation))]

    assert installation.in_scope(Scope(tenant_id=office.tenant.id), ends) == ["2031-04-30"]
    assert acts(installation, office.tenant, "cooperation") == ["cooperation.changed"]
    for rest in ("traeger/add", f"traeger/delete/{office.organisation.id}"):
        assert visitor.post(office.path(rest)).status_code == 404


def test_the_trail_is_read_and_never_changed(office: Office) -> None:
    visitor = office.visitor
    listing = visitor.get(office.path("protokoll/list/"))
    assert "Mandant eingerichtet" in text(listing)
    assert "System" in text(listing)
    links = page(listing).xpath("//td//a/@href")
    assert links
    assert all(office.tenant.id not in link.rpartition("/")[0] for link in links)
    assert visitor.get(links[0]).status_code == 200
    for act in ("add", "edit", "delete"):
        assert visitor.post(office.path(f"protokoll/{act}/{links[0][-36:]}")).status_code == 404


def test_the_own_tenant_is_changed(office: Office, installation: Installation) -> None:
    visitor, own = office.visitor, office.path(f"mandant/edit/{office.tenant.id}")
    form = page(visitor.get(own))
    names = [field.get("name") for field in form.xpath("//form[@method='post']//input")]
    assert "slug" not in names
    assert "number_patterns" not in names
    entered = {"name": "Stadt Ä", "email": "amt@example.org", "slug": "fremd", "kind": "verbund"}
    entered["smallest_figure"] = "10"
    for wrong in ("2", "51", "viele", ""):
        assert visitor.post(own, {**entered, "smallest_figure": wrong}).status_code == 422
    assert visitor.post(own, entered).status_code == 302
    assert visitor.post(own, {"name": ""}).status_code == 422
    stored = installation.in_scope(
        Scope(tenant_id=office.tenant.id),
        lambda session: session.get_one(Tenant, office.tenant.id),
    )
    assert (stored.name, stored.slug, stored.kind) == ("Stadt Ä", office.tenant.slug, "jugendamt")
    assert stored.smallest_figure == 10


def test_the_operator_lists_tenants_and_nothing_else(
    app: Flask, office: Office, installation: Installation
) -> None:
    operator = installation.person(role="")
    installation.as_owner(
        NOBODY, lambda session: session.add(PlatformMembership(account_id=operator.account_id))
    )
    visitor = Visitor(app, operator)
    listing = visitor.get("/betrieb/mandanten/list/?psize_PlatformTenantView=100")
    assert listing.status_code == 200
    assert "Mandanten" in text(listing)
    shown = visitor.get(f"/betrieb/mandanten/show/{office.tenant.id}")
    assert office.tenant.slug in text(shown)
    for rest in ("personen/list/", "protokoll/list/", f"mandant/edit/{office.tenant.id}"):
        assert visitor.get(office.path(rest)).status_code == 404
    assert visitor.get(f"/{office.tenant.slug}/uebersicht").status_code == 404
    assert visitor.get(f"/{office.tenant.slug}/betrieb/mandanten/list/").status_code == 404


def test_others_do_not_find_the_administration(
    app: Flask, office: Office, installation: Installation
) -> None:
    staff = Visitor(app, installation.person(tenant=office.tenant, role="fachkraft"))
    traeger = Visitor(
        app, installation.person(organisation=office.organisation, role="traeger_leitung")
    )
    for visitor in (staff, traeger, office.visitor):
        assert visitor.get("/betrieb/mandanten/list/").status_code == 404
    for visitor in (staff, traeger):
        for rest in ("personen/list/", "personen/add", "traeger/list/", "protokoll/list/"):
            answer = visitor.get(office.path(rest))
            assert answer.status_code == 404
            assert office.admin.email not in text(answer)


def test_every_page_is_german_with_landmarks_and_labels(office: Office) -> None:
    visitor = office.visitor
    (entry,) = page(visitor.get(office.path("traeger/list/"))).xpath(
        "//a[contains(., 'Ändern')]/@href"
    )
    for path in (
        office.path("personen/list/"),
        office.path("personen/add"),
        office.path("protokoll/list/"),
        office.path("mandant/list/"),
        office.path(f"mandant/show/{office.tenant.id}"),
        office.path(f"mandant/edit/{office.tenant.id}"),
        entry,
    ):
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        found = page(answer)
        assert found.get("lang") == "de"
        assert len(found.xpath("//main")) == len(found.xpath("//h1")) == 1
        assert found.xpath("//header")
        assert found.xpath("//nav")
        labelled = set(found.xpath("//label/@for"))
        for field in found.xpath("//main//input[not(@type='hidden')] | //main//select"):
            assert field.get("id") in labelled or field.get("aria-label"), (path, field.get("name"))
        for word in ("List ", "Show ", "Add ", "Edit ", "Record", "Save", "None"):
            assert word not in text(answer), (path, word)
        back = found.xpath("//main//a[normalize-space()='Abbrechen' or normalize-space()='Zurück']")
        for link in back:
            assert visitor.get(link.get("href")).status_code == 200, path
