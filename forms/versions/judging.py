"""What a changed property means for answers already given: the rules, one per property.

A property that stands in no rule is one this module knows nothing of; it counts as
``NEEDS_DEFAULT``, so that no draft is lifted over it without a person looking.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from forms.expressions.nodes import Json
from forms.versions.changes import Grade, Step
from forms.versions.outline import Element
from tenants.language import _

Judge = Callable[[Json, Json], Grade]
Shown = Literal["value", "text", "expression"]


@dataclass(frozen=True, slots=True)
class Property:
    """A property: its German name in a sentence, what its change means, how it is shown."""

    name: str
    judge: Judge
    step: Step = Step.PATCH
    """The step of a change that is compatible; any other is a new major version."""
    shown: Shown = "value"


def _compatible(old: Json, new: Json) -> Grade:
    return Grade.COMPATIBLE


def _needs_default(old: Json, new: Json) -> Grade:
    return Grade.NEEDS_DEFAULT


def _destructive(old: Json, new: Json) -> Grade:
    return Grade.DESTRUCTIVE


def _unless_gone(old: Json, new: Json) -> Grade:
    return Grade.COMPATIBLE if new is None else Grade.NEEDS_DEFAULT


def _unless_raised(old: Json, new: Json) -> Grade:
    """A lower limit may come down or go."""
    return Grade.COMPATIBLE if new is None or _is_ordered(new, old) else Grade.NEEDS_DEFAULT


def _unless_lowered(old: Json, new: Json) -> Grade:
    """An upper limit may go up or go."""
    return Grade.COMPATIBLE if new is None or _is_ordered(old, new) else Grade.NEEDS_DEFAULT


def _is_ordered(low: Json, high: Json) -> bool:
    """Say whether both limits are there and ``low`` is not above ``high``."""
    if low is None or high is None:
        return False
    try:
        return Decimal(str(low)) <= Decimal(str(high))
    except InvalidOperation:
        # Days are written so that their texts are in order.
        return str(low) <= str(high)


def _required(old: Json, new: Json) -> Grade:
    """Requiring less harms nobody; a condition may now hold where it did not before."""
    return Grade.COMPATIBLE if not new or old is True else Grade.NEEDS_DEFAULT


PROPERTIES: dict[str, Property] = {
    "title": Property(_("Überschrift"), _compatible, shown="text"),
    "label": Property(_("Beschriftung"), _compatible, shown="text"),
    "help": Property(_("Hinweis"), _compatible, shown="text"),
    "intro": Property(_("Einleitung"), _compatible, shown="text"),
    "description": Property(_("Beschreibung"), _compatible, shown="text"),
    "text": Property(_("Text"), _compatible, shown="text"),
    "pattern_message": Property(_("Meldung zum Muster"), _compatible, shown="text"),
    "item_label": Property(_("Bezeichnung eines Eintrags"), _compatible),
    "language": Property(_("Sprache"), _compatible),
    "display": Property(_("Darstellung"), _compatible),
    "rows": Property(_("Höhe in Zeilen"), _compatible),
    "autocomplete": Property(_("Ausfüllhilfe des Browsers"), _compatible),
    "totals": Property(_("Spaltensummen"), _compatible, Step.MINOR),
    "data_class": Property(_("Schutzklasse"), _compatible, Step.MINOR),
    "key": Property(_("Schlüssel"), _compatible, Step.MINOR),
    "required": Property(_("Pflicht"), _required, Step.MINOR, "expression"),
    "visible": Property(_("Bedingung"), _destructive, Step.MINOR, "expression"),
    "value": Property(_("Wert"), _destructive, shown="expression"),
    "result": Property(_("Art des Ergebnisses"), _destructive),
    "unit": Property(_("Einheit"), _destructive),
    "places": Property(_("Nachkommastellen"), _unless_lowered, Step.MINOR),
    "max_length": Property(_("Höchstlänge in Zeichen"), _unless_lowered, Step.MINOR),
    "minimum": Property(_("Kleinster Wert"), _unless_raised, Step.MINOR),
    "maximum": Property(_("Größter Wert"), _unless_lowered, Step.MINOR),
    "pattern": Property(_("Muster"), _unless_gone, Step.MINOR),
    "columns_from": Property(_("Herkunft der Spalten"), _destructive),
    "row_rules": Property(_("Regeln je Zeile"), _unless_gone, Step.MINOR),
}

WIDENINGS = frozenset(
    {
        ("text", "long_text"),
        ("email", "text"),
        ("email", "long_text"),
        ("iban", "text"),
        ("integer", "decimal"),
        ("radio", "select"),
        ("select", "radio"),
    }
)
"""Changes of type (old, new) that take every answer as it is."""


def judge_property(element: Element, name: str, old: Json, new: Json) -> tuple[Grade, Step]:
    """Return grade and step of a change of ``name`` at ``element`` (as it is in the new version).

    Absent is None on either side.
    """
    rule = PROPERTIES.get(name)
    if rule is None:
        return Grade.NEEDS_DEFAULT, Step.MAJOR
    judge = rule.judge
    if name == "text" and element.type == "declaration":
        # Nobody has declared the new text.
        judge = _destructive
    if name == "value" and element.type != "calculated":
        # The stored name of a choice: answers follow its id.
        judge = _compatible
    if name == "visible" and new is None and not element.own.get("required"):
        judge = _compatible
    if name == "places" and element.type == "calculated":
        judge = _compatible
    return with_step(judge(old, new), Step.MINOR if name == "value" else rule.step)


def with_step(grade: Grade, compatible: Step) -> tuple[Grade, Step]:
    """Return ``grade`` with its step: ``compatible`` if it is that, else a major one."""
    return grade, compatible if grade is Grade.COMPATIBLE else Step.MAJOR
