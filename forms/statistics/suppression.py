"""Hides small figures of a list so that they cannot be worked out from the others.

Whoever reads a list knows its total, every shown figure and this procedure. A procedure that looks
at hidden figures to decide what else to hide tells something of them by what it decides; so here
every decision rests on what the reader knows anyway, or leaves open what it was made of:

- Which further figures are hidden follows from their place, never from their size.
- Hidden figures stay so many that their sum leaves every one of them at least two values. Where
  it does not, another figure is hidden; the bar for that (`slack`) is wide enough that "below the
  bar" still means several values.
- Where nothing is left to hide, nothing of the list is shown, not even its zeros.

So the lists that look the same to a reader always hold every hidden figure in two values or more;
the tests ask every list of a size for that. ``docs/adr/0017`` has the argument.

Zero: nobody stands behind it, so it is shown. That no one of a group said "yes" can be learned
from a table; who must not learn even that must not ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

DEFAULT_THRESHOLD = 5
LOWEST_THRESHOLD = 3
HIGHEST_THRESHOLD = 50

SHARE = Decimal("0.05")
"""Hidden sums are at least this share of the whole, so that none is known to be nothing."""

Layers = Sequence[Sequence[Decimal]]
"""For each figure its values: submissions, then, if there is a measure, answers and sum."""
Parents = Sequence[tuple[str, ...]]


def hide_figures(
    layers: Layers, threshold: int, parents: Parents = ()
) -> tuple[frozenset[int], bool]:
    """Return which figures of a list with a known total are hidden, and whether all are.

    ``parents`` names for each figure the larger groups it is part of, outermost first (a month its
    year): those can be asked for by themselves too. Where such a group is hidden, so is all of it.
    True means that the list cannot be shown at all: not even its zeros. Sums are taken not to be
    negative.
    """
    every = frozenset(range(len(layers)))
    depth = max((len(path) for path in parents), default=0)
    hidden = _hide_below(layers, threshold, parents, sorted(every), depth, 0)
    return (every, True) if hidden is None else (hidden, False)


def _hide_below(
    layers: Layers, threshold: int, parents: Parents, places: list[int], depth: int, level: int
) -> frozenset[int] | None:
    """Hide among ``places``, whose total is known; None if nothing of them can be shown."""
    if level == depth:
        found = _hide_list([layers[place] for place in places], threshold)
        return None if found is None else frozenset(places[one] for one in found)
    groups: dict[str, list[int]] = {}
    for place in places:
        groups.setdefault(parents[place][level], []).append(place)
    members = list(groups.values())
    sums = [sum_layers([layers[place] for place in group]) for group in members]
    outer = _hide_list(sums, threshold)
    if outer is None:
        return None
    hidden: set[int] = set()
    for index, group in enumerate(members):
        inner = _hide_below(layers, threshold, parents, group, depth, level + 1)
        hidden |= set(group) if index in outer or inner is None else inner
    return frozenset(hidden)


def _hide_list(layers: Layers, threshold: int) -> frozenset[int] | None:
    hidden = _hide_counts([int(values[0]) for values in layers], threshold)
    if hidden is not None and layers and len(layers[0]) > 1:
        # What mere counting hides stays hidden beside a sum: nobody compares the two in vain.
        hidden = _hide_sums(layers, threshold, hidden)
    return None if hidden and len(hidden) == len(layers) else hidden


def _hide_counts(counts: Sequence[int], threshold: int) -> frozenset[int] | None:
    hidden = {place for place, count in enumerate(counts) if 0 < count < threshold}
    # The last first: "keine Angabe" stands there, which is missed least.
    others = [place for place, count in enumerate(counts) if count >= threshold]
    while hidden and not _leaves_open([counts[place] for place in hidden], threshold):
        if not others:
            return None
        hidden.add(others.pop())
    return frozenset(hidden)


def _leaves_open(hidden: Sequence[int], threshold: int) -> bool:
    """Say whether the sum of the hidden counts leaves every one several values.

    A reader may know which of them are small: these lie between 1 and the threshold, the others
    at the threshold or above.
    """
    bar = slack(threshold)
    small = [count for count in hidden if count < threshold]
    lowest = len(small) + threshold * (len(hidden) - len(small))
    if sum(hidden) - lowest < bar:
        return False
    return len(small) < len(hidden) or len(small) * (threshold - 1) - sum(small) >= bar


def slack(threshold: int) -> int:
    """Return by how much hidden counts exceed the least that they can be."""
    return max(2, threshold - 2)


def _hide_sums(layers: Layers, threshold: int, uncounted: frozenset[int]) -> frozenset[int] | None:
    """Hide beside ``uncounted`` the sums of few answers; None if no sum can be shown."""
    hidden = uncounted | {place for place, one in enumerate(layers) if 0 < one[1] < threshold}
    others = [
        place for place, one in enumerate(layers) if one[1] >= threshold and place not in hidden
    ]
    total = sum((one[2] for one in layers), Decimal(0))
    bar = max(total * SHARE, Decimal(2))
    while hidden and not (
        (uncounted or len(hidden) > 1)
        and (total <= 0 or sum((layers[place][2] for place in hidden), Decimal(0)) >= bar)
    ):
        if not others:
            return None
        hidden |= {others.pop()}
    return hidden


def sum_layers(layers: Iterable[Sequence[Decimal]]) -> tuple[Decimal, ...]:
    """Return the sum of figures, layer by layer."""
    return tuple(sum(values, Decimal(0)) for values in zip(*layers, strict=True))


def is_small(values: Sequence[Decimal], threshold: int) -> bool:
    """Say whether fewer submissions or answers than the threshold stand behind a figure."""
    return any(0 < count < threshold for count in values[:2])
