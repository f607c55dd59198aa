"""Follows a renamed key through the rules, totals and columns that name it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jinja2 import Environment, TemplateSyntaxError

from forms.building.document_tree import Element, Place, children, element_id, find_place, places
from forms.expressions.aggregates import AGGREGATES
from forms.expressions.dependencies import OUTER, OWN, ROW_WORDS
from forms.expressions.nodes import Json

EXPRESSION_PROPERTIES = ("visible", "required", "value", "readonly")
"""Properties that hold the text of an expression."""

_environment = Environment()  # noqa: S701 - splits into tokens only, renders nothing
_Path = tuple[str, ...]
Scopes = tuple[_Path, ...]


def expressions_of(element: Element) -> Iterator[tuple[str, str]]:
    """Yield property and source of every expression that stands directly in ``element``."""
    for name in EXPRESSION_PROPERTIES:
        value = element.get(name)
        # The value of an option is no rule; only what has a type calculates.
        if isinstance(value, str) and (name != "value" or "type" in element):
            yield name, value
    expected = _expected(element)
    if expected is not None:
        yield "required", expected
    rules = element.get("valid")
    for rule in rules if isinstance(rules, list) else []:
        if isinstance(rule, dict) and isinstance(rule.get("rule"), str):
            yield "valid", str(rule["rule"])


def _expected(element: Element) -> str | None:
    """Return the condition under which an answer is expected but not required."""
    required = element.get("required")
    when = required.get("when") if isinstance(required, dict) else None
    return when if isinstance(when, str) else None


def renamed_properties(document: Element, wanted: str, key: str) -> Iterator[tuple[str, str, Json]]:
    """Yield element, property and new value of all that changes when ``wanted`` gets ``key``.

    The element's own key comes first. Raises `ElementUnknown`.
    """
    place = find_place(document, wanted)
    name = "value" if place.list_name in ("options", "cells") else "key"
    old = place.element.get(name)
    yield wanted, name, key
    if isinstance(old, str) and old and place.parent is not None:
        renaming = _Renaming(document, place, old, key)
        for other in places(document):
            yield from renaming.in_element(other)


class _Renaming:
    """An element that gets another key; ``in_element`` says what changes with it elsewhere."""

    def __init__(self, document: Element, place: Place, old: str, new: str) -> None:
        self._document = document
        self._wanted = element_id(place.element)
        self._group = element_id(place.parent or {})
        self._group_key = (place.parent or {}).get("key")
        self._is_section = place.list_name == "sections"
        self._old = old
        self._new = new
        self._fields = {
            str(one.element.get("key")): one.element
            for one in places(document)
            if one.list_name == "fields" and (one.parent or {}).get("type") != "repeat"
        }

    def in_element(self, place: Place) -> Iterator[tuple[str, str, Json]]:
        """Yield element, property and new value of what names the renamed element here."""
        element, identity = place.element, element_id(place.element)
        groups = [one for one in place.ancestors if one.get("type") == "repeat"]

        def change(path: _Path, scopes: Scopes) -> _Path:
            return self._path(path, groups, scopes)

        for name in EXPRESSION_PROPERTIES:
            source = element.get(name)
            if isinstance(source, str) and (name != "value" or "type" in element):
                changed = rewrite_names(source, change)
                if changed != source:
                    yield identity, name, changed
        required, when = element.get("required"), _expected(element)
        if isinstance(required, dict) and when is not None:
            changed_when = rewrite_names(when, change)
            if changed_when != when:
                yield identity, "required", {**required, "when": changed_when}
        yield from _changed_rules(element, change)
        yield from self._lists(element)

    def _path(self, path: _Path, groups: list[Element], scopes: Scopes) -> _Path:
        """Replace the part of ``path`` that leads to the renamed element."""
        start, chain = self._start(path, groups, scopes)
        if chain is None:
            return path
        parts = list(path)
        for index, found in self._steps(path, start, chain):
            if element_id(found) == self._wanted:
                parts[index] = self._new
        return tuple(parts)

    def _start(
        self, path: _Path, groups: list[Element], scopes: Scopes
    ) -> tuple[int, list[Element] | None]:
        """Return where names of fields begin in ``path``, and the groups they stand in.

        „zeile“ is the own row or that of the aggregate around, „diese“ always the own one; each
        „uebergeordnet“ is the row around it. None says that there is no such row.
        """
        start = next((n for n, part in enumerate(path) if part not in ROW_WORDS), len(path))
        if not start:
            return 0, []
        chain = groups
        if scopes and path[0] != OWN:
            outer, inner = scopes[:-1], scopes[-1]
            first, known = self._start(inner, groups, outer)
            chain = list(known or [])
            chain += [
                found
                for _index, found in self._steps(inner, first, chain)
                if found.get("type") == "repeat"
            ]
        depth = sum(part == OUTER for part in path[:start])
        if depth >= len(chain):
            return start, None
        return start, chain[: len(chain) - depth]

    def _steps(
        self, path: _Path, start: int, chain: list[Element]
    ) -> Iterator[tuple[int, Element]]:
        """Yield position and element of each part of ``path`` that names one."""
        container = chain[-1] if chain else self._document
        for index in range(start, len(path)):
            found = self._part(container, path[index], index - start)
            if found is None:
                return
            yield index, found
            if found.get("type") in ("repeat", "matrix"):
                container = found
            elif container.get("type") != "matrix":
                return

    def _part(self, container: Element, key: str, depth: int) -> Element | None:
        if container is self._document:
            return self._fields.get(key)
        names = ("fields",)
        if container.get("type") == "matrix":
            names = ("rows",) if depth == 1 else ("columns",)
        return next(
            (one for name in names for one in children(container, name) if one.get("key") == key),
            None,
        )

    def _filters(self, element: Element) -> bool:
        """Say whether the list of ``element`` is filtered by the renamed field."""
        wanted = element.get("filter")
        if not isinstance(wanted, dict) or wanted.get("field") != self._old:
            return False
        if element_id(self._fields.get(self._old, {})) == self._wanted:
            return True
        place = find_place(self._document, element_id(element))
        return element_id(place.parent or {}) == self._group

    def _lists(self, element: Element) -> Iterator[tuple[str, str, Json]]:
        identity = element_id(element)
        totals = element.get("totals")
        if identity == self._group and isinstance(totals, list) and self._old in totals:
            yield identity, "totals", [self._new if key == self._old else key for key in totals]
        filtered = element.get("filter")
        if isinstance(filtered, dict) and self._filters(element):
            yield identity, "filter", {**filtered, "field": self._new}
        source = element.get("columns_from")
        if isinstance(source, dict):
            changed = self._column_source(source)
            if changed != source:
                yield identity, "columns_from", changed
        unique = element.get("unique")
        if isinstance(unique, list) and not self._is_section:
            changed_rules = [self._unique(rule) for rule in unique]
            if changed_rules != unique:
                yield identity, "unique", changed_rules
        procedure = element.get("procedure")
        if self._is_section and isinstance(procedure, dict):
            yield from self._procedure(identity, procedure)

    def _unique(self, rule: Json) -> Json:
        names = rule.get("fields") if isinstance(rule, dict) else None
        if not isinstance(rule, dict) or not isinstance(names, list):
            return rule
        fields: list[Json] = [
            ".".join(self._path(tuple(str(name).split(".")), [], ())) for name in names
        ]
        return {**rule, "fields": fields}

    def _column_source(self, source: dict[str, Json]) -> dict[str, Json]:
        changed = dict(source)
        top = self._fields.get(str(source.get("repeat")))
        if top is None:
            return changed
        if element_id(top) == self._wanted:
            changed["repeat"] = self._new
        if element_id(top) == self._group:
            for name in ("key", "label"):
                if source.get(name) == self._old:
                    changed[name] = self._new
        return changed

    def _procedure(
        self, identity: str, procedure: dict[str, Json]
    ) -> Iterator[tuple[str, str, Json]]:
        steps = procedure.get("steps")
        changed: list[Json] = []
        for step in steps if isinstance(steps, list) else []:
            sections = step.get("sections") if isinstance(step, dict) else None
            if isinstance(step, dict) and isinstance(sections, list):
                renamed: list[Json] = [self._new if key == self._old else key for key in sections]
                changed.append({**step, "sections": renamed})
            else:
                changed.append(step)
        if changed != steps and changed:
            yield identity, "procedure", {**procedure, "steps": changed}


def _changed_rules(
    element: Element, change: Callable[[_Path, Scopes], _Path]
) -> Iterator[tuple[str, str, Json]]:
    rules = element.get("valid")
    if not isinstance(rules, list):
        return
    changed: list[Json] = [
        {**rule, "rule": rewrite_names(str(rule["rule"]), change)}
        if isinstance(rule, dict) and isinstance(rule.get("rule"), str)
        else rule
        for rule in rules
    ]
    if changed != rules:
        yield element_id(element), "valid", changed


def rewrite_names(source: str, change: Callable[[_Path, Scopes], _Path]) -> str:
    """Return ``source`` with every dotted name replaced by what ``change`` makes of it.

    ``change`` also gets the groups of the aggregates around the name, the outer one first: in
    ``summe(kosten, zeile.menge)`` the name ``zeile.menge`` stands in ``kosten``. All else stays
    as it was written. What cannot be split into tokens stays as it is.
    """
    try:
        tokens = [
            (kind, text)
            for _line, kind, text in _environment.lexer.tokeniter(source, None, state="variable")
        ]
    except TemplateSyntaxError:
        return source
    texts = [text for _kind, text in tokens]
    if "".join(texts) != source:
        return source
    words = [index for index, (kind, _text) in enumerate(tokens) if kind != "whitespace"]
    position = 0
    # One entry for each open bracket: the group of an aggregate once its first argument is read.
    brackets: list[_Path] = []
    first: _Path = ()
    while position < len(words):
        parts = _path_at(tokens, words[position:])
        if parts:
            before, after = _around(texts, words, position, len(parts))
            path = tuple(texts[part] for part in parts)
            if after not in ("(", "="):
                first = path if before == "(" and brackets else first
                scopes = tuple(group for group in brackets if group)
                for part, changed in zip(parts, change(path, scopes), strict=True):
                    texts[part] = changed
            is_aggregate = after == "(" and path[0] in AGGREGATES
            position += 2 * len(parts) - 1
            if is_aggregate:
                brackets.append(())
                position += 1
            continue
        first = _bracket(texts[words[position]], brackets, first)
        position += 1
    return "".join(texts)


def _around(texts: list[str], words: list[int], position: int, count: int) -> tuple[str, str]:
    """Return the words before and after a dotted name of ``count`` parts."""
    end = position + 2 * count - 1
    before = texts[words[position - 1]] if position else ""
    return before, texts[words[end]] if end < len(words) else ""


def _bracket(text: str, brackets: list[_Path], first: _Path) -> _Path:
    """Follow brackets and commas; return the first argument that is still to become a group."""
    if text in "([{":
        brackets.append(())
    elif text in ")]}" and brackets:
        brackets.pop()
    elif text == "," and brackets and not brackets[-1] and first:
        brackets[-1] = first
        return ()
    return first


def _path_at(tokens: list[tuple[str, str]], words: list[int]) -> list[int]:
    """Return the tokens of the dotted name that ``words`` begins with, none if it does not."""
    parts: list[int] = []
    for place, index in enumerate(words):
        kind, text = tokens[index]
        if place % 2 == 0:
            if kind != "name":
                break
            parts.append(index)
        elif text != ".":
            break
    return parts
