"""Many submissions in one database, made by PostgreSQL itself: one large tenant among hundreds."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from tenants.context import Scope
from tenants.models import Tenant
from tests.support.form_documents import Document, field, form, page, section
from tests.support.installation import Installation, Person

DISTRICTS = ("nord", "sued", "ost", "west", "mitte")
_GUARDED = {"tenant_guarded": True}

_TENANTS = """
INSERT INTO tenant (id, slug, name, office, kind, land, ags, committee, street, city, telephone,
                    email, website, members, theme, number_patterns, is_demo)
SELECT gen_random_uuid(), 'klein-' || left(md5(random()::text), 12), 'Stadt ' || n, '', 'jugendamt',
       '', '', '', '', '', '', '', '', '[]', '{}', '{}', true
FROM generate_series(1, :count) AS n RETURNING id::text
"""
_FORM = """
INSERT INTO form (tenant_id, id, key, title, description, data_class, state, package)
VALUES (:tenant, :tenant, 'bericht', 'Bericht', '', 'K1', 'published', '')
"""
_VERSION = """
INSERT INTO form_version (tenant_id, id, form_id, number, definition, content_sha256)
VALUES (:tenant, :tenant, :tenant, 1, '{}', '')
"""
_SUBMISSIONS = """
INSERT INTO submission (tenant_id, id, form_version_id, organisation_id, account_id, person_name,
    organisation_name, state, number, answers, invalid, completed_pages, acknowledged, revision,
    created_at, updated_at, submitted_at, content_sha256, step, handover_number, period, origins,
    purpose, asked_step)
SELECT :tenant, gen_random_uuid(), :version, NULL, :account, '', 'Träger ' || n % 300, 'submitted',
    'E-' || n,
    jsonb_build_object(
        'name', 'Kind ' || md5(n::text), 'stadtteil', (CAST(:districts AS text[]))[1 + n % 5],
        'betrag', (n % 5000)::text || '.50', 'stunden', n % 80,
        'beginn', (date '2020-01-01' + n % 2500)::text, 'einig', n % 3 = 0,
        'bericht', repeat('Bericht über das Jahr. ', 12)),
    '{}', '[]', '[]', 3, moment, moment, moment, md5(n::text), 0, 1, '', '{}', '', 0
FROM generate_series(1, :count) AS n,
     LATERAL (SELECT timestamptz '2020-01-01' + n * interval '23 minutes' AS moment) AS times
"""


def report_form() -> Document:
    """Return the form that everybody hands in."""
    fields = [
        field("text", "name"),
        field("radio", "stadtteil", options={one: one.capitalize() for one in DISTRICTS}),
        field("money", "betrag"),
        field("integer", "stunden"),
        field("date", "beginn"),
        field("yes_no", "einig"),
        field("long_text", "bericht"),
    ]
    return form(page("seite", section("abschnitt", *fields)), key="bericht")


@dataclass(frozen=True)
class LargeTenant:
    """A tenant with many submissions of one form, and somebody who may list them."""

    tenant: Tenant
    size: int
    person: Person
    form_key: str = "bericht"


def fill(
    installation: Installation, sizes: tuple[int, ...], *, total: int, tenants: int
) -> list[LargeTenant]:
    """Make a tenant of each size, and others until there are ``total`` submissions in all."""
    large = [_large_tenant(installation, size) for size in sizes]
    engine = installation.owner_sessions.kw["bind"]
    others = tenants - len(sizes)
    rest = max(0, total - sum(sizes))
    with engine.connect() as connection:
        _say(connection, "SET synchronous_commit = off")
        account = large[0].person.account_id
        small = connection.execute(
            text(_TENANTS), {"count": others}, execution_options=_GUARDED
        ).scalars().all()  # fmt: skip
        connection.commit()
        for place, tenant_id in enumerate(small):
            _act_in(connection, tenant_id)
            _say(connection, _FORM, tenant=tenant_id)
            _say(connection, _VERSION, tenant=tenant_id)
            count = rest // others + (place < rest % others)
            _hand_in(connection, tenant_id, tenant_id, account, count)
            connection.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _say(connection, "VACUUM ANALYZE submission")
    return large


def _large_tenant(installation: Installation, size: int) -> LargeTenant:
    tenant = installation.found_tenant()
    person = installation.person(tenant=tenant, role="fachkraft")
    version = installation.publish(tenant, report_form())
    engine = installation.owner_sessions.kw["bind"]
    with engine.begin() as connection:
        _act_in(connection, tenant.id)
        _hand_in(connection, tenant.id, version.id, person.account_id, size)
    return LargeTenant(tenant, size, person)


def _hand_in(
    connection: Connection, tenant_id: str, version_id: str, account_id: int, count: int
) -> None:
    _say(
        connection,
        _SUBMISSIONS,
        tenant=tenant_id,
        version=version_id,
        account=account_id,
        count=count,
        districts=list(DISTRICTS),
    )


def _act_in(connection: Connection, tenant_id: str) -> None:
    _say(connection, "SELECT set_config('app.tenant_id', :tenant, true)", tenant=tenant_id)


def _say(connection: Connection, statement: str, **values: object) -> None:
    connection.execute(text(statement), values, execution_options=_GUARDED)


def scope_of(large: LargeTenant) -> Scope:
    """Return what the person of a large tenant may touch."""
    return Scope(tenant_id=large.tenant.id, account_id=large.person.account_id)
