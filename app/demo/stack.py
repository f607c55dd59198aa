"""``siegel run``: the embedded stack with the demonstration in it."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from app.demo.loading import OPERATOR_EMAIL, load_demo
from app.demo.material import DemoMaterial, DemoPerson, read_material
from app.embedded.stack import run_stack
from app.embedded.stack_settings import (
    DemoLogin,
    DemoTenant,
    Environment,
    StackSettings,
    installed_commands,
)
from app.migrating import migrate
from app.security.roles import ROLE_NAMES
from tenants.settings import load_settings

READY_PATH = "/gesundheit/bereit"
PASSWORD_WORDS = 3


def run_demo_stack(
    port: int,
    data_directory: Path,
    action: Callable[[Environment], int] | None = None,
) -> int:
    """Start everything with the demonstration; run until ended, or as long as ``action``."""
    password = demo_password(data_directory / "secrets" / "demo.password")
    material = read_material()
    settings = StackSettings(
        data_directory=data_directory,
        project_directory=Path(__file__).resolve().parents[2],
        commands=installed_commands(),
        migrate=lambda environment: migrate(environment["SIEGEL_DATABASE_OWNER_URL"]),
        load_demo=lambda environment: load_demo(load_settings(environment), password),
        port=port,
        ready_path=READY_PATH,
        tenants=[DemoTenant(one.name, f"/{one.slug}/") for one in material.tenants],
        logins=list_logins(material, password),
    )
    os.environ["SIEGEL_PORT"] = str(port)
    os.environ.setdefault("SIEGEL_BIND", "127.0.0.1")
    return run_stack(settings, action, terminal=sys.stdout)


def demo_password(path: Path) -> str:
    """Return the password of all invented people, made on the first start and kept (0600)."""
    if path.exists():
        stored = path.read_text(encoding="ascii").strip()
        if stored:
            return stored
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = "-".join(secrets.token_hex(2) for _word in range(PASSWORD_WORDS))
    path.touch(mode=0o600)
    path.write_text(password + "\n", encoding="ascii")
    return password


def list_logins(material: DemoMaterial, password: str) -> list[DemoLogin]:
    """Return the logins that the start message lists, tenant by tenant.

    Everybody in the office, since publishing needs two of them, and of its Träger one per role.
    """
    logins = []
    for tenant in material.tenants:
        office = [
            (role, person)
            for person in material.people
            for slug, role in person.tenant_roles
            if slug == tenant.slug
        ]
        partners = {one.key for one in material.organisations if tenant.slug in one.tenants}
        first: dict[str, DemoPerson] = {}
        for person in material.people:
            for key, role in person.organisation_roles:
                if key in partners and not person.tenant_roles:
                    first.setdefault(role, person)
        order = list(ROLE_NAMES)
        shown = sorted([*office, *first.items()], key=lambda one: order.index(one[0]))
        logins += [
            DemoLogin(f"{tenant.slug}: {ROLE_NAMES[role]}", person.email, password)
            for role, person in shown
        ]
    logins.append(DemoLogin(ROLE_NAMES["plattformbetreiber"], OPERATOR_EMAIL, password))
    return logins
