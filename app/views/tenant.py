"""The first page inside a tenant, and the choice for whom a person acts there."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.security.roles import ROLE_NAMES
from app.shell import remember_capacity
from app.views.presenting import document_rows
from app.views.task_rows import task_rows
from document_templates.archive.alarms import open_alarms
from document_templates.clauses.keeping import waiting_clauses
from document_templates.frames.keeping import waiting_frames
from document_templates.models import Document, DocumentRequest
from document_templates.register import list_documents
from forms.models import Submission
from forms.versions.releasing import waiting_releases
from tenants.language import _

tenant = Blueprint("tenant", __name__)


@tenant.get("/uebersicht")
@requires("can_read", "Dashboard")
def dashboard() -> str:
    """Show what waits and what was made last."""
    actor = current_actor()
    sees_documents = allowed("can_list", "Documents")
    recent = (
        list_documents(database.session(), own_only=actor.sees_own_only, limit=5)
        if sees_documents
        else []
    )
    return render_template(
        "tenant/dashboard.html",
        tenant_name=actor.tenant.name,
        figures=_figures() if sees_documents and not actor.sees_own_only else [],
        tasks=task_rows(),
        recent=document_rows(recent),
        notices=[
            *(_alarms() if allowed("can_list", "Integrity") else []),
            *(_waiting_releases() if allowed("can_edit", "Forms") else []),
            *(_waiting_frames() if allowed("can_edit", "Templates") else []),
            *(_waiting_clauses() if allowed("can_edit", "Clauses") else []),
        ],
        urls={
            "forms": url_for("forms.index"),
            "documents": url_for("documents.index"),
            "evaluations": url_for("evaluations.index"),
        },
        can_fill=allowed("can_fill", "Submissions"),
    )


def _alarms() -> list[dict[str, str]]:
    """Return a notice when something stored is no longer as the register says."""
    count = len(open_alarms(database.session()))
    if not count:
        return []
    return [
        {
            "kind": "danger",
            "title": _("Gespeichertes ist nicht mehr unversehrt"),
            "text": _("Offene Alarme: {count}.").format(count=count),
            "url": url_for("integrity.index"),
            "action": _("Ansehen"),
        }
    ]


def _waiting_releases() -> list[dict[str, str]]:
    """Return what somebody has to let out or give back."""
    return [
        _release_notice(
            _("Freigabe: {title}, Fassung {name}").format(
                title=release.form.title, name=release.name
            ),
            release.requested_by_name,
            url_for("releases.review", form_id=release.form_id, release_id=release.id),
        )
        for release in waiting_releases(database.session())
    ]


def _waiting_frames() -> list[dict[str, str]]:
    return [
        _release_notice(
            _("Freigabe: Rahmen „{title}“, Fassung {name}").format(
                title=version.frame.title, name=version.number
            ),
            version.requested_by_name,
            url_for("frames.review", frame_id=version.frame_id),
        )
        for version in waiting_frames(database.session())
        if version.requested_by != current_actor().account_id
    ]


def _waiting_clauses() -> list[dict[str, str]]:
    return [
        _release_notice(
            _("Freigabe: Baustein „{title}“, Fassung {name}").format(
                title=version.clause.title, name=version.number
            ),
            version.requested_by_name,
            url_for("clauses.review", clause_id=version.clause_id),
        )
        for version in waiting_clauses(database.session())
        if version.requested_by != current_actor().account_id
    ]


def _release_notice(title: str, person: str, url: str) -> dict[str, str]:
    return {
        "kind": "info",
        "title": title,
        "text": _("{person} möchte diese Fassung veröffentlichen.").format(person=person),
        "url": url,
        "action": _("Ansehen und entscheiden"),
    }


def _figures() -> list[dict[str, object]]:
    count = database.session.scalar
    submitted = count(
        select(func.count()).select_from(Submission).where(Submission.state != "draft")
    )
    made = count(select(func.count()).select_from(Document))
    open_ = count(
        select(func.count())
        .select_from(DocumentRequest)
        .where(DocumentRequest.state.in_(("waiting", "working")))
    )
    return [
        {"number": submitted, "label": _("Einreichungen"), "url": url_for("submissions.index")},
        {"number": made, "label": _("gesiegelte Dokumente"), "url": url_for("documents.index")},
        {"number": open_, "label": _("Dokumente in Arbeit"), "url": url_for("documents.index")},
    ]


@tenant.get("/rolle")
@requires("can_read", "Dashboard")
def capacities() -> str:
    """Show in which capacities the person may act here."""
    actor = current_actor()
    every = sorted((actor.capacity, *actor.others), key=lambda one: one.organisation_name)
    return render_template(
        "tenant/capacities.html",
        capacities=[
            {
                "name": one.organisation_name or actor.tenant.office or actor.tenant.name,
                "role": ", ".join(ROLE_NAMES[role] for role in sorted(one.roles)),
                "url": url_for("tenant.act_as", key=one.key),
                "current": one is actor.capacity,
            }
            for one in every
        ],
    )


@tenant.get("/handeln-als/<key>")
@requires("can_read", "Dashboard")
def act_as(key: str) -> Response:
    """Choose the capacity ``key``: the office itself or one of the person's organisations."""
    actor = current_actor()
    chosen = next((one for one in (actor.capacity, *actor.others) if one.key == key), None)
    if chosen is None:
        abort(404)
    remember_capacity(actor.tenant.id, chosen.key)
    return redirect(url_for("tenant.dashboard"))
