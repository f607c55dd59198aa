"""The survey sheet of an XLSForm as a tree: groups, repeats and questions with their cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pyxform import aliases

from forms.exchange.report import ExchangeReport, ImportRefused
from forms.exchange.workbook import Sheet, SheetRow
from tenants.language import _

DEEPEST_GROUP = 12
TRANSLATED = ("label", "hint", "guidance_hint", "constraint_message", "required_message")

_SELECTS = {
    "select one": "select_one",
    "select all that apply": "select_multiple",
    "select one external": "select_one_external",
    "rank": "rank",
}
_COLUMNS = {
    ("bind", "relevant"): "relevant",
    ("bind", "required"): "required",
    ("bind", "readonly"): "read_only",
    ("bind", "constraint"): "constraint",
    ("bind", "jr:constraintMsg"): "constraint_message",
    ("bind", "jr:requiredMsg"): "required_message",
    ("bind", "calculate"): "calculation",
    ("control", "appearance"): "appearance",
    ("control", "jr:count"): "repeat_count",
}
_BEGIN = re.compile(r"(begin|end)[ _]+(.+)")
_FROM_FILE = re.compile(r"select[ _](one|multiple)[ _]from[ _]file")


@dataclass(slots=True)
class Item:
    """A row of the survey sheet; groups and repeats have children."""

    row: SheetRow
    type: str
    """``text``, ``select_one``, ``group``, ``repeat`` … in the spelling of the standard."""
    argument: str
    """The choice list of a select."""
    name: str
    cells: dict[str, str]
    children: list[Item] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The label as written, else the name."""
        return self.cells.get("label") or self.name


def canonical_column(header: str) -> tuple[str, str]:
    """Return the standard name of a column and its language: ``label::Deutsch (de)``."""
    base, separator, language = header.partition("::")
    if not separator:
        base, separator, language = header.partition(":")
        if base.strip().lower() not in (*TRANSLATED, "media"):
            base, language = header, ""
    folded = re.sub(r"\s+", "_", base.strip().lower())
    if folded in ("media", "bind", "body", "control", "instance"):
        return f"{folded}::{language.strip()}", ""
    meaning = aliases.survey_header.get(folded, folded)
    if isinstance(meaning, tuple):
        return _COLUMNS.get(meaning, "::".join(meaning)), language.strip()
    return str(meaning), language.strip()


def choose_language(sheets: dict[str, Sheet], wanted: str) -> tuple[str, tuple[str, ...]]:
    """Return the language to read, and the others: the default one, else German, else the first."""
    languages: dict[str, None] = {}
    for name in ("survey", "choices"):
        for header in sheets.get(name, Sheet()).columns:
            _column, language = canonical_column(header)
            if language and not _column.startswith(("media", "bind", "body", "instance")):
                languages.setdefault(language)
    if not languages:
        return "", ()
    german = re.compile(r"deutsch|german|\(de\b|^de$", re.IGNORECASE)
    chosen = next(
        (one for one in languages if one == wanted),
        next((one for one in languages if german.search(one)), next(iter(languages))),
    )
    return chosen, tuple(one for one in languages if one != chosen)


def read_cells(row: SheetRow, language: str) -> dict[str, str]:
    """Return the texts of ``row`` by standard column, in one language."""
    cells: dict[str, str] = {}
    fallback: dict[str, str] = {}
    for header, text in row.cells.items():
        column, written = canonical_column(header)
        if not written or written == language:
            if written or column not in cells:
                cells[column] = text
        elif column in TRANSLATED:
            fallback.setdefault(column, text)
    return fallback | cells


def read_outline(sheet: Sheet, language: str, report: ExchangeReport) -> list[Item]:
    """Return the tree of the survey sheet. Raises `ImportRefused` if groups do not close."""
    top: list[Item] = []
    stack: list[Item] = []
    for row in sheet.rows:
        cells = read_cells(row, language)
        written = cells.get("type", "")
        if not written:
            _refuse_untyped(row, cells, report)
            continue
        edge = _BEGIN.fullmatch(written.strip().lower())
        if edge and edge[1] == "end":
            _close(stack, row)
            continue
        item = _item(row, written, cells)
        _refuse_formulas(item, report)
        (stack[-1].children if stack else top).append(item)
        if edge:
            stack.append(item)
            if len(stack) > DEEPEST_GROUP:
                raise ImportRefused(
                    _("Gruppen sind tiefer als {limit} Ebenen verschachtelt.").format(
                        limit=DEEPEST_GROUP
                    )
                )
    if stack:
        raise ImportRefused(
            _("Die Gruppe „{name}“ wird nicht geschlossen (Zeile {row}).").format(
                name=stack[-1].name, row=stack[-1].row.number
            )
        )
    return top


def _close(stack: list[Item], row: SheetRow) -> None:
    if not stack:
        raise ImportRefused(
            _("In Zeile {row} endet eine Gruppe, die nicht begonnen hat.").format(row=row.number)
        )
    stack.pop()


def _item(row: SheetRow, written: str, cells: dict[str, str]) -> Item:
    type_, argument = _split_type(written)
    name = cells.get("name", "")
    return Item(row, type_, argument, name or f"{type_}_{row.number}", cells)


def _split_type(written: str) -> tuple[str, str]:
    words = " ".join(written.split())
    folded = words.lower()
    edge = _BEGIN.fullmatch(folded)
    if edge:
        return aliases.control.get(edge[2], edge[2]), ""
    if _FROM_FILE.match(folded):
        return "select_from_file", words.split(" ", 1)[-1]
    for alias, meaning in sorted(aliases.select.items(), key=lambda pair: -len(pair[0])):
        if folded == alias or folded.startswith(f"{alias} "):
            return _SELECTS[meaning], words[len(alias) :].strip()
    return folded.split(" ")[0], words.partition(" ")[2]


def _refuse_untyped(row: SheetRow, cells: dict[str, str], report: ExchangeReport) -> None:
    if cells.get("name") or cells.get("label"):
        report.refuse(
            cells.get("name") or cells["label"],
            "type",
            _("Zeile {row}: Die Spalte „type“ ist leer.").format(row=row.number),
        )


def _refuse_formulas(item: Item, report: ExchangeReport) -> None:
    for column in item.row.formulas:
        report.refuse(
            item.name,
            "formula",
            _("In der Spalte „{column}“ steht eine Excel-Formel; sie wird nicht "
              "ausgerechnet.").format(column=column),
        )  # fmt: skip
