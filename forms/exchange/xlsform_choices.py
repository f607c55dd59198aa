"""The sheet ``choices``: the lists of possible answers, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from forms.exchange.naming import derived_id
from forms.exchange.report import ExchangeReport, Object
from forms.exchange.workbook import Sheet
from forms.exchange.xlsform_languages import translated_cells
from forms.exchange.xlsform_outline import canonical_column, read_cells
from forms.expressions.nodes import Json
from tenants.language import _

MOST_CHOICES = 500
LONGEST_VALUE = 100
LONGEST_LABEL = 500
OWN_ID, OWN_VALUE, OWN_HELP = "siegel_id", "siegel_value", "siegel_help"

_YES_NO = (("yes", "no"), ("ja", "nein"), ("true", "false"), ("1", "0"), ("y", "n"), ("j", "n"))
_YES = frozenset({"ja", "yes", "true", "wahr", "y", "j"})
_NO = frozenset({"nein", "no", "false", "falsch", "n"})
_KNOWN = frozenset({"list_name", "list name", "name", "label", OWN_ID, OWN_VALUE, OWN_HELP})


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer; ``value`` is what is stored, ``name`` what rules call it."""

    name: str
    value: str
    label: str
    id: str = ""
    help: str = ""
    translations: Mapping[str, str] = field(default_factory=dict)
    """The label in other languages, by tag."""

    @property
    def means_yes(self) -> bool:
        """Say whether people read a yes here, and not just a name that happens to be „1“."""
        return _first_word(self.label) in _YES

    @property
    def means_no(self) -> bool:
        """Say whether people read a no here."""
        return _first_word(self.label) in _NO


@dataclass(slots=True)
class ChoiceList:
    """The choices of a list in their order."""

    name: str
    choices: list[Choice] = field(default_factory=list)

    @property
    def yes_no(self) -> tuple[str, str] | None:
        """Return the names that mean yes and no if the list asks nothing else."""
        named = {choice.name.lower(): choice for choice in self.choices}
        for yes, no in _YES_NO:
            if len(self.choices) == 2 and named.keys() == {yes, no}:
                reads_so = named[yes].means_yes and named[no].means_no
                return (named[yes].name, named[no].name) if reads_so else None
        return None

    def options(self, *path: str) -> list[Json]:
        """Return the choices as options; ids are derived from ``path`` where they have none."""
        made: list[Json] = []
        for choice in self.choices:
            option: Object = {
                "id": choice.id or derived_id(*path, choice.name),
                "value": choice.value,
                "label": choice.label,
            }
            if choice.help:
                option["help"] = choice.help
            if choice.translations:
                option["translations"] = {
                    tag: {"label": label} for tag, label in choice.translations.items()
                }
            made.append(option)
        return made


def read_choices(
    sheet: Sheet, language: str, others: Mapping[str, str], report: ExchangeReport
) -> dict[str, ChoiceList]:
    """Return the lists by name, with labels in ``others`` (heading → tag).

    Doubled, empty and surplus choices stand in the report.
    """
    lists: dict[str, ChoiceList] = {}
    _refuse_columns(sheet, report)
    for row in sheet.rows:
        cells = read_cells(row, language)
        # „name“ may be called „value“ here, and pyxform's own alias of it is the same.
        list_name = cells.get("list_name", "") or cells.get("list name", "")
        name = cells.get("name", "")
        if not list_name or not name:
            if list_name or name or cells.get("label"):
                report.refuse(
                    list_name or name or cells["label"],
                    "choice",
                    _("Zeile {row} des Blatts „choices“: list_name oder name fehlt.").format(
                        row=row.number
                    ),
                )
            continue
        found = lists.setdefault(list_name, ChoiceList(list_name))
        choice = Choice(
            name,
            cells.get(OWN_VALUE) or name,
            (cells.get("label") or name)[:LONGEST_LABEL],
            cells.get(OWN_ID, ""),
            cells.get(OWN_HELP, ""),
            {
                tag: translated["label"][:LONGEST_LABEL]
                for tag, translated in translated_cells(row, others).items()
                if translated.get("label")
            },
        )
        reason = _unusable(choice, found)
        if reason:
            report.refuse(f"{list_name}: {name}", "choice", reason)
        else:
            found.choices.append(choice)
    return lists


def _first_word(label: str) -> str:
    return re.split(r"[\s,.;:!]+", label.strip().lower(), maxsplit=1)[0]


def _unusable(choice: Choice, found: ChoiceList) -> str:
    if len(choice.value) > LONGEST_VALUE or "\n" in choice.value:
        return _("Der Wert ist länger als {limit} Zeichen.").format(limit=LONGEST_VALUE)
    if any(choice.value == other.value or choice.name == other.name for other in found.choices):
        return _("Diese Antwort steht in der Liste doppelt.")
    if len(found.choices) >= MOST_CHOICES:
        return _("Mehr als {limit} Antworten hat keine Liste.").format(limit=MOST_CHOICES)
    return ""


def _refuse_columns(sheet: Sheet, report: ExchangeReport) -> None:
    for header in sheet.columns:
        column, _language = canonical_column(header)
        used = any(row.cells.get(header) for row in sheet.rows)
        if header and used and column not in _KNOWN:
            report.refuse(
                header,
                "column",
                _("Diese Spalte des Blatts „choices“ wird nicht übernommen (zum Beispiel Filter "
                  "für abhängige Listen, Bilder)."),
            )  # fmt: skip
