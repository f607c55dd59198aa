"""Patterns a form may ask of a text: regular expressions that cannot be made to run for ages.

Python's ``re`` has no time limit. So a pattern is refused when it is published unless its cost
is bounded: no look-around, no back reference, nothing variable inside something repeated, and
few variable parts in a row. The text it is matched against is short.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tenants.language import _

MAXIMUM_PATTERN = 200
MAXIMUM_MATCHED = 200
"""Characters of a text that a pattern is matched against."""
_MAXIMUM_WEIGHT = 12
_UNBOUNDED = 4

_QUANTIFIER = re.compile(r"[*+?]|\{([0-9]{1,3})?(,([0-9]{1,3})?)?\}")


class PatternError(ValueError):
    """A pattern is no regular expression or could take too long (German message)."""


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def matches(pattern: str, text: str) -> bool:
    """Say whether the whole of ``text`` matches a ``pattern`` that :func:`check_pattern` passed."""
    return _compiled(pattern).fullmatch(text) is not None


def check_pattern(pattern: str) -> None:
    """Raise :class:`PatternError` unless ``pattern`` is valid and its cost is bounded."""
    if len(pattern) > MAXIMUM_PATTERN:
        raise PatternError(
            _("Das Muster ist länger als {limit} Zeichen.").format(limit=MAXIMUM_PATTERN)
        )
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(_("Das Muster ist kein regulärer Ausdruck.")) from error
    _Scan(pattern).run()


class _Scan:
    """Walks over a pattern once and weighs its variable parts."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.weight = 0
        self.variable_groups: list[bool] = []
        """For each open group whether something variable stands in it."""

    def run(self) -> None:
        while self.position < len(self.pattern):
            closed_variable = self._atom()
            if closed_variable is not None:
                self._quantifiers(closed_variable)
        if self.weight > _MAXIMUM_WEIGHT:
            raise PatternError(
                _("Das Muster hat zu viele veränderliche Teile (*, +, ?, |). Bitte vereinfachen.")
            )

    def _atom(self) -> bool | None:
        """Step over one atom; return whether it is a variable group, None for no atom."""
        pattern, start = self.pattern, self.position
        character = pattern[start]
        self.position += 1
        if character == "\\":
            self._escape(pattern[start + 1])
        elif character == "[":
            self._character_class()
        elif character == "(":
            self._open()
            return None
        elif character == ")":
            return self._close()
        elif character == "|":
            self._mark(1)
            return None
        return False

    def _escape(self, character: str) -> None:
        if character.isdigit() and character != "0":
            raise PatternError(_("Das Muster darf keine Rückverweise (\\1) enthalten."))
        self.position += 1

    def _character_class(self) -> None:
        position = self.position
        if self.pattern.startswith("^", position):
            position += 1
        position += 1
        while self.pattern[position] != "]":
            position += 2 if self.pattern[position] == "\\" else 1
        self.position = position + 1

    def _open(self) -> None:
        if self.pattern.startswith("?", self.position):
            if not self.pattern.startswith("?:", self.position):
                raise PatternError(_("Das Muster darf von „(?“ nur die Form „(?:…)“ enthalten."))
            self.position += 2
        self.variable_groups.append(False)

    def _close(self) -> bool:
        variable = self.variable_groups.pop()
        if variable and self.variable_groups:
            self.variable_groups[-1] = True
        return variable

    def _quantifiers(self, variable_group: bool) -> None:
        match = _QUANTIFIER.match(self.pattern, self.position)
        if match is None or match[0] in ("{}", "{,}"):
            return
        self.position = match.end()
        if self.pattern[self.position : self.position + 1] in ("?", "+"):
            self.position += 1
        least, most = _bounds(match)
        if variable_group and most != 1:
            raise PatternError(
                _("Im Muster darf in einer wiederholten Klammer nichts Veränderliches stehen.")
            )
        if least != most:
            span = _UNBOUNDED if most is None else min(_UNBOUNDED, (most - least).bit_length())
            self._mark(span)

    def _mark(self, weight: int) -> None:
        self.weight += weight
        if self.variable_groups:
            self.variable_groups[-1] = True


def _bounds(match: re.Match[str]) -> tuple[int, int | None]:
    if match[0] in ("*", "+"):
        return (0 if match[0] == "*" else 1), None
    if match[0] == "?":
        return 0, 1
    least = int(match[1] or 0)
    if match[2] is None:
        return least, least
    return least, int(match[3]) if match[3] else None
