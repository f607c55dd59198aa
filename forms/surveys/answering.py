"""Filling in and handing in without an account.

All of it runs in the scope of a participant (`tenants.context.participant_scope`), which reads no
answer and nothing else of the tenant but published forms. Nothing is written to the audit trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from sqlalchemy import Uuid, cast, func, select
from sqlalchemy.orm import Session

from forms.answers import dump_value
from forms.constraints import Message
from forms.definition import FormDefinition
from forms.elements import CalculatedField, InfoField
from forms.evaluation import Evaluation, evaluate
from forms.languages import GERMAN
from forms.models import Answers
from forms.paths import top_key
from forms.procedure.viewing import readable_evaluation, readable_form
from forms.publishing import definition_of
from forms.surroundings import Surroundings
from forms.surveys.codes import Code, new_secret, secret_sha256
from forms.surveys.inviting import find_invitation, invited_group
from forms.surveys.models import SurveyAnswer, SurveyDraft, SurveyInvitation, SurveyWave
from forms.surveys.waves import SurveyUnknown, wave_state
from forms.tenant_surroundings import current_surroundings
from forms.viewer import Viewer
from tenants.language import _

UNKNOWN_PERSON = Viewer()
"""Sees what a form shows to everybody."""
DRAFT_DAYS = 1
"""Days after the last day of a wave until unsent drafts are deleted."""


class WaveNotOpen(RuntimeError):
    """The wave takes no answers: not yet, or no more."""


class InvitationUsed(RuntimeError):
    """The code of the invitation was used before."""


class InvitationMissing(RuntimeError):
    """The wave asks for a code, and there is none or one of another wave."""


class SheetIncomplete(ValueError):
    """Required answers are missing; ``errors`` say which."""

    def __init__(self, errors: list[Message]) -> None:
        super().__init__(_("Die Angaben sind noch nicht vollständig."))
        self.errors = errors


class WarningsUnconfirmed(ValueError):
    """Warnings have to be confirmed before handing in."""


@dataclass(frozen=True)
class Sheet:
    """What somebody fills in: the form in a language, with what was answered so far."""

    definition: FormDefinition
    answers: Answers
    invalid: Mapping[str, str]
    surroundings: Surroundings

    @cached_property
    def form(self) -> FormDefinition:
        """The form as everybody may read it."""
        return readable_form(self.definition, UNKNOWN_PERSON)

    @cached_property
    def lenient(self) -> Evaluation:
        """What the answers mean while nothing is required yet."""
        return self._evaluate("draft")

    @cached_property
    def strict(self) -> Evaluation:
        """What the answers mean as for handing in."""
        return self._evaluate("submission")

    def _evaluate(self, stage: str) -> Evaluation:
        evaluation = evaluate(
            self.definition,
            self.answers,
            stage="submission" if stage == "submission" else "draft",
            invalid=self.invalid,
            surroundings=self.surroundings,
        )
        return readable_evaluation(evaluation, self.form)

    def relevant_answers(self) -> Answers:
        """Return the answers that count, without those to questions that are not asked."""
        return {
            key: dump_value(self.definition.fields[key], value)
            for key, value in self.lenient.values.items()
            if value is not None and not isinstance(self.definition.fields[key], CalculatedField)
        }


def open_sheet(
    session: Session,
    wave: SurveyWave,
    answers: Answers,
    invalid: Mapping[str, str],
    language: str = GERMAN,
) -> Sheet:
    """Return what is filled in, in ``language``."""
    definition = definition_of(wave.form_version, language)
    return Sheet(definition, answers, invalid, current_surroundings(session))


def start_draft(session: Session, wave: SurveyWave, code: Code | None, day: date) -> str:
    """Begin a draft and return the secret that it is found by.

    Raises `WaveNotOpen`, `InvitationMissing` and `InvitationUsed`.
    """
    _check_open(wave, day)
    _invitation(session, wave, code)
    secret = new_secret()
    session.add(
        SurveyDraft(
            wave_id=wave.id,
            secret_sha256=secret_sha256(secret),
            kept_until=wave.closes_on + timedelta(days=DRAFT_DAYS),
        )
    )
    session.flush()
    return secret


def find_draft(
    session: Session, wave: SurveyWave, secret: str, *, lock: bool = False
) -> SurveyDraft | None:
    """Return the draft of a wave with this secret, None if there is none."""
    hashed = secret_sha256(secret)
    if hashed is None:
        return None
    query = select(SurveyDraft).where(
        SurveyDraft.wave_id == wave.id, SurveyDraft.secret_sha256 == hashed
    )
    if lock:
        query = query.with_for_update(of=SurveyDraft)
    return session.scalars(query).first()


def save_page(
    session: Session,
    draft: SurveyDraft,
    *,
    answers: Answers,
    invalid: Mapping[str, str],
    page_paths: frozenset[str],
    completed_page: str | None = None,
) -> None:
    """Store the answers of a page. The draft's row must be locked.

    ``page_paths`` are the keys of its fields, whose unreadable texts ``invalid`` replaces.
    """
    kept = {path: text for path, text in draft.invalid.items() if top_key(path) not in page_paths}
    draft.answers, draft.invalid = answers, {**kept, **invalid}
    if completed_page is not None and completed_page not in draft.completed_pages:
        draft.completed_pages = [*draft.completed_pages, completed_page]
    session.flush()


def hand_in(
    session: Session,
    wave: SurveyWave,
    draft: SurveyDraft,
    code: Code | None,
    day: date,
    *,
    warnings_confirmed: bool,
) -> None:
    """Take the answers of a draft and mark the invitation as used. The draft must be locked.

    A draft that was handed in already changes nothing: sending twice sends once. Raises
    `WaveNotOpen`, `InvitationMissing`, `InvitationUsed`, `SheetIncomplete` and
    `WarningsUnconfirmed`.
    """
    if draft.is_sent:
        return
    _check_open(wave, day)
    sheet = open_sheet(session, wave, draft.answers, draft.invalid)
    if sheet.strict.errors:
        raise SheetIncomplete(list(sheet.strict.errors))
    if sheet.strict.warnings and not warnings_confirmed:
        raise WarningsUnconfirmed
    invitation = _invitation(session, wave, code, lock=True)
    if invitation is not None:
        invitation.is_used = True
    group = invited_group(session, wave, code)
    add_answer(session, wave, None if group is None else group.id, "web", sheet.relevant_answers())
    draft.answers, draft.invalid, draft.completed_pages = {}, {}, []
    draft.is_sent = True
    session.flush()


def add_answer(
    session: Session, wave: SurveyWave, group_id: str | None, channel: str, answers: Answers
) -> None:
    """Add a returned questionnaire and shuffle it among the others of its wave.

    One without any answer counts as returned and is not evaluable.
    """
    answer = SurveyAnswer(
        wave_id=wave.id,
        group_id=group_id,
        channel=channel,
        is_evaluable=bool(answers),
        answers=answers,
    )
    session.add(answer)
    session.flush()
    # It gets another id now.
    session.expunge(answer)
    session.execute(
        select(func.shuffle_survey_answers(cast(wave.id, Uuid(as_uuid=False)))),
        execution_options={"tenant_guarded": True},
    )


def discard_draft(session: Session, draft: SurveyDraft) -> None:
    """Delete what somebody has filled in so far."""
    session.delete(draft)
    session.flush()


def _check_open(wave: SurveyWave, day: date) -> None:
    if wave_state(wave, day) != "open":
        raise WaveNotOpen(wave_state(wave, day))


def _invitation(
    session: Session, wave: SurveyWave, code: Code | None, *, lock: bool = False
) -> SurveyInvitation | None:
    """Return the unused invitation that a wave asks for, None for an open link."""
    if wave.access != "invitation":
        return None
    if code is None:
        raise InvitationMissing
    try:
        invitation = find_invitation(session, code, lock=lock)
    except SurveyUnknown as error:
        raise InvitationMissing from error
    if invitation.wave_id != wave.id:
        raise InvitationMissing
    if invitation.is_used:
        raise InvitationUsed
    return invitation


def fillable_keys(definition: FormDefinition) -> frozenset[str]:
    """Return the keys of the fields that ask for something."""
    return frozenset(
        key
        for key, field in definition.fields.items()
        if not isinstance(field, CalculatedField | InfoField)
    )
