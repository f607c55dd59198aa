"""A tenant's logo on its pages, and the name alone where there is none."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import update

from tenants.context import Scope
from tenants.models import Tenant
from tests.app.pages.conftest import Office
from tests.support.web import Visitor
from tests.support.web_forms import document_of

PNG = b"\x89PNG\r\n\x1a\n"


def logos(visitor: Visitor, path: str) -> list[str]:
    found = document_of(visitor.get(path)).xpath("//img[contains(@src, 'logo.png')]/@src")
    return [str(address) for address in found]


def test_a_logo_is_shown_only_where_there_is_one(app: Flask, office: Office) -> None:
    tenant = office.installation.found_tenant()
    scope = Scope(tenant_id=tenant.id)
    visitor = Visitor(app, office.installation.person(tenant=tenant, role="fachkraft"))
    overview, address = f"/{tenant.slug}/uebersicht", f"/{tenant.slug}/logo.png"
    assert logos(visitor, overview) == []
    assert logos(visitor, "/start") == []
    assert visitor.get(address).status_code == 404

    office.installation.as_owner(
        scope,
        lambda session: session.execute(
            update(Tenant).where(Tenant.id == tenant.id).values(logo=PNG)
        ),
    )
    assert logos(visitor, overview) == [address]
    assert logos(visitor, "/start") == [address]
    assert visitor.get(address).data == PNG
