"""Who comes in, and how far: tokens of two tenants, of a Träger, revoked, old, with few rights."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.api.blueprint import OPERATIONS
from app.api.operations import Operation
from tenants.api_tokens import SCOPES, ApiToken, create_token
from tenants.audit import AuditEntry
from tenants.context import Scope
from tenants.database import new_id, now
from tenants.models import Cooperation
from tests.app.api.conftest import Program, World
from tests.support.installation import Installation
from tests.support.web import Visitor


def address_of(operation: Operation) -> str:
    return (
        operation.path.replace("{key}", "pruefbogen")
        .replace("{number}", "1")
        .replace("{id}", new_id())
        .replace("{file}", new_id())
    )


def test_without_a_token_nobody_comes_in(world: World) -> None:
    for token in ("", "bs_", "bs_000000000000_" + "A" * 43, "x" * 5000):
        answer = Program(world.app, world.tenant.slug, token).get("/forms")
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.get_json()["title"] == "Kein gültiges Token"


def test_a_session_is_no_way_in(world: World) -> None:
    visitor = Visitor(world.app, world.people["tenant_admin"])
    assert visitor.get(f"/{world.tenant.slug}/api/v1/forms").status_code == 401


def test_a_token_opens_its_own_tenant_alone(world: World, other_world: World) -> None:
    token = world.program().token
    own = Program(world.app, world.tenant.slug, token).get("/forms", {"Origin": "https://a.test"})
    assert own.status_code == 200
    assert not {"Set-Cookie", "Access-Control-Allow-Origin"} & set(own.headers.keys())
    for operation in OPERATIONS:
        there = Program(world.app, other_world.tenant.slug, token)
        assert there.call(operation.method, address_of(operation)).status_code == 401, operation


def test_an_unknown_tenant_is_not_found(world: World) -> None:
    answer = Program(world.app, "gibtesnicht", world.program().token).get("/forms")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_what_is_no_part_of_the_interface_is_a_problem_too(world: World) -> None:
    program = world.program()
    unknown = program.get("/nichts")
    assert (unknown.status_code, unknown.mimetype) == (404, "application/problem+json")
    wrong = program.call("DELETE", "/forms")
    assert (wrong.status_code, wrong.mimetype) == (405, "application/problem+json")
    assert "GET" in wrong.headers["Allow"]


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_each_permission_opens_its_own_calls(world: World, scope: str) -> None:
    program = world.program(scopes=frozenset({scope}))
    for operation in OPERATIONS:
        answer = program.call(operation.method, address_of(operation))
        assert (answer.status_code == 403) is (operation.scope != scope), operation.name
        if answer.status_code == 403:
            assert operation.scope in answer.get_json()["detail"]


def test_a_revoked_or_old_token_is_none(world: World) -> None:
    for column, value in (("revoked_at", now()), ("expires_at", now() - timedelta(seconds=1))):
        program = world.program()
        prefix = program.token.split("_")[1]
        world.installation.in_scope(
            Scope(tenant_id=world.tenant.id),
            lambda session: session.execute(
                update(ApiToken)
                .where(ApiToken.prefix == prefix)  # noqa: B023
                .values({column: value})  # noqa: B023
            ),
        )
        assert program.get("/forms").status_code == 401


def test_a_changed_secret_is_refused(world: World) -> None:
    program = world.program()
    last = "A" if program.token[-1] != "A" else "B"
    assert (
        Program(world.app, program.slug, program.token[:-1] + last).get("/forms").status_code == 401
    )


def test_the_day_of_use_is_kept_and_no_secret(world: World) -> None:
    program = world.program()
    program.get("/forms")
    prefix = program.token.split("_")[1]
    token = world.installation.in_scope(
        Scope(tenant_id=world.tenant.id),
        lambda session: session.scalars(select(ApiToken).where(ApiToken.prefix == prefix)).one(),
    )
    assert token.last_used_on == now().date()
    stored = " ".join(str(value) for value in vars(token).values())
    assert program.token.split("_", 2)[2] not in stored


def test_a_traeger_whose_cooperation_ended_stays_out(
    installation: Installation, world: World
) -> None:
    organisation = installation.found_organisation(world.tenant)
    program = world.program(traeger=True, organisation=organisation)
    assert program.get("/forms").status_code == 200
    installation.as_owner(
        Scope(tenant_id=world.tenant.id),
        lambda session: session.execute(
            update(Cooperation)
            .where(Cooperation.organisation_id == organisation.id)
            .values(valid_until=now().date() - timedelta(days=1)),
            execution_options={"tenant_guarded": True},
        ),
    )
    assert program.get("/forms").status_code == 401


def test_the_office_cannot_make_a_token_of_a_traeger(world: World) -> None:
    def forge(session: Session) -> None:
        token, _text = create_token(
            session, name="Fremd", scopes=frozenset({"forms:read"}), participant="fachkraft", days=1
        )
        session.expunge(token)
        session.add(
            ApiToken(
                name="Fremd", prefix="abcdefabcdef", secret_sha256="0" * 64, scopes=["forms:read"],
                participant="traeger", organisation_id=world.organisation.id, account_id=1,
                expires_at=now(),
            )
        )  # fmt: skip
        session.flush()

    scope = Scope(tenant_id=world.tenant.id, account_id=world.people["tenant_admin"].account_id)
    with pytest.raises(ProgrammingError, match="row-level security"):
        world.installation.in_scope(scope, forge)


def test_too_many_calls_are_refused_by_token(world: World) -> None:
    program, other = world.program(), world.program()
    usual = world.app.config["API_CALLS_PER_MINUTE"]
    world.app.config["API_CALLS_PER_MINUTE"] = 3
    try:
        # Twice what a minute takes: a minute may end between two calls.
        answers = [program.get("/forms") for _turn in range(8)]
        assert other.get("/forms").status_code == 200
    finally:
        world.app.config["API_CALLS_PER_MINUTE"] = usual
    assert [one.status_code for one in answers][:3] == [200, 200, 200]
    refused = next(one for one in answers if one.status_code == 429)
    assert answers[0].headers["RateLimit"].startswith('"token";r=2;t=')
    assert answers[0].headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert refused.mimetype == "application/problem+json"
    assert 0 <= int(refused.headers["Retry-After"]) <= 60


def test_a_token_is_made_shown_once_and_revoked_on_its_page(world: World) -> None:
    visitor = Visitor(world.app, world.people["tenant_admin"])
    address = f"/{world.tenant.slug}/schnittstellen"
    visitor.get(f"{address}/neu")
    refused = visitor.post(f"{address}/neu", {"name": "Fachverfahren Süd", "days": "90"})
    assert refused.status_code == 422
    assert "Fachverfahren Süd" in refused.get_data(as_text=True)
    made = visitor.post(
        f"{address}/neu",
        {"name": "Fachverfahren Süd", "scopes": ["forms:read"], "participant": "wjh", "days": "90"},
    )
    found = re.search(r'value="(bs_[^"]+)"', made.get_data(as_text=True))
    assert found is not None
    program = Program(world.app, world.tenant.slug, found[1])
    assert program.get("/forms").status_code == 200
    listed = visitor.get(f"{address}/").get_data(as_text=True)
    assert found[1] not in listed
    assert "Fachverfahren Süd" in listed
    prefix = found[1].split("_")[1]
    token_id, actions = world.installation.in_scope(
        Scope(tenant_id=world.tenant.id), lambda session: _told(session, prefix)
    )
    assert actions == ["api_token.created"]
    assert visitor.post(f"{address}/{token_id}/widerrufen").status_code == 302
    assert program.get("/forms").status_code == 401


def _told(session: Session, prefix: str) -> tuple[str, list[str]]:
    token = session.scalars(select(ApiToken).where(ApiToken.prefix == prefix)).one()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == token.id))
    return token.id, [entry.action for entry in entries]
