"""Forms and versions for programs."""

from __future__ import annotations

from tests.app.api.conftest import World
from tests.support.form_documents import field, one_page


def test_forms_are_listed_page_by_page(world: World) -> None:
    for number in range(3):
        world.installation.publish(
            world.tenant, one_page(field("text", "wort")) | {"key": f"bogen_{number}"}
        )
    program = world.program()
    keys: list[str] = []
    cursor = ""
    while True:
        page = program.get(f"/forms?limit=2{cursor}").get_json()
        keys += [item["key"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert keys == ["bogen_0", "bogen_1", "bogen_2", "pruefbogen"]


def test_a_cursor_of_somebody_else_is_refused(world: World) -> None:
    program = world.program()
    for cursor in ("x", "%00", "W10", "ä", "WyJhIiwiYiJd"):
        answer = program.get(f"/forms?cursor={cursor}")
        assert answer.status_code == 400, cursor


def test_unknown_parameters_are_refused(world: World) -> None:
    answer = world.program().get("/forms?seite=2")
    assert answer.status_code == 400
    assert "seite" in answer.get_json()["detail"]
    for query in ("limit=0", "limit=201", "limit=zehn", "limit=-1", "limit=1&limit=2"):
        assert world.program().get(f"/forms?{query}").status_code == 400, query


def test_a_version_is_shown_with_its_definition(world: World) -> None:
    answer = world.program().get("/forms/pruefbogen/versions/1")
    document = answer.get_json()
    assert document["validity"]["state"] == "in_use"
    keys = [one["key"] for one in document["definition"]["pages"][0]["sections"][0]["fields"]]
    assert "je_platz" in keys
    unchanged = world.program().get(
        "/forms/pruefbogen/versions/1", {"If-None-Match": answer.headers["ETag"]}
    )
    assert (unchanged.status_code, unchanged.get_data()) == (304, b"")


def test_what_a_traeger_may_not_see_is_absent(world: World) -> None:
    program = world.program(traeger=True)
    document = program.get("/forms/pruefbogen/versions/1")
    assert "je_platz" not in document.get_data(as_text=True)
    answers = {"einrichtung": "Haus Ahorn", "kosten": "1200.00", "plaetze": 12}
    path = "/forms/pruefbogen/versions/1/evaluation"
    own = program.call("POST", path, {"answers": answers}).get_json()
    assert "je_platz" not in own["values"]
    office = world.program().call("POST", path, {"answers": answers}).get_json()
    assert office["values"]["je_platz"] == "100.00"
    assert office["errors"] == []


def test_an_evaluation_names_places(world: World) -> None:
    answer = world.program().call(
        "POST", "/forms/pruefbogen/versions/1/evaluation",
        {"answers": {"gruppen": [{"_id": "a", "kinder": "viele"}], "fremd": 1}},
    )  # fmt: skip
    assert answer.status_code == 200
    pointers = {one["pointer"] for one in answer.get_json()["errors"]}
    assert {
        "/answers/einrichtung", "/answers/kosten", "/answers/fremd", "/answers/gruppen/0/kinder",
        "/answers/gruppen/0/name",
    } <= pointers  # fmt: skip


def test_bodies_are_read_strictly(world: World) -> None:
    program = world.program()
    path = f"/{world.tenant.slug}/api/v1/forms/pruefbogen/versions/1/evaluation"
    headers = {"Authorization": f"Bearer {program.token}"}
    client = world.app.test_client()
    for data, kind, status in (
        (b'{"answers": {}}', "text/plain", 415),
        (b'{"answers": {}', "application/json", 400),
        (b'{"answers": {"a": 1, "a": 2}}', "application/json", 400),
        (b'{"answers": {"a": NaN}}', "application/json", 400),
        (b'{"answers": {"a": 1e999}}', "application/json", 400),
        (b'{"answers": {"a": "\\u0000"}}', "application/json", 400),
        (b'{"answers": {"a": "\\ud800"}}', "application/json", 400),
        (b'{"answers": {"a": ' + b"[" * 100 + b"]" * 100 + b"}}", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"answers": {}, "mehr": 1}', "application/json", 422),
        (b"{}", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"answers": {"a": "' + b"x" * 2_100_000 + b'"}}', "application/json", 413),
    ):
        answer = client.post(path, data=data, headers=headers, content_type=kind)
        assert answer.status_code == status, (data[:40], answer.status_code)
        assert answer.mimetype == "application/problem+json"
    extra = client.post(path, json={"answers": {}, "mehr": 1}, headers=headers).get_json()
    assert extra["errors"] == [
        {"pointer": "", "detail": "Hier steht eine Angabe, die es nicht gibt. (mehr)"}
    ]


def test_unknown_forms_and_versions_are_not_found(world: World) -> None:
    program = world.program()
    for path in ("/forms/nichts", "/forms/pruefbogen/versions/2", "/forms/pruefbogen/versions/x"):
        assert program.get(path).status_code == 404
