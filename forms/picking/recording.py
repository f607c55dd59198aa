"""What was recorded of chosen entries: refreshed from their lists until it is handed over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from forms.definition import FormDefinition
from forms.elements import Field, RepeatField
from forms.expressions.nodes import Json
from forms.fields.picked import PickedField
from forms.fields.register_columns import KEY
from forms.fields.registry import dump_scalar
from forms.picking.choices import Choice, Choices, value_of


@dataclass(frozen=True, slots=True)
class Recorded:
    """Keys that were recorded before for each field (by its id): they hold as they stand."""

    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def has(self, target: PickedField, key: str) -> bool:
        """Say whether the entry ``key`` was recorded for ``target`` before."""
        return key in self.keys.get(target.id, frozenset())


def recorded_picks(definition: FormDefinition, answers: Mapping[str, Json]) -> Recorded:
    """Return the keys that stored ``answers`` hold for each field."""
    keys: dict[str, set[str]] = {}
    for target in definition.fields.values():
        _note_keys(target, answers.get(target.key), keys)
    return Recorded({identity: frozenset(found) for identity, found in keys.items()})


def _note_keys(target: Field, stored: Json, keys: dict[str, set[str]]) -> None:
    if isinstance(target, PickedField) and isinstance(stored, dict):
        keys.setdefault(target.id, set()).add(str(stored.get(KEY, "")))
    elif isinstance(target, RepeatField) and isinstance(stored, list):
        for row in stored:
            for column in target.fields if isinstance(row, dict) else ():
                _note_keys(column, row.get(column.key) if isinstance(row, dict) else None, keys)


def refreshed_answers(
    definition: FormDefinition,
    answers: Mapping[str, Json],
    keys: Collection[str],
    choices: Choices,
    recorded: Recorded,
) -> Mapping[str, Json]:
    """Return ``answers`` with the entries chosen in the fields ``keys`` as their lists are now.

    Nobody but the list says what its columns say: what was sent besides the key is replaced.
    What was ``recorded`` before stays, and so does what the list does not know.
    """
    chosen = recorded_picks(
        definition, {key: value for key, value in answers.items() if key in keys}
    ).keys
    if not chosen:
        return answers
    refresher = _Refresher(choices, chosen, recorded)
    return {
        key: refresher.value(definition.fields[key], value)
        if key in keys and key in definition.fields
        else value
        for key, value in answers.items()
    }


class _Refresher:
    """Puts what the lists say in the place of what was stored; asks each list once."""

    def __init__(
        self, choices: Choices, chosen: Mapping[str, frozenset[str]], recorded: Recorded
    ) -> None:
        self._choices, self._chosen, self._recorded = choices, chosen, recorded
        self._known: dict[str, Mapping[str, Choice]] = {}

    def value(self, target: Field, stored: Json) -> Json:
        """Return the stored answer of ``target`` refreshed."""
        if isinstance(target, RepeatField) and isinstance(stored, list):
            return [self._row(target, row) for row in stored]
        if not isinstance(target, PickedField) or not isinstance(stored, dict):
            return stored
        key = str(stored.get(KEY, ""))
        if not key or self._recorded.has(target, key):
            return stored
        if target.id not in self._known:
            wanted = self._chosen.get(target.id, frozenset())
            self._known[target.id] = self._choices.with_keys(target, wanted)
        choice = self._known[target.id].get(key)
        return stored if choice is None else dump_scalar(target, value_of(target, choice))

    def _row(self, group: RepeatField, row: Json) -> Json:
        if not isinstance(row, dict):
            return row
        return {
            key: self.value(group.columns[key], value) if key in group.columns else value
            for key, value in row.items()
        }
