"""The public pages of a questionnaire: from the letter to the thanks, without script or account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from werkzeug.test import TestResponse

from forms.expressions.nodes import Json
from forms.surveys.codes import new_code
from forms.surveys.models import SurveyAnswer, SurveyDraft, SurveyInvitation, SurveyWave
from forms.surveys.waves import today
from tests.support.form_documents import Document, field, form, page, section
from tests.support.installation import Installation
from tests.support.survey_cases import SurveyCase, open_survey, questionnaire
from tests.support.web import Visitor

GUARDED = {"tenant_guarded": True}


def set_days(case: SurveyCase, opens: int, closes: int) -> None:
    """Let the wave be open from so many days from now until so many."""
    case.office(
        lambda session: session.execute(
            update(SurveyWave)
            .where(SurveyWave.id == case.wave_id)
            .values(
                opens_on=today() + timedelta(days=opens), closes_on=today() + timedelta(days=closes)
            )
        )
    )


def open_now(installation: Installation, **settings: object) -> SurveyCase:
    """Return a survey that is open on the day of the test."""
    case = open_survey(installation, **settings)  # type: ignore[arg-type]
    set_days(case, -1, 10)
    return case


def key_of(case: SurveyCase) -> str:
    return case.office(
        lambda session: session.scalars(
            select(SurveyWave.public_key).where(SurveyWave.id == case.wave_id)
        ).one()
    )


def stored(case: SurveyCase) -> list[dict[str, Json]]:
    """Return all answers of the wave."""
    return case.office(
        lambda session: list(
            session.scalars(
                select(SurveyAnswer.answers).where(SurveyAnswer.wave_id == case.wave_id)
            )
        )
    )


def drafts(case: SurveyCase) -> list[SurveyDraft]:
    return case.participant(
        lambda session: list(
            session.scalars(select(SurveyDraft).where(SurveyDraft.wave_id == case.wave_id))
        )
    )


class Parent:
    """Somebody with a browser, in front of one survey."""

    def __init__(self, app: Flask, case: SurveyCase) -> None:
        self.visitor = Visitor(app)
        self.room = f"/{case.tenant.slug}/befragung"
        self.base = f"{self.room}/{key_of(case)}"

    def get(self, path: str = "/") -> TestResponse:
        return self.visitor.get(f"{self.base}{path}")

    def post(self, path: str, **fields: object) -> TestResponse:
        return self.visitor.client.post(f"{self.base}{path}", data=fields)

    def follow(self, response: TestResponse) -> TestResponse:
        assert response.status_code == 303, response.get_data(as_text=True)
        return self.visitor.get(urlsplit(response.headers["Location"]).path)

    def fill(self) -> TestResponse:
        """Begin and fill both pages; return the answer to sending."""
        self.post("/beginnen")
        self.post("/seite/a", raeume="2", **{"wege": ["brief", "netz"], "__action": "next"})
        self.post("/seite/b", freitext="Alles gut.", __action="next")
        return self.post("/pruefen")


@pytest.fixture(scope="module")
def link(installation: Installation) -> SurveyCase:
    return open_now(installation, access="link")


@pytest.fixture(scope="module")
def invited(installation: Installation) -> SurveyCase:
    return open_now(installation)


def test_from_the_open_link_to_the_thanks(app: Flask, link: SurveyCase) -> None:
    parent = Parent(app, link)
    first = parent.get()
    assert "Ihre Antworten sind anonym" in first.get_data(as_text=True)
    assert parent.follow(parent.post("/beginnen")).status_code == 200
    second = parent.post("/seite/a", raeume="2", wege=["brief"], __action="next")
    assert urlsplit(second.headers["Location"]).path == f"{parent.base}/seite/b"
    review = parent.follow(parent.post("/seite/b", freitext="Danke!", __action="next"))
    assert "2" in review.get_data(as_text=True)
    thanks = parent.follow(parent.post("/pruefen"))
    assert "Vielen Dank" in thanks.get_data(as_text=True)
    assert {"raeume": 2, "wege": ["brief"], "freitext": "Danke!"} in stored(link)


def test_sending_twice_sends_once(app: Flask, installation: Installation) -> None:
    case = open_now(installation, access="link")
    parent = Parent(app, case)
    first = parent.fill()
    second = parent.post("/pruefen")
    assert first.headers["Location"] == second.headers["Location"]
    assert len(stored(case)) == 1
    assert parent.get("/danke").status_code == 200
    assert urlsplit(parent.get("/seite/a").headers["Location"]).path.endswith("/danke")


def test_a_sent_draft_holds_nothing(app: Flask, installation: Installation) -> None:
    case = open_now(installation, access="link")
    Parent(app, case).fill()
    (draft,) = drafts(case)
    assert (draft.is_sent, draft.answers, draft.invalid) == (True, {}, {})


def test_nothing_typed_is_lost_between_pages_and_visits(app: Flask, link: SurveyCase) -> None:
    parent = Parent(app, link)
    parent.post("/beginnen")
    parent.post("/seite/a", raeume="5", __action="back")
    assert 'value="5" checked' in parent.get("/seite/a").get_data(as_text=True)
    assert "Weiter ausfüllen" in parent.get().get_data(as_text=True)
    assert urlsplit(parent.post("/beginnen").headers["Location"]).path.endswith("/seite/a")
    saved = parent.post("/seite/a/sichern", raeume="4")
    assert (saved.status_code, saved.get_data()) == (204, b"")
    assert 'value="4" checked' in parent.get("/seite/a").get_data(as_text=True)


def test_who_has_no_draft_is_led_to_the_start(app: Flask, link: SurveyCase) -> None:
    parent = Parent(app, link)
    for response in (
        parent.get("/seite/a"), parent.post("/seite/a", raeume="1"), parent.get("/pruefen"),
        parent.post("/pruefen"), parent.get("/danke"),
    ):  # fmt: skip
        assert urlsplit(response.headers["Location"]).path == f"{parent.base}/"
    assert parent.post("/seite/a/sichern", raeume="1").status_code == 409


def test_a_letter_leads_in_and_its_code_leaves_the_address(app: Flask, invited: SurveyCase) -> None:
    code = invited.invite(1)[0]
    parent = Parent(app, invited)
    entered = parent.visitor.get(f"{parent.room}/einladung/{code}")
    assert urlsplit(entered.headers["Location"]).path == f"{parent.base}/"
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert f"Path=/{invited.tenant.slug}/befragung" in cookie
    assert entered.headers["Referrer-Policy"] == "no-referrer"
    before = len(stored(invited))
    thanks = parent.follow(parent.fill())
    assert "angekommen" in thanks.get_data(as_text=True)
    assert len(stored(invited)) == before + 1


@pytest.mark.parametrize("attempt", range(3))
def test_a_used_code_is_answered_friendly(app: Flask, invited: SurveyCase, attempt: int) -> None:
    code = invited.invite(1)[0]
    first = Parent(app, invited)
    first.visitor.get(f"{first.room}/einladung/{code}")
    first.fill()
    before = len(stored(invited))
    again = Parent(app, invited)
    if attempt == 0:
        response = again.visitor.get(f"{again.room}/einladung/{code}")
    elif attempt == 1:
        response = again.visitor.client.post(f"{again.room}/", data={"code": code.upper()})
    else:
        again.visitor.client.set_cookie(
            f"befragung-{key_of(invited)}", f"~{code}~de", path=again.room
        )
        response = again.post("/beginnen")
    assert response.status_code == 410
    assert "schon verwendet" in response.get_data(as_text=True)
    assert len(stored(invited)) == before


def test_a_code_used_meanwhile_sends_nothing(app: Flask, invited: SurveyCase) -> None:
    code = invited.invite(1)[0]
    parents = [Parent(app, invited), Parent(app, invited)]
    for parent in parents:
        parent.visitor.get(f"{parent.room}/einladung/{code}")
        parent.post("/beginnen")
        parent.post("/seite/b", freitext="Hallo", __action="next")
    before = len(stored(invited))
    assert parents[0].post("/pruefen").status_code == 303
    refused = parents[1].post("/pruefen")
    assert refused.status_code == 410
    assert "schon verwendet" in refused.get_data(as_text=True)
    assert len(stored(invited)) == before + 1


def test_another_letter_on_the_same_device_shows_nothing_of_the_first(
    app: Flask, invited: SurveyCase
) -> None:
    one, other = invited.invite(2)
    parent = Parent(app, invited)
    parent.visitor.get(f"{parent.room}/einladung/{one}")
    parent.post("/beginnen")
    parent.post("/seite/b", freitext="Geheim", __action="back")
    parent.visitor.get(f"{parent.room}/einladung/{other}")
    parent.post("/beginnen")
    assert "Geheim" not in parent.get("/seite/b").get_data(as_text=True)


def test_without_a_code_there_is_nothing_to_begin(app: Flask, invited: SurveyCase) -> None:
    parent = Parent(app, invited)
    assert "Code eingeben" in parent.get().get_data(as_text=True)
    begun = parent.post("/beginnen")
    assert urlsplit(begun.headers["Location"]).path == f"{parent.room}/"


@pytest.mark.parametrize(
    "typed", ["", "falsch", "0000-0000-0000-0000", "x" * 5000, "\0", "'; DROP TABLE", "<script>"]
)
def test_codes_that_do_not_exist(app: Flask, invited: SurveyCase, typed: str) -> None:
    parent = Parent(app, invited)
    response = parent.visitor.client.post(f"{parent.room}/", data={"code": typed})
    assert response.status_code == 422
    body = response.get_data(as_text=True)
    assert "Diesen Code gibt es nicht" in body
    assert "<script>" not in body.replace("<script src", "")


def test_unknown_addresses_are_404(
    app: Flask, link: SurveyCase, installation: Installation
) -> None:
    parent = Parent(app, link)
    elsewhere = installation.found_tenant()
    for path in (
        f"{parent.room}/zzzzzzzzzz/",
        f"{parent.room}/zzzzzzzzzz/seite/a",
        f"/{elsewhere.slug}/befragung/{key_of(link)}/",
        f"{parent.room}/einladung/abcd-efgh-jkmn-0000",
        "/befragung/",
    ):
        assert parent.visitor.get(path).status_code == 404, path
    parent.post("/beginnen")
    assert parent.get("/seite/gibtesnicht").status_code == 404
    assert parent.post("/seite/gibtesnicht", raeume="1").status_code == 404


def test_a_code_of_another_tenant_is_unknown(
    app: Flask, invited: SurveyCase, installation: Installation
) -> None:
    code = invited.invite(1)[0]
    elsewhere = installation.found_tenant()
    response = Visitor(app).get(f"/{elsewhere.slug}/befragung/einladung/{code}")
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("opens", "closes", "says"), [(1, 5, "noch nicht begonnen"), (-9, -1, "ist beendet")]
)
def test_a_wave_that_is_not_open_says_so(
    app: Flask, installation: Installation, opens: int, closes: int, says: str
) -> None:
    case = open_now(installation, access="link")
    parent = Parent(app, case)
    parent.post("/beginnen")
    set_days(case, opens, closes)
    for response in (
        parent.get(), parent.get("/seite/a"), parent.post("/seite/a", raeume="1"),
        parent.post("/pruefen"), parent.get("/pruefen"),
    ):  # fmt: skip
        assert response.status_code == 410
        assert says in response.get_data(as_text=True)
    assert stored(case) == []


def test_the_draft_of_a_browser_can_be_deleted(app: Flask, installation: Installation) -> None:
    case = open_now(installation, access="link")
    parent = Parent(app, case)
    parent.post("/beginnen")
    parent.post("/seite/b", freitext="Weg damit", __action="back")
    parent.post("/verwerfen")
    assert drafts(case) == []
    assert "Fragebogen beginnen" in parent.get().get_data(as_text=True)


def test_a_foreign_secret_opens_nothing(app: Flask, link: SurveyCase) -> None:
    owner, other = Parent(app, link), Parent(app, link)
    owner.post("/beginnen")
    owner.post("/seite/b", freitext="Meins", __action="back")
    for value in ("a" * 43 + "~~de", "~~", "~~~~", "\u00e4" * 30, "x" * 4000, "~~xx"):
        other.visitor.client.set_cookie(f"befragung-{key_of(link)}", value, path=other.room)
        assert other.get("/seite/b").status_code == 303
        assert other.get().status_code == 200


# ---- required, warnings, hostile input


def strict_form() -> Document:
    return form(
        page(
            "a",
            section(
                "s",
                field("text", "pflicht", required=True, help="Bitte ausfüllen."),
                field("integer", "zahl", minimum=0, maximum=9),
                field("long_text", "frei", privacy_check=True),
            ),
        ),
        key="streng",
    ) | {"data_class": "K3"}


@pytest.fixture(scope="module")
def strict(installation: Installation) -> SurveyCase:
    return open_now(installation, access="link", document=strict_form())


def test_what_is_missing_or_unreadable_is_said_and_kept(app: Flask, strict: SurveyCase) -> None:
    parent = Parent(app, strict)
    parent.post("/beginnen")
    refused = parent.post("/seite/a", zahl="viele", pflicht="", __action="next")
    body = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert 'value="viele"' in body
    assert "Es gibt ein Problem" in body
    sent = parent.post("/pruefen")
    assert sent.status_code == 422
    assert stored(strict) == []


def test_a_warning_is_confirmed_before_sending(app: Flask, strict: SurveyCase) -> None:
    parent = Parent(app, strict)
    parent.post("/beginnen")
    parent.post("/seite/a", pflicht="ja", zahl="3", frei="geb. 12.03.2022", __action="next")
    assert parent.post("/pruefen").status_code == 422
    assert parent.post("/pruefen", __acknowledged="1").status_code == 303
    assert len(stored(strict)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"unbekannt": "x"}, {"raeume": "99"}, {"raeume": ["1", "2"]}, {"wege": ["falsch"]},
        {"raeume.x": "1"}, {"freitext": "gehört zur anderen Seite"}, {"form": "\0haus"},
    ],
)  # fmt: skip
def test_forged_input_is_refused(app: Flask, link: SurveyCase, fields: dict[str, object]) -> None:
    parent = Parent(app, link)
    parent.post("/beginnen")
    response = parent.post("/seite/a", **{"__action": "next", **fields})
    assert response.status_code == 422


def test_a_post_may_not_be_huge(app: Flask, link: SurveyCase) -> None:
    parent = Parent(app, link)
    parent.post("/beginnen")
    assert parent.post("/seite/b", freitext="x" * 600_000).status_code == 413


def test_wrong_codes_are_throttled(app: Flask, invited: SurveyCase) -> None:
    parent = Parent(app, invited)
    wrong = 0
    while parent.visitor.client.post(
        f"{parent.room}/", data={"code": new_code()},
        environ_base={"REMOTE_ADDR": "192.0.2.77"},
    ).status_code == 422:  # fmt: skip
        wrong += 1
        # A quarter of an hour may end between two codes, and the count begins anew.
        assert wrong <= 60
    assert wrong >= 30
    good = parent.visitor.client.post(
        f"{parent.room}/", data={"code": invited.invite(1)[0]},
        environ_base={"REMOTE_ADDR": "192.0.2.78"},
    )  # fmt: skip
    assert good.status_code == 303


# ---- languages


def translated() -> Document:
    document = questionnaire("sprachen")
    document["languages"] = ["de-simple", "ar"]
    document["translations"] = {"ar": {"title": "استبيان"}, "de-simple": {"title": "Umfrage"}}
    pages = document["pages"]
    assert isinstance(pages, list)
    first = pages[0]
    assert isinstance(first, dict)
    first["translations"] = {"ar": {"title": "الصفحة"}}
    return document


@pytest.fixture(scope="module")
def many(installation: Installation) -> SurveyCase:
    return open_now(installation, access="link", document=translated())


def test_the_language_is_chosen_and_stays(app: Flask, many: SurveyCase) -> None:
    parent = Parent(app, many)
    chosen = parent.get("/?sprache=ar").get_data(as_text=True)
    assert '<html lang="ar" dir="rtl"' in chosen
    assert "استبيان" in chosen
    body = parent.follow(parent.post("/beginnen")).get_data(as_text=True)
    assert "الصفحة" in body
    assert "Wie finden Sie die Räume?" in body, "German where there is no translation"


def test_changing_the_language_saves_what_was_typed(app: Flask, many: SurveyCase) -> None:
    parent = Parent(app, many)
    parent.post("/beginnen")
    switched = parent.follow(parent.post("/seite/a", raeume="3", __action="language:ar"))
    body = switched.get_data(as_text=True)
    assert '<html lang="ar"' in body
    assert 'value="3" checked' in body
    parent.post("/seite/a", raeume="3", __action="next")
    parent.post("/seite/b", __action="next")
    assert parent.post("/pruefen").status_code == 303
    assert {"raeume": 3} in stored(many)


@pytest.mark.parametrize("language", ["xx", "fr", "<b>", "../de"])
def test_a_language_that_is_not_offered_is_german(
    app: Flask, many: SurveyCase, language: str
) -> None:
    body = Parent(app, many).get(f"/?sprache={language}").get_data(as_text=True)
    assert '<html lang="de"' in body


def test_the_next_request_is_german_again(app: Flask, many: SurveyCase) -> None:
    """The language lives in a variable of the thread, which serves everybody."""
    Parent(app, many).get("/?sprache=ar")
    assert '<html lang="de"' in Visitor(app).get("/anmelden").get_data(as_text=True)
    assert '<html lang="de"' in Parent(app, many).get().get_data(as_text=True)


# ---- anonymity of the pages themselves


def test_who_is_signed_in_stays_unknown(app: Flask, installation: Installation) -> None:
    case = open_now(installation, access="link")
    person = installation.person(tenant=case.tenant, role="fachkraft")
    parent = Parent(app, case)
    parent.visitor = Visitor(app, person)
    page_of_staff = parent.get().get_data(as_text=True)
    assert person.email not in page_of_staff
    assert "Kim Muster" not in page_of_staff
    assert parent.fill().status_code == 303
    rows = case.office(
        lambda session: session.execute(
            text("SELECT row_to_json(t)::text FROM survey_answer t"), execution_options=GUARDED
        ).all()
    )
    assert '"account' not in str(rows)


def test_no_session_is_needed_and_none_is_made(app: Flask, link: SurveyCase) -> None:
    parent = Parent(app, link)
    cookies: set[str] = set()
    for response in (parent.get(), parent.post("/beginnen"), parent.get("/seite/a"), parent.fill()):
        for header in response.headers.getlist("Set-Cookie"):
            cookies.add(header.partition("=")[0])
    assert cookies == {f"befragung-{key_of(link)}"}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Everything that is logged while a test runs."""
    import structlog

    lines: list[str] = []

    class Sink:
        def msg(self, message: str) -> None:
            lines.append(message)

        log = debug = info = warning = error = critical = exception = msg

    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()],
        logger_factory=lambda *_args: Sink(),
        cache_logger_on_first_use=False,
    )
    yield lines
    structlog.configure(**before)


def test_nothing_personal_is_logged(
    app: Flask, invited: SurveyCase, written: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    code = invited.invite(1)[0]
    parent = Parent(app, invited)
    with caplog.at_level("DEBUG"):
        parent.visitor.get(f"{parent.room}/einladung/{code}")
        parent.fill()
        parent.visitor.get(f"{parent.room}/einladung/{code}")
    everything = "\n".join([*written, *(record.getMessage() for record in caplog.records)])
    for word in (code, code.replace("-", ""), "127.0.0.1", "Alles gut", "werkzeug"):
        assert word.lower() not in everything.lower()


def test_only_used_codes_are_marked(app: Flask, invited: SurveyCase) -> None:
    code = invited.invite(3)[0]
    parent = Parent(app, invited)
    parent.visitor.get(f"{parent.room}/einladung/{code}")

    def used() -> int:
        return case_used(invited)

    before = used()
    parent.post("/beginnen")
    assert used() == before
    parent.fill()
    assert used() == before + 1


def case_used(case: SurveyCase) -> int:
    """Return how many invitations of the wave were used."""
    return len(
        case.office(
            lambda session: session.scalars(
                select(SurveyInvitation.id).where(
                    SurveyInvitation.wave_id == case.wave_id, SurveyInvitation.is_used
                )
            ).all()
        )
    )
