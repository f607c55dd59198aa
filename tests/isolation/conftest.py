"""Two tenants and two organisations that both work with both, with rows to leak."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import psycopg
import pytest
from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from forms.models import Form, FormVersion, Submission
from forms.procedure.models import DeadlineReminder, Handover, Inquiry, ReportRequest, UniqueClaim
from tenants.context import Scope
from tenants.database import new_id, now
from tenants.models import Organisation, Tenant
from tests.support.installation import Installation


@dataclass(frozen=True)
class World:
    """Who is there; every tenant has one form and a submission of each organisation."""

    here: Tenant
    there: Tenant
    first: Organisation
    second: Organisation
    account_id: int
    forms: dict[str, str]
    submissions: dict[tuple[str, str | None], str]


def a_form(title: str = "Vordruck") -> Form:
    """Return a form that belongs to whoever is in scope."""
    return Form(id=new_id(), key=f"k{new_id()}", title=title)


def ask_of(session: Session, submission_id: str, organisation_id: str | None) -> None:
    """Add a hand-over and a Rückfrage, and of a Träger ask for a report."""
    session.add(
        Handover(
            submission_id=submission_id, organisation_id=organisation_id, number=1,
            reason="submit", answers={}, content_sha256="",
        )
    )  # fmt: skip
    session.add(
        UniqueClaim(
            form_id=session.scalars(select(Form.id)).first(), submission_id=submission_id,
            organisation_id=organisation_id, fingerprint=submission_id,
        )
    )  # fmt: skip
    inquiry = Inquiry(
        id=new_id(), submission_id=submission_id, organisation_id=organisation_id, number=1,
        field_ids=[], text="Warum?", due_on=date(2030, 1, 2),
    )  # fmt: skip
    session.add(inquiry)
    session.flush()
    session.add(
        DeadlineReminder(
            organisation_id=organisation_id, inquiry_id=inquiry.id, due_on=inquiry.due_on, days=-3,
            reminded_at=now(),
        )
    )  # fmt: skip
    if organisation_id is not None:
        form_id = session.scalars(select(Form.id)).first()
        session.add(
            ReportRequest(
                form_id=form_id, organisation_id=organisation_id, period="2029",
                first_due_on=date(2030, 1, 2), due_on=date(2030, 1, 2),
            )
        )  # fmt: skip


@pytest.fixture(scope="session")
def world(installation: Installation) -> World:
    here, there = installation.found_tenant(), installation.found_tenant()
    first = installation.found_organisation(here, there)
    second = installation.found_organisation(here, there)
    person = installation.person(organisation=first, role="traeger_leitung")
    forms: dict[str, str] = {}
    submissions: dict[tuple[str, str | None], str] = {}
    for tenant in (here, there):

        def publish(session: Session) -> str:
            form = a_form()
            session.add(form)
            session.flush()
            version = FormVersion(form_id=form.id, number=1, definition={}, content_sha256="0")
            session.add(version)
            session.flush()
            forms[here.id if tenant is here else there.id] = form.id  # noqa: B023
            return version.id

        version_id = installation.in_scope(Scope(tenant_id=tenant.id), publish)
        for organisation_id in (first.id, second.id, None):
            submission_id = new_id()
            submissions[(tenant.id, organisation_id)] = submission_id
            installation.in_scope(
                Scope(tenant_id=tenant.id, organisation_id=organisation_id),
                lambda session: session.add(
                    Submission(
                        id=submission_id,  # noqa: B023
                        form_version_id=version_id,  # noqa: B023
                        organisation_id=organisation_id,  # noqa: B023
                        account_id=person.account_id,
                        state="submitted",
                    )
                ),
            )
            installation.in_scope(
                Scope(tenant_id=tenant.id),
                lambda session: ask_of(session, submission_id, organisation_id),  # noqa: B023
            )
    return World(here, there, first, second, person.account_id, forms, submissions)


@contextmanager
def raw_connection(url: str, **settings: str) -> Iterator[psycopg.Connection]:
    """Connect without SQLAlchemy, with the given ``app.…`` settings; nothing is committed."""
    parts = make_url(url)
    plain = parts.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, true)", (f"app.{name}", value))
        yield connection
        connection.rollback()
