"""Evaluates answers to a form: what is relevant, what is computed, what is wrong.

The order is always the same, for a page saved and for the final submission: read the stored
answers, decide relevance in the order of dependency, drop what is irrelevant, compute, then check
types, constraints, required answers and rules on what is left. Rules see computed values exactly;
they are rounded only where they become the value of a field (and by ``runden``). Column totals
are sums of the exact values, so they agree with ``summe(…)`` in a rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, localcontext
from typing import Literal

from forms.answers import Answers, load_answers
from forms.constraints import Checker, Message
from forms.definition import FormDefinition, Step
from forms.elements import (
    ROW_ID,
    CalculatedField,
    Field,
    MatrixField,
    NotRecorded,
    Page,
    PartValues,
    RepeatField,
    Row,
    Scalar,
    Section,
    Simple,
    Value,
)
from forms.expressions.operands import (
    ARITHMETIC,
    BudgetError,
    Cells,
    ExpressionError,
    InnerRow,
    Operand,
    Rows,
    Scope,
    describe,
    is_true,
)
from forms.expressions.rounding import round_half_up
from forms.fields.kind import EntryError
from forms.fields.not_recorded import KEY as NOT_RECORDED
from forms.fields.numbers import places_of
from forms.fields.registry import has_value, kind_of, operand_of
from forms.matrix import matrix_columns, relevant_cells
from forms.surroundings import NEUTRAL, Surroundings
from tenants.language import _

__all__ = ["Evaluation", "Message", "Stage", "evaluate", "flatten"]

Stage = Literal["draft", "submission"]

MAXIMUM_RESULT = Decimal(10) ** 18
"""A computed number at or above it is an error of the form, not a result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What came out. Nothing in it is changed after :func:`evaluate` returned it."""

    stage: Stage
    values: Mapping[str, Value]
    """Typed values of the relevant fields in the order of the form; None is unanswered."""
    visible: frozenset[str]
    """Relevant elements: ``page:<key>``, ``section:<key>``, ``betrag``, ``kosten[0].betrag``."""
    required: frozenset[str]
    """Paths of the relevant fields that need an answer, answered or not."""
    expected: frozenset[str]
    """Paths of those whose answer is missed with a warning alone."""
    choice_days: Mapping[str, date]
    """For each relevant field with a codelist the day on which its choice has to hold."""
    totals: Mapping[str, Mapping[str, Decimal]]
    """Column sums of the relevant repeat groups that ask for them, by the path of the group:
    ``faelle``, ``faelle[0].einsaetze``."""
    errors: tuple[Message, ...]
    warnings: tuple[Message, ...]
    rows: int
    """Rows of all repeat groups together, relevant or not."""
    surroundings: Surroundings
    """What was known besides the answers, with those rates and Feiertage alone that were used."""

    def messages_at(self, path: str) -> tuple[Message, ...]:
        """Return errors, then warnings, at exactly ``path``."""
        return tuple(message for message in (*self.errors, *self.warnings) if message.path == path)


def evaluate(
    definition: FormDefinition,
    answers: Answers,
    *,
    stage: Stage,
    invalid: Mapping[str, str] | None = None,
    surroundings: Surroundings = NEUTRAL,
) -> Evaluation:
    """Evaluate stored ``answers``; never raises for what a person answered.

    ``invalid`` holds the raw texts of entries that could not be read, by path: they are reported
    as such and not as missing. At the stage ``draft`` nothing is required and rules give
    warnings; at ``submission`` everything counts. ``surroundings`` are day, place and rates.
    """
    loaded = load_answers(definition.fields, answers)
    run = _Run(definition, loaded.values, surroundings)
    with localcontext(ARITHMETIC):
        for step in definition.steps:
            run.take(step)
        totals = run.totals()
        checker = Checker(
            definition=definition,
            scope=run.scope,
            values=run.values,
            visible=run.visible,
            is_draft=stage == "draft",
            errors_at=loaded.errors | _unreadable(definition, invalid or {}),
        )
        for path, text in run.failures:
            checker.report(path, text)
        checker.check()
    return Evaluation(
        stage=stage,
        values={key: run.values[key] for key in definition.fields if key in run.values},
        visible=frozenset(run.visible),
        required=frozenset(checker.required),
        expected=frozenset(checker.expected),
        choice_days=checker.choice_days,
        totals=totals,
        errors=tuple(checker.errors),
        warnings=tuple(checker.warnings),
        rows=loaded.rows,
        surroundings=run.scope.consulted.used(),
    )


def _unreadable(definition: FormDefinition, invalid: Mapping[str, str]) -> dict[str, str]:
    """Return the message for each raw text that is still unreadable."""
    errors: dict[str, str] = {}
    for path, raw in invalid.items():
        field = definition.field_at(path)
        if field is None or not has_value(field):
            continue
        try:
            kind_of(field).parse(field, [raw])
        except EntryError as error:
            errors[path] = str(error)
    return errors


@dataclass(slots=True)
class _RunRow:
    """A row while it is computed: its answers as read, its values, and what rules see of it."""

    path: str
    loaded: Row
    values: Row
    operands: dict[str, Operand]


class _Run:
    """Relevance and values, computed step by step."""

    def __init__(
        self, definition: FormDefinition, loaded: dict[str, Value], surroundings: Surroundings
    ) -> None:
        self.definition = definition
        self.loaded = loaded
        self.scope = Scope({}, surroundings=surroundings)
        self.values: dict[str, Value] = {}
        self.rows: dict[str, list[_RunRow]] = {}
        """The rows of each repeat group by its name, those in all outer rows together."""
        self.groups: dict[str, tuple[RepeatField, Rows]] = {}
        """Each relevant repeat group with its rows by its path."""
        self.visible: set[str] = set()
        self.failures: dict[tuple[str, str], None] = {}

    def take(self, step: Step) -> None:
        """Decide the relevance of one element and compute its value."""
        if step.kind == "column" and isinstance(step.element, Field):
            self._take_column(step.element)
        elif step.parent and step.parent not in self.visible:
            return
        elif self._is_relevant(step.element, step.name):
            self.visible.add(step.name)
            if isinstance(step.element, Field):
                self._take_field(step.element)

    def totals(self) -> dict[str, dict[str, Decimal]]:
        """Return the column sums that the relevant repeat groups ask for."""
        return {
            path: {name: _total(field, name, rows) for name in field.totals}
            for path, (field, rows) in self.groups.items()
            if field.totals
        }

    def _is_relevant(self, element: Page | Section | Field, path: str) -> bool:
        if element.visible is None:
            return True
        try:
            return is_true(element.visible.run(self.scope))
        except ExpressionError as error:
            self._fail(path, _("Die Bedingung, wann dies gefragt wird, ist fehlerhaft"), error)
            return True

    def _fail(self, path: str, what: str, error: ExpressionError) -> None:
        failure = ("", str(error)) if isinstance(error, BudgetError) else (path, f"{what}: {error}")
        self.failures[failure] = None

    def _take_field(self, field: Field) -> None:
        key = field.key
        loaded = self.loaded.get(key)
        if isinstance(field, RepeatField):
            self.values[key], self.scope.names[key] = self._group(field, loaded, key)
        elif isinstance(field, MatrixField):
            cells = loaded if isinstance(loaded, dict) else {}
            relevant = relevant_cells(field, cells, matrix_columns(field, self.values))
            self.values[key] = relevant
            self.scope.names[key] = Cells(relevant)
        elif has_value(field):
            value = None if isinstance(loaded, list | dict) else loaded
            self.values[key], self.scope.names[key] = self._value(field, value, key)

    def _take_column(self, field: Field) -> None:
        key = field.key
        for row in self.rows.get(field.repeat_key, ()):
            path = f"{row.path}.{key}"
            self.scope.row = row.operands
            if not self._is_relevant(field, path):
                continue
            self.visible.add(path)
            loaded = row.loaded.get(key)
            if isinstance(field, RepeatField):
                row.values[key], row.operands[key] = self._group(field, loaded, path, row.operands)
            elif has_value(field):
                value = None if isinstance(loaded, list) else loaded
                row.values[key], row.operands[key] = self._value(field, value, path)
        self.scope.row = None

    def _group(
        self,
        field: RepeatField,
        loaded: object,
        path: str,
        outer: Mapping[str, Operand] | None = None,
    ) -> tuple[list[Row], Rows]:
        """Begin the rows of a group; their columns are computed by later steps."""
        rows = [
            _RunRow(
                f"{path}[{index}]",
                row,
                {ROW_ID: row.get(ROW_ID, "")},
                {} if outer is None else InnerRow(outer),
            )
            for index, row in enumerate(loaded if isinstance(loaded, list) else ())
        ]
        self.rows.setdefault(field.name, []).extend(rows)
        operands = Rows([row.operands for row in rows])
        self.groups[path] = (field, operands)
        return [row.values for row in rows], operands

    def _value(self, field: Field, loaded: Scalar, path: str) -> tuple[Scalar, Operand]:
        if not isinstance(field, CalculatedField):
            return loaded, operand_of(field, loaded)
        try:
            operand = field.value.run(self.scope)
            return _result(field, operand), operand
        except ExpressionError as error:
            self._fail(
                path, _("„{label}“ lässt sich nicht berechnen").format(label=field.label), error
            )
            return None, None


def _total(field: RepeatField, name: str, group: Rows) -> Decimal:
    total = Decimal(0)
    for row in group.rows:
        value = row.get(name)
        if isinstance(value, Decimal):
            total += value
    column = field.columns.get(name)
    places = None if column is None else places_of(column)
    return total if places is None else round_half_up(total, places)


def _result(field: CalculatedField, operand: Operand) -> Scalar:
    """Return ``operand`` as the value of ``field``. Raises :class:`ExpressionError`."""
    if operand is None:
        return None
    match field.result, operand:
        case "text", str() as text:
            return text
        case "yes_no", bool() as answer:
            return answer
        case "date", date() as day:
            return day
        case (("decimal" | "money" | "percent" | "integer" | "hours"), Decimal()):
            return _number(field, operand)
    raise ExpressionError(
        _("Die Rechnung ergibt {kind}, gefragt ist der Typ {result}.").format(
            kind=describe(operand), result=field.result
        )
    )


def _number(field: CalculatedField, number: Decimal) -> Scalar:
    if abs(number) >= MAXIMUM_RESULT:
        raise ExpressionError(_("Das Ergebnis ist eine zu große Zahl."))
    places = places_of(field)
    if places is not None:
        number = round_half_up(number, places)
    return int(number) if field.result in ("integer", "hours") else number


def flatten(values: Mapping[str, Value]) -> dict[str, object]:
    """Return ``values`` as plain JSON with one key for each answer.

    Rows are written ``kosten[0].betrag``, cells ``matrix.zeile.spalte``, parts ``zeitraum.von``,
    decimals and money as strings (money with two places), hours in minutes, dates and times in
    ISO 8601, checkboxes as lists. Unanswered is None; so is what was not recorded, with the
    reason under ``<path>._not_recorded``.
    """
    return dict(_flat(values, ""))


def _flat(values: Mapping[str, Value] | Row, prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        path = prefix + key
        if key == ROW_ID:
            continue
        if isinstance(value, list):
            for index, row in enumerate(value):
                yield from _flat(row, f"{path}[{index}].")
        elif isinstance(value, dict):
            for row_key, cells in value.items():
                for column, cell in cells.items():
                    yield f"{path}.{row_key}.{column}", cell
        else:
            yield from _flat_scalar(path, value)


def _flat_scalar(path: str, value: Scalar) -> Iterator[tuple[str, object]]:
    if isinstance(value, PartValues):
        for key, part in value.values.items():
            yield f"{path}.{key}", _plain(part)
    elif isinstance(value, NotRecorded):
        yield path, None
        yield f"{path}.{NOT_RECORDED}", value.reason
    else:
        yield path, _plain(value)


def _plain(value: Simple | None) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return [str(item) for item in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    return f"{value:%H:%M}" if isinstance(value, time) else value.isoformat()
