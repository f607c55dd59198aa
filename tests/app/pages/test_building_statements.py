"""How many statements saving a change of a draft takes, its findings and preview drawn anew."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import event

from forms.building.drafting import create_form
from tenants.context import Scope
from tests.support.form_documents import identity
from tests.support.installation import Installation
from tests.support.large_form import large_form
from tests.support.web import Visitor

MOST_OF_A_SAVING = 10
WHO_ASKS = (
    "set_config(",
    "FROM tenant ",
    "FROM ab_user ",
    "FROM tenant_membership ",
    "organisation_membership",
)
"""What every request asks before: tenant, person and roles."""


@pytest.mark.parametrize("size", [50, 500])
def test_a_change_is_saved_in_few_statements(
    app: Flask, installation: Installation, size: int
) -> None:
    tenant = installation.found_tenant()
    person = installation.person(tenant=tenant, role="tenant_admin")
    form_id = installation.in_scope(
        Scope(tenant_id=tenant.id, account_id=person.account_id),
        lambda session: create_form(session, large_form(size, 5)).form_id,
    )
    visitor = Visitor(app, person)
    address = f"/{tenant.slug}/baukasten/{form_id}/"
    statements: list[str] = []

    def note(*of_the_cursor: object) -> None:
        statement = " ".join(str(of_the_cursor[2]).split())
        if not any(one in statement for one in WHO_ASKS):
            statements.append(statement)

    fields = {"element": identity("field zahl_1"), "label": "Zahl", "was:label": ""}
    assert visitor.get(address).status_code == 200
    engine = app.extensions["siegel"].engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = visitor.post(
            f"{address}aendern", {**fields, "revision": 1}, headers={"X-Builder": "region"}
        )
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200
    assert any(one.startswith("UPDATE form_draft") for one in statements)
    assert any(one.startswith("INSERT INTO form_operation") for one in statements)
    assert len(statements) <= MOST_OF_A_SAVING, statements
