"""What of a form a person may read and change: the form and its evaluation, cut to size.

Rules are evaluated over everything; only what is shown is cut. What a person may not see is
absent from the cut form, so that nothing drawn from it can name it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType

from forms.constraints import Message
from forms.definition import FormDefinition
from forms.elements import CalculatedField, Field, InfoField, Page, RepeatField, Row, Section, Value
from forms.evaluation import Evaluation
from forms.paths import top_key
from forms.viewer import Viewer

EVERYBODY = Viewer(frozenset({"traeger", "fachkraft", "wjh", "koordination"}))
"""Sees everything: for calculations that are shown to nobody as they are."""


def readable_form(definition: FormDefinition, viewer: Viewer) -> FormDefinition:
    """Return the form as ``viewer`` may know it: without hidden sections, fields and columns.

    Fields whose answers the viewer need not see in full are masked.
    """

    def cut(section: Section) -> Section | None:
        if not viewer.sees(section.visible_to):
            return None
        fields = tuple(
            _readable_field(field, viewer)
            for field in section.fields
            if viewer.sees(field.visible_to)
        )
        return replace(section, fields=fields) if fields else None

    return _with_sections(definition, cut)


def keep_sections(definition: FormDefinition, wanted: Callable[[Section], bool]) -> FormDefinition:
    """Return the form with the ``wanted`` sections alone."""
    return _with_sections(definition, lambda section: section if wanted(section) else None)


def fillable_form(
    definition: FormDefinition, editable: frozenset[str], *, context: Callable[[Section], bool]
) -> FormDefinition:
    """Return the pages on which something is ``editable``, for filling them in.

    Other sections of these pages stay for reading where ``context`` says so.
    """

    def cut(section: Section) -> Section | None:
        if any(field.key in editable for field in section.fields) or context(section):
            return section
        return None

    form = _with_sections(definition, cut)
    pages = tuple(
        page for page in form.pages if any(field.key in editable for field in form.fields_of(page))
    )
    return _with_pages(form, pages)


def _readable_field(field: Field, viewer: Viewer) -> Field:
    if not isinstance(field, RepeatField):
        return field if viewer.sees(field.shown_to) else replace(field, is_masked=True)
    columns = tuple(
        _readable_field(column, viewer) for column in field.fields if viewer.sees(column.visible_to)
    )
    known = {column.key for column in columns}
    return replace(field, fields=columns, totals=tuple(key for key in field.totals if key in known))


def _with_sections(
    definition: FormDefinition, cut: Callable[[Section], Section | None]
) -> FormDefinition:
    pages = []
    for page in definition.pages:
        sections = tuple(kept for section in page.sections if (kept := cut(section)) is not None)
        if sections:
            pages.append(replace(page, sections=sections))
    return _with_pages(definition, tuple(pages))


def _with_pages(definition: FormDefinition, pages: tuple[Page, ...]) -> FormDefinition:
    fields = {
        field.key: field for page in pages for section in page.sections for field in section.fields
    }
    return replace(definition, pages=pages, fields=MappingProxyType(fields))


def readable_evaluation(evaluation: Evaluation, form: FormDefinition) -> Evaluation:
    """Return ``evaluation`` without anything about what the cut ``form`` does not have."""
    elements = {f"page:{page.key}" for page in form.pages}
    elements |= {f"section:{section.key}" for page in form.pages for section in page.sections}

    def is_known(name: str) -> bool:
        return name in elements or form.field_at(name) is not None

    return replace(
        evaluation,
        visible=frozenset(name for name in evaluation.visible if is_known(name)),
        required=frozenset(name for name in evaluation.required if is_known(name)),
        expected=frozenset(name for name in evaluation.expected if is_known(name)),
        values={
            key: _readable_value(form.fields[key], value)
            for key, value in evaluation.values.items()
            if key in form.fields
        },
        totals={
            path: {name: total for name, total in sums.items() if form.field_at(f"{path}[].{name}")}
            for path, sums in evaluation.totals.items()
            if form.field_at(path)
        },
        errors=_about(evaluation.errors, form),
        warnings=_about(evaluation.warnings, form),
    )


def _readable_value(field: Field, value: Value) -> Value:
    if not isinstance(field, RepeatField) or not isinstance(value, list):
        return value
    return [_readable_row(field, row) for row in value]


def _readable_row(group: RepeatField, row: Row) -> Row:
    readable: Row = {}
    for key, value in row.items():
        column = group.columns.get(key)
        if column is None:
            if key.startswith("_"):
                readable[key] = value
        elif isinstance(column, RepeatField) and isinstance(value, list):
            readable[key] = [_readable_row(column, inner) for inner in value]
        else:
            readable[key] = value
    return readable


def _about(messages: Iterable[Message], form: FormDefinition) -> tuple[Message, ...]:
    return tuple(one for one in messages if not one.path or form.field_at(one.path) is not None)


def errors_of(evaluation: Evaluation, editable: frozenset[str]) -> Evaluation:
    """Return ``evaluation`` with those messages alone that who fills ``editable`` can act on.

    What concerns the form as a whole stays.
    """

    def concerns(message: Message) -> bool:
        return not message.path or top_key(message.path) in editable

    return replace(
        evaluation,
        errors=tuple(one for one in evaluation.errors if concerns(one)),
        warnings=tuple(one for one in evaluation.warnings if concerns(one)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What somebody has to fill in a form now.

    ``step`` counts the steps of the form from 0. ``field_ids`` names the only fields that are
    open again for a Rückfrage; None opens all of the step.
    """

    step: int = 0
    field_ids: frozenset[str] | None = None


def editable_keys(
    definition: FormDefinition,
    viewer: Viewer,
    task: Task,
    *,
    locked: frozenset[str] = frozenset(),
    opened: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """Return the keys of the fields at the top that ``viewer`` may change for ``task``.

    ``locked`` are keys that stay as they were taken over, ``opened`` those that a corrected
    answer has made relevant: they are asked for the first time. Nobody changes what is hidden
    from that person, or what is calculated.
    """
    found: set[str] = set()
    for page in definition.pages:
        for section in page.sections:
            if not definition.procedure.fills(task.step, section):
                continue
            if not viewer.sees(section.visible_to):
                continue
            found |= {
                field.key
                for field in section.fields
                if viewer.sees(field.visible_to)
                and not isinstance(field, CalculatedField | InfoField)
                and (task.field_ids is None or field.id in task.field_ids or field.key in opened)
            }
    return frozenset(found - locked)
