"""Three-way merge of draft answers, for two tabs or two people on one draft.

Answers are merged leaf by leaf: a field, a field of a row (rows are told by their ``_id``), a
cell of a matrix, a part of a field of several parts. What only one side changed is taken; what
both changed alike is taken; what both changed differently is a conflict, and mine stands in the
answers until a person decides. A choice of several boxes is one leaf, „nicht erhoben“ with its
reason and an entry of a list with its name too. No edit is ever dropped silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forms.elements import ROW_ID
from forms.expressions.nodes import Json
from forms.fields.not_recorded import is_not_recorded
from forms.fields.picked import is_picked

Object = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides changed ``path`` differently. None says that the side has no answer there.

    Paths of rows carry the row's id, not its number, since the sides may number differently:
    ``kosten[6f1c…].betrag``; ``kosten[6f1c…]`` is a row that one side removed and the other
    changed; ``kosten`` means that both put the rows in different orders.
    """

    path: str
    mine: Json
    theirs: Json


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged answers and what is left to decide."""

    answers: dict[str, Json]
    conflicts: tuple[Conflict, ...]


def merge_answers(
    base: Mapping[str, Json],
    mine: Mapping[str, Json],
    theirs: Mapping[str, Json],
    sides: Mapping[str, str] | None = None,
) -> Merge:
    """Merge what ``mine`` and ``theirs`` made of ``base``; in a conflict mine is kept.

    ``sides`` settles conflicts that a person has decided: by path ``mine`` or ``stored``
    (theirs). A settled path is no conflict any more.
    """
    merger = _Merger(sides or {})
    answers = merger.objects("", dict(base), dict(mine), dict(theirs))
    return Merge(answers, tuple(merger.conflicts))


class _Merger:
    """Collects the conflicts of one merge."""

    def __init__(self, sides: Mapping[str, str]) -> None:
        self.conflicts: list[Conflict] = []
        self._sides = sides

    def _takes_stored(self, path: str, mine: Json, theirs: Json) -> bool:
        """Say whether the stored side was chosen; note the conflict if nobody has decided."""
        side = self._sides.get(path)
        if side is None:
            self.conflicts.append(Conflict(path, mine, theirs))
        return side == "stored"

    def objects(self, path: str, base: Object, mine: Object, theirs: Object) -> Object:
        """Merge two objects key by key; null and absent are the same."""
        merged: Object = {}
        for key in _union(mine, theirs, base):
            inner = f"{path}.{key}" if path else key
            value = self._values(inner, base.get(key), mine.get(key), theirs.get(key))
            if value is not None:
                merged[key] = value
        return merged

    def _values(self, path: str, base: Json, mine: Json, theirs: Json) -> Json:
        if mine == theirs or theirs == base:
            return mine
        if mine == base:
            return theirs
        present = [value for value in (base, mine, theirs) if value is not None]
        if all(isinstance(value, dict) and not _is_one_thing(value) for value in present):
            return self.objects(path, _object(base), _object(mine), _object(theirs)) or None
        if all(_is_rows(value) for value in present):
            return self._rows(path, _rows(base), _rows(mine), _rows(theirs))
        return theirs if self._takes_stored(path, mine, theirs) else mine

    def _rows(
        self, path: str, base: dict[str, Object], mine: dict[str, Object], theirs: dict[str, Object]
    ) -> Json:
        merged: dict[str, Object] = {}
        for identity in _union(mine, theirs, base):
            row = self._row(
                f"{path}[{identity}]",
                base.get(identity),
                mine.get(identity),
                theirs.get(identity),
            )
            if row is not None:
                merged[identity] = row
        return [merged[identity] for identity in self._order(path, merged, base, mine, theirs)]

    def _row(
        self, path: str, base: Object | None, mine: Object | None, theirs: Object | None
    ) -> Object | None:
        if mine is not None and theirs is not None:
            return self.objects(path, base or {}, mine, theirs)
        kept = mine if mine is not None else theirs
        if base is None or kept is None:
            return kept
        if kept == base:
            return None
        # One side removed the row, the other worked on it: the work stays until someone decides.
        if path in self._sides:
            return theirs if self._takes_stored(path, _json(mine), _json(theirs)) else mine
        self.conflicts.append(Conflict(path, _json(mine), _json(theirs)))
        return kept

    def _order(
        self,
        path: str,
        merged: Iterable[str],
        base: dict[str, Object],
        mine: dict[str, Object],
        theirs: dict[str, Object],
    ) -> list[str]:
        """Return the row ids: in the order of the side that moved rows, new rows after their
        predecessor."""
        wanted = set(merged)
        common = [identity for identity in base if identity in mine and identity in theirs]
        shared = set(common)
        my_order = [identity for identity in mine if identity in shared]
        their_order = [identity for identity in theirs if identity in shared]
        first, second = list(mine), list(theirs)
        if my_order == common and their_order != common:
            first, second = second, first
        elif their_order not in (common, my_order):
            if self._takes_stored(path, list(my_order), list(their_order)):
                first, second = second, first
        elif list(mine) == list(base):
            first, second = second, first
        return _woven([item for item in first if item in wanted], second, wanted)


def _woven(order: list[str], other: Sequence[str], wanted: set[str]) -> list[str]:
    """Insert the wanted ids of ``other`` that ``order`` lacks, each after its predecessor there.

    Those before the first that both have stand at the end.
    """
    present = set(order)
    following: dict[str, list[str]] = {}
    homeless: list[str] = []
    place = homeless
    for identity in other:
        if identity in present:
            place = following.setdefault(identity, [])
        elif identity in wanted:
            place.append(identity)
    woven = [item for known in order for item in (known, *following.get(known, ()))]
    return [*woven, *homeless]


def _is_one_thing(value: Object) -> bool:
    return is_not_recorded(value) or is_picked(value)


def _union(*objects: Mapping[str, object]) -> list[str]:
    return list(dict.fromkeys(key for item in objects for key in item))


def _object(value: Json) -> Object:
    return value if isinstance(value, dict) else {}


def _json(row: Object | None) -> Json:
    return row


def _is_rows(value: Json) -> bool:
    """Say whether ``value`` is a list of rows that all have an id of their own."""
    if not isinstance(value, list):
        return False
    identities = [row.get(ROW_ID) if isinstance(row, dict) else None for row in value]
    return all(isinstance(item, str) and item for item in identities) and len(
        {str(item) for item in identities}
    ) == len(value)


def _rows(value: Json) -> dict[str, Object]:
    rows = value if isinstance(value, list) else []
    return {str(row[ROW_ID]): row for row in rows if isinstance(row, dict)}
