"""Delivers a message to a webhook: signed, tried again for a day, at least once."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tenants.database import now
from tenants.key_ring import open_tenant_key
from tenants.keys import MasterKey
from tenants.language import _
from tenants.outbox import Task, defer_task, fail_task, finish_task
from tenants.receivers import SECONDS, ReceiverRefused, ReceiverSilent, post, read_receiver
from tenants.webhooks import Webhook, WebhookDelivery, secret_of

TRIED_FOR: Final = timedelta(hours=24)
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class _Message:
    url: str
    secret: bytes
    delivery_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Outcome:
    status: int | None = None
    failure: str = ""
    is_final: bool = False


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: 30 seconds doubled, four hours at most."""
    seconds = FIRST_PAUSE.total_seconds() * 2.0 ** min(attempts - 1, 20)
    return min(timedelta(seconds=seconds), LONGEST_PAUSE)


def signature(secret: bytes, moment: int, body: bytes) -> str:
    """Return the header ``Siegel-Signature`` for ``body``, sent at ``moment`` (Unix seconds)."""
    signed = hmac.new(secret, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


def deliver_message(
    sessions: sessionmaker[Session],
    master_key: MasterKey,
    *,
    allows_private: bool,
    task_id: str,
    delivery_id: str,
    seconds: float = SECONDS,
) -> bool:
    """Try to deliver a message and write down what came of it; say whether it was delivered.

    Anything but a status of 2xx counts as not delivered; the task is then deferred, and given up
    a day after the message was written. For a paused webhook the message is put aside, until it
    is resumed. Harmless to repeat: what ended is not sent again. Raises the errors of the key ring.
    """
    message = _read(sessions, master_key, delivery_id)
    # Nothing of the database is held open while a stranger lets us wait.
    outcome = _send(message, allows_private=allows_private, seconds=seconds) if message else None
    with sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        if task.state in ("done", "failed"):
            return False
        delivery = session.scalars(
            select(WebhookDelivery).where(WebhookDelivery.id == delivery_id).with_for_update()
        ).first()
        if delivery is None or delivery.state != "waiting":
            finish_task(task)
            return False
        if outcome is None:
            _put_aside(session, task, delivery)
            return False
        return _note(task, delivery, outcome)


def _read(
    sessions: sessionmaker[Session], master_key: MasterKey, delivery_id: str
) -> _Message | None:
    with sessions() as session:
        delivery = session.scalars(
            select(WebhookDelivery).where(WebhookDelivery.id == delivery_id)
        ).first()
        if delivery is None or delivery.state != "waiting":
            return None
        webhook = session.scalars(select(Webhook).where(Webhook.id == delivery.webhook_id)).one()
        if webhook.paused_at is not None:
            return None
        secret = secret_of(webhook, open_tenant_key(session, master_key))
        return _Message(webhook.url, secret, delivery.id, _body(delivery))


def _put_aside(session: Session, task: Task, delivery: WebhookDelivery) -> None:
    """Let a message wait until its webhook is resumed; who resumes it meanwhile finds it."""
    webhook = session.scalars(
        select(Webhook).where(Webhook.id == delivery.webhook_id).with_for_update(read=True)
    ).one()
    if webhook.paused_at is None:
        defer_task(task, now(), _("Der Empfänger wurde gerade fortgesetzt."))
        return
    delivery.state = "held"
    finish_task(task)


def _body(delivery: WebhookDelivery) -> bytes:
    kind = delivery.event.partition(".")[0]
    return json.dumps(
        {
            "id": delivery.id,
            "event": delivery.event,
            "created_at": delivery.created_at.isoformat(),
            "subject": {"kind": kind, "id": delivery.subject_id},
        }
    ).encode()


def _send(message: _Message, *, allows_private: bool, seconds: float) -> _Outcome:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Brief-und-Siegel",
        "Siegel-Delivery": message.delivery_id,
        "Siegel-Signature": signature(message.secret, int(now().timestamp()), message.body),
    }
    try:
        receiver = read_receiver(message.url, allows_private=allows_private)
        status = post(
            receiver, message.body, headers, allows_private=allows_private, seconds=seconds
        )
    except ReceiverRefused as error:
        return _Outcome(failure=str(error), is_final=True)
    except ReceiverSilent as error:
        return _Outcome(failure=str(error))
    if 200 <= status < 300:
        return _Outcome(status)
    text = _("Der Empfänger antwortete mit {status}.").format(status=status)
    return _Outcome(status, text)


def _note(task: Task, delivery: WebhookDelivery, outcome: _Outcome) -> bool:
    delivery.attempts += 1
    delivery.status, delivery.failure = outcome.status, outcome.failure[:300]
    if not outcome.failure:
        delivery.state, delivery.ended_at = "delivered", now()
        finish_task(task)
        return True
    again_at = now() + pause_after(delivery.attempts)
    if outcome.is_final or is_too_late(delivery.created_at, again_at):
        delivery.state, delivery.ended_at = "failed", now()
        fail_task(task, outcome.failure)
        return False
    defer_task(task, again_at, outcome.failure)
    return False


def is_too_late(written_at: datetime, again_at: datetime) -> bool:
    """Say whether a message is not worth another attempt at ``again_at``."""
    return again_at > written_at + TRIED_FOR
