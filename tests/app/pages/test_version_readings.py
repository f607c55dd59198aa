"""A new version is read and confirmed by all who use the form; the office sees how many did."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.publishing import publish_form
from forms.versions.models import VersionReading
from forms.versions.validities import ReleasePlan
from tenants.audit import AuditEntry
from tenants.context import NOBODY, Scope
from tenants.models import Organisation, Tenant
from tests.support.form_documents import Document
from tests.support.installation import Installation, Person
from tests.support.report_form import report_form
from tests.support.web import Visitor
from tests.support.web_forms import document_of, text_of


def next_version(document: Document, number: int) -> Document:
    """Return the report with another label, and another where the WJH does not look."""
    changed = copy.deepcopy(document)
    sections = changed["pages"][0]["sections"]  # type: ignore[index, call-overload]
    sections[0]["fields"][2]["label"] = f"Neue Kinder, Fassung {number}"  # type: ignore[index, call-overload]
    sections[1]["fields"][0]["label"] = "Geheimer Verlauf"  # type: ignore[index, call-overload]
    return changed


@dataclass
class Staff:
    """A tenant with a report in version 1, a Träger and the people of both."""

    app: Flask
    installation: Installation
    tenant: Tenant
    organisation: Organisation
    administrator: Person
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, last_name: str, role: str) -> Visitor:
        """Appoint somebody with that name, at the Träger for its roles."""
        at_traeger = role.startswith("traeger")
        person = self.installation.person(
            tenant=None if at_traeger else self.tenant,
            organisation=self.organisation if at_traeger else None,
            role=role,
        )

        def rename(session: Session) -> None:
            user = session.get(User, person.account_id)
            assert user is not None
            user.last_name = last_name

        self.installation.as_owner(NOBODY, rename)
        return Visitor(self.app, person)

    def publish(self, number: int, *, must_be_read: bool = True) -> str:
        """Publish the next version; return the address of what it changes."""
        plan = ReleasePlan(must_be_read=must_be_read)
        version = self.installation.in_scope(
            Scope(tenant_id=self.tenant.id),
            lambda session: publish_form(session, next_version(report_form(), number), plan=plan),
        )
        self.form_id = version.form_id
        return f"/{self.tenant.slug}/neue-fassungen/{version.form_id}/{version.number}"

    @property
    def readers_url(self) -> str:
        return f"/{self.tenant.slug}/baukasten/{self.form_id}/fassungen/2/kenntnisnahmen"

    def tasks(self, visitor: Visitor) -> str:
        return text_of(visitor.get(f"/{self.tenant.slug}/uebersicht"))

    def audit(self, action: str) -> list[AuditEntry]:
        return self.installation.in_scope(
            Scope(tenant_id=self.tenant.id),
            lambda session: list(
                session.scalars(select(AuditEntry).where(AuditEntry.action == action))
            ),
        )


@pytest.fixture
def staff(app: Flask, installation: Installation) -> Staff:
    tenant = installation.found_tenant()
    found = Staff(
        app,
        installation,
        tenant,
        installation.found_organisation(tenant, name="Haus Morgentau"),
        installation.person(tenant=tenant, role="tenant_admin"),
    )
    installation.publish(tenant, report_form())
    return found


def test_whoever_uses_the_form_reads_and_confirms_once(staff: Staff) -> None:
    reader = staff.person("Leserin", "fachkraft")
    assert "Zur Kenntnis" not in staff.tasks(reader)
    address = staff.publish(2)
    assert "Zur Kenntnis: Monatsbericht, Fassung 1.0.1" in staff.tasks(reader)
    page = reader.get(address)
    assert "Feld „Zugänge“ heißt jetzt „Neue Kinder, Fassung 2“" in text_of(page)
    assert reader.post(address).status_code == 302
    assert reader.post(address).status_code == 302
    assert "Zur Kenntnis" not in staff.tasks(reader)
    again = reader.get(address)
    assert "bestätigt, dass Sie diese Fassung gelesen haben" in text_of(again)
    assert document_of(again).xpath("//main//form") == []
    rows = staff.installation.in_scope(
        Scope(tenant_id=staff.tenant.id),
        lambda session: list(session.scalars(select(VersionReading))),
    )
    assert len(rows) == 1
    assert len(staff.audit("form.version_read")) == 1


def test_the_office_sees_fourteen_of_twentytwo_and_no_name_of_a_traeger(staff: Staff) -> None:
    address = staff.publish(2)
    office = [staff.person(f"Amt{n}", "fachkraft") for n in range(10)]
    traeger = [staff.person(f"Träger{n}", "traeger_fachkraft") for n in range(11)]
    manager = staff.person("Leitung", "traeger_leitung")
    for reader in (*office[:8], *traeger[:6]):
        reader.get(address)
        assert reader.post(address).status_code == 302
    page = Visitor(staff.app, staff.administrator).get(staff.readers_url)
    words = text_of(page)
    assert "14 von 22 haben die Fassung zur Kenntnis genommen" in words
    assert "8 von 10 haben die Fassung" in words
    missing = document_of(page).xpath("//main//h3/following::ul[1]/li")
    assert [item.text_content() for item in missing] == ["Kim Amt8", "Kim Amt9"]
    assert "Haus Morgentau 6 von 12 6" in words
    assert "Kim Träger" not in words and "Kim Leitung" not in words
    own = text_of(manager.get(address))
    assert "6 von 12 haben die Fassung" in own
    assert "Kim Träger6" in own and "Kim Leitung" in own and "Kim Amt" not in own
    assert "Kim Träger7" not in text_of(traeger[0].get(address))


def test_those_who_are_missing_are_reminded(staff: Staff) -> None:
    address = staff.publish(2)
    late, quick = staff.person("Spät", "wjh"), staff.person("Schnell", "traeger_fachkraft")
    quick.get(address)
    quick.post(address)
    assert "Erinnerung" not in staff.tasks(late)
    administrator = Visitor(staff.app, staff.administrator)
    administrator.get(staff.readers_url)
    assert administrator.post(staff.readers_url).status_code == 302
    assert "Eine Person ist erinnert" in text_of(administrator.get(staff.readers_url), "//body")
    assert "Erinnerung" in staff.tasks(late)
    changes = text_of(late.get(address))
    assert "Neue Kinder" in changes and "Verlauf" not in changes
    assert "Geheimer Verlauf" in text_of(quick.get(address))
    assert [entry.detail["missing"] for entry in staff.audit("form.readers_reminded")] == [1]
    late.get(address)
    late.post(address)
    page = text_of(administrator.get(staff.readers_url))
    assert "2 von 2" in page and "Erinnern" not in page
    administrator.post(staff.readers_url)
    assert len(staff.audit("form.readers_reminded")) == 1


def test_only_those_who_fill_the_form_are_asked_and_only_for_the_version_in_use(
    staff: Staff,
) -> None:
    outsider = staff.person("Koordination", "koordination")
    reader = staff.person("Leserin", "fachkraft")
    old = staff.publish(2)
    assert "Zur Kenntnis" not in staff.tasks(outsider)
    staff.publish(3)
    tasks = staff.tasks(reader)
    assert "Fassung 1.0.1" not in tasks and "Fassung 1.0.2" in tasks
    # The former one can still be read, and asks for nothing.
    assert document_of(reader.get(old)).xpath("//main//form") == []
    reader.post(old)
    assert staff.audit("form.version_read") == []


def test_what_nobody_has_to_read_has_no_such_page(staff: Staff) -> None:
    reader = staff.person("Leserin", "fachkraft")
    address = staff.publish(2, must_be_read=False)
    assert "Zur Kenntnis" not in staff.tasks(reader)
    assert reader.get(address).status_code == 404
    assert Visitor(staff.app, staff.administrator).get(staff.readers_url).status_code == 404
