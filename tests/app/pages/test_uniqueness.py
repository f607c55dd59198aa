"""Submitting the same twice: refused with what the person may know, even at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.models import FormVersion, Submission
from forms.procedure.claiming import AlreadySubmitted
from forms.procedure.deciding import decide
from forms.procedure.models import UniqueClaim
from forms.submitting import start_submission, submit_answers
from forms.viewer import Viewer
from tenants.context import Scope
from tenants.models import Tenant
from tests.support.form_documents import field, form, page, section
from tests.support.installation import Installation, Person
from tests.support.web import Visitor
from tests.support.web_forms import error_links, form_of, text_of


@dataclass(frozen=True)
class Desk:
    """A tenant with a form that takes each Angebot once, and one that takes each Kind once."""

    installation: Installation
    tenant: Tenant
    versions: dict[str, FormVersion]
    scopes: dict[str, Scope]
    people: dict[str, Person]

    def run(self, side: str, work: Callable[[Session], str]) -> str:
        return self.installation.in_scope(self.scopes[side], work)

    def submit(
        self, side: str, version: str, wait: Callable[[], object] = lambda: None, **answers: str
    ) -> str:
        """Submit and return the number, or the message of the refusal."""

        def work(session: Session) -> str:
            submission = start_submission(
                session,
                session.get_one(FormVersion, (self.tenant.id, self.versions[version].id)),
                person_name="Person",
            )
            submission.answers = dict(answers)
            session.flush()
            wait()
            submit_answers(session, submission, warnings_confirmed=True)
            return submission.number or ""

        try:
            return self.run(side, work)
        except AlreadySubmitted as refused:
            return " ".join(error.text for error in refused.errors)


def once(key: str, **rule: object) -> dict[str, object]:
    return form(
        page("seite", section("angaben", field("text", "angebot", label="Angebot"))), key=key
    ) | {"unique": [{"fields": ["angebot"], **rule}]}


@pytest.fixture(scope="module")
def desk(installation: Installation) -> Desk:
    tenant = installation.found_tenant()
    first = installation.found_organisation(tenant, name="Haus Morgentau")
    second = installation.found_organisation(tenant)
    people = {
        "first": installation.person(organisation=first, role="traeger_leitung"),
        "second": installation.person(organisation=second, role="traeger_leitung"),
        "office": installation.person(tenant=tenant, role="fachkraft"),
    }
    organisations = {"first": first.id, "second": second.id, "office": None}
    scopes = {
        side: Scope(
            tenant_id=tenant.id, organisation_id=organisations[side], account_id=person.account_id
        )
        for side, person in people.items()
    }
    versions = {
        "own": installation.publish(tenant, once("eigenes")),
        "all": installation.publish(tenant, once("alle", within="tenant", message="Ein Kind.")),
    }
    return Desk(installation, tenant, versions, scopes, people)


def test_the_own_side_learns_which_submission_it_is(desk: Desk) -> None:
    number = desk.submit("first", "own", angebot="Offener Treff")
    assert "offener treff" not in number.lower()
    refused = desk.submit("first", "own", angebot="offener  treff")
    assert number in refused
    assert "„Angebot“" in refused
    assert desk.submit("first", "own", angebot="Werkstatt") not in ("", number)
    assert "schon" not in desk.submit("second", "own", angebot="Offener Treff")


def test_nobody_learns_of_a_submission_that_is_not_his(desk: Desk) -> None:
    number = desk.submit("first", "all", angebot="Kind A")
    foreign = desk.submit("second", "all", angebot="kind a")
    assert foreign.startswith("Ein Kind. ")
    assert "Jugendamt" in foreign
    for trace in (number, "Morgentau", "gibt es schon"):
        assert trace not in foreign
    assert number in desk.submit("office", "all", angebot="Kind A")


def test_a_refused_submission_leaves_no_number_and_no_claim(desk: Desk) -> None:
    def claims(session: Session) -> str:
        return str(session.scalar(select(func.count()).select_from(UniqueClaim)))

    number = desk.submit("first", "own", angebot="Nummer")
    before = desk.run("office", claims)
    desk.submit("first", "own", angebot="Nummer")
    assert desk.run("office", claims) == before
    following = desk.submit("first", "own", angebot="Folgende")
    assert int(following.rpartition("-")[2].rpartition("/")[2]) == 1 + int(
        number.rpartition("-")[2].rpartition("/")[2]
    )


@pytest.mark.parametrize("sides", [("first", "first"), ("first", "second")])
def test_of_two_at_the_same_moment_one_is_taken(desk: Desk, sides: tuple[str, str]) -> None:
    both = Barrier(2, timeout=60)
    angebot = f"Zugleich {sides}"

    def send(side: str) -> str:
        return desk.submit(side, "all", both.wait, angebot=angebot)

    with ThreadPoolExecutor(2) as pool:
        work = [pool.submit(copy_context().run, send, side) for side in sides]
        found = [one.result(timeout=60) for one in work]
    refused = [one for one in found if "Ein Kind." in one]
    assert len(refused) == 1, found


def test_what_was_withdrawn_is_free_again_and_both_are_kept(desk: Desk) -> None:
    number = desk.submit("first", "own", angebot="Frei")

    def withdraw(session: Session) -> str:
        submission = session.scalars(select(Submission).where(Submission.number == number)).one()
        decide(session, submission, "withdraw", viewer=Viewer(frozenset({"traeger"})))
        return submission.state

    assert desk.run("first", withdraw) == "withdrawn"
    again = desk.submit("first", "own", angebot="Frei")
    assert again not in ("", number)

    def numbers(session: Session) -> str:
        kept = session.scalars(select(Submission.number).where(Submission.answers != {}))
        return " ".join(str(one) for one in kept)

    assert {number, again} <= set(desk.run("first", numbers).split())


def test_the_review_page_says_so_before_and_after_sending(app: Flask, desk: Desk) -> None:
    number = desk.submit("first", "own", angebot="Seite")
    visitor = Visitor(app, desk.people["first"])
    base = f"/{desk.tenant.slug}/vordrucke/eigenes"
    visitor.get(base)
    draft = str(visitor.post(f"{base}/beginnen").location)
    sent = form_of(visitor.get(f"{draft}/seite/seite"))
    visitor.post(sent.action, sent.filled({"angebot": "Seite"}, __action="next"))
    review = visitor.get(f"{draft}/pruefen")
    assert number in text_of(review)
    sent = form_of(review, "//main//form")
    refused = visitor.post(sent.action, sent.filled())
    assert refused.status_code == 422
    (text, link), *others = error_links(refused).items()
    assert number in text
    assert link.startswith(f"{draft}/seite/seite")
    assert others == []
