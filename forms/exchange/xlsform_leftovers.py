"""What an XLSForm says and a form has no place for: each cell of it is named in the report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from forms.exchange.report import ExchangeReport
from forms.exchange.xlsform_choices import ChoiceList
from forms.exchange.xlsform_fields import is_yes
from forms.exchange.xlsform_outline import Item
from tenants.language import _

_READ_COLUMNS = frozenset({
    "type", "name", "label", "hint", "guidance_hint", "required", "relevant", "constraint",
    "constraint_message", "calculation", "appearance", "parameters", "repeat_count", "siegel_id",
})  # fmt: skip
_APPEARANCES = frozenset({"minimal", "autocomplete", "multiline"})
_GROUP_APPEARANCES = frozenset({"field-list"})
"""What a page always does here: its questions stand together."""
_READ_SETTINGS = frozenset(
    {"title", "id_string", "form_title", "form_id", "set_form_title", "set_form_id",
     "default_language"}
)  # fmt: skip
_TECHNICAL_PREFIXES = ("media::", "bind::", "body::", "instance::", "control::")
_LEFTOVERS = {
    "choice_filter": _("Abhängige Auswahllisten (choice_filter) gibt es nicht; alle Antworten "
                       "stehen zur Wahl."),
    "default": _("Vorbelegte Antworten gibt es nicht."),
    "read_only": _("Nur lesbare Fragen gibt es nicht; nehmen Sie eine berechnete Angabe."),
    "required_message": _("Der Hinweis auf fehlende Angaben ist überall gleich."),
    "trigger": _("Rechnen auf Auslöser gibt es nicht; gerechnet wird immer."),
    "save_to": _("Entitäten gibt es nicht."),
    "entities:saveto": _("Entitäten gibt es nicht."),
    "jr:noAppErrorString": _("Diese Spalte wird nicht übernommen."),
}  # fmt: skip
_SETTINGS = {
    "version": _("Fassungen zählt das Programm selbst."),
    "instance_name": _("Einreichungen bekommen ihre Nummer vom Programm, keinen Namen aus "
                       "Antworten."),
    "submission_url": _("Eingereicht wird hier; eine andere Adresse gibt es nicht."),
    "public_key": _("Verschlüsselt wird vom Programm, nicht mit einem Schlüssel aus der Datei."),
}  # fmt: skip


def refuse_leftovers(item: Item, type_: str, report: ExchangeReport) -> None:
    """Name every cell of a question that has no counterpart; ``type_`` is what it became."""
    for column, text in item.cells.items():
        reason = _leftover(column, text, _APPEARANCES)
        if column == "calculation" and type_ != "calculated":
            reason = _("Vorbelegen lässt sich eine Frage durch Rechnen nicht.")
        if column == "appearance" and type_ == "text" and text == "numbers":
            reason = _("Nur Ziffern verlangt eine Prüfregel, nicht die Darstellung „numbers“.")
        if column == "repeat_count":
            reason = _("Eine Zahl der Zeilen haben nur Wiederholgruppen.")
        if reason:
            report.refuse(item.name, column, reason)
    if type_ != "file":  # What a picture loses stands with the picture.
        _refuse_parameters(item, report)


def refuse_group_leftovers(item: Item, exported: Mapping[str, str], report: ExchangeReport) -> None:
    """Name every cell of a group or repeat group that has no counterpart.

    ``exported`` are the cells as our own export wrote them: what reads as then is not lost.
    """
    for column, text in item.cells.items():
        if exported.get(column) == text:
            continue
        reason = _leftover(column, text, _GROUP_APPEARANCES)
        if column == "required" and is_yes(text):
            reason = _("Eine Gruppe als Ganzes ist nicht Pflicht; ihre Fragen können es sein.")
        if column in ("constraint", "constraint_message", "calculation"):
            reason = _("Das hat nur eine Frage, keine Gruppe.")
        if reason:
            report.refuse(item.name, column, reason)
    _refuse_parameters(item, report)


def refuse_settings(settings: Mapping[str, str], report: ExchangeReport) -> None:
    """Name the settings of the form that are not read."""
    for column, text in settings.items():
        if text and column not in _READ_SETTINGS:
            reason = _SETTINGS.get(column) or _("Diese Einstellung wird nicht übernommen.")
            report.refuse(column, "settings", reason)


def refuse_sheets(others: Iterable[str], report: ExchangeReport) -> None:
    """Name the sheets that are not read."""
    for name in others:
        reason = (
            _("Entitäten gibt es nicht.")
            if name.lower() == "entities"
            else _("Gelesen werden nur die Blätter „survey“, „choices“ und „settings“.")
        )
        report.refuse(name, "sheet", reason)


def refuse_unused_lists(
    lists: Mapping[str, ChoiceList], items: Iterable[Item], report: ExchangeReport
) -> None:
    """Name the lists of the sheet ``choices`` that no question takes its answers from."""
    used = {item.argument.removesuffix(" or_other").strip() for item in items}
    for name in lists:
        if name not in used:
            report.refuse(name, "choices", _("Diese Liste nimmt keine Frage."))


def _leftover(column: str, text: str, appearances: frozenset[str]) -> str:
    """Return why a cell is not carried over; empty when it is, or says nothing."""
    if column in _LEFTOVERS:
        return "" if column == "read_only" and not is_yes(text) else _LEFTOVERS[column]
    if column == "appearance":
        left = " ".join(word for word in text.split() if word not in appearances)
        return (
            _("Die Darstellung „{words}“ wird nicht übernommen.").format(words=left) if left else ""
        )
    if column.startswith(_TECHNICAL_PREFIXES):
        return _("Diese Spalte wird nicht übernommen.")
    return "" if column in _READ_COLUMNS else _("Diese Spalte kennt der Vordruck nicht.")


def _refuse_parameters(item: Item, report: ExchangeReport) -> None:
    read = {"start", "end"} if item.type == "range" else set()
    words = re.split(r"[\s,;]+", item.cells.get("parameters", ""))
    left = " ".join(
        word
        for word in words
        if word and word.partition("=")[0] not in read and word not in ("step=1", "step=1.0")
    )
    if left:
        report.refuse(
            item.name, "parameters",
            _("Die Angaben „{words}“ werden nicht übernommen.").format(words=left),
        )  # fmt: skip
