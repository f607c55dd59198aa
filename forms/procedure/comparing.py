"""Two states of a submission side by side: what was answered, what was corrected."""

from __future__ import annotations

from dataclasses import dataclass

from forms.definition import FormDefinition
from forms.evaluation import Evaluation
from forms.review import review
from forms.views import ReviewEntry


@dataclass(frozen=True, slots=True)
class ComparedEntry:
    """One answer in both states; a side is None where the question was not asked."""

    label: str
    old: ReviewEntry | None
    new: ReviewEntry | None


@dataclass(frozen=True, slots=True)
class ComparedPage:
    """A page with the answers that differ, in the order of the form."""

    title: str
    entries: tuple[ComparedEntry, ...]


def compare(form: FormDefinition, old: Evaluation, new: Evaluation) -> tuple[ComparedPage, ...]:
    """Return the pages on which the two evaluations of ``form`` answer something differently.

    ``form`` and both evaluations are those of the reader (`forms.procedure.viewing`).
    """
    before, after = _entries(form, old), _entries(form, new)
    pages = []
    for page in form.pages:
        entries = tuple(
            ComparedEntry(field.label, before.get(field.key), after.get(field.key))
            for field in form.fields_of(page)
            if not _same(before.get(field.key), after.get(field.key))
        )
        if entries:
            pages.append(ComparedPage(page.title, entries))
    return tuple(pages)


def _entries(form: FormDefinition, evaluation: Evaluation) -> dict[str, ReviewEntry]:
    return {
        entry.path: entry
        for page in review(form, evaluation)
        for section in page.sections
        for entry in section.entries
    }


def _same(old: ReviewEntry | None, new: ReviewEntry | None) -> bool:
    if old is None or new is None:
        return old is new
    return (old.display, old.table, old.rows) == (new.display, new.table, new.rows)
