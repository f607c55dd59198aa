"""The pages where a Tenant-Admin builds forms: list, builder, table, rules, trial runs."""

from __future__ import annotations

from app.views.building import changes, conditions, pages, table, translations, trials, uniqueness
from app.views.building.room import building

__all__ = [
    "building",
    "changes",
    "conditions",
    "pages",
    "table",
    "translations",
    "trials",
    "uniqueness",
]
