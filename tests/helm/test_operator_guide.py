"""The operators' guide tells what is true: its SQL runs, its values exist, all values are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from tools.chart_check import CHART, ROOT, Values, read_values

if TYPE_CHECKING:
    from app.embedded.postgres import EmbeddedPostgres

GUIDE = (ROOT / "docs" / "betrieb" / "kubernetes.md").read_text(encoding="utf-8")
COMPONENTS = ("web", "worker", "dispatcher", "migration")
ROLES = ("owner", "app", "dispatcher")
ATTRIBUTES = sql.SQL(
    "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication,"
    " rolinherit FROM pg_roles WHERE rolname = %s"
)
SUPERUSER = "postgres"


def rename(text: str) -> str:
    """Replace the product's names, which the server of the tests has already."""
    return re.sub(r"\bsiegel(?=\b|_)", "anleitung", text)


def statements(block: str) -> list[str]:
    """Split a block without quoted semicolons into its statements."""
    return [text.strip() for text in block.split(";") if text.strip()]


@pytest.fixture
def guide_database(postgres: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """The server after an administrator followed the guide, with other names."""
    first, second = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
    with psycopg.connect(postgres.libpq_url(SUPERUSER, "postgres"), autocommit=True) as connection:
        try:
            for statement in statements(rename(first)):
                connection.execute(statement.encode())
            with psycopg.connect(postgres.libpq_url(SUPERUSER, "anleitung")) as inside:
                for statement in statements(rename(second)):
                    inside.execute(statement.encode())
            yield postgres
        finally:
            connection.execute("DROP DATABASE IF EXISTS anleitung")
            for role in ROLES:
                name = sql.Identifier(f"anleitung_{role}")
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(name))


@pytest.mark.parametrize("role", ROLES)
def test_the_guides_roles_are_those_the_product_is_tested_with(
    guide_database: EmbeddedPostgres, role: str
) -> None:
    with psycopg.connect(guide_database.libpq_url(SUPERUSER, "postgres")) as connection:
        found = connection.execute(ATTRIBUTES, (f"anleitung_{role}",)).fetchone()
        tested = connection.execute(ATTRIBUTES, (f"siegel_{role}",)).fetchone()
    assert found == tested == (True, False, False, False, False, False, False)


def test_the_guides_database_gives_the_same_rights(guide_database: EmbeddedPostgres) -> None:
    def rights(database: str) -> tuple[set[str], set[str], str]:
        with psycopg.connect(guide_database.libpq_url(SUPERUSER, database)) as connection:
            row = connection.execute(
                "SELECT datacl::text[], nspacl::text[], pg_get_userbyid(nspowner)"
                " FROM pg_database, pg_namespace"
                " WHERE datname = current_database() AND nspname = 'public'"
            ).fetchone()
        assert row is not None
        return set(row[0]), set(row[1]), row[2]

    tested_database, tested_schema, tested_owner = rights("siegel")
    database, schema, owner = rights("anleitung")
    assert database == {rename(right) for right in tested_database}
    assert schema == {rename(right) for right in tested_schema}
    assert owner == rename(tested_owner) == "anleitung_owner"
    assert not [right for right in database | schema if right.startswith("=")], "PUBLIC has rights"


def value_paths(values: Values) -> set[str]:
    """Return the dotted paths of the first two levels."""
    paths = set()
    for key, value in values.items():
        if isinstance(value, dict) and value:
            paths |= {f"{key}.{inner}" for inner in value}
        else:
            paths.add(key)
    return paths


def test_the_guide_lists_every_value_and_no_other() -> None:
    tables = GUIDE[GUIDE.index("## Werte") :]
    listed = set(re.findall(r"^\| `([A-Za-z0-9.]+)` \|", tables, re.MULTILINE))
    common = {path.removeprefix("worker.") for path in listed if path.startswith("worker.")}
    documented = listed | {
        f"{component}.{name}"
        for component in COMPONENTS
        for name in common - {"replicas", "seccompProfile"}
    }
    documented.discard("migration.terminationGracePeriodSeconds")
    assert documented == value_paths(read_values(CHART / "values.yaml"))


def test_the_secrets_of_the_guide_are_those_of_the_smallest_values() -> None:
    made = set(re.findall(r"create secret generic (\S+)", GUIDE))
    values = (ROOT / "helm" / "checks" / "minimal.yaml").read_text(encoding="utf-8")
    assert made == set(re.findall(r"existingSecret: ([a-z0-9-]+)", values))
    # Placeholders only: nobody shall run a copied password.
    literals = re.findall(r"--from-literal=(\S+)", GUIDE)
    assert len(literals) == 6
    assert all("<" in literal for literal in literals)
