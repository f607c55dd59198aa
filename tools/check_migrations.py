"""Checks the migrations on a PostgreSQL of its own: history, tables, row rules.

``python -m tools.check_migrations`` migrates an empty database and compares the result with the
models, and its row-level security with what ``tenants.policies`` writes down. Prints one line per
check; the exit status is 1 when one failed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Table, create_engine, text

from app.embedded.postgres import TEST_OPTIONS, EmbeddedPostgres
from app.metadata import all_metadata, table_names
from app.migrating import migrate, newest_revision, pending_differences
from tenants import erasure_policies, policies
from tenants.database import Base

MIGRATIONS = Path(__file__).resolve().parent.parent / "app" / "migrations"

_POLICIES = text(
    "SELECT tablename, policyname, permissive, roles::text[] AS roles, cmd, qual, with_check"
    " FROM pg_policies WHERE schemaname = 'public'"
)
_SECURITY = text(
    "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
    " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
)

Faults = list[str]


@dataclass(frozen=True)
class Policy:
    """A row rule as PostgreSQL understands it."""

    permissive: str
    roles: tuple[str, ...]
    command: str
    using: str | None
    check: str | None


@dataclass(frozen=True)
class RowSecurity:
    """The row rules of a database by table and name, and the tables subject to them."""

    rules: dict[tuple[str, str], Policy]
    tables: dict[str, tuple[bool, bool]]


def check_history(directory: Path = MIGRATIONS) -> Faults:
    """Return what is wrong with the order of the migrations: it must be one line."""
    script = ScriptDirectory(str(directory))
    heads, bases = script.get_heads(), script.get_bases()
    faults = [
        f"Es gibt {len(ends)} {name}: {', '.join(sorted(ends))}. Genau eines ist erlaubt."
        for name, ends in (("Enden", heads), ("Anfänge", bases))
        if len(ends) != 1
    ]
    faults += [
        f"{revision.revision} hat mehrere Vorgänger oder Nachfolger."
        for revision in script.walk_revisions()
        if revision.is_branch_point or revision.is_merge_point
    ]
    return faults


def check_tables(owner_url: str) -> Faults:
    """Return how a migrated database differs from the models."""
    return [f"Modell und Tabellen weichen ab: {one!r}" for one in pending_differences(owner_url)]


def check_row_security(found: RowSecurity, expected: RowSecurity) -> Faults:
    """Return how the row rules of a migrated database differ from those written down."""
    faults = [
        f"{table}: Die Regel „{name}“ fehlt."
        for table, name in sorted(expected.rules.keys() - found.rules.keys())
    ]
    faults += [
        f"{table}: Die Regel „{name}“ steht nicht in tenants/policies.py."
        for table, name in sorted(found.rules.keys() - expected.rules.keys())
    ]
    faults += [
        f"{table}: Die Regel „{name}“ lautet {found.rules[table, name]}"
        f" statt {expected.rules[table, name]}."
        for table, name in sorted(expected.rules.keys() & found.rules.keys())
        if found.rules[table, name] != expected.rules[table, name]
    ]
    faults += [
        f"{table}: FORCE ROW LEVEL SECURITY ist nicht, wie tenants/policies.py es verlangt."
        for table, security in sorted(expected.tables.items())
        if found.tables.get(table) != security
    ]
    return faults


def written_down() -> list[str]:
    """Return the statements of ``tenants.policies`` for every table of the models."""
    statements = list(policies.FUNCTIONS)
    for table in tenant_tables():
        by_organisation = "organisation_id" in table.columns
        statements += policies.tenant_policies(table.name, by_organisation=by_organisation)
    statements += policies.staff_policies()
    statements += policies.draft_policies()
    statements += policies.clause_policies()
    statements += policies.view_policies()
    statements += policies.attachment_policies()
    statements += policies.token_policies()
    statements += policies.register_policies()
    statements += policies.signing_policies()
    statements += policies.people_choosing()
    statements += policies.draft_counting()
    statements += policies.reading_policies()
    statements += policies.webhook_policies()
    statements += policies.notice_policies()
    statements += erasure_policies.export_policies()
    statements += erasure_policies.stale_draft_policies()
    statements += policies.rate_policies()
    statements += policies.integrity_counting()
    statements += policies.survey_policies()
    statements += policies.answer_shuffling()
    statements += policies.people_policies()
    statements += policies.dispatcher_policies()
    statements += policies.proof_policies()
    return statements


def tenant_tables() -> list[Table]:
    """Return the tables that hold tenant data, by name."""
    mapped = [mapper for mapper in Base.registry.mappers if mapper.class_.__scope__ == "tenant"]
    tables = [mapper.local_table for mapper in mapped if isinstance(mapper.local_table, Table)]
    return sorted(tables, key=lambda table: table.name)


def read_row_security(engine: Engine) -> RowSecurity:
    """Return the row rules of a database."""
    known = set(table_names())
    with engine.connect() as connection:
        rules = {
            (row.tablename, row.policyname): Policy(
                row.permissive, tuple(row.roles), row.cmd, row.qual, row.with_check
            )
            for row in connection.execute(_POLICIES)
        }
        tables = {
            row.relname: (row.relrowsecurity, row.relforcerowsecurity)
            for row in connection.execute(_SECURITY)
            if row.relname in known
        }
    return RowSecurity(rules, tables)


def model_row_security(owner_url: str) -> RowSecurity:
    """Return the row rules of a database made from models and ``tenants.policies`` alone."""
    engine = create_engine(owner_url)
    try:
        for metadata in all_metadata():
            metadata.create_all(engine)
        with engine.begin() as connection:
            for statement in written_down():
                connection.execute(text(statement))
        return read_row_security(engine)
    finally:
        engine.dispose()


def run_checks(postgres: EmbeddedPostgres) -> Iterator[tuple[str, Faults]]:
    """Yield each check with what it found, on databases of their own."""
    for name in ("migrated", "modelled"):
        postgres.create_database(name)
    migrated = postgres.url("siegel_owner", "migrated")
    yield "Die Migrationen bilden eine Linie", check_history()
    migrate(migrated)
    migrate(migrated)
    yield f"Von leer bis {newest_revision()} migriert, auch wiederholt", []
    yield "Tabellen und Modelle stimmen überein", check_tables(migrated)
    engine = create_engine(migrated)
    try:
        found = read_row_security(engine)
    finally:
        engine.dispose()
    expected = model_row_security(postgres.url("siegel_owner", "modelled"))
    yield "Zeilenregeln wie in tenants/policies.py", check_row_security(found, expected)


def main(say: Callable[[str], None] = print) -> int:
    """Run every check; 0 when none failed."""
    failed = False
    with (
        tempfile.TemporaryDirectory() as directory,
        EmbeddedPostgres(Path(directory), options=TEST_OPTIONS) as postgres,
    ):
        for name, faults in run_checks(postgres):
            failed = failed or bool(faults)
            say(f"{'✗' if faults else '✓'} {name}")
            for fault in faults:
                say(f"  {fault}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
