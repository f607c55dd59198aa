"""Verzeichnisse: the tables of a tenant from which forms let people choose."""

from __future__ import annotations

from app.views.registers import entries, tables
from app.views.registers.pages import registers

__all__ = ["entries", "registers", "tables"]
