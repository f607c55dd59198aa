"""Webhooks: programs that want to be told when something happened, and what they were told.

A message holds identifiers alone. Whoever may know more asks for it with a token.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ForeignKeyConstraint, Index, Integer, String, Uuid, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants.audit import record
from tenants.context import current_scope
from tenants.database import Base, TenantScoped, new_id, now
from tenants.keys import TenantKey
from tenants.language import _
from tenants.models import one_of
from tenants.outbox import enqueue
from tenants.receivers import read_receiver

DELIVER_WEBHOOK: Final = "deliver_webhook"
EVENTS: Final = {
    "submission.submitted": _("Etwas wurde eingereicht"),
    "submission.accepted": _("Eine Einreichung wurde abgenommen"),
    "submission.corrected": _("Eine Einreichung wurde berichtigt oder ergänzt"),
    "deadline.reminded": _("An eine Frist wurde erinnert"),
    "form.published": _("Ein Vordruck wurde veröffentlicht"),
}
TEST_EVENT: Final = "test"
DELIVERY_STATES: Final = {
    "waiting": _("wird zugestellt"),
    "held": _("wartet auf das Fortsetzen"),
    "delivered": _("zugestellt"),
    "failed": _("aufgegeben"),
}
MOST_WEBHOOKS: Final = 20
HELD_FOR: Final = timedelta(days=7)
"""How long a message waits for a paused webhook."""


class WebhookUnknown(LookupError):
    """The tenant in scope has no such webhook."""


class WebhookRefused(ValueError):
    """A webhook cannot be kept like this (German message); ``field`` names the entry."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class Webhook(TenantScoped, Base):
    """An address that is told of ``events``; ``secret`` is ciphertext under the tenant's key."""

    __tablename__ = "webhook"

    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[list[str]] = mapped_column(JSONB, default=list)
    secret: Mapped[bytes]
    account_id: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(default=now)
    paused_at: Mapped[datetime | None]
    """Since when nothing is sent there; None while messages go out."""

    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),)


class WebhookDelivery(TenantScoped, Base):
    """One message to one webhook, and what became of it."""

    __tablename__ = "webhook_delivery"

    webhook_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    event: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[int | None] = mapped_column(Integer)
    failure: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("state", tuple(DELIVERY_STATES), "state"),
        ForeignKeyConstraint(
            ["tenant_id", "webhook_id"], ["webhook.tenant_id", "webhook.id"], ondelete="CASCADE"
        ),
        Index("ix_webhook_delivery_log", "tenant_id", "webhook_id", "created_at"),
    )


def add_webhook(
    session: Session, key: TenantKey, *, url: str, events: frozenset[str], allows_private: bool
) -> tuple[Webhook, str]:
    """Keep an address that is told of ``events``; return it and its secret, known here alone.

    Raises `WebhookRefused` and `tenants.receivers.ReceiverRefused`. Permission: Tenant-Admin.
    """
    if not events or not events <= frozenset(EVENTS):
        raise WebhookRefused(_("Kreuzen Sie an, wovon das Programm erfahren soll."), "events")
    read_receiver(url, allows_private=allows_private)
    if len(list_webhooks(session)) >= MOST_WEBHOOKS:
        raise WebhookRefused(_("Mehr Empfänger sind nicht möglich. Löschen Sie einen."), "url")
    identity, secret = new_id(), f"bsw_{secrets.token_urlsafe(32)}"
    webhook = Webhook(
        id=identity,
        url=url,
        events=sorted(events),
        secret=key.encrypt(secret.encode(), table="webhook", column="secret", row=identity),
        account_id=current_scope().account_id or 0,
    )
    session.add(webhook)
    session.flush()
    record(session, "webhook.created", "webhook", webhook.id)
    return webhook, secret


def secret_of(webhook: Webhook, key: TenantKey) -> bytes:
    """Return what messages to ``webhook`` are signed with.

    Raises `tenants.keys.DecryptionFailed`.
    """
    return key.decrypt(webhook.secret, table="webhook", column="secret", row=webhook.id)


def list_webhooks(session: Session) -> list[Webhook]:
    """Return the webhooks of the tenant in scope, the oldest first."""
    return list(session.scalars(select(Webhook).order_by(Webhook.created_at, Webhook.id)))


def find_webhook(session: Session, webhook_id: str, *, lock: bool = False) -> Webhook:
    """Return a webhook of the tenant in scope. Raises `WebhookUnknown`."""
    query = select(Webhook).where(Webhook.id == webhook_id)
    webhook = session.scalars(query.with_for_update() if lock else query).first()
    if webhook is None:
        raise WebhookUnknown("no such webhook")
    return webhook


def remove_webhook(session: Session, webhook_id: str) -> None:
    """Delete a webhook with its log; nothing more is sent there. Raises `WebhookUnknown`."""
    session.delete(find_webhook(session, webhook_id))
    record(session, "webhook.deleted", "webhook", webhook_id)
    session.flush()


def pause_webhook(session: Session, webhook: Webhook) -> None:
    """Send nothing more to a locked ``webhook`` until it is resumed; its messages wait."""
    if webhook.paused_at is None:
        webhook.paused_at = now()
        record(session, "webhook.paused", "webhook", webhook.id)
        session.flush()


def resume_webhook(session: Session, webhook: Webhook) -> None:
    """Send to a locked ``webhook`` again, first what waited; what waited too long is given up."""
    if webhook.paused_at is None:
        return
    webhook.paused_at = None
    record(session, "webhook.resumed", "webhook", webhook.id)
    oldest = now() - HELD_FOR
    held = session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.state == "held")
        .order_by(WebhookDelivery.created_at, WebhookDelivery.id)
    )
    for delivery in held:
        if delivery.created_at < oldest:
            delivery.state, delivery.ended_at = "failed", now()
            delivery.failure = _("Der Empfänger war länger als sieben Tage angehalten.")
        else:
            delivery.state = "waiting"
            _enqueue(session, delivery)
    session.flush()


def announce(session: Session, event: str, subject_id: str) -> None:
    """Have every webhook that wants to know told of ``event``, if this transaction commits."""
    told = func.webhooks_told_of(event).table_valued("webhook_id")
    for webhook_id in session.scalars(select(told.c.webhook_id)).all():
        send_message(session, str(webhook_id), event, subject_id)


def send_message(session: Session, webhook_id: str, event: str, subject_id: str) -> WebhookDelivery:
    """Write a message to one webhook, with the task that delivers it."""
    delivery = WebhookDelivery(webhook_id=webhook_id, event=event, subject_id=subject_id)
    session.add(delivery)
    session.flush()
    _enqueue(session, delivery)
    return delivery


def _enqueue(session: Session, delivery: WebhookDelivery) -> None:
    enqueue(
        session,
        DELIVER_WEBHOOK,
        {"delivery_id": delivery.id},
        organisation_id=current_scope().organisation_id,
    )


def last_deliveries(session: Session, webhook_id: str, *, limit: int = 50) -> list[WebhookDelivery]:
    """Return what a webhook was told last, the newest first."""
    return list(
        session.scalars(
            select(WebhookDelivery)
            .where(WebhookDelivery.webhook_id == webhook_id)
            .order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id)
            .limit(limit)
        )
    )
