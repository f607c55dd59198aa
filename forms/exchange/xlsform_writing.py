"""Writes a form as XLSForm (XLSX) that ODK, Kobo or Excel can go on with.

What XLSForm has no words for is named in the report and kept in a sheet of our own, so that
reading the workbook again gives the same form (`forms.exchange.originals`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from forms.definition import FormDefinition, content_sha256, parse_definition
from forms.elements import ChoiceField, Field, MatrixField, Option, Page, RepeatField, Section
from forms.exchange import originals
from forms.exchange.naming import key_of
from forms.exchange.originals import Original, original_rows
from forms.exchange.report import ExchangeReport, Object
from forms.exchange.workbook import cell_text
from forms.exchange.xlsform_rows import YES_NO_LIST, RowWriter, clean, filled
from forms.exchange.xlsform_unsaid import refuse_unsaid
from forms.exchange.xpath_writing import Room, Target
from forms.languages import language_of
from tenants.language import _

SURVEY = (
    "type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message",
    "calculation", "appearance", "parameters", "repeat_count", "siegel_id",
)  # fmt: skip
CHOICES = ("list_name", "name", "label", "siegel_id", "siegel_value", "siegel_help")
SETTINGS = ("form_title", "form_id", "version", "default_language")
_WIDTHS = {"label": 60, "hint": 40, "relevant": 34, "constraint": 34, "calculation": 34,
           "constraint_message": 34, "name": 26, "type": 26, "form_title": 50}  # fmt: skip
_CHOICE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True, slots=True)
class ExportedForm:
    """A workbook with the report on what XLSForm could not say."""

    data: bytes
    report: ExchangeReport


@dataclass(slots=True)
class _Sheets:
    survey: list[dict[str, str]] = field(default_factory=list)
    choices: list[dict[str, str]] = field(default_factory=list)
    originals: list[tuple[str, int, str]] = field(default_factory=list)


def write_xlsform(document: Object) -> ExportedForm:
    """Return ``document`` as XLSForm. Raises `forms.definition.DefinitionError`."""
    definition = parse_definition(document)
    writer = _FormWriter(definition, document)
    writer.write()
    return ExportedForm(_workbook(definition, document, writer.sheets), writer.report)


class _FormWriter:
    def __init__(self, definition: FormDefinition, document: Object) -> None:
        self._definition = definition
        self._documents = {str(item["id"]): item for item in _identified(document)}
        self._names: set[str] = set()
        self._targets: dict[str, Target] = {}
        self._lists: dict[str, str] = {}
        self.report = ExchangeReport()
        self.sheets = _Sheets()
        self._rows = RowWriter(self.report)

    def write(self) -> None:
        own = {name: value for name, value in self._documents[self._definition.id].items()}
        refuse_unsaid(self._definition.key, own, self.report)
        self._keep("form", own, {"form_id": self._definition.key}, ("pages",))
        for tag in self._definition.languages[1:]:
            self.report.refuse(
                language_of(tag).german, "language",
                _("In der Arbeitsmappe stehen die deutschen Texte. Die Übersetzung hebt sie auf, "
                  "zeigt sie aber nicht."),
            )  # fmt: skip
        for item in self._definition.fields.values():
            self._give_name(item, "")
        for page in self._definition.pages:
            self._write_page(page)

    def _give_name(self, item: Field, prefix: str) -> None:
        path = f"{prefix}{item.key}"
        name = self._free_name(item.key, path)
        choices: dict[str, str] = {}
        if isinstance(item, ChoiceField):
            self._lists[path] = name
            choices = self._write_choices(name, item.options)
        self._targets[path] = Target(name, item.type, choices)
        if isinstance(item, RepeatField):
            for column in item.fields:
                self._give_name(column, f"{path}.")
        if isinstance(item, MatrixField):
            self._name_cells(item, path, name)

    def _free_name(self, key: str, path: str) -> str:
        name = key if key not in self._names else path.replace(".", "_")
        number = 1
        wanted = name
        while name in self._names:
            number += 1
            name = f"{wanted}_{number}"
        self._names.add(name)
        return name

    def _name_cells(self, item: MatrixField, path: str, name: str) -> None:
        choices = self._write_choices(name, item.cells)
        self._lists[path] = name
        for row in item.rows:
            for column in item.columns:
                cell = self._free_name(key_of(f"{name}_{row.key}_{column.key}"), "")
                cell_path = f"{path}.{row.key}.{column.key}"
                self._targets[cell_path] = Target(cell, "radio", choices)

    def _write_choices(self, list_name: str, options: Iterable[Option]) -> dict[str, str]:
        names: dict[str, str] = {}
        for option in options:
            name = option.value
            if not _CHOICE_NAME.fullmatch(name) or name in names.values():
                stem = key_of(option.value, "wert")
                name, number = stem, 1
                while name in names.values():
                    number += 1
                    name = f"{stem}_{number}"
            names[option.value] = name
            self.sheets.choices.append(
                filled({
                    "list_name": list_name, "name": name, "label": option.label,
                    "siegel_id": option.id,
                    "siegel_value": option.value if name != option.value else "",
                    "siegel_help": option.help,
                })
            )  # fmt: skip
        return names

    def _keep(
        self, key: str, element: Object, cells: dict[str, str], without: tuple[str, ...],
        children: tuple[str, ...] = (), unsaid: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        kept = {name: value for name, value in element.items() if name not in without}
        self.sheets.originals += original_rows(key, Original(kept, cells, children, unsaid))

    def _append(self, identity: str, cells: dict[str, str]) -> None:
        self.sheets.survey.append(cells | {"siegel_id": identity})

    def _write_page(self, page: Page) -> None:
        name = self._free_name(f"seite_{page.key}", f"seite_{page.key}")
        room = Room(self._targets)
        cells = self._rows.group(page, name, page.title, room)
        self._keep(page.id, self._documents[page.id], cells, ("sections",))
        refuse_unsaid(page.key, self._documents[page.id], self.report)
        self._append(page.id, cells)
        self.report.carry(page.key, "page", name)
        for section in page.sections:
            self._write_section(section, room)
        self.sheets.survey.append({"type": "end_group", "name": name})

    def _write_section(self, section: Section, room: Room) -> None:
        name = self._free_name(f"abschnitt_{section.key}", f"abschnitt_{section.key}")
        cells = self._rows.group(section, name, section.title, room)
        self._keep(section.id, self._documents[section.id], cells, ("fields",))
        refuse_unsaid(section.key, self._documents[section.id], self.report)
        self._append(section.id, cells)
        self.report.carry(section.key, "section", name)
        for item in section.fields:
            self._write_field(item, room, "")
        self.sheets.survey.append({"type": "end_group", "name": name})

    def _write_field(self, item: Field, room: Room, prefix: str) -> None:
        path = f"{prefix}{item.key}"
        target = self._targets[path]
        refuse_unsaid(path, self._documents[item.id], self.report)
        if isinstance(item, MatrixField):
            self._write_matrix(item, path, target, room)
            return
        cells = self._rows.field(item, path, target.name, self._lists.get(path, ""), room)
        self._keep(
            item.id, self._documents[item.id], cells, ("fields",),
            unsaid=tuple(self._rows.unsaid),
        )  # fmt: skip
        self._append(item.id, cells)
        self.report.carry(path, item.type, target.name)
        if isinstance(item, RepeatField):
            for column in item.fields:
                self._write_field(column, Room(self._targets, path), f"{path}.")
            self.sheets.survey.append({"type": "end_repeat", "name": target.name})

    def _write_matrix(self, item: MatrixField, path: str, target: Target, room: Room) -> None:
        cells = filled({"type": "begin_group", "name": target.name, "label": item.label,
                        "hint": item.help})  # fmt: skip
        rows = []
        for row in item.rows:
            for column in item.columns:
                cell = self._targets[f"{path}.{row.key}.{column.key}"].name
                label = f"{row.label}: {column.label}"
                kind = f"select_one {self._lists[path]}"
                rows.append(filled({"type": kind, "name": cell, "label": label}))
        if not rows:
            self.report.refuse(
                path, "matrix",
                _("Spalten, die aus einer Wiederholgruppe entstehen, hat XLSForm nicht."),
            )  # fmt: skip
            note = self._free_name(f"{target.name}_hinweis", "")
            rows.append({"type": "note", "name": note, "label": clean(item.label)})
        if item.row_rules:
            self.report.refuse(path, "row_rules", _("Regeln je Zeile einer Matrix hat XLSForm "
                                                    "nicht."))  # fmt: skip
        names = tuple(row["name"] for row in rows)
        self._keep(item.id, self._documents[item.id], cells, (), names)
        self._append(item.id, cells)
        self.sheets.survey += rows
        self.sheets.survey.append({"type": "end_group", "name": target.name})
        self.report.carry(path, "matrix", target.name)


def _identified(node: object) -> Iterable[Object]:
    """Yield every object of the document that has an id."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            if isinstance(current.get("id"), str):
                yield current
            waiting.extend(current.values())
        elif isinstance(current, list):
            waiting.extend(current)


def _workbook(definition: FormDefinition, document: Object, sheets: _Sheets) -> bytes:
    book = Workbook()
    survey = book.worksheets[0]
    survey.title = "survey"
    _fill(survey, SURVEY, sheets.survey)
    if any(row.get("type") == f"select_one {YES_NO_LIST}" for row in sheets.survey):
        for name, label in (("ja", _("Ja")), ("nein", _("Nein"))):
            sheets.choices.append({"list_name": YES_NO_LIST, "name": name, "label": label})
    _fill(book.create_sheet("choices"), CHOICES, sheets.choices)
    settings = {
        "form_title": definition.title, "form_id": definition.key,
        "version": content_sha256(document)[:12], "default_language": "",
    }  # fmt: skip
    _fill(book.create_sheet("settings"), SETTINGS, [settings])
    own = book.create_sheet("siegel")
    _fill(
        own,
        originals.COLUMNS,
        [{"id": key, "part": str(part), "json": text} for key, part, text in sheets.originals],
    )
    own.sheet_state = "hidden"
    book.properties.creator = None
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _fill(sheet: Worksheet, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    for number, name in enumerate(columns, start=1):
        cell = sheet.cell(1, number, name)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E8ECF0")
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = _WIDTHS.get(name, 16)
        sheet.column_dimensions[letter].hidden = name.startswith("siegel_")
    for row_number, row in enumerate(rows, start=2):
        for number, name in enumerate(columns, start=1):
            text = row.get(name, "")
            if text:
                cell = sheet.cell(row_number, number, cell_text(text))
                # A text that begins with „=“ is a text, not a formula.
                cell.data_type = "s"
                cell.alignment = Alignment(vertical="top", wrap_text=name in ("label", "hint"))
    sheet.freeze_panes = "A2"
