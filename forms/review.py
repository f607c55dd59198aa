"""The whole declaration for reading, before it is submitted and on the receipt copy.

Who declares something has to see all of it first (§ 36a Abs. 2b SGB I).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forms.definition import FormDefinition
from forms.elements import (
    CalculatedField,
    DeclarationField,
    Field,
    InfoField,
    MatrixField,
    Page,
    PartsField,
    RepeatField,
    Row,
    Value,
)
from forms.evaluation import Evaluation
from forms.field_views import Drawing, html_id
from forms.fields.kind import MASK
from forms.fields.registry import display_value, has_value
from forms.german import paragraphs
from forms.group_views import shown_columns, total_text
from forms.matrix import matrix_columns
from forms.views import ReviewEntry, ReviewPage, ReviewRow, ReviewSection, ReviewTable
from tenants.language import _


def review(
    definition: FormDefinition,
    evaluation: Evaluation,
    invalid: Mapping[str, str] | None = None,
) -> tuple[ReviewPage, ...]:
    """Return the relevant pages with every answer; unanswered ones say „nicht angegeben“.

    ``invalid`` holds raw texts that could not be read; they stand in quotation marks.
    """
    drawing = Drawing(definition, evaluation, invalid or {})
    return tuple(
        _page(drawing, page)
        for page in definition.pages
        if f"page:{page.key}" in evaluation.visible
    )


def _page(drawing: Drawing, page: Page) -> ReviewPage:
    sections = []
    for section in page.sections:
        if f"section:{section.key}" not in drawing.evaluation.visible:
            continue
        entries = tuple(
            _entry(drawing, field, field.key, drawing.evaluation.values.get(field.key))
            for field in section.fields
            if field.key in drawing.evaluation.visible and not isinstance(field, InfoField)
        )
        if entries:
            sections.append(ReviewSection(key=section.key, title=section.title, entries=entries))
    return ReviewPage(
        key=page.key,
        title=page.title,
        complete=not any(error.page_key == page.key for error in drawing.evaluation.errors),
        sections=tuple(sections),
    )


def _entry(drawing: Drawing, field: Field, path: str, value: Value) -> ReviewEntry:
    table: ReviewTable | None = None
    rows: tuple[ReviewRow, ...] = ()
    totals: tuple[tuple[str, str], ...] = ()
    if isinstance(field, RepeatField) and field.groups:
        rows = tuple(_rows(drawing, field, path, value))
        totals = tuple(_totals(drawing, field, path)) if rows else ()
    elif isinstance(field, RepeatField):
        table = _rows_table(drawing, field, path, value)
    elif isinstance(field, MatrixField):
        table = _matrix_table(drawing, field)
    display = _display(drawing, field, path, value)
    answered = bool(rows) or bool(table and table.rows) or bool(display)
    return ReviewEntry(
        path=path,
        html_id=html_id(path),
        label=field.label,
        display=display if display or answered else _unanswered(field),
        answered=answered,
        errors=drawing.errors(path) if rows else drawing.errors_inside(path),
        paragraphs=paragraphs(field.text) if isinstance(field, DeclarationField) else (),
        table=table if answered else None,
        rows=rows,
        totals=totals,
        context=drawing.definition.row_title(path),
    )


def _rows(drawing: Drawing, group: RepeatField, path: str, value: Value) -> Iterator[ReviewRow]:
    for index, row in enumerate(value if isinstance(value, list) else []):
        row_path = f"{path}[{index}]"
        yield ReviewRow(
            title=f"{group.item_label} {index + 1}",
            full_title=drawing.definition.row_title(row_path),
            errors=drawing.errors(row_path),
            entries=tuple(
                _entry(drawing, column, column_path, row.get(column.key))
                for column in group.fields
                if (column_path := f"{row_path}.{column.key}") in drawing.evaluation.visible
                and not isinstance(column, InfoField)
            ),
        )


def _totals(drawing: Drawing, group: RepeatField, path: str) -> Iterator[tuple[str, str]]:
    for column in group.fields:
        text = total_text(drawing, path, column)
        if text:
            yield column.label, text


def _unanswered(field: Field) -> str:
    if isinstance(field, CalculatedField):
        return _("nicht berechenbar")
    return _("nicht angegeben")


def _display(drawing: Drawing, field: Field, path: str, value: Value) -> str:
    raw = _raw(drawing, field, path)
    if raw:
        return raw
    if not has_value(field) or isinstance(value, list | dict):
        return ""
    return display_value(field, value)


def _raw(drawing: Drawing, field: Field, path: str) -> str:
    """Return what was typed at ``path`` or at parts of it and could not be read, quoted."""
    paths = [path]
    if isinstance(field, PartsField):
        paths += [f"{path}.{part.key}" for part in field.parts]
    texts = [f"„{drawing.invalid[one]}“" for one in paths if one in drawing.invalid]
    if texts and field.is_masked:
        return MASK
    return ", ".join(texts)


def _rows_table(drawing: Drawing, group: RepeatField, path: str, rows: Value) -> ReviewTable | None:
    if not isinstance(rows, list) or not rows:
        return None
    columns = [
        column for column in shown_columns(drawing, group, path, len(rows)) if has_value(column)
    ]
    body = tuple(
        (
            str(index + 1),
            *(_cell(drawing, column, f"{path}[{index}].{column.key}", row) for column in columns),
        )
        for index, row in enumerate(rows)
    )
    totals = tuple(total_text(drawing, path, column) for column in columns)
    return ReviewTable(
        headings=(group.item_label, *(column.label for column in columns)),
        rows=body,
        footer=(_("Summe"), *totals) if group.totals else (),
    )


def _cell(drawing: Drawing, column: Field, path: str, row: Row) -> str:
    shown = _display(drawing, column, path, row.get(column.key))
    if not shown and path not in drawing.evaluation.visible:
        return "–"
    return shown or _("nicht angegeben")


def _matrix_table(drawing: Drawing, matrix: MatrixField) -> ReviewTable | None:
    cells = drawing.evaluation.values.get(matrix.key)
    columns = matrix_columns(matrix, drawing.evaluation.values)
    if not isinstance(cells, dict) or not any(cells.values()):
        return None
    return ReviewTable(
        headings=("", *(column.label for column in columns)),
        rows=tuple(
            (
                row.label,
                *(
                    matrix.label_of(cells.get(row.key, {}).get(column.key, "")) or "–"
                    for column in columns
                ),
            )
            for row in matrix.rows
        ),
    )
