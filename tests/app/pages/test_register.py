"""The register and the public proof: what was sealed is found, and only that."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.models import DocumentRequest
from forms.submitting import SavedDraft, draft_at, save_draft, start_submission, submit_answers
from tenants.context import Scope
from tests.support.installation import Installation
from tests.support.pipeline import Asked, Case, open_case
from tests.support.web import Visitor
from tests.support.web_forms import document_of, form_of, text_of
from workers.handlers import perform_task
from workers.runtime import Runtime

CODE_FORM = "//main//form[.//input[@name='code']]"
SEARCH = "//form[contains(@action, '/dokumente/suche')]"


@pytest.fixture(scope="module")
def case(installation: Installation) -> Case:
    return open_case(installation)


@pytest.fixture(scope="module")
def made(case: Case, installation: Installation) -> Asked:
    """A document that is sealed and registered."""
    asked = case.submit()
    with Runtime.from_settings(installation.settings) as runtime:
        perform_task(runtime, asked.task_id)
    return asked


@pytest.fixture
def manager(app: Flask, case: Case) -> Visitor:
    return Visitor(app, case.person)


def document_page(visitor: Visitor, case: Case) -> str:
    """Return the address of the only document of the register."""
    listing = visitor.get(f"/{case.tenant.slug}/dokumente/")
    links = document_of(listing).xpath("//main//tbody//th//a/@href")
    (link,) = [one for one in links if "auftrag" not in one]
    return str(link)


@pytest.mark.usefixtures("made")
def test_a_document_is_listed_shown_and_downloaded(manager: Visitor, case: Case) -> None:
    page = manager.get(document_page(manager, case))
    words = text_of(page)
    assert "Gesiegelt" in words
    links = document_of(page).xpath("//main//a[contains(@href, '/fassung/')]/@href")
    kinds = {str(link).rpartition("/")[2] for link in links}
    assert kinds == {"pdf", "docx", "nachweis"}
    for link in (one for one in links if not str(one).endswith("nachweis")):
        response = manager.get(str(link))
        assert response.status_code == 200
        content = response.get_data()
        assert content.startswith(b"%PDF" if str(link).endswith("pdf") else b"PK")
        assert hashlib.sha256(content).hexdigest() in words.replace(" ", "")
        assert "attachment" in response.headers["Content-Disposition"]


@pytest.mark.usefixtures("made")
def test_the_register_is_searched_without_names_in_the_address(
    manager: Visitor, case: Case
) -> None:
    path = f"/{case.tenant.slug}/dokumente/"
    link = document_page(manager, case)
    number = document_of(manager.get(link)).xpath("string(//main//dd)")
    assert number
    sent = form_of(manager.get(path), SEARCH)
    answer = manager.post(sent.action, sent.filled({"text": "T-1900"}))
    assert (answer.status_code, answer.location) == (302, path)
    assert link not in document_of(manager.get(path)).xpath("//a/@href")
    manager.get(f"{path}suche/zuruecksetzen")
    manager.post(sent.action, sent.filled({"party": case.organisation.name}))
    assert link in document_of(manager.get(path)).xpath("//a/@href")
    manager.get(f"{path}suche/zuruecksetzen")


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("page", ["0", "-1", "abc", "²", "99999999999", "1' OR 1=1"])
def test_any_page_number_is_answered(manager: Visitor, case: Case, page: str) -> None:
    response = manager.get(f"/{case.tenant.slug}/dokumente/", query_string={"seite": page})
    assert response.status_code == 200


def test_long_lists_are_turned(app: Flask, case: Case, installation: Installation) -> None:
    scope = Scope(
        tenant_id=case.tenant.id,
        organisation_id=case.organisation.id,
        account_id=case.person.account_id,
    )

    def many(session: Session) -> None:
        from forms.packages import read_package

        answers = dict(read_package("fachleistungsstunde").samples[0].data)
        for _number in range(51):
            submission = start_submission(session, case.form, person_name="Kim Muster")
            saved = save_draft(
                session, submission, base=draft_at(session, submission, 0),
                answers=answers, invalid={},
                page_paths=frozenset(),
            )  # fmt: skip
            assert isinstance(saved, SavedDraft)
            submit_answers(session, submission, warnings_confirmed=True)

    installation.in_scope(scope, many)
    visitor = Visitor(app, case.person)
    first = visitor.get(f"/{case.tenant.slug}/einreichungen/")
    assert len(document_of(first).xpath("//main//tbody/tr")) == 50
    (older,) = document_of(first).xpath("//a[@rel='next']/@href")
    second = visitor.get(str(older))
    assert document_of(second).xpath("//main//tbody/tr")
    (newer,) = document_of(second).xpath("//a[@rel='prev']/@href")
    assert document_of(visitor.get(str(newer))).xpath("//main//tbody/tr")


def test_a_document_in_the_making_is_shown_and_leads_on(
    app: Flask, case: Case, installation: Installation
) -> None:
    asked = case.submit()
    visitor = Visitor(app, case.person)
    path = f"/{case.tenant.slug}/dokumente/auftrag/{asked.request_id}"
    words = text_of(visitor.get(path))
    assert "In Arbeit" in words
    assert "In PDF/A umwandeln" in words
    with Runtime.from_settings(installation.settings) as runtime:
        perform_task(runtime, asked.task_id)
    assert "/dokumente/" in visitor.get(path).location
    refreshed = visitor.get(path, headers={"HX-Request": "true"})
    assert refreshed.status_code == 204
    assert refreshed.headers["HX-Redirect"] == visitor.get(path).location


def test_a_failed_document_says_why_and_is_tried_again(
    app: Flask, installation: Installation
) -> None:
    case = open_case(installation, with_seal=False)
    asked = case.submit()
    with Runtime.from_settings(installation.settings) as runtime:
        perform_task(runtime, asked.task_id)
    visitor = Visitor(app, case.person)
    path = f"/{case.tenant.slug}/dokumente/auftrag/{asked.request_id}"
    page = visitor.get(path)
    words = text_of(page)
    assert "Fehlgeschlagen" in words
    assert "Siegel" in words
    sent = form_of(page, "//main//form[contains(@action, 'wiederholen')]")
    assert visitor.post(sent.action, sent.filled()).status_code == 302
    assert "In Arbeit" in text_of(visitor.get(path))

    def state(session: Session) -> str:
        return session.scalars(
            select(DocumentRequest.state).where(DocumentRequest.id == asked.request_id)
        ).one()

    assert installation.in_scope(asked.scope, state) == "waiting"


# ------------------------------------------------------------ the public proof


@pytest.fixture
def code(manager: Visitor, case: Case, made: Asked) -> str:
    """The code that is printed on the document, in its groups."""
    page = manager.get(document_page_of_first(manager, case))
    (link, *_more) = document_of(page).xpath("//main//a[contains(@href, '/pruefen/')]/@href")
    return str(link).rpartition("/")[2]


def document_page_of_first(visitor: Visitor, case: Case) -> str:
    """Return the address of the oldest document of the register."""
    listing = visitor.get(f"/{case.tenant.slug}/dokumente/")
    links = document_of(listing).xpath("//main//tbody//th//a/@href")
    return [str(one) for one in links if "auftrag" not in str(one)][-1]


def test_everybody_sees_the_proof_and_no_personal_data(app: Flask, case: Case, code: str) -> None:
    anybody = Visitor(app)
    page = anybody.get(f"/pruefen/{code}")
    assert page.status_code == 200
    words = text_of(page, "//body")
    assert case.tenant.name in words
    assert "Dokument der Demo" in words
    for secret in ("Kim", "Muster ", case.organisation.name, case.person.email, "Müller"):
        assert secret not in words, secret


@pytest.mark.parametrize("form", ["{code}", " {upper} ", "{grouped}", "{dashed}"])
def test_a_typed_code_is_read_generously(app: Flask, code: str, form: str) -> None:
    groups = [code[start : start + 5] for start in range(0, len(code), 5)]
    typed = form.format(
        code=code, upper=code.upper(), grouped=" ".join(groups), dashed="-".join(groups)
    )
    visitor = Visitor(app)
    sent = form_of(visitor.get("/pruefen/"), CODE_FORM)
    answer = visitor.post(sent.action, sent.filled({"code": typed}))
    assert answer.location == f"/pruefen/{code}"
    assert visitor.get(f"/pruefen/{typed.strip()}").status_code == 200


@pytest.mark.parametrize("typed", ["", "abc", "x" * 500, "<script>", "../../etc"])
def test_what_is_no_code_is_told_and_kept(app: Flask, typed: str) -> None:
    visitor = Visitor(app)
    sent = form_of(visitor.get("/pruefen/"), CODE_FORM)
    answer = visitor.post(sent.action, sent.filled({"code": typed}))
    assert answer.status_code == 422
    assert "Das ist kein Prüfcode." in text_of(answer)
    assert form_of(answer, CODE_FORM).fields["code"] == [typed[:60]]


def test_an_unknown_code_is_404_with_a_way_out(app: Flask, code: str) -> None:
    other = code[:-1] + ("2" if code[-1] != "2" else "3")
    for wrong in (other, "gibt-es-nicht", code + "0"):
        answer = Visitor(app).get(f"/pruefen/{wrong}")
        assert answer.status_code == 404
        assert "Unter diesem Prüfcode steht kein Dokument" in text_of(answer)
