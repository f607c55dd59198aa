"""The OpenAPI document says what there is: no call is missing, none is made up, all keep to it."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.api.blueprint import OPERATIONS
from tests.app.api.conftest import World, make_world
from tests.app.api.test_files import send
from tests.support.documentation import read_page
from tests.support.installation import Installation

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
bounded = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_every_route_is_described_and_every_description_a_route(world: World) -> None:
    document = world.app.test_client().get(f"/{world.tenant.slug}/api/v1/openapi.json").get_json()
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    routes = {
        (method, _as_written(rule.rule.removeprefix("/api/v1")))
        for rule in world.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.document"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == routes
    assert document["servers"] == [{"url": f"/{world.tenant.slug}/api/v1"}]


def _as_written(rule: str) -> str:
    return rule.replace("<uuid:", "{").replace("<", "{").replace(">", "}")


def test_every_reference_leads_somewhere(world: World) -> None:
    document = world.app.test_client().get(f"/{world.tenant.slug}/api/v1/openapi.json").get_json()
    text = str(document)
    for name in document["components"]["schemas"]:
        assert f"'#/components/schemas/{name}'" in text, name


def test_the_reference_page_lists_every_call() -> None:
    page = read_page("referenz/api.md")
    rows = [f"| `{one.method} {one.path}` | `{one.scope}` | {one.summary} |" for one in OPERATIONS]
    assert [row for row in rows if row not in page] == []
    methods = ("GET", "POST", "PUT", "DELETE")
    assert sum(page.count(f"| `{method} /") for method in methods) == len(rows)


@pytest.fixture(scope="module")
def own_world(installation: Installation, world: World) -> World:
    return make_world(installation, world.app)


def known_places(world: World) -> dict[str, str]:
    """Return a form, a version and a draft that are there."""
    program = world.program()
    draft = program.call("POST", "/submissions", {"form": "pruefbogen"}).get_json()
    file = send(program, f"/submissions/{draft['id']}", "nachweis").get_json()
    return {"key": "pruefbogen", "number": "1", "id": str(draft["id"]), "file": str(file["id"])}


def test_the_calls_keep_to_the_document(own_world: World) -> None:
    """Generated calls, half of them for things that are there, get answers as described."""
    world = own_world
    address = f"/{world.tenant.slug}/api/v1/openapi.json"
    schema = schemathesis.openapi.from_wsgi(address, world.app)
    headers = {"Authorization": f"Bearer {world.program().token}"}
    known: dict[str, str] = {}
    statuses: dict[str, set[int]] = {}

    def send(case: schemathesis.Case, is_known: bool) -> None:
        if is_known:
            case.path_parameters.update(
                {name: value for name, value in known.items() if name in case.path_parameters}
            )
        response = case.call_and_validate(headers=headers, checks=CHECKS)
        statuses.setdefault(case.operation.label, set()).add(response.status_code)

    usual = world.app.config["API_CALLS_PER_MINUTE"]
    world.app.config["API_CALLS_PER_MINUTE"] = 1_000_000
    try:
        for result in schema.get_all_operations():
            # Some operation before may have deleted or submitted what was there.
            known.update(known_places(world))
            cases = result.ok().as_strategy()
            bounded(given(case=cases, is_known=st.booleans())(send))()
    finally:
        world.app.config["API_CALLS_PER_MINUTE"] = usual
    assert len(statuses) == len(OPERATIONS)
    read = {label for label, found in statuses.items() if label.startswith("GET")}
    assert {label for label in read if 200 in statuses[label]} >= read - {
        "GET /evaluations/{id}/results",
        # Nothing is scanned here.
        "GET /submissions/{id}/files/{file}",
        # No document is made here; tests/document_templates/archive tries it with one.
        "GET /submissions/{id}/evidence",
    }
