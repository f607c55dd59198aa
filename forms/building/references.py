"""Follows a renamed key through the rules, totals and columns that name it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError

from forms.building.document_tree import Element, Place, element_id, find_place, places
from forms.expressions.dependencies import ROW
from forms.expressions.nodes import Json

EXPRESSION_PROPERTIES = ("visible", "required", "value", "readonly")
"""Properties that hold the text of an expression."""

_environment = Environment()  # noqa: S701 - splits into tokens only, renders nothing
_Path = tuple[str, ...]


def expressions_of(element: Element) -> Iterator[tuple[str, str]]:
    """Yield property and source of every expression that stands directly in ``element``."""
    for name in EXPRESSION_PROPERTIES:
        value = element.get(name)
        # The value of an option is no rule; only what has a type calculates.
        if isinstance(value, str) and (name != "value" or "type" in element):
            yield name, value
    rules = element.get("valid")
    for rule in rules if isinstance(rules, list) else []:
        if isinstance(rule, dict) and isinstance(rule.get("rule"), str):
            yield "valid", str(rule["rule"])


def renamed_properties(document: Element, wanted: str, key: str) -> Iterator[tuple[str, str, Json]]:
    """Yield element, property and new value of all that changes when ``wanted`` gets ``key``.

    The element's own key comes first. Raises `ElementUnknown`.
    """
    place = find_place(document, wanted)
    name = "value" if place.list_name in ("options", "cells") else "key"
    old = place.element.get(name)
    yield wanted, name, key
    if isinstance(old, str) and old and place.parent is not None:
        renaming = _renaming_of(place, old, key)
        if renaming is not None:
            for other in places(document):
                yield from renaming.in_element(other)


@dataclass(frozen=True, slots=True)
class _Renaming:
    """An old key and the paths it stands in: ``prefix`` before it, within ``group`` „zeile“."""

    old: str
    new: str
    prefix: _Path
    group: str
    """The id of the repeat group whose fields say ``zeile.old``, empty for other keys."""
    skip: int = 0
    """Parts of a path between prefix and key that may be anything."""

    def in_element(self, place: Place) -> Iterator[tuple[str, str, Json]]:
        element = place.element
        inside = any(element_id(one) == self.group for one in place.ancestors) and bool(self.group)
        identity = element_id(element)
        for name in EXPRESSION_PROPERTIES:
            source = element.get(name)
            if isinstance(source, str) and (name != "value" or "type" in element):
                changed = rewrite_names(source, lambda path: self._path(path, inside))
                if changed != source:
                    yield identity, name, changed
        yield from self._rules(element, inside)
        yield from self._lists(element)

    def _path(self, path: _Path, inside: bool) -> _Path:
        if inside and len(path) > 1 and path[:2] == (ROW, self.old):
            return (ROW, self.new, *path[2:])
        position = len(self.prefix) + self.skip
        if path[0] == ROW or len(path) <= position or path[: len(self.prefix)] != self.prefix:
            return path
        if path[position] == self.old:
            return (*path[:position], self.new, *path[position + 1 :])
        return path

    def _rules(self, element: Element, inside: bool) -> Iterator[tuple[str, str, Json]]:
        rules = element.get("valid")
        if not isinstance(rules, list):
            return
        changed: list[Json] = [
            {
                **rule,
                "rule": rewrite_names(str(rule["rule"]), lambda path: self._path(path, inside)),
            }
            if isinstance(rule, dict) and isinstance(rule.get("rule"), str)
            else rule
            for rule in rules
        ]
        if changed != rules:
            yield element_id(element), "valid", changed

    def _lists(self, element: Element) -> Iterator[tuple[str, str, Json]]:
        totals = element.get("totals")
        if element_id(element) == self.group and isinstance(totals, list) and self.old in totals:
            yield (
                self.group,
                "totals",
                [self.new if key == self.old else key for key in totals],
            )
        source = element.get("columns_from")
        if not isinstance(source, dict):
            return
        changed = dict(source)
        if not self.prefix and source.get("repeat") == self.old:
            changed["repeat"] = self.new
        if self.group and (source.get("repeat"),) == self.prefix:
            for name in ("key", "label"):
                if source.get(name) == self.old:
                    changed[name] = self.new
        if changed != source:
            yield element_id(element), "columns_from", changed


def _renaming_of(place: Place, old: str, new: str) -> _Renaming | None:
    parent = place.parent or {}
    parent_key = str(parent.get("key", ""))
    if place.list_name == "fields":
        if parent.get("type") == "repeat":
            return _Renaming(old, new, (parent_key,), element_id(parent))
        return _Renaming(old, new, (), "")
    if place.list_name == "rows":
        return _Renaming(old, new, (parent_key,), "")
    if place.list_name == "columns":
        return _Renaming(old, new, (parent_key,), "", skip=1)
    return None


def rewrite_names(source: str, change: Callable[[_Path], _Path]) -> str:
    """Return ``source`` with every dotted name replaced by what ``change`` makes of it.

    All else stays as it was written. What cannot be split into tokens stays as it is.
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
    while position < len(words):
        parts = _path_at(tokens, words[position:])
        path = tuple(texts[part] for part in parts)
        for part, changed in zip(parts, change(path) if path else (), strict=True):
            texts[part] = changed
        position += max(1, 2 * len(parts) - 1)
    return "".join(texts)


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
