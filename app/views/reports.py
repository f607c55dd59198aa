"""Reports that the office asks Träger for: the list of both sides, and one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.presenting import moment, reminded_text, submission_status
from app.views.report_rows import filter_options, is_waiting, request_rows
from forms.german import format_date, read_date
from forms.models import Form, FormVersion, Submission
from forms.procedure.models import ReportRequest
from forms.procedure.reminding import reminders_of
from forms.procedure.report_requests import (
    RequestRefused,
    RequestUnknown,
    ask_for_extension,
    decide_extension,
    dispense,
    find_request,
    list_requests,
    partner_organisations,
    request_report,
    requested_facts,
    tie_submission,
)
from forms.procedure.return_rate import return_rate
from forms.publishing import definition_of, find_form, published_forms
from forms.submitting import start_submission
from forms.surroundings import today_in_berlin
from forms.tenant_surroundings import current_surroundings
from tenants.context import current_tenant_id
from tenants.language import _

reports = Blueprint("reports", __name__, url_prefix="/anforderungen")

Page = str | Response | tuple[str, int]


@reports.get("/")
@requires("can_list", "Reports")
def index() -> str:
    """List what was asked for: the office sees every Träger, a Träger its own."""
    session = database.session()
    form_id, period = request.args.get("vordruck", "")[:40], request.args.get("zeitraum", "")[:20]
    every = list_requests(session)
    found = [one for one in every if form_id in ("", one.form_id) and period in ("", one.period)]
    rate = return_rate(requested_facts(session, found), today_in_berlin())
    forms = {one.form_id: one.form.title for one in every}
    return render_template(
        "reports/list.html",
        requests=request_rows(found),
        rate=rate,
        filter={
            "forms": filter_options(forms, form_id, _("Alle Vordrucke")),
            "periods": filter_options(
                {one.period: one.period for one in every}, period, _("Jeder Zeitraum")
            ),
        },
        is_filtered=bool(form_id or period),
        is_office=current_actor().capacity.organisation_id is None,
        urls={
            "list": url_for("reports.index"),
            "new": url_for("reports.new") if allowed("can_request", "Reports") else "",
            "returns": url_for("returns.show") if allowed("can_request", "Reports") else "",
        },
    )


@dataclass
class RequestEntry:
    """A request as it is being written."""

    form_key: str = ""
    organisation_ids: list[str] = field(default_factory=list)
    period: str = ""
    due: str = ""
    note: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@reports.route("/neu", methods=["GET", "POST"])
@requires("can_request", "Reports")
def new() -> Page:
    """Ask one or several Träger for a form."""
    if request.method == "GET":
        return _new_page(RequestEntry())
    entry = RequestEntry(
        form_key=request.form.get("form", "")[:80],
        organisation_ids=request.form.getlist("organisation")[:500],
        period=request.form.get("period", "").strip()[:40],
        due=request.form.get("due_on", "")[:40],
        note=request.form.get("note", ""),
    )
    due_on, wanted = _checked(entry)
    if entry.errors or due_on is None or wanted is None:
        return _new_page(entry), 422
    session = database.session()
    holidays_in = current_surroundings(session).holidays_in
    chosen = [one for one in partner_organisations(session) if one.id in entry.organisation_ids]
    try:
        made = [
            request_report(
                session, wanted, organisation, period=entry.period, due_on=due_on,
                note=entry.note, holidays_in=holidays_in,
            )
            for organisation in chosen
        ]  # fmt: skip
    except RequestRefused as error:
        session.rollback()
        entry.errors[error.field] = str(error)
        return _new_page(entry), 422
    session.commit()
    flash(
        _("{n} Anforderungen, fällig am {day}.").format(
            n=len(made), day=format_date(made[0].due_on)
        ),
        "success",
    )
    return redirect(url_for("reports.index"))


def _checked(entry: RequestEntry) -> tuple[date | None, Form | None]:
    """Read day and form of an entry and note what is wrong with it."""
    forms = {one.form.key: one.form for one in _requestable()}
    wanted, due_on = forms.get(entry.form_key), read_date(entry.due)
    known = {one.id for one in partner_organisations(database.session())}
    if wanted is None:
        entry.errors["form"] = _("Wählen Sie den Vordruck.")
    if not entry.organisation_ids or not known.issuperset(entry.organisation_ids):
        entry.errors["traeger"] = _("Kreuzen Sie mindestens einen Träger an.")
    if not entry.period or len(entry.period) > 20:
        entry.errors["period"] = _("Geben Sie an, wofür berichtet wird, etwa „2026“.")
    if due_on is None or due_on <= today_in_berlin():
        entry.errors["due_on"] = _("Geben Sie einen künftigen Tag an, etwa 31.03.2027.")
    return due_on, wanted


def _requestable() -> list[FormVersion]:
    """Return the published forms that a Träger begins."""
    return [
        version
        for version in published_forms(database.session())
        if definition_of(version).procedure.role_of(0) in ("", "traeger")
    ]


def _new_page(entry: RequestEntry) -> str:
    return render_template(
        "reports/new.html",
        entry=entry,
        forms=[
            {
                "value": version.form.key,
                "label": version.form.title,
                "selected": version.form.key == entry.form_key,
            }
            for version in _requestable()
        ],
        organisations=[
            {"id": one.id, "name": one.name, "ticked": one.id in entry.organisation_ids}
            for one in partner_organisations(database.session())
        ],
        errors=[{"html_id": name, "text": text} for name, text in entry.errors.items()],
        has_errors=bool(entry.errors),
        urls={"ask": url_for("reports.new"), "list": url_for("reports.index")},
    )


def _found(report_id: object, *, lock: bool = False) -> ReportRequest:
    try:
        return find_request(database.session(), str(report_id), lock=lock)
    except RequestUnknown:
        abort(404)


@reports.get("/<uuid:report_id>")
@requires("can_list", "Reports")
def show(report_id: object) -> str:
    """Show a request: what it is about, until when, and what each side may do."""
    return _request_page(_found(report_id), {})


def _request_page(one: ReportRequest, errors: Mapping[str, str]) -> str:
    is_office = current_actor().capacity.organisation_id is None
    may_decide = is_office and allowed("can_request", "Reports")
    may_answer = not is_office and is_waiting(one)
    submission = _submission_of(one)
    names = ("begin", "extend", "decide", "dispense")
    return render_template(
        "reports/show.html",
        request=request_rows([one])[0],
        first_due=format_date(one.first_due_on) if one.first_due_on != one.due_on else "",
        note=one.note,
        requested_at=moment(one.requested_at),
        received_at=moment(one.received_at),
        reminded=reminded_text(reminders_of(database.session(), requests=[one.id]).get(one.id, [])),
        extension={
            "until": format_date(one.extension_until) if one.extension_until else "",
            "reason": one.extension_reason,
            "is_open": one.extension_state == "requested",
        },
        submission={
            "status": submission_status(submission),
            "url": url_for("submissions.show", submission_id=submission.id),
        }
        if submission
        else None,
        may_begin=may_answer,
        begin_label=_("Weiter ausfüllen") if one.submission_id else _("Ausfüllen"),
        may_extend=may_answer and one.extension_state != "requested",
        may_decide=may_decide and one.extension_state == "requested",
        may_dispense=may_decide and is_waiting(one),
        entry={
            "until": request.form.get("until", ""),
            "reason": request.form.get("reason", ""),
        },
        errors=[{"html_id": name, "text": text} for name, text in errors.items()],
        error_texts=errors,
        has_errors=bool(errors),
        urls={
            "list": url_for("reports.index"),
            **{name: url_for(f"reports.{name}", report_id=one.id) for name in names},
        },
    )


def _submission_of(one: ReportRequest) -> Submission | None:
    """Return the submission that answers a request, None while there is none to be seen."""
    if one.submission_id is None:
        return None
    return database.session.get(Submission, (current_tenant_id(), one.submission_id))


@reports.post("/<uuid:report_id>/beginnen")
@requires("can_answer", "Reports")
def begin(report_id: object) -> Response:
    """Lead to the draft that answers a request, begun on the first call."""
    one = _found(report_id, lock=True)
    actor, session = current_actor(), database.session()
    draft = _submission_of(one)
    if not is_waiting(one):
        flash(_("Zu dieser Anforderung ist nichts mehr offen."), "info")
        return redirect(url_for("reports.show", report_id=one.id))
    if draft is None:
        version = find_form(session, one.form.key).current
        if version is None:
            flash(_("Dieser Vordruck kann zurzeit nicht begonnen werden."), "warning")
            return redirect(url_for("reports.show", report_id=one.id))
        draft = start_submission(
            session,
            version.form_version,
            person_name=actor.name,
            organisation_name=actor.capacity.organisation_name,
            period=one.period,
            viewer=actor.viewer,
            own_only=actor.sees_own_only,
        )
        tie_submission(session, one, draft)
        session.commit()
    return redirect(url_for("filling.resume", submission_id=draft.id))


@reports.post("/<uuid:report_id>/fristverlaengerung")
@requires("can_answer", "Reports")
def extend(report_id: object) -> Page:
    """Ask for a later day."""
    one = _found(report_id, lock=True)
    until = read_date(request.form.get("until", "")[:40])
    if until is None:
        wrong = {"until": _("Geben Sie den neuen Termin als Datum an, etwa 15.04.2027.")}
        return _request_page(one, wrong), 422
    try:
        ask_for_extension(
            database.session(), one, until=until, reason=request.form.get("reason", "")
        )
    except RequestRefused as error:
        return _request_page(one, {error.field: str(error)}), 422
    database.session.commit()
    flash(_("Die Fristverlängerung ist beantragt."), "success")
    return redirect(url_for("reports.show", report_id=one.id))


@reports.post("/<uuid:report_id>/fristverlaengerung/entscheiden")
@requires("can_request", "Reports")
def decide(report_id: object) -> Response:
    """Grant or refuse a later day."""
    one = _found(report_id, lock=True)
    session = database.session()
    granted = request.form.get("decision") == "grant"
    try:
        decide_extension(
            session, one, granted=granted,
            holidays_in=current_surroundings(session).holidays_in,
        )  # fmt: skip
    except RequestRefused as error:
        session.rollback()
        flash(str(error), "warning")
        return redirect(url_for("reports.show", report_id=str(report_id)))
    session.commit()
    flash(
        _("Die Frist endet jetzt am {day}.").format(day=format_date(one.due_on))
        if granted
        else _("Die Fristverlängerung ist abgelehnt."),
        "success",
    )
    return redirect(url_for("reports.show", report_id=one.id))


@reports.post("/<uuid:report_id>/entbehrlich", endpoint="dispense")
@requires("can_request", "Reports")
def do_without(report_id: object) -> Response:
    """Do without a report."""
    one = _found(report_id, lock=True)
    try:
        dispense(database.session(), one)
    except RequestRefused as error:
        database.session.rollback()
        flash(str(error), "warning")
        return redirect(url_for("reports.show", report_id=str(report_id)))
    database.session.commit()
    flash(_("Der Bericht ist nicht mehr nötig; der Träger sieht das."), "success")
    return redirect(url_for("reports.show", report_id=one.id))
