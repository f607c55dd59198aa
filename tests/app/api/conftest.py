"""A tenant with forms, and programs of every kind at its door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from forms.expressions.nodes import Json
from forms.models import FormVersion
from tenants.api_tokens import SCOPES, TRAEGER_SCOPES, create_token
from tenants.context import Scope
from tenants.models import Organisation, Tenant
from tests.support.form_documents import field as form_field
from tests.support.form_documents import form, page, row_field, section
from tests.support.installation import Installation, Person


@dataclass
class Program:
    """Makes calls with a token."""

    app: Flask
    slug: str
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Make a call below ``/api/v1``."""
        given = {**self.headers, **(headers or {})}
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        address = f"/{self.slug}/api/v1{path}"
        client = self.app.test_client()
        if body is None:
            return client.open(address, method=method, headers=given)
        return client.open(address, method=method, headers=given, json=body)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Read something."""
        return self.call("GET", path, headers=headers)


@dataclass(frozen=True)
class World:
    """One office with a Träger, its people, a form."""

    installation: Installation
    app: Flask
    tenant: Tenant
    organisation: Organisation
    people: dict[str, Person]
    version: FormVersion

    def program(
        self,
        *,
        traeger: bool = False,
        scopes: frozenset[str] | None = None,
        participant: str = "fachkraft",
        organisation: Organisation | None = None,
    ) -> Program:
        """Return a program with a new token of the office or of the Träger."""
        wanted = scopes or (TRAEGER_SCOPES if traeger else frozenset(SCOPES))
        scope = Scope(
            tenant_id=self.tenant.id,
            organisation_id=(organisation or self.organisation).id if traeger else None,
            account_id=self.people["leitung" if traeger else "tenant_admin"].account_id,
        )
        _token, text = self.installation.in_scope(
            scope,
            lambda session: create_token(
                session, name="Fachverfahren", scopes=wanted,
                participant="traeger" if traeger else participant, days=30,
            ),
        )  # fmt: skip
        return Program(self.app, self.tenant.slug, text)


def api_form() -> dict[str, Json]:
    """Return a form with answers of every shape, some of them not for everybody."""
    return form(
        page(
            "angaben",
            section(
                "stelle",
                form_field("text", "einrichtung", required=True),
                form_field("integer", "plaetze", minimum=1, maximum=500),
                form_field("money", "kosten", required=True, minimum="0"),
                form_field("yes_no", "inklusiv"),
                form_field("iban", "konto", masked={"shown_to": ["wjh", "traeger"]}),
                form_field(
                    "calculated", "je_platz", result="money",
                    value="kosten / plaetze",
                    visible_to=["fachkraft", "wjh", "koordination"],
                ),
                form_field(
                    "repeat", "gruppen", display="cards", item_label="Gruppe",
                    fields=[
                        row_field("gruppen", "text", "name", required=True),
                        row_field("gruppen", "integer", "kinder"),
                        row_field("gruppen", "file", "plan", kinds=["pdf"]),
                    ],
                ),
                form_field("file", "nachweis", kinds=["pdf"], maximum=2, maximum_megabytes=1),
                form_field("inspection_note", "vermerk"),
            ),
        )
    )  # fmt: skip


def make_world(installation: Installation, app: Flask) -> World:
    """Return a new office with everything that the tests of the API call for."""
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant)
    people = {
        "tenant_admin": installation.person(tenant=tenant, role="tenant_admin"),
        "leitung": installation.person(organisation=organisation, role="traeger_leitung"),
    }
    version = installation.publish(tenant, api_form())
    return World(installation, app, tenant, organisation, people, version)


@pytest.fixture(scope="module")
def world(installation: Installation, app: Flask) -> World:
    return make_world(installation, app)


@pytest.fixture(scope="module")
def other_world(installation: Installation, app: Flask) -> World:
    return make_world(installation, app)
