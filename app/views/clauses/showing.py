"""The list of clauses, one clause with its versions, one version, and what changed."""

from __future__ import annotations

from flask import abort, render_template, url_for

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.clauses.room import (
    Row,
    clause_of,
    clauses,
    condition_text,
    content_view,
    kind_text,
    may_edit,
    state_badge,
    urls_of,
    version_row,
)
from app.views.presenting import day
from app.views.template_comparing import difference_rows
from document_templates.clauses.comparing import compare_clauses
from document_templates.clauses.gaps import gap_report
from document_templates.clauses.keeping import (
    list_clauses,
    newest_version,
    open_version,
    versions_of,
    waiting_clauses,
)
from document_templates.clauses.models import Clause, ClauseVersion, TemplateClause
from document_templates.clauses.pinning import templates_with
from forms.surroundings import today_in_berlin


@clauses.get("/")
@requires("can_list", "Clauses")
def index() -> str:
    """List every clause with its version in use and where it stands."""
    waiting = waiting_clauses(database.session()) if may_edit() else []
    return render_template(
        "clauses/list.html",
        clauses=[_row(one) for one in list_clauses(database.session())],
        waiting=[
            {
                "title": version.clause.title,
                "number": version.number,
                "requested_by": version.requested_by_name,
                "url": url_for("clauses.review", clause_id=version.clause_id),
            }
            for version in waiting
            if version.requested_by != current_actor().account_id
        ],
        urls={"create": url_for("clauses.create") if may_edit() else ""},
    )


def _row(clause: Clause) -> Row:
    session = database.session()
    newest, opened = newest_version(session, clause), open_version(session, clause)
    shown = newest or opened
    used = templates_with(session, clause)
    return {
        "title": clause.title,
        "key": clause.key,
        "kind": kind_text(shown.content) if shown else "",
        "stands": condition_text(shown.content) if shown else "",
        "variants": len(shown.content.variants) if shown else 0,
        "number": newest.number if newest else 0,
        "open": state_badge(opened) if opened and may_edit() else None,
        "templates": len({version.template_id for version, _pin in used}),
        "outdated": any(_is_outdated(pin, newest) for _one, pin in used),
        "url": url_for("clauses.show", clause_id=clause.id),
    }


@clauses.get("/<uuid:clause_id>")
@requires("can_list", "Clauses")
def show(clause_id: object) -> str:
    """Show a clause as it is used, its versions, and the templates that hold it."""
    session, clause = database.session(), clause_of(clause_id)
    versions = [one for one in versions_of(session, clause) if _is_visible(one)]
    newest, opened = newest_version(session, clause), open_version(session, clause)
    shown = newest or (opened if may_edit() else None)
    report = gap_report(session, clause, today_in_berlin())
    return render_template(
        "clauses/show.html",
        clause={"title": clause.title, "key": clause.key},
        shown={**version_row(shown), **content_view(shown.content)} if shown else None,
        open={"number": opened.number, "state": opened.state, **version_row(opened)}
        if opened and may_edit()
        else None,
        versions=[_version_row(clause, one, newest) for one in versions],
        templates=[
            _template_urls(version.id)
            | {
                "title": version.template.title,
                "number": version.number,
                "clause_number": pin.clause_version.number,
                "is_outdated": _is_outdated(pin, newest),
                "is_reworded": bool(pin.texts),
            }
            for version, pin in templates_with(session, clause)
        ],
        agreements={"count": report.count, "lacking": len(report.lacking)},
        may_edit=may_edit(),
        urls=urls_of(clause),
    )


def _is_outdated(pin: TemplateClause, newest: ClauseVersion | None) -> bool:
    return newest is not None and pin.clause_version_id != newest.id


def _is_visible(version: ClauseVersion) -> bool:
    return version.state == "published" or may_edit()


def _template_urls(version_id: str) -> Row:
    if not allowed("can_edit", "Templates"):
        return {"url": "", "renew_url": ""}
    return {
        "url": url_for("templates.show", version_id=version_id),
        "renew_url": url_for("template_clauses.renew", version_id=version_id),
    }


def _version_row(clause: Clause, version: ClauseVersion, newest: ClauseVersion | None) -> Row:
    compared = newest is not None and version.id != newest.id
    return {
        **version_row(version),
        "url": url_for("clauses.version", clause_id=clause.id, number=version.number),
        "compare_url": url_for(
            "clauses.compare",
            clause_id=clause.id,
            old=min(version.number, newest.number),
            new=max(version.number, newest.number),
        )
        if compared and newest
        else "",
    }


@clauses.get("/<uuid:clause_id>/fassung/<int:number>")
@requires("can_list", "Clauses")
def version(clause_id: object, number: int) -> str:
    """Show one version in full."""
    clause = clause_of(clause_id)
    found = _numbered(clause, number)
    return render_template(
        "clauses/version.html",
        clause={"title": clause.title, "key": clause.key},
        version={**version_row(found), **content_view(found.content), "day": day(found.changed_at)},
        urls=urls_of(clause),
    )


@clauses.get("/<uuid:clause_id>/vergleich/<int:old>/<int:new>")
@requires("can_list", "Clauses")
def compare(clause_id: object, old: int, new: int) -> str:
    """Show what changed between two versions, word by word."""
    clause = clause_of(clause_id)
    before, after = _numbered(clause, old), _numbered(clause, new)
    return render_template(
        "clauses/comparison.html",
        clause={"title": clause.title},
        old=before.number,
        new=after.number,
        difference=difference_rows(compare_clauses(before.content, after.content)),
        urls=urls_of(clause),
    )


def _numbered(clause: Clause, number: int) -> ClauseVersion:
    found = next(
        (
            one
            for one in versions_of(database.session(), clause)
            if one.number == number and _is_visible(one)
        ),
        None,
    )
    if found is None:
        abort(404)
    return found
