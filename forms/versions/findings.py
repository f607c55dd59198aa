"""What stands against publishing the draft of a form: its errors, and trial runs that fail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from forms.building.document_tree import element_id, element_name, places
from forms.building.lint import lint_form
from forms.building.trial_keeping import trial_of, trials_of
from forms.building.trials import run_trials
from forms.definition import parse_definition
from forms.models import Answers
from forms.rates.keeping import missing_rate_tables
from forms.registers.keeping import known_registers
from forms.tenant_surroundings import current_surroundings
from tenants.language import _


@dataclass(frozen=True, slots=True)
class ReleaseFindings:
    """Sentences that keep a form from being published, others to be considered, trials passed."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    trials_passed: int


def findings_of(
    session: Session, form_id: str, document: Answers, placeholders: Iterable[str] | None = None
) -> ReleaseFindings:
    """Check a form document as a whole and run the trials of its form on it.

    ``placeholders`` are what the form's templates print, None without a template. A trial that
    comes out otherwise than expected is an error.
    """
    found = lint_form(document, placeholders, known_registers(session))
    names = {element_id(place.element): element_name(place.element) for place in places(document)}
    texts: dict[Literal["error", "warning"], list[str]] = {"error": [], "warning": []}
    for one in found:
        name = names.get(one.element, "")
        texts[one.level].append(f"„{name}“: {one.text}" if name else one.text)
    passed = 0
    if not texts["error"]:
        definition = parse_definition(document)
        texts["error"] += missing_rate_tables(session, definition.rate_keys)
        trials = [trial_of(one) for one in trials_of(session, form_id)]
        for result in run_trials(
            definition, trials, current_surroundings(session, definition.rate_keys)
        ):
            passed += result.passed
            if not result.passed:
                texts["error"].append(
                    _("Der Probelauf „{name}“ ergibt anderes als erwartet.").format(
                        name=result.trial.description
                    )
                )
    return ReleaseFindings(tuple(texts["error"]), tuple(texts["warning"]), passed)
