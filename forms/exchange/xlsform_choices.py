"""The sheet ``choices``: the lists of possible answers, by name."""

from __future__ import annotations

from dataclasses import dataclass, field

from forms.exchange.naming import derived_id
from forms.exchange.report import ExchangeReport, Object
from forms.exchange.workbook import Sheet
from forms.exchange.xlsform_outline import canonical_column, read_cells
from forms.expressions.nodes import Json
from tenants.language import _

MOST_CHOICES = 500
LONGEST_VALUE = 100
LONGEST_LABEL = 500
OWN_ID, OWN_VALUE, OWN_HELP = "siegel_id", "siegel_value", "siegel_help"

_YES_NO = (("yes", "no"), ("ja", "nein"), ("true", "false"), ("1", "0"), ("y", "n"), ("j", "n"))
_KNOWN = frozenset({"list_name", "list name", "name", "label", OWN_ID, OWN_VALUE, OWN_HELP})


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer; ``value`` is what is stored, ``name`` what rules call it."""

    name: str
    value: str
    label: str
    id: str = ""
    help: str = ""


@dataclass(slots=True)
class ChoiceList:
    """The choices of a list in their order."""

    name: str
    choices: list[Choice] = field(default_factory=list)

    @property
    def yes_no(self) -> tuple[str, str] | None:
        """Return the names that mean yes and no if the list asks nothing else."""
        names = {choice.name.lower(): choice.name for choice in self.choices}
        for yes, no in _YES_NO:
            if len(self.choices) == 2 and names.keys() == {yes, no}:
                return names[yes], names[no]
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
            made.append(option)
        return made


def read_choices(sheet: Sheet, language: str, report: ExchangeReport) -> dict[str, ChoiceList]:
    """Return the lists by name; doubled, empty and surplus choices stand in the report."""
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
        )
        reason = _unusable(choice, found)
        if reason:
            report.refuse(f"{list_name}: {name}", "choice", reason)
        else:
            found.choices.append(choice)
    return lists


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
