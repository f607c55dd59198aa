"""Figures for a monitoring system, in the format of Prometheus; no names, no contents.

They are asked of the database each time, so that every web process answers the same.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from flask import Blueprint, Response, abort, current_app, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.security.access import public
from document_templates.archive.alarms import integrity_states
from tenants.periodic import ScheduledJob

metrics = Blueprint("metrics", __name__, url_prefix="/gesundheit")


class _Figures(Collector):
    """What the database says now."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def collect(self) -> Iterator[Metric]:
        states = integrity_states(self._session)
        read = [state.finished_at.timestamp() for state in states if state.finished_at]
        yield GaugeMetricFamily(
            "siegel_integrity_alarms",
            "Open integrity alarms of all tenants",
            value=sum(state.open_alarms for state in states),
        )
        yield GaugeMetricFamily(
            "siegel_integrity_unread_tenants",
            "Tenants whose files have never been read through",
            value=len(states) - len(read),
        )
        if read:
            yield GaugeMetricFamily(
                "siegel_integrity_oldest_run_timestamp_seconds",
                "When the tenant that waits longest had its files read through",
                value=min(read),
            )
        started = GaugeMetricFamily(
            "siegel_job_started_timestamp_seconds", "When a job began last", labels=["job"]
        )
        due = GaugeMetricFamily(
            "siegel_job_due_timestamp_seconds", "When a job begins next", labels=["job"]
        )
        for job in self._session.scalars(select(ScheduledJob).order_by(ScheduledJob.name)):
            due.add_metric([job.name], job.due_at.timestamp())
            if job.started_at is not None:
                started.add_metric([job.name], job.started_at.timestamp())
        yield started
        yield due


@metrics.get("/metriken")
@public
def show() -> Response:
    """Answer the figures to whoever shows the token of ``SIEGEL_METRICS_TOKEN``, else 404."""
    wanted = current_app.extensions["siegel"].settings.metrics_token
    shown = request.headers.get("Authorization", "")
    if not wanted or not hmac.compare_digest(shown.encode(), f"Bearer {wanted}".encode()):
        abort(404)
    registry = CollectorRegistry()
    registry.register(_Figures(database.session()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
