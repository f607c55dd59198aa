"""The audit trail: written with what it records, never changed, never seen by another tenant."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from tenants.audit import AuditEntry, record
from tenants.context import Scope
from tenants.models import Tenant
from tests.support.installation import Installation


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.found_tenant()


def entries(installation: Installation, tenant: Tenant, action: str) -> list[AuditEntry]:
    return installation.in_scope(
        Scope(tenant_id=tenant.id),
        lambda session: list(
            session.scalars(
                select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.at)
            )
        ),
    )


def test_an_entry_says_who_did_what_to_what(installation: Installation, tenant: Tenant) -> None:
    person = installation.person(tenant=tenant, role="fachkraft")
    installation.in_scope(
        Scope(tenant_id=tenant.id, account_id=person.account_id),
        lambda session: record(session, "test.done", "thing", "x-1", number="T-1", step=3),
    )
    (entry,) = entries(installation, tenant, "test.done")
    assert (entry.account_id, entry.organisation_id) == (person.account_id, None)
    assert (entry.subject_kind, entry.subject_id) == ("thing", "x-1")
    assert entry.detail == {"number": "T-1", "step": 3}
    assert entry.at.utcoffset() is not None


def test_an_entry_goes_with_the_transaction_it_records(
    installation: Installation, tenant: Tenant
) -> None:
    class Undo(Exception):
        pass

    def work(session: Session) -> None:
        record(session, "test.undone", "thing", "x-1")
        session.flush()
        raise Undo

    with pytest.raises(Undo):
        installation.in_scope(Scope(tenant_id=tenant.id), work)

    assert entries(installation, tenant, "test.undone") == []


@pytest.mark.parametrize(
    "change",
    [update(AuditEntry).values(action="forged"), delete(AuditEntry)],
    ids=["update", "delete"],
)
def test_the_application_cannot_change_or_remove_an_entry(
    installation: Installation, tenant: Tenant, change: object
) -> None:
    scope = Scope(tenant_id=tenant.id)
    installation.in_scope(scope, lambda session: record(session, "test.kept", "thing", "x-1"))

    with pytest.raises(ProgrammingError, match="permission denied"):
        installation.in_scope(scope, lambda session: session.execute(change))  # type: ignore[call-overload]

    with pytest.raises(ProgrammingError, match="permission denied"):
        installation.in_scope(
            scope,
            lambda session: session.execute(
                text("TRUNCATE audit_entry"), execution_options={"tenant_guarded": True}
            ),
        )
    assert len(entries(installation, tenant, "test.kept")) == 1


def test_other_tenants_see_nothing_of_it(installation: Installation, tenant: Tenant) -> None:
    other = installation.found_tenant()
    installation.in_scope(
        Scope(tenant_id=tenant.id), lambda session: record(session, "test.mine", "thing", "x-1")
    )
    assert entries(installation, other, "test.mine") == []
