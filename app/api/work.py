"""What is to be done on submissions that came in: open Rückfragen, answers to them, later steps."""

from __future__ import annotations

from app import database
from app.api.operations import Call, Operation, Result
from app.api.problems import Problem
from app.api.subjects import ID, found_submission, summary_of
from forms.expressions.nodes import Json
from forms.procedure.inquiries import waiting_inquiries
from forms.procedure.models import Inquiry
from forms.procedure.states import TransitionRefused
from forms.procedure.viewing import readable_form
from forms.procedure.working import begin_work, find_work, possible_work
from forms.publishing import definition_of
from forms.viewer import Viewer
from tenants.context import current_scope
from tenants.language import _


def list_inquiries(call: Call) -> Result:
    """List the open Rückfragen that the bearer may read, the most urgent first."""
    found = waiting_inquiries(database.session())
    shown = (_inquiry(one, call.bearer.viewer) for one in found)
    items: list[Json] = [one for one in shown if one]
    return Result({"items": items})


def _inquiry(inquiry: Inquiry, viewer: Viewer) -> dict[str, Json]:
    """Return a Rückfrage, empty when it is about nothing that the viewer sees."""
    submission = inquiry.submission
    readable = readable_form(definition_of(submission.form_version), viewer)
    named = [one for one in readable.fields.values() if one.id in inquiry.field_ids]
    if not named:
        return {}
    return {
        "id": inquiry.id,
        "submission": submission.id,
        "form": submission.form_version.form.key,
        "kind": inquiry.kind,
        "text": inquiry.text,
        "asked_at": inquiry.asked_at.isoformat(),
        "due_on": inquiry.due_on.isoformat(),
        "fields": [{"key": one.key, "label": one.label} for one in named],
        "is_ours": possible_work(submission, viewer) == "answer",
    }


def continue_submission(call: Call) -> Result:
    """Open the draft for what is to be done on a submission; begun once, whoever asks again."""
    session = database.session()
    submission = found_submission(session, call, lock=True)
    if submission.state == "draft":
        raise Problem(409, _("Das ist selbst ein Entwurf."))
    begun = find_work(session, submission, possible_work(submission, call.bearer.viewer))
    if begun is not None and begun.account_id != current_scope().account_id:
        raise Problem(409, _("Daran arbeitet bei Ihnen schon jemand anderes, auf den Seiten."))
    try:
        draft = begin_work(
            session, submission, viewer=call.bearer.viewer, person_name=call.bearer.name
        )
    except TransitionRefused as error:
        raise Problem(409, str(error)) from None
    return Result(summary_of(draft), location=f"/submissions/{draft.id}")


_TAG = _("Rückfragen und Schritte")

WORK_OPERATIONS = (
    Operation(
        name="listInquiries", method="GET", path="/inquiries", scope="submissions:read", tag=_TAG,
        summary=_("Offene Rückfragen auflisten, die dringendste zuerst"), work=list_inquiries,
        answer="InquiryList",
        description=_("Höchstens 100. „fields“ nennt die Felder, die wieder offen sind, „due_on“"
                      " den letzten Tag der Frist."),
    ),
    Operation(
        name="continueSubmission", method="POST", path="/submissions/{id}/work",
        scope="submissions:write", tag=_TAG,
        summary=_("Rückfrage, Schritt oder Berichtigung beginnen"), work=continue_submission,
        status=201, answer="Submission", parameters=(ID,), is_kept=True,
        description=_("Was zu tun ist, sagt „purpose“ des Entwurfs: „answer“ (Rückfrage), „step“,"
                      " „resubmit“ oder „correct“. Er wird wie jeder andere ausgefüllt und"
                      " eingereicht; änderbar sind nur die Felder, um die es geht."),
    ),
)  # fmt: skip
