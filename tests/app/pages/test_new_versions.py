"""Open drafts when their form gets a new version, with each policy; nothing typed is lost."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.models import FormVersion, Submission
from forms.publishing import publish_form
from forms.submitting import start_submission
from forms.versions.models import CarriedDraft, VersionValidity
from forms.versions.upgrading import open_draft_counts
from forms.versions.validities import (
    ReleasePlan,
    VersionNotInUse,
    close_version,
    lock_version,
    retire_version,
    validity_of,
)
from forms.versions.validity import berlin_day
from tenants.audit import AuditEntry
from tenants.context import Scope
from tenants.database import now
from tests.app.pages.conftest import Draft, Office, application_form, begin
from tests.forms.versions.edits import change, element, parts
from tests.support.form_documents import Document, field
from tests.support.installation import Installation
from tests.support.web import Visitor
from tests.support.web_forms import document_of, form_of, text_of

Edit = Callable[[Document], None]


@pytest.fixture
def office(installation: Installation) -> Office:
    """A tenant of each test's own: versions follow one another."""
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant, name="Träger Sonnenschein")
    return Office(
        installation,
        tenant,
        organisation,
        installation.publish(tenant, application_form()),
        administrator=installation.person(tenant=tenant, role="tenant_admin"),
        specialist=installation.person(tenant=tenant, role="fachkraft"),
        manager=installation.person(organisation=organisation, role="traeger_leitung"),
    )


@pytest.fixture
def draft(app: Flask, office: Office) -> Draft:
    return begin(Visitor(app, office.manager), office)


def publish(office: Office, edit: Edit, **plan: object) -> FormVersion:
    """Publish the next version of the form."""
    document = copy.deepcopy(application_form())
    edit(document)
    return office.installation.in_scope(
        Scope(tenant_id=office.tenant.id),
        lambda session: publish_form(
            session,
            document,
            plan=ReleasePlan(**plan),  # type: ignore[arg-type]
        ),
    )


def at_the_office(office: Office, work: Callable[[Session], None]) -> None:
    office.installation.in_scope(Scope(tenant_id=office.tenant.id), work)


def set_validity(office: Office, number: int, **settings: object) -> None:
    """Change what is kept of the version with ``number``."""

    def work(session: Session) -> None:
        row = session.scalars(
            select(VersionValidity)
            .join(FormVersion, FormVersion.id == VersionValidity.form_version_id)
            .where(FormVersion.number == number)
        ).one()
        for name, value in settings.items():
            setattr(row, name, value)

    at_the_office(office, work)


def compatible(document: Document) -> None:
    change("nachname", key="familienname", label="Familienname")(document)
    change("bericht", help="Bitte kurz.")(document)


def destructive(document: Document) -> None:
    person = parts(document, "pages", 0, "sections", 0, "fields")
    person.remove(element(document, "vorname"))
    change("bericht", required=True)(document)
    person.append(field("text", "ort", label="Ort", required=True))


def number_of(draft: Draft) -> int:
    return draft.stored.form_version.number


# ---- the policies


def test_kept_drafts_stay_and_may_change_over(draft: Draft, office: Office) -> None:
    draft.fill("person", nachname="Muster", vorname="Kim")
    publish(office, destructive)
    assert draft.visitor.get(draft.url()).location == draft.url("/seite/angaben")
    assert number_of(draft) == 1
    review = draft.visitor.get(draft.url("/pruefen"))
    last_day = berlin_day(now()) + timedelta(days=28)
    assert f"noch bis einschließlich {last_day:%d.%m.%Y} angenommen" in text_of(review)
    offer = draft.visitor.get(draft.url("/neue-fassung"))
    words = text_of(offer)
    assert "Feld „Bericht“ ist jetzt Pflicht" in words
    assert "Vorname" in words
    assert "Kim" in words
    assert "In der bisherigen Fassung weiter" in words


def test_compatible_changes_are_lifted_by_themselves(draft: Draft, office: Office) -> None:
    draft.fill("person", nachname="Muster", bericht="Viel.")
    publish(office, compatible, draft_policy="lift")
    response = draft.visitor.get(draft.url())
    assert response.location == draft.url()
    assert number_of(draft) == 2
    assert draft.answers == {"familienname": "Muster", "bericht": "Viel."}
    page = draft.page("person")
    assert "Ihr Entwurf ist jetzt in Fassung 1.1.0" in text_of(page)
    assert "Feld „Nachname“ heißt jetzt „Familienname“" in text_of(page)


def test_what_is_not_compatible_is_not_lifted(draft: Draft, office: Office) -> None:
    draft.fill("person", nachname="Muster")
    publish(office, destructive, draft_policy="lift")
    assert draft.visitor.get(draft.url()).location == draft.url("/seite/angaben")
    assert number_of(draft) == 1


def test_carrying_needs_the_authors_consent(draft: Draft, office: Office) -> None:
    draft.fill("person", nachname="Muster", vorname="Kim")
    publish(office, destructive, draft_policy="carry")
    for place in ("", "/seite/person", "/pruefen"):
        assert draft.visitor.get(draft.url(place)).location == draft.url("/neue-fassung")
    asked = draft.visitor.get(draft.url("/neue-fassung"))
    assert number_of(draft) == 1
    assert "In der bisherigen Fassung weiter" not in text_of(asked)
    done = draft.visitor.post(draft.url("/neue-fassung"))
    assert done.location == draft.url()
    assert number_of(draft) == 2
    # The page with changed questions is to be gone through again.
    assert draft.visitor.get(draft.url()).location == draft.url("/seite/person")
    page = draft.page("person")
    links = document_of(page).xpath("//a[starts-with(@href, '#f-')]/@href")
    assert {"#f-bericht", "#f-ort"} <= set(links)
    assert all(document_of(page).xpath(f"//*[@id='{link[1:]}']") for link in links)
    review = draft.visitor.get(draft.url("/pruefen"))
    assert "Nicht mehr verlangt" in text_of(review)
    assert "Kim" in text_of(review)
    assert draft.fill("person", bericht="Viel.", ort="Hilden").status_code == 302
    assert "in der neuen Fassung anders" not in text_of(draft.page("person"))


def test_carrying_twice_is_carrying_once(draft: Draft, office: Office) -> None:
    draft.fill("person", nachname="Muster")
    publish(office, destructive, draft_policy="carry")
    draft.visitor.get(draft.url("/neue-fassung"))
    for _time in range(2):
        draft.visitor.post(draft.url("/neue-fassung"))
    assert len(carryings(draft)) == 1
    assert draft.answers == {"nachname": "Muster"}


def carryings(draft: Draft) -> list[CarriedDraft]:
    office = draft.office
    scope = Scope(
        tenant_id=office.tenant.id,
        organisation_id=office.organisation.id,
        account_id=office.manager.account_id,
    )
    return office.installation.in_scope(
        scope, lambda session: list(session.scalars(select(CarriedDraft)))
    )


# ---- a tab that is still open


def test_a_tab_with_the_earlier_version_loses_nothing(draft: Draft, office: Office) -> None:
    draft.fill("person", nachname="Muster", vorname="Kim")
    tab = draft.open("person")
    publish(office, lambda document: (destructive(document), compatible(document))[0],
            draft_policy="carry")  # fmt: skip
    draft.visitor.get(draft.url("/neue-fassung"))
    draft.visitor.post(draft.url("/neue-fassung"))
    sent = draft.send(tab, {"nachname": "Neumann", "vorname": "Robin", "email": "kaputt@"})
    assert sent.location == draft.url()
    assert draft.answers["familienname"] == "Neumann"
    assert draft.stored.invalid == {"email": "kaputt@"}
    (row,) = carryings(draft)
    assert {"place": "Vorname", "text": "Robin"} in row.removed


def test_two_tabs_in_two_versions_are_told_of_a_conflict(draft: Draft, office: Office) -> None:
    draft.fill("person", nachname="Muster")
    tab = draft.open("person")
    publish(office, compatible, draft_policy="lift")
    draft.visitor.get(draft.url())
    draft.fill("person", familienname="Schmidt")
    conflict = draft.send(tab, {"nachname": "Neumann"})
    assert conflict.status_code == 409
    words = text_of(conflict)
    assert "Schmidt" in words
    assert "Neumann" in words
    assert draft.answers["familienname"] == "Schmidt"
    solved = form_of(conflict, "//main//form[.//input[@name='__revision']]")
    choice = next(name for name in document_of(conflict).xpath("//input[@type='radio']/@name"))
    draft.visitor.post(solved.action, solved.filled({choice: "mine"}))
    assert draft.answers["familienname"] == "Neumann"


def test_autosave_keeps_what_was_typed_and_sends_the_tab_on(draft: Draft, office: Office) -> None:
    draft.fill("person", nachname="Muster")
    tab = draft.open("person")
    publish(office, compatible, draft_policy="lift")
    draft.visitor.get(draft.url())
    answer = draft.visitor.post(
        draft.url("/seite/person/sichern"), tab.filled({"nachname": "Neumann"})
    )
    assert answer.status_code == 409
    assert answer.get_json()["conflict_url"] == draft.url()
    assert draft.answers["familienname"] == "Neumann"


# ---- beginning and handing in


def test_an_outdated_version_is_begun_by_nobody(app: Flask, office: Office) -> None:
    second = publish(office, destructive)
    for person in (office.manager, office.specialist):
        visitor = Visitor(app, person)
        start = visitor.get(f"{office.path}/vordrucke/antrag")
        assert "Fassung 2.0.0" in text_of(start)
        begun = visitor.post(f"{office.path}/vordrucke/antrag/beginnen",
                             {"version": office.version.id})  # fmt: skip
        assert begun.status_code == 302

    def newest(session: Session) -> None:
        assert open_draft_counts(session, second.form_id) == {second.id: 2}
        with pytest.raises(VersionNotInUse, match="abgekündigt"):
            start_submission(session, office.version, person_name="Kim Muster")

    scope = Scope(tenant_id=office.tenant.id, account_id=office.specialist.account_id)
    office.installation.in_scope(scope, newest)


def test_a_version_announced_is_shown_and_not_begun(app: Flask, office: Office) -> None:
    begins = berlin_day(now()) + timedelta(days=40)
    publish(office, destructive, binding_from=begins, user_note="Neu: der Ort.")
    visitor = Visitor(app, office.manager)
    words = text_of(visitor.get(f"{office.path}/vordrucke/antrag"))
    assert f"Ab dem {begins:%d.%m.%Y} gilt Fassung 2.0.0" in words
    visitor.post(f"{office.path}/vordrucke/antrag/beginnen")
    scope = Scope(tenant_id=office.tenant.id)

    def counts(session: Session) -> dict[str, int]:
        return open_draft_counts(session, office.version.form_id)

    assert office.installation.in_scope(scope, counts) == {office.version.id: 1}


def test_until_the_end_of_the_grace_the_old_version_is_taken(draft: Draft, office: Office) -> None:
    draft.complete()
    publish(office, destructive)
    today = berlin_day(now())
    set_validity(office, 1, deprecated_on=today - timedelta(days=28))
    review = draft.visitor.get(draft.url("/pruefen"))
    taken = draft.visitor.post(draft.url("/pruefen"), form_of(review, "//main//form").filled())
    assert taken.location == draft.url("/eingang")
    assert number_of(draft) == 1


def test_after_the_grace_it_is_refused_with_a_way_on(draft: Draft, office: Office) -> None:
    draft.complete()
    publish(office, compatible)
    review = form_of(draft.visitor.get(draft.url("/pruefen")), "//main//form[@novalidate]")
    ended = berlin_day(now()) - timedelta(days=29)
    set_validity(office, 1, binding_from=ended - timedelta(days=9), deprecated_on=ended)
    refused = draft.visitor.post(draft.url("/pruefen"), review.filled())
    assert refused.location == draft.url("/neue-fassung")
    page = draft.visitor.get(refused.location)
    last = berlin_day(now()) - timedelta(days=1)
    assert f"angenommen wurde sie bis {last:%d.%m.%Y}" in text_of(page)
    assert draft.stored.state == "draft"
    draft.visitor.post(draft.url("/neue-fassung"))
    draft.fill("person")
    review = form_of(draft.visitor.get(draft.url("/pruefen")), "//main//form[@novalidate]")
    taken = draft.visitor.post(draft.url("/pruefen"), review.filled())
    assert taken.location == draft.url("/eingang")
    assert number_of(draft) == 2


def test_the_hard_deadline_is_told_with_date_and_time(
    app: Flask, draft: Draft, office: Office
) -> None:
    draft.complete()
    moment = now() - timedelta(minutes=1)
    at_the_office(office, lambda session: close_version(session, _first(session, office), moment))
    review = form_of(draft.visitor.get(draft.url("/pruefen")), "//main//form[@novalidate]")
    draft.visitor.post(draft.url("/pruefen"), review.filled())
    page = text_of(draft.visitor.get(draft.url("/pruefen")))
    assert "Annahmeschluss war am" in page
    assert "Uhr" in page
    assert draft.stored.state == "draft"
    start = Visitor(app, office.specialist).get(f"{office.path}/vordrucke/antrag")
    assert start.status_code == 404
    assert "Annahmeschluss war am" in text_of(start)


def _first(session: Session, office: Office) -> VersionValidity:
    return validity_of(session, office.version.id)


def test_a_locked_version_is_neither_begun_nor_handed_in(
    app: Flask, draft: Draft, office: Office
) -> None:
    draft.complete()
    at_the_office(
        office, lambda session: lock_version(session, _first(session, office), "Rechtsfehler")
    )
    review = form_of(draft.visitor.get(draft.url("/pruefen")), "//main//form[@novalidate]")
    draft.visitor.post(draft.url("/pruefen"), review.filled())
    assert draft.stored.state == "draft"
    start = Visitor(app, office.specialist).get(f"{office.path}/vordrucke/antrag")
    assert start.status_code == 404
    assert "gesperrt" in text_of(start)
    listing = Visitor(app, office.specialist).get(f"{office.path}/vordrucke/")
    assert "Antrag" not in text_of(listing)


def test_a_form_that_is_retired_is_begun_no_more(app: Flask, office: Office) -> None:
    today = berlin_day(now())
    at_the_office(
        office,
        lambda session: retire_version(
            session, _first(session, office), deprecated_on=today, grace_days=28
        ),
    )
    start = Visitor(app, office.manager).get(f"{office.path}/vordrucke/antrag")
    assert start.status_code == 404
    assert "abgelöst" in text_of(start)


# ---- frozen, hidden, noted


def test_what_is_handed_in_stays_with_its_version(draft: Draft, office: Office) -> None:
    draft.complete()
    review = form_of(draft.visitor.get(draft.url("/pruefen")), "//main//form[@novalidate]")
    draft.visitor.post(draft.url("/pruefen"), review.filled())
    before = draft.stored
    publish(office, destructive, draft_policy="carry")
    assert draft.visitor.get(draft.url()).location == draft.url("/eingang")
    draft.visitor.post(draft.url("/neue-fassung"))
    after = draft.stored
    assert (after.form_version_id, after.answers) == (before.form_version_id, before.answers)


def test_the_office_learns_a_number_and_nothing_else(draft: Draft, office: Office) -> None:
    draft.fill("person", nachname="Muster", vorname="Kim")
    publish(office, destructive, draft_policy="carry")
    draft.visitor.get(draft.url("/neue-fassung"))
    draft.visitor.post(draft.url("/neue-fassung"))

    def look(session: Session) -> None:
        form_id = office.version.form_id
        assert sum(open_draft_counts(session, form_id).values()) == 1
        assert session.scalars(select(CarriedDraft)).all() == []
        assert session.scalars(select(Submission)).all() == []

    at_the_office(office, look)
    other = office.installation.found_tenant()
    assert (
        office.installation.in_scope(
            Scope(tenant_id=other.id),
            lambda session: open_draft_counts(session, office.version.form_id),
        )
        == {}
    )


def test_carrying_is_in_the_audit_trail(draft: Draft, office: Office) -> None:
    draft.fill("person", nachname="Muster")
    publish(office, compatible, draft_policy="lift")
    draft.visitor.get(draft.url())

    def look(session: Session) -> dict[str, object]:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "submission.carried")
        ).one()
        return dict(entry.detail)

    scope = Scope(tenant_id=office.tenant.id)
    assert office.installation.in_scope(scope, look) == {"from_version": 1, "to_version": 2}


def test_dates_are_given_in_order(office: Office) -> None:
    def work(session: Session) -> None:
        with pytest.raises(ValueError, match="verbindlich ab"):
            retire_version(
                session, _first(session, office), deprecated_on=date(2020, 1, 1), grace_days=0
            )

    at_the_office(office, work)
