"""The check of the migrations finds what it is for."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.embedded.postgres import EmbeddedPostgres
from app.migrating import migrate
from tools.check_migrations import (
    MIGRATIONS,
    RowSecurity,
    check_history,
    check_row_security,
    check_tables,
    model_row_security,
    read_row_security,
    tenant_tables,
)


@pytest.fixture(scope="module")
def expected(postgres: EmbeddedPostgres) -> RowSecurity:
    name = f"modelled_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    return model_row_security(postgres.url("siegel_owner", name))


@pytest.fixture
def migrated(postgres: EmbeddedPostgres) -> str:
    """The address of a migrated database that the test may spoil."""
    name = f"migrated_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    url = postgres.url("siegel_owner", name)
    migrate(url)
    return url


def spoil(url: str, statement: str) -> RowSecurity:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
        return read_row_security(engine)
    finally:
        engine.dispose()


def test_the_migrations_lead_to_the_models_and_their_rules(
    migrated: str, expected: RowSecurity
) -> None:
    assert check_history() == []
    assert check_tables(migrated) == []
    assert check_row_security(spoil(migrated, "SELECT 1"), expected) == []
    assert len(tenant_tables()) > 10
    assert all((table.name, "tenant_isolation") in expected.rules for table in tenant_tables())


def test_a_column_that_no_migration_makes_is_found(migrated: str) -> None:
    spoil(migrated, "ALTER TABLE submission DROP COLUMN person_name")
    (fault,) = check_tables(migrated)
    assert "person_name" in fault


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "DROP POLICY tenant_isolation ON submission",
            "submission: Die Regel „tenant_isolation“ fehlt.",
        ),
        (
            "CREATE POLICY offen ON submission USING (true)",
            "submission: Die Regel „offen“ steht nicht in tenants/policies.py.",
        ),
        (
            "ALTER POLICY tenant_isolation ON submission USING (true)",
            "submission: Die Regel „tenant_isolation“ lautet",
        ),
        (
            "ALTER TABLE submission NO FORCE ROW LEVEL SECURITY",
            "submission: FORCE ROW LEVEL SECURITY",
        ),
    ],
)
def test_a_spoilt_rule_is_found(
    migrated: str, expected: RowSecurity, statement: str, fault: str
) -> None:
    (found,) = check_row_security(spoil(migrated, statement), expected)
    assert found.startswith(fault)


def test_a_table_without_any_rule_is_found(expected: RowSecurity) -> None:
    bare = replace(expected, rules={}, tables={})
    assert len(check_row_security(bare, expected)) == len(expected.rules) + len(expected.tables)


def test_a_forked_history_is_found(tmp_path: Path) -> None:
    shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    versions = tmp_path / "migrations" / "versions"
    first = next(path for path in versions.glob("0001*.py"))
    fork = first.read_text(encoding="utf-8").replace('"0001"', '"9999"')
    (versions / "9999_fork.py").write_text(
        fork.replace("down_revision = None", 'down_revision = "0001"').replace(
            "down_revision: str | None = None", 'down_revision = "0001"'
        ),
        encoding="utf-8",
    )
    assert check_history(tmp_path / "migrations")
