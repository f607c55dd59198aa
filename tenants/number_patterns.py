"""Number patterns such as ``WP {wahlperiode} SV {amt}/{lfd:3}`` or ``{jahr}-{lfd:5}``.

Pure. A pattern names placeholders in braces; ``{lfd:5}`` is the running number, five digits
wide. Other words may be fixed values of the tenant (``amt``, ``wahlperiode``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tenants.language import _

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_RUNNING = re.compile(r"^lfd(?::([1-9]))?$")
_ALLOWED = re.compile(r"^[A-Za-zÄÖÜäöüß0-9 ./_-]*$")
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
    if not _ALLOWED.match(rest) or len(pattern) > 80:
        raise NumberPatternInvalid(
            _(
                "Das Nummernformat „{pattern}“ darf nur Buchstaben, Ziffern, Leerzeichen und"
                " die Zeichen . / _ - enthalten und höchstens 80 Zeichen lang sein."
            ).format(pattern=pattern)
        )
    if not any(_RUNNING.match(name) for name in names):
        raise NumberPatternInvalid(
            _(
                "Im Nummernformat „{pattern}“ fehlt die laufende Nummer. Ergänzen Sie zum"
                " Beispiel {{lfd:5}}."
            ).format(pattern=pattern)
        )
    for name in names:
        if not _RUNNING.match(name) and name != "jahr" and name not in known:
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
        counted = _RUNNING.match(name)
        if counted:
            return str(running).zfill(int(counted.group(1) or 1))
        return str(year) if name == "jahr" else values[name]

    return _PLACEHOLDER.sub(fill, pattern)
