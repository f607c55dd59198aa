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


def _unless_off(old: Json, new: Json) -> Grade:
    """An answer that could be given may still be."""
    return Grade.NEEDS_DEFAULT if new is False else Grade.COMPATIBLE


def _unless_on(old: Json, new: Json) -> Grade:
    """What may be chosen without the restriction may not all be chosen with it."""
    return Grade.NEEDS_DEFAULT if new is True else Grade.COMPATIBLE


def _unless_taken_away(old: Json, new: Json) -> Grade:
    """What may be answered with more ways than before takes every answer."""
    return Grade.COMPATIBLE if old is None else Grade.NEEDS_DEFAULT


def _required(old: Json, new: Json) -> Grade:
    """Requiring less harms nobody; a condition may now hold where it did not before."""
    loosened = not new or old is True or is_expected_only(new)
    return Grade.COMPATIBLE if loosened else Grade.NEEDS_DEFAULT


def is_expected_only(required: Json) -> bool:
    """Say whether a missing answer is only warned of."""
    return isinstance(required, dict) and required.get("level") == "warning"


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
    "minimum_label": Property(_("Beschriftung des unteren Endes"), _compatible, shown="text"),
    "maximum_label": Property(_("Beschriftung des oberen Endes"), _compatible, shown="text"),
    "valid_from": Property(_("Gültig ab"), _needs_default),
    "valid_until": Property(_("Gültig bis"), _needs_default),
    "codelist": Property(_("Codeliste"), _destructive),
    "codelist_day": Property(_("Stichtag der Codeliste"), _needs_default),
    "no_answer": Property(_("„keine Angabe“"), _unless_off, Step.MINOR),
    "not_recorded": Property(_("„nicht erhoben“"), _unless_taken_away, Step.MINOR),
    "open_end": Property(_("Offenes Ende"), _unless_off, Step.MINOR),
    "masked": Property(_("Verdeckte Anzeige"), _compatible, Step.MINOR),
    "privacy_check": Property(_("Warnung vor Personendaten"), _compatible, Step.MINOR),
    "filled_by": Property(_("Wer ausfüllt"), _needs_default),
    "visible_to": Property(_("Wer es sieht"), _needs_default),
    "prefill": Property(_("Vorbelegung"), _compatible, Step.MINOR),
    "procedure": Property(_("Ablauf"), _needs_default),
    "unique": Property(_("Nur einmal einzureichen"), _compatible, Step.MINOR),
    "languages": Property(_("Sprachen"), _compatible, Step.MINOR),
    "translations": Property(_("Übersetzung"), _compatible, shown="text"),
    "provenance": Property(_("Herkunft"), _compatible),
    "annotations": Property(_("Anmerkungen aus der Quelle"), _compatible),
    "register": Property(_("Verzeichnis"), _destructive),
    "takes": Property(_("Übernommene Spalten"), _compatible, Step.MINOR),
    "own_entries": Property(_("Nur eigene Einträge"), _unless_on, Step.MINOR),
    "own_organisation": Property(_("Nur der eigene Träger"), _unless_on, Step.MINOR),
    "filter": Property(_("Filter der Liste"), _unless_gone, Step.MINOR),
    "side": Property(_("Wessen Leute zur Wahl stehen"), _destructive),
    "roles": Property(_("Rollen, die zur Wahl stehen"), _unless_gone, Step.MINOR),
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
