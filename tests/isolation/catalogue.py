"""What PostgreSQL's own catalogue says of the tables in the schema ``public``."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, text
from sqlalchemy.engine import Row

Columns = tuple[str, ...]


@dataclass(frozen=True)
class Security:
    """Row security of one table."""

    enabled: bool
    forced: bool


@dataclass(frozen=True)
class RoleRights:
    """What a role may do beyond its grants."""

    superuser: bool
    bypasses: bool
    creates_roles: bool


@dataclass
class Catalogue:
    """The tables with their columns, keys, policies, owners and grants."""

    columns: dict[str, dict[str, bool]] = field(default_factory=dict)
    security: dict[str, Security] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    policies: dict[str, list[str]] = field(default_factory=dict)
    primary_keys: dict[str, Columns] = field(default_factory=dict)
    uniques: dict[str, list[Columns]] = field(default_factory=dict)
    indexes: dict[str, dict[str, Columns]] = field(default_factory=dict)
    foreign_keys: dict[str, list[tuple[Columns, str, Columns]]] = field(default_factory=dict)
    roles: dict[str, RoleRights] = field(default_factory=dict)
    grants: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @property
    def tables(self) -> set[str]:
        """Names of all tables."""
        return set(self.security)

    def tables_with(self, column: str) -> set[str]:
        """Names of the tables that have ``column``."""
        return {table for table, columns in self.columns.items() if column in columns}

    def nullable(self, table: str, column: str) -> bool:
        """Say whether the column may be NULL."""
        return self.columns[table][column]


_TABLES = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""
_COLUMNS = """
SELECT c.relname, a.attname, NOT a.attnotnull
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND a.attnum > 0 AND NOT a.attisdropped
"""
_CONSTRAINTS = """
SELECT c.relname, k.contype::text,
       (SELECT array_agg(a.attname::text ORDER BY n.place)
        FROM unnest(k.conkey) WITH ORDINALITY AS n(number, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.number),
       coalesce(f.relname, ''),
       (SELECT coalesce(array_agg(a.attname::text ORDER BY n.place), '{}')
        FROM unnest(k.confkey) WITH ORDINALITY AS n(number, place)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.number)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_class f ON f.oid = k.confrelid
WHERE c.relnamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'f')
"""
_INDEXES = """
SELECT t.relname, i.relname, x.indisunique,
       (SELECT array_agg(a.attname::text ORDER BY n.place)
        FROM unnest(x.indkey::smallint[]) WITH ORDINALITY AS n(number, place)
        JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = n.number)
FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
WHERE t.relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid)
"""
# A restrictive policy only narrows what a permissive one lets through: it isolates nobody.
_POLICIES = (
    "SELECT tablename, policyname FROM pg_policies"
    " WHERE schemaname = 'public' AND permissive = 'PERMISSIVE'"
)
_ROLES = "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles"
_GRANTS = """
SELECT grantee::text, table_name::text, array_agg(privilege_type::text)
FROM information_schema.role_table_grants WHERE table_schema = 'public' GROUP BY 1, 2
"""


def _rows(connection: Connection, query: str) -> list[Row[tuple[object, ...]]]:
    rows = connection.execute(text(query), execution_options={"tenant_guarded": True})
    return list(rows.all())


def read_catalogue(connection: Connection) -> Catalogue:
    """Read the catalogue as ``connection`` sees it, its own uncommitted changes included."""
    found = Catalogue()
    for table, enabled, forced, owner in _rows(connection, _TABLES):
        found.security[table] = Security(enabled, forced)
        found.owners[table] = owner
    for table, column, nullable in _rows(connection, _COLUMNS):
        found.columns.setdefault(table, {})[column] = nullable
    _read_keys(connection, found)
    for table, policy in _rows(connection, _POLICIES):
        found.policies.setdefault(table, []).append(policy)
    for name, *rights in _rows(connection, _ROLES):
        found.roles[name] = RoleRights(*rights)
    for grantee, table, rights in _rows(connection, _GRANTS):
        found.grants[(grantee, table)] = frozenset(rights)
    return found


def _read_keys(connection: Connection, found: Catalogue) -> None:
    for table, kind, columns, target, target_columns in _rows(connection, _CONSTRAINTS):
        if kind == "p":
            found.primary_keys[table] = tuple(columns)
        elif kind == "u":
            found.uniques.setdefault(table, []).append(tuple(columns))
        else:
            entry = (tuple(columns), target, tuple(target_columns))
            found.foreign_keys.setdefault(table, []).append(entry)
    for table, index, is_unique, columns in _rows(connection, _INDEXES):
        found.indexes.setdefault(table, {})[index] = tuple(columns)
        if is_unique:
            found.uniques.setdefault(table, []).append(tuple(columns))
