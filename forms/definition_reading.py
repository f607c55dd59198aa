"""Turns a document that keeps the meta-schema into elements, and collects what cannot be read."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from forms.elements import (
    MAXIMUM_ROWS,
    MAXIMUM_TEXT,
    CalculatedField,
    ChoiceField,
    ColumnSource,
    DateField,
    DeclarationField,
    Field,
    Heading,
    InfoField,
    MatrixField,
    NumberField,
    Option,
    Page,
    Prefill,
    RepeatField,
    RowRule,
    Rule,
    Section,
    TextField,
)
from forms.expressions.interpreting import Expression, compile_expression
from forms.expressions.limits import ExpressionSyntaxError
from forms.expressions.nodes import Json
from forms.fields.numbers import load_decimal
from forms.fields.pattern import PatternError, check_pattern
from forms.procedure.steps import Procedure, ProcedureStep
from tenants.language import _

Object = dict[str, Json]


class Common(TypedDict):
    """What every field is made with."""

    id: str
    key: str
    type: str
    label: str
    page_key: str
    section_key: str
    repeat_key: str
    help: str
    required: bool | Expression
    visible: Expression | None
    valid: tuple[Rule, ...]
    data_class: str
    visible_to: tuple[str, ...]
    prefill: Prefill | None


class DefinitionReader:
    """Reads one form document. ``findings`` holds what could not be read, in German."""

    def __init__(self) -> None:
        self.findings: list[str] = []

    def page(self, document: Object) -> Page:
        """Read a page with its sections and fields."""
        key = text(document, "key")
        place = _("Seite „{title}“ ({key})").format(title=text(document, "title"), key=key)
        return Page(
            id=text(document, "id"),
            key=key,
            title=text(document, "title"),
            intro=text(document, "intro"),
            visible=self._expression(document.get("visible"), place, "visible"),
            sections=tuple(self._section(item, key) for item in objects(document, "sections")),
        )

    def _section(self, document: Object, page_key: str) -> Section:
        key = text(document, "key")
        place = _("Abschnitt „{title}“").format(title=text(document, "title") or key)
        return Section(
            id=text(document, "id"),
            key=key,
            title=text(document, "title"),
            visible=self._expression(document.get("visible"), place, "visible"),
            filled_by=texts(document, "filled_by"),
            visible_to=texts(document, "visible_to"),
            fields=tuple(
                self._field(item, page_key, key, "") for item in objects(document, "fields")
            ),
        )

    def _field(self, document: Object, page_key: str, section_key: str, repeat_key: str) -> Field:
        place = place_of(document)
        required = document.get("required", False)
        common = Common(
            id=text(document, "id"),
            key=text(document, "key"),
            type=text(document, "type"),
            label=text(document, "label"),
            page_key=page_key,
            section_key=section_key,
            repeat_key=repeat_key,
            help=text(document, "help"),
            required=(
                required
                if isinstance(required, bool)
                else self._expression(required, place, "required") or False
            ),
            visible=self._expression(document.get("visible"), place, "visible"),
            valid=tuple(self._rule(item, place) for item in objects(document, "valid")),
            data_class=text(document, "data_class"),
            visible_to=texts(document, "visible_to"),
            prefill=_prefill(document),
        )
        match common["type"]:
            case "repeat":
                return self._repeat(document, common)
            case "matrix":
                return _matrix(document, common)
            case "calculated":
                return self._calculated(document, common, place)
            case "info":
                return InfoField(**common, text=text(document, "text"))
            case "declaration":
                return DeclarationField(**common, text=text(document, "text"))
        return self._simple(document, common, place)

    def _simple(self, document: Object, common: Common, place: str) -> Field:
        match common["type"]:
            case "text" | "long_text":
                return self._text(document, common, place)
            case "integer" | "decimal" | "money":
                return NumberField(
                    **common,
                    minimum=load_decimal(document.get("minimum")),
                    maximum=load_decimal(document.get("maximum")),
                    places=number(document, "places"),
                    unit=text(document, "unit"),
                )
            case "date":
                return DateField(
                    **common,
                    minimum=self._day(document, "minimum", place),
                    maximum=self._day(document, "maximum", place),
                )
            case "radio" | "select" | "checkboxes":
                return ChoiceField(
                    **common,
                    options=_options(document, "options"),
                    minimum=number(document, "minimum"),
                    maximum=number(document, "maximum"),
                )
        return Field(**common)

    def _text(self, document: Object, common: Common, place: str) -> Field:
        pattern = text(document, "pattern")
        if pattern:
            try:
                check_pattern(pattern)
            except PatternError as error:
                self.findings.append(f"{place}: {error}")
                pattern = ""
        return TextField(
            **common,
            max_length=number(document, "max_length") or MAXIMUM_TEXT,
            pattern=pattern,
            pattern_message=text(document, "pattern_message"),
            autocomplete=text(document, "autocomplete"),
            rows=number(document, "rows") or 5,
        )

    def _calculated(self, document: Object, common: Common, place: str) -> Field:
        return CalculatedField(
            **common,
            value=self._expression(document.get("value"), place, "value") or _NULL,
            result=text(document, "result"),
            places=number(document, "places"),
            unit=text(document, "unit"),
        )

    def _repeat(self, document: Object, common: Common) -> Field:
        maximum = number(document, "maximum")
        name = f"{common['repeat_key']}.{common['key']}".removeprefix(".")
        return RepeatField(
            **common,
            display=text(document, "display"),
            item_label=text(document, "item_label"),
            minimum=number(document, "minimum") or 0,
            maximum=MAXIMUM_ROWS if maximum is None else maximum,
            totals=texts(document, "totals"),
            fields=tuple(
                self._field(item, common["page_key"], common["section_key"], name)
                for item in objects(document, "fields")
            ),
        )

    def _rule(self, document: Object, place: str) -> Rule:
        return Rule(
            expression=self._expression(document.get("rule"), place, "valid") or _NULL,
            message=text(document, "message"),
            level="warning" if document.get("level") == "warning" else "error",
        )

    def _expression(self, source: Json, place: str, purpose: str) -> Expression | None:
        if not isinstance(source, str):
            return None
        try:
            return compile_expression(source)
        except ExpressionSyntaxError as error:
            self.findings.append(f"{place}, {purpose}: {error}")
            return None

    def _day(self, document: Object, name: str, place: str) -> date | None:
        value = document.get(name)
        if not isinstance(value, str):
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.findings.append(
                _("{place}, {name}: Den Tag {day} gibt es nicht.").format(
                    place=place, name=name, day=value
                )
            )
            return None


_NULL = compile_expression("none")
"""Stands where an expression could not be read; the finding keeps the form from being used."""


def read_procedure(document: Object) -> Procedure:
    """Return the steps of a form document; none when it says nothing of them."""
    procedure = document.get("procedure")
    return Procedure(
        steps=tuple(
            ProcedureStep(
                key=text(item, "key"),
                title=text(item, "title"),
                role=text(item, "role"),
                sections=texts(item, "sections"),
            )
            for item in objects(procedure if isinstance(procedure, dict) else {}, "steps")
        )
    )


def _prefill(document: Object) -> Prefill | None:
    prefill = document.get("prefill")
    if not isinstance(prefill, dict):
        return None
    return Prefill(text(prefill, "source"), readonly=prefill.get("readonly") is True)


def _matrix(document: Object, common: Common) -> Field:
    source = document.get("columns_from")
    return MatrixField(
        **common,
        rows=_headings(document, "rows"),
        columns=_headings(document, "columns"),
        columns_from=(
            ColumnSource(
                repeat=text(source, "repeat"), key=text(source, "key"), label=text(source, "label")
            )
            if isinstance(source, dict)
            else None
        ),
        cells=_options(document, "cells"),
        row_rules=tuple(_row_rule(item) for item in objects(document, "row_rules")),
    )


def _row_rule(document: Object) -> RowRule:
    when = document.get("when")
    return RowRule(
        kind=text(document, "kind"),
        value=text(document, "value"),
        count=number(document, "count") or 1,
        message=text(document, "message"),
        when_any=text(when, "any") if isinstance(when, dict) else "",
    )


def _options(document: Object, name: str) -> tuple[Option, ...]:
    return tuple(
        Option(
            id=text(item, "id"),
            value=text(item, "value"),
            label=text(item, "label"),
            help=text(item, "help"),
        )
        for item in objects(document, name)
    )


def _headings(document: Object, name: str) -> tuple[Heading, ...]:
    return tuple(
        Heading(id=text(item, "id"), key=text(item, "key"), label=text(item, "label"))
        for item in objects(document, name)
    )


def place_of(document: Object) -> str:
    """Name a field for a finding."""
    return _("Feld „{label}“ ({key})").format(
        label=text(document, "label"), key=text(document, "key")
    )


def text(document: Object, name: str) -> str:
    """Return the text ``name`` of ``document``, empty when it has none."""
    value = document.get(name)
    return value if isinstance(value, str) else ""


def number(document: Object, name: str) -> int | None:
    """Return the whole number ``name`` of ``document``, None when it has none."""
    value = document.get(name)
    return int(value) if isinstance(value, int | float) else None


def texts(document: Object, name: str) -> tuple[str, ...]:
    """Return the texts in the list ``name`` of ``document``."""
    value = document.get(name)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def objects(document: Object, name: str) -> list[Object]:
    """Return the objects in the list ``name`` of ``document``."""
    value = document.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
