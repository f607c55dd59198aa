"""The navigation: what a person may enter, where they are, and what stands behind an entry."""

from __future__ import annotations

from app.navigation import Entry, navigation


def _all(permission: str, view: str) -> bool:
    del permission, view
    return True


def _labels(entries: list[Entry]) -> list[str]:
    return [entry.label for entry in entries]


def _current(endpoint: str) -> list[str]:
    entries = navigation(endpoint, _all)
    return [room.label for entry in entries for room in entry.rooms if room.is_current]


def test_an_entry_stands_there_when_one_of_its_rooms_is_open() -> None:
    entries = navigation("forms.index", lambda _, view: view in {"Forms", "Clauses"})
    assert _labels(entries) == ["Vordrucke", "Baukasten", "Bausteine"]
    assert entries[-1].rooms[0].endpoint == "clauses.index"


def test_several_rooms_share_an_entry_that_leads_to_the_first() -> None:
    entry = next(one for one in navigation("rates.show", _all) if one.label == "Verzeichnisse")
    assert [(room.label, room.is_current) for room in entry.rooms] == [
        ("Verzeichnisse", False),
        ("Sätze", True),
    ]
    assert entry.is_current


def test_a_page_lies_in_one_room_at_most() -> None:
    assert _current("webhooks.show") == ["Schnittstellen"]
    assert _current("filling.page") == ["Vordrucke"]
    assert _current("erasure.show") == ["Löschläufe"]
    assert _current("template_preview.show") == ["Vorlagen"]
    assert _current("start.home") == []


def test_every_page_about_templates_lies_among_them() -> None:
    for view in ("starting", "preview", "comparing", "clauses"):
        assert _current(f"template_{view}.show") == ["Vorlagen"]


def test_nobody_who_may_enter_nothing_sees_an_entry() -> None:
    assert navigation("tenant.dashboard", lambda _, view: view == "nothing") == []
