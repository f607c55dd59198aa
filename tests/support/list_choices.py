"""Lists to choose from that stand in memory, for tests of everything above them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from forms.fields.picked import PickedField
from forms.picking.choices import Choice, Choices, Found, Wish


class ListChoices(Choices):
    """The same entries for every field, offered in their order."""

    def __init__(self, *entries: Choice, day: date = date(2027, 3, 1)) -> None:
        self.entries: Sequence[Choice] = entries
        self.day = day

    def search(self, target: PickedField, wish: Wish, limit: int) -> Found:
        found = [
            one
            for one in self.entries
            if one.is_valid(self.day)
            and (one.is_own or not target.is_own)
            and (not wish.said or one.says(target.filter_column, wish.said))
            and all(word in one.name.lower() for word in wish.text.lower().split())
        ]
        return Found(tuple(found[:limit]), len(found))

    def with_keys(self, target: PickedField, keys: Collection[str]) -> Mapping[str, Choice]:
        return {one.key: one for one in self.entries if one.key in keys}

    def with_texts(self, target: PickedField, texts: Collection[str]) -> list[Choice]:
        wanted = {text.lower() for text in texts}
        return [
            one
            for one in self.entries
            if one.key in texts
            or one.name.lower() in wanted
            or f"{one.name}, {one.cells.get('funktion')}".lower() in wanted
        ]


def numbered(count: int) -> tuple[Choice, ...]:
    """Return ``count`` entries called Haus 000, Haus 001 …"""
    return tuple(Choice(f"haus-{number}", f"Haus {number:03}") for number in range(count))
