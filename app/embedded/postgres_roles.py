"""The product's database roles and how a database is handed to them.

In production a database administrator does the same once; ``ROLES`` says what each role is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import psycopg
from psycopg import sql

DATABASE = "siegel"
# The owner runs migrations. The others work below row-level security and own nothing.
OWNER = "siegel_owner"
APP = "siegel_app"
DISPATCHER = "siegel_dispatcher"
ROLES = (OWNER, APP, DISPATCHER)


def create_roles(superuser_url: str, passwords: Mapping[str, str]) -> None:
    """Create the roles that do not exist yet, with their passwords.

    None of them is a superuser, bypasses row-level security or creates databases or roles.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role in ROLES:
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                connection.execute(
                    sql.SQL(
                        "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
                        " NOREPLICATION NOINHERIT PASSWORD {}"
                    ).format(sql.Identifier(role), sql.Literal(passwords[role]))
                )


def create_database(superuser_url: Callable[[str], str], name: str) -> None:
    """Create the database ``name`` if it is missing, owned by the owner role.

    Only the product's roles may connect, only the owner may create anything; what the others may do
    with a table is granted by the migration that creates it. ``superuser_url`` returns the
    superuser's libpq URL for a database name.
    """
    with psycopg.connect(superuser_url("postgres"), autocommit=True) as connection:
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                    sql.Identifier(name), sql.Identifier(OWNER)
                )
            )
    roles = sql.SQL(", ").join(map(sql.Identifier, ROLES))
    with psycopg.connect(superuser_url(name), autocommit=True) as connection:
        for statement in (
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)),
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(name), roles),
            sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(OWNER)),
            sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(roles),
        ):
            connection.execute(statement)


def _exists(connection: psycopg.Connection[tuple[object, ...]], query: str, name: str) -> bool:
    # psycopg types a query as a literal string; ours are, the parameter is bound.
    return connection.execute(query.encode(), (name,)).fetchone() is not None
