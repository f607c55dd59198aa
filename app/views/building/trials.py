"""Trial runs: filling in a draft without submitting it, and comparing what comes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from flask import abort, flash, redirect, render_template, request, url_for

from app import database
from app.security.access import requires
from app.views.building.region import room_urls
from app.views.building.room import Page, building, draft_of
from forms.building.document_tree import element_name
from forms.building.models import FormDraft, FormTrial
from forms.building.trial_keeping import (
    TrialUnknown,
    find_trial,
    keep_trial,
    remove_trial,
    trial_of,
    trials_of,
)
from forms.building.trials import TrialResult, outcome_of, run_trials
from forms.definition import DefinitionError, FormDefinition, parse_definition
from forms.evaluation import evaluate
from forms.expressions.nodes import Json
from forms.input import read_page
from forms.presentation import present_page
from forms.registers.choosing import TenantChoices
from forms.rows import apply_row_operation
from forms.surroundings import today_in_berlin
from forms.tenant_surroundings import current_surroundings
from tenants.database import new_id
from tenants.language import _

Row = dict[str, object]
_OWN = frozenset({"csrf_token", "description", "answers", "__action"})
LARGEST_ANSWERS = 1024 * 1024


@building.get("/<uuid:form_id>/probelaeufe")
@requires("can_edit", "Forms")
def trials(form_id: object) -> str:
    """List the trials; with ``lauf`` in the address run all of them."""
    draft = draft_of(form_id)
    kept = trials_of(database.session(), draft.form_id)
    definition, problems = _definition(draft)
    results: dict[int, TrialResult] = {}
    if definition is not None and "lauf" in request.args:
        surroundings = current_surroundings(database.session(), definition.rate_keys)
        ran = run_trials(definition, [trial_of(one) for one in kept], surroundings)
        results = {result.trial.number: result for result in ran}
    return render_template(
        "building/trials.html",
        form={"title": element_name(draft.document)},
        problems=problems,
        trials=[_trial_row(draft, definition, one, results.get(one.number)) for one in kept],
        ran=bool(results),
        passed=sum(result.passed for result in results.values()),
        urls={
            **room_urls(draft.form_id),
            "run": url_for("building.trials", form_id=form_id, lauf=1),
            "new": url_for("building.trial", form_id=form_id),
        },
    )


def _definition(draft: FormDraft) -> tuple[FormDefinition | None, tuple[str, ...]]:
    try:
        return parse_definition(draft.document), ()
    except DefinitionError as error:
        return None, error.findings


def _trial_row(
    draft: FormDraft, definition: FormDefinition | None, kept: FormTrial, result: TrialResult | None
) -> Row:
    return {
        "number": kept.number,
        "description": kept.description,
        "expected": len(kept.expected) + len(kept.expected_errors),
        "result": result,
        "differences": [
            {
                "name": _name(definition, one.path),
                "expected": _("eine Fehlermeldung") if one.expected == "!" else one.expected,
                "found": one.found,
            }
            for one in (result.differences if result else ())
        ],
        "url": url_for("building.trial", form_id=draft.form_id, trial_id=kept.id),
        "delete_url": url_for("building.delete_trial", form_id=draft.form_id, trial_id=kept.id),
    }


def _name(definition: FormDefinition | None, path: str) -> str:
    field = definition.field_at(path) if definition else None
    return f"{field.label} ({path})" if field else path


@building.route("/<uuid:form_id>/probelauf", methods=["GET", "POST"])
@building.route("/<uuid:form_id>/probelauf/<uuid:trial_id>", methods=["GET", "POST"])
@requires("can_edit", "Forms")
def trial(form_id: object, trial_id: object = None) -> Page:
    """Fill in the whole draft on one page; keep the answers with what came of them."""
    draft = draft_of(form_id)
    kept = _kept(draft, trial_id)
    definition, _problems = _definition(draft)
    if definition is None:
        return redirect(url_for("building.trials", form_id=form_id))
    if request.method == "GET":
        answers: Mapping[str, Json] = kept.answers if kept else {}
        return _page(draft, definition, kept, answers, {}, kept.description if kept else "")
    answers, invalid, pressed = _posted(definition)
    description = " ".join(request.form.get("description", "").split())
    if pressed or request.form.get("__action") != "keep":
        return _page(draft, definition, kept, answers, invalid, description)
    if not description or invalid:
        problem = (
            _("Geben Sie dem Probelauf einen Namen.")
            if not description
            else _("Berichtigen Sie erst, was sich nicht lesen lässt.")
        )
        page = _page(draft, definition, kept, answers, invalid, description, problem)
        return page, 422
    session = database.session()
    expected, errors = outcome_of(
        definition, answers, current_surroundings(session, definition.rate_keys)
    )
    keep_trial(session, draft.form_id, description, answers, expected, errors, kept)
    session.commit()
    flash(_("Der Probelauf „{name}“ ist gespeichert.").format(name=description), "success")
    return redirect(url_for("building.trials", form_id=form_id))


def _kept(draft: FormDraft, trial_id: object) -> FormTrial | None:
    if trial_id is None:
        return None
    try:
        return find_trial(database.session(), draft.form_id, str(trial_id))
    except TrialUnknown:
        abort(404)


@building.post("/<uuid:form_id>/probelauf/<uuid:trial_id>/loeschen")
@requires("can_edit", "Forms")
def delete_trial(form_id: object, trial_id: object) -> Page:
    """Remove a trial."""
    kept = _kept(draft_of(form_id), trial_id)
    if kept is not None:
        remove_trial(database.session(), kept)
        database.session.commit()
        flash(_("Der Probelauf ist gelöscht."), "success")
    return redirect(url_for("building.trials", form_id=form_id))


def _posted(definition: FormDefinition) -> tuple[dict[str, Json], dict[str, str], bool]:
    """Read all pages from one post: answers, texts that could not be read, a row button."""
    posted: Mapping[str, Sequence[str]] = {
        name: values for name, values in request.form.lists() if name not in _OWN
    }
    answers = _carried_answers()
    invalid: dict[str, str] = {}
    pressed = False
    others = frozenset(posted)
    for page in definition.pages:
        entry = read_page(
            definition,
            page.key,
            posted,
            answers,
            new_row_id=new_id,
            other_names=others | _OWN,
            choices=_choices(),
        )
        answers = entry.answers
        invalid |= entry.invalid
        if entry.operation is not None:
            answers, invalid = apply_row_operation(
                definition, answers, invalid, entry.operation, new_id
            )
            pressed = True
    return answers, invalid, pressed


def _choices() -> TenantChoices:
    """Return the lists of the tenant; a trial belongs to no Träger."""
    return TenantChoices(database.session(), today_in_berlin(), None)


def _carried_answers() -> dict[str, Json]:
    """Return the answers to what was hidden on the page, which the page carried along."""
    text = request.form.get("answers", "")
    try:
        carried = json.loads(text) if len(text) <= LARGEST_ANSWERS else {}
    except ValueError:
        carried = {}
    return carried if isinstance(carried, dict) else {}


def _page(
    draft: FormDraft,
    definition: FormDefinition,
    kept: FormTrial | None,
    answers: Mapping[str, Json],
    invalid: Mapping[str, str],
    description: str,
    problem: str = "",
) -> str:
    surroundings = current_surroundings(database.session(), definition.rate_keys)
    evaluation = evaluate(
        definition, dict(answers), stage="submission", invalid=invalid, surroundings=surroundings
    )
    began = request.method == "POST" or kept is not None
    shown = (
        evaluation if began else evaluate(definition, {}, stage="draft", surroundings=surroundings)
    )
    return render_template(
        "building/trial.html",
        form={"title": element_name(draft.document)},
        pages=[
            present_page(definition, page.key, shown, invalid, choices=_choices())
            for page in definition.pages
            if f"page:{page.key}" in shown.visible
        ],
        answers=json.dumps(answers, ensure_ascii=False),
        description=description,
        is_new=kept is None,
        problem=problem,
        has_errors=bool(problem),
        urls={
            **room_urls(draft.form_id),
            "save": url_for(
                "building.trial", form_id=draft.form_id, trial_id=kept.id if kept else None
            ),
        },
    )
