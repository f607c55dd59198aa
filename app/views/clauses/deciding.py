"""Letting a version of a clause out: asked for by one person, decided by another."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from app import database
from app.security.access import current_actor, requires
from app.views.clauses.room import (
    Page,
    clause_of,
    clauses,
    content_view,
    state_badge,
    urls_of,
    version_row,
)
from app.views.presenting import moment
from app.views.template_comparing import difference_rows
from document_templates.clauses.comparing import compare_clauses
from document_templates.clauses.content import content_findings
from document_templates.clauses.keeping import (
    ClauseFaulty,
    approve_publication,
    newest_version,
    open_version,
    request_publication,
    return_publication,
    withdraw_publication,
)
from document_templates.clauses.models import Clause, ClauseVersion
from document_templates.clauses.pinning import templates_with
from document_templates.four_eyes import ReleaseRefused
from tenants.language import _


@clauses.get("/<uuid:clause_id>/freigabe")
@requires("can_edit", "Clauses")
def review(clause_id: object) -> Page:
    """Show what the draft changes, and who may let it out."""
    clause = clause_of(clause_id)
    version = open_version(database.session(), clause)
    if version is None:
        return redirect(url_for("clauses.show", clause_id=clause.id))
    return _review_page(clause, version)


def _review_page(
    clause: Clause, version: ClauseVersion, problem: str = "", comment: str = ""
) -> str:
    session, actor = database.session(), current_actor()
    newest = newest_version(session, clause)
    content = version.content
    findings = content_findings(content)
    is_own = version.requested_by == actor.account_id
    in_review = version.state == "in_review"
    return render_template(
        "clauses/review.html",
        clause={"title": clause.title, "key": clause.key},
        version={
            **version_row(version),
            **content_view(content),
            "state": state_badge(version),
            "requested_by": version.requested_by_name if in_review else "",
            "requested_at": moment(version.requested_at) if in_review else "",
        },
        difference=difference_rows(compare_clauses(newest.content, content)) if newest else None,
        newest=newest.number if newest else 0,
        findings=[finding.message for finding in findings],
        templates=len({one.template_id for one, _pin in templates_with(session, clause)}),
        four_eyes=actor.tenant.four_eyes,
        may_ask=not in_review and not findings,
        may_approve=in_review and not (is_own and actor.tenant.four_eyes),
        may_withdraw=in_review and is_own,
        comment=comment,
        errors=[{"html_id": "comment", "text": problem}] if problem else [],
        has_errors=bool(problem),
        urls={**urls_of(clause), "decide": url_for("clauses.decide", clause_id=clause.id)},
    )


@clauses.post("/<uuid:clause_id>/freigabe")
@requires("can_edit", "Clauses")
def decide(clause_id: object) -> Page:
    """Ask for the draft to be published, publish it, give it back, or take back one's wish."""
    clause = clause_of(clause_id)
    comment = request.form.get("comment", "").strip()[:2000]
    try:
        text, is_published = _act(clause, request.form.get("aktion", ""), comment)
    except (ReleaseRefused, ClauseFaulty) as error:
        database.session.rollback()
        clause = clause_of(clause_id)
        version = open_version(database.session(), clause)
        if version is None:
            flash(str(error), "danger")
            return redirect(url_for("clauses.show", clause_id=clause.id))
        return _review_page(clause, version, str(error), comment), 422
    database.session.commit()
    flash(text, "success")
    target = "clauses.show" if is_published else "clauses.review"
    return redirect(url_for(target, clause_id=clause_id))


def _act(clause: Clause, action: str, comment: str) -> tuple[str, bool]:
    """Do what a button says; return the message and whether a version was published."""
    session, actor = database.session(), current_actor()
    published = _(
        "Die Fassung ist veröffentlicht. Vorlagen behalten die ihre, bis Sie sie erneuern."
    )
    if action == "beantragen":
        request_publication(session, clause, person_name=actor.name)
        if not actor.tenant.four_eyes:
            approve_publication(session, clause, four_eyes=False, person_name=actor.name)
            return published, True
        return _("Die Veröffentlichung ist beantragt. Eine zweite Person gibt sie frei."), False
    if action == "freigeben":
        approve_publication(
            session, clause, four_eyes=actor.tenant.four_eyes, person_name=actor.name
        )
        return published, True
    if action == "zurueckziehen":
        withdraw_publication(session, clause)
        return _("Der Antrag ist zurückgezogen. Der Entwurf kann wieder bearbeitet werden."), False
    return_publication(session, clause, comment=comment, person_name=actor.name)
    return _("Der Entwurf ist zur Überarbeitung zurückgegeben."), False
