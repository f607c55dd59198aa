"""A key for each case: what must be erasable although a copy of it stays somewhere.

A case is what is erased as one: a document with all its versions, or a submission with its
uploads. Its key is wrapped by the tenant's, which the master key wraps. Who destroys it makes
every copy of the case's files unreadable: those under a lock, in replicas and in backups of the
object store. The row stays without its key, so that no late attempt makes another one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from tenants.context import Scope, acting_as, current_tenant_id
from tenants.database import Base, TenantScoped, now
from tenants.key_ring import open_tenant_key
from tenants.keys import KEY_BYTES, MasterKey, TenantKey

_TABLE: Final = "case_key"
_WRAPPED: Final = "wrapped"
_OBJECT: Final = "object"
_CONTENT: Final = "content"


class CaseKeyRow(TenantScoped, Base):
    """The key of a case, wrapped by the tenant's; NULL once it was destroyed. The id is the case's.

    No foreign key leads to the case: the key is there before its document is registered.
    """

    __tablename__ = "case_key"

    wrapped: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    destroyed_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("(wrapped IS NULL) = (destroyed_at IS NOT NULL)", name="destroyed"),
    )


class CaseKeyDestroyed(LookupError):
    """The key of this case was destroyed: what it encrypted is erased."""


class CaseKeyMissing(LookupError):
    """There is no key of this case."""


class CaseKey:
    """An opened key; it encrypts each object for exactly the place where it is stored."""

    def __init__(self, tenant_id: str, key: bytes) -> None:
        self._cipher = TenantKey(tenant_id, key)

    def encrypt(self, content: bytes, object_key: str) -> bytes:
        """Return ``content`` encrypted for one object; 29 bytes longer than it."""
        return self._cipher.encrypt(content, table=_OBJECT, column=_CONTENT, row=object_key)

    def decrypt(self, sealed: bytes, object_key: str) -> bytes:
        """Return what was encrypted for this object.

        Raises `tenants.keys.DecryptionFailed` for another object or changed bytes.
        """
        return self._cipher.decrypt(sealed, table=_OBJECT, column=_CONTENT, row=object_key)


class CaseKeyRing:
    """The keys of all cases, opened by the master key, which is asked for when it is needed.

    It reads and writes in transactions of its own: a key is stored for good before the first file
    that needs it. Who may read which file was decided by whoever asks for the file.
    """

    def __init__(
        self, sessions: sessionmaker[Session], master_key: Callable[[], MasterKey]
    ) -> None:
        self._sessions = sessions
        self._master_key = master_key

    def make(self, tenant_id: str, case_id: str) -> CaseKey:
        """Return the key of a case, which is made when there is none.

        Of several that make it at once one wins and all return its key. Raises
        `CaseKeyDestroyed`.
        """
        with acting_as(Scope(tenant_id=tenant_id)), self._sessions.begin() as session:
            tenant_key = open_tenant_key(session, self._master_key())
            row = _row(session, case_id)
            if row is None:
                wrapped = tenant_key.encrypt(
                    os.urandom(KEY_BYTES), table=_TABLE, column=_WRAPPED, row=case_id
                )
                _insert(session, case_id, wrapped, None)
                row = _row(session, case_id)
            return _opened(tenant_key, row, case_id)

    def open(self, tenant_id: str, case_id: str) -> CaseKey:
        """Return the key of a case. Raises `CaseKeyMissing` and `CaseKeyDestroyed`."""
        with acting_as(Scope(tenant_id=tenant_id)), self._sessions() as session:
            row = _row(session, case_id)
            return _opened(open_tenant_key(session, self._master_key()), row, case_id)


def destroy_case_key(session: Session, case_id: str) -> None:
    """Destroy the key of a case of the tenant in scope for good. Harmless to repeat.

    A case that never had one gets none from now on.
    """
    _insert(session, case_id, None, now())
    row = session.scalars(
        select(CaseKeyRow).where(CaseKeyRow.id == case_id).with_for_update()
    ).one()
    if row.wrapped is not None:
        row.wrapped, row.destroyed_at = None, now()
        session.flush()


def document_case(tenant_id: str, number: str) -> str:
    """Return the id of the case of a document: all versions under its number."""
    return str(uuid5(UUID(tenant_id), number))


def _row(session: Session, case_id: str) -> CaseKeyRow | None:
    return session.scalars(select(CaseKeyRow).where(CaseKeyRow.id == case_id)).first()


def _opened(tenant_key: TenantKey, row: CaseKeyRow | None, case_id: str) -> CaseKey:
    if row is None:
        raise CaseKeyMissing(case_id)
    if row.wrapped is None:
        raise CaseKeyDestroyed(case_id)
    key = tenant_key.decrypt(row.wrapped, table=_TABLE, column=_WRAPPED, row=case_id)
    return CaseKey(current_tenant_id(), key)


def _insert(
    session: Session, case_id: str, wrapped: bytes | None, destroyed_at: datetime | None
) -> None:
    session.execute(
        insert(CaseKeyRow)
        .values(
            tenant_id=current_tenant_id(), id=case_id, wrapped=wrapped, destroyed_at=destroyed_at
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "id"]),
        execution_options={"tenant_guarded": True},
    )
