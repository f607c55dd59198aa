"""Properties that XLSForm has no column for: our workbook keeps them, nobody else."""

from __future__ import annotations

from collections.abc import Mapping

from forms.exchange.report import ExchangeReport
from forms.expressions.nodes import Json
from tenants.language import _

_UNSAID = {
    "data_class": _("Schutzklassen kennt XLSForm nicht."),
    "procedure": _("Schritte und Rollen kennt XLSForm nicht."),
    "unique": _("Dass etwas nur einmal eingereicht werden darf, prüft XLSForm nicht."),
    "description": _("Eine Beschreibung des Vordrucks hat XLSForm nicht."),
    "codelists": _("Ab wann und bis wann Einträge von Codelisten gelten, sagt XLSForm nicht."),
    "filled_by": _("Wer den Abschnitt ausfüllt, sagt XLSForm nicht."),
    "visible_to": _("Wer das sieht, sagt XLSForm nicht."),
    "masked": _("Verdeckt zeigen kann XLSForm keine Antwort."),
    "not_recorded": _("„Nicht erhoben“ mit Grund fragt XLSForm nicht."),
    "prefill": _("Woraus vorbelegt wird, sagt XLSForm nicht."),
    "totals": _("Summen unter einer Wiederholgruppe zeigt XLSForm nicht."),
    "privacy_check": _("Vor Namen im Text warnt XLSForm nicht."),
    "unit": _("Einheiten zeigt XLSForm nicht."),
}


def refuse_unsaid(name: str, element: Mapping[str, Json], report: ExchangeReport) -> None:
    """Name the properties of ``element`` that no cell says, under ``name``."""
    for property_, reason in _UNSAID.items():
        if element.get(property_):
            report.refuse(name, property_, reason)
    required = element.get("required")
    if isinstance(required, dict) and required.get("level") == "warning":
        report.refuse(
            name, "required",
            _("In XLSForm ist die Frage Pflicht; dass sie sich bestätigen lässt, sagt es nicht."),
        )  # fmt: skip
    least, most = element.get("minimum"), element.get("maximum")
    if element.get("type") == "repeat" and least != most:
        report.refuse(
            name, "repeat_count",
            _("Wie viele Zeilen es mindestens und höchstens sind, sagt XLSForm nicht."),
        )  # fmt: skip
