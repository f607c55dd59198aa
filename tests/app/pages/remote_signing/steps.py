"""What the tests of remote signing do again and again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from app.cli import siegel
from document_templates.signing.models import Signature
from tests.support.csc_service import CLIENT, CLIENT_SECRET, CscService
from tests.support.installation import Installation
from tests.support.signing_office import SigningOffice

USER, SEVERAL = "kim.muster@example.org", "kim.mehrfach@example.org"


def command(
    installation: Installation, slug: str, service: CscService, *options: str, **changes: str
) -> Result:
    environment = {
        **installation.environment,
        "SIEGEL_SIGNING_HOSTS": service.host,
        "SIEGEL_SIGNING_SECRET": CLIENT_SECRET,
        **changes,
    }
    return CliRunner(env=environment).invoke(
        siegel,
        ["signing-service", "set", "--tenant", slug, "--name", "Beispiel Sign", "--url",
         service.url, "--client", CLIENT, *options],
    )  # fmt: skip


def begin_at(
    app: Flask, installation: Installation, office: SigningOffice, service: CscService,
    monkeypatch: pytest.MonkeyPatch, *options: str,
) -> str:  # fmt: skip
    """Give the tenant the service, and begin a signing that waits for the manager's signature."""
    done = command(installation, office.case.tenant.slug, service, *options)
    assert done.exit_code == 0, done.output
    monkeypatch.setenv("SSL_CERT_FILE", str(service.certificate_file))
    list_hosts(app, monkeypatch, service.host)
    service.fault = ""
    begun = office.begin({"level": "L3"})
    office.complete(begun)
    return begun


def list_hosts(app: Flask, monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """Let the pages reach these hosts alone."""
    parts = app.extensions["siegel"]
    settings = replace(parts.settings, signing_hosts=frozenset(hosts))
    monkeypatch.setitem(app.extensions, "siegel", replace(parts, settings=settings))


def state_of(office: SigningOffice, path: str) -> list[str]:
    return office.installation.in_scope(
        office.scope,
        lambda session: list(
            session.scalars(
                select(Signature.state)
                .where(Signature.signing_id == path.rpartition("/")[2])
                .order_by(Signature.field)
            )
        ),
    )
