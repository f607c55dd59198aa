"""An office whose tenant has a remote signing service, and a trust list that names it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from flask import Flask

from app.cli import siegel
from document_templates.certificates import certificate_pem
from tests.app.pages.remote_signing.steps import SEVERAL, USER
from tests.support.csc_service import CscService, open_csc_service
from tests.support.installation import Installation
from tests.support.signing_office import SigningOffice, open_office
from tests.support.trust_services import TrustService


@pytest.fixture(scope="module")
def office(app: Flask, installation: Installation) -> Iterator[SigningOffice]:
    with open_office(app, installation) as opened:
        yield opened


@pytest.fixture(scope="module")
def trust(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> TrustService:
    opened = TrustService.open(datetime.now(UTC).replace(microsecond=0))
    folder = tmp_path_factory.mktemp("listen")
    (folder / "de.xml").write_bytes(opened.trust_list())
    (folder / "signer.pem").write_bytes(certificate_pem(opened.list_signer.certificate))
    done = CliRunner(env=installation.environment).invoke(
        siegel,
        ["trust", "load", str(folder / "de.xml"), "--certificate", str(folder / "signer.pem")],
    )
    assert done.exit_code == 0, done.output
    return opened


@pytest.fixture(scope="module")
def service(trust: TrustService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CscService]:
    with open_csc_service(trust, tmp_path_factory.mktemp("csc")) as opened:
        kim = {"given_name": "Kim", "surname": "Muster"}
        opened.keep(USER, trust.certify("Kim Muster", **kim))
        opened.keep("fremd", trust.certify("Toni Fremd", given_name="Toni", surname="Fremd"))
        opened.keep(SEVERAL, trust.certify("Kim Muster", **kim), description="Dienst")
        opened.keep(SEVERAL, trust.certify("Kim Muster", **kim), description="Verein")
        opened.keep(
            SEVERAL, trust.certify("Kim Muster", lifetime=timedelta(hours=23), **kim),
            description="alt",
        )  # fmt: skip
        yield opened
