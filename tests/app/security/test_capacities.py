"""Separation between the roles of one person, over time, and between addresses."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.tenant_path import PLATFORM_SEGMENTS
from tenants.context import Scope
from tenants.founding import appoint_in_organisation, appoint_in_tenant
from tenants.models import Cooperation, OrganisationMembership, TenantMembership
from tests.app.security.conftest import SECRET_WORDS, Objects, make_objects
from tests.support.installation import Installation, Person
from tests.support.web import Visitor

YESTERDAY = date.today() - timedelta(days=1)


@pytest.fixture
def own(installation: Installation) -> Objects:
    """Objects that a test may change."""
    return make_objects(installation)


def submission_status(visitor: Visitor, objects: Objects) -> int:
    """Return how the submission of the first Träger answers."""
    return visitor.get(f"/{objects.tenant.slug}/einreichungen/{objects.submission}").status_code


def join(installation: Installation, person: Person, organisation_id: str, role: str) -> None:
    """Let a person work for an organisation."""
    installation.as_owner(
        Scope(organisation_id=organisation_id),
        lambda session: appoint_in_organisation(session, organisation_id, person.account_id, role),
    )


def test_one_person_in_two_organisations_acts_for_one_at_a_time(
    app: Flask, installation: Installation, own: Objects
) -> None:
    person = own.people["other_leitung"]
    join(installation, person, own.organisation.id, "traeger_leitung")
    visitor = Visitor(app, person)
    home = f"/{own.tenant.slug}"
    visitor.get(f"{home}/handeln-als/{own.organisation.id}")
    assert submission_status(visitor, own) == 200
    visitor.get(f"{home}/handeln-als/{own.other_organisation.id}")
    assert submission_status(visitor, own) == 404
    listing = visitor.get(f"{home}/einreichungen/").get_data(as_text=True)
    assert SECRET_WORDS[3] not in listing
    visitor.get(f"{home}/vordrucke/")
    begun = visitor.post(f"{home}/vordrucke/{own.form_key}/beginnen")
    draft = begun.headers["Location"]
    assert visitor.get(draft).status_code == 302
    visitor.get(f"{home}/handeln-als/{own.organisation.id}")
    assert visitor.get(draft).status_code == 404


def test_a_delegated_role_counts_only_in_its_own_context(
    app: Flask, installation: Installation, own: Objects
) -> None:
    """A Träger-Fachkraft with a delegated role of the office (B, separation rule 3)."""
    person = own.people["colleague"]
    installation.as_owner(
        Scope(tenant_id=own.tenant.id),
        lambda session: appoint_in_tenant(session, person.account_id, "fachkraft"),
    )
    visitor = Visitor(app, person)
    home = f"/{own.tenant.slug}"
    visitor.get(f"{home}/handeln-als/amt")
    assert submission_status(visitor, own) == 200
    visitor.get(f"{home}/handeln-als/{own.organisation.id}")
    assert submission_status(visitor, own) == 404
    assert SECRET_WORDS[3] not in visitor.get(f"{home}/dokumente/").get_data(as_text=True)


def test_a_capacity_that_one_has_not_cannot_be_chosen(app: Flask, own: Objects) -> None:
    visitor = Visitor(app, own.people["other_leitung"])
    for key in ("amt", own.organisation.id, "x"):
        assert visitor.get(f"/{own.tenant.slug}/handeln-als/{key}").status_code == 404
    with visitor.client.session_transaction() as session:
        session["capacity"] = {own.tenant.id: own.organisation.id}
    assert submission_status(visitor, own) == 404


@pytest.mark.parametrize("role", ["fachkraft", "leitung"])
def test_a_stand_in_loses_access_with_the_last_day(
    app: Flask, installation: Installation, own: Objects, role: str
) -> None:
    person = own.people[role]
    visitor = Visitor(app, person)
    assert submission_status(visitor, own) == 200
    table = TenantMembership if role == "fachkraft" else OrganisationMembership
    scope = (
        Scope(tenant_id=own.tenant.id)
        if role == "fachkraft"
        else Scope(organisation_id=own.organisation.id)
    )

    def ends(day: date) -> None:
        def work(session: Session) -> None:
            session.execute(
                update(table).where(table.account_id == person.account_id).values(valid_until=day)
            )

        installation.as_owner(scope, work)

    ends(date.today())
    assert submission_status(visitor, own) == 200
    ends(YESTERDAY)
    assert submission_status(visitor, own) == 404
    assert own.tenant.name not in visitor.get("/start").get_data(as_text=True)


def test_a_traeger_loses_access_when_the_cooperation_ends(
    app: Flask, installation: Installation, own: Objects
) -> None:
    visitor = Visitor(app, own.people["leitung"])
    assert submission_status(visitor, own) == 200

    def end(session: Session) -> None:
        session.execute(
            update(Cooperation)
            .where(Cooperation.organisation_id == own.organisation.id)
            .values(valid_until=YESTERDAY)
        )

    installation.in_scope(Scope(tenant_id=own.tenant.id), end)
    assert submission_status(visitor, own) == 404
    assert own.tenant.name not in visitor.get("/start").get_data(as_text=True)
    assert submission_status(Visitor(app, own.people["fachkraft"]), own) == 200


def test_unknown_tenants_and_platform_pages_keep_apart(app: Flask, objects: Objects) -> None:
    visitor = Visitor(app, objects.people["tenant_admin"])
    slug = objects.tenant.slug
    for path in (
        "/gibt-es-nicht/uebersicht",
        f"/{slug.upper()}/uebersicht",
        f"/{slug}/{slug}/uebersicht",
        "/uebersicht",
        "/verwaltung/personen/list/",
        f"/{slug}/start",
        f"/{slug}/pruefen/",
        f"/{slug}/barrierefreiheit",
        f"/{slug}%2f..%2fx/uebersicht",
        f"/{slug}%0a/uebersicht",
    ):
        assert visitor.get(path).status_code == 404, path
    assert visitor.get(f"/{slug}/uebersicht").status_code == 200


def test_every_first_segment_of_a_platform_page_is_reserved(app: Flask) -> None:
    """Otherwise a tenant could be founded whose slug hides a page."""
    outside = {"", "anmelden", "abmelden", "start", "pruefen", "betrieb", "gesundheit", "static"}
    assert outside - {""} <= PLATFORM_SEGMENTS


def test_an_address_cannot_lead_to_another_host(app: Flask, objects: Objects) -> None:
    visitor = Visitor(app)
    slug = objects.tenant.slug
    for path in (f"/{slug}//boese.example/x", f"/{slug}/", f"/{slug}", "//boese.example/x"):
        answer = visitor.get(path)
        location = answer.headers.get("Location", "/")
        assert location.startswith(("/", "http://localhost/")), (path, location)
        assert not location.startswith("//"), (path, location)
