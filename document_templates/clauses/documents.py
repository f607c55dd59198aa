"""The clauses and the term of a single document: chosen when it is made, written down for ever."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.clauses.choosing import Choice, choose_clauses
from document_templates.clauses.models import (
    AgreementTerm,
    ClauseChoice,
    DocumentClause,
)
from document_templates.clauses.pinning import KnownClauses, pinned_clauses
from document_templates.clauses.terms import Term, TermFields, read_term
from document_templates.models import Document, DocumentTemplate, TemplateVersion
from forms.conditions import Conditions
from forms.definition import FormDefinition
from forms.elements import Value
from forms.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class ChosenClause:
    """A clause that stands in a document."""

    clause_id: str
    clause_version_id: str
    variant: str
    is_reworded: bool


@dataclass(frozen=True, slots=True)
class DocumentClauses:
    """What was chosen for a document: for its template as ``choice``, for the register in full."""

    choice: Choice
    chosen: tuple[ChosenClause, ...]


def clauses_for_document(
    session: Session,
    version: TemplateVersion,
    definition: FormDefinition,
    evaluation: Evaluation,
    *,
    land: str,
    wanted: Set[str],
) -> DocumentClauses:
    """Return which clauses of a template a document of these answers has.

    ``wanted`` are the keys of the optional clauses that somebody chose for it.
    """
    known = pinned_clauses(session, version.id)
    if not known.by_key:
        return DocumentClauses({}, ())
    conditions = Conditions(definition, evaluation, land)
    choice = choose_clauses(known.contents, conditions.hold, wanted)
    return DocumentClauses(choice, tuple(_chosen(known, choice)))


def _chosen(known: KnownClauses, choice: Mapping[str, str | None]) -> list[ChosenClause]:
    return [
        ChosenClause(
            known.by_key[key].version.clause_id,
            known.by_key[key].version.id,
            variant,
            variant in known.by_key[key].texts,
        )
        for key, variant in choice.items()
        if variant is not None
    ]


def wanted_clauses(session: Session, submission_id: str | None) -> frozenset[str]:
    """Return the keys of the optional clauses that were chosen for a submission."""
    if submission_id is None:
        return frozenset()
    keys = session.scalars(
        select(ClauseChoice.keys).where(ClauseChoice.submission_id == submission_id)
    ).first()
    return frozenset(keys or ())


def term_for_document(
    template: DocumentTemplate, values: Mapping[str, Value], made_on: date
) -> Term | None:
    """Return when a document of ``template`` holds, None for what is no agreement."""
    fields = TermFields(
        template.makes, template.begins_field, template.ends_field, template.amends_field
    )
    return read_term(fields, values, made_on)


def write_clauses(
    session: Session, document_version_id: str, chosen: tuple[ChosenClause, ...]
) -> None:
    """Write down which clauses a stored version of a document says."""
    session.add_all(
        DocumentClause(
            document_version_id=document_version_id,
            clause_id=one.clause_id,
            clause_version_id=one.clause_version_id,
            variant=one.variant,
            is_reworded=one.is_reworded,
        )
        for one in chosen
    )


def write_term(session: Session, document_version_id: str, term: Term) -> None:
    """Write down when a stored version of an agreement holds, and what it amends."""
    amends = None
    if term.amends_number:
        amends = session.scalars(
            select(Document.id).where(Document.number == term.amends_number)
        ).first()
    session.add(
        AgreementTerm(
            document_version_id=document_version_id,
            is_amendment=term.is_amendment,
            begins_on=term.begins_on,
            ends_before=term.ends_before,
            amends_number=term.amends_number,
            amends_id=amends,
        )
    )


def copy_contents(session: Session, from_id: str, to_id: str) -> None:
    """Write down of a version what another one says: they have the same words."""
    for clause in session.scalars(
        select(DocumentClause).where(DocumentClause.document_version_id == from_id)
    ).all():
        session.add(
            DocumentClause(
                document_version_id=to_id,
                clause_id=clause.clause_id,
                clause_version_id=clause.clause_version_id,
                variant=clause.variant,
                is_reworded=clause.is_reworded,
            )
        )
    term = session.scalars(
        select(AgreementTerm).where(AgreementTerm.document_version_id == from_id)
    ).first()
    if term is not None:
        session.add(
            AgreementTerm(
                document_version_id=to_id,
                is_amendment=term.is_amendment,
                begins_on=term.begins_on,
                ends_before=term.ends_before,
                amends_number=term.amends_number,
                amends_id=term.amends_id,
            )
        )
