"""Hides small figures of a table so that they cannot be worked out from the others.

A table with margins is a circulation: rows, columns and the two totals are nodes, every figure is
a current from one node to another, and what flows in flows out. Who reads the table knows all
shown currents. A hidden one can be worked out exactly when no other circulation fits what is
shown, that is, when it lies on no cycle of the residual graph; so hiding a figure means hiding a
cheapest cycle through it.

What the reader is assumed to know: this procedure, every shown figure, and that a hidden count is
at least one, because zeros are always shown. Sums are assumed not to be negative.

Zero: nobody stands behind it, so it is shown and never hidden. That no one of a group said "yes"
can be learned from a table; who must not learn even that must not ask for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from heapq import heappop, heappush

DEFAULT_THRESHOLD = 5
LOWEST_THRESHOLD = 3
HIGHEST_THRESHOLD = 50

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Edge:
    """A figure of the table as a current from ``tail`` to ``head``.

    ``values`` holds one value for each layer (submissions, answers, sum). ``is_fixed`` figures
    are shown in any case, because they are known from elsewhere; ``is_hidden`` ones are not shown.
    """

    tail: int
    head: int
    values: tuple[Decimal, ...]
    is_hidden: bool = False
    is_fixed: bool = False

    @property
    def is_empty(self) -> bool:
        """Say whether no submission stands behind the figure: then it is shown."""
        return self.values[0] == 0


@dataclass(frozen=True, slots=True)
class Step:
    """One way to walk the residual graph: along a current (more of it) or against it (less)."""

    edge: int
    target: int


@dataclass(frozen=True, slots=True)
class Hidden:
    """Which figures of a cross table are not shown, margins by row and column.

    ``withheld`` says that nothing between the margins is shown, because it could be worked out.
    """

    cells: frozenset[Place]
    rows: frozenset[int]
    columns: frozenset[int]
    withheld: bool = False


Layers = Sequence[Sequence[Decimal]]
Parents = Sequence[tuple[str, ...]]


def hide_figures(
    layers: Layers, threshold: int, parents: Parents = ()
) -> tuple[frozenset[int], bool]:
    """Return which figures of a list with a known total are hidden, and whether all are.

    ``layers`` holds for each figure its values: submissions, then, if there is a measure, answers
    and sum. The total is taken as known. ``parents`` names for each figure the larger groups it
    is part of, outermost first (a month its year): those can be asked for by themselves too.
    True means that the list cannot be shown at all: not even its zeros.
    """
    every = frozenset(range(len(layers)))
    counts = [values[:1] for values in layers]
    hidden = _hide_list(counts, threshold, parents, frozenset())
    if hidden is not None and len(layers[0]) > 1:
        # What mere counting hides stays hidden beside a sum: nobody compares the two in vain.
        hidden = _hide_list(layers, threshold, parents, hidden)
    return (every, True) if hidden is None else (hidden, False)


def _hide_list(
    layers: Layers, threshold: int, parents: Parents, already: frozenset[int]
) -> frozenset[int] | None:
    """Return the hidden figures of a list, None if it cannot be protected."""
    nodes = _Nodes()
    edges = [
        _edge(nodes[path], nodes["end"], values, threshold, index in already)
        for index, (values, path) in enumerate(
            zip(layers, parents or [()] * len(layers), strict=True)
        )
    ]
    depth = max((len(path) for path in parents), default=0)
    for level in range(1, depth + 1):
        groups: dict[tuple[str, ...], list[Sequence[Decimal]]] = {}
        for path, values in zip(parents, layers, strict=True):
            groups.setdefault(path[:level], []).append(values)
        sums = [_sums(values) for values in groups.values()]
        outer, withheld = hide_figures(sums, threshold, [path[:-1] for path in groups])
        if withheld:
            return None
        edges += [
            Edge(nodes[path[:-1]], nodes[path], values, index in outer, is_fixed=True)
            for index, (path, values) in enumerate(zip(groups, sums, strict=True))
        ]
    edges.append(Edge(nodes["end"], nodes[()], _sums(layers), is_fixed=True))
    done = _protect(edges)
    if done is None:
        return None
    return frozenset(index for index in range(len(layers)) if done[index].is_hidden)


class _Nodes(dict[object, int]):
    """Numbers for nodes, given out when they are first asked for."""

    def __missing__(self, key: object) -> int:
        self[key] = len(self)
        return self[key]


def hide_cells(table: Sequence[Layers], threshold: int) -> Hidden:
    """Return what is hidden of a cross table with known total: ``table[row][column]`` in layers.

    The margins are lists that can be asked for by themselves, so they are hidden as those are, no
    more and no less; otherwise the one would give the other away.
    """
    counts = [[values[:1] for values in row] for row in table]
    hidden = _hide_table(counts, threshold, frozenset())
    if hidden.withheld or len(table[0][0]) == 1:
        return hidden
    return _hide_table(table, threshold, hidden.cells)


def _hide_table(table: Sequence[Layers], threshold: int, already: frozenset[Place]) -> Hidden:
    row_totals = [_sums(row) for row in table]
    column_totals = [_sums([row[index] for row in table]) for index in range(len(table[0]))]
    rows, rows_withheld = hide_figures(row_totals, threshold)
    columns, columns_withheld = hide_figures(column_totals, threshold)
    every = sorted(
        (row, column) for row in range(len(row_totals)) for column in range(len(column_totals))
    )
    withheld = Hidden(frozenset(every), rows, columns, withheld=True)
    if rows_withheld or columns_withheld:
        return withheld
    nodes = _Nodes()
    edges = [
        _edge(
            nodes["row", row],
            nodes["column", column],
            table[row][column],
            threshold,
            (row, column) in already,
        )
        for row, column in every
    ]
    edges += [
        Edge(nodes["rows"], nodes["row", row], values, row in rows, is_fixed=True)
        for row, values in enumerate(row_totals)
    ]
    edges += [
        Edge(nodes["column", column], nodes["columns"], values, column in columns, is_fixed=True)
        for column, values in enumerate(column_totals)
    ]
    edges.append(Edge(nodes["columns"], nodes["rows"], _sums(row_totals), is_fixed=True))
    done = _protect(edges)
    if done is None:
        return withheld
    hidden = (place for place, edge in zip(every, done, strict=False) if edge.is_hidden)
    return Hidden(frozenset(hidden), rows, columns)


def _sums(layers: Layers) -> tuple[Decimal, ...]:
    return tuple(sum(values, Decimal(0)) for values in zip(*layers, strict=True))


def _edge(tail: int, head: int, values: Sequence[Decimal], threshold: int, is_hidden: bool) -> Edge:
    submissions, *rest = values
    answers = rest[0] if rest else Decimal(0)
    small = 0 < submissions < threshold or 0 < answers < threshold
    return Edge(tail, head, tuple(values), is_hidden=small or is_hidden)


def _protect(edges: list[Edge]) -> list[Edge] | None:
    """Hide edges until each hidden one can take another value; None if that cannot be.

    What is protected stays so when more is hidden, so each edge is looked at once in each layer.
    """
    edges = list(edges)
    layers = range(len(edges[0].values))
    networks = [_Network(edges, layer) for layer in layers]
    pending = [
        (index, layer) for layer in layers for index, edge in enumerate(edges) if edge.is_hidden
    ]
    while pending:
        index, layer = pending.pop()
        cycle = networks[layer].cheapest_cycle(index)
        if cycle is None:
            return None
        for other in cycle:
            if not edges[other].is_hidden:
                edges[other] = replace(edges[other], is_hidden=True)
                pending += [(other, one) for one in layers]
    return edges


class _Network:
    """The residual graph of one layer. It follows ``edges`` as they become hidden."""

    def __init__(self, edges: list[Edge], layer: int) -> None:
        self._edges = edges
        self._layer = layer
        self._steps: dict[int, list[Step]] = {}
        for index, edge in enumerate(edges):
            if edge.is_hidden or not (edge.is_fixed or edge.is_empty):
                self._steps.setdefault(edge.tail, []).append(Step(index, edge.head))
                if self._can_shrink(edge):
                    self._steps.setdefault(edge.head, []).append(Step(index, edge.tail))

    def cheapest_cycle(self, index: int) -> list[int] | None:
        """Return the other edges of a cycle through an edge along which its value can change."""
        edge = self._edges[index]
        found = [self._cheapest_path(edge.head, edge.tail, index)]
        if self._can_shrink(edge):
            found.append(self._cheapest_path(edge.tail, edge.head, index))
        paths = [path for path in found if path is not None]
        return min(paths)[1] if paths else None

    def _can_shrink(self, edge: Edge) -> bool:
        """Say whether a reader has to reckon with a smaller value."""
        return edge.values[self._layer] > (1 if self._layer == 0 else 0)

    def _cheapest_path(
        self, start: int, goal: int, without: int
    ) -> tuple[Decimal, list[int]] | None:
        """Return cost and edges of the cheapest way (Dijkstra): what is hidden costs nothing."""
        queue: list[tuple[Decimal, int, int, int]] = [(Decimal(0), start, -1, -1)]
        came_from: dict[int, tuple[int, int]] = {}
        while queue:
            cost, node, before, edge = heappop(queue)
            if node in came_from:
                continue
            came_from[node] = (before, edge)
            if node == goal:
                return cost, _walked(came_from, goal)
            for step in self._steps.get(node, ()):
                if step.edge != without and step.target not in came_from:
                    heappush(queue, (cost + self._cost(step.edge), step.target, node, step.edge))
        return None

    def _cost(self, index: int) -> Decimal:
        edge = self._edges[index]
        return Decimal(0) if edge.is_hidden else edge.values[0] + 1


def _walked(came_from: dict[int, tuple[int, int]], goal: int) -> list[int]:
    edges = []
    node, edge = came_from[goal]
    while edge >= 0:
        edges.append(edge)
        node, edge = came_from[node]
    return edges
