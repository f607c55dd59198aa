"""The navigation of a tenant: entries, and the rooms behind an entry that has several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tenants.language import _


@dataclass(frozen=True, slots=True)
class _Room:
    """A page that people go to, with the permission it asks for and the views that belong to it."""

    endpoint: str
    label: str
    permission: tuple[str, str]
    views: tuple[str, ...] = ()

    @property
    def all_views(self) -> tuple[str, ...]:
        return (self.endpoint.partition(".")[0], *self.views)


@dataclass(frozen=True, slots=True)
class Room:
    """A room as a person sees it."""

    endpoint: str
    label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that leads to the first of its rooms, and is called like an only one."""

    label: str
    rooms: tuple[Room, ...]

    @property
    def is_current(self) -> bool:
        """Whether the page belongs to one of the rooms."""
        return any(room.is_current for room in self.rooms)


def _alone(
    endpoint: str, label: str, permission: tuple[str, str], *views: str
) -> tuple[str, tuple[_Room, ...]]:
    return label, (_Room(endpoint, label, permission, views),)


_ENTRIES: tuple[tuple[str, tuple[_Room, ...]], ...] = (
    _alone("tenant.dashboard", _("Übersicht"), ("can_read", "Dashboard")),
    _alone(
        "forms.index",
        _("Vordrucke"),
        ("can_read", "Forms"),
        "filling",
        "declaration",
        "new_version",
        "form_prints",
        "form_versions",
        "releases",
    ),
    _alone("building.index", _("Baukasten"), ("can_edit", "Forms"), "form_import", "form_export"),
    _alone(
        "submissions.index",
        _("Einreichungen"),
        ("can_list", "Submissions"),
        "procedure",
        "submission_table",
        "exports",
    ),
    _alone("reports.index", _("Anforderungen"), ("can_list", "Reports")),
    (
        _("Auswertungen"),
        (
            _Room("evaluations.index", _("Auswertungen"), ("can_read", "Evaluations")),
            _Room("surveys.index", _("Befragungen"), ("can_read", "Surveys")),
        ),
    ),
    _alone("documents.index", _("Dokumente"), ("can_list", "Documents"), "document_retention"),
    _alone("signings.index", _("Unterschriften"), ("can_list", "Signings")),
    _alone("bulk_runs.index", _("Serienläufe"), ("can_edit", "BulkRuns")),
    (
        _("Vorlagen"),
        (
            _Room(
                "templates.index",
                _("Vorlagen"),
                ("can_list", "Templates"),
                (
                    "template_starting",
                    "template_preview",
                    "template_comparing",
                    "template_clauses",
                ),
            ),
            _Room("frames.index", _("Rahmen"), ("can_edit", "Templates")),
            _Room("clauses.index", _("Bausteine"), ("can_list", "Clauses")),
        ),
    ),
    (
        _("Verzeichnisse"),
        (
            _Room("registers.index", _("Verzeichnisse"), ("can_list", "Registers")),
            _Room("rates.index", _("Sätze"), ("can_list", "Rates")),
        ),
    ),
    (
        _("Verwaltung"),
        (
            _Room("MembershipView.list", _("Personen und Rollen"), ("can_list", "MembershipView")),
            _Room("CooperationView.list", _("Träger"), ("can_list", "CooperationView")),
            _Room("TenantSettingsView.list", _("Mandant"), ("can_list", "TenantSettingsView")),
            _Room(
                "interfaces.index", _("Schnittstellen"), ("can_list", "Interfaces"), ("webhooks",)
            ),
            _Room("retention.index", _("Aufbewahrung"), ("can_list", "Retention")),
            _Room("archive_offers.index", _("Archivangebot"), ("can_list", "Retention")),
            _Room("erasure.index", _("Löschläufe"), ("can_list", "Retention")),
            _Room("integrity.index", _("Unversehrtheit"), ("can_list", "Integrity")),
            _Room("AuditView.list", _("Protokoll"), ("can_list", "AuditView")),
        ),
    ),
)


def navigation(endpoint: str, allowed: Callable[[str, str], bool]) -> list[Entry]:
    """Return the entries with the rooms that the person may enter, as seen from a page.

    ``endpoint`` is the page's own; ``allowed`` answers for a permission and the view it is of.
    """
    view = endpoint.partition(".")[0]
    entries = []
    for label, rooms in _ENTRIES:
        open_rooms = tuple(
            Room(room.endpoint, room.label, view in room.all_views)
            for room in rooms
            if allowed(*room.permission)
        )
        if open_rooms:
            entries.append(Entry(label if len(open_rooms) > 1 else open_rooms[0].label, open_rooms))
    return entries
