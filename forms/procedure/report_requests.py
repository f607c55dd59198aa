"""Asking Träger for reports: what is due when, extensions, and what came in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.models import Form, FormVersion, Submission
from forms.procedure.models import ReportRequest
from forms.procedure.return_rate import Requested
from forms.surroundings import today_in_berlin
from forms.working_days import HolidaysOfYear, next_working_day
from tenants.audit import record_concerning
from tenants.context import current_scope
from tenants.language import _
from tenants.models import Organisation


class RequestUnknown(LookupError):
    """There is no such request that the acting person may see."""


class RequestRefused(ValueError):
    """The request or extension is not possible; ``field`` is the entry that is wrong."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def request_report(
    session: Session,
    form: Form,
    organisation: Organisation,
    *,
    period: str,
    due_on: date,
    note: str = "",
    holidays_in: HolidaysOfYear,
) -> ReportRequest:
    """Ask ``organisation`` for ``form`` about ``period`` until ``due_on``.

    A deadline on Sonnabend, Sonntag or Feiertag ends on the next working day (§ 26 Abs. 3
    SGB X). Asked for again, the request that is there is returned as it is. Raises
    `RequestRefused`. Permission: Fachkraft, Koordination.
    """
    known = session.scalars(
        select(ReportRequest).where(
            ReportRequest.form_id == form.id,
            ReportRequest.organisation_id == organisation.id,
            ReportRequest.period == period,
        )
    ).first()
    if known is not None:
        return known
    if not period or len(period) > 20:
        raise RequestRefused("period", _("Geben Sie an, wofür berichtet wird, etwa „2026“."))
    due = next_working_day(due_on, holidays_in)
    request = ReportRequest(
        form_id=form.id,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        period=period,
        first_due_on=due,
        due_on=due,
        note=note.strip()[:2000],
    )
    session.add(request)
    session.flush()
    _record(session, "report.requested", request)
    return request


def list_requests(
    session: Session, *, form_id: str = "", period: str = "", limit: int = 500
) -> list[ReportRequest]:
    """Return the requests that the acting side may see, the most urgent first."""
    query = select(ReportRequest).order_by(ReportRequest.due_on, ReportRequest.organisation_name)
    if form_id:
        query = query.where(ReportRequest.form_id == form_id)
    if period:
        query = query.where(ReportRequest.period == period)
    return list(session.scalars(query.limit(limit)))


def open_requests(session: Session) -> list[ReportRequest]:
    """Return the requests to which nothing came in yet, the most urgent first; at most 100."""
    return list(
        session.scalars(
            select(ReportRequest)
            .where(ReportRequest.state == "open", ReportRequest.received_at.is_(None))
            .order_by(ReportRequest.due_on, ReportRequest.organisation_name)
            .limit(100)
        )
    )


def find_request(session: Session, request_id: str, *, lock: bool = False) -> ReportRequest:
    """Return a request that the acting side may see. Raises `RequestUnknown`."""
    query = select(ReportRequest).where(ReportRequest.id == request_id)
    if lock:
        query = query.with_for_update(of=ReportRequest)
    request = session.scalars(query).first()
    if request is None:
        raise RequestUnknown(_("Diese Anforderung gibt es nicht."))
    return request


def tie_submission(session: Session, request: ReportRequest, submission: Submission) -> None:
    """Say that a draft is meant to answer a locked request."""
    request.submission_id = submission.id
    submission.period = request.period
    session.flush()


def receive_report(session: Session, submission: Submission) -> None:
    """Note in the request that its submission has come in, if one was asked for.

    What somebody began without going through the request counts as well, when form, Träger
    and period are those of the only request that waits.
    """
    if submission.organisation_id is None:
        return
    request = _request_of(session, submission) or _waiting_for(session, submission)
    if request is not None:
        request.submission_id = submission.id
        request.received_at = submission.submitted_at
        submission.period = request.period
        session.flush()


def give_back_report(session: Session, submission: Submission) -> None:
    """Let the request wait again after its submission was withdrawn."""
    request = _request_of(session, submission)
    if request is not None:
        request.received_at = None


def _request_of(session: Session, submission: Submission) -> ReportRequest | None:
    return session.scalars(
        select(ReportRequest).where(ReportRequest.submission_id == submission.id)
    ).first()


def _waiting_for(session: Session, submission: Submission) -> ReportRequest | None:
    waiting = session.scalars(
        select(ReportRequest)
        .join(
            FormVersion,
            (FormVersion.tenant_id == ReportRequest.tenant_id)
            & (FormVersion.form_id == ReportRequest.form_id),
        )
        .where(
            FormVersion.id == submission.form_version_id,
            ReportRequest.organisation_id == submission.organisation_id,
            ReportRequest.state == "open",
            ReportRequest.received_at.is_(None),
        )
        .limit(2)
    ).all()
    return waiting[0] if len(waiting) == 1 else None


def ask_for_extension(
    session: Session, request: ReportRequest, *, until: date, reason: str
) -> None:
    """Ask the office for a later day. Raises `RequestRefused`. Permission: the Träger."""
    if request.state != "open" or request.received_at is not None:
        raise RequestRefused("until", _("Zu dieser Anforderung ist nichts mehr offen."))
    if until <= request.due_on:
        raise RequestRefused("until", _("Der neue Termin muss nach der bisherigen Frist liegen."))
    if not reason.strip():
        raise RequestRefused("reason", _("Begründen Sie kurz, warum Sie mehr Zeit brauchen."))
    request.extension_state = "requested"
    request.extension_until = until
    request.extension_reason = reason.strip()[:2000]
    _record(session, "report.extension_requested", request)


def decide_extension(
    session: Session, request: ReportRequest, *, granted: bool, holidays_in: HolidaysOfYear
) -> None:
    """Grant or refuse the extension that was asked for; the first deadline stays known.

    Raises `RequestRefused`. Permission: Fachkraft, Koordination.
    """
    if request.extension_state != "requested" or request.extension_until is None:
        raise RequestRefused("", _("Eine Fristverlängerung ist nicht beantragt."))
    request.extension_state = "granted" if granted else "refused"
    if granted:
        request.due_on = next_working_day(request.extension_until, holidays_in)
    _record(session, f"report.extension_{request.extension_state}", request)


def dispense(session: Session, request: ReportRequest) -> None:
    """Do without the report. Raises `RequestRefused`. Permission: Fachkraft, Koordination."""
    if request.received_at is not None:
        raise RequestRefused("", _("Der Bericht ist schon eingegangen."))
    request.state = "dispensed"
    _record(session, "report.dispensed", request)


def requested_facts(session: Session, requests: Iterable[ReportRequest]) -> list[Requested]:
    """Return of each request what the Rücklauf counts (`forms.procedure.return_rate`)."""
    listed = list(requests)
    ids = [one.submission_id for one in listed if one.submission_id is not None]
    accepted = {
        row.id: row.accepted_at
        for row in session.execute(
            select(Submission.id, Submission.accepted_at).where(Submission.id.in_(ids))
        )
        if row.accepted_at is not None
    }
    return [
        Requested(
            due_on=one.first_due_on,
            received_on=today_in_berlin(one.received_at) if one.received_at else None,
            accepted_on=today_in_berlin(accepted[one.submission_id])
            if one.submission_id in accepted
            else None,
            is_dispensed=one.state == "dispensed",
        )
        for one in listed
    ]


def partner_organisations(session: Session) -> list[Organisation]:
    """Return the Träger that work with the tenant in scope, by name. Permission: the office."""
    if current_scope().organisation_id is not None:
        return []
    return list(session.scalars(select(Organisation).order_by(Organisation.name)))


def _record(session: Session, action: str, request: ReportRequest) -> None:
    session.flush()
    record_concerning(
        session,
        request.organisation_id,
        action,
        "report_request",
        request.id,
        period=request.period,
    )
