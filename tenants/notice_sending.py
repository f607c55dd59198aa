"""Sends a notice by e-mail: tried again for a day, at least once."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tenants.context import current_tenant_id
from tenants.database import now
from tenants.language import _
from tenants.mail import Letter, MailRefused, MailServer, MailUnavailable
from tenants.models import Tenant
from tenants.notices import Notice, address_of
from tenants.outbox import Task, defer_task, fail_task, finish_task
from tenants.webhook_delivery import is_too_late, pause_after

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: str = "sent"
    failure: str = ""


def send_notice(
    sessions: sessionmaker[Session],
    server: MailServer | None,
    *,
    public_url: str,
    task_id: str,
    notice_id: str,
) -> bool:
    """Try to send a notice and write down what came of it; say whether it was sent.

    A server that does not answer is asked again for a day. Whoever refused e-mails meanwhile, or
    has nothing to do with the tenant any more, gets none. Harmless to repeat.
    """
    letter = _letter(sessions, notice_id, public_url)
    # Nothing of the database is held open while the server lets us wait.
    outcome = _send(server, letter)
    with sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        if task.state in ("done", "failed"):
            return False
        notice = session.scalars(
            select(Notice).where(Notice.id == notice_id).with_for_update()
        ).first()
        if notice is None or notice.state != "waiting":
            finish_task(task)
            return False
        return _note(task, notice, outcome)


def _letter(sessions: sessionmaker[Session], notice_id: str, public_url: str) -> Letter | None:
    with sessions() as session:
        notice = session.scalars(select(Notice).where(Notice.id == notice_id)).first()
        if notice is None or notice.state != "waiting":
            return None
        address = address_of(session, notice.account_id)
        if not address:
            return None
        tenant = session.get_one(Tenant, current_tenant_id())
        return Letter(
            id=notice_id,
            address=address,
            subject=_("Im Portal wartet etwas auf Sie"),
            text=letter_text(f"{public_url}/{tenant.slug}"),
        )


def letter_text(url: str) -> str:
    """Return what stands in the e-mail: where to sign in, and nothing of the matter."""
    return _(
        "Guten Tag,\n\n"
        "im Portal wartet etwas auf Sie. Melden Sie sich an; die Übersicht zeigt, was es ist:\n\n"
        "{url}/uebersicht\n\n"
        "Diese Nachricht enthält aus Gründen des Datenschutzes keine Angaben zur Sache. Sie kommt"
        " von selbst,\nauf Antworten schaut niemand. Abbestellen können Sie sie hier:\n\n"
        "{url}/benachrichtigungen\n"
    ).format(url=url)


def _send(server: MailServer | None, letter: Letter | None) -> _Outcome:
    if server is None or letter is None:
        return _Outcome("dropped")
    try:
        server.send(letter)
    except MailRefused as error:
        return _Outcome("failed", str(error))
    except MailUnavailable as error:
        return _Outcome("waiting", str(error))
    return _Outcome()


def _note(task: Task, notice: Notice, outcome: _Outcome) -> bool:
    notice.attempts += 1
    notice.failure = outcome.failure[:300]
    again_at = now() + pause_after(notice.attempts)
    if outcome.state == "waiting" and not is_too_late(notice.created_at, again_at):
        log.warning("notice.postponed", notice=notice.id, attempt=notice.attempts)
        defer_task(task, again_at, outcome.failure)
        return False
    notice.state = "failed" if outcome.state == "waiting" else outcome.state
    notice.ended_at = now()
    if notice.state == "failed":
        log.error("notice.given_up", notice=notice.id, reason=outcome.failure)
        fail_task(task, outcome.failure)
    else:
        finish_task(task)
    return notice.state == "sent"
