"""Which agreements in force lack a clause: with their Nachträge, on any day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from document_templates.clauses.models import (
    AgreementTerm,
    Clause,
    ClauseVersion,
    DocumentClause,
)
from document_templates.models import Document, DocumentVersion, Proof


@dataclass(frozen=True, slots=True)
class AgreementInForce:
    """An agreement that holds on the day, and by which version it has the clause, if it has it.

    ``clause_version`` is the newest that it or one of its Nachträge in force says, 0 for none.
    """

    document: Document
    begins_on: date
    ends_before: date | None
    clause_version: int
    amendments: tuple[str, ...]
    """Numbers of its Nachträge in force."""


@dataclass(frozen=True, slots=True)
class GapReport:
    """The agreements in force on a day, parted by whether they have a clause."""

    day: date
    lacking: tuple[AgreementInForce, ...]
    having: tuple[AgreementInForce, ...]
    stray_amendments: tuple[str, ...]
    """Numbers of Nachträge in force whose agreement the register does not know."""

    @property
    def count(self) -> int:
        """How many agreements are in force."""
        return len(self.lacking) + len(self.having)


def gap_report(session: Session, clause: Clause, day: date) -> GapReport:
    """Return which agreements of the tenant in force on ``day`` lack ``clause``.

    Documents count in their current version; what was withdrawn is not in force.
    """
    terms = _terms_in_force(session, day)
    held = _held(session, clause, [term.document_version_id for term, _document in terms])
    agreements = {
        document.id: (term, document) for term, document in terms if not term.is_amendment
    }
    amendments: defaultdict[str, list[tuple[AgreementTerm, Document]]] = defaultdict(list)
    stray = []
    for term, document in terms:
        if term.is_amendment:
            if term.amends_id in agreements:
                amendments[str(term.amends_id)].append((term, document))
            elif term.amends_id is None:
                stray.append(document.number)
    found = [
        _agreement(term, document, amendments[document.id], held)
        for term, document in agreements.values()
    ]
    return GapReport(
        day,
        tuple(one for one in found if not one.clause_version),
        tuple(one for one in found if one.clause_version),
        tuple(sorted(stray)),
    )


def _agreement(
    term: AgreementTerm,
    document: Document,
    amendments: list[tuple[AgreementTerm, Document]],
    held: dict[str, int],
) -> AgreementInForce:
    versions = [term.document_version_id, *(one.document_version_id for one, _made in amendments)]
    return AgreementInForce(
        document,
        term.begins_on,
        term.ends_before,
        max(held.get(version, 0) for version in versions),
        tuple(sorted(made.number for _one, made in amendments)),
    )


def _terms_in_force(session: Session, day: date) -> list[tuple[AgreementTerm, Document]]:
    rows = session.execute(
        select(AgreementTerm, Document)
        .join(
            DocumentVersion,
            (DocumentVersion.tenant_id == AgreementTerm.tenant_id)
            & (DocumentVersion.id == AgreementTerm.document_version_id),
        )
        .join(
            Document,
            (Document.tenant_id == DocumentVersion.tenant_id)
            & (Document.id == DocumentVersion.document_id),
        )
        .join(
            Proof,
            (Proof.tenant_id == DocumentVersion.tenant_id)
            & (Proof.document_version_id == DocumentVersion.id),
        )
        .where(
            AgreementTerm.begins_on <= day,
            or_(AgreementTerm.ends_before.is_(None), AgreementTerm.ends_before > day),
            Proof.state == "valid",
        )
        .order_by(Document.organisation_name, Document.title, Document.number)
    )
    return [(term, document) for term, document in rows]


def _held(session: Session, clause: Clause, version_ids: Iterable[str]) -> dict[str, int]:
    """Return the number of the clause's version in each of these documents that says it."""
    wanted = set(version_ids)
    rows = session.execute(
        select(DocumentClause.document_version_id, ClauseVersion.number)
        .join(
            ClauseVersion,
            (ClauseVersion.tenant_id == DocumentClause.tenant_id)
            & (ClauseVersion.id == DocumentClause.clause_version_id),
        )
        .where(DocumentClause.clause_id == clause.id)
    )
    return {version_id: number for version_id, number in rows if version_id in wanted}
