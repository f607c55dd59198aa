"""Files of fields for programs: uploaded, refused, listed, handed out when clean, taken away."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from forms.attachments.keeping import SCAN_ATTACHMENT
from forms.attachments.models import Attachment
from forms.attachments.scanner import Clamd
from tenants.context import Scope
from tenants.database import new_id
from tenants.outbox import Task
from tests.app.api.conftest import Program, World
from tests.app.api.test_submissions import ANSWERS, begun, filled
from tests.support.clamd import EICAR, LoopbackClamd, loopback_clamd
from tests.support.installation import Installation
from tests.support.upload_files import EXE, PDF
from workers.handlers import perform_task
from workers.runtime import Runtime


@pytest.fixture(scope="module")
def clamd() -> Iterator[LoopbackClamd]:
    with loopback_clamd() as server:
        yield server


@pytest.fixture(scope="module")
def runtime(installation: Installation, clamd: LoopbackClamd) -> Iterator[Runtime]:
    with Runtime.from_settings(installation.settings) as opened:
        opened.scanner = Clamd(clamd.address)
        yield opened


def send(
    program: Program, address: str, field: str, content: bytes = PDF, *,
    name: str = "Nachweis.pdf", key: str = "",
) -> TestResponse:  # fmt: skip
    """Upload a file as a program does."""
    headers = {"Authorization": f"Bearer {program.token}"}
    if key:
        headers["Idempotency-Key"] = key
    return program.app.test_client().post(
        f"/{program.slug}/api/v1{address}/files",
        data={"field": field, "file": (io.BytesIO(content), name)},
        headers=headers,
    )


def scan(world: World, runtime: Runtime) -> None:
    """Have everything scanned that waits for it."""
    tasks = world.installation.in_scope(
        Scope(tenant_id=world.tenant.id),
        lambda session: list(
            session.scalars(
                select(Task.id).where(Task.kind == SCAN_ATTACHMENT, Task.state == "ready")
            )
        ),
    )
    for task in tasks:
        perform_task(runtime, task)


def test_a_file_is_handed_out_once_it_was_found_clean(world: World, runtime: Runtime) -> None:
    program = world.program(traeger=True)
    address, tag = filled(program)
    made = send(program, address, "nachweis", name="ordner/Nachweis Mai.pdf")
    assert made.status_code == 201, made.get_data(as_text=True)
    file = made.get_json()
    assert (file["field"], file["name"], file["size"]) == ("nachweis", "Nachweis Mai.pdf", len(PDF))
    place = f"{address}/files/{file['id']}"
    assert made.headers["Location"].endswith(place)
    assert program.get(f"{address}/files").get_json() == {"items": [file]}
    assert file["state"] == "quarantine"
    assert program.get(place).status_code == 409
    scan(world, runtime)
    assert program.get(f"{address}/files").get_json()["items"][0]["state"] == "clean"
    got = program.get(place)
    assert (got.status_code, got.get_data(), got.mimetype) == (200, PDF, "application/octet-stream")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert program.get(place, {"If-None-Match": got.headers["ETag"]}).status_code == 304
    # What was changed meanwhile is not overwritten.
    assert program.call("POST", f"{address}/submit", {}, {"If-Match": tag}).status_code == 412
    now_tag = program.get(f"{address}/answers").headers["ETag"]
    office = world.program()
    assert office.get(f"{address}/files").status_code == 404
    assert office.get(place).status_code == 404
    assert program.call("POST", f"{address}/submit", {}, {"If-Match": now_tag}).status_code == 200
    assert office.get(place).get_data() == PDF
    assert office.get(f"{address}/files").get_json()["items"][0]["id"] == file["id"]
    shown = office.get(address).get_json()["answers"]["nachweis"]
    assert [one["_id"] for one in shown] == [file["id"]]


def test_malware_is_given_to_nobody(world: World, runtime: Runtime) -> None:
    program = world.program()
    address, _tag = filled(program)
    identity = send(program, address, "nachweis", PDF + EICAR).get_json()["id"]
    scan(world, runtime)
    (file,) = program.get(f"{address}/files").get_json()["items"]
    assert file["state"] == "infected"
    refused = program.get(f"{address}/files/{identity}")
    assert refused.status_code == 409
    assert "Schadsoftware" in refused.get_json()["detail"]
    errors = program.get(f"{address}/validation").get_json()["errors"]
    assert [one["pointer"] for one in errors] == ["/answers/nachweis"]
    assert program.call("DELETE", f"{address}/files/{identity}").status_code == 204
    assert program.get(f"{address}/files").get_json()["items"] == []
    assert program.get(f"{address}/validation").get_json()["errors"] == []


@pytest.mark.parametrize(
    ("field", "name", "content", "pointer", "reason"),
    [
        ("nachweis", "harmlos.pdf", EXE, "/file", "keine Datei der Art PDF"),
        ("nachweis", "leer.pdf", b"", "/file", "ist leer"),
        ("nachweis", "gross.pdf", PDF + b" " * 1024 * 1024, "/file", "größer als 1 MB"),
        ("vermerk", "zeugnis.pdf", PDF, "/field", "§ 72a"),
        ("einrichtung", "a.pdf", PDF, "/field", "nimmt keine Dateien"),
        ("gibtesnicht", "a.pdf", PDF, "/field", "nicht zu ändern"),
        ("gruppen[0].gibtesnicht", "a.pdf", PDF, "/field", "nicht zu ändern"),
        ("gruppen[7].plan", "a.pdf", PDF, "/field", "Zeile"),
        ("../etc", "a.pdf", PDF, "/field", "Schema"),
    ],
)
def test_what_no_field_takes_is_refused(
    world: World, field: str, name: str, content: bytes, pointer: str, reason: str
) -> None:
    program = world.program()
    address, tag = filled(program)
    refused = send(program, address, field, content, name=name)
    assert refused.status_code == 422, refused.get_data(as_text=True)
    (fault,) = refused.get_json()["errors"]
    assert fault["pointer"] == pointer
    assert reason in fault["detail"]
    assert program.get(f"{address}/answers").headers["ETag"] == tag


def test_limits_are_those_of_the_pages(world: World) -> None:
    program = world.program()
    address, _tag = filled(program)
    for _turn in range(2):
        assert send(program, address, "nachweis").status_code == 201
    refused = send(program, address, "nachweis")
    assert refused.status_code == 422
    assert "höchstens 2 Dateien" in refused.get_json()["errors"][0]["detail"]
    limit = world.installation.settings.upload_megabytes
    huge = send(program, address, "nachweis", b"%PDF-" + b" " * (limit + 1) * 1024 * 1024)
    assert huge.status_code == 413
    assert f"{limit} MB" in huge.get_json()["detail"]


def test_a_body_of_another_shape_is_refused(world: World) -> None:
    program = world.program()
    address, _tag = filled(program)
    assert program.call("POST", f"{address}/files", {"field": "nachweis"}).status_code == 415
    client, headers = world.app.test_client(), {"Authorization": f"Bearer {program.token}"}
    place = f"/{program.slug}/api/v1{address}/files"

    def status(**data: object) -> int:
        answer = client.post(place, data=data, headers=headers, content_type="multipart/form-data")
        assert answer.mimetype == "application/problem+json"
        return answer.status_code

    assert status(field="nachweis") == 422
    assert status(file=(io.BytesIO(PDF), "a.pdf")) == 422
    assert status(field="nachweis", anders=(io.BytesIO(PDF), "a.pdf")) == 422
    assert status(field="nachweis", fremd="1", file=(io.BytesIO(PDF), "a.pdf")) == 422
    assert status(field=["nachweis", "nachweis"], file=(io.BytesIO(PDF), "a.pdf")) == 400
    assert status(field="nach\0weis", file=(io.BytesIO(PDF), "a.pdf")) == 400


def test_files_stay_with_their_row_when_answers_are_replaced(world: World) -> None:
    program = world.program()
    address, _tag = filled(program)
    identity = send(program, address, "gruppen[0].plan").get_json()["id"]
    kept = program.get(f"{address}/answers")
    answers = kept.get_json()["answers"]
    (row,) = answers["gruppen"]
    assert set(row) == {"_id", "name", "kinder"}
    answers["gruppen"] = [{"name": "Neue", "kinder": 3}, {**row, "name": "Umbenannt"}]
    saved = program.call(
        "PUT", f"{address}/answers", {"answers": answers}, {"If-Match": kept.headers["ETag"]}
    )
    assert saved.status_code == 200, saved.get_data(as_text=True)
    (file,) = program.get(f"{address}/files").get_json()["items"]
    assert (file["id"], file["field"]) == (identity, "gruppen[1].plan")
    answers["gruppen"] = [{"name": "Fremde", "plan": [{"_id": identity, "name": "a.pdf"}]}]
    forged = program.call(
        "PUT", f"{address}/answers", {"answers": answers}, {"If-Match": saved.headers["ETag"]}
    )
    assert forged.status_code == 422
    assert forged.get_json()["errors"][0]["pointer"] == "/answers/gruppen/0/plan"


def test_the_same_upload_twice_keeps_one_file(world: World) -> None:
    program, key = world.program(), new_id()
    address, _tag = filled(program)
    first = send(program, address, "nachweis", key=key)
    again = send(program, address, "nachweis", key=key)
    assert first.get_json() == again.get_json()
    assert len(program.get(f"{address}/files").get_json()["items"]) == 1
    other = send(program, address, "nachweis", PDF + b"\n", key=key)
    assert other.status_code == 422


def test_files_of_others_are_not_there(world: World, other_world: World, runtime: Runtime) -> None:
    program = world.program(traeger=True)
    address, _tag = filled(program)
    identity = send(program, address, "nachweis").get_json()["id"]
    scan(world, runtime)
    other = world.installation.found_organisation(world.tenant)
    for stranger in (
        other_world.program(), world.program(), world.program(traeger=True, organisation=other)
    ):  # fmt: skip
        theirs, _tag = filled(stranger)
        for place in (f"{address}/files/{identity}", f"{theirs}/files/{identity}"):
            assert stranger.get(place).status_code == 404
            assert stranger.call("DELETE", place).status_code == 404
        assert send(stranger, address, "nachweis").status_code == 404
    assert program.get(f"{address}/files/{identity}").status_code == 200


def test_a_draft_is_deleted_with_its_files(world: World) -> None:
    program = world.program(traeger=True)
    address, tag = filled(program)
    send(program, address, "nachweis")
    assert program.call("DELETE", address).status_code == 428
    assert program.call("DELETE", address, headers={"If-Match": tag}).status_code == 412
    tag = program.get(f"{address}/answers").headers["ETag"]
    other = world.program(
        traeger=True, organisation=world.installation.found_organisation(world.tenant)
    )
    assert other.call("DELETE", address, headers={"If-Match": "*"}).status_code == 404
    assert world.program().call("DELETE", address, headers={"If-Match": "*"}).status_code == 404
    gone = program.call("DELETE", address, headers={"If-Match": tag})
    assert (gone.status_code, gone.get_data()) == (204, b"")
    assert program.get(address).status_code == 404
    assert program.call("DELETE", address, headers={"If-Match": tag}).status_code == 404
    left = world.installation.in_scope(
        Scope(world.tenant.id, world.organisation.id),
        lambda session: session.scalars(
            select(Attachment).where(Attachment.submission_id == address.rpartition("/")[2])
        ).all(),
    )
    assert left == []


def test_what_was_submitted_is_not_deleted_and_takes_no_file(world: World) -> None:
    program = world.program()
    address, tag = filled(program, ANSWERS)
    program.call("POST", f"{address}/submit", {}, {"If-Match": tag})
    assert program.call("DELETE", address, headers={"If-Match": "*"}).status_code == 409
    assert send(program, address, "nachweis").status_code == 409
    assert program.get(address).status_code == 200
    assert begun(program) != address
