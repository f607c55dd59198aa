"""What may be chosen, and which entry is meant by what somebody typed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from forms.elements import PartValues
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.picked import FUNCTION, PickedField, not_in_list, picked_key, picked_value
from forms.fields.register_columns import NAME
from tenants.language import _

FEW = 50
"""Entries that are offered as a list to choose from; more are searched."""
SHOWN = 20
"""Entries that a search shows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry; ``cells`` hold what its columns say, as it is stored, by key."""

    key: str
    name: str
    cells: Mapping[str, Json] = field(default_factory=dict)
    valid_from: date | None = None
    valid_until: date | None = None
    """The first day on which it does not hold any more."""
    is_own: bool = True
    """Whether it belongs to the organisation that fills in."""

    def is_valid(self, day: date) -> bool:
        """Say whether the entry holds on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )

    def says(self, column: str, wanted: Collection[str]) -> bool:
        """Say whether ``column`` says one of ``wanted`` (in small letters)."""
        return str(self.cells.get(column, "")).lower() in wanted


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: the first entries by name, and how many there are in all."""

    choices: tuple[Choice, ...] = ()
    total: int = 0


def cleaned(typed: str) -> str:
    """Return ``typed`` with single spaces and without NUL, for which no database can be asked."""
    return " ".join(typed.replace("\0", "").split())


@dataclass(frozen=True, slots=True)
class Wish:
    """Which entries are looked for: those with every word of ``text``, and those that another
    answer leaves: ``said`` is what it says, in small letters, empty for no filter."""

    text: str = ""
    said: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", cleaned(self.text))


class Choices:
    """What may be chosen on ``day``; this one knows no list at all."""

    day: date = date(2026, 1, 15)

    def search(self, target: PickedField, wish: Wish, limit: int) -> Found:
        """Return entries that may be chosen now."""
        return Found()

    def with_keys(self, target: PickedField, keys: Collection[str]) -> Mapping[str, Choice]:
        """Return the entries with these keys that the acting side may see, ended ones too."""
        return {}

    def with_texts(self, target: PickedField, texts: Collection[str]) -> list[Choice]:
        """Return the entries whose key or name is one of ``texts``, ended ones too."""
        return []


NO_CHOICES = Choices()


def meant_by(typed: str) -> frozenset[str]:
    """Return the keys and names that ``typed`` may mean."""
    wanted = cleaned(typed)
    return frozenset({wanted, _key_behind(wanted), wanted.rpartition(" (")[0]} - {""})


def entry_text(choices: Choices, target: PickedField, value: object) -> str:
    """Return the text by which `read_pick` finds an answer again.

    It is the name if that is enough, else the name with the function or the key.
    """
    if not isinstance(value, PartValues):
        return ""
    key, name = picked_key(value), str(value.values.get(NAME, ""))
    function = value.values.get(FUNCTION)
    with_key = f"{name} ({key})".strip()
    for text in (name, f"{name}, {function}" if function else "", with_key, key):
        if text and _names(choices, target, text, key):
            return text
    return with_key


def _names(choices: Choices, target: PickedField, text: str, key: str) -> bool:
    try:
        return picked_key(read_pick(choices, target, text)) == key
    except EntryError:
        return False


def choice_texts(
    choices: Choices, target: PickedField, found: Collection[Choice]
) -> dict[str, str]:
    """Return the text of each found entry by key, as `entry_text` writes it."""
    choices.with_texts(target, {one.name for one in found})
    return {one.key: entry_text(choices, target, value_of(target, one)) for one in found}


def option_text(choice: Choice, others: Collection[Choice]) -> str:
    """Return how a choice is offered in a list with ``others``."""
    if choice.cells.get(FUNCTION):
        return f"{choice.name}, {choice.cells[FUNCTION]}"
    if sum(one.name == choice.name for one in others) > 1:
        return f"{choice.name} ({choice.key})"
    return choice.name


def read_pick(choices: Choices, target: PickedField, typed: str) -> PartValues | None:
    """Return the entry that ``typed`` names by its name, its key, or as ``Name (key)``.

    None for nothing. Raises `EntryError` for what names no entry, or several.
    """
    wanted = cleaned(typed)
    if not wanted:
        return None
    inner = _key_behind(wanted)
    found = choices.with_texts(target, meant_by(wanted))
    named = [one for one in found if one.key == wanted]
    named = named or [one for one in found if inner and one.key == inner and
                      wanted.lower() == f"{one.name} ({one.key})".lower()]  # fmt: skip
    named = named or _matching(choices, found, wanted)
    if len(named) != 1:
        raise _ambiguous(target, wanted) if named else not_in_list(target, wanted)
    return value_of(target, named[0])


def _matching(choices: Choices, found: list[Choice], wanted: str) -> list[Choice]:
    """Return the entries with that name, those alone that hold if there are any."""
    named = [one for one in found if wanted.lower() in (one.name.lower(), _with_function(one))]
    valid = [one for one in named if one.is_valid(choices.day)]
    return valid or named


def _with_function(choice: Choice) -> str:
    return f"{choice.name}, {choice.cells.get(FUNCTION, '')}".lower()


def _key_behind(text: str) -> str:
    _name, bracket, rest = text.rpartition(" (")
    return rest[:-1] if bracket and rest.endswith(")") else ""


def _ambiguous(target: PickedField, typed: str) -> EntryError:
    return EntryError(
        _("„{typed}“ gibt es bei „{label}“ mehrmals. Bitte wählen Sie einen der Einträge.").format(
            typed=typed[:60], label=target.label
        )
    )


def value_of(target: PickedField, choice: Choice) -> PartValues:
    """Return the answer that names ``choice``."""
    return picked_value(target, choice.key, choice.name, choice.cells)
