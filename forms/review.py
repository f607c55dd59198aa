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
    RepeatField,
    Row,
)
from forms.evaluation import Evaluation
from forms.field_views import Drawing, html_id
from forms.fields.registry import display_value, has_value
from forms.german import paragraphs
from forms.group_views import shown_columns, total_text
from forms.matrix import matrix_columns
from forms.views import ReviewEntry, ReviewPage, ReviewSection, ReviewTable
from tenants.language import _


def review(
    definition: FormDefinition, evaluation: Evaluation, invalid: Mapping[str, str] | None = None
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
            _entry(drawing, field)
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


def _entry(drawing: Drawing, field: Field) -> ReviewEntry:
    table: ReviewTable | None = None
    if isinstance(field, RepeatField):
        table = _rows_table(drawing, field)
    elif isinstance(field, MatrixField):
        table = _matrix_table(drawing, field)
    display = _display(drawing, field)
    answered = bool(table and table.rows) or bool(display)
    return ReviewEntry(
        path=field.key,
        html_id=html_id(field.key),
        label=field.label,
        display=display if display or answered else _unanswered(field),
        answered=answered,
        errors=tuple(_errors(drawing, field)),
        paragraphs=paragraphs(field.text) if isinstance(field, DeclarationField) else (),
        table=table if answered else None,
    )


def _unanswered(field: Field) -> str:
    if isinstance(field, CalculatedField):
        return _("nicht berechenbar")
    return _("nicht angegeben")


def _display(drawing: Drawing, field: Field) -> str:
    value = drawing.evaluation.values.get(field.key)
    if field.key in drawing.invalid:
        return f"„{drawing.invalid[field.key]}“"
    if not has_value(field) or isinstance(value, list | dict):
        return ""
    return display_value(field, value)


def _errors(drawing: Drawing, field: Field) -> Iterator[str]:
    prefixes = (f"{field.key}[", f"{field.key}.")
    for error in drawing.evaluation.errors:
        if error.path == field.key or error.path.startswith(prefixes):
            yield error.text


def _rows_table(drawing: Drawing, group: RepeatField) -> ReviewTable | None:
    rows = drawing.evaluation.values.get(group.key)
    if not isinstance(rows, list) or not rows:
        return None
    columns = [column for column in shown_columns(drawing, group, len(rows)) if has_value(column)]
    body = tuple(
        (
            str(index + 1),
            *(
                _cell(drawing, column, f"{group.key}[{index}].{column.key}", row)
                for column in columns
            ),
        )
        for index, row in enumerate(rows)
    )
    totals = tuple(total_text(drawing, group, column) for column in columns)
    return ReviewTable(
        headings=(group.item_label, *(column.label for column in columns)),
        rows=body,
        footer=(_("Summe"), *totals) if group.totals else (),
    )


def _cell(drawing: Drawing, column: Field, path: str, row: Row) -> str:
    if path in drawing.invalid:
        return f"„{drawing.invalid[path]}“"
    if path not in drawing.evaluation.visible:
        return "–"
    value = row.get(column.key)
    return display_value(column, value) or _("nicht angegeben")


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
