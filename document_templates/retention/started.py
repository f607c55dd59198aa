"""A submission whose time runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from document_templates.retention.classes import RetentionClass, erasable_on


@dataclass(frozen=True, slots=True)
class StartedSubmission:
    """A submission whose time runs: its form says with what it begins, a draft's its last change.

    A draft has no ``submitted_at``.
    """

    submission_id: str
    form_id: str
    data_class: str
    submitted_at: datetime | None
    kept: RetentionClass
    start: date

    def is_over(self, day: date) -> bool:
        """Say whether it may be erased on ``day``, were it not for its documents."""
        return erasable_on(self.kept, self.start) <= day
