"""Builds the views of repeat groups and matrices."""

from __future__ import annotations

from forms.elements import (
    ROW_ID,
    CalculatedField,
    Field,
    Matrix,
    MatrixField,
    NumberField,
    RepeatField,
    Row,
)
from forms.field_views import Drawing, empty_cell, field_view, html_id
from forms.fields.registry import display_value
from forms.input import marker_name
from forms.matrix import Column, matrix_columns
from forms.views import (
    FieldView,
    HeadingView,
    MatrixCellView,
    MatrixRowView,
    MatrixView,
    OptionView,
    RepeatView,
    RowView,
)
from tenants.language import _


def repeat_field_view(drawing: Drawing, group: RepeatField) -> FieldView:
    """Return the view of a relevant repeat group."""
    value = drawing.evaluation.values.get(group.key)
    rows = value if isinstance(value, list) else []
    columns = shown_columns(drawing, group, len(rows))
    repeat = RepeatView(
        display=group.display,
        item_label=group.item_label,
        headings=tuple(_heading(drawing, group, column, len(rows)) for column in columns),
        rows=tuple(
            _row_view(drawing, group, columns, index, row, len(rows))
            for index, row in enumerate(rows)
        ),
        has_totals=bool(group.totals),
        minimum=group.minimum,
        maximum=group.maximum,
        can_add=len(rows) < group.maximum,
        add_name=f"{group.key}.__add",
        add_label=_("{item} hinzufügen").format(item=group.item_label),
    )
    return _group_view(drawing, group, repeat=repeat)


def _group_view(
    drawing: Drawing,
    group: Field,
    repeat: RepeatView | None = None,
    matrix: MatrixView | None = None,
) -> FieldView:
    return FieldView(
        path=group.key,
        html_id=html_id(group.key),
        type=group.type,
        label=group.label,
        help=group.help,
        required=group.key in drawing.evaluation.required,
        errors=drawing.errors(group.key),
        warnings=drawing.warnings(group.key),
        data_class=group.data_class,
        marker_name=marker_name(group.key),
        repeat=repeat,
        matrix=matrix,
    )


def shown_columns(drawing: Drawing, group: RepeatField, count: int) -> list[Field]:
    """Return the columns that are relevant in any row; all of them while there is no row."""
    return [
        column
        for column in group.fields
        if not count
        or any(
            f"{group.key}[{index}].{column.key}" in drawing.evaluation.visible
            for index in range(count)
        )
    ]


def total_text(drawing: Drawing, group: RepeatField, column: Field) -> str:
    """Return the displayed sum of ``column``, empty where the form asks for none."""
    total = drawing.evaluation.totals.get(group.key, {}).get(column.key)
    return "" if total is None else display_value(column, total)


def _heading(drawing: Drawing, group: RepeatField, column: Field, count: int) -> HeadingView:
    paths = (f"{group.key}[{index}].{column.key}" for index in range(count))
    return HeadingView(
        key=column.key,
        label=column.label,
        type=column.type,
        unit=column.unit if isinstance(column, NumberField | CalculatedField) else "",
        required=column.required is True
        or any(path in drawing.evaluation.required for path in paths),
        total=total_text(drawing, group, column),
    )


def _row_view(
    drawing: Drawing, group: RepeatField, columns: list[Field], index: int, row: Row, count: int
) -> RowView:
    path = f"{group.key}[{index}]"
    fields: list[FieldView] = []
    for column in columns:
        column_path = f"{path}.{column.key}"
        if column_path in drawing.evaluation.visible:
            fields.append(field_view(drawing, column, column_path, row.get(column.key)))
        elif group.display == "table":
            fields.append(empty_cell(column_path))
    return RowView(
        index=index,
        id=str(row.get(ROW_ID) or ""),
        path=path,
        html_id=html_id(path),
        title=f"{group.item_label} {index + 1}",
        id_name=f"{path}.{ROW_ID}",
        fields=tuple(fields),
        remove_name=f"{path}.__remove",
        up_name=f"{path}.__up",
        down_name=f"{path}.__down",
        can_move_up=index > 0,
        can_move_down=index < count - 1,
        errors=drawing.errors(path),
    )


def matrix_field_view(drawing: Drawing, matrix: MatrixField) -> FieldView:
    """Return the view of a relevant matrix."""
    value = drawing.evaluation.values.get(matrix.key)
    cells = value if isinstance(value, dict) else {}
    columns = matrix_columns(matrix, drawing.evaluation.values)
    empty_text = ""
    if not columns and matrix.columns_from:
        source = drawing.definition.fields[matrix.columns_from.repeat]
        empty_text = _(
            "Die Spalten entstehen aus „{label}“. Bitte füllen Sie zuerst diese Angaben aus."
        ).format(label=source.label)
    view = MatrixView(
        columns=tuple(HeadingView(key=column.key, label=column.label) for column in columns),
        rows=tuple(
            MatrixRowView(
                key=row.key,
                path=f"{matrix.key}.{row.key}",
                html_id=html_id(f"{matrix.key}.{row.key}"),
                label=row.label,
                cells=tuple(
                    _cell_view(drawing, matrix, row.key, row.label, column, cells)
                    for column in columns
                ),
                errors=drawing.errors(f"{matrix.key}.{row.key}"),
                warnings=drawing.warnings(f"{matrix.key}.{row.key}"),
            )
            for row in matrix.rows
        ),
        legend=tuple(
            OptionView(
                html_id=f"{html_id(matrix.key)}-legende-{number}",
                value=cell.value,
                label=cell.label,
            )
            for number, cell in enumerate(matrix.cells, start=1)
        ),
        empty_text=empty_text,
    )
    return _group_view(drawing, matrix, matrix=view)


def _cell_view(
    drawing: Drawing,
    matrix: MatrixField,
    row_key: str,
    row_label: str,
    column: Column,
    cells: Matrix,
) -> MatrixCellView:
    path = f"{matrix.key}.{row_key}.{column.key}"
    value = cells.get(row_key, {}).get(column.key)
    return MatrixCellView(
        path=path,
        html_id=html_id(path),
        label=f"{row_label}, {column.label}",
        column_key=column.key,
        column_label=column.label,
        options=tuple(
            OptionView(
                html_id=f"{html_id(path)}-{number}",
                value=cell.value,
                label=cell.label,
                checked=cell.value == value,
            )
            for number, cell in enumerate(matrix.cells, start=1)
        ),
        display=matrix.label_of(value) if value else "",
        errors=drawing.errors(path),
    )
