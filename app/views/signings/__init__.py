"""Signing documents: asked for, watched, signed or declined; and who may sign at all."""

from __future__ import annotations

from app.views.signings import acting, asking, files, remote, service_pages, signatories
from app.views.signings.room import signings

__all__ = ["acting", "asking", "files", "remote", "service_pages", "signatories", "signings"]
