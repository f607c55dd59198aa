"""What programs of the office do besides: bring forms into the builder, read frozen figures."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.building.drafting import find_draft
from forms.lists.searching import find_form_table
from forms.models import Form, Submission
from forms.procedure.viewing import EVERYBODY
from forms.statistics.saving import freeze_result, save_evaluation
from forms.statistics.settings import Settings
from tenants.api_tokens import TRAEGER_SCOPES
from tenants.context import Scope
from tenants.database import new_id, now
from tests.app.api.conftest import World, api_form
from tests.support.form_documents import field, one_page


def test_a_form_becomes_a_draft_that_nobody_can_fill_in(world: World) -> None:
    program = world.program()
    document = one_page(field("text", "wort")) | {"key": "neuer_bogen"}
    made = program.call("POST", "/form-drafts", {"definition": document})
    assert made.status_code == 201
    kept = world.installation.in_scope(
        Scope(tenant_id=world.tenant.id),
        lambda session: find_draft(session, made.get_json()["form_id"]),
    )
    assert kept is not None
    assert kept.document["key"] == "neuer_bogen"
    assert program.get("/forms/neuer_bogen").status_code == 404
    again = program.call("POST", "/form-drafts", {"definition": document})
    assert again.status_code == 409
    broken = api_form() | {"key": "kaputt", "pages": []}
    refused = program.call("POST", "/form-drafts", {"definition": broken})
    assert refused.status_code == 422
    assert refused.get_json()["errors"]
    assert (
        world.installation.in_scope(
            Scope(tenant_id=world.tenant.id),
            lambda session: session.scalars(select(Form.key).where(Form.key == "kaputt")).all(),
        )
        == []
    )


def test_frozen_figures_are_given_out_without_the_small_ones(
    world: World, other_world: World
) -> None:
    def freeze(session: Session) -> str:
        _form, table = find_form_table(session, "pruefbogen", EVERYBODY)
        for inclusive in (True, True, *(False,) * 8):
            session.add(
                Submission(
                    id=new_id(), form_version_id=world.version.id, account_id=1, state="accepted",
                    submitted_at=now(), number=new_id(), answers={"inklusiv": inclusive},
                )
            )  # fmt: skip
        session.flush()
        column = next(one for one in table.columns.values() if one.label == "Inklusiv")
        kept = save_evaluation(session, table, "Inklusive Plätze", Settings(rows=column.id))
        freeze_result(session, table, kept, threshold=5)
        return kept.id

    scope = Scope(tenant_id=world.tenant.id, account_id=world.people["tenant_admin"].account_id)
    identity = world.installation.in_scope(scope, freeze)
    program = world.program()
    (listed,) = program.get("/evaluations").get_json()["items"]
    assert listed == {"id": identity, "title": "Inklusive Plätze", "form": "pruefbogen"}
    (result,) = program.get(f"/evaluations/{identity}/results").get_json()["items"]
    assert result["is_outdated"] is False
    shown = [cell[0] for cell in result["table"]["row_totals"]]
    assert None in shown
    assert 2 not in shown
    assert other_world.program().get(f"/evaluations/{identity}/results").status_code == 404


def test_what_is_the_offices_no_token_of_a_traeger_may(world: World) -> None:
    own = {"forms:read", "submissions:read", "submissions:write", "documents:read"}
    assert own == TRAEGER_SCOPES
    program = world.program(traeger=True)
    assert program.get("/evaluations").status_code == 403
    assert program.call("POST", "/form-drafts", {"definition": {}}).status_code == 403
