"""Programs read and choose the optional clauses of what they submit."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.clauses.content import ClauseContent, Variant
from document_templates.clauses.keeping import (
    approve_publication,
    create_clause,
    request_publication,
)
from document_templates.clauses.models import ClauseChoice
from document_templates.publishing import publish_template, upload_template
from tenants.context import Scope
from tests.app.api.conftest import World
from tests.app.api.test_submissions import filled
from tests.support.docx_files import docx_of

CONTENT = ClauseContent(
    "optional", "Haftung", "", (Variant("alle", "Alle", "", "Jede Partei haftet selbst."),)
)


@pytest.fixture(scope="module")
def offering(world: World) -> World:
    """The office with an optional clause in its template."""

    def work(session: Session) -> None:
        draft = create_clause(session, "haftung", "Haftung", person_name="Kim", content=CONTENT)
        request_publication(session, draft.clause, person_name="Kim")
        approve_publication(session, draft.clause, four_eyes=False, person_name="Kim")
        template = upload_template(
            session, world.installation.store, world.version, title="Bescheid",
            file_name="v.docx", data=docx_of("{{ einrichtung }}", "{{ baustein.haftung }}"),
        )  # fmt: skip
        publish_template(session, template)

    world.installation.in_scope(Scope(tenant_id=world.tenant.id), work)
    return world


def kept(world: World, address: str) -> list[list[str]]:
    """Return the choices that are written down for a submission."""
    submission_id = address.rpartition("/")[2]

    def read(session: Session) -> list[list[str]]:
        query = select(ClauseChoice.keys).where(ClauseChoice.submission_id == submission_id)
        return [list(keys) for keys in session.scalars(query)]

    return world.installation.in_scope(Scope(tenant_id=world.tenant.id), read)


@pytest.mark.parametrize(
    ("body", "choices"),
    [({}, []), ({"clauses": []}, [[]]), ({"clauses": ["haftung"]}, [["haftung"]])],
)
def test_a_program_chooses_what_stands_in_the_document(
    offering: World, body: dict[str, object], choices: list[list[str]]
) -> None:
    program = offering.program(traeger=True)
    address, tag = filled(program)
    listed = program.get(f"{address}/clauses")
    assert listed.get_json()["items"] == [
        {
            "key": "haftung", "title": "Haftung", "text": ["Jede Partei haftet selbst."],
            "is_chosen": False,
        }
    ]  # fmt: skip
    answer = program.call("POST", f"{address}/submit", body, {"If-Match": tag})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert kept(offering, address) == choices


def test_a_clause_that_is_not_offered_is_refused_and_nothing_submitted(offering: World) -> None:
    program = offering.program(traeger=True)
    address, tag = filled(program)
    body = {"clauses": ["haftung", "gibt_es_nicht"]}
    refused = program.call("POST", f"{address}/submit", body, {"If-Match": tag})
    assert refused.status_code == 422
    (fault,) = refused.get_json()["errors"]
    assert fault["pointer"] == "/clauses/1"
    assert "gibt_es_nicht" in fault["detail"]
    assert program.get(address).get_json()["state"] == "draft"
    assert offering.program(participant="fachkraft").get(f"{address}/clauses").status_code == 404
