"""A tenant with a Träger, documents to sign, and people who may sign them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from document_templates.models import DocumentVersion
from document_templates.signing.models import Signatory, Signing
from tenants.context import Scope
from tenants.outbox import Task
from tests.support.installation import PASSWORD, Installation, Person
from tests.support.pipeline import Case, open_case
from tests.support.web import Visitor
from tests.support.web_forms import document_of, form_of, text_of
from workers.handlers import perform_task
from workers.runtime import Runtime


@dataclass
class SigningOffice:
    """A tenant with a Träger, people who may sign for both, and a runtime of a worker."""

    app: Flask
    case: Case
    runtime: Runtime
    clerk: Visitor
    head: Visitor
    manager: Visitor
    people: dict[str, Person]
    signatories: dict[str, str] = field(default_factory=dict)

    @property
    def installation(self) -> Installation:
        return self.case.installation

    @property
    def path(self) -> str:
        return f"/{self.case.tenant.slug}"

    @property
    def scope(self) -> Scope:
        return Scope(tenant_id=self.case.tenant.id)

    def make_document(self) -> str:
        """Return the id of the first version of a new document."""
        asked = self.case.submit()
        perform_task(self.runtime, asked.task_id)
        return self.installation.in_scope(
            self.scope,
            lambda session: session.scalars(
                select(DocumentVersion.id).where(DocumentVersion.request_id == asked.request_id)
            ).one(),
        )

    def ask(
        self, version_id: str, changes: Mapping[str, str | list[str] | None] | None = None
    ) -> TestResponse:
        """Ask for the signatures of Träger and head, as the form proposes."""
        page = self.clerk.get(f"{self.path}/unterschriften/neu/{version_id}")
        sent = form_of(page)
        organisation = self.case.organisation.id
        chosen: dict[str, str | list[str] | None] = {
            f"person.{organisation}": [self.signatories["manager"]],
            "person.amt": [self.signatories["head"]],
            f"rule.{organisation}": "single",
            "rule.amt": "head",
        }
        return self.clerk.post(sent.action, sent.filled({**chosen, **(changes or {})}))

    def begin(self, changes: Mapping[str, str | list[str] | None] | None = None) -> str:
        """Make a document, ask for its signatures, and return the path of the signing."""
        answer = self.ask(self.make_document(), changes)
        assert answer.status_code == 302, text_of(answer)
        return str(answer.location)

    def sign(self, visitor: Visitor, path: str, **changes: str | None) -> TestResponse:
        """Open the document and sign it."""
        document = visitor.get(f"{path}/dokument")
        assert document.status_code == 200
        sent = form_of(visitor.get(path))
        return visitor.post(
            sent.action, sent.filled({"read": "1", "password": PASSWORD, **changes})
        )

    def complete(self, path: str) -> None:
        """Let the worker do what the signing waits for: the file to sign, or the signed version."""
        signing_id = path.rpartition("/")[2]
        task_id = self.installation.in_scope(
            self.scope,
            lambda session: session.scalars(
                select(Task.id).where(
                    Task.payload["signing_id"].astext == signing_id, Task.state == "ready"
                )
            ).one(),
        )
        perform_task(self.runtime, task_id)

    def signing(self, path: str) -> Signing:
        """Return the signing as it stands in the database."""
        return self.installation.in_scope(
            self.scope,
            lambda session: session.scalars(
                select(Signing).where(Signing.id == path.rpartition("/")[2])
            ).one(),
        )


def add(visitor: Visitor, path: str, **typed: str) -> TestResponse:
    sent = form_of(visitor.get(f"{path}/unterschriften/zeichnungsberechtigte/neu"))
    return visitor.post(sent.action, sent.filled(typed))


def own_account(visitor: Visitor, path: str, role: str) -> str:
    """Return the choice of the form that has this role."""
    page = document_of(visitor.get(f"{path}/unterschriften/zeichnungsberechtigte/neu"))
    (value,) = page.xpath(f"//select[@id='person']/option[contains(., '{role}')]/@value")
    return str(value)


@contextmanager
def open_office(app: Flask, installation: Installation) -> Iterator[SigningOffice]:
    """Open an office with a Träger whose Leitung may sign, and a head who may."""
    case = open_case(installation)
    people = {
        "clerk": installation.person(tenant=case.tenant, role="fachkraft"),
        "head": installation.person(tenant=case.tenant, role="koordination"),
        "admin": installation.person(tenant=case.tenant, role="tenant_admin"),
        "manager": case.person,
    }
    admin = Visitor(app, people["admin"])
    with Runtime.from_settings(installation.settings) as runtime:
        made = SigningOffice(
            app, case, runtime, Visitor(app, people["clerk"]), Visitor(app, people["head"]),
            Visitor(app, people["manager"]), people,
        )  # fmt: skip
        assert add(
            admin, made.path, party="", name="Bürgermeisterin Beispiel", function="Bürgermeisterin",
            capacity="head", person=own_account(admin, made.path, "Koordination"),
        ).status_code == 302  # fmt: skip
        assert add(
            made.manager, made.path, name="Kim Muster", function="Geschäftsführung",
            capacity="representative", person=own_account(made.manager, made.path, "Leitung"),
        ).status_code == 302  # fmt: skip
        found = installation.in_scope(
            made.scope, lambda session: list(session.scalars(select(Signatory)))
        )
        names = {"Bürgermeisterin Beispiel": "head", "Kim Muster": "manager"}
        made.signatories = {names[one.name]: one.id for one in found}
        yield made
