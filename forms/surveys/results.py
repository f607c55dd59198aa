"""The result of a wave as it is shown and kept, and waves beside each other. Pure.

What is hidden is not in it, so it can be kept when the single answers are gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from forms.expressions.nodes import Json
from forms.statistics.tables import ResultTable, dump_table, load_table
from forms.surveys.counting import AnswerRow, ItemResult, Range
from forms.surveys.items import Item, ItemOption
from forms.surveys.returns import Returns


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupReturns:
    """The returns of one group; None where they are not shown."""

    title: str
    issued: int
    returned: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMean:
    """The mean of one question in one group; None where too few answered it."""

    label: str
    answered: int | None
    mean: Decimal | None
    whole_mean: Decimal | None
    """Of the whole wave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveResult:
    """Everything that is known of a completed wave."""

    returns: Returns
    threshold: int
    items: tuple[tuple[Item, ItemResult], ...]
    groups: tuple[GroupReturns, ...] = ()
    cross_tables: tuple[ResultTable, ...] = ()
    reports: Mapping[str, tuple[GroupMean, ...]] | None = None
    """The means of released groups by group id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One question over several waves. ``results`` has one entry for each wave.

    None stands where the wave did not ask it, or asked otherwise: ``changed`` tells those.
    """

    item: Item
    results: tuple[ItemResult | None, ...]
    changed: tuple[bool, ...]

    @property
    def is_comparable(self) -> bool:
        """Say whether at least two waves asked the same."""
        return sum(result is not None for result in self.results) > 1


def compare_waves(waves: Sequence[WaveResult]) -> tuple[Compared, ...]:
    """Return the questions of the last of ``waves``, each with what earlier ones say of it."""
    if not waves:
        return ()
    compared = []
    for item, _result in waves[-1].items:
        results: list[ItemResult | None] = []
        changed: list[bool] = []
        for wave in waves:
            found = next(((one, said) for one, said in wave.items if one.id == item.id), None)
            is_same = found is not None and found[0].signature == item.signature
            results.append(found[1] if found is not None and is_same else None)
            changed.append(found is not None and not is_same)
        compared.append(Compared(item=item, results=tuple(results), changed=tuple(changed)))
    return tuple(compared)


# ---- as they are kept


def dump_result(result: WaveResult) -> dict[str, Json]:
    """Return a result as it is stored."""
    returns = result.returns
    return {
        "returns": [returns.issued, returns.returned, returns.evaluable, returns.paper],
        "threshold": result.threshold,
        "items": [{"item": _dump_item(item), "result": _dump(said)} for item, said in result.items],
        "groups": [[one.title, one.issued, one.returned] for one in result.groups],
        "cross_tables": [dump_table(table) for table in result.cross_tables],
        "reports": {
            identity: [_dump_mean(one) for one in means]
            for identity, means in (result.reports or {}).items()
        },
    }


def _dump_item(item: Item) -> Json:
    return {
        "id": item.id,
        "key": item.key,
        "label": item.label,
        "section": item.section,
        "type": item.type,
        "options": [
            [one.value, one.label, None if one.weight is None else str(one.weight)]
            for one in item.options
        ],
    }


def _dump(result: ItemResult) -> Json:
    return {
        "rows": [
            [row.label, row.count, _text(row.share), _dump_range(row.share_range)]
            for row in result.rows
        ],
        "no_answer": result.no_answer,
        "answered": result.answered,
        "mean": _text(result.mean),
        "mean_range": _dump_range(result.mean_range),
    }


def _dump_range(between: Range | None) -> Json:
    return None if between is None else [str(end) for end in between]


def _dump_mean(mean: GroupMean) -> Json:
    return [mean.label, mean.answered, _text(mean.mean), _text(mean.whole_mean)]


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def load_result(stored: Mapping[str, Json]) -> WaveResult:
    """Return a stored result. Raises KeyError for anything else."""
    issued, returned, evaluable, paper = (_whole(one) or 0 for one in _list(stored["returns"]))
    reports = stored["reports"]
    return WaveResult(
        returns=Returns(issued=issued, returned=returned, evaluable=evaluable, paper=paper),
        threshold=_whole(stored["threshold"]) or 0,
        items=tuple(
            (_load_item(_object(one["item"])), _load(_object(one["result"])))
            for one in map(_object, _list(stored["items"]))
        ),
        groups=tuple(
            GroupReturns(title=str(title), issued=_whole(asked) or 0, returned=_whole(came))
            for title, asked, came in map(_list, _list(stored["groups"]))
        ),
        cross_tables=tuple(load_table(_object(one)) for one in _list(stored["cross_tables"])),
        reports={
            identity: tuple(_load_mean(_list(one)) for one in _list(means))
            for identity, means in _object(reports).items()
        },
    )


def _load_item(stored: Mapping[str, Json]) -> Item:
    return Item(
        id=str(stored["id"]),
        key=str(stored["key"]),
        label=str(stored["label"]),
        section=str(stored["section"]),
        type=str(stored["type"]),
        options=tuple(
            ItemOption(value=str(value), label=str(label), weight=_number(weight))
            for value, label, weight in map(_list, _list(stored["options"]))
        ),
    )


def _load(stored: Mapping[str, Json]) -> ItemResult:
    return ItemResult(
        rows=tuple(
            AnswerRow(str(label), _whole(count), _number(share), _load_range(*between))
            for label, count, share, *between in map(_list, _list(stored["rows"]))
        ),
        no_answer=_whole(stored["no_answer"]),
        answered=_whole(stored["answered"]),
        mean=_number(stored["mean"]),
        mean_range=_load_range(stored.get("mean_range")),
    )


def _load_range(stored: Json = None) -> Range | None:
    """Return a range; results of earlier days have none."""
    ends = [Decimal(str(end)) for end in _list(stored)]
    return (ends[0], ends[1]) if len(ends) == 2 else None


def _load_mean(stored: Sequence[Json]) -> GroupMean:
    label, answered, mean, whole_mean = stored
    return GroupMean(
        label=str(label),
        answered=_whole(answered),
        mean=_number(mean),
        whole_mean=_number(whole_mean),
    )


def _whole(stored: Json) -> int | None:
    return stored if isinstance(stored, int) else None


def _number(stored: Json) -> Decimal | None:
    return Decimal(stored) if isinstance(stored, str) else None


def _list(stored: Json) -> list[Json]:
    return stored if isinstance(stored, list) else []


def _object(stored: Json) -> dict[str, Json]:
    return stored if isinstance(stored, dict) else {}
