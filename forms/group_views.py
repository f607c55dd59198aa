"""Builds the views of repeat groups and matrices."""

from __future__ import annotations

from forms.elements import (
    MAXIMUM_FORM_ROWS,
    ROW_ID,
    CalculatedField,
    Field,
    Matrix,
    MatrixField,
    NumberField,
    RepeatField,
    Row,
    Value,
)
from forms.field_views import Drawing, empty_cell, field_view, html_id
from forms.fields.registry import display_value
from forms.matrix import Column, matrix_columns
from forms.posted_names import marker_name
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


def repeat_field_view(
    drawing: Drawing, group: RepeatField, path: str, value: Value, level: int = 1
) -> FieldView:
    """Return the view of a relevant repeat group at ``path`` with its rows ``value``."""
    rows = value if isinstance(value, list) else []
    columns = shown_columns(drawing, group, path, len(rows))
    full_text = _full_text(drawing, group, len(rows))
    outer_title = drawing.definition.row_title(path)
    repeat = RepeatView(
        display=group.display,
        item_label=group.item_label,
        headings=tuple(_heading(drawing, group, column, path, len(rows)) for column in columns),
        rows=tuple(
            _row_view(drawing, group, columns, f"{path}[{index}]", row, (index, len(rows), level))
            for index, row in enumerate(rows)
        ),
        has_totals=bool(group.totals),
        minimum=group.minimum,
        maximum=group.maximum,
        can_add=not full_text,
        add_name=f"{path}.__add",
        add_label=_("{item} hinzufügen").format(item=group.item_label),
        full_text=full_text,
        outer_title=outer_title,
        level=level,
    )
    return _group_view(drawing, group, path, repeat=repeat)


def _full_text(drawing: Drawing, group: RepeatField, count: int) -> str:
    if count >= group.maximum:
        return _("Mehr Einträge sind hier nicht vorgesehen: höchstens {limit}.").format(
            limit=group.maximum
        )
    if drawing.evaluation.rows >= MAXIMUM_FORM_ROWS:
        return _("Mehr Einträge sind im ganzen Vordruck nicht möglich: höchstens {limit}.").format(
            limit=MAXIMUM_FORM_ROWS
        )
    return ""


def _group_view(
    drawing: Drawing,
    group: Field,
    path: str,
    repeat: RepeatView | None = None,
    matrix: MatrixView | None = None,
) -> FieldView:
    return FieldView(
        path=path,
        html_id=html_id(path),
        type=group.type,
        label=group.label,
        help=group.help,
        required=path in drawing.evaluation.required,
        errors=drawing.errors(path),
        warnings=drawing.warnings(path),
        data_class=group.data_class,
        marker_name=marker_name(path),
        repeat=repeat,
        matrix=matrix,
    )


def shown_columns(drawing: Drawing, group: RepeatField, path: str, count: int) -> list[Field]:
    """Return the columns that are relevant in any row; all of them while there is no row."""
    return [
        column
        for column in group.fields
        if not count
        or any(
            f"{path}[{index}].{column.key}" in drawing.evaluation.visible for index in range(count)
        )
    ]


def total_text(drawing: Drawing, path: str, column: Field) -> str:
    """Return the displayed sum of ``column`` in the group at ``path``, empty if none is asked."""
    total = drawing.evaluation.totals.get(path, {}).get(column.key)
    return "" if total is None else display_value(column, total)


def _heading(
    drawing: Drawing, group: RepeatField, column: Field, path: str, count: int
) -> HeadingView:
    paths = (f"{path}[{index}].{column.key}" for index in range(count))
    return HeadingView(
        key=column.key,
        label=column.label,
        type=column.type,
        unit=column.unit if isinstance(column, NumberField | CalculatedField) else "",
        required=column.required is True
        or any(path in drawing.evaluation.required for path in paths),
        total=total_text(drawing, path, column),
    )


def _row_view(
    drawing: Drawing,
    group: RepeatField,
    columns: list[Field],
    path: str,
    row: Row,
    place: tuple[int, int, int],
) -> RowView:
    index, count, level = place
    fields: list[FieldView] = []
    for column in columns:
        column_path = f"{path}.{column.key}"
        value = row.get(column.key)
        if column_path not in drawing.evaluation.visible:
            if group.display == "table":
                fields.append(empty_cell(column_path))
        elif isinstance(column, RepeatField):
            fields.append(repeat_field_view(drawing, column, column_path, value, level + 1))
        elif not isinstance(value, list):
            fields.append(field_view(drawing, column, column_path, value))
    return RowView(
        index=index,
        id=str(row.get(ROW_ID) or ""),
        path=path,
        html_id=html_id(path),
        title=f"{group.item_label} {index + 1}",
        full_title=drawing.definition.row_title(path),
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
    return _group_view(drawing, matrix, matrix.key, matrix=view)


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
