"""Publishing a form: what changes, asking for it, and the second person's decision."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.views.bound_templates import Message, bind_with_messages, forecast_rows
from app.views.building.placeholders import printed_placeholders
from app.views.presenting import GRADE_KINDS, change_groups, moment, sentence_start
from app.views.release_entry import EntryError, ReleaseEntry, first_entry, read_entry
from app.views.release_texts import GRADE_TEXTS, POLICY_TEXTS
from forms.building.drafting import find_draft
from forms.building.models import FormDraft
from forms.german import paragraphs
from forms.models import Form, FormVersion
from forms.publishing import get_version, latest_version
from forms.versions.changes import FormDiff, Grade, Step
from forms.versions.diff import compare_forms
from forms.versions.findings import ReleaseFindings, findings_of
from forms.versions.models import DRAFT_POLICIES, RELEASE_STATES, FormRelease
from forms.versions.releasing import (
    ReleaseBlocked,
    ReleaseRefused,
    ReleaseUnknown,
    approve_release,
    find_release,
    open_release,
    request_release,
    return_release,
    withdraw_release,
)
from forms.versions.upgrading import open_draft_counts
from forms.versions.validities import validity_of
from forms.versions.validity import berlin_day
from tenants.context import current_tenant_id
from tenants.database import now
from tenants.language import _

releases = Blueprint("releases", __name__, url_prefix="/baukasten")

Page = str | Response | tuple[str, int]


def form_of(form_id: object) -> Form:
    """Return a form of the tenant. 404 for any other."""
    form = database.session().get(Form, (current_tenant_id(), str(form_id)))
    if form is None:
        abort(404)
    return form


@releases.route("/<uuid:form_id>/veroeffentlichen", methods=["GET", "POST"])
@requires("can_edit", "Forms")
def publish(form_id: object) -> Page:
    """Show what publishing would change and, on POST, ask for it."""
    form = form_of(form_id)
    waiting = open_release(database.session(), form.id)
    if waiting is not None:
        return redirect(url_for("releases.review", form_id=form.id, release_id=waiting.id))
    draft = find_draft(database.session(), form.id)
    if draft is None:
        return _request_page(form, None, {}, ())
    today, latest_name = berlin_day(now()), _latest_name(form)
    if request.method == "GET":
        diff = _diff(form, draft)
        first = first_entry(today, diff.step if diff else Step.MAJOR)
        return _request_page(form, draft, first, ())
    entry = read_entry(request.form, today=today, latest_name=latest_name)
    if entry.errors:
        return _request_page(form, draft, entry.typed, entry.errors), 422
    return _request(form, draft, entry)


def _request(form: Form, draft: FormDraft, entry: ReleaseEntry) -> Page:
    session, actor = database.session(), current_actor()
    try:
        release = request_release(
            session, draft, entry.plan, comment=entry.comment, person_name=actor.name
        )
        messages: list[Message] = []
        if not actor.tenant.four_eyes:
            version = approve_release(session, release, four_eyes=False, person_name=actor.name)
            messages = bind_with_messages(session, version)
    except (ReleaseBlocked, ReleaseRefused) as error:
        session.rollback()
        problem = EntryError("", str(error))
        return _request_page(form_of(form.id), _draft(form.id), entry.typed, (problem,)), 422
    session.commit()
    if actor.tenant.four_eyes:
        flash(_("Die Veröffentlichung ist beantragt. Eine zweite Person gibt sie frei."), "success")
        return redirect(url_for("releases.review", form_id=form.id, release_id=release.id))
    flash(_("Fassung {name} ist veröffentlicht.").format(name=release.name), "success")
    _flash_all(messages)
    return redirect(url_for("form_versions.index", form_id=form.id))


def _flash_all(messages: list[Message]) -> None:
    for category, text in messages:
        flash(text, category)


def _draft(form_id: str) -> FormDraft | None:
    return find_draft(database.session(), form_id)


def _latest_name(form: Form) -> str:
    latest = latest_version(database.session(), form.id)
    return validity_of(database.session(), latest.id).name if latest else ""


def _diff(form: Form, draft: FormDraft) -> FormDiff | None:
    latest = latest_version(database.session(), form.id)
    return compare_forms(latest.definition, draft.document) if latest else None


def _request_page(
    form: Form,
    draft: FormDraft | None,
    typed: Mapping[str, str],
    errors: tuple[EntryError, ...],
) -> str:
    session = database.session()
    diff = _diff(form, draft) if draft else None
    findings = _findings(draft) if draft else ReleaseFindings((), (), 0)
    latest_name = _latest_name(form)
    is_first = not latest_name
    return render_template(
        "versions/publish.html",
        form={"title": form.title, "latest": latest_name, "is_first": is_first},
        may_publish=draft is not None
        and not findings.errors
        and (is_first or bool(diff and diff.changes)),
        has_draft=draft is not None,
        findings=findings.errors,
        warnings=findings.warnings,
        trials_passed=findings.trials_passed,
        templates=forecast_rows(session, form.id, draft.document)
        if draft is not None and not findings.errors
        else None,
        four_eyes=current_actor().tenant.four_eyes,
        open_drafts=sum(open_draft_counts(session, form.id).values()),
        steps=[
            {
                "value": step.name,
                "label": f"{step.after(latest_name)} – {step.label}",
                "suggested": diff is not None and step is diff.step,
            }
            for step in ((Step.MAJOR,) if is_first else (Step.MAJOR, Step.MINOR, Step.PATCH))
        ],
        policies=_policies(),
        typed=typed,
        errors=errors,
        has_errors=bool(errors),
        **_diff_variables(diff),
        urls=urls_of(form.id),
    )


def _findings(draft: FormDraft) -> ReleaseFindings:
    session = database.session()
    printed = printed_placeholders(session, draft)
    return findings_of(session, draft.form_id, draft.document, printed)


def _policies() -> list[dict[str, str]]:
    return [
        {"value": value, "label": sentence_start(label), "text": POLICY_TEXTS[value]}
        for value, label in DRAFT_POLICIES.items()
    ]


def _diff_variables(diff: FormDiff | None) -> dict[str, object]:
    changes = diff.changes if diff else ()
    return {
        "groups": change_groups(changes),
        "grades": [
            {
                "badge": {"kind": GRADE_KINDS[grade], "text": grade.label},
                "count": sum(1 for change in changes if change.grade is grade),
                "text": GRADE_TEXTS[grade],
            }
            for grade in Grade
        ],
        "step_text": diff.step.label if diff and diff.changes else "",
    }


def urls_of(form_id: str) -> dict[str, str]:
    """Return the addresses that the pages about versions of a form share."""
    return {
        "overview": url_for("forms.index"),
        "history": url_for("form_versions.index", form_id=form_id),
        "publish": url_for("releases.publish", form_id=form_id),
        "build": url_for("building.show", form_id=form_id),
        "findings": url_for("building.findings", form_id=form_id),
    }


@releases.get("/<uuid:form_id>/freigabe/<uuid:release_id>")
@requires("can_edit", "Forms")
def review(form_id: object, release_id: object) -> Page:
    """Show what was asked for, and how it was decided."""
    form = form_of(form_id)
    return _review_page(form, _release(form, release_id))


def _release(form: Form, release_id: object, *, lock: bool = False) -> FormRelease:
    try:
        release = find_release(database.session(), str(release_id), lock=lock)
    except ReleaseUnknown:
        abort(404)
    if release.form_id != form.id:
        abort(404)
    return release


def _review_page(form: Form, release: FormRelease, problem: str = "", comment: str = "") -> str:
    session = database.session()
    base = release.base_version_id
    diff = None
    if base is not None:
        latest = latest_version(session, form.id) if release.form_version_id is None else None
        version = latest if latest and latest.id == base else _version(base)
        diff = compare_forms(version.definition, release.document)
    actor = current_actor()
    is_own = release.requested_by == actor.account_id
    is_open = release.state == "requested"
    return render_template(
        "versions/review.html",
        form={"title": form.title, "is_first": base is None},
        release={
            "name": release.name,
            "state": release_status(release),
            "requested_by": release.requested_by_name,
            "requested_at": moment(release.requested_at),
            "request_comment": paragraphs(release.request_comment),
            "decided_by": release.decided_by_name,
            "decided_at": moment(release.decided_at),
            "decision_comment": paragraphs(release.decision_comment),
            "binding_from": release.binding_from.strftime("%d.%m.%Y"),
            "grace_days": release.grace_days,
            "closes_at": moment(release.closes_at),
            "policy": sentence_start(DRAFT_POLICIES[release.draft_policy]),
            "policy_text": POLICY_TEXTS[release.draft_policy],
            "user_note": paragraphs(release.user_note),
            "must_be_read": release.must_be_read,
        },
        open_drafts=sum(open_draft_counts(session, form.id).values()),
        templates=forecast_rows(session, form.id, release.document) if is_open else None,
        may_approve=is_open and not (is_own and actor.tenant.four_eyes),
        may_withdraw=is_open and is_own,
        problem=problem,
        comment=comment,
        has_errors=bool(problem),
        **_diff_variables(diff),
        urls={
            **urls_of(form.id),
            "decide": url_for("releases.decide", form_id=form.id, release_id=release.id),
        },
    )


def _version(version_id: str) -> FormVersion:
    return get_version(database.session(), version_id)


def release_status(release: FormRelease) -> dict[str, str]:
    """Return the state of a request as a badge."""
    kinds = {"requested": "info", "published": "success", "returned": "warning"}
    return {
        "kind": kinds.get(release.state, "neutral"),
        "text": sentence_start(RELEASE_STATES[release.state]),
    }


@releases.post("/<uuid:form_id>/freigabe/<uuid:release_id>")
@requires("can_edit", "Forms")
def decide(form_id: object, release_id: object) -> Page:
    """Publish what was asked for, give it back, or take back one's own wish."""
    form = form_of(form_id)
    session, actor = database.session(), current_actor()
    release = _release(form, release_id, lock=True)
    comment = request.form.get("comment", "").strip()[:2000]
    action = request.form.get("action", "")
    messages: list[Message] = []
    try:
        if action == "approve":
            version = approve_release(
                session,
                release,
                four_eyes=actor.tenant.four_eyes,
                comment=comment,
                person_name=actor.name,
            )
            messages = bind_with_messages(session, version)
            text = _("Fassung {name} ist veröffentlicht.").format(name=release.name)
        elif action == "withdraw":
            withdraw_release(session, release, person_name=actor.name)
            text = _("Der Antrag ist zurückgezogen. Der Entwurf kann wieder bearbeitet werden.")
        else:
            return_release(session, release, comment=comment, person_name=actor.name)
            text = _("Der Vordruck ist zur Überarbeitung zurückgegeben.")
    except (ReleaseRefused, ReleaseBlocked) as error:
        session.rollback()
        form = form_of(form_id)
        return _review_page(form, _release(form, release_id), str(error), comment), 422
    session.commit()
    flash(text, "success")
    _flash_all(messages)
    return redirect(url_for("form_versions.index", form_id=form.id))
