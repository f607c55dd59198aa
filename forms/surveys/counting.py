"""The result of one question: counts, shares and mean, of which nobody can work out a small one.

Beside the counts a reader sees shares and a mean, and each of them is an equation about the hidden
counts. So they are exact only where they say nothing of these; elsewhere they are a range that
everybody can work out from the counts that are shown. „Keine Angabe“ counts neither in shares nor
in the mean. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from forms.expressions.nodes import Json
from forms.expressions.rounding import round_half_up
from forms.statistics.suppression import hide_figures
from forms.surveys.items import Item

Range = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """How many gave one answer, and which share of those who answered, in percent.

    ``share_range`` stands for a share that would give a hidden count away.
    """

    label: str
    count: int | None
    share: Decimal | None
    share_range: Range | None = None


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The result of one question; None is hidden. ``mean`` is None too where there is none.

    ``mean_range`` stands for a mean that would give a hidden count away.
    """

    rows: tuple[AnswerRow, ...]
    no_answer: int | None
    answered: int | None
    mean: Decimal | None
    mean_range: Range | None = None

    @property
    def hides_something(self) -> bool:
        """Say whether a count is left out."""
        return self.no_answer is None or any(row.count is None for row in self.rows)


def count_item(item: Item, answers: Iterable[Mapping[str, Json]], threshold: int) -> ItemResult:
    """Return the result of a question over the evaluable questionnaires ``answers``."""
    given = [item.given(one) for one in answers]
    counts = [sum(option.value in one for one in given) for option in item.options]
    without = sum(not one for one in given)
    if len(given) < threshold:
        return _nothing(item)
    if item.takes_several:
        return _several(item, counts, len(given), threshold)
    return _single(item, [*counts, without], threshold)


def _nothing(item: Item) -> ItemResult:
    rows = tuple(AnswerRow(option.label, None, None) for option in item.options)
    return ItemResult(rows, None, None, None)


def _several(item: Item, counts: Sequence[int], total: int, threshold: int) -> ItemResult:
    """Each answer is a question of its own: how many gave it, and how many did not.

    Shares are of all questionnaires, because nobody knows whether who ticked nothing meant so. How
    many ticked nothing is not said: with the other counts it would bound a hidden one, or be
    bounded by them.
    """
    shown = [_yes_or_no(count, total, threshold) for count in counts]
    rows = tuple(
        AnswerRow(option.label, count, None if count is None else _share(count, total, 1))
        for option, count in zip(item.options, shown, strict=True)
    )
    return ItemResult(rows, None, None, None)


def _yes_or_no(count: int, total: int, threshold: int) -> int | None:
    hidden, _withheld = hide_figures(_layers([count, total - count]), threshold)
    return None if hidden else count


def _single(item: Item, counts: list[int], threshold: int) -> ItemResult:
    """``counts`` ends with those who gave no answer."""
    # These stand first here, so that they are hidden last: without them there is no exact share.
    hidden_places, withheld = hide_figures(_layers([counts[-1], *counts[:-1]]), threshold)
    if withheld:
        return _nothing(item)
    shown: list[int | None] = [
        None if (place + 1) % len(counts) in hidden_places else count
        for place, count in enumerate(counts)
    ]
    answered = None if shown[-1] is None else sum(counts[:-1])
    rows = tuple(
        _row(option.label, count, answered, (_least(shown), sum(counts)))
        for option, count in zip(item.options, shown, strict=False)
    )
    mean, mean_range = None, None
    if item.has_mean and _least(shown) >= threshold:
        if None in shown:
            mean_range = _mean_range(item, shown, sum(counts))
        else:
            mean = round_half_up(_mean(item, counts), 2)
    return ItemResult(rows, shown[-1], answered, mean, mean_range)


def _layers(counts: Sequence[int]) -> list[tuple[Decimal, ...]]:
    return [(Decimal(count),) for count in counts]


def _least(shown: Sequence[int | None]) -> int:
    """Return how many answered at least, as everybody can see."""
    return sum(count or 0 for count in shown[:-1])


def _row(label: str, count: int | None, answered: int | None, bounds: tuple[int, int]) -> AnswerRow:
    if count is None or answered is not None:
        return AnswerRow(label, count, None if count is None else _share(count, answered or 0, 1))
    least, most = bounds
    if not least:
        return AnswerRow(label, count, None)
    lowest = (Decimal(100) * count / most).to_integral_value(ROUND_FLOOR)
    highest = (Decimal(100) * count / least).to_integral_value(ROUND_CEILING)
    return AnswerRow(label, count, None, (lowest, highest))


def _share(count: int, whole: int, places: int) -> Decimal | None:
    return round_half_up(Decimal(100) * count / whole, places) if whole else None


def _mean(item: Item, counts: Sequence[int]) -> Decimal:
    weighted = (
        option.weight * count
        for option, count in zip(item.options, counts, strict=False)
        if option.weight is not None
    )
    return sum(weighted, Decimal(0)) / sum(counts[:-1])


def _mean_range(item: Item, shown: Sequence[int | None], total: int) -> Range:
    """Return between what the mean lies: all that is hidden may stand in any one hidden place."""
    rest = total - sum(count or 0 for count in shown)
    means = [
        _mean(item, [rest if other == place else count or 0 for other, count in enumerate(shown)])
        for place, hidden in enumerate(shown)
        if hidden is None
    ]
    tenth = Decimal("0.1")
    return min(means).quantize(tenth, ROUND_FLOOR), max(means).quantize(tenth, ROUND_CEILING)
