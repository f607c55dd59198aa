"""Sheets that came back on paper, typed in by the office, many in a row."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from forms.definition import FormDefinition, parse_definition
from forms.expressions.nodes import Json
from forms.models import Answers
from forms.surveys.answering import add_answer, open_sheet
from forms.surveys.models import SurveyGroup, SurveyWave
from forms.surveys.waves import SurveyRefused
from tenants.language import _

PAPER_PAGE = "papier"


def paper_form(document: Mapping[str, Json]) -> FormDefinition:
    """Return the form as one page on which everything is asked and nothing is required.

    On paper all questions stand there, and a question may have been left out; what belongs to a
    question that was not to be answered is left out when the sheet is taken.
    """
    listed = document.get("pages")
    pages = [page for page in listed if isinstance(page, dict)] if isinstance(listed, list) else []
    sections: list[Json] = []
    for page in pages:
        found = page.get("sections")
        sections += [_open(section) for section in (found if isinstance(found, list) else [])]
    one_page: Json = {
        "id": pages[0]["id"],
        "key": PAPER_PAGE,
        "title": _("Bogen auf Papier"),
        "sections": sections,
    }
    whole = {name: value for name, value in document.items() if name not in ("pages", "$schema")}
    return parse_definition({**whole, "pages": [one_page]})


def _open(element: Json) -> Json:
    """Return an element without conditions, duty and rules."""
    if isinstance(element, list):
        return [_open(one) for one in element]
    if not isinstance(element, dict):
        return element
    return {
        name: _open(value) if name == "fields" else value
        for name, value in element.items()
        if name not in ("visible", "required", "valid")
    }


def capture_sheet(
    session: Session,
    wave: SurveyWave,
    group: SurveyGroup | None,
    answers: Answers,
    *,
    is_evaluable: bool,
) -> None:
    """Take a sheet that came back on paper. The wave's row must be locked.

    Not evaluable is what came back empty or cannot be read: it counts as returned alone. Raises
    `SurveyRefused`. Permission: can_capture Surveys.
    """
    if wave.completed_on is not None:
        raise SurveyRefused("", _("Diese Welle ist abgeschlossen und nimmt keine Bögen mehr auf."))
    taken: Answers = {}
    if is_evaluable:
        taken = open_sheet(session, wave, answers, {}).relevant_answers()
        if not taken:
            raise SurveyRefused(
                "",
                _(
                    "Auf dem Bogen ist nichts angegeben. Ist er leer zurückgekommen, wählen Sie"
                    " „Nicht auswertbar“."
                ),
            )
    add_answer(session, wave, None if group is None else group.id, "paper", taken)
