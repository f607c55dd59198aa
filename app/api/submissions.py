"""Submissions for programs: listed and read."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.api.operations import Call, Operation, Parameter, Result
from app.api.paging import PAGING, cursor_of, read_cursor
from app.api.problems import Problem
from app.api.schemas import DAY, IDENTIFIER, STATES
from app.api.subjects import ID, found_submission, summary_of
from app.api.writing import writable_answers
from forms.answers import dump_value
from forms.elements import InfoField
from forms.exports.cells import readable_answers
from forms.expressions.nodes import Json
from forms.fields.registry import display_value
from forms.lists.intake import Place, Wanted, read_intake
from forms.lists.searching import SearchTooSlow
from forms.models import Form, Submission
from forms.procedure.reading import Reading, read_submission
from forms.procedure.worksheet import open_worksheet
from tenants.language import _

FILTERS = (
    Parameter(
        name="form",
        description=_("Schlüssel eines Vordrucks."),
        schema={"type": "string", "minLength": 1, "maxLength": 80},
    ),
    Parameter(
        name="state",
        description=_("Stand der Einreichung."),
        schema={"type": "string", "enum": [one for one in STATES if one != "draft"]},
    ),
    Parameter(
        name="submitted_from",
        description=_("Erster Tag des Eingangs, JJJJ-MM-TT."),
        schema=DAY,
    ),
    Parameter(
        name="submitted_until",
        description=_("Letzter Tag des Eingangs, JJJJ-MM-TT."),
        schema=DAY,
    ),
    Parameter(name="organisation", description=_("Kennung eines Trägers."), schema=IDENTIFIER),
)


def list_submissions(call: Call) -> Result:
    """List what came in, the oldest first."""
    session = database.session()
    wanted = _wanted(session, call)
    if wanted is None:
        return Result({"items": [], "next_cursor": None})
    try:
        found, has_more = read_intake(
            session, wanted, after=_place(call.text("cursor")), size=call.number("limit")
        )
    except SearchTooSlow as error:
        raise Problem(503, str(error)) from None
    items: list[Json] = [summary_of(one) for one in found]
    following = _cursor(found[-1]) if has_more else None
    return Result({"items": items, "next_cursor": following})


def _wanted(session: Session, call: Call) -> Wanted | None:
    """Return what is looked for, None when it names a form that is not there."""
    form_id = None
    if call.text("form"):
        form_id = session.scalars(select(Form.id).where(Form.key == call.text("form"))).first()
        if form_id is None:
            return None
    return Wanted(
        form_id=form_id,
        state=call.text("state"),
        organisation_id=call.text("organisation"),
        submitted_from=_day(call.text("submitted_from")),
        submitted_until=_day(call.text("submitted_until")),
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    day = date.fromisoformat(text)
    if not 1900 <= day.year <= 9000:
        raise Problem(400, _("Der Tag {day} liegt zu weit weg.").format(day=text))
    return day


def _place(cursor: str) -> Place | None:
    if not cursor:
        return None
    moment, submission_id = read_cursor(cursor, 2)
    try:
        at = datetime.fromisoformat(moment)
        return Place(datetime.fromtimestamp(at.timestamp(), at.tzinfo), str(UUID(submission_id)))
    except (ValueError, OverflowError, OSError):
        raise Problem(
            400, _("„cursor“ ist kein Wert, den eine vorige Seite genannt hat.")
        ) from None


def _cursor(submission: Submission) -> str:
    moment = submission.submitted_at
    return cursor_of(moment.isoformat() if moment else "", submission.id)


def show_submission(call: Call) -> Result:
    """Show a submission with its answers as the bearer may read them."""
    session = database.session()
    submission = found_submission(session, call)
    summary = summary_of(submission)
    if submission.state == "draft":
        sheet = open_worksheet(session, submission, call.bearer.viewer)
        answers: dict[str, Json] = {"answers": writable_answers(sheet), "masked": {}}
        return Result(summary | answers)
    reading = read_submission(session, submission, call.bearer.viewer)
    return Result(summary | {"answers": _answers(reading), "masked": _masked(reading)})


def _answers(reading: Reading) -> dict[str, Json]:
    fields = reading.form.fields
    stored = {
        key: dump_value(fields[key], value)
        for key, value in reading.evaluation.values.items()
        if value is not None and key in fields and not isinstance(fields[key], InfoField)
    }
    return readable_answers(fields, stored)


def _masked(reading: Reading) -> dict[str, Json]:
    """Return by key, shortened, the answers that the bearer need not see in full."""
    shown: dict[str, Json] = {}
    for key, value in reading.evaluation.values.items():
        field = reading.form.fields.get(key)
        if field is not None and field.is_masked and not isinstance(value, list | dict):
            shown[key] = display_value(field, value)
    return shown


_TAG = _("Einreichungen")

SUBMISSION_OPERATIONS = (
    Operation(
        name="listSubmissions", method="GET", path="/submissions", scope="submissions:read",
        tag=_TAG, summary=_("Einreichungen auflisten, die älteste zuerst"), work=list_submissions,
        answer="SubmissionPage", parameters=(*FILTERS, *PAGING),
        description=_("Was während des Blätterns eingeht, steht auf einer späteren Seite. Entwürfe"
                      " stehen nicht in der Liste."),
    ),
    Operation(
        name="getSubmission", method="GET", path="/submissions/{id}", scope="submissions:read",
        tag=_TAG, summary=_("Einreichung mit ihren Antworten lesen"), work=show_submission,
        answer="SubmissionDetail", parameters=(ID,),
        description=_("Was Ihr Token nur verkürzt sehen darf, steht nur verkürzt in „masked“."),
    ),
)  # fmt: skip
