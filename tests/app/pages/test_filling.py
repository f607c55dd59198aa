"""Filling in over the web, without JavaScript."""

from __future__ import annotations

from flask import Flask

from tests.support.installation import Installation
from tests.support.web import Visitor


def test_a_traeger_fills_in_and_submits_the_zielvereinbarung(
    app: Flask, installation: Installation
) -> None:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant)
    person = installation.person(organisation=organisation, role="traeger_leitung")
    installation.publish_package(tenant, "zielvereinbarung-kindertagespflege")
    visitor = Visitor(app, person)

    assert visitor.get(f"/{tenant.slug}/uebersicht").status_code == 200
    listing = visitor.get(f"/{tenant.slug}/vordrucke/")
    assert listing.status_code == 200
    start = visitor.get(f"/{tenant.slug}/vordrucke/zielvereinbarung_kindertagespflege")
    assert start.status_code == 200, start.get_data(as_text=True)[:500]
