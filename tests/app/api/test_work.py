"""Programs answer Rückfragen and do the steps of their participant: that alone, without leaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.expressions.nodes import Json
from forms.models import Submission
from forms.procedure.deciding import decide
from forms.procedure.inquiries import ask
from forms.procedure.models import Inquiry
from forms.submitting import find_submission
from forms.surroundings import today_in_berlin
from forms.viewer import Viewer
from tenants.context import Scope
from tests.app.api.conftest import Program, World
from tests.support.form_documents import identity
from tests.support.installation import Installation
from tests.support.report_form import SECRET_COLUMN, report_answers, report_form

DUE = today_in_berlin() + timedelta(days=20)


@dataclass
class Desk:
    """A tenant whose report goes through three steps, and a report that came in."""

    world: World
    address: str

    @property
    def id(self) -> str:
        return self.address.rpartition("/")[2]

    def office(self, work: Callable[[Session, Submission], object]) -> None:
        """Do something as a Fachkraft on the pages."""
        scope = Scope(self.world.tenant.id, None, self.world.people["tenant_admin"].account_id)
        self.world.installation.in_scope(
            scope, lambda session: work(session, find_submission(session, self.id, lock=True))
        )

    def check(self) -> None:
        """Take the report into examination."""
        viewer = Viewer(frozenset({"fachkraft"}))
        self.office(lambda session, report: decide(session, report, "check", viewer=viewer))

    def ask(self, *keys: str, due_on: date = DUE) -> None:
        """Put a Rückfrage."""
        self.office(
            lambda session, report: ask(
                session, report, kind="inquiry",
                field_ids=[identity(f"field {key}") for key in keys],
                text="Bitte prüfen Sie die Zugänge.", due_on=due_on,
                viewer=Viewer(frozenset({"fachkraft"})), person_name="Kim Amt",
            )
        )  # fmt: skip


def replaced(program: Program, address: str, changes: dict[str, Json]) -> str:
    """Change answers of a draft; return their ETag."""
    read = program.get(f"{address}/answers")
    answers = read.get_json()["answers"] | changes
    saved = program.call(
        "PUT", f"{address}/answers", {"answers": answers}, {"If-Match": read.headers["ETag"]}
    )
    assert saved.status_code == 200, saved.get_data(as_text=True)
    return saved.headers["ETag"]


def work_on(program: Program, address: str) -> str:
    """Begin what is to be done; return the address of the draft."""
    made = program.call("POST", f"{address}/work")
    assert made.status_code == 201, made.get_data(as_text=True)
    assert made.get_json()["continues"] == address.rpartition("/")[2]
    return f"/submissions/{made.get_json()['id']}"


@pytest.fixture(scope="module")
def report_world(installation: Installation, app: Flask) -> World:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant)
    people = {
        "tenant_admin": installation.person(tenant=tenant, role="tenant_admin"),
        "leitung": installation.person(organisation=organisation, role="traeger_leitung"),
    }
    version = installation.publish(tenant, report_form())
    return World(installation, app, tenant, organisation, people, version)


@pytest.fixture
def desk(report_world: World) -> Desk:
    program = report_world.program(traeger=True)
    made = program.call("POST", "/submissions", {"form": "monatsbericht"})
    address = f"/submissions/{made.get_json()['id']}"
    tag = replaced(program, address, report_answers())
    sent = program.call("POST", f"{address}/submit", {}, {"If-Match": tag})
    assert sent.status_code == 200, sent.get_data(as_text=True)
    return Desk(report_world, address)


def test_a_rueckfrage_is_listed_and_answered_field_by_field(desk: Desk) -> None:
    desk.check()
    desk.ask("zugaenge")
    program = desk.world.program(traeger=True)
    listed = program.get("/inquiries").get_json()["items"]
    (inquiry,) = [one for one in listed if one["submission"] == desk.id]
    assert inquiry["due_on"] == DUE.isoformat()
    assert inquiry["fields"] == [{"key": "zugaenge", "label": "Zugänge"}]
    assert inquiry["is_ours"] is True
    assert (inquiry["form"], inquiry["kind"]) == ("monatsbericht", "inquiry")
    draft = work_on(program, desk.address)
    assert work_on(program, desk.address) == draft
    assert program.get(draft).get_json()["purpose"] == "answer"
    read = program.get(f"{draft}/answers")
    assert read.get_json()["answers"] == {"zugaenge": 12}
    refused = program.call(
        "PUT", f"{draft}/answers", {"answers": {"zugaenge": 13, "anfang": 5}},
        {"If-Match": read.headers["ETag"]},
    )  # fmt: skip
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/answers/anfang"]
    tag = replaced(program, draft, {"zugaenge": 13})
    done = program.call("POST", f"{draft}/submit", {"remark": "Es waren 13."}, {"If-Match": tag})
    assert done.status_code == 200, done.get_data(as_text=True)
    assert (done.get_json()["id"], done.get_json()["state"]) == (desk.id, "answered")
    assert program.get(draft).status_code == 404
    assert program.get(desk.address).get_json()["answers"]["ende"] == 113
    assert desk.id not in [
        one["submission"] for one in program.get("/inquiries").get_json()["items"]
    ]
    kept = desk.world.installation.in_scope(
        Scope(desk.world.tenant.id),
        lambda session: session.scalars(
            select(Inquiry).where(Inquiry.submission_id == desk.id)
        ).one(),
    )
    assert (kept.state, kept.remark) == ("answered", "Es waren 13.")


def test_a_question_that_became_relevant_is_open_too(desk: Desk) -> None:
    desk.check()
    desk.ask("zugaenge")
    program = desk.world.program(traeger=True)
    draft = work_on(program, desk.address)
    tag = replaced(program, draft, {"zugaenge": 60})
    missing = program.call("POST", f"{draft}/submit", {}, {"If-Match": tag})
    assert missing.status_code == 422
    assert [one["pointer"] for one in missing.get_json()["errors"]] == ["/answers/grund"]
    tag = replaced(program, draft, {"grund": "Neue Gruppe"})
    assert program.call("POST", f"{draft}/submit", {}, {"If-Match": tag}).status_code == 200


def test_only_the_asked_side_answers(desk: Desk, other_world: World) -> None:
    desk.check()
    desk.ask("zugaenge")
    office = desk.world.program(participant="fachkraft")
    (seen,) = [
        one for one in office.get("/inquiries").get_json()["items"] if one["submission"] == desk.id
    ]
    assert seen["is_ours"] is False
    assert office.call("POST", f"{desk.address}/work").status_code == 409
    other = desk.world.installation.found_organisation(desk.world.tenant)
    for stranger in (other_world.program(), desk.world.program(traeger=True, organisation=other)):
        assert desk.id not in str(stranger.get("/inquiries").get_json())
        assert stranger.call("POST", f"{desk.address}/work").status_code == 404


def test_a_rueckfrage_about_what_one_does_not_see_is_not_there(desk: Desk) -> None:
    desk.check()
    desk.ask("bericht")
    paying = desk.world.program(participant="wjh")
    assert desk.id not in str(paying.get("/inquiries").get_json())
    assert desk.id in str(desk.world.program(traeger=True).get("/inquiries").get_json())


def test_a_recalled_rueckfrage_cannot_be_answered_any_more(desk: Desk) -> None:
    desk.check()
    desk.ask("zugaenge")
    program = desk.world.program(traeger=True)
    draft = work_on(program, desk.address)
    tag = replaced(program, draft, {"zugaenge": 13})
    viewer = Viewer(frozenset({"fachkraft"}))
    desk.office(lambda session, report: decide(session, report, "recall", viewer=viewer))
    assert program.call("POST", f"{draft}/submit", {}, {"If-Match": tag}).status_code == 412
    closed = program.get(f"{draft}/answers")
    assert closed.get_json()["answers"] == {}
    tag = closed.headers["ETag"]
    assert program.call("POST", f"{draft}/submit", {}, {"If-Match": tag}).status_code == 409
    assert program.get(desk.address).get_json()["state"] == "checking"
    assert program.call("DELETE", draft, headers={"If-Match": tag}).status_code == 204
    assert program.get(desk.address).status_code == 200


def test_later_steps_belong_to_the_token_of_their_participant(desk: Desk) -> None:
    expert, paying = (desk.world.program(participant=one) for one in ("fachkraft", "wjh"))
    assert expert.call("POST", f"{desk.address}/work").status_code == 409
    desk.check()
    assert paying.call("POST", f"{desk.address}/work").status_code == 409
    traeger = desk.world.program(traeger=True)
    assert traeger.call("POST", f"{desk.address}/work").status_code == 409
    draft = work_on(expert, desk.address)
    assert expert.get(f"{draft}/answers").get_json()["answers"] == {}
    tag = replaced(expert, draft, {"bewertung": "Schlüssig.", "notiz": "Nur für uns."})
    done = expert.call("POST", f"{draft}/submit", {}, {"If-Match": tag})
    assert done.status_code == 200, done.get_data(as_text=True)
    assert expert.call("POST", f"{desk.address}/work").status_code == 409
    draft = work_on(paying, desk.address)
    tag = replaced(paying, draft, {"richtig": True})
    assert paying.call("POST", f"{draft}/submit", {}, {"If-Match": tag}).status_code == 200
    shown = paying.get(desk.address).get_json()["answers"]
    assert shown["richtig"] is True
    assert "notiz" not in shown


def test_hidden_columns_are_neither_shown_nor_lost(desk: Desk) -> None:
    """Whoever corrects rows without seeing all of their columns leaves those as they are."""
    program = desk.world.program(traeger=True)
    desk.check()
    desk.ask("einsaetze")
    draft = work_on(program, desk.address)
    rows = program.get(f"{draft}/answers").get_json()["answers"]["einsaetze"]
    assert [row.get(SECRET_COLUMN) for row in rows] == ["Streit mit dem Vater", None]
    rows[0]["minuten"] = 95
    tag = replaced(program, draft, {"einsaetze": rows})
    assert program.call("POST", f"{draft}/submit", {}, {"If-Match": tag}).status_code == 200
    seen = desk.world.program(participant="wjh").get(desk.address).get_json()["answers"]
    assert [row["minuten"] for row in seen["einsaetze"]] == [95, 30]
    assert SECRET_COLUMN not in str(seen)


def test_a_remark_belongs_to_a_rueckfrage(desk: Desk) -> None:
    program = desk.world.program(traeger=True)
    made = program.call("POST", "/submissions", {"form": "monatsbericht"})
    address = f"/submissions/{made.get_json()['id']}"
    tag = replaced(program, address, report_answers())
    refused = program.call("POST", f"{address}/submit", {"remark": "Hallo"}, {"If-Match": tag})
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"] == "/remark"
    assert program.call("POST", f"{address}/work").status_code == 409
