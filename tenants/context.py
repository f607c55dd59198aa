"""Who is acting: the scope of the current work.

A scope names a tenant, an organisation and an account. It is set once, around a request or a
job, and never changed while a database transaction is open: the database copies it into the
transaction when the transaction begins (`tenants.isolation`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """What the current work may touch.

    ``tenant_id`` alone is the tenant's own staff; with ``organisation_id`` a Träger acts
    within that tenant and reaches only its own rows; ``account_id`` is the person.
    ``proof_code`` and ``proof_sha256`` open the one public proof with that code or file hash,
    ``task_id`` shows a worker the one task that was delivered to it, and nothing else.
    """

    tenant_id: str | None = None
    organisation_id: str | None = None
    account_id: int | None = None
    proof_code: str | None = None
    task_id: str | None = None
    proof_sha256: str | None = None


NOBODY = Scope()

PARTICIPANT = "00000000-0000-0000-0000-000000000000"
"""The organisation of those who answer a questionnaire without an account: none there is.

So the database treats them as a Träger without a single row, whatever else they ask for.
"""

_scope: ContextVar[Scope] = ContextVar("scope", default=NOBODY)


class TenantMissing(RuntimeError):
    """Work that needs a tenant was started without one: a programming error."""


def participant_scope(tenant_id: str) -> Scope:
    """Return the scope of somebody unknown who answers a questionnaire of a tenant."""
    return Scope(tenant_id=tenant_id, organisation_id=PARTICIPANT)


def current_scope() -> Scope:
    """Return the scope of the current work, `NOBODY` if none was set."""
    return _scope.get()


def current_tenant_id() -> str:
    """Return the id of the acting tenant.

    Raises `TenantMissing` when there is none.
    """
    tenant_id = _scope.get().tenant_id
    if tenant_id is None:
        raise TenantMissing("no tenant in scope")
    return tenant_id


def enter_scope(scope: Scope) -> Token[Scope]:
    """Set the scope where a ``with`` block does not fit; undo it with `leave_scope`."""
    return _scope.set(scope)


def leave_scope(token: Token[Scope]) -> None:
    """Restore the scope that `enter_scope` replaced."""
    _scope.reset(token)


@contextmanager
def acting_as(scope: Scope) -> Iterator[Scope]:
    """Set the scope for the enclosed work and restore the former one afterwards."""
    token = _scope.set(scope)
    try:
        yield scope
    finally:
        _scope.reset(token)
