"""Pages of the platform outside of any tenant: the way in, and the accessibility statement."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, g, jsonify, redirect, render_template
from flask_login import current_user
from sqlalchemy import ColumnElement, or_, select
from werkzeug.wrappers import Response

from app import database
from app.security.access import public, requires_account
from app.security.login import platform_url
from app.security.roles import PLATFORM_OPERATOR, ROLE_NAMES
from forms.definition import form_schema
from tenants.models import Cooperation, OrganisationMembership, TenantMembership

start = Blueprint("start", __name__)


@start.get("/")
@public
def index() -> Response:
    """Lead to the dashboard of the tenant, or to the person's own start page."""
    if g.tenant is not None:
        return redirect(f"/{g.tenant.slug}/uebersicht")
    return redirect(platform_url("start.home"))


@start.get("/start")
@requires_account
def home() -> str:
    """Show where the person may enter: its offices, and its organisations' partners."""
    memberships = database.session.scalars(
        select(TenantMembership).where(
            TenantMembership.account_id == current_user.id, _lasts(TenantMembership)
        )
    ).all()
    roles_by_tenant: dict[str, list[str]] = {}
    offices = {}
    for membership in memberships:
        offices[membership.tenant_id] = membership.tenant
        roles_by_tenant.setdefault(membership.tenant_id, []).append(ROLE_NAMES[membership.role])
    return render_template(
        "home.html",
        person_name=current_user.get_full_name(),
        tasks=[],
        tenants=[
            {
                "name": office.name,
                "office": office.office,
                "logo_url": f"/{office.slug}/logo.png" if office.has_logo else "",
                "role": ", ".join(roles_by_tenant[tenant_id]),
                "url": f"/{office.slug}/uebersicht",
            }
            for tenant_id, office in offices.items()
        ],
        organisations=_organisations(current_user.id),
        is_operator=PLATFORM_OPERATOR in g.roles,
        urls={"platform": "/betrieb/mandanten/list/"},
    )


def _lasts(
    tie: type[TenantMembership | OrganisationMembership | Cooperation],
) -> ColumnElement[bool]:
    """Return the condition that a tie has not ended: what ended leads nowhere."""
    return or_(tie.valid_until.is_(None), tie.valid_until >= date.today())


def _organisations(account_id: int) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = []
    memberships = database.session.scalars(
        select(OrganisationMembership).where(
            OrganisationMembership.account_id == account_id, _lasts(OrganisationMembership)
        )
    ).all()
    for membership in memberships:
        partners = database.session.scalars(
            select(Cooperation).where(
                Cooperation.organisation_id == membership.organisation_id,
                Cooperation.valid_from <= date.today(),
                _lasts(Cooperation),
            )
        ).all()
        entries.extend(
            {
                "name": membership.organisation.name,
                "role": ROLE_NAMES[membership.role],
                "tenants": partner.tenant.name,
                "url": f"/{partner.tenant.slug}/handeln-als/{membership.organisation_id}",
            }
            for partner in sorted(partners, key=lambda one: one.tenant.name)
        )
    return entries


@start.get("/barrierefreiheit")
@public
def accessibility() -> str:
    """The accessibility statement, with the tenant's address where one is known."""
    if g.tenant is not None:
        abort(404)
    return render_template(
        "accessibility.html",
        statement={
            "operator": "Brief & Siegel",
            "date": "22.11.2026",
            "method": "Selbstbewertung mit automatischer Prüfung (axe-core) jeder Seite",
            "standard": "EN 301 549, WCAG 2.2 Stufe AA",
            "known_barriers": [],
            "enforcement": {"name": "", "url": ""},
        },
        contact={
            "name": "Brief & Siegel",
            "email": "barrierefreiheit@example.org",
            "telephone": "",
        },
    )


@start.get("/hilfe/form-1.schema.json")
@public
def form_meta_schema() -> Response:
    """The published meta-schema of form definitions (JSON Schema 2020-12)."""
    if g.tenant is not None:
        abort(404)
    response = jsonify(form_schema())
    response.mimetype = "application/schema+json"
    return response
