"""The life of a submission that a program makes, and what others may read of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.expressions.nodes import Json
from forms.models import Submission
from tenants.context import Scope
from tenants.database import new_id
from tenants.kept_answers import KeptAnswer
from tests.app.api.conftest import Program, World, make_world
from tests.support.installation import Installation

ANSWERS: dict[str, Json] = {
    "einrichtung": "Haus Ahorn",
    "kosten": "1200.00",
    "plaetze": 12,
    "konto": "DE89370400440532013000",
    "gruppen": [{"name": "Bären", "kinder": 8}],
}


def begun(program: Program) -> str:
    """Begin a draft and return its address."""
    answer = program.call("POST", "/submissions", {"form": "pruefbogen"})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return f"/submissions/{answer.get_json()['id']}"


def filled(program: Program, answers: Json = None) -> tuple[str, str]:
    """Begin a draft with answers; return its address and the ETag of the answers."""
    address = begun(program)
    tag = program.get(f"{address}/answers").headers["ETag"]
    saved = program.call(
        "PUT", f"{address}/answers", {"answers": answers or ANSWERS}, {"If-Match": tag}
    )
    assert saved.status_code == 200, saved.get_data(as_text=True)
    return address, saved.headers["ETag"]


def test_a_submission_from_beginning_to_end(world: World) -> None:
    program = world.program(traeger=True)
    address, tag = filled(program)
    checked = program.get(f"{address}/validation").get_json()
    assert (checked["errors"], checked["warnings"]) == ([], [])
    submitted = program.call("POST", f"{address}/submit", {}, {"If-Match": tag})
    assert submitted.status_code == 200, submitted.get_data(as_text=True)
    assert submitted.get_json()["number"].startswith("E-")
    shown = program.get(address).get_json()
    assert shown["state"] == "submitted"
    assert shown["answers"]["kosten"] == "1200.00"
    assert shown["answers"]["gruppen"][0]["name"] == "Bären"
    assert "je_platz" not in shown["answers"]


def test_each_side_reads_what_it_may(world: World) -> None:
    program = world.program(traeger=True)
    address, tag = filled(program)
    office = world.program(participant="fachkraft")
    assert office.get(address).status_code == 404
    program.call("POST", f"{address}/submit", {}, {"If-Match": tag})
    seen = office.get(address).get_json()
    assert seen["answers"]["je_platz"] == "100.00"
    assert "konto" not in seen["answers"]
    assert seen["masked"]["konto"].startswith("DE89")
    assert "0532" not in seen["masked"]["konto"]
    paying = world.program(participant="wjh").get(address).get_json()
    assert paying["answers"]["konto"] == "DE89370400440532013000"
    assert paying["masked"] == {}
    other = world.installation.found_organisation(world.tenant)
    assert world.program(traeger=True, organisation=other).get(address).status_code == 404


def test_nobody_overwrites_what_he_has_not_seen(world: World) -> None:
    program = world.program()
    address = f"{begun(program)}/answers"
    body: dict[str, Json] = {"answers": {"einrichtung": "Eins"}}
    assert program.call("PUT", address, body).status_code == 428
    tag = program.get(address).headers["ETag"]
    assert program.call("PUT", address, body, {"If-Match": '"anders"'}).status_code == 412
    assert program.call("PUT", address, body, {"If-Match": tag}).status_code == 200
    late = program.call("PUT", address, {"answers": {}}, {"If-Match": tag})
    assert late.status_code == 412
    current = program.get(address)
    assert current.get_json()["answers"] == {"einrichtung": "Eins"}
    assert late.headers["ETag"] == current.headers["ETag"]


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ({"fremd": 1}, "/answers/fremd"),
        ({"je_platz": "1.00"}, "/answers/je_platz"),
        ({"plaetze": "zwölf"}, "/answers/plaetze"),
        ({"konto": "DE00"}, "/answers/konto"),
        ({"gruppen": [{"name": 5}]}, "/answers/gruppen/0/name"),
        ({"gruppen": [{"_id": "a"}, {"_id": "a"}]}, "/answers/gruppen/1"),
        ({"gruppen": {}}, "/answers/gruppen"),
    ],
)
def test_what_does_not_fit_is_refused_whole(
    world: World, answers: dict[str, Json], pointer: str
) -> None:
    program = world.program()
    address, tag = filled(program)
    sent: dict[str, Json] = {"answers": {"einrichtung": "Neu", **answers}}
    refused = program.call("PUT", f"{address}/answers", sent, {"If-Match": tag})
    assert refused.status_code == 422
    assert pointer in [fault["pointer"] for fault in refused.get_json()["errors"]]
    assert program.get(f"{address}/answers").headers["ETag"] == tag


def test_what_is_incomplete_is_not_submitted(world: World) -> None:
    program = world.program()
    address, tag = filled(program, {"plaetze": 3})
    refused = program.call("POST", f"{address}/submit", {}, {"If-Match": tag})
    assert refused.status_code == 422
    pointers = [fault["pointer"] for fault in refused.get_json()["errors"]]
    assert pointers == ["/answers/einrichtung", "/answers/kosten"]
    assert program.get(address).get_json()["state"] == "draft"


def test_what_was_submitted_is_not_changed(world: World) -> None:
    program = world.program()
    address, tag = filled(program)
    program.call("POST", f"{address}/submit", {}, {"If-Match": tag})
    for method, path in (("PUT", "/answers"), ("POST", "/submit")):
        body: Json = {"answers": {}} if method == "PUT" else {}
        again = program.call(method, address + path, body, {"If-Match": tag})
        assert again.status_code == 409
    assert program.get(f"{address}/answers").status_code == 409


def test_other_tenants_find_nothing(world: World, other_world: World) -> None:
    address, _tag = filled(world.program())
    stranger = other_world.program()
    for method, path in (("GET", ""), ("GET", "/answers"), ("GET", "/validation")):
        assert stranger.call(method, address + path).status_code == 404
    written = stranger.call("PUT", f"{address}/answers", {"answers": {}}, {"If-Match": "*"})
    assert written.status_code == 404
    assert stranger.call("POST", f"{address}/submit", {}, {"If-Match": "*"}).status_code == 404


def test_a_repeated_call_works_once(world: World) -> None:
    program = world.program()
    key = {"Idempotency-Key": new_id()}
    first = program.call("POST", "/submissions", {"form": "pruefbogen"}, key)
    again = program.call("POST", "/submissions", {"form": "pruefbogen"}, key)
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert again.headers["Location"] == first.headers["Location"]
    other = program.call("POST", "/submissions", {"form": "pruefbogen", "period": "2027"}, key)
    assert other.status_code == 422
    elsewhere = world.program().call("POST", "/submissions", {"form": "pruefbogen"}, key)
    assert elsewhere.get_json()["id"] != first.get_json()["id"]


def test_a_refused_call_may_be_repeated(world: World) -> None:
    program = world.program()
    key = {"Idempotency-Key": new_id()}
    address, tag = filled(program, {"plaetze": 3})
    sent = {"If-Match": tag, **key}
    assert program.call("POST", f"{address}/submit", {}, sent).status_code == 422
    assert program.call("POST", f"{address}/submit", {}, sent).status_code == 422


def test_identical_calls_at_once_work_once(world: World) -> None:
    program = world.program()
    key = {"Idempotency-Key": new_id()}

    def send(_turn: int) -> tuple[int, str]:
        answer = program.call("POST", "/submissions", {"form": "pruefbogen"}, key)
        return answer.status_code, str(answer.get_json().get("id"))

    with ThreadPoolExecutor(4) as threads:
        answers = set(threads.map(send, range(8)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
    kept = world.installation.in_scope(
        Scope(tenant_id=world.tenant.id),
        lambda session: session.scalar(
            select(func.count())
            .select_from(KeptAnswer)
            .where(KeptAnswer.key == key["Idempotency-Key"])
        ),
    )
    assert kept == 1


def received(world: World, moments: list[datetime]) -> list[str]:
    """Add submissions that came in at ``moments``; return their ids."""

    def write(session: Session) -> list[str]:
        rows = [
            Submission(
                id=new_id(), form_version_id=world.version.id, account_id=1, state="submitted",
                submitted_at=moment, number=new_id(),
            )
            for moment in moments
        ]  # fmt: skip
        session.add_all(rows)
        return [row.id for row in rows]

    return world.installation.in_scope(Scope(tenant_id=world.tenant.id), write)


START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.lists(st.integers(0, 3), min_size=1, max_size=9),
    meanwhile=st.lists(st.lists(st.integers(0, 3), max_size=2), max_size=5),
    size=st.integers(1, 4),
)
def test_turning_pages_loses_nothing_and_repeats_nothing(
    installation: Installation,
    world: World,
    before: list[int],
    meanwhile: list[list[int]],
    size: int,
) -> None:
    """Several come in at the same moment; others while the pages are turned."""
    own = make_world(installation, world.app)
    program = own.program()
    expected = received(own, [START + timedelta(seconds=second) for second in before])
    later = START + timedelta(minutes=1)
    seen: list[str] = []
    cursor = ""
    for turn in range(100):
        page = program.get(f"/submissions?limit={size}{cursor}").get_json()
        seen += [item["id"] for item in page["items"]]
        if turn < len(meanwhile):
            moments = [later + timedelta(seconds=10 * turn + one) for one in meanwhile[turn]]
            added = received(own, moments)
            if page["next_cursor"] is not None:
                expected += added
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(expected)


def test_the_list_is_filtered(installation: Installation, world: World) -> None:
    own = make_world(installation, world.app)
    program = own.program()
    # The last minute of a day in Berlin, and the first of the next.
    evening = datetime(2026, 7, 1, 21, 59, tzinfo=UTC)
    first, second = received(own, [evening, evening + timedelta(minutes=1)])

    def found(query: str) -> list[str]:
        return [one["id"] for one in program.get(f"/submissions?{query}").get_json()["items"]]

    assert found("submitted_until=2026-07-01") == [first]
    assert found("submitted_from=2026-07-02") == [second]
    assert found("form=pruefbogen&state=submitted") == [first, second]
    assert found("form=nichts") == found("state=accepted") == []
    assert found(f"organisation={own.organisation.id}") == []
    for query in ("state=draft", "submitted_from=gestern", "organisation=x", "cursor=W10"):
        assert program.get(f"/submissions?{query}").status_code == 400
