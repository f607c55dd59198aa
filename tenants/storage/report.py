"""What a probe found out about an object store, in words for an operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One checked guarantee: how it stands, and a German sentence about it."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class StoreReport:
    """All findings of one probe. Guarantees that could not be checked count as not given."""

    store: str
    """Where the store is, without secrets."""
    reachable: bool = False
    write_once: bool = False
    """A second writer was refused, by the store or by us."""
    conditional_put: bool = False
    """The store itself refuses the second writer (If-None-Match, RFC 9110, 13.1.2)."""
    versioning: bool = False
    object_lock: bool = False
    """Locked versions could not be deleted, their locks neither shortened nor weakened."""
    findings: tuple[Finding, ...] = field(default=())

    @property
    def usable(self) -> bool:
        """Whether documents may be stored here: no finding is an error."""
        return self.reachable and all(finding.level != "error" for finding in self.findings)
