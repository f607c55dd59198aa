"""Clauses of a tenant: drafts, asking for a version to be published, and the second person.

Permission of every verb that changes something: Tenant-Admin.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from document_templates.clauses.content import (
    KEY,
    ClauseContent,
    ContentFinding,
    content_findings,
    empty_content,
)
from document_templates.clauses.models import Clause, ClauseVersion
from document_templates.four_eyes import (
    ReleaseRefused,
    ask_for_release,
    give_back,
    release,
    take_back,
)
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import new_id, now
from tenants.language import _


class ClauseUnknown(LookupError):
    """The tenant in scope has no such clause or version."""


class ClauseRefused(ReleaseRefused):
    """The act is not possible with this clause (German message)."""


class ClauseConflict(RuntimeError):
    """Somebody else changed the draft meanwhile."""


class ClauseFaulty(ValueError):
    """The draft cannot be published as it is."""

    def __init__(self, findings: list[ContentFinding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = tuple(findings)


def list_clauses(session: Session) -> list[Clause]:
    """Return the clauses of the tenant by title."""
    return list(session.scalars(select(Clause).order_by(Clause.title, Clause.key)))


def find_clause(session: Session, clause_id: str) -> Clause:
    """Return a clause of the tenant in scope. Raises `ClauseUnknown`."""
    clause = session.get(Clause, (current_tenant_id(), clause_id))
    if clause is None:
        raise ClauseUnknown(_("Diesen Baustein gibt es nicht."))
    return clause


def versions_of(session: Session, clause: Clause) -> list[ClauseVersion]:
    """Return the versions of a clause, its draft among them, the newest first."""
    return list(
        session.scalars(
            select(ClauseVersion)
            .where(ClauseVersion.clause_id == clause.id)
            .order_by(ClauseVersion.number.desc())
        )
    )


def open_version(session: Session, clause: Clause, *, lock: bool = False) -> ClauseVersion | None:
    """Return the version that is still being written or looked at, None if there is none."""
    query = select(ClauseVersion).where(
        ClauseVersion.clause_id == clause.id, ClauseVersion.state != "published"
    )
    if lock:
        query = query.with_for_update(of=ClauseVersion)
    return session.scalars(query.execution_options(populate_existing=True)).first()


def newest_version(session: Session, clause: Clause) -> ClauseVersion | None:
    """Return the newest published version."""
    return session.scalars(
        select(ClauseVersion)
        .where(ClauseVersion.clause_id == clause.id, ClauseVersion.state == "published")
        .order_by(ClauseVersion.number.desc())
    ).first()


def waiting_clauses(session: Session) -> list[ClauseVersion]:
    """Return the versions that wait for a second person, the oldest first."""
    return list(
        session.scalars(
            select(ClauseVersion)
            .where(ClauseVersion.state == "in_review")
            .order_by(ClauseVersion.requested_at)
        )
    )


def create_clause(
    session: Session,
    key: str,
    title: str,
    *,
    person_name: str,
    content: ClauseContent | None = None,
) -> ClauseVersion:
    """Begin a clause with its first draft. Raises `ClauseRefused` for an unfit or taken key."""
    if not KEY.fullmatch(key):
        raise ClauseRefused(
            _(
                "Der Schlüssel beginnt mit einem kleinen Buchstaben und besteht aus a–z, 0–9 und _,"
                " höchstens 24 Zeichen."
            )
        )
    if not title.strip():
        raise ClauseRefused(_("Geben Sie dem Baustein einen Namen."))
    if session.scalars(select(Clause.id).where(Clause.key == key)).first() is not None:
        raise ClauseRefused(_("Den Schlüssel „{key}“ hat schon ein Baustein.").format(key=key))
    clause = Clause(id=new_id(), key=key, title=" ".join(title.split())[:200])
    session.add(clause)
    session.flush()
    record(session, "clause.created", "clause", clause.id, key=key)
    return _add_draft(session, clause, content or empty_content(), person_name)


def begin_draft(session: Session, clause: Clause, *, person_name: str) -> ClauseVersion:
    """Return the open version; without one a draft begins from the newest published one."""
    draft = open_version(session, clause)
    if draft is not None:
        return draft
    newest = newest_version(session, clause)
    content = newest.content if newest else empty_content()
    return _add_draft(session, clause, content, person_name)


def _add_draft(
    session: Session, clause: Clause, content: ClauseContent, person_name: str
) -> ClauseVersion:
    last = session.scalar(
        select(func.max(ClauseVersion.number)).where(ClauseVersion.clause_id == clause.id)
    )
    draft = ClauseVersion(
        id=new_id(),
        clause_id=clause.id,
        number=(last or 0) + 1,
        document=content.as_json(),
        sha256=content.sha256,
        changed_by_name=person_name,
    )
    session.add(draft)
    session.flush()
    record(session, "clause.draft_begun", "clause", clause.id, number=draft.number)
    return draft


def save_draft(
    session: Session,
    clause: Clause,
    content: ClauseContent,
    *,
    title: str,
    note: str,
    revision: int,
    person_name: str,
) -> ClauseVersion:
    """Keep what was written; what is wrong with it hinders nothing but publishing.

    Raises `ClauseConflict` when the draft is no longer at ``revision``, and `ClauseRefused` when
    there is no draft that could be changed.
    """
    draft = open_version(session, clause, lock=True)
    if draft is None or draft.state != "draft":
        raise ClauseRefused(_("Der Entwurf liegt gerade zur Prüfung vor und ändert sich nicht."))
    if draft.revision != revision:
        raise ClauseConflict
    clause.title = " ".join(title.split())[:200] or clause.title
    draft.document, draft.sha256 = content.as_json(), content.sha256
    draft.note = note.strip()[:1000]
    draft.revision += 1
    draft.changed_by_name, draft.changed_at = person_name, now()
    draft.decision_comment = ""
    session.flush()
    record(session, "clause.draft_saved", "clause", clause.id, number=draft.number)
    return draft


def discard_draft(session: Session, clause: Clause) -> bool:
    """Throw the draft away; a clause that never was published goes with it.

    Return whether the clause is gone. Raises `ClauseRefused`.
    """
    draft = open_version(session, clause, lock=True)
    if draft is None or draft.state != "draft":
        raise ClauseRefused(_("Es gibt keinen Entwurf, der sich verwerfen ließe."))
    record(session, "clause.draft_discarded", "clause", clause.id, number=draft.number)
    session.delete(draft)
    session.flush()
    if newest_version(session, clause) is not None:
        return False
    session.delete(clause)
    session.flush()
    return True


def request_publication(session: Session, clause: Clause, *, person_name: str) -> ClauseVersion:
    """Ask for the draft to be published; it can no longer be changed.

    Raises `ClauseFaulty` while it has errors, `ClauseRefused` when nothing was changed.
    """
    draft = open_version(session, clause, lock=True)
    if draft is None or draft.state != "draft":
        raise ClauseRefused(_("Es gibt keinen Entwurf, oder er liegt schon zur Prüfung vor."))
    findings = content_findings(draft.content)
    if findings:
        raise ClauseFaulty(findings)
    newest = newest_version(session, clause)
    if newest is not None and newest.sha256 == draft.sha256:
        raise ClauseRefused(_("Der Entwurf ist derselbe wie die veröffentlichte Fassung."))
    ask_for_release(draft, person_name=person_name)
    session.flush()
    record(session, "clause.publication_requested", "clause", clause.id, number=draft.number)
    return draft


def approve_publication(
    session: Session, clause: Clause, *, four_eyes: bool, person_name: str
) -> ClauseVersion:
    """Publish what was asked for. With ``four_eyes`` nobody approves its own wish.

    No template changes by it: each holds the version that it was published with. Raises
    `document_templates.four_eyes.ReleaseRefused`.
    """
    version = _in_review(session, clause)
    release(version, four_eyes=four_eyes, person_name=person_name)
    session.flush()
    record(session, "clause.published", "clause", clause.id, number=version.number)
    return version


def return_publication(session: Session, clause: Clause, *, comment: str, person_name: str) -> None:
    """Give the draft back for more work, saying why. Raises `ReleaseRefused`."""
    version = _in_review(session, clause)
    give_back(version, comment=comment, person_name=person_name)
    session.flush()
    record(session, "clause.publication_returned", "clause", clause.id, number=version.number)


def withdraw_publication(session: Session, clause: Clause) -> None:
    """Take back one's own wish to publish. Raises `ReleaseRefused`."""
    version = _in_review(session, clause)
    take_back(version)
    session.flush()
    record(session, "clause.publication_withdrawn", "clause", clause.id, number=version.number)


def _in_review(session: Session, clause: Clause) -> ClauseVersion:
    version = open_version(session, clause, lock=True)
    if version is None or version.state != "in_review":
        raise ClauseRefused(_("Über diesen Antrag ist schon entschieden."))
    return version
