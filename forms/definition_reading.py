"""Turns a document that keeps the meta-schema into elements, and collects what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping

from forms.document_settings import Object, number, objects, place_of, text, texts
from forms.elements import (
    MAXIMUM_ROWS,
    CalculatedField,
    Codelist,
    ColumnSource,
    Field,
    Heading,
    InfoField,
    Level,
    MatrixField,
    NotRecordedRule,
    Page,
    Prefill,
    RepeatField,
    RowRule,
    Rule,
    Section,
)
from forms.expressions.interpreting import Expression, compile_expression
from forms.expressions.limits import ExpressionSyntaxError
from forms.expressions.nodes import Json
from forms.fields.choices import read_options
from forms.fields.kind import Common, Reading
from forms.fields.registry import KINDS
from forms.procedure.steps import Procedure, ProcedureStep
from tenants.language import _


class DefinitionReader:
    """Reads one form document. ``findings`` holds what could not be read, in German."""

    def __init__(self, codelists: Mapping[str, Codelist]) -> None:
        self.findings: list[str] = []
        self._reading = Reading(codelists, self.findings)

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
        required, level = self._required(document.get("required", False), place)
        common = Common(
            id=text(document, "id"),
            key=text(document, "key"),
            type=text(document, "type"),
            label=text(document, "label"),
            page_key=page_key,
            section_key=section_key,
            repeat_key=repeat_key,
            help=text(document, "help"),
            required=required,
            required_level=level,
            visible=self._expression(document.get("visible"), place, "visible"),
            valid=tuple(self._rule(item, place) for item in objects(document, "valid")),
            data_class=text(document, "data_class"),
            visible_to=texts(document, "visible_to"),
            prefill=_prefill(document),
            not_recorded=_not_recorded(document.get("not_recorded")),
            shown_to=_shown_to(document.get("masked")),
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
        return KINDS[common["type"]].element(document, common, self._reading)

    def _required(self, stored: Json, place: str) -> tuple[bool | Expression, Level]:
        """Read ``true``, a condition, or ``{"level": "warning", "when": condition}``."""
        if isinstance(stored, dict):
            condition: Json = stored.get("when", True)
            level: Level = "warning" if stored.get("level") == "warning" else "error"
        else:
            condition, level = stored, "error"
        if isinstance(condition, bool):
            return condition, level
        return self._expression(condition, place, "required") or False, level

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


def read_codelists(document: Object, findings: list[str]) -> dict[str, Codelist]:
    """Read the codelists of a form by key; add a finding for days that no calendar has."""
    return {
        text(item, "key"): Codelist(
            id=text(item, "id"),
            key=text(item, "key"),
            title=text(item, "title"),
            entries=read_options(item, "entries", findings),
        )
        for item in objects(document, "codelists")
    }


def _prefill(document: Object) -> Prefill | None:
    prefill = document.get("prefill")
    if not isinstance(prefill, dict):
        return None
    return Prefill(text(prefill, "source"), readonly=prefill.get("readonly") is True)


def _not_recorded(stored: Json) -> NotRecordedRule | None:
    if isinstance(stored, dict):
        return NotRecordedRule(reasons=texts(stored, "reasons"))
    return NotRecordedRule() if stored is True else None


def _shown_to(stored: Json) -> tuple[str, ...]:
    return texts(stored, "shown_to") if isinstance(stored, dict) else ()


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
        cells=read_options(document, "cells"),
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


def _headings(document: Object, name: str) -> tuple[Heading, ...]:
    return tuple(
        Heading(id=text(item, "id"), key=text(item, "key"), label=text(item, "label"))
        for item in objects(document, name)
    )
