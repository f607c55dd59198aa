"""A municipality on the real product (gunicorn, dispatcher, worker), and a Chromium before it."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.embedded.child_process import ChildProcess
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.stack_settings import installed_commands
from app.embedded.valkey import EmbeddedValkey
from tenants.models import Organisation, Tenant
from tests.support.chromium import Watch, open_chromium
from tests.support.installation import Installation, open_installation
from tests.support.installation import Person as Account
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120.0
PACKAGE = "fachleistungsstunde"
ORGANISATION = "Müller & Söhne Jugendhilfe gGmbH"


@dataclass(frozen=True)
class Site:
    """The running product with the people who use it."""

    base_url: str
    tenant: Tenant
    organisation: Organisation
    administrator: Account
    clerk: Account
    provider: Account
    installation: Installation

    def url(self, path: str) -> str:
        """Return the address of a page of the tenant."""
        return f"{self.base_url}/{self.tenant.slug}{path}"


@pytest.fixture(scope="session")
def site(
    postgres: EmbeddedPostgres,
    valkey: EmbeddedValkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("browser")
    port = free_port()
    base_url = f"http://localhost:{port}"
    with ExitStack() as stack:
        installation = stack.enter_context(
            # A database of its own in Valkey: other tests empty theirs.
            open_installation(
                postgres,
                f"{valkey.url.rpartition('/')[0]}/9",
                directory,
                SIEGEL_PUBLIC_URL=base_url,
                SIEGEL_PORT=str(port),
                SIEGEL_BIND="127.0.0.1",
            )
        )
        site = _furnish(installation, base_url)
        commands = installed_commands()
        for name in ("dispatcher", "worker", "web"):
            process = ChildProcess(
                name,
                list(getattr(commands, name)),
                log_path=directory / "log" / f"{name}.log",
                environment={**os.environ, **installation.environment},
                directory=ROOT,
            )
            process.start()
            stack.callback(process.stop)
        process.wait_until_ready(lambda: _answers(base_url), READY_SECONDS)
        yield site


def _furnish(installation: Installation, base_url: str) -> Site:
    tenant = installation.found_tenant("hilden", name="Stadt Hilden", with_seal=True)
    installation.publish_package(tenant, PACKAGE)
    organisation = installation.found_organisation(tenant, name=ORGANISATION)
    return Site(
        base_url=base_url,
        tenant=tenant,
        organisation=organisation,
        administrator=installation.person(tenant=tenant, role="tenant_admin"),
        clerk=installation.person(tenant=tenant, role="fachkraft"),
        provider=installation.person(organisation=organisation, role="traeger_leitung"),
        installation=installation,
    )


def _answers(base_url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base_url}/gesundheit/bereit", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


# For a module, not for the run: while Playwright is open, nothing else in this thread may use
# asyncio, and sealing a PDF does.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_chromium() as chromium:
        yield chromium


@pytest.fixture
def watch(site: Site) -> Iterator[Watch]:
    """Fails the test when its browser complained or asked another host."""
    watch = Watch(site.base_url)
    yield watch
    assert watch.complaints == []
