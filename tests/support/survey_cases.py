"""A survey in a tenant of its own, with the acts of office and participants as one call each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy.orm import Session

from forms.models import Answers, FormVersion
from forms.surveys.answering import find_draft, hand_in, save_page, start_draft
from forms.surveys.codes import read_code
from forms.surveys.evaluating import make_result
from forms.surveys.inviting import issue_codes
from forms.surveys.models import Survey, SurveyGroup, SurveyWave
from forms.surveys.paper import capture_sheet
from forms.surveys.results import WaveResult
from forms.surveys.waves import (
    WavePlan,
    add_group,
    add_wave,
    complete_wave,
    create_survey,
    find_group,
    find_survey,
    find_wave,
)
from tenants.context import Scope, participant_scope
from tenants.models import Tenant
from tests.support.form_documents import Document, field, form, page, section
from tests.support.installation import Installation

T = TypeVar("T")
OPENS, CLOSES, AFTER = date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 5)
THRESHOLD = 5

SCALE = {
    "minimum": 1, "maximum": 6, "minimum_label": "sehr gut", "maximum_label": "ungenügend",
}  # fmt: skip


def questionnaire(key: str = "fragebogen", **changes: str) -> Document:
    """Return a small questionnaire; ``changes`` are other labels by field key."""
    fields = [
        field("radio", "form", options={"haus": "Zuhause", "raum": "In anderen Räumen"}),
        field("radio", "stadtteil", options={"nord": "Nord", "sued": "Süd", "ost": "Ost"}),
        field("scale", "raeume", label="Wie finden Sie die Räume?", **SCALE),
        field("scale", "beratung", label="Wie finden Sie die Beratung?", **SCALE),
        field("yes_no", "wieder", label="Würden Sie es wieder so machen?"),
        field(
            "checkboxes", "wege", options={"brief": "Brief", "netz": "Netz", "aushang": "Aushang"}
        ),
    ]
    for one in fields:
        one["label"] = changes.get(str(one["key"]), one["label"])
    return form(
        page("a", section("s", *fields)),
        page("b", section("t", field("long_text", "freitext", privacy_check=True))),
        key=key,
    ) | {"data_class": "K3", "description": "Was Eltern denken."}


@dataclass
class SurveyCase:
    """A survey with one wave; ``day`` is the day on which everything is done."""

    installation: Installation
    tenant: Tenant
    version: FormVersion
    survey_id: str
    wave_id: str

    def office(self, work: Callable[[Session], T]) -> T:
        """Do ``work`` as the office."""
        return self.installation.in_scope(Scope(tenant_id=self.tenant.id), work)

    def participant(self, work: Callable[[Session], T]) -> T:
        """Do ``work`` as somebody unknown."""
        return self.installation.in_scope(participant_scope(self.tenant.id), work)

    def on_wave(self, work: Callable[[Session, SurveyWave], T]) -> T:
        """Do ``work`` as the office on the locked wave."""
        return self.office(
            lambda session: work(session, find_wave(session, self.wave_id, lock=True))
        )

    def invite(self, count: int, group: SurveyGroup | None = None) -> list[str]:
        """Return new codes."""

        def work(session: Session, wave: SurveyWave) -> list[str]:
            found = None if group is None else find_group(session, wave, group.id)
            return issue_codes(session, wave, found, count, threshold=THRESHOLD)

        return self.on_wave(work)

    def group(self, title: str) -> SurveyGroup:
        """Return a new group."""
        return self.on_wave(lambda session, wave: add_group(session, wave, title))

    def answer(self, answers: Answers, code: str | None = None, day: date = OPENS) -> None:
        """Fill in and send, from the first page to the end."""
        read = None if code is None else read_code(code)

        def work(session: Session) -> None:
            wave = find_wave(session, self.wave_id)
            secret = start_draft(session, wave, read, day)
            draft = find_draft(session, wave, secret, lock=True)
            assert draft is not None
            save_page(session, draft, answers=answers, invalid={}, page_paths=frozenset(answers))
            hand_in(session, wave, draft, read, day, warnings_confirmed=True)

        self.participant(work)

    def paper(
        self, answers: Answers, *, group: SurveyGroup | None = None, is_evaluable: bool = True
    ) -> None:
        """Capture a sheet."""

        def work(session: Session, wave: SurveyWave) -> None:
            found = None if group is None else find_group(session, wave, group.id)
            capture_sheet(session, wave, found, answers, is_evaluable=is_evaluable)

        self.on_wave(work)

    def complete(self, day: date = AFTER) -> WaveResult:
        """Complete the wave and return its result."""

        def work(session: Session, wave: SurveyWave) -> WaveResult:
            complete_wave(session, wave, day)
            return make_result(session, wave, day, THRESHOLD)

        return self.on_wave(work)

    def next_wave(self, version: FormVersion) -> SurveyCase:
        """Return the same survey with another wave."""

        def work(session: Session) -> str:
            survey = find_survey(session, self.survey_id)
            plan = WavePlan(title="Zweite", access="link", opens_on=OPENS, closes_on=CLOSES)
            return add_wave(session, survey, version, plan).id

        return SurveyCase(
            self.installation, self.tenant, version, self.survey_id, self.office(work)
        )


def open_survey(
    installation: Installation, *, access: str = "invitation", document: Document | None = None
) -> SurveyCase:
    """Return a survey with an open wave in a new tenant."""
    tenant = installation.found_tenant()
    version = installation.publish(tenant, questionnaire() if document is None else document)

    def work(session: Session) -> tuple[Survey, SurveyWave]:
        survey = create_survey(session, version, title="Elternbefragung")
        plan = WavePlan(title="Erste", access=access, opens_on=OPENS, closes_on=CLOSES)
        return survey, add_wave(session, survey, version, plan)

    survey, wave = installation.in_scope(Scope(tenant_id=tenant.id), work)
    return SurveyCase(installation, tenant, version, survey.id, wave.id)


def answers_of(*counts: tuple[int, Answers]) -> Sequence[Answers]:
    """Return each of the answers as often as its number says."""
    return [answers for count, answers in counts for _number in range(count)]
