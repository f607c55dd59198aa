"""Story H11.8: which agreements in force lack the Baustein on § 9b, and none after Nachträge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.clauses.content import ClauseContent, Variant
from document_templates.clauses.gaps import GapReport, gap_report
from document_templates.clauses.keeping import (
    approve_publication,
    create_clause,
    find_clause,
    request_publication,
)
from document_templates.clauses.models import AgreementTerm, DocumentClause
from document_templates.clauses.reading_terms import READ_TERMS
from document_templates.models import DocumentRequest, TemplateVersion
from document_templates.production import make_document
from document_templates.publishing import publish_template, set_products, upload_template
from document_templates.requesting import request_documents, withdraw_documents
from forms.models import FormVersion, Submission
from forms.submitting import SavedDraft, draft_at, save_draft, start_submission, submit_answers
from tenants.context import Scope, acting_as
from tenants.models import Organisation, Tenant
from tenants.outbox import Task
from tests.support.docx_files import docx_of
from tests.support.form_documents import field, form, page, section
from tests.support.installation import Installation, Person
from tests.support.web import Visitor
from tests.support.web_forms import document_of, form_of
from tests.support.web_forms import text_of as words_of
from workers.handlers import HANDLERS
from workers.runtime import Runtime

DAY = date(2026, 10, 1)
CONTENT = ClauseContent(
    "fixed",
    "Aufbewahrung",
    "mit_akten",
    (Variant("alle", "Alle", "", "Akten bewahrt der Träger 70 Jahre auf.\n\nEr gibt Auskunft."),),
)


@dataclass
class Register:
    """An office whose agreements are made by a worker, one after the other."""

    installation: Installation
    tenant: Tenant
    organisation: Organisation
    person: Person
    runtime: Runtime
    clause_id: str = ""

    @property
    def scope(self) -> Scope:
        return Scope(tenant_id=self.tenant.id)

    def template(self, version: FormVersion, makes: str, *paragraphs: str) -> str:
        """Publish the next version of the template of a form; return its id."""

        def work(session: Session) -> str:
            template = upload_template(
                session, self.installation.store, version, title=makes, file_name="v.docx",
                data=docx_of(*paragraphs),
            )  # fmt: skip
            publish_template(session, template)
            if makes != "letters":
                set_products(
                    session, template.template, makes=makes, begins_field="beginn",
                    ends_field="ende", amends_field="zu" if makes == "amendments" else "",
                )  # fmt: skip
            return template.id

        return self.installation.in_scope(self.scope, work)

    def publish_clause(self) -> None:
        """Publish the clause on § 9b."""

        def work(session: Session) -> str:
            draft = create_clause(
                session, "aufarbeitung", "§ 9b SGB VIII", person_name="Kim", content=CONTENT
            )
            request_publication(session, draft.clause, person_name="Kim")
            approve_publication(session, draft.clause, four_eyes=False, person_name="Kim")
            return draft.clause_id

        self.clause_id = self.installation.in_scope(self.scope, work)

    def make(self, version: FormVersion, **answers: object) -> str:
        """Submit answers as the Träger does and have the document made; return its number."""

        def submit(session: Session) -> tuple[str, str, str]:
            submission = start_submission(
                session, version, person_name="Kim", organisation_name=self.organisation.name
            )
            saved = save_draft(
                session, submission, base=draft_at(session, submission, 0),
                answers={"mit_akten": True, **answers},  # type: ignore[dict-item]
                invalid={}, page_paths=frozenset(),
            )  # fmt: skip
            assert isinstance(saved, SavedDraft)
            submit_answers(session, submission, warnings_confirmed=True)
            (request,) = request_documents(session, submission)
            task = session.scalars(
                select(Task).where(Task.payload["request_id"].astext == request.id)
            ).one()
            return task.id, request.id, request.number

        traeger = Scope(
            tenant_id=self.tenant.id,
            organisation_id=self.organisation.id,
            account_id=self.person.account_id,
        )
        task_id, request_id, number = self.installation.in_scope(traeger, submit)
        with acting_as(self.scope):
            make_document(self.runtime.workshop, task_id, request_id)
        return number

    def withdraw(self, number: str) -> None:
        """Withdraw what was made under a number."""

        def work(session: Session) -> None:
            request = session.scalars(
                select(DocumentRequest).where(DocumentRequest.number == number)
            ).one()
            submission = session.get_one(Submission, (self.tenant.id, request.submission_id))
            withdraw_documents(session, submission)

        self.installation.in_scope(self.scope, work)

    def report(self, day: date = DAY) -> GapReport:
        """Return what the register says on a day."""
        return self.installation.in_scope(
            self.scope,
            lambda session: gap_report(session, find_clause(session, self.clause_id), day),
        )


@contextmanager
def _running(installation: Installation) -> Iterator[Runtime]:
    with Runtime.from_settings(installation.settings) as runtime:
        yield runtime


@pytest.fixture(scope="module")
def register(installation: Installation) -> Iterator[Register]:
    tenant = installation.found_tenant(with_seal=True)
    organisation = installation.found_organisation(tenant, name="Träger Abendrot gGmbH")
    person = installation.person(organisation=organisation, role="traeger_leitung")
    with _running(installation) as runtime:
        yield Register(installation, tenant, organisation, person, runtime)


def _form(key: str, *more: object) -> dict[str, object]:
    fields = (
        field("date", "beginn"), field("date", "ende"), field("yes_no", "mit_akten"), *more,
    )  # fmt: skip
    return form(page("seite", section("a", *fields)), key=key)  # type: ignore[arg-type]


def test_h11_8_agreements_without_the_clause_on_9b_until_they_have_nachtraege(
    app: Flask, register: Register
) -> None:
    agreement = register.installation.publish(register.tenant, _form("vereinbarung"))
    amendment = register.installation.publish(
        register.tenant, _form("nachtrag", field("text", "zu", max_length=80))
    )
    register.template(agreement, "agreements", "Vereinbarung ab {{ beginn|datum }}")
    lacking = [register.make(agreement, beginn="2025-01-01") for _number in range(29)]
    # The clause comes with the next version of the template; what is made stays as it is.
    register.publish_clause()
    register.template(
        agreement, "agreements", "Vereinbarung ab {{ beginn|datum }}", "{{ baustein.aufarbeitung }}"
    )
    having = [register.make(agreement, beginn="2026-07-01") for _number in range(9)]
    # Two of which the clause fell away, by its condition: they lack it as well.
    lacking += [register.make(agreement, beginn="2026-08-01", mit_akten=False) for _n in range(2)]
    # No longer, not yet and never in force.
    last_day = register.make(agreement, beginn="2024-01-01", ende="2026-09-30")
    register.make(agreement, beginn="2026-10-02")
    register.withdraw(register.make(agreement, beginn="2026-01-01", mit_akten=False))

    report = register.report()
    assert (len(report.lacking), report.count) == (31, 40)
    assert {one.document.number for one in report.lacking} == set(lacking)
    assert {one.document.number for one in report.having} == set(having)
    assert {one.clause_version for one in report.having} == {1}
    # The last day belongs to the agreement.
    assert last_day in {one.document.number for one in register.report(date(2026, 9, 30)).having}

    administrator = register.installation.person(tenant=register.tenant, role="tenant_admin")
    visitor = Visitor(app, administrator)
    path = f"/{register.tenant.slug}/bausteine/{register.clause_id}"
    shown = visitor.get(f"{path}/vereinbarungen?stichtag=01.10.2026")
    assert "31 von 40 Vereinbarungen" in words_of(shown)
    assert len(document_of(shown).xpath("(//main//table)[1]/tbody/tr")) == 31

    register.template(
        amendment, "amendments", "Nachtrag zu {{ zu }}", "{{ baustein.aufarbeitung }}"
    )
    for number in lacking[:-1]:
        register.make(amendment, beginn="2026-09-15", zu=number)
    assert [one.document.number for one in register.report().lacking] == [lacking[-1]]
    # One that names an agreement nobody knows counts for none, and is told.
    stray = register.make(amendment, beginn="2026-09-15", zu="VB-0000")
    assert register.report().stray_amendments == (stray,)
    register.make(amendment, beginn="2026-09-15", zu=lacking[-1])
    report = register.report()
    assert (len(report.lacking), report.count) == (0, 40)
    # On a day before the Nachträge began they changed nothing.
    assert len(register.report(date(2026, 9, 14)).lacking) == 31
    assert "Jede Vereinbarung hat den Baustein" in words_of(
        visitor.get(f"{path}/vereinbarungen?stichtag=01.10.2026")
    )

    def written(session: Session) -> tuple[int, int, int]:
        return (
            len(session.scalars(select(DocumentClause)).all()),
            len(session.scalars(select(AgreementTerm)).all()),
            len(session.scalars(select(TemplateVersion)).all()),
        )

    assert register.installation.in_scope(register.scope, written) == (43, 75, 3)


def test_documents_made_before_become_agreements_when_somebody_says_so(
    app: Flask, installation: Installation
) -> None:
    tenant = installation.found_tenant(with_seal=True)
    organisation = installation.found_organisation(tenant)
    person = installation.person(organisation=organisation, role="traeger_leitung")
    with Runtime.from_settings(installation.settings) as runtime:
        office = Register(installation, tenant, organisation, person, runtime)
        version = installation.publish(tenant, _form("frueher"))
        template = office.template(version, "letters", "Vereinbarung ab {{ beginn|datum }}")
        number = office.make(version, beginn="2026-01-01", ende="2026-12-31")
        office.publish_clause()
        assert office.report().count == 0

        administrator = installation.person(tenant=tenant, role="tenant_admin")
        visitor = Visitor(app, administrator)
        path = f"/{tenant.slug}/vorlagen/{template}"
        sent = form_of(visitor.get(path), "//main//form[contains(@action, 'verwendung')]")
        choice = {"makes": "agreements", "begins": "beginn", "ends": "ende"}
        assert visitor.post(sent.action, sent.filled(choice)).status_code == 302
        task = installation.in_scope(
            office.scope,
            lambda session: session.scalars(select(Task).where(Task.kind == READ_TERMS)).one(),
        )
        for _turn in range(2):  # Harmless to repeat.
            with acting_as(office.scope):
                HANDLERS[READ_TERMS](runtime, task.id, task.payload)
        report = office.report()
        assert [one.document.number for one in report.lacking] == [number]
        assert report.lacking[0].ends_before == date(2027, 1, 1)
