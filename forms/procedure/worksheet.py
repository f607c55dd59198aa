"""What somebody works on: a draft with the form cut to what that person may read and change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.answers import dump_value
from forms.attachments.keeping import attachments_of
from forms.attachments.states import Attachments, with_file_errors
from forms.definition import FormDefinition
from forms.elements import CalculatedField, Section
from forms.evaluation import Evaluation, Stage, evaluate
from forms.models import Answers, Submission
from forms.picking.checking import picked_fields, with_pick_errors
from forms.picking.choices import NO_CHOICES, Choices
from forms.picking.recording import Recorded, recorded_picks, refreshed_answers
from forms.procedure.models import Inquiry
from forms.procedure.viewing import (
    Task,
    editable_keys,
    errors_of,
    fillable_form,
    keep_sections,
    readable_evaluation,
    readable_form,
)
from forms.publishing import definition_of
from forms.registers.choosing import TenantChoices
from forms.surroundings import Surroundings, today_in_berlin
from forms.tenant_surroundings import current_surroundings, surroundings_of
from forms.viewer import Viewer
from tenants.context import current_tenant_id

_MOST_ROUNDS = 10


@dataclass(frozen=True)
class Worksheet:
    """A draft as it is worked on: its answers, those of a page perhaps not yet stored.

    ``subject`` is the submission that the draft continues, or the draft itself. Rules run over
    all answers; what is shown and asked is cut to the person. Each evaluation is made once,
    when it is first asked for.
    """

    draft: Submission
    subject: Submission
    inquiry: Inquiry | None
    definition: FormDefinition
    viewer: Viewer
    surroundings: Surroundings
    typed: Answers
    """The answers as the draft holds them; of a continued submission only the open ones count."""
    invalid: Mapping[str, str]
    attachments: Attachments = field(default_factory=Attachments)
    choices: Choices = NO_CHOICES
    """The lists from which entries are chosen, as this person may see them."""

    def with_answers(self, typed: Answers, invalid: Mapping[str, str]) -> Worksheet:
        """Return the same work with other answers in the draft."""
        return replace(self, typed=typed, invalid=invalid)

    @property
    def task(self) -> Task:
        """Return what is to be filled."""
        if self.draft.purpose == "answer":
            named = self.inquiry.field_ids if self.inquiry else []
            return Task(step=self.draft.step, field_ids=frozenset(named))
        return Task(step=self.draft.step)

    @cached_property
    def locked(self) -> frozenset[str]:
        """Keys whose answers were taken over and stay as they are."""
        return locked_keys(self.definition, self.subject)

    @cached_property
    def editable(self) -> frozenset[str]:
        """Keys of the fields that may be changed.

        A corrected answer can make questions relevant that were not asked before: they are
        open as well, or the correction could not be completed.
        """
        opened: frozenset[str] = frozenset()
        keys = self._editable(opened)
        if self.draft.purpose != "answer":
            return keys
        before = self._evaluate(self.subject.answers, "draft", {}).visible
        for _round in range(_MOST_ROUNDS):
            now = self._evaluate(self._joined(keys), "draft", self.invalid).visible
            opened = frozenset(now - before)
            wider = self._editable(opened)
            if wider == keys:
                break
            keys = wider
        return keys

    def _editable(self, opened: frozenset[str]) -> frozenset[str]:
        return editable_keys(
            self.definition, self.viewer, self.task, locked=self.locked, opened=opened
        )

    def _joined(self, keys: frozenset[str]) -> Answers:
        typed = self.typed
        if self.choices is not NO_CHOICES:
            typed = dict(
                refreshed_answers(self.definition, typed, keys, self.choices, self._recorded)
            )
        if self.draft is self.subject:
            return typed
        others = {key: value for key, value in self.subject.answers.items() if key not in keys}
        return others | {key: value for key, value in typed.items() if key in keys}

    @cached_property
    def _recorded(self) -> Recorded:
        """What was handed over before stays as it was recorded, though its entry has ended."""
        if self.draft is self.subject:
            return Recorded()
        return recorded_picks(self.definition, self.subject.answers)

    @cached_property
    def answers(self) -> Answers:
        """All answers: the open ones from the draft, the others as they were handed over."""
        return self._joined(self.editable)

    @cached_property
    def readable(self) -> FormDefinition:
        """The form as the person may read it."""
        return readable_form(self.definition, self.viewer)

    @cached_property
    def reviewed(self) -> FormDefinition:
        """What is read before handing over: everything readable up to the present step."""
        procedure = self.definition.procedure
        step = self.draft.step
        if self.draft is not self.subject:
            step = max(step, self.subject.step - 1)
        return keep_sections(
            self.readable, lambda section: procedure.first_step_of(section) <= step
        )

    @cached_property
    def form(self) -> FormDefinition:
        """The pages on which there is something to fill in."""
        return fillable_form(self.readable, self.editable, context=self._is_context)

    def page_paths(self, page_key: str) -> frozenset[str]:
        """Return the keys of the open fields of a page, none for an unknown page."""
        page = self.form.page(page_key)
        keys = (field.key for field in self.form.fields_of(page)) if page else ()
        return frozenset(keys) & self.editable

    def _is_context(self, section: Section) -> bool:
        """Say whether a section without open fields is shown for reading."""
        if self.task.field_ids is not None:
            return False
        return self.definition.procedure.first_step_of(section) <= self.task.step

    def lenient(self) -> Evaluation:
        """Evaluate as a draft, in which nothing is required yet, for the pages to fill in."""
        return readable_evaluation(self._lenient, self.form)

    def strict(self) -> Evaluation:
        """Evaluate as for handing over, for the pages to fill in."""
        return readable_evaluation(self.whole, self.form)

    def all_readable(self) -> Evaluation:
        """Evaluate as for handing over, for everything the person reads before."""
        return readable_evaluation(self.whole, self.reviewed)

    @cached_property
    def _lenient(self) -> Evaluation:
        return self._evaluate(self.answers, "draft", self.invalid)

    @cached_property
    def whole(self) -> Evaluation:
        """The evaluation of everything; its messages are those the person can act on."""
        evaluation = self._evaluate(self.answers, "submission", self.invalid)
        return errors_of(evaluation, self.editable | self._calculated)

    @property
    def _calculated(self) -> frozenset[str]:
        """Keys of what is calculated up to the present step: its errors are of interest too."""
        procedure = self.definition.procedure
        return frozenset(
            field.key
            for page in self.definition.pages
            for section in page.sections
            if procedure.first_step_of(section) <= self.task.step
            for field in section.fields
            if isinstance(field, CalculatedField)
        )

    def _evaluate(self, answers: Answers, stage: Stage, invalid: Mapping[str, str]) -> Evaluation:
        evaluation = evaluate(
            self.definition,
            answers,
            stage=stage,
            invalid=invalid,
            surroundings=self.surroundings,
        )
        evaluation = with_file_errors(self.definition, evaluation, self.attachments)
        return with_pick_errors(self.definition, evaluation, self.choices, self._recorded)

    def frozen_answers(self) -> Answers:
        """Return all relevant answers as they are handed over, with calculated values."""
        return {
            key: dump_value(self.definition.fields[key], value)
            for key, value in self.whole.values.items()
            if value is not None
        }


def locked_keys(definition: FormDefinition, submission: Submission) -> frozenset[str]:
    """Return the keys of answers that were taken over and may not be changed."""
    return frozenset(
        key
        for key in submission.origins
        if (field := definition.fields.get(key)) is not None
        and field.prefill is not None
        and field.prefill.readonly
    )


def open_worksheet(session: Session, draft: Submission, viewer: Viewer) -> Worksheet:
    """Return what ``viewer`` works on in ``draft``."""
    subject = draft
    definition = definition_of(draft.form_version)
    surroundings = surroundings_of(session, draft)
    if draft.continues_id is not None:
        subject = session.get_one(Submission, (current_tenant_id(), draft.continues_id))
        # A correction is judged by the day of what it corrects, with the rates known today.
        handed_in = subject.submitted_at
        surroundings = current_surroundings(session, definition.rate_keys, subject.organisation_id)
        if handed_in is not None and draft.purpose != "step":
            surroundings = replace(surroundings, today=today_in_berlin(handed_in))
    definition = definition_of(draft.form_version)
    return Worksheet(
        draft=draft,
        subject=subject,
        inquiry=open_inquiry(session, subject) if draft.purpose == "answer" else None,
        definition=definition,
        viewer=viewer,
        surroundings=surroundings,
        typed=draft.answers,
        invalid=draft.invalid,
        attachments=attachments_of(session, definition, {draft.id, subject.id}),
        choices=TenantChoices(session, surroundings.today, subject.organisation_id)
        if picked_fields(definition)
        else NO_CHOICES,
    )


def open_inquiry(session: Session, submission: Submission) -> Inquiry | None:
    """Return the Rückfrage that waits for an answer, None if there is none."""
    return session.scalars(
        select(Inquiry).where(Inquiry.submission_id == submission.id, Inquiry.state == "open")
    ).first()
