"""Which clauses stand in a document, and in which variant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set

from document_templates.clauses.content import ClauseContent
from forms.expressions.operands import ExpressionError

GROUP = "baustein"
"""The group of the template context that holds the chosen variants by key of the clause."""

Holds = Callable[[str], bool]
Clauses = Mapping[str, ClauseContent]
Choice = dict[str, str | None]


def choose_clauses(clauses: Clauses, holds: Holds, wanted: Set[str]) -> Choice:
    """Return the variant of each clause for a document, None for one that falls away.

    ``holds`` answers a condition; ``wanted`` are the keys of the optional clauses that somebody
    chose. A condition that does not fit the answers after all does not hold.
    """
    return {key: _variant(key, content, holds, wanted) for key, content in clauses.items()}


def _variant(key: str, content: ClauseContent, holds: Holds, wanted: Set[str]) -> str | None:
    if content.kind == "optional" and key not in wanted:
        return None
    if not _safely(holds, content.condition):
        return None
    return next(one.key for one in content.variants if _safely(holds, one.condition))


def _safely(holds: Holds, condition: str) -> bool:
    try:
        return holds(condition)
    except ExpressionError:
        return False


def trial_choices(clauses: Clauses, least: int = 0) -> Iterator[Choice]:
    """Yield choices in which every variant stands once and every clause that can falls away.

    At least ``least`` of them, so that each goes with one set of trial data.
    """
    possible: dict[str, list[str | None]] = {}
    for key, content in clauses.items():
        possible[key] = [variant.key for variant in content.variants]
        if not content.is_certain:
            possible[key].append(None)
    turns = max([least, 1, *map(len, possible.values())])
    for turn in range(turns):
        yield {key: variants[turn % len(variants)] for key, variants in possible.items()}
