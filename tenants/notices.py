"""Notices by e-mail: that something waits for a person, once a day at most, and who wants none."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import (
    Date,
    ForeignKeyConstraint,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    cast,
    delete,
    func,
    select,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants.context import current_tenant_id
from tenants.database import Base, TableScope, TenantScoped, new_id, now
from tenants.models import one_of
from tenants.outbox import enqueue

SEND_NOTICE: Final = "send_notice"
STATES: Final = ("waiting", "sent", "dropped", "failed")
"""``dropped``: the person wants none any more, or has nothing to do with the tenant."""
KEPT: Final = timedelta(days=30)


class Notice(TenantScoped, Base):
    """An e-mail to a person that something waits in the tenant; what it is, nobody writes."""

    __tablename__ = "notice"

    account_id: Mapped[int] = mapped_column(Integer)
    day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    failure: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("state", STATES, "state"),
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id", "day", "account_id"),
    )


class NoticeRefusal(Base):
    """That a person wants no e-mails, whichever tenant they come from."""

    __tablename__ = "notice_refusal"
    __scope__: ClassVar[TableScope] = "account"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    refused_at: Mapped[datetime] = mapped_column(default=now)


def people_to_notify(
    session: Session, *, organisation_id: str | None, roles: Collection[str]
) -> set[int]:
    """Return the accounts that have one of ``roles`` today, in the office or in a Träger.

    Permission: the office; for anybody else there is nobody.
    """
    people = func.people_to_notify(
        cast(organisation_id, Uuid(as_uuid=False)), cast(sorted(roles), ARRAY(Text))
    ).table_valued(sql_column("account_id", Integer))
    return set(session.scalars(select(people.c.account_id)))


def address_of(session: Session, account_id: int) -> str:
    """Return where a person gets e-mails, empty for who wants none or left.

    Permission: the office.
    """
    return str(session.scalar(select(func.address_to_notify(account_id))) or "")


def notify_people(session: Session, accounts: Collection[int], day: date) -> int:
    """Let each of ``accounts`` get an e-mail, if there was none on ``day``; return how many.

    What was sent long ago is forgotten.
    """
    session.execute(delete(Notice).where(Notice.day < day - KEPT))
    written = 0
    for account_id in sorted(accounts):
        notice_id = session.scalar(
            insert(Notice)
            .values(
                tenant_id=current_tenant_id(),
                id=new_id(),
                account_id=account_id,
                day=day,
                state="waiting",
                attempts=0,
                failure="",
                created_at=now(),
            )
            .on_conflict_do_nothing()
            .returning(Notice.id)
        )
        if notice_id is not None:
            enqueue(session, SEND_NOTICE, {"notice_id": notice_id})
            written += 1
    return written


def wants_notices(session: Session, account_id: int) -> bool:
    """Say whether the person in scope, who has ``account_id``, gets e-mails."""
    return session.get(NoticeRefusal, account_id) is None


def choose_notices(session: Session, account_id: int, *, wanted: bool) -> None:
    """Let the person in scope get e-mails or not, from every tenant."""
    known = session.get(NoticeRefusal, account_id)
    if wanted and known is not None:
        session.delete(known)
    elif not wanted and known is None:
        session.add(NoticeRefusal(account_id=account_id))
    session.flush()
