"""What waits for the acting person: the inbox on the first page of a tenant."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import select

from app import database
from app.security.access import current_actor
from app.security.manager import allowed
from app.views.presenting import Row, day, draft_title, inquiry_view, moment, submission_status
from app.views.procedure import whom_text
from app.views.report_rows import reminder_text, request_rows
from app.views.signings.room import signing_status
from app.views.version_readings import reading_rows
from document_templates.signing.reading import own_signature, waiting_for_me
from forms.german import format_date
from forms.models import Submission
from forms.procedure.deadlines import COORDINATION, reached_by
from forms.procedure.deciding import decisions
from forms.procedure.inquiries import waiting_inquiries
from forms.procedure.models import Inquiry
from forms.procedure.reminding import reminders_of
from forms.procedure.report_requests import open_requests
from forms.procedure.states import DECIDING
from forms.procedure.working import possible_work
from forms.publishing import definition_of
from forms.submitting import own_drafts
from forms.viewer import Viewer
from tenants.language import _

_WAITING = ("submitted", "answered", "checking")
_MOST = 50
ASKING = frozenset({"fachkraft", "wjh"})
"""Roles of the office that wait for an answer themselves."""


def task_rows() -> list[Row]:
    """Return everything that waits, the most pressing kinds first."""
    rows: list[Row] = []
    if allowed("can_list", "Submissions"):
        rows += _inquiries()
    if allowed("can_list", "Reports"):
        rows += _requests()
    if allowed("can_read", "Forms"):
        rows += reading_rows(current_actor().viewer)
    if allowed("can_review", "Submissions"):
        rows += _submissions()
    if allowed("can_list", "Signings"):
        rows += _signatures()
    return rows + _drafts()


def _signatures() -> list[Row]:
    """Return the documents that wait for the signature of the person, with any reminder."""
    rows: list[Row] = []
    for one in waiting_for_me(database.session()):
        mine = own_signature(one)
        words = [
            _("Bitte unterschreiben, {number}").format(number=one.number),
            _("Frist {day}").format(day=format_date(one.due_on)) if one.due_on else "",
            _("Erinnerung vom {day}").format(day=day(mine.reminded_at))
            if mine and mine.reminded_at
            else "",
        ]
        rows.append(
            {
                "title": one.title,
                "text": " · ".join(filter(None, words)),
                "url": url_for("signings.show", signing_id=one.id),
                "status": signing_status(one),
            }
        )
    return rows


def _inquiries() -> list[Row]:
    """Rückfragen to the acting person; the office learns of all whose deadline has passed."""
    actor = current_actor()
    own = actor.account_id if actor.sees_own_only else None
    found = waiting_inquiries(database.session(), account_id=own)
    is_office = actor.capacity.organisation_id is None
    given = reminders_of(database.session(), inquiries=[one.id for one in found]) if found else {}
    rows = []
    for one in found:
        view = inquiry_view(one)
        reminders = given.get(one.id)
        is_ours = possible_work(one.submission, actor.viewer) == "answer"
        reaches = view["is_late"] and _reaches_office(reminders[-1].days if reminders else 0)
        if is_office and not is_ours and not reaches:
            continue
        rows.append(
            {
                "title": f"{view['kind']}: {one.submission.form_version.form.title}",
                "text": " · ".join(
                    filter(
                        None,
                        (
                            _inquiry_text(one, str(view["due"]), is_ours=is_ours or not is_office),
                            reminder_text(reminders[-1].days) if reminders else "",
                        ),
                    )
                ),
                "url": url_for("submissions.show", submission_id=one.submission_id),
                "status": view["status"],
            }
        )
    return rows


def _reaches_office(days: int) -> bool:
    """Say whether the office learns of a reminder ``days`` after a deadline.

    Whoever asked sees at once that it has passed; to the Koordination it is handed on.
    """
    if current_actor().viewer.roles & ASKING:
        return days >= 0
    return COORDINATION in reached_by(days)


def _inquiry_text(one: Inquiry, due: str, *, is_ours: bool) -> str:
    if is_ours:
        return _("Bitte bis {day} beantworten, Vorgang {number}").format(
            day=due, number=one.submission.number or ""
        )
    procedure = definition_of(one.submission.form_version).procedure
    text = _("{party}: seit {day} ohne Antwort").format(
        party=whom_text(one.submission, procedure.role_of(one.step)), day=due
    )
    # The law asks for a decision of a person: nothing is refused by itself.
    return f"{text} – {_('§ 66 SGB I prüfen')}" if one.kind == "supplement" else text


def _requests() -> list[Row]:
    """Requests that wait for the Träger; of the office those that are late or to be decided."""
    is_office = current_actor().capacity.organisation_id is None
    found = open_requests(database.session())
    rows = []
    for one, row in zip(found, request_rows(found), strict=True):
        days = row["reminder_days"]
        reaches = isinstance(days, int) and _reaches_office(days)
        if is_office and one.extension_state != "requested" and not reaches:
            continue
        words = [
            str(row["party"]) if is_office else "",
            _("Frist {day}").format(day=row["due"]),
            str(row["reminder"]),
        ]
        rows.append(
            {
                "title": f"{row['title']} {row['period']}",
                "text": " · ".join(filter(None, words)),
                "url": row["url"],
                "status": row["status"],
            }
        )
    return rows


def _submissions() -> list[Row]:
    """Submissions of which the acting person of the office is to do something."""
    viewer = current_actor().viewer
    found = database.session.scalars(
        select(Submission)
        .where(Submission.state.in_(_WAITING))
        .order_by(Submission.updated_at)
        .limit(_MOST)
    )
    return [
        {
            "title": draft_title(one),
            "text": _("{party}, eingegangen {when}").format(
                party=one.organisation_name or _("Eigenes Amt"), when=moment(one.submitted_at)
            ),
            "url": url_for("submissions.show", submission_id=one.id),
            "status": submission_status(one),
        }
        for one in found
        if _awaits(one, viewer)
    ]


def _awaits(submission: Submission, viewer: Viewer) -> bool:
    """Say whether the submission waits for the person rather than for a colleague.

    Whoever may begin the check without deciding is awaited where the next step is its own.
    """
    acts = {act.action for act in decisions(submission, viewer)}
    if "review" in acts or possible_work(submission, viewer) == "step":
        return True
    procedure = definition_of(submission.form_version).procedure
    is_next = procedure.role_of(submission.step) in viewer.roles
    return "check" in acts and (is_next or bool(viewer.roles & DECIDING))


def _drafts() -> list[Row]:
    return [
        {
            "title": draft_title(draft),
            "text": _("Entwurf, gespeichert {when}").format(when=moment(draft.updated_at)),
            "url": url_for("filling.resume", submission_id=draft.id),
            "status": {"kind": "info", "text": _("Entwurf")},
        }
        for draft in own_drafts(database.session())
    ]
