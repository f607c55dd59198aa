"""One element of a form as cells of the survey sheet."""

from __future__ import annotations

from dataclasses import dataclass

from forms.elements import (
    MAXIMUM_TEXT,
    CalculatedField,
    ChoiceField,
    DateField,
    DeclarationField,
    Field,
    InfoField,
    NumberField,
    Page,
    RepeatField,
    ScaleField,
    Section,
    TextField,
)
from forms.exchange.report import ExchangeReport
from forms.exchange.xpath_writing import (
    NotExpressible,
    Room,
    xpath_from_expression,
    xpath_value,
)
from forms.expressions.interpreting import Expression
from forms.fields.file import FileField
from tenants.language import _

YES_NO_LIST = "ja_nein"
TYPES = {
    "text": "text", "long_text": "text", "email": "text", "iban": "text", "integer": "integer",
    "decimal": "decimal", "money": "decimal", "percent": "decimal", "hours": "decimal",
    "date": "date", "time": "time", "datetime": "dateTime", "scale": "range", "info": "note",
    "calculated": "calculate", "declaration": "acknowledge", "repeat": "begin_repeat",
    "file": "file",
}  # fmt: skip
_PICTURES = frozenset({"jpg", "png", "tif"})
_APPEARANCES = {"long_text": "multiline", "select": "minimal"}
# What a type asks beyond what XLSForm can ask; our own workbook remembers it.
_POORER = {
    "email": _("In XLSForm ist es ein Textfeld ohne Prüfung der Adresse."),
    "iban": _("In XLSForm ist es ein Textfeld ohne Prüfung der Prüfziffer."),
    "money": _("In XLSForm ist es eine Dezimalzahl ohne Euro."),
    "percent": _("In XLSForm ist es eine Dezimalzahl ohne Prozent."),
    "hours": _("In XLSForm ist es eine Dezimalzahl; Stunden und Minuten fragt sie nicht ab."),
    "file": _(
        "In XLSForm nimmt die Frage eine Datei beliebiger Größe; Zahl und Größe fehlen dort."
    ),
    "scale": _("In XLSForm fehlen die Worte an den Enden und „keine Angabe“."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the survey sheet: cells by column."""

    cells: dict[str, str]


class RowWriter:
    """Writes elements as cells; what cannot be said in XLSForm goes to the report."""

    def __init__(self, report: ExchangeReport) -> None:
        self._report = report
        self.unsaid: list[str] = []
        """Rules of the field written last that its constraint does not say."""

    def group(self, element: Page | Section, name: str, label: str, room: Room) -> dict[str, str]:
        """Return the opening row of a page or section."""
        cells = {"type": "begin_group", "name": name, "label": label}
        if isinstance(element, Page):
            cells |= {"appearance": "field-list", "hint": element.intro}
        self._condition(cells, "relevant", element.visible, name, room)
        return filled(cells)

    def field(
        self, field: Field, path: str, name: str, choice_list: str, room: Room
    ) -> dict[str, str]:
        """Return the row of the question at ``path``; of a repeat group its opening row."""
        cells = {
            "type": self._type(field, name, choice_list),
            "name": name,
            "label": field.text if isinstance(field, InfoField | DeclarationField) else field.label,
            "hint": field.help,
            "appearance": _APPEARANCES.get(field.type, ""),
        }
        self._condition(cells, "relevant", field.visible, name, room)
        if isinstance(field.required, bool):
            cells["required"] = "yes" if field.required else ""
        else:
            self._condition(cells, "required", field.required, name, room)
        if isinstance(field, ScaleField):
            cells["parameters"] = f"start={field.minimum} end={field.maximum} step=1"
        if isinstance(field, RepeatField) and field.minimum == field.maximum:
            cells["repeat_count"] = str(field.minimum)
        if isinstance(field, CalculatedField):
            self._calculation(cells, field, name, room)
        self._constraint(cells, field, name, Room(room.targets, room.repeat, path))
        return filled(cells)

    def _type(self, field: Field, name: str, choice_list: str) -> str:
        if field.type in _POORER:
            self._report.refuse(name, field.type, _POORER[field.type])
        if isinstance(field, FileField) and set(field.kinds) <= _PICTURES:
            return "image"
        if field.type == "yes_no":
            return f"select_one {YES_NO_LIST}"
        if isinstance(field, ChoiceField):
            many = "select_multiple" if field.type == "checkboxes" else "select_one"
            return f"{many} {choice_list}"
        if field.type not in TYPES:
            self._report.refuse(
                name, field.type,
                _("Den Feldtyp „{type}“ hat XLSForm nicht; dort ist es ein Textfeld.").format(
                    type=field.type
                ),
            )  # fmt: skip
        return TYPES.get(field.type, "text")

    def _condition(
        self,
        cells: dict[str, str],
        column: str,
        expression: Expression | None,
        name: str,
        room: Room,
    ) -> None:
        if expression is None:
            return
        try:
            cells[column] = xpath_from_expression(expression.node, room)
        except NotExpressible as error:
            self._refuse(name, column, expression, error)

    def _calculation(
        self, cells: dict[str, str], field: CalculatedField, name: str, room: Room
    ) -> None:
        try:
            cells["calculation"] = xpath_value(field.value.node, room)
        except NotExpressible as error:
            # A calculate without calculation is no valid XLSForm.
            cells["calculation"] = "''"
            self._refuse(name, "calculation", field.value, error)

    def _constraint(self, cells: dict[str, str], field: Field, name: str, room: Room) -> None:
        parts = _bounds(field)
        self.unsaid = []
        messages = []
        if isinstance(field, TextField) and field.pattern_message:
            messages.append(field.pattern_message)
        for rule in field.valid:
            if rule.level == "warning":
                self.unsaid.append(rule.expression.source)
                self._report.refuse(
                    name, "valid",
                    _("Warnungen, die man bestätigen kann, hat XLSForm nicht ({rule}).").format(
                        rule=rule.expression.source[:120]
                    ),
                )  # fmt: skip
                continue
            try:
                text = xpath_from_expression(rule.expression.node, room)
            except NotExpressible as error:
                self.unsaid.append(rule.expression.source)
                self._refuse(name, "constraint", rule.expression, error)
                continue
            parts.append(f"({text})" if " or " in text or " and " in text else text)
            messages.append(rule.message)
        cells["constraint"] = " and ".join(parts)
        cells["constraint_message"] = " ".join(messages)

    def _refuse(
        self, name: str, column: str, expression: Expression, error: NotExpressible
    ) -> None:
        self._report.refuse(name, column, f"{error} ({expression.source[:120]})")


def _bounds(field: Field) -> list[str]:
    if isinstance(field, NumberField):
        return [
            f". {sign} {value:f}"
            for sign, value in ((">=", field.minimum), ("<=", field.maximum))
            if value is not None
        ]
    if isinstance(field, DateField):
        return [
            f". {sign} date('{value.isoformat()}')"
            for sign, value in ((">=", field.minimum), ("<=", field.maximum))
            if value is not None
        ]
    if isinstance(field, ChoiceField):
        return [
            f"count-selected(.) {sign} {value}"
            for sign, value in ((">=", field.minimum), ("<=", field.maximum))
            if value is not None
        ]
    if isinstance(field, TextField):
        parts = []
        if field.max_length != MAXIMUM_TEXT:
            parts.append(f"string-length(.) <= {field.max_length}")
        if field.pattern and "'" not in field.pattern:
            parts.append(f"regex(., '{_anchored(field.pattern)}')")
        return parts
    return []


def _anchored(pattern: str) -> str:
    """Return a pattern that has to match the whole text, as ours always do."""
    start = "" if pattern.startswith("^") else "^"
    end = "" if pattern.endswith("$") and not pattern.endswith("\\$") else "$"
    inner = f"({pattern})" if "|" in pattern and (start or end) else pattern
    return f"{start}{inner}{end}"


def filled(cells: dict[str, str]) -> dict[str, str]:
    """Return the cells that have a text, as a workbook gives it back."""
    cleaned = {name: clean(text) for name, text in cells.items()}
    return {name: text for name, text in cleaned.items() if text}


def clean(text: str) -> str:
    """Return ``text`` without what a cell cannot hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
    return "".join(
        character for character in text if character >= " " or character in "\n\t"
    ).strip()
