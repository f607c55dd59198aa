"""Which seals are qualified: by certificate and trust list, and what the register says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.models import Proof
from document_templates.signing.levels import LEVELS, OFFERED
from document_templates.signing.models import TrustList
from document_templates.signing.seal_qualification import (
    ADVANCED,
    QUALIFIED,
    judge_seal,
)
from document_templates.signing.trust_lists import registry_of
from document_templates.signing.trusting import load_trust_list
from tenants.context import NOBODY
from tests.support.installation import Installation
from tests.support.pipeline import open_case
from tests.support.trust_services import TrustService
from workers.handlers import perform_task
from workers.runtime import Runtime

NOW = datetime.now(UTC).replace(microsecond=0)
FOR_SEALS = "ForeSeals"


@pytest.fixture(scope="module")
def service() -> TrustService:
    return TrustService.open(NOW)


def kind(
    service: TrustService, *, listed_for: str = FOR_SEALS, granted: bool = True,
    at: datetime = NOW, **certificate: object,
) -> str:  # fmt: skip
    holder = service.certify("Stadt Musterstadt", **{"kind": "eseal", **certificate})  # type: ignore[arg-type]
    xml = service.trust_list(services_for=listed_for, granted=granted)
    return judge_seal(holder.certificate, (service.authority.certificate,), registry_of((xml,)), at)


def test_a_listed_certificate_for_seals_in_a_device_is_qualified(service: TrustService) -> None:
    assert kind(service) == QUALIFIED


@pytest.mark.parametrize(
    "lacking",
    [
        {"device": False},
        {"qualified": False},
        {"kind": "esign"},
        {"listed_for": "ForeSignatures"},
        {"granted": False},
        {"lifetime": timedelta(hours=1)},
        {"at": NOW - timedelta(days=2)},
    ],
    ids=lambda one: next(iter(one)),
)
def test_what_lacks_anything_is_an_advanced_seal(
    service: TrustService, lacking: dict[str, object]
) -> None:
    assert kind(service, **lacking) == ADVANCED  # type: ignore[arg-type]


def test_who_is_on_no_list_seals_advanced(service: TrustService) -> None:
    stranger = TrustService.open(NOW)
    holder = stranger.certify("Stadt Musterstadt", kind="eseal")
    registry = registry_of((service.trust_list(services_for=FOR_SEALS),))
    assert judge_seal(holder.certificate, (), registry, NOW) == ADVANCED


def test_the_register_and_the_public_page_say_which_kind_it_is(
    app: Flask, installation: Installation, service: TrustService
) -> None:
    """A demonstration's seal is on no list, and says so, also when lists are loaded."""

    def load(session: Session) -> None:
        for one in session.scalars(select(TrustList)):
            session.delete(one)
        session.flush()
        load_trust_list(session, service.trust_list(), signers=[service.list_signer.certificate])

    installation.as_owner(NOBODY, load)
    case = open_case(installation)
    asked = case.submit()
    with Runtime.from_settings(installation.settings) as runtime:
        perform_task(runtime, asked.task_id)
    proof = installation.in_scope(asked.scope, lambda session: session.scalars(select(Proof)).one())
    assert proof.seal_kind == ADVANCED
    answer = app.test_client().get(f"/pruefen/{proof.code}.json").get_json()
    assert answer["seal_kind"] == "advanced"
    page = app.test_client().get(f"/pruefen/{proof.code}").get_data(as_text=True)
    assert "Siegel der Demo, ohne rechtliche Wirkung" in page

    def judged(session: Session) -> None:
        row = session.scalars(select(Proof)).one()
        row.seal_kind, row.is_demo = QUALIFIED, False

    installation.in_scope(asked.scope, judged)
    page = app.test_client().get(f"/pruefen/{proof.code}").get_data(as_text=True)
    assert "Qualifiziertes Siegel" in page


def test_nobody_is_promised_a_level_that_is_not_offered() -> None:
    assert "L2" not in OFFERED
    assert "nicht angeboten" in LEVELS["L2"].meaning
    assert "eID-Dienst" in LEVELS["L2"].meaning
