"""Clauses of a tenant: drafts, asking for a version to be published, and the second person.

Permission of every verb that changes something: Tenant-Admin.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.clauses.content import (
    KEY,
    ClauseContent,
    ContentFinding,
    content_findings,
    empty_content,
)
from document_templates.clauses.models import Clause, ClauseVersion
from document_templates.four_eyes import ReleaseRefused, Releases
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import new_id, now
from tenants.language import _

_RELEASES = Releases(ClauseVersion, ClauseVersion.clause_id, "clause")
versions_of = _RELEASES.versions
open_version = _RELEASES.open
waiting_clauses = _RELEASES.waiting
discard_draft = _RELEASES.discard
approve_publication = _RELEASES.approve
return_publication = _RELEASES.give_back
withdraw_publication = _RELEASES.take_back


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


def newest_version(session: Session, clause: Clause) -> ClauseVersion | None:
    """Return the newest published version."""
    return _RELEASES.newest(session, clause.id)


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
    draft = ClauseVersion(
        id=new_id(),
        clause_id=clause.id,
        number=_RELEASES.next_number(session, clause),
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


def request_publication(session: Session, clause: Clause, *, person_name: str) -> ClauseVersion:
    """Ask for the draft to be published; it can no longer be changed.

    Raises `ClauseFaulty` while it has errors, `document_templates.four_eyes.ReleaseRefused` when
    nothing was changed.
    """
    findings = content_findings(_RELEASES.draft(session, clause).content)
    if findings:
        raise ClauseFaulty(findings)
    return _RELEASES.request(session, clause, person_name=person_name)
