"""What an expression depends on, and the order in which a form's values can be computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from forms.expressions.nodes import Name, Node, Path, walk


class DependencyCycleError(ValueError):
    """Values depend on each other in a circle; ``chain`` begins and ends with the same name."""

    def __init__(self, chain: tuple[str, ...]) -> None:
        super().__init__(" → ".join(chain))
        self.chain = chain


def names_used(node: Node) -> frozenset[str]:
    """Return every name and dotted path that ``node`` reads."""
    return frozenset(
        part.name if isinstance(part, Name) else ".".join(part.parts)
        for part, _depth in walk(node)
        if isinstance(part, Name | Path)
    )


def evaluation_order(dependencies: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the names so that each stands after all it depends on; the order is deterministic.

    Raises :class:`DependencyCycleError`, with the chain read as "a needs b needs … a".
    """
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, needed in dependencies.items():
        sorter.add(name, *sorted(needed))
    try:
        return tuple(sorter.static_order())
    except CycleError as error:
        chain: list[str] = error.args[1]
        raise DependencyCycleError(tuple(reversed(chain))) from error
