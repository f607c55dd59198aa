"""Single questions of a form, counted over its submissions: who answered what, with shares.

What the cross tables cannot take: several answers at once, scales, matrices, and fields that stand
in rows. Small figures are hidden as in questionnaires (`forms.surveys.counting`): with shares and
means in the bargain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import cast

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from forms.elements import Field, MatrixField
from forms.expressions.nodes import Json
from forms.lists.columns import Column
from forms.lists.conditions import FormTable
from forms.lists.searching import bounded
from forms.models import Submission
from forms.statistics.counting import SECONDS, Source, counted_submissions, rows_source
from forms.statistics.settings import Choice, Settings, SettingsRefused, heading_of
from forms.statistics.tables import MOST_GROUPS, too_many_groups
from forms.surveys.counting import ItemResult, count_item
from forms.surveys.items import Item, ItemOption, options_of
from tenants.language import _

_KEY = "antwort"
EVERY_COLUMN = "*"
"""Stands for the columns of a matrix that each submission makes by itself: each is counted."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question: ``path`` leads to the repeat group in whose rows it is asked, each row counts."""

    column: Column
    path: tuple[Column, ...] = ()

    @property
    def id(self) -> str:
        """Return what names it in an address."""
        return self.column.id

    @property
    def heading(self) -> str:
        """Return what it is called, with the rows it stands in."""
        return heading_of((*self.path, self.column))


@dataclass(frozen=True, slots=True)
class Counted:
    """What was answered. ``median`` is None where there is none or it would tell too much."""

    item: Item
    result: ItemResult
    median: Decimal | None = None


def questions_of(table: FormTable) -> list[Question]:
    """Return what can be counted, in the order of the form."""
    return list(_questions_among(table, table.columns, ()))


def _questions_among(
    table: FormTable, columns: Mapping[str, Column], path: tuple[Column, ...]
) -> Iterator[Question]:
    for column in columns.values():
        if column.kind == "rows":
            yield from _questions_among(table, table.row_columns(column), (*path, column))
        elif column.is_answer and _is_countable(column):
            yield Question(column, path)


def _is_countable(column: Column) -> bool:
    field = column.field
    if field is None or field.is_masked or column.names_people:
        return False
    return column.kind == "entry" or isinstance(field, MatrixField) or bool(_options(column, field))


def possible_questions(table: FormTable) -> list[Choice]:
    """Return the questions as choices."""
    return [Choice(one.id, one.heading) for one in questions_of(table)]


def count_question(
    session: Session, table: FormTable, question_id: str, settings: Settings, *, threshold: int
) -> list[Counted]:
    """Return the result of a question, of a matrix one for each row and column.

    Of ``settings`` period, filters and state of acceptance count. Raises `SettingsRefused`,
    `forms.statistics.tables.TooManyGroups` and `forms.lists.searching.SearchTooSlow`.
    """
    question = next((one for one in questions_of(table) if one.id == question_id), None)
    if question is None:
        raise SettingsRefused("frage", _("Wählen Sie die Frage."))
    source = rows_source(table, question.path)
    conditions = counted_submissions(session, table, settings)
    answers = _answers(session, source, question, conditions)
    question = _with_entries(session, source, question, conditions)
    return [
        _counted(item, [one for answer in answers for one in _given(answer, path)], threshold)
        for item, path in _items(question)
    ]


def _answers(
    session: Session,
    source: Source,
    question: Question,
    conditions: Sequence[ColumnElement[bool]],
) -> list[Json]:
    """Return every answer, None for those who gave none; equal ones are read once."""
    answer = source.answer(question.column)
    query = select(answer, func.count()).select_from(Submission).where(*conditions)
    for one in source.rows:
        query = query.join(one, true())
    query = query.group_by(answer)
    with bounded(session, SECONDS):
        found = session.execute(query).all()
    return [cast(Json, value) for value, count in found for _one in range(count)]


def _with_entries(
    session: Session,
    source: Source,
    question: Question,
    conditions: Sequence[ColumnElement[bool]],
) -> Question:
    """Return the question with the entries of its list as what can be answered."""
    if question.column.kind != "entry":
        return question
    with bounded(session, SECONDS):
        names = source.entry_names(session, question.id, conditions)
    if len(names) > MOST_GROUPS:
        raise too_many_groups()
    return replace(question, column=replace(question.column, options=tuple(names.items())))


def _items(question: Question) -> Iterator[tuple[Item, tuple[str, ...]]]:
    """Yield each thing that is counted and where it stands in an answer."""
    column, field = question.column, question.column.field
    if isinstance(field, MatrixField):
        cells = tuple(ItemOption(value=one.value, label=one.label) for one in field.cells)
        for row in field.rows:
            if field.columns_from is not None:
                yield _item(question, row.label, "matrix", cells), (row.key, EVERY_COLUMN)
            for heading in field.columns:
                label = f"{row.label}: {heading.label}" if len(field.columns) > 1 else row.label
                yield _item(question, label, "matrix", cells), (row.key, heading.key)
    elif field is not None:
        yield _item(question, column.heading, field.type, _options(column, field)), ()


def _options(column: Column, field: Field) -> tuple[ItemOption, ...]:
    if column.kind in ("choice", "choices", "entry"):
        return tuple(ItemOption(value=value, label=label) for value, label in column.options)
    return options_of(field)


def _item(question: Question, label: str, kind: str, options: tuple[ItemOption, ...]) -> Item:
    return Item(
        id=question.id,
        key=_KEY,
        label=label,
        section=question.heading,
        type=kind,
        options=options,
    )


def _given(answer: Json, path: tuple[str, ...]) -> list[Mapping[str, Json]]:
    """Return what stands at ``path`` of an answer, as one or several answers to count."""
    for key in path:
        if key == EVERY_COLUMN:
            return [{_KEY: cell} for cell in answer.values()] if isinstance(answer, dict) else []
        answer = answer.get(key) if isinstance(answer, dict) else None
    return [{_KEY: answer}]


def _counted(item: Item, answers: Sequence[Mapping[str, Json]], threshold: int) -> Counted:
    result = count_item(item, answers, threshold)
    return Counted(item, result, _median(item, result))


def _median(item: Item, result: ItemResult) -> Decimal | None:
    """Return the median of a scale whose every figure is shown; else it would be one more clue."""
    if not item.has_mean or result.mean is None or result.hides_something:
        return None
    given = [
        option.weight
        for option, row in zip(item.options, result.rows, strict=True)
        for _one in range(row.count or 0)
        if option.weight is not None
    ]
    middle = len(given) // 2
    if len(given) % 2:
        return given[middle]
    return (given[middle - 1] + given[middle]) / 2
