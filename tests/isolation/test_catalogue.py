"""Walks every table of the migrated database and every mapped class.

What the catalogue of PostgreSQL says is compared with what the design demands. The last tests
break the rules on purpose in a transaction that is rolled back, so that the walk is known to
see it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy import table as sql_table
from sqlalchemy.exc import ProgrammingError

from app.metadata import all_metadata, table_names
from tenants.database import Base
from tenants.policies import APPEND_ONLY, APPLICATION_ROLE, DISPATCHER_ROLE, OWNER_ROLE, READ_ONLY
from tests.isolation.catalogue import Catalogue, read_catalogue
from tests.support.installation import Installation

# Tables with a tenant that are no tenant's data alone, and why their keys differ.
TIES = {
    # A person finds its own ties in every tenant: the row is keyed by itself.
    "tenant_membership",
}
# Unique across tenants, because the public proof is found without a tenant.
PLATFORM_UNIQUE = {("proof", ("code",))}
# Indexes for those who look without a tenant, and for whom.
PLATFORM_INDEXES = {
    "ix_proof_file": "a held PDF is found by its hash",
    "ix_task_delivered": "a worker finds the task delivered to it",
    "ix_task_open": "the dispatcher looks through the tasks of all tenants",
    "ix_tenant_membership_account_id": "a person finds its own tenants",
    "ix_cooperation_organisation_id": "an organisation finds its own partners",
}
# Single-column keys to rows that belong to no tenant.
PLATFORM_TARGETS = {"tenant", "organisation", "ab_user"}
# Readable by everybody: names of tenants stand on every letter, roots are public knowledge.
PUBLIC_TABLES = {"tenant", "trust_root", "trust_list"}


@pytest.fixture
def owner(installation: Installation) -> Iterator[Connection]:
    """A connection of the owner whose work is always rolled back."""
    engine = installation.owner_sessions.kw["bind"]
    with engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def catalogue(owner: Connection) -> Catalogue:
    return read_catalogue(owner)


def defects(catalogue: Catalogue) -> list[str]:
    """Return what is wrong with the tables that carry a tenant."""
    found: list[str] = []
    for table in sorted(catalogue.tables_with("tenant_id")):
        if catalogue.nullable(table, "tenant_id"):
            found.append(f"{table}: tenant_id may be NULL")
        security = catalogue.security[table]
        if not security.enabled:
            found.append(f"{table}: row security is off")
        if not security.forced:
            found.append(f"{table}: row security spares the owner")
        if not catalogue.policies.get(table):
            found.append(f"{table}: no policy")
        if table not in TIES and catalogue.primary_keys[table][0] != "tenant_id":
            found.append(f"{table}: primary key is not led by tenant_id")
        found += [
            f"{table}: unique {columns} is not led by tenant_id"
            for columns in catalogue.uniques.get(table, [])
            if columns[0] != "tenant_id" and (table, columns) not in PLATFORM_UNIQUE
        ]
        found += [
            f"{table}: index {name} {columns} is not led by tenant_id"
            for name, columns in catalogue.indexes.get(table, {}).items()
            if columns[0] != "tenant_id" and name not in PLATFORM_INDEXES
        ]
        found += _foreign_key_defects(catalogue, table)
    return found


def _foreign_key_defects(catalogue: Catalogue, table: str) -> list[str]:
    scoped = catalogue.tables_with("tenant_id")
    return [
        f"{table}: foreign key {columns} to {target} does not carry the tenant"
        for columns, target, target_columns in catalogue.foreign_keys.get(table, [])
        if (target in scoped and (columns[0], target_columns[0]) != ("tenant_id", "tenant_id"))
        or (target not in scoped and target not in PLATFORM_TARGETS)
    ]


def test_every_tenant_table_keeps_the_rules(catalogue: Catalogue) -> None:
    assert defects(catalogue) == []
    assert len(catalogue.tables_with("tenant_id")) >= 15


def test_the_migrated_tables_are_the_mapped_ones(catalogue: Catalogue) -> None:
    assert catalogue.tables == {*table_names(), "alembic_version"}


def test_every_mapped_class_declares_its_scope() -> None:
    columns = {"tenant": "tenant_id", "organisation": None, "account": "account_id"}
    for mapper in Base.registry.mappers:
        scope = mapper.class_.__scope__
        assert scope in {"tenant", "organisation", "account", "platform"}, mapper.class_
        needed = columns.get(scope)
        assert needed is None or needed in mapper.local_table.c, mapper.class_
        if scope == "platform":
            assert "tenant_id" not in mapper.local_table.c, mapper.class_


def test_every_table_without_a_tenant_is_known(catalogue: Catalogue) -> None:
    """A table that is neither a tenant's nor listed here was forgotten."""
    accounts = {name for name in catalogue.tables if name.startswith("ab_")}
    platform = {
        "tenant", "organisation", "trust_root", "trust_list", "certificate_authority",
        "scheduled_job", "alembic_version",
    }  # fmt: skip
    ties = {"organisation_membership", "platform_membership", "notice_refusal"}
    rest = catalogue.tables - catalogue.tables_with("tenant_id")
    assert rest == accounts | platform | ties
    for table in ties | {"tenant", "organisation"}:
        assert catalogue.security[table].enabled, table
        assert catalogue.security[table].forced, table


def test_roles_have_no_way_around_the_policies(catalogue: Catalogue, owner: Connection) -> None:
    for role in (APPLICATION_ROLE, DISPATCHER_ROLE, OWNER_ROLE):
        rights = catalogue.roles[role]
        assert not rights.superuser, role
        assert not rights.bypasses, role
        assert not rights.creates_roles, role
    for role in (APPLICATION_ROLE, DISPATCHER_ROLE):
        assert role not in catalogue.owners.values()
        assert not owner.scalar(
            text("SELECT pg_has_role(:role, :owner, 'member')"),
            {"role": role, "owner": OWNER_ROLE},
            execution_options={"tenant_guarded": True},
        )
        assert not owner.scalar(
            text("SELECT has_schema_privilege(:role, 'public', 'CREATE')"),
            {"role": role},
            execution_options={"tenant_guarded": True},
        )


def test_grants_are_no_wider_than_needed(catalogue: Catalogue) -> None:
    for table in catalogue.tables:
        rights = catalogue.grants.get((APPLICATION_ROLE, table), frozenset())
        assert not rights & {"TRUNCATE", "REFERENCES", "TRIGGER"}, table
        if table in APPEND_ONLY:
            assert rights == {"SELECT", "INSERT"}, table
        if table in READ_ONLY:
            assert rights <= {"SELECT"}, table
    assert catalogue.grants.get((APPLICATION_ROLE, "certificate_authority")) is None
    dispatcher = {table for role, table in catalogue.grants if role == DISPATCHER_ROLE}
    assert dispatcher == {"task", "scheduled_job"}
    for table in dispatcher:
        assert catalogue.grants[(DISPATCHER_ROLE, table)] == {"SELECT", "INSERT", "UPDATE"}


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
@pytest.mark.parametrize("change", ["UPDATE {t} SET id = id", "DELETE FROM {t}"])
def test_append_only_tables_refuse_change(
    installation: Installation, table: str, change: str
) -> None:
    with installation.sessions() as session, pytest.raises(ProgrammingError) as refused:
        session.execute(text(change.format(t=table)), execution_options={"tenant_guarded": True})
    assert "permission denied" in str(refused.value)


def test_without_a_tenant_no_table_shows_a_row(
    installation: Installation, catalogue: Catalogue
) -> None:
    """Tables are filled first, so that emptiness means something."""
    tenant = installation.found_tenant(with_seal=True)
    organisation = installation.found_organisation(tenant)
    installation.person(tenant=tenant, role="tenant_admin")
    installation.person(organisation=organisation, role="traeger_leitung")
    installation.publish_package(tenant, "zielvereinbarung-kindertagespflege")
    guarded = {name for name, row in catalogue.security.items() if row.enabled} - PUBLIC_TABLES
    assert {"form", "tenant_key", "organisation", "cooperation", "audit_entry"} <= guarded
    with installation.sessions() as session:
        for table in sorted(guarded):
            query = select(func.count()).select_from(sql_table(table))
            seen = session.scalar(query)
            assert seen == 0, table


BAD_TABLES = [
    (
        "CREATE TABLE bad (tenant_id uuid NOT NULL, id uuid, PRIMARY KEY (tenant_id, id))",
        "bad: row security is off",
    ),
    (
        "CREATE TABLE bad (tenant_id uuid NOT NULL, id uuid, PRIMARY KEY (tenant_id, id));"
        "ALTER TABLE bad ENABLE ROW LEVEL SECURITY",
        "bad: row security spares the owner",
    ),
    (
        "CREATE TABLE bad (tenant_id uuid NOT NULL, id uuid, PRIMARY KEY (tenant_id, id));"
        "ALTER TABLE bad ENABLE ROW LEVEL SECURITY; ALTER TABLE bad FORCE ROW LEVEL SECURITY",
        "bad: no policy",
    ),
    ("CREATE TABLE bad (tenant_id uuid, id uuid PRIMARY KEY)", "bad: tenant_id may be NULL"),
    (
        "CREATE TABLE bad (tenant_id uuid, id uuid PRIMARY KEY)",
        "bad: primary key is not led by tenant_id",
    ),
    (
        "CREATE TABLE bad (tenant_id uuid NOT NULL, id uuid, name text UNIQUE,"
        " PRIMARY KEY (tenant_id, id))",
        "bad: unique ('name',) is not led by tenant_id",
    ),
    (
        "CREATE TABLE bad (tenant_id uuid NOT NULL, id uuid, name text,"
        " PRIMARY KEY (tenant_id, id)); CREATE INDEX bad_name ON bad (name)",
        "bad: index bad_name ('name',) is not led by tenant_id",
    ),
    (
        "ALTER TABLE form ADD CONSTRAINT form_id_unique UNIQUE (id);"
        "CREATE TABLE bad (tenant_id uuid NOT NULL, id uuid, form_id uuid REFERENCES form (id),"
        " PRIMARY KEY (tenant_id, id))",
        "bad: foreign key ('form_id',) to form does not carry the tenant",
    ),
    ("ALTER TABLE form DISABLE ROW LEVEL SECURITY", "form: row security is off"),
    ("DROP POLICY tenant_isolation ON form", "form: no policy"),
]


@pytest.mark.parametrize(("statements", "defect"), BAD_TABLES)
def test_the_walk_sees_a_broken_rule(owner: Connection, statements: str, defect: str) -> None:
    owner.exec_driver_sql(statements)
    assert defect in defects(read_catalogue(owner))


def test_metadata_is_complete() -> None:
    names = [name for metadata in all_metadata() for name in metadata.tables]
    assert len(names) == len(set(names))
