"""Checks the relevant answers: types, limits, required answers, rules, rows, matrices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from forms.codelists import deciding_day, validity_problems
from forms.definition import FormDefinition
from forms.elements import (
    CalculatedField,
    ChoiceField,
    DeclarationField,
    Field,
    Level,
    Matrix,
    MatrixField,
    NotRecorded,
    PartsField,
    RepeatField,
    Row,
    Rule,
    Scalar,
    ScaleField,
    Value,
)
from forms.expressions.operands import (
    BudgetError,
    ExpressionError,
    Operand,
    Rows,
    Scope,
    is_true,
)
from forms.fields.not_recorded import not_recorded_problems
from forms.fields.parts import part_values
from forms.fields.picked import PickedField
from forms.fields.registry import has_value, kind_of
from forms.matrix import doubled_columns, matrix_columns, row_problems
from tenants.language import _


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell the person at ``path``; ``text`` names the field by itself."""

    path: str
    page_key: str
    label: str
    text: str
    level: Level
    row: str = ""
    """The rows in which ``path`` stands, with which ``text`` begins: „Fall 2, Einsatz 3“."""

    @property
    def text_in_row(self) -> str:
        """The text for a place where everybody sees in which row it stands."""
        return self.text.removeprefix(f"{self.row}: ")


@dataclass(slots=True, kw_only=True)
class Checker:
    """Checks one evaluation and collects its messages in the order of the form."""

    definition: FormDefinition
    scope: Scope
    values: Mapping[str, Value]
    visible: set[str]
    is_draft: bool
    errors_at: dict[str, str]
    """Entries that could not be read, by path."""
    errors: dict[Message, None] = field(default_factory=dict)
    """The messages in order, each once."""
    warnings: dict[Message, None] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    expected: set[str] = field(default_factory=set)
    """Paths of fields whose answer is missed with a warning alone."""
    choice_days: dict[str, date] = field(default_factory=dict)
    """For each relevant field with a codelist the day on which its choice has to hold."""

    def report(self, path: str, text: str, level: Level = "error") -> None:
        """Add a message at ``path``."""
        target = self.definition.field_at(path)
        row = self.definition.row_title(path) if target else ""
        message = Message(
            path,
            target.page_key if target else "",
            f"{target.label} ({row})" if target and row else target.label if target else path,
            f"{row}: {text}" if row else text,
            level,
            row,
        )
        messages = self.errors if level == "error" else self.warnings
        messages[message] = None

    def check(self) -> None:
        """Check every relevant field, and name every answer the form does not have."""
        for path, text in self.errors_at.items():
            if self.definition.field_at(path) is None:
                self.report(path, text)
        for target in self.definition.fields.values():
            if target.key not in self.visible:
                continue
            if isinstance(target, RepeatField):
                self._check_group(
                    target,
                    target.key,
                    self.values.get(target.key),
                    self.scope.names.get(target.key),
                )
            elif isinstance(target, MatrixField):
                self._check_matrix(target)
            elif has_value(target):
                value = self.values.get(target.key)
                if not isinstance(value, list | dict):
                    self._check_value(target, target.key, value)

    def _check_value(self, target: Field, path: str, value: Scalar) -> None:
        is_required = self._is_required(target, path)
        if isinstance(target, ChoiceField) and target.codelist:
            self.choice_days[path] = deciding_day(
                target, self.scope.row or {}, self.scope.names, self.scope.consulted.today
            )
        if path in self.errors_at:
            self.report(path, self.errors_at[path])
        elif isinstance(value, NotRecorded):
            for problem in not_recorded_problems(target, value):
                self.report(path, problem)
        elif isinstance(target, PartsField) and self._report_parts(target, path, value):
            return
        elif value is None:
            if is_required and not self.is_draft:
                self.report(path, missing_message(target), target.required_level)
        else:
            self._check_answer(target, path, value)

    def _report_parts(self, target: PartsField, path: str, value: Scalar) -> bool:
        """Report unreadable, broken and missing parts at their own paths; say whether any is."""
        given = part_values(value)
        problems: list[tuple[str, str]] = []
        for part in target.parts:
            part_path = f"{path}.{part.key}"
            if part_path in self.errors_at:
                problems.append((part_path, self.errors_at[part_path]))
            elif part.key in given:
                found = kind_of(part.field).check(part.field, given[part.key])
                problems += [(part_path, text) for text in found]
            elif (given or problems) and not part.is_optional and not self.is_draft:
                problems.append((part_path, missing_message(part.field)))
        for part_path, text in problems:
            self.report(part_path, text)
        return bool(problems)

    def _check_answer(self, target: Field, path: str, value: Scalar) -> None:
        kind = kind_of(target)
        problems = kind.check(target, value)
        for problem in problems:
            self.report(path, problem)
        for text in kind.warnings(target, value):
            self.report(path, text, "warning")
        if isinstance(target, ChoiceField) and path in self.choice_days:
            for text in validity_problems(target, value, self.choice_days[path]):
                self.report(path, text, "warning" if self.is_draft else "error")
        if not problems:
            self._check_rules(target, path)

    def _is_required(self, target: Field, path: str) -> bool:
        required = target.required
        if not isinstance(required, bool):
            try:
                required = is_true(required.run(self.scope))
            except ExpressionError as error:
                self._report_failure(path, error)
                required = False
        if required:
            (self.required if target.required_level == "error" else self.expected).add(path)
        return required

    def _report_failure(self, path: str, error: ExpressionError) -> None:
        self.report("" if isinstance(error, BudgetError) else path, str(error))

    def _check_rules(self, target: Field, path: str) -> None:
        for rule in target.valid:
            if self._is_broken(rule, path):
                self.report(path, rule.message, "warning" if self.is_draft else rule.level)

    def _is_broken(self, rule: Rule, path: str) -> bool:
        """Say whether the rule gives no; null gives the benefit of the doubt."""
        try:
            result = rule.expression.run(self.scope)
            return result is not None and not is_true(result)
        except ExpressionError as error:
            self._report_failure(path, error)
            return False

    def _check_group(self, group: RepeatField, path: str, rows: Value, operands: Operand) -> None:
        if not isinstance(rows, list) or not isinstance(operands, Rows):
            return
        self._check_count(group, path, len(rows))
        outer = self.scope.row
        for index, (row, operand_row) in enumerate(zip(rows, operands.rows, strict=True)):
            self.scope.row = operand_row
            self._check_row(group, f"{path}[{index}]", row, operand_row)
        self.scope.row = outer

    def _check_count(self, group: RepeatField, path: str, count: int) -> None:
        minimum = max(group.minimum, int(self._is_required(group, path)))
        if minimum:
            self.required.add(path)
        if path in self.errors_at:
            self.report(path, self.errors_at[path])
        elif count < minimum and not self.is_draft:
            self.report(
                path,
                _("„{label}“ braucht mindestens {limit} × „{item}“, es sind {count}.").format(
                    label=group.label, limit=minimum, item=group.item_label, count=count
                ),
            )
        elif count > group.maximum:
            self.report(
                path,
                _("„{label}“ darf höchstens {limit} × „{item}“ haben, es sind {count}.").format(
                    label=group.label, limit=group.maximum, item=group.item_label, count=count
                ),
            )
        elif count:
            self._check_rules(group, path)

    def _check_row(
        self, group: RepeatField, path: str, row: Row, operands: Mapping[str, Operand]
    ) -> None:
        if path in self.errors_at:
            self.report(path, self.errors_at[path])
        for column in group.fields:
            column_path = f"{path}.{column.key}"
            if column_path not in self.visible:
                continue
            value = row.get(column.key)
            if isinstance(column, RepeatField):
                self._check_group(column, column_path, value, operands.get(column.key))
            elif has_value(column) and not isinstance(value, list):
                self._check_value(column, column_path, value)

    def _check_matrix(self, matrix: MatrixField) -> None:
        cells = self.values.get(matrix.key)
        if not isinstance(cells, dict):
            return
        is_required = self._is_required(matrix, matrix.key)
        for path, text in self.errors_at.items():
            if path == matrix.key or path.startswith(f"{matrix.key}."):
                self.report(path, text)
        for path in doubled_columns(matrix, self.values):
            self.report(path, _("Das Kürzel steht doppelt. Jede Spalte braucht ein eigenes."))
        self._check_matrix_rows(matrix, cells, is_required)
        if any(cells.values()):
            self._check_rules(matrix, matrix.key)

    def _check_matrix_rows(self, matrix: MatrixField, cells: Matrix, is_required: bool) -> None:
        columns = matrix_columns(matrix, self.values)
        for problem in row_problems(matrix, cells, columns, is_required):
            if self.is_draft and problem.too_few:
                continue
            level: Level = "warning" if self.is_draft else "error"
            self.report(f"{matrix.key}.{problem.row_key}", problem.text, level)


def missing_message(target: Field) -> str:
    """Return how to ask for an answer that is missing."""
    if isinstance(target, DeclarationField):
        return _("Bitte bestätigen Sie „{label}“.").format(label=target.label)
    if isinstance(target, ChoiceField | ScaleField | PickedField):
        return _("Bitte wählen Sie bei „{label}“ etwas aus.").format(label=target.label)
    if target.type == "yes_no":
        return _("Bitte wählen Sie bei „{label}“ Ja oder Nein.").format(label=target.label)
    if isinstance(target, CalculatedField):
        return _("„{label}“ lässt sich noch nicht berechnen.").format(label=target.label)
    return _("Bitte füllen Sie „{label}“ aus.").format(label=target.label)
