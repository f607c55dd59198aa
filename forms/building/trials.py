"""Trial runs: sample answers of a form, and whether what comes of them is what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forms.definition import FormDefinition
from forms.evaluation import evaluate, flatten
from forms.expressions.nodes import Json
from forms.surroundings import NEUTRAL, Surroundings


@dataclass(frozen=True, slots=True)
class Trial:
    """Answers with what must come of them.

    ``expected`` holds calculated values by path (``fls_satz``, ``positionen[0].betrag``), numbers
    as text. ``expected_errors`` are the paths of exactly those answers that must be refused; None
    leaves the errors out of the comparison.
    """

    number: int
    description: str
    answers: Mapping[str, Json]
    expected: Mapping[str, Json]
    expected_errors: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came out otherwise: ``path`` is empty for nothing in particular."""

    path: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class TrialResult:
    """How a trial ended; it passed when nothing differs."""

    trial: Trial
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return not self.differences


def run_trials(
    definition: FormDefinition, trials: Sequence[Trial], surroundings: Surroundings = NEUTRAL
) -> list[TrialResult]:
    """Evaluate the answers of each trial as a submission and compare; nothing is stored.

    ``surroundings`` are the day, place and rates under which the answers are evaluated.
    """
    return [
        TrialResult(trial, tuple(_differences(definition, trial, surroundings))) for trial in trials
    ]


def outcome_of(
    definition: FormDefinition, answers: Mapping[str, Json], surroundings: Surroundings = NEUTRAL
) -> tuple[dict[str, Json], tuple[str, ...]]:
    """Return calculated values by path and the paths with errors, as a trial expects them."""
    evaluation = evaluate(definition, dict(answers), stage="submission", surroundings=surroundings)
    flat = flatten(evaluation.values)
    calculated = {
        path: _comparable(value)
        for path, value in flat.items()
        if getattr(definition.field_at(path), "type", "") == "calculated"
    }
    paths = tuple(sorted({message.path for message in evaluation.errors}))
    return dict(calculated), paths


def _differences(
    definition: FormDefinition, trial: Trial, surroundings: Surroundings
) -> list[Difference]:
    evaluation = evaluate(
        definition, dict(trial.answers), stage="submission", surroundings=surroundings
    )
    flat = flatten(evaluation.values)
    found = [
        Difference(path, _comparable(value), _comparable(flat.get(path)))
        for path, value in trial.expected.items()
        if _comparable(value) != _comparable(flat.get(path))
    ]
    if trial.expected_errors is None:
        return found
    messages = {message.path: message.text for message in evaluation.errors}
    found += [
        Difference(path, "", messages[path])
        for path in sorted(messages.keys() - set(trial.expected_errors))
    ]
    found += [
        Difference(path, "!", "") for path in sorted(set(trial.expected_errors) - messages.keys())
    ]
    return found


def _comparable(value: object) -> str:
    """Return a value as text, numbers without needless zeros' difference: 7.5 equals 7.50."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    whole, dot, places = text.partition(".")
    if dot and whole.lstrip("-").isdigit() and places.isdigit():
        return text.rstrip("0").rstrip(".")
    return text
