"""The PAdES level of a seal and later time stamps, in words for people."""

from __future__ import annotations

from collections.abc import Sequence

from app.views.presenting import Row, moment
from document_templates.baseline_levels import ARCHIVED, BASIC, LASTING, STAMPED
from document_templates.proofs import PublicStamp
from tenants.language import _

_MEANINGS = {
    BASIC: _("ohne Zeitstempel: Für den Zeitpunkt bürgt allein, wer signiert hat"),
    STAMPED: _("mit Zeitstempel eines Vertrauensdienstes"),
    LASTING: _("mit Zeitstempel und allem, was eine spätere Prüfung braucht"),
    ARCHIVED: _("mit Archivzeitstempel: prüfbar auch nach dem Ende der Zertifikate"),
}


def level_text(level: str) -> str:
    """Return a level and what it means, for example „PAdES B-T, mit Zeitstempel …“."""
    return f"{level}, {_MEANINGS[level]}" if level in _MEANINGS else level


def kind_text(seal_kind: str, *, is_demo: bool) -> str:
    """Return which kind of seal it is in law (eIDAS-VO, Art. 3 Nr. 26 and 27)."""
    if is_demo:
        return _("Siegel der Demo, ohne rechtliche Wirkung")
    return {
        "qualified": _("Qualifiziertes Siegel"),
        "advanced": _("Fortgeschrittenes Siegel"),
    }.get(seal_kind, _("Siegel"))


def stamp_rows(stamps: Sequence[PublicStamp]) -> list[Row]:
    """Return later time stamps for the page, the latest first."""
    return [
        {
            "stamped_at": moment(one.stamped_at),
            "stamped_until": one.stamped_until.strftime("%d.%m.%Y"),
            "level": level_text(one.level),
            "sha256": one.sha256,
        }
        for one in reversed(stamps)
    ]
