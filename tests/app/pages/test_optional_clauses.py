"""Optional clauses: offered before something is handed over, and only then in its document."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.assignment import Assignment, load_assignment, preview_assignment
from document_templates.bulk_runs.models import BulkItem
from document_templates.clauses.content import ClauseContent, Variant
from document_templates.clauses.keeping import (
    approve_publication,
    create_clause,
    request_publication,
)
from document_templates.models import DocumentRequest, DocumentTemplate
from document_templates.publishing import publish_template, upload_template
from tenants.context import Scope
from tests.app.pages.conftest import Draft, Office, begin
from tests.support.docx_files import docx_of
from tests.support.web import Visitor
from tests.support.web_forms import document_of, form_of, text_of

REVIEW = "//main//form[contains(@action, '/pruefen')]"
CONTENT = ClauseContent(
    "optional", "Haftung", "", (Variant("alle", "Alle", "", "Jede Partei haftet selbst."),)
)


@pytest.fixture(scope="module")
def offering(office: Office) -> Office:
    """The office with an optional clause in its template."""

    def work(session: Session) -> None:
        draft = create_clause(session, "haftung", "Haftung", person_name="Kim", content=CONTENT)
        request_publication(session, draft.clause, person_name="Kim")
        approve_publication(session, draft.clause, four_eyes=False, person_name="Kim")
        template = upload_template(
            session, office.installation.store, office.version, title="Bescheid",
            file_name="v.docx", data=docx_of("{{ nachname }}", "{{ baustein.haftung }}"),
        )  # fmt: skip
        publish_template(session, template)

    office.installation.in_scope(Scope(tenant_id=office.tenant.id), work)
    return office


def _assignment(office: Office, submission_id: str) -> Assignment:
    def work(session: Session) -> Assignment:
        request = session.scalars(
            select(DocumentRequest).where(DocumentRequest.submission_id == submission_id)
        ).one()
        return load_assignment(session, request.id, "https://siegel.example.org")

    return office.installation.in_scope(Scope(tenant_id=office.tenant.id), work)


@pytest.mark.parametrize(
    ("chosen", "variant"),
    [(["haftung"], "alle"), ([], None), (["haftung", "gibt_es_nicht"], "alle")],
)
def test_an_optional_clause_stands_in_the_document_if_it_was_chosen(
    app: Flask, offering: Office, chosen: list[str], variant: str | None
) -> None:
    draft: Draft = begin(Visitor(app, offering.manager), offering)
    draft.complete()
    page = draft.visitor.get(draft.url("/pruefen"))
    assert "Jede Partei haftet selbst." in text_of(page)
    assert document_of(page).xpath("//input[@name='__baustein' and @checked]") == []
    sent = form_of(page, REVIEW)
    answer = draft.visitor.post(sent.action, sent.filled({"__baustein": chosen}))
    assert answer.location.endswith("/eingang"), text_of(answer)
    assignment = _assignment(offering, draft.id)
    assert assignment.context["baustein"] == {"haftung": variant}
    assert [one.variant for one in assignment.clauses] == ([variant] if variant else [])


def test_what_was_ticked_is_still_ticked_when_something_is_missing(
    app: Flask, offering: Office
) -> None:
    draft = begin(Visitor(app, offering.manager), offering)
    draft.complete()
    sent = form_of(draft.visitor.get(draft.url("/pruefen")), REVIEW)
    draft.fill("person", nachname="")
    answer = draft.visitor.post(sent.action, sent.filled({"__baustein": ["haftung"]}))
    assert answer.status_code == 409
    ticked = document_of(answer).xpath("//input[@name='__baustein' and @checked]/@value")
    assert ticked == ["haftung"]


def test_a_bulk_run_has_what_was_chosen_for_it_in_every_document(
    app: Flask, offering: Office
) -> None:
    visitor = Visitor(app, offering.specialist)
    scope = Scope(tenant_id=offering.tenant.id)
    template = offering.installation.in_scope(
        scope,
        lambda session: session.scalars(
            select(DocumentTemplate.id).where(DocumentTemplate.title == "Bescheid")
        ).one(),
    )
    address = f"{offering.path}/serienlaeufe/neu/{template}/tabelle"
    page = visitor.get(address)
    assert "Jede Partei haftet selbst." in text_of(page)
    sent = form_of(page, "//main//form[@novalidate]")

    def compose(chosen: list[str]) -> tuple[str, Assignment]:
        table = b"Nachname;Vorname\r\nMuster;Kim\r\n"
        fields = {
            **sent.filled({"file": None, "clause": chosen}),
            "file": (io.BytesIO(table), "familien.csv"),
        }
        made = visitor.post(sent.action, fields, content_type="multipart/form-data")
        assert made.status_code == 302, text_of(made)

        def read(session: Session) -> Assignment:
            item = session.scalars(
                select(BulkItem).where(BulkItem.run_id == made.location.rpartition("/")[2])
            ).one()
            return preview_assignment(session, item, "https://siegel.example.org")

        return made.location, offering.installation.in_scope(scope, read)

    run, assignment = compose(["haftung", "gibt_es_nicht"])
    assert assignment.context["baustein"] == {"haftung": "alle"}
    assert "Auf Wunsch in allen Dokumenten: Haftung" in text_of(visitor.get(run))
    run, assignment = compose([])
    assert assignment.context["baustein"] == {"haftung": None}
    assert "Auf Wunsch" not in text_of(visitor.get(run))
