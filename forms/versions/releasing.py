"""Letting a version of a form out: asked for by one person, decided by another.

Permission of every verb: Tenant-Admin. What was asked for is kept as it was, and exactly that is
published; the builder's draft rests meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from forms.building.models import FormDraft
from forms.definition import content_sha256
from forms.models import FormVersion
from forms.publishing import latest_version, publish_form
from forms.versions.findings import findings_of
from forms.versions.models import FormRelease
from forms.versions.validities import ReleasePlan
from forms.versions.validity import berlin_day
from tenants.audit import record
from tenants.context import current_scope
from tenants.database import now
from tenants.language import _


class ReleaseUnknown(LookupError):
    """The tenant in scope has no such request."""


class ReleaseBlocked(ValueError):
    """The form cannot be published as it is; ``findings`` say why in German."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__(_("Der Vordruck kann so nicht veröffentlicht werden."))
        self.findings = tuple(findings)


class ReleaseRefused(RuntimeError):
    """The act is not possible now or not for this person (German message)."""


def request_release(
    session: Session,
    draft: FormDraft,
    plan: ReleasePlan,
    *,
    comment: str = "",
    person_name: str,
) -> FormRelease:
    """Ask for the draft to be published as ``plan`` says; it can no longer be changed.

    ``plan.name`` and ``plan.binding_from`` must be set. Raises `ReleaseBlocked` while the form
    has errors or a trial run fails, and `ReleaseRefused` when nothing was changed or somebody
    asked already.
    """
    scope = current_scope()
    if scope.account_id is None or plan.binding_from is None:
        raise ReleaseRefused("nobody is acting, or no day is given")
    findings = findings_of(session, draft.form_id, draft.document)
    if findings.errors:
        raise ReleaseBlocked(findings.errors)
    latest = latest_version(session, draft.form_id)
    if latest is not None and latest.content_sha256 == content_sha256(draft.document):
        raise ReleaseRefused(_("Der Entwurf ist derselbe wie die veröffentlichte Fassung."))
    release = FormRelease(
        form_id=draft.form_id,
        document=dict(draft.document),
        draft_revision=draft.revision,
        base_version_id=latest.id if latest else None,
        name=plan.name,
        binding_from=plan.binding_from,
        grace_days=plan.grace_days,
        closes_at=plan.closes_at,
        draft_policy=plan.draft_policy,
        user_note=plan.user_note,
        must_be_read=plan.must_be_read,
        requested_by=scope.account_id,
        requested_by_name=person_name,
        request_comment=comment,
    )
    try:
        with session.begin_nested():
            session.add(release)
            session.flush()
    except IntegrityError as error:
        raise ReleaseRefused(_("Die Veröffentlichung ist schon beantragt.")) from error
    draft.state = "in_review"
    session.flush()
    record(session, "form.release_requested", "form", draft.form_id, name=plan.name)
    return release


def find_release(session: Session, release_id: str, *, lock: bool = False) -> FormRelease:
    """Return a request with its document. Raises `ReleaseUnknown`."""
    query = (
        select(FormRelease)
        .where(FormRelease.id == release_id)
        .options(undefer(FormRelease.document))
    )
    if lock:
        query = query.with_for_update(of=FormRelease)
    release = session.scalars(query.execution_options(populate_existing=True)).first()
    if release is None:
        raise ReleaseUnknown(_("Diesen Antrag gibt es nicht."))
    return release


def releases_of_form(session: Session, form_id: str) -> list[FormRelease]:
    """Return every request for a form, the newest first, without documents."""
    return list(
        session.scalars(
            select(FormRelease)
            .where(FormRelease.form_id == form_id)
            .order_by(FormRelease.requested_at.desc())
        )
    )


def open_release(session: Session, form_id: str) -> FormRelease | None:
    """Return the request that waits for a decision, with its document, None without one."""
    return session.scalars(
        select(FormRelease)
        .where(FormRelease.form_id == form_id, FormRelease.state == "requested")
        .options(undefer(FormRelease.document))
    ).first()


def waiting_releases(session: Session) -> list[FormRelease]:
    """Return every request of the tenant that waits for a decision, the oldest first."""
    return list(
        session.scalars(
            select(FormRelease)
            .where(FormRelease.state == "requested")
            .order_by(FormRelease.requested_at)
        )
    )


def approve_release(
    session: Session,
    release: FormRelease,
    *,
    four_eyes: bool,
    comment: str = "",
    person_name: str,
) -> FormVersion:
    """Publish what was asked for. With ``four_eyes`` nobody approves its own wish.

    The row must be locked. Raises `ReleaseRefused`, and `ReleaseBlocked` if the form is not
    usable any more.
    """
    _check_open(release)
    if four_eyes and release.requested_by == current_scope().account_id:
        raise ReleaseRefused(
            _("Sie haben die Veröffentlichung beantragt. Freigeben muss sie eine andere Person.")
        )
    latest = latest_version(session, release.form_id)
    if (latest.id if latest else None) != release.base_version_id:
        raise ReleaseRefused(
            _(
                "Inzwischen wurde eine andere Fassung veröffentlicht. Geben Sie den Antrag zurück,"
                " damit er mit ihr verglichen wird."
            )
        )
    findings = findings_of(session, release.form_id, release.document)
    if findings.errors:
        raise ReleaseBlocked(findings.errors)
    version = publish_form(session, release.document, plan=_plan(release))
    release.form_version_id = version.id
    _decide(session, release, "published", comment, person_name)
    draft = _draft_of(session, release)
    if draft is not None:
        draft.base_version_id = version.id
    session.flush()
    return version


def _plan(release: FormRelease) -> ReleasePlan:
    plan = ReleasePlan(
        name=release.name,
        binding_from=release.binding_from,
        grace_days=release.grace_days,
        closes_at=release.closes_at,
        draft_policy=release.draft_policy,
        user_note=release.user_note,
        must_be_read=release.must_be_read,
    )
    # The review took longer than was hoped: nothing becomes binding in the past.
    return replace(plan, binding_from=max(release.binding_from, berlin_day(now())))


def return_release(
    session: Session, release: FormRelease, *, comment: str, person_name: str
) -> None:
    """Give the form back for more work, saying why. Raises `ReleaseRefused`."""
    _check_open(release)
    if not comment.strip():
        raise ReleaseRefused(_("Schreiben Sie bitte, was geändert werden soll."))
    _decide(session, release, "returned", comment, person_name)
    record(session, "form.release_returned", "form", release.form_id, name=release.name)


def withdraw_release(session: Session, release: FormRelease, *, person_name: str) -> None:
    """Take back one's own wish to publish. Raises `ReleaseRefused`."""
    _check_open(release)
    if release.requested_by != current_scope().account_id:
        raise ReleaseRefused(_("Zurückziehen kann den Antrag nur, wer ihn gestellt hat."))
    _decide(session, release, "withdrawn", "", person_name)
    record(session, "form.release_withdrawn", "form", release.form_id, name=release.name)


def _check_open(release: FormRelease) -> None:
    if release.state != "requested":
        raise ReleaseRefused(_("Über diesen Antrag ist schon entschieden."))


def _decide(
    session: Session, release: FormRelease, state: str, comment: str, person_name: str
) -> None:
    release.state = state
    release.decided_by = current_scope().account_id
    release.decided_by_name = person_name
    release.decided_at = now()
    release.decision_comment = comment
    draft = _draft_of(session, release)
    if draft is not None:
        draft.state = "open"
    session.flush()


def _draft_of(session: Session, release: FormRelease) -> FormDraft | None:
    return session.scalars(select(FormDraft).where(FormDraft.form_id == release.form_id)).first()
