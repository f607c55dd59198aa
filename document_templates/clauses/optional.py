"""Optional clauses: which a document may have, and which somebody chose for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from document_templates.clauses.models import Clause, ClauseChoice, TemplateClause
from document_templates.clauses.texts import TextParagraph, read_text
from document_templates.models import TemplateVersion
from forms.models import Submission
from tenants.audit import record


@dataclass(frozen=True, slots=True)
class OfferedClause:
    """An optional clause as whoever chooses it reads it: the wording that holds otherwise."""

    key: str
    title: str
    paragraphs: tuple[TextParagraph, ...]

    @property
    def texts(self) -> list[str]:
        """The wording, one plain text for each paragraph."""
        return ["".join(piece.text for piece in part.pieces) for part in self.paragraphs]


def offered_clauses(session: Session, submission: Submission) -> list[OfferedClause]:
    """Return the optional clauses of the templates that make documents of a submission."""
    return _offered(session, TemplateVersion.form_version_id == submission.form_version_id)


def clauses_of_template(session: Session, template_id: str) -> list[OfferedClause]:
    """Return the optional clauses of what is published of a template, for any version of its form.

    For whoever chooses for many documents at once: a bulk run.
    """
    return _offered(session, TemplateVersion.template_id == template_id)


def _offered(session: Session, wanted: ColumnElement[bool]) -> list[OfferedClause]:
    pins = session.scalars(
        select(TemplateClause)
        .join(
            TemplateVersion,
            (TemplateVersion.tenant_id == TemplateClause.tenant_id)
            & (TemplateVersion.id == TemplateClause.template_version_id),
        )
        .join(
            Clause,
            (Clause.tenant_id == TemplateClause.tenant_id)
            & (Clause.id == TemplateClause.clause_id),
        )
        .where(wanted, TemplateVersion.state == "published")
        .order_by(Clause.title)
    )
    offered: dict[str, OfferedClause] = {}
    for pin in pins:
        content, clause = pin.clause_version.content, pin.clause_version.clause
        if content.kind == "optional":
            text = read_text(content.variants[-1].text)
            offered[clause.key] = OfferedClause(clause.key, clause.title, text)
    return list(offered.values())


def keep_choice(session: Session, submission: Submission, keys: Collection[str]) -> None:
    """Write down which of the offered clauses the documents of ``submission`` shall have.

    What is not offered is left out. Permission: whoever hands the submission over.
    """
    offered = [one.key for one in offered_clauses(session, submission)]
    if not offered:
        return
    wanted = [key for key in offered if key in keys]
    choice = session.scalars(
        select(ClauseChoice).where(ClauseChoice.submission_id == submission.id)
    ).first()
    if choice is None:
        choice = ClauseChoice(
            submission_id=submission.id, organisation_id=submission.organisation_id
        )
        session.add(choice)
    choice.keys = wanted
    session.flush()
    record(session, "clause.chosen", "submission", submission.id, keys=", ".join(wanted))
