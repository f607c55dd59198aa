"""Kept evaluations and their frozen results: figures of groups, never a submission.

Only what somebody has frozen is given out. A program that chose the groups itself could subtract
one table from another until a single submission is left.
"""

from __future__ import annotations

from sqlalchemy import select

from app import database
from app.api.operations import Call, Operation, Parameter, Result
from app.api.problems import Problem
from app.api.schemas import IDENTIFIER
from forms.expressions.nodes import Json
from forms.models import Form
from forms.statistics.saving import FrozenResult, frozen_results, saved_evaluations
from forms.statistics.tables import dump_table
from tenants.language import _

ID = Parameter(name="id", description=_("Kennung der Auswertung."), schema=IDENTIFIER, where="path")


def list_evaluations(_call: Call) -> Result:
    """List the evaluations that the office keeps."""
    session = database.session()
    rows = session.execute(select(Form.id, Form.key))
    keys = {row.id: row.key for row in rows}
    items: list[Json] = [
        {"id": one.id, "title": one.title, "form": keys[one.form_id]}
        for one in saved_evaluations(session)
    ]
    return Result({"items": items})


def list_results(call: Call) -> Result:
    """List the frozen results of an evaluation, the newest first."""
    session = database.session()
    known = {one.id for one in saved_evaluations(session)}
    if call.path["id"] not in known:
        raise Problem(404)
    items: list[Json] = [_result(one) for one in frozen_results(session, call.path["id"])]
    return Result({"items": items})


def _result(result: FrozenResult) -> dict[str, Json]:
    return {
        "id": result.id,
        "taken_at": result.taken_at.isoformat(),
        "versions": list(result.versions),
        "is_outdated": result.is_outdated,
        "table": dump_table(result.table),
    }


_TAG = _("Auswertungen")

EVALUATION_OPERATIONS = (
    Operation(
        name="listEvaluations", method="GET", path="/evaluations", scope="evaluation:read",
        tag=_TAG, summary=_("Gespeicherte Auswertungen auflisten"), work=list_evaluations,
        answer="EvaluationList",
    ),
    Operation(
        name="listResults", method="GET", path="/evaluations/{id}/results",
        scope="evaluation:read", tag=_TAG, summary=_("Festgehaltene Ergebnisse lesen"),
        work=list_results, answer="ResultList", parameters=(ID,),
        description=_("Jede Zelle ist [Einreichungen, Summe, Mittelwert]; unterdrückte Zahlen sind"
                      " null. Höchstens die 50 jüngsten."),
    ),
)  # fmt: skip
