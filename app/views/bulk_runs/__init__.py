"""Bulk runs: chosen, looked at, started, watched and given out."""

from __future__ import annotations

from app.views.bulk_runs import choosing, recipients, results, watching
from app.views.bulk_runs.room import bulk_runs

__all__ = ["bulk_runs", "choosing", "recipients", "results", "watching"]
