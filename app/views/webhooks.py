"""Receivers of messages: entered, tried, looked after, deleted."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import requires
from app.views.presenting import moment
from tenants.key_ring import open_tenant_key
from tenants.language import _
from tenants.receivers import ReceiverRefused
from tenants.settings import Settings
from tenants.webhooks import (
    DELIVERY_STATES,
    EVENTS,
    TEST_EVENT,
    Webhook,
    WebhookDelivery,
    WebhookRefused,
    WebhookUnknown,
    add_webhook,
    find_webhook,
    last_deliveries,
    list_webhooks,
    pause_webhook,
    remove_webhook,
    resume_webhook,
    send_message,
)

webhooks = Blueprint("webhooks", __name__, url_prefix="/schnittstellen/empfaenger")

Page = str | Response | tuple[str, int]
_KINDS = {"waiting": "info", "held": "warning", "delivered": "success", "failed": "danger"}


@dataclass(frozen=True)
class ReceiverEntry:
    """A receiver as it is being entered."""

    url: str = ""
    events: frozenset[str] = frozenset()
    field: str = ""
    problem: str = ""


def webhook_rows() -> list[dict[str, object]]:
    """Return the receivers with what became of the last message to each."""
    session = database.session()
    rows: list[dict[str, object]] = []
    for one in list_webhooks(session):
        last = last_deliveries(session, one.id, limit=1)
        rows.append(
            {
                "url": one.url,
                "events": _event_texts(one),
                "last": _badge(last[0]) if last else None,
                "is_paused": one.paused_at is not None,
                "detail_url": url_for("webhooks.show", webhook_id=one.id),
            }
        )
    return rows


@webhooks.route("/neu", methods=["GET", "POST"])
@requires("can_edit", "Webhooks")
def new() -> Page:
    """Enter a receiver and, on POST, show the secret of its messages this one time."""
    if request.method == "GET":
        return _new_page(ReceiverEntry())
    url = request.form.get("url", "").strip()[:600]
    events = frozenset(request.form.getlist("events")) & frozenset(EVENTS)
    session, settings = database.session(), _settings()
    try:
        webhook, secret = add_webhook(
            session, open_tenant_key(session, settings.master_key()), url=url, events=events,
            allows_private=settings.allows_private_receivers,
        )  # fmt: skip
    except ReceiverRefused as error:
        session.rollback()
        return _new_page(ReceiverEntry(url, events, "url", str(error))), 422
    except WebhookRefused as error:
        session.rollback()
        return _new_page(ReceiverEntry(url, events, error.field, str(error))), 422
    session.commit()
    return _detail_page(webhook, secret)


@webhooks.get("/<uuid:webhook_id>")
@requires("can_edit", "Webhooks")
def show(webhook_id: object) -> str:
    """Show a receiver with what it was told last."""
    return _detail_page(_found(webhook_id))


@webhooks.post("/<uuid:webhook_id>/probe")
@requires("can_edit", "Webhooks")
def try_out(webhook_id: object) -> Response:
    """Send a message that means nothing."""
    webhook = _found(webhook_id)
    send_message(database.session(), webhook.id, TEST_EVENT, webhook.id)
    database.session.commit()
    flash(_("Die Probe wird zugestellt. Laden Sie die Seite gleich noch einmal."), "success")
    return redirect(url_for("webhooks.show", webhook_id=webhook.id))


@webhooks.post("/<uuid:webhook_id>/anhalten")
@requires("can_edit", "Webhooks")
def pause(webhook_id: object) -> Response:
    """Send nothing more for now."""
    webhook = _found(webhook_id, lock=True)
    pause_webhook(database.session(), webhook)
    database.session.commit()
    flash(_("Der Empfänger ist angehalten. Was geschieht, wird für ihn aufgehoben."), "success")
    return redirect(url_for("webhooks.show", webhook_id=webhook.id))


@webhooks.post("/<uuid:webhook_id>/fortsetzen")
@requires("can_edit", "Webhooks")
def resume(webhook_id: object) -> Response:
    """Send again, first what has waited."""
    webhook = _found(webhook_id, lock=True)
    resume_webhook(database.session(), webhook)
    database.session.commit()
    flash(_("Der Empfänger bekommt wieder Nachrichten, zuerst die aufgehobenen."), "success")
    return redirect(url_for("webhooks.show", webhook_id=webhook.id))


@webhooks.post("/<uuid:webhook_id>/loeschen")
@requires("can_edit", "Webhooks")
def delete(webhook_id: object) -> Response:
    """Delete a receiver with its log."""
    try:
        remove_webhook(database.session(), str(webhook_id))
    except WebhookUnknown:
        abort(404)
    database.session.commit()
    flash(_("Der Empfänger ist gelöscht."), "success")
    return redirect(url_for("interfaces.index"))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["siegel"].settings
    return settings


def _found(webhook_id: object, *, lock: bool = False) -> Webhook:
    try:
        return find_webhook(database.session(), str(webhook_id), lock=lock)
    except WebhookUnknown:
        abort(404)


def _new_page(entry: ReceiverEntry) -> str:
    return render_template(
        "interfaces/new_receiver.html",
        entry={"url": entry.url},
        events=[
            {"value": key, "label": label, "ticked": key in entry.events}
            for key, label in EVENTS.items()
        ],
        refused={entry.field: entry.problem} if entry.field else {},
        errors=[{"html_id": entry.field, "text": entry.problem}] if entry.field else [],
        has_errors=bool(entry.field),
        urls={"save": url_for("webhooks.new"), "list": url_for("interfaces.index")},
    )


def _detail_page(webhook: Webhook, secret: str = "") -> str:
    deliveries = last_deliveries(database.session(), webhook.id)
    return render_template(
        "interfaces/receiver.html",
        receiver={
            "url": webhook.url,
            "events": _event_texts(webhook),
            "paused": moment(webhook.paused_at) if webhook.paused_at else "",
        },
        secret=secret,
        deliveries=[_delivery_row(one) for one in deliveries],
        urls={
            "list": url_for("interfaces.index"),
            "try": url_for("webhooks.try_out", webhook_id=webhook.id),
            "pause": url_for("webhooks.pause", webhook_id=webhook.id),
            "resume": url_for("webhooks.resume", webhook_id=webhook.id),
            "delete": url_for("webhooks.delete", webhook_id=webhook.id),
        },
    )


def _event_texts(webhook: Webhook) -> list[str]:
    return [str(EVENTS[event]) for event in webhook.events if event in EVENTS]


def _badge(delivery: WebhookDelivery) -> dict[str, str]:
    return {"kind": _KINDS[delivery.state], "text": DELIVERY_STATES[delivery.state]}


def _delivery_row(delivery: WebhookDelivery) -> dict[str, object]:
    return {
        "written": moment(delivery.created_at),
        "event": str(EVENTS.get(delivery.event, _("Probe"))),
        "subject": delivery.subject_id,
        "status": _badge(delivery),
        "attempts": _attempts_text(delivery.attempts),
        "failure": delivery.failure,
    }


def _attempts_text(attempts: int) -> str:
    if attempts < 2:
        return "" if attempts == 0 else _("ein Versuch")
    return _("{n} Versuche").format(n=attempts)
