"""A tenant with a small form that has everything, and somebody who fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from forms.models import Answers, FormVersion, Submission
from tenants.context import Scope
from tenants.models import Organisation, Tenant
from tests.support.docx_files import docx_of
from tests.support.form_documents import Document, field, form, page, row_field, section
from tests.support.installation import Installation, Person
from tests.support.web import Visitor
from tests.support.web_forms import SentForm, form_of

TEMPLATE = docx_of("Antrag von {{ nachname }}", "Summe {{ gesamt|euro }}")


def application_form() -> Document:
    """Return a form of three pages; the last is for those who have costs."""
    return form(
        page(
            "person",
            section(
                "person",
                field("text", "nachname", label="Nachname", required=True),
                field("text", "vorname", label="Vorname"),
                field("email", "email", label="E-Mail-Adresse"),
                field("long_text", "bericht", label="Bericht"),
            ),
        ),
        page(
            "angaben",
            section(
                "angaben",
                field("yes_no", "hat_kosten", label="Gibt es Kosten?", required=True),
                field("integer", "stunden", label="Stunden", maximum=100),
                field("text", "grund", label="Grund", visible="stunden > 10", required=True),
                field(
                    "money",
                    "eigenanteil",
                    label="Eigenanteil",
                    valid=[
                        {
                            "rule": "eigenanteil < 1000",
                            "message": "Bitte prüfen Sie den hohen Eigenanteil.",
                            "level": "warning",
                        }
                    ],
                ),
            ),
        ),
        page(
            "kosten",
            section(
                "kosten",
                field(
                    "repeat",
                    "kosten",
                    label="Kosten",
                    display="table",
                    item_label="Position",
                    minimum=1,
                    totals=["betrag"],
                    fields=[
                        row_field("kosten", "text", "zweck", label="Zweck", required=True),
                        row_field("kosten", "money", "betrag", label="Betrag", required=True),
                    ],
                ),
                field("calculated", "gesamt", result="money", value="summe(kosten.betrag)"),
            ),
            visible="hat_kosten",
        ),
        key="antrag",
    )


@dataclass(frozen=True)
class Office:
    """A tenant with the form and its template, and one person per role."""

    installation: Installation
    tenant: Tenant
    organisation: Organisation
    version: FormVersion
    administrator: Person
    specialist: Person
    manager: Person

    @property
    def path(self) -> str:
        return f"/{self.tenant.slug}"

    def submission(self, submission_id: str) -> Submission:
        """Return a submission of the manager as it stands in the database."""

        def read(session: Session) -> Submission:
            return session.scalars(select(Submission).where(Submission.id == submission_id)).one()

        # A draft is its author's alone.
        scope = Scope(
            tenant_id=self.tenant.id,
            organisation_id=self.organisation.id,
            account_id=self.manager.account_id,
        )
        return self.installation.in_scope(scope, read)


@pytest.fixture(scope="module")
def office(installation: Installation) -> Office:
    """A tenant of this module's own."""
    from document_templates.publishing import publish_template, upload_template

    tenant = installation.found_tenant(with_seal=True)
    organisation = installation.found_organisation(tenant, name="Träger Müller & Söhne <gGmbH>")
    version = installation.publish(tenant, application_form())

    def publish(session: Session) -> None:
        template = upload_template(
            session, installation.store, version, title="Bescheid", file_name="bescheid.docx",
            data=TEMPLATE,
        )  # fmt: skip
        publish_template(session, template)

    installation.in_scope(Scope(tenant_id=tenant.id), publish)
    return Office(
        installation,
        tenant,
        organisation,
        version,
        administrator=installation.person(tenant=tenant, role="tenant_admin"),
        specialist=installation.person(tenant=tenant, role="fachkraft"),
        manager=installation.person(organisation=organisation, role="traeger_leitung"),
    )


@dataclass
class Draft:
    """A draft that somebody fills in page by page."""

    office: Office
    visitor: Visitor
    id: str

    @property
    def stored(self) -> Submission:
        return self.office.submission(self.id)

    @property
    def answers(self) -> Answers:
        return self.stored.answers

    def url(self, rest: str = "") -> str:
        return f"{self.office.path}/ausfuellen/{self.id}{rest}"

    def page(self, key: str) -> TestResponse:
        """Fetch a page."""
        response = self.visitor.get(self.url(f"/seite/{key}"))
        assert response.status_code == 200
        return response

    def open(self, key: str) -> SentForm:
        """Fetch a page and return its form, as another tab would hold it."""
        return form_of(self.page(key))

    def send(
        self,
        sent: SentForm,
        changes: Mapping[str, str | list[str] | None] | None = None,
        /,
        **button: str,
    ) -> TestResponse:
        """Send a page with a pressed button, by default the one that leads on."""
        return self.visitor.post(
            sent.action, sent.filled(changes, **(button or {"__action": "next"}))
        )

    def fill(self, key: str, /, **changes: str) -> TestResponse:
        """Fetch a page, answer it and lead on."""
        return self.send(self.open(key), changes)

    def complete(self) -> None:
        """Answer everything."""
        assert self.fill("person", nachname="Muster").status_code == 302
        assert self.fill("angaben", hat_kosten="ja", stunden="8").status_code == 302
        self.send(self.open("kosten"), None, **{"kosten.__add": "1"})
        sent = self.open("kosten")
        rows = {"kosten[0].zweck": "Miete", "kosten[0].betrag": "1.250,50"}
        assert self.send(sent, rows).status_code == 302


@pytest.fixture
def draft(app: Flask, office: Office) -> Draft:
    """A fresh draft of the Träger's manager."""
    return begin(Visitor(app, office.manager), office)


def begin(visitor: Visitor, office: Office) -> Draft:
    """Begin the form as a person does."""
    visitor.get(f"{office.path}/vordrucke/antrag")
    response = visitor.post(f"{office.path}/vordrucke/antrag/beginnen")
    assert response.status_code == 302, response.get_data(as_text=True)
    return Draft(office, visitor, response.location.rpartition("/")[2])
