"""Nobody can join an invitation to an answer: neither by a column, a key, a moment nor by order."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from forms.surveys.answering import InvitationMissing, InvitationUsed
from forms.surveys.codes import read_code
from forms.surveys.models import SurveyAnswer, SurveyDraft, SurveyInvitation
from tenants.context import Scope
from tenants.models import Tenant
from tests.isolation.catalogue import Catalogue, read_catalogue
from tests.support.installation import Installation
from tests.support.survey_cases import SurveyCase, open_survey

UNKNOWN = ("survey_invitation", "survey_draft", "survey_answer")
GUARDED = {"tenant_guarded": True}


@pytest.fixture
def owner(installation: Installation) -> Iterator[Connection]:
    with installation.owner_sessions.kw["bind"].connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def catalogue(owner: Connection) -> Catalogue:
    return read_catalogue(owner)


@pytest.fixture(scope="module")
def case(installation: Installation) -> SurveyCase:
    case = open_survey(installation)
    for number, code in enumerate(case.invite(12)[:8]):
        case.answer({"raeume": number % 6 + 1, "freitext": f"Text {number}"}, code)
    return case


def test_the_columns_are_these_and_no_others(catalogue: Catalogue) -> None:
    """A new column of these tables has to be thought about: it must not say who, where or when."""
    assert {name: set(catalogue.columns[name]) for name in UNKNOWN} == {
        "survey_invitation": {"tenant_id", "id", "wave_id", "code_sha256", "is_used"},
        "survey_draft": {
            "tenant_id", "id", "wave_id", "secret_sha256", "answers", "invalid",
            "completed_pages", "is_sent", "kept_until",
        },
        "survey_answer": {
            "tenant_id", "id", "wave_id", "group_id", "channel", "is_evaluable", "answers",
        },
    }  # fmt: skip


def test_no_column_holds_a_moment_or_an_address(owner: Connection) -> None:
    """The one date is that of the wave, alike for all of its drafts."""
    rows = owner.execute(
        text(
            "SELECT table_name, column_name FROM information_schema.columns WHERE"
            " table_name = ANY(:tables) AND (data_type LIKE '%time%' OR data_type IN"
            " ('date', 'inet', 'cidr', 'interval') OR column_default LIKE '%nextval%')"
        ),
        {"tables": list(UNKNOWN)},
        execution_options=GUARDED,
    )
    assert [tuple(row) for row in rows] == [("survey_draft", "kept_until")]


def test_no_key_leads_from_invitation_or_draft_to_answer(catalogue: Catalogue) -> None:
    """All that the three share is the wave, of which many are."""
    targets = {
        name: {target for _columns, target, _keys in catalogue.foreign_keys[name]}
        for name in UNKNOWN
    }
    assert targets["survey_invitation"] == targets["survey_draft"] == {"survey_wave"}
    assert targets["survey_answer"] == {"survey_wave", "survey_group"}
    for table, keys in catalogue.foreign_keys.items():
        assert not {target for _columns, target, _keys in keys} & set(UNKNOWN), table


def test_no_value_of_an_invitation_stands_in_an_answer(
    installation: Installation, case: SurveyCase
) -> None:
    def texts(model: type[SurveyInvitation | SurveyAnswer | SurveyDraft]) -> list[str]:
        query = text(f"SELECT row_to_json(t)::text FROM {model.__tablename__} t")  # noqa: S608
        reader = case.participant if model is SurveyDraft else case.office
        return [
            str(row[0])
            for row in reader(
                lambda session: session.execute(query, execution_options=GUARDED).all()
            )
        ]

    answers, drafts = "".join(texts(SurveyAnswer)), "".join(texts(SurveyDraft))
    invitations = texts(SurveyInvitation)
    assert len(invitations) == 12
    assert sum('"is_used":true' in one for one in invitations) == 8
    for one in (*invitations, *texts(SurveyDraft)):
        for word in one.replace('"', " ").replace(":", " ").replace(",", " ").split():
            if len(word) > 30 and word not in (case.tenant.id, case.wave_id):
                assert word not in answers
    assert "Text 3" in answers
    assert "Text 3" not in drafts


def test_ids_of_answers_are_random(case: SurveyCase) -> None:
    """A UUID of version 1 or 7 would hold the moment."""
    ids = case.office(
        lambda session: session.execute(
            text("SELECT id FROM survey_answer"), execution_options=GUARDED
        ).all()
    )
    assert {uuid.UUID(str(row[0])).version for row in ids} == {4}


def test_the_last_transaction_wrote_every_answer(case: SurveyCase) -> None:
    """PostgreSQL notes at each row who wrote it: that must not lead to the used invitation."""

    def marks(table: str) -> list[str]:
        query = text(f"SELECT xmin::text FROM {table} WHERE wave_id = :wave")  # noqa: S608
        return [
            str(row[0])
            for row in case.office(
                lambda session: session.execute(
                    query, {"wave": case.wave_id}, execution_options=GUARDED
                ).all()
            )
        ]

    answers, invitations = marks("survey_answer"), marks("survey_invitation")
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert len(set(invitations)) == 9


def test_answers_do_not_lie_in_the_order_of_their_coming(installation: Installation) -> None:
    case = open_survey(installation, access="link")
    for number in range(30):
        case.answer({"freitext": f"{number:02}"})
    rows = case.office(
        lambda session: session.execute(
            text("SELECT answers->>'freitext' FROM survey_answer ORDER BY ctid"),
            execution_options=GUARDED,
        ).all()
    )
    found = [row[0] for row in rows]
    assert sorted(found) == [f"{number:02}" for number in range(30)]
    assert found != sorted(found)


def test_nothing_is_written_to_the_audit_trail_when_somebody_answers(case: SurveyCase) -> None:
    rows = case.office(
        lambda session: session.execute(
            text("SELECT action, organisation_id FROM audit_entry"), execution_options=GUARDED
        ).all()
    )
    actions = {row[0] for row in rows if str(row[0]).startswith("survey")}
    assert actions == {"survey.created", "survey.wave_added", "survey.codes_issued"}


def test_a_code_is_used_once(case: SurveyCase, installation: Installation) -> None:
    code = case.invite(1)[0]
    case.answer({"raeume": 1}, code)
    with pytest.raises(InvitationUsed):
        case.answer({"raeume": 2}, code.upper().replace("-", " "))
    other = open_survey(installation)
    with pytest.raises(InvitationMissing):
        other.answer({"raeume": 1}, code)
    with pytest.raises(InvitationMissing):
        case.answer({"raeume": 1}, None)


def test_the_code_itself_is_nowhere(case: SurveyCase) -> None:
    code = read_code(case.invite(1)[0])
    assert code is not None
    rows = case.office(
        lambda session: session.execute(
            text("SELECT row_to_json(t)::text FROM survey_invitation t"), execution_options=GUARDED
        ).all()
    )
    assert code.sha256 in str(rows)
    assert code.text not in str(rows)


class TestSides:
    """What each side may touch, as the database keeps it."""

    def count(self, installation: Installation, scope: Scope, table: str) -> int:
        query = text(f"SELECT count(*) FROM {table}")  # noqa: S608
        found = installation.in_scope(
            scope, lambda session: session.execute(query, execution_options=GUARDED).scalar_one()
        )
        return int(found)

    def test_the_office_sees_no_draft(self, installation: Installation, case: SurveyCase) -> None:
        office = Scope(tenant_id=case.tenant.id)
        assert self.count(installation, office, "survey_draft") == 0
        assert self.count(installation, office, "survey_answer") > 0
        seen = case.participant(
            lambda session: session.execute(
                text("SELECT count(*) FROM survey_draft"), execution_options=GUARDED
            ).scalar_one()
        )
        assert seen > 0

    @pytest.mark.parametrize(
        "table", ["survey_answer", "survey_result", "submission", "audit_entry", "tenant_key",
                  "document", "form_draft", "evaluation", "attachment"],
    )  # fmt: skip
    def test_who_answers_sees_nothing_else(self, case: SurveyCase, table: str) -> None:
        seen = case.participant(
            lambda session: session.execute(
                text(f"SELECT count(*) FROM {table}"),  # noqa: S608
                execution_options=GUARDED,
            ).scalar_one()
        )
        assert seen == 0

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE survey_wave SET closes_on = closes_on + 1",
            "DELETE FROM survey_invitation",
            "UPDATE survey_group SET title = 'x'",
            "DELETE FROM survey_answer",
            "UPDATE form SET title = 'x'",
        ],
    )
    def test_who_answers_changes_nothing_else(self, case: SurveyCase, statement: str) -> None:
        changed = case.participant(
            lambda session: getattr(
                session.execute(text(statement), execution_options=GUARDED), "rowcount", -1
            )
        )
        assert changed == 0

    def test_who_answers_writes_no_invitation(self, case: SurveyCase) -> None:
        statement = text(
            "INSERT INTO survey_invitation (tenant_id, id, wave_id, code_sha256)"
            " VALUES (:tenant, gen_random_uuid(), :wave, 'x')"
        )
        with pytest.raises(ProgrammingError, match="row-level security"):
            case.participant(
                lambda session: session.execute(
                    statement,
                    {"tenant": case.tenant.id, "wave": case.wave_id},
                    execution_options=GUARDED,
                )
            )

    @pytest.mark.parametrize(
        "table",
        ["survey", "survey_wave", "survey_group", "survey_invitation", "survey_draft",
         "survey_answer", "survey_result"],
    )  # fmt: skip
    def test_a_traeger_sees_nothing_of_it(
        self, installation: Installation, case: SurveyCase, table: str
    ) -> None:
        traeger = installation.found_organisation(case.tenant)
        scope = Scope(tenant_id=case.tenant.id, organisation_id=traeger.id)
        assert self.count(installation, scope, table) == 0

    @pytest.mark.parametrize(
        "table", ["survey", "survey_wave", "survey_invitation", "survey_draft", "survey_answer"]
    )
    def test_another_tenant_sees_nothing_of_it(
        self, installation: Installation, case: SurveyCase, table: str
    ) -> None:
        elsewhere: Tenant = installation.found_tenant()
        for scope in (
            Scope(tenant_id=elsewhere.id),
            Scope(tenant_id=elsewhere.id, organisation_id="0" * 8 + "-0000-0000-0000-" + "0" * 12),
        ):
            assert self.count(installation, scope, table) == 0

    def test_shuffling_reaches_no_other_tenant(
        self, installation: Installation, case: SurveyCase
    ) -> None:
        def marks() -> set[str]:
            rows = case.office(
                lambda session: session.execute(
                    text("SELECT id, xmin::text FROM survey_answer"), execution_options=GUARDED
                ).all()
            )
            return {str(row) for row in rows}

        before = marks()
        elsewhere = installation.found_tenant()
        installation.in_scope(
            Scope(tenant_id=elsewhere.id),
            lambda session: session.execute(
                text("SELECT shuffle_survey_answers(:wave)"),
                {"wave": case.wave_id},
                execution_options=GUARDED,
            ),
        )
        assert marks() == before


def test_a_group_cannot_be_released_before_it_was_told(
    installation: Installation, case: SurveyCase
) -> None:
    group = case.group("Kita Ahorn")
    statement = text("UPDATE survey_group SET released_on = '2026-10-10' WHERE id = :id")
    with pytest.raises(DBAPIError, match="informed_first"):
        case.office(
            lambda session: session.execute(statement, {"id": group.id}, execution_options=GUARDED)
        )
