"""The result of one question: counts, shares and mean, of which nobody can work out a small one.

Beside the counts a reader sees shares and a mean, and each of them is an equation about the hidden
counts. So they are published only as exactly as leaves every hidden count at least two values: the
exact ones first, then rounder ones, then none. „Keine Angabe“ counts neither in shares nor in the
mean. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, product

from forms.expressions.nodes import Json
from forms.expressions.rounding import round_half_up
from forms.statistics.suppression import hide_figures
from forms.surveys.items import Item

Precision = tuple[int | None, int | None]
PRECISIONS: tuple[Precision, ...] = ((1, 2), (1, 1), (0, 1), (0, None), (None, None))
"""Places of shares and mean, None where they are not shown; the first that is safe is taken."""
_MOST_CHANGED = 3
_SHIFTS = (-2, -1, 1, 2)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """How many gave one answer, and which share of those who answered, in percent."""

    label: str
    count: int | None
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The result of one question; None is hidden. ``mean`` is None too where there is none."""

    rows: tuple[AnswerRow, ...]
    no_answer: int | None
    answered: int | None
    mean: Decimal | None

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
    hidden, withheld = hide_figures(_layers(counts), threshold)
    if withheld:
        return _nothing(item)
    weights = [option.weight for option in item.options]
    precision = next(
        (one for one in PRECISIONS if _is_safe(counts, weights, hidden, one)), PRECISIONS[-1]
    )
    shares, mean = _published(counts, weights, hidden, precision)
    answered = sum(counts[:-1])
    rows = tuple(
        AnswerRow(option.label, None if place in hidden else counts[place], shares[place])
        for place, option in enumerate(item.options)
    )
    is_without_hidden = len(counts) - 1 in hidden
    mean = mean if item.has_mean and answered >= threshold else None
    return ItemResult(
        rows,
        None if is_without_hidden else counts[-1],
        None if is_without_hidden else answered,
        mean,
    )


def _layers(counts: Sequence[int]) -> list[tuple[Decimal, ...]]:
    return [(Decimal(count),) for count in counts]


Published = tuple[tuple[Decimal | None, ...], Decimal | None]


def _published(
    counts: Sequence[int],
    weights: Sequence[Decimal | None],
    hidden: frozenset[int],
    precision: Precision,
) -> Published:
    """Return shares and mean as a reader sees them."""
    answered = sum(counts[:-1])
    places, mean_places = precision
    shares = tuple(
        None if place in hidden or places is None else _share(count, answered, places)
        for place, count in enumerate(counts[:-1])
    )
    weighted = [
        weight * count for weight, count in zip(weights, counts, strict=False) if weight is not None
    ]
    mean = None
    if weighted and answered and mean_places is not None:
        mean = round_half_up(sum(weighted, Decimal(0)) / answered, mean_places)
    return shares, mean


def _share(count: int, whole: int, places: int) -> Decimal | None:
    return round_half_up(Decimal(100) * count / whole, places) if whole else None


def _is_safe(
    counts: Sequence[int],
    weights: Sequence[Decimal | None],
    hidden: frozenset[int],
    precision: Precision,
) -> bool:
    """Say whether every hidden count could be another one, for all that is published."""
    seen = _published(counts, weights, hidden, precision)
    open_ = set(hidden)
    for other in _others(counts, sorted(hidden)):
        if not open_:
            break
        changed = {place for place in open_ if other[place] != counts[place]}
        if changed and _published(other, weights, hidden, precision) == seen:
            open_ -= changed
    return not open_


def _others(counts: Sequence[int], hidden: Sequence[int]) -> Iterator[list[int]]:
    """Yield counts that differ from ``counts`` a little at hidden places; none is below one."""
    for size in range(2, _MOST_CHANGED + 1):
        for places in combinations(hidden, size):
            for shifts in product(_SHIFTS, repeat=size):
                if sum(shifts):
                    continue
                other = list(counts)
                for place, shift in zip(places, shifts, strict=True):
                    other[place] += shift
                if min(other[place] for place in places) >= 1:
                    yield other
