"""Which placeholders a template may name and which it names.

A path is written ``mandant.name``, for a row of a table ``kosten[].betrag``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from jinja2 import nodes

SYSTEM_PLACEHOLDERS: frozenset[str] = frozenset(
    f"{group}.{name}"
    for group, names in {
        "dokument": "titel nummer datum version hinweis",
        "mandant": (
            "name amt strasse plz_ort telefon email internet land gremium mitglieder mitglieder[]"
        ),
        "traeger": "name strasse plz_ort vertreten_durch",
        "einreichung": "nummer eingang person",
        "vorlage": "name version",
        "formular": "titel version",
        "pruefung": "url code",
    }.items()
    for name in names.split()
)

_CHART_FILTER = "balkendiagramm"
PathKind = Literal["value", "table", "group"]
Scope = Mapping[str, str]


class KnownPlaceholders:
    """The paths of a form and of the system groups, with what lies between them."""

    def __init__(self, paths: Iterable[str], more: Iterable[str] = ()) -> None:
        """``paths`` are those of the form, perhaps with labels, ``more`` what else is known."""
        self.labels: Mapping[str, str] = paths if isinstance(paths, Mapping) else {}
        self.form_paths: frozenset[str] = frozenset(paths)
        self.paths: frozenset[str] = self.form_paths | SYSTEM_PLACEHOLDERS | frozenset(more)
        self._kinds: dict[str, PathKind] = {}
        for path in sorted(self.paths):
            for parent, kind in _parents(path):
                self._kinds[parent] = kind
        for path in self.paths:
            self._kinds.setdefault(path, "value")
            # A list of plain values can be run through as well.
            self._kinds.setdefault(path + "[]", "value")

    def kind(self, path: str) -> PathKind | None:
        """Tell whether a path is a value, a table or a group; `None` if it is unknown."""
        return self._kinds.get(path)

    def is_table(self, path: str) -> bool:
        """Tell whether a loop may run over ``path``."""
        return self.kind(path) in ("table", "value")

    def closest(self, path: str) -> str | None:
        """Return the known path that looks most like ``path``, if any does."""
        found = difflib.get_close_matches(path, sorted(self._kinds), 1, 0.7)
        return found[0] if found else None


def _parents(path: str) -> Iterable[tuple[str, PathKind]]:
    pieces = path.split(".")
    for count in range(1, len(pieces)):
        parent = ".".join(pieces[:count])
        yield parent, "group"
        if parent.endswith("[]"):
            yield parent[:-2], "table"


@dataclass(frozen=True, slots=True)
class Use:
    """A place in a tag that names a placeholder: the path, as written, and the filter on it."""

    path: str
    written: str
    filter: str = ""
    guarded: bool = False


def uses_in(tree: nodes.Node, scope: Scope, use_as: str = "") -> list[Use]:
    """Return the placeholders that an expression names; ``scope`` maps loop variables to paths.

    What stands under ``is defined`` or ``|default`` is guarded: it may be unknown. ``use_as``
    is the filter on what has none of its own.
    """
    found: list[Use] = []
    _collect(tree, scope, found, use_as, False)
    return found


def path_of(node: nodes.Node | None, scope: Scope) -> tuple[str, str] | None:
    """Return path and wording of a name with attributes, `None` for other expressions."""
    if isinstance(node, nodes.Name):
        return scope.get(node.name, node.name), node.name
    if isinstance(node, nodes.Getattr):
        base = path_of(node.node, scope)
        return base and (f"{base[0]}.{node.attr}", f"{base[1]}.{node.attr}")
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        base = path_of(node.node, scope)
        key = node.arg.value
        if base is None:
            return None
        if isinstance(key, int):
            return f"{base[0]}[]", f"{base[1]}[{key}]"
        return f"{base[0]}.{key}", f"{base[1]}.{key}"
    return None


def _collect(
    node: nodes.Node, scope: Scope, found: list[Use], filter_name: str, guarded: bool
) -> None:
    named = path_of(node, scope)
    if named is not None:
        if not isinstance(node, nodes.Name) or node.ctx == "load":
            found.append(Use(*named, filter_name, guarded))
        return
    if isinstance(node, nodes.Filter) and node.node is not None:
        inner = guarded or node.name == "default"
        name = filter_name if node.name in ("default", "angabe") else node.name
        _collect(node.node, scope, found, name, inner)
        if node.name == _CHART_FILTER:
            _collect_columns(node, scope, found)
        for argument in [*node.args, *(keyword.value for keyword in node.kwargs)]:
            _collect(argument, scope, found, "", guarded)
        return
    if isinstance(node, nodes.Test) and node.name in ("defined", "undefined"):
        guarded = True
    if isinstance(node, (nodes.BinExpr, nodes.Neg)) and not isinstance(node, (nodes.And, nodes.Or)):
        filter_name = "zahl"
    elif isinstance(node, nodes.Compare):
        _collect_comparison(node, scope, found, guarded)
        return
    for child in node.iter_child_nodes():
        _collect(child, scope, found, filter_name, guarded)


def _collect_columns(node: nodes.Filter, scope: Scope, found: list[Use]) -> None:
    """Add the columns that a chart names as texts: ``kosten|balkendiagramm('was', 'betrag')``."""
    table = path_of(node.node, scope)
    if table is None:
        return
    for column, filter_name in zip(node.args, ("", "zahl"), strict=False):
        if isinstance(column, nodes.Const) and isinstance(column.value, str):
            path = f"{table[0]}[].{column.value}"
            found.append(Use(path, f"{table[1]}.{column.value}", filter_name))


def _collect_comparison(node: nodes.Compare, scope: Scope, found: list[Use], guarded: bool) -> None:
    ordered = any(operand.op in ("lt", "lteq", "gt", "gteq") for operand in node.ops)
    sides = [node.expr, *(operand.expr for operand in node.ops)]
    numbers = ordered and any(
        isinstance(side, nodes.Const) and not isinstance(side.value, str) for side in sides
    )
    for side in sides:
        _collect(side, scope, found, "zahl" if numbers else "", guarded)
