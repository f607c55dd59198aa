"""Number patterns such as ``WP {wahlperiode} SV {amt}/{lfd:3}`` or ``{jahr}-{lfd:5}``.

Pure. A pattern names placeholders in braces; ``{lfd:5}`` is the running number, five digits
wide. Other words may be fixed values of the tenant (``amt``, ``wahlperiode``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tenants.language import _

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_RUNNING = re.compile(r"lfd(?::([1-9]))?")
_ALLOWED = re.compile(r"[A-Za-zÄÖÜäöüß0-9 ./_-]*")
LONGEST_NUMBER = 80
DEFAULT_PATTERN = "{jahr}-{lfd:5}"


class NumberPatternInvalid(ValueError):
    """The number pattern cannot be used; the message says in German why."""


def check_pattern(pattern: str, known: frozenset[str]) -> None:
    """Raise `NumberPatternInvalid` unless ``pattern`` is usable.

    ``known`` are the words besides ``lfd`` and ``jahr`` that the tenant has given a value.
    """
    names = _PLACEHOLDER.findall(pattern)
    rest = _PLACEHOLDER.sub("", pattern)
    if "{" in rest or "}" in rest:
        raise NumberPatternInvalid(
            _("Im Nummernformat „{pattern}“ fehlt eine geschweifte Klammer.").format(
                pattern=pattern
            )
        )
    if not _ALLOWED.fullmatch(rest) or len(pattern) > LONGEST_NUMBER:
        raise NumberPatternInvalid(
            _(
                "Das Nummernformat „{pattern}“ darf nur Buchstaben, Ziffern, Leerzeichen und"
                " die Zeichen . / _ - enthalten und höchstens 80 Zeichen lang sein."
            ).format(pattern=pattern)
        )
    if not any(_RUNNING.fullmatch(name) for name in names):
        raise NumberPatternInvalid(
            _(
                "Im Nummernformat „{pattern}“ fehlt die laufende Nummer. Ergänzen Sie zum"
                " Beispiel {{lfd:5}}."
            ).format(pattern=pattern)
        )
    for name in names:
        if not _RUNNING.fullmatch(name) and name != "jahr" and name not in known:
            raise NumberPatternInvalid(
                _(
                    "Das Nummernformat „{pattern}“ nennt den unbekannten Platzhalter"
                    " „{name}“. Bekannt sind: {known}."
                ).format(
                    pattern=pattern, name=name, known=", ".join(sorted({"jahr", "lfd"} | known))
                )
            )


def format_number(pattern: str, *, year: int, running: int, values: Mapping[str, str]) -> str:
    """Return the number for ``running`` in ``year``.

    Raises `NumberPatternInvalid` when the pattern is unusable.
    """
    check_pattern(pattern, frozenset(values))

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        counted = _RUNNING.fullmatch(name)
        if counted:
            return str(running).zfill(int(counted.group(1) or 1))
        return str(year) if name == "jahr" else values[name]

    number = _PLACEHOLDER.sub(fill, pattern)
    if len(number) > LONGEST_NUMBER:
        raise NumberPatternInvalid(
            _(
                "Das Nummernformat „{pattern}“ ergibt mit seinen festen Wörtern mehr als"
                " {longest} Zeichen. Kürzen Sie das Format oder die Wörter."
            ).format(pattern=pattern, longest=LONGEST_NUMBER)
        )
    return number


def counting_period(pattern: str, year: int) -> str:
    """Return the period within which ``pattern`` counts: the year if it names the year.

    A pattern without the year counts on and on: starting anew would repeat its numbers.
    """
    return str(year) if "jahr" in _PLACEHOLDER.findall(pattern) else ""
