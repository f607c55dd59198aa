"""Befragungen, as the office works with them: waves, codes, sheets on paper, results."""

from app.views.surveys.codes import issue
from app.views.surveys.lists import add, index, new, show
from app.views.surveys.paper import capture, paper
from app.views.surveys.reports import inform, release, report
from app.views.surveys.results import compare, draft_paper, keep_table, result
from app.views.surveys.room import surveys
from app.views.surveys.waves import change, complete, count_sheets, group, wave

__all__ = [
    "add",
    "capture",
    "change",
    "compare",
    "complete",
    "count_sheets",
    "draft_paper",
    "group",
    "index",
    "inform",
    "issue",
    "keep_table",
    "new",
    "paper",
    "release",
    "report",
    "result",
    "show",
    "surveys",
    "wave",
]
