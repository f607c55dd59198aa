"""Messages to programs: from the act to the receiver, signed, again after a fault, given up."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forms.publishing import publish_form
from tenants import webhook_delivery
from tenants.context import Scope
from tenants.database import now
from tenants.key_ring import open_tenant_key
from tenants.models import Tenant
from tenants.outbox import Task
from tenants.webhook_delivery import LONGEST_PAUSE, TRIED_FOR, pause_after
from tenants.webhooks import (
    DELIVER_WEBHOOK,
    HELD_FOR,
    Webhook,
    WebhookDelivery,
    WebhookRefused,
    add_webhook,
    find_webhook,
    last_deliveries,
    pause_webhook,
    remove_webhook,
    resume_webhook,
    secret_of,
)
from tests.support.form_documents import field as form_field
from tests.support.form_documents import one_page
from tests.support.installation import Installation
from tests.support.pipeline import Case
from workers.handlers import perform_task
from workers.runtime import Runtime


@dataclass
class Receiver:
    """A program on loopback that notes what it is told and answers ``status``."""

    port: int
    status: int = 204
    messages: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/haken"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.messages.append((dict(self.headers), body))
            self.send_response(made.status)
            self.send_header("Location", f"{made.url}/woanders")
            self.end_headers()

        def log_message(self, *_given: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    made = Receiver(server.server_port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Office:
    """A tenant whose programs want to be told."""

    installation: Installation
    tenant: Tenant
    scope: Scope

    def listens(self, url: str, *events: str) -> tuple[str, str]:
        """Enter a receiver; return its id and secret."""

        def add(session: Session) -> tuple[str, str]:
            key = open_tenant_key(session, self.installation.master_key)
            webhook, secret = add_webhook(
                session, key, url=url, events=frozenset(events), allows_private=True
            )
            return webhook.id, secret

        return self.installation.in_scope(self.scope, add)

    def pause(self, webhook_id: str) -> None:
        """Have nothing sent to a receiver."""
        self.installation.in_scope(
            self.scope,
            lambda session: pause_webhook(session, find_webhook(session, webhook_id)),
        )

    def resume(self, webhook_id: str) -> None:
        """Have messages sent to a receiver again."""
        self.installation.in_scope(
            self.scope,
            lambda session: resume_webhook(session, find_webhook(session, webhook_id)),
        )

    def publish(self, word: str) -> str:
        """Publish a form; return its id."""
        document = one_page(form_field("text", word))
        return self.installation.in_scope(
            self.scope, lambda session: publish_form(session, document).form_id
        )

    def tasks(self) -> list[Task]:
        """Return the tasks to deliver that are left."""
        return self.installation.in_scope(
            self.scope,
            lambda session: list(
                session.scalars(
                    select(Task).where(Task.kind == DELIVER_WEBHOOK, Task.state == "ready")
                )
            ),
        )

    def log(self, webhook_id: str) -> list[WebhookDelivery]:
        """Return what a receiver was told."""
        return self.installation.in_scope(
            self.scope, lambda session: last_deliveries(session, webhook_id)
        )


@pytest.fixture
def office(workplace: Installation) -> Office:
    tenant = workplace.found_tenant()
    person = workplace.person(tenant=tenant, role="tenant_admin")
    return Office(workplace, tenant, Scope(tenant_id=tenant.id, account_id=person.account_id))


@pytest.fixture
def open_runtime(runtime: Runtime) -> Runtime:
    return replace(runtime, allows_private_receivers=True)


def test_a_message_is_signed_and_holds_identifiers_alone(
    office: Office, open_runtime: Runtime, receiver: Receiver
) -> None:
    webhook_id, secret = office.listens(receiver.url, "form.published")
    form_id = office.publish("wort")
    (task,) = office.tasks()
    perform_task(open_runtime, task.id)
    ((headers, body),) = receiver.messages
    (delivery,) = office.log(webhook_id)
    assert json.loads(body) == {
        "id": delivery.id,
        "event": "form.published",
        "created_at": delivery.created_at.isoformat(),
        "subject": {"kind": "form", "id": form_id},
    }
    moment, signed = headers["Siegel-Signature"].split(",")
    expected = hmac.new(
        secret.encode(), moment.removeprefix("t=").encode() + b"." + body, hashlib.sha256
    ).hexdigest()
    assert signed == f"v1={expected}"
    assert headers["Siegel-Delivery"] == delivery.id
    assert (delivery.state, delivery.attempts, delivery.status) == ("delivered", 1, 204)
    perform_task(open_runtime, task.id)
    assert len(receiver.messages) == 1


def test_what_a_traeger_submits_is_announced(
    case: Case, workplace: Installation, runtime: Runtime
) -> None:
    person = workplace.person(tenant=case.tenant, role="tenant_admin")
    scope = Scope(tenant_id=case.tenant.id, account_id=person.account_id)
    office = Office(workplace, case.tenant, scope)
    webhook_id, _secret = office.listens("https://example.org/", "submission.submitted")
    case.submit()
    (delivery,) = office.log(webhook_id)
    assert delivery.event == "submission.submitted"
    (task,) = office.tasks()
    assert task.organisation_id == case.organisation.id
    # Who is not there any more is told nothing.
    workplace.in_scope(scope, lambda session: remove_webhook(session, webhook_id))
    perform_task(runtime, task.id)
    assert office.tasks() == []


def test_only_what_was_asked_for_is_told(office: Office) -> None:
    webhook_id, _secret = office.listens("https://example.org/", "submission.accepted")
    office.publish("wort")
    assert office.log(webhook_id) == []
    assert office.tasks() == []


@pytest.mark.parametrize("status", [500, 404, 302, 307])
def test_a_fault_is_tried_again_and_no_redirection_followed(
    office: Office, open_runtime: Runtime, receiver: Receiver, status: int
) -> None:
    webhook_id, _secret = office.listens(receiver.url, "form.published")
    office.publish("wort")
    receiver.status = status
    (task,) = office.tasks()
    perform_task(open_runtime, task.id)
    (waiting,) = office.tasks()
    assert waiting.available_at > now()
    (delivery,) = office.log(webhook_id)
    assert (delivery.state, delivery.attempts, delivery.status) == ("waiting", 1, status)
    assert len(receiver.messages) == 1
    receiver.status = 200
    perform_task(open_runtime, task.id)
    (delivery,) = office.log(webhook_id)
    assert (delivery.state, delivery.attempts, delivery.failure) == ("delivered", 2, "")


def test_after_a_day_it_is_given_up(
    office: Office, open_runtime: Runtime, receiver: Receiver
) -> None:
    webhook_id, _secret = office.listens(receiver.url, "form.published")
    office.publish("wort")
    receiver.status = 503
    office.installation.in_scope(
        office.scope,
        lambda session: session.execute(
            update(WebhookDelivery).values(created_at=now() - TRIED_FOR + timedelta(seconds=10))
        ),
    )
    (task,) = office.tasks()
    perform_task(open_runtime, task.id)
    (delivery,) = office.log(webhook_id)
    assert delivery.state == "failed"
    assert delivery.failure == "Der Empfänger antwortete mit 503."
    assert office.tasks() == []


def test_pauses_grow_and_a_day_is_enough_for_many_attempts() -> None:
    pauses = [pause_after(attempts) for attempts in range(1, 60)]
    assert pauses[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
    total, attempts = timedelta(), 0
    while total <= TRIED_FOR:
        total += pauses[attempts]
        attempts += 1
    assert 10 < attempts < 30


def test_into_the_own_network_nothing_is_sent_unless_the_operator_says_so(
    office: Office, runtime: Runtime, receiver: Receiver
) -> None:
    webhook_id, _secret = office.listens(receiver.url, "form.published")
    office.publish("wort")
    (task,) = office.tasks()
    perform_task(runtime, task.id)
    assert receiver.messages == []
    (delivery,) = office.log(webhook_id)
    assert delivery.state == "failed"


def test_the_secret_is_kept_encrypted(office: Office) -> None:
    webhook_id, secret = office.listens("https://example.org/", "form.published")

    def look(session: Session) -> tuple[bytes, bytes]:
        webhook = session.scalars(select(Webhook).where(Webhook.id == webhook_id)).one()
        key = open_tenant_key(session, office.installation.master_key)
        return webhook.secret, secret_of(webhook, key)

    stored, opened = office.installation.in_scope(office.scope, look)
    assert opened == secret.encode()
    assert secret.encode() not in stored


def test_a_receiver_of_nothing_is_refused(office: Office) -> None:
    with pytest.raises(WebhookRefused):
        office.listens("https://example.org/")


def test_a_paused_receiver_gets_everything_once_when_it_goes_on(
    office: Office, open_runtime: Runtime, receiver: Receiver
) -> None:
    webhook_id, _secret = office.listens(receiver.url, "form.published")
    office.publish("vorher")
    (under_way,) = office.tasks()
    office.pause(webhook_id)
    office.publish("waehrend")
    for task in office.tasks():
        perform_task(open_runtime, task.id)
    assert receiver.messages == []
    assert office.tasks() == []
    assert {one.state for one in office.log(webhook_id)} == {"held"}
    office.resume(webhook_id)
    office.resume(webhook_id)
    tasks = office.tasks()
    assert len(tasks) == 2
    for task in (*tasks, *tasks, under_way):
        perform_task(open_runtime, task.id)
    told = [json.loads(body)["id"] for _headers, body in receiver.messages]
    log = office.log(webhook_id)
    assert sorted(told) == sorted(one.id for one in log)
    assert {one.state for one in log} == {"delivered"}


def test_what_waited_too_long_is_given_up(
    office: Office, open_runtime: Runtime, receiver: Receiver
) -> None:
    webhook_id, _secret = office.listens(receiver.url, "form.published")
    office.pause(webhook_id)
    office.publish("alt")
    (aside,) = office.tasks()
    perform_task(open_runtime, aside.id)
    office.installation.in_scope(
        office.scope,
        lambda session: session.execute(
            update(WebhookDelivery).values(created_at=now() - HELD_FOR - timedelta(seconds=1))
        ),
    )
    office.publish("neu")
    (aside,) = office.tasks()
    perform_task(open_runtime, aside.id)
    office.resume(webhook_id)
    (task,) = office.tasks()
    perform_task(open_runtime, task.id)
    newest, oldest = office.log(webhook_id)
    assert (newest.state, oldest.state) == ("delivered", "failed")
    assert "sieben Tage" in oldest.failure
    assert len(receiver.messages) == 1


def test_who_is_resumed_meanwhile_is_told_at_once(
    office: Office, open_runtime: Runtime, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker saw the pause; by the time it writes that down there is none any more."""
    webhook_id, _secret = office.listens(receiver.url, "form.published")
    office.pause(webhook_id)
    office.publish("wort")
    (task,) = office.tasks()
    put_aside = webhook_delivery._put_aside

    def resume_first(*given: object) -> None:
        office.resume(webhook_id)
        put_aside(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(webhook_delivery, "_put_aside", resume_first)
    perform_task(open_runtime, task.id)
    (again,) = office.tasks()
    assert again.id == task.id
    perform_task(open_runtime, task.id)
    assert [one.state for one in office.log(webhook_id)] == ["delivered"]
