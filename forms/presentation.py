"""Turns a form and its evaluation into view objects (see :mod:`forms.views`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from forms.attachments.states import Attachments
from forms.constraints import Message
from forms.definition import FormDefinition
from forms.elements import Field, MatrixField, Page, RepeatField, Section
from forms.evaluation import Evaluation
from forms.field_views import Drawing, field_view, html_id
from forms.german import paragraphs
from forms.group_views import matrix_field_view, repeat_field_view
from forms.picking.choices import NO_CHOICES, Choices
from forms.review import review
from forms.views import (
    ErrorLink,
    FieldView,
    HeadingView,
    MatrixCellView,
    MatrixRowView,
    MatrixView,
    OptionView,
    PageView,
    RepeatView,
    ReviewEntry,
    ReviewPage,
    ReviewRow,
    ReviewSection,
    ReviewTable,
    RowView,
    SectionView,
)

__all__ = [
    "ErrorLink",
    "FieldView",
    "HeadingView",
    "MatrixCellView",
    "MatrixRowView",
    "MatrixView",
    "OptionView",
    "PageView",
    "RepeatView",
    "ReviewEntry",
    "ReviewPage",
    "ReviewRow",
    "ReviewSection",
    "ReviewTable",
    "RowView",
    "SectionView",
    "html_id",
    "present_page",
    "review",
]


def present_page(
    definition: FormDefinition,
    page_key: str,
    evaluation: Evaluation,
    invalid: Mapping[str, str] | None = None,
    *,
    editable: Collection[str] | None = None,
    origins: Mapping[str, str] | None = None,
    attachments: Attachments | None = None,
    choices: Choices = NO_CHOICES,
) -> PageView:
    """Return what the page ``page_key`` shows under ``evaluation``.

    ``invalid`` holds by path the raw texts that could not be read; they stand in their inputs
    again. Pass it to :func:`forms.evaluation.evaluate` too, for the messages. With ``editable``
    all fields but those with these keys are for reading; ``origins`` says by key where an answer
    was taken from; ``attachments`` what is known of uploaded files; ``choices`` the lists from
    which entries are chosen. Raises KeyError for a page that the form does not have.
    """
    page = definition.page(page_key)
    if page is None:
        raise KeyError(page_key)
    drawing = Drawing(definition, evaluation, invalid or {}, attachments or Attachments(), choices)
    keys = [item.key for item in definition.pages if f"page:{item.key}" in evaluation.visible]
    position = keys.index(page_key) if page_key in keys else -1
    return PageView(
        key=page.key,
        title=page.title,
        intro=paragraphs(page.intro),
        number=position + 1,
        count=len(keys),
        previous_key=keys[position - 1] if position > 0 else None,
        next_key=keys[position + 1] if 0 <= position < len(keys) - 1 else None,
        sections=tuple(
            _marked(section, editable, origins or {}) for section in _sections(drawing, page)
        ),
        errors=_links(evaluation.errors, page_key),
        warnings=_links(evaluation.warnings, page_key),
    )


def _marked(
    section: SectionView, editable: Collection[str] | None, origins: Mapping[str, str]
) -> SectionView:
    return replace(
        section,
        fields=tuple(
            replace(
                view,
                read_only=editable is not None and view.path not in editable,
                origin=origins.get(view.path, ""),
            )
            for view in section.fields
        ),
    )


def _sections(drawing: Drawing, page: Page) -> tuple[SectionView, ...]:
    views = (
        _section_view(drawing, section)
        for section in page.sections
        if f"section:{section.key}" in drawing.evaluation.visible
    )
    return tuple(view for view in views if view.fields)


def _section_view(drawing: Drawing, section: Section) -> SectionView:
    return SectionView(
        key=section.key,
        html_id=f"s-{section.key}",
        title=section.title,
        fields=tuple(
            _view(drawing, field)
            for field in section.fields
            if field.key in drawing.evaluation.visible
        ),
    )


def _view(drawing: Drawing, field: Field) -> FieldView:
    if isinstance(field, RepeatField):
        value = drawing.evaluation.values.get(field.key)
        return repeat_field_view(drawing, field, field.key, value)
    if isinstance(field, MatrixField):
        return matrix_field_view(drawing, field)
    value = drawing.evaluation.values.get(field.key)
    return field_view(drawing, field, field.key, None if isinstance(value, list | dict) else value)


def _links(messages: tuple[Message, ...], page_key: str) -> tuple[ErrorLink, ...]:
    return tuple(
        ErrorLink(path=message.path, html_id=html_id(message.path), text=message.text)
        for message in messages
        if message.page_key == page_key
    )
