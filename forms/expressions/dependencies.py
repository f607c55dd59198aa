"""What an expression depends on, and the order in which a form's values can be computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from forms.expressions.nodes import Aggregate, Call, Constant, Name, Node, Path, children, walk

ROW = "zeile"
"""The row in which an expression stands, or over which an aggregate runs."""
OUTER = "uebergeordnet"
"""The row in which the group of that row stands."""
OWN = "diese"
"""Inside an aggregate: the row in which the whole expression stands."""
ROW_WORDS = frozenset({ROW, OUTER, OWN})

_RATE_FUNCTIONS = frozenset({"satz", "satznummer"})

IsGroup = Callable[[str], bool]


class DependencyCycleError(ValueError):
    """Values depend on each other in a circle; ``chain`` begins and ends with the same name."""

    def __init__(self, chain: tuple[str, ...]) -> None:
        super().__init__(" → ".join(chain))
        self.chain = chain


def names_used(node: Node, is_group: IsGroup | None = None) -> frozenset[str]:
    """Return every name and dotted path that ``node`` reads.

    Inside an aggregate they are resolved: ``zeile.preis`` over ``kosten`` is ``kosten.preis``.
    Whether ``maximum(zeile.a, zeile.b)`` runs over a group ``zeile.a`` is for ``is_group`` to
    say; without it a plain name is taken for a group and a path for a value.
    """
    return frozenset(_names(node, is_group or (lambda name: "." not in name), ""))


def _names(node: Node, is_group: IsGroup, group: str) -> Iterator[str]:
    match node:
        case Name(name):
            yield name
        case Path(parts):
            yield _resolved(parts, group)
        case Aggregate(_, source, value, only):
            yield from _names(source, is_group, group)
            name = next(_names(source, is_group, group))
            inner = name if only is not None or is_group(name) else group
            for part in (value, only):
                if part is not None:
                    yield from _names(part, is_group, inner)
        case _:
            for child in children(node):
                yield from _names(child, is_group, group)


def _resolved(parts: tuple[str, ...], group: str) -> str:
    """Return a path as it is called outside of the aggregate over ``group``, if it is in one."""
    first, *rest = parts
    if not group or first not in ROW_WORDS:
        return ".".join(parts)
    if first == OWN:
        return ".".join([ROW, *rest])
    if first == OUTER:
        group = _outer_group(group)
        while rest[0] == OUTER:
            group, rest = _outer_group(group), rest[1:]
    return ".".join([group, *rest])


def _outer_group(group: str) -> str:
    """Return the row or group in which ``group`` stands; a group at the top stands in none."""
    if group == ROW:
        return OUTER
    if group == OUTER or group.endswith(f".{OUTER}"):
        return f"{group}.{OUTER}"
    return group.rpartition(".")[0] or f"{group}.{OUTER}"


def mentions_row(node: Node) -> bool:
    """Say whether ``node`` reads a row."""
    return any(isinstance(part, Path) and part.parts[0] in ROW_WORDS for part, _depth in walk(node))


def rate_keys(node: Node) -> frozenset[str]:
    """Return the keys of the rate tables that ``node`` asks for."""
    return frozenset(
        part.arguments[0].value
        for part, _depth in walk(node)
        if isinstance(part, Call)
        and part.function in _RATE_FUNCTIONS
        and isinstance(part.arguments[0], Constant)
        and isinstance(part.arguments[0].value, str)
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
