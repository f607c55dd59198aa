"""Signature levels: how strongly a declaration is tied to the person who made it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tenants.language import _


@dataclass(frozen=True, slots=True)
class Level:
    """A signature level; ``meaning`` says what it is in law, ``is_written_form`` what it replaces.

    ``is_personal`` is false for the seal of an authority, which is nobody's signature (eIDAS-VO,
    Art. 3 Nr. 25).
    """

    key: str
    title: str
    meaning: str
    is_written_form: bool = False
    is_personal: bool = True


LEVELS: Final[dict[str, Level]] = {
    one.key: one
    for one in (
        Level("L0", _("ohne Unterschrift"), _("Es wird nichts unterschrieben."), is_personal=False),
        Level(
            "L1",
            _("Bestätigung mit Anmeldung"),
            _(
                "Einfache elektronische Signatur: Die Person meldet sich an und bestätigt mit ihrem"
                " Passwort. Sie ersetzt keine Schriftform."
            ),
        ),
        Level(
            "L2",
            _("Formularabgabe mit eID"),
            _(
                "Abgabe in einem Formular der Behörde mit Ausweis (§ 36a Abs. 2a Nr. 1 SGB I). Sie"
                " ersetzt die Schriftform nur für Erklärungen gegenüber der Behörde. Wird hier"
                " nicht angeboten: Dazu braucht es einen eID-Dienst."
            ),
        ),
        Level(
            "L3",
            _("Qualifizierte elektronische Signatur"),
            _(
                "Ersetzt die Schriftform (§ 36a Abs. 2 SGB I, § 126a BGB), wenn jede Partei so"
                " unterschreibt."
            ),
            is_written_form=True,
        ),
        Level(
            "L3p",
            _("Unterschrift auf Papier"),
            _("Schriftform mit Tinte (§ 126 BGB). Maßgeblich bleibt das Original auf Papier."),
            is_written_form=True,
        ),
        Level(
            "L4",
            _("Qualifiziertes Siegel der Behörde"),
            _(
                "Zeigt, von welcher Behörde ein Dokument kommt. Es ist keine Unterschrift und"
                " schließt keinen Vertrag. Ob ein Siegel qualifiziert ist, sagen die geladenen"
                " Vertrauenslisten."
            ),
            is_personal=False,
        ),
    )
}

OFFERED: Final = ("L1", "L3", "L3p")
"""Levels that can be asked of people here: no L2, for which there is no eID service."""


def suffices(given: str, required: str) -> bool:
    """Say whether a signature of level ``given`` fulfils the requirement ``required``.

    Paper and qualified signature are the same form in law, but not on the same document: a
    signing has one way alone, so neither stands in for the other. An authority's seal fulfils
    nothing but the wish for a seal.
    """
    if required == "L0" or given == required:
        return True
    return LEVELS[required].key == "L1" and given in ("L2", "L3", "L3p")
