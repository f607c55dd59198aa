"""Turns a form and its evaluation into view objects (see :mod:`forms.views`)."""

from __future__ import annotations

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
    "ReviewSection",
    "ReviewTable",
    "RowView",
    "SectionView",
]
