"""Which clauses there are for a template now, and which of them its versions hold for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.clauses.choosing import Clauses
from document_templates.clauses.content import ClauseContent
from document_templates.clauses.models import (
    Clause,
    ClauseVersion,
    ClauseWording,
    TemplateClause,
)
from document_templates.models import DocumentTemplate, TemplateVersion


@dataclass(frozen=True, slots=True)
class KnownClause:
    """A version of a clause, and the own wording that a template has of it."""

    version: ClauseVersion
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> ClauseContent:
        """What the template says in the place of the clause."""
        return reworded(self.version.content, self.texts)


@dataclass(frozen=True, slots=True)
class KnownClauses:
    """Clauses by key, as a template would have them or has them."""

    by_key: Mapping[str, KnownClause]

    @property
    def contents(self) -> Clauses:
        """What they say."""
        return {key: known.content for key, known in self.by_key.items()}


def reworded(content: ClauseContent, texts: Mapping[str, str]) -> ClauseContent:
    """Return an adaptable clause with the own ``texts`` of a template, any other as it is."""
    if content.kind != "adaptable":
        return content
    variants = (replace(one, text=texts.get(one.key, one.text)) for one in content.variants)
    return replace(content, variants=tuple(variants))


def published_clauses(session: Session) -> dict[str, ClauseVersion]:
    """Return the newest published version of each clause of the tenant, by key."""
    newest: dict[str, ClauseVersion] = {}
    for version in session.scalars(
        select(ClauseVersion)
        .join(
            Clause,
            (Clause.tenant_id == ClauseVersion.tenant_id) & (Clause.id == ClauseVersion.clause_id),
        )
        .where(ClauseVersion.state == "published")
        .order_by(Clause.key, ClauseVersion.number)
    ):
        newest[version.clause.key] = version
    return newest


def current_clauses(session: Session, template: DocumentTemplate | None) -> KnownClauses:
    """Return the clauses as ``template`` (None: one that is new) would be published with them."""
    wordings: dict[str, ClauseWording] = {}
    if template is not None:
        wordings = {
            one.clause_id: one
            for one in session.scalars(
                select(ClauseWording).where(ClauseWording.template_id == template.id)
            )
        }
    return KnownClauses(
        {
            key: KnownClause(version, _texts(version, wordings.get(version.clause_id)))
            for key, version in published_clauses(session).items()
        }
    )


def _texts(version: ClauseVersion, wording: ClauseWording | None) -> Mapping[str, str]:
    """Return the own texts that still count: those of variants that there are."""
    if wording is None or version.content.kind != "adaptable":
        return {}
    variants = {one.key for one in version.content.variants}
    return {key: text for key, text in wording.texts.items() if key in variants}


def keep_pins(
    session: Session, template_version_id: str, known: KnownClauses, used: Clauses
) -> None:
    """Write down which of the ``known`` clauses a version of a template holds: those ``used``."""
    for position, key in enumerate(used):
        clause = known.by_key[key]
        session.add(
            TemplateClause(
                template_version_id=template_version_id,
                clause_id=clause.version.clause_id,
                clause_version_id=clause.version.id,
                position=position,
                texts=dict(clause.texts),
            )
        )
    session.flush()


def pins_of(session: Session, template_version_id: str) -> list[TemplateClause]:
    """Return what a version of a template holds, in the order of its text."""
    return list(
        session.scalars(
            select(TemplateClause)
            .where(TemplateClause.template_version_id == template_version_id)
            .order_by(TemplateClause.position)
        )
    )


def pinned_clauses(session: Session, template_version_id: str) -> KnownClauses:
    """Return the clauses that a version of a template holds, in the order of its text."""
    return KnownClauses(
        {
            pin.clause_version.clause.key: KnownClause(pin.clause_version, pin.texts)
            for pin in pins_of(session, template_version_id)
        }
    )


def outdated_pins(session: Session, version: TemplateVersion) -> list[str]:
    """Return the titles of the clauses of which ``version`` brings an older state than there is.

    What the template says already is not brought by it.
    """
    in_use = {
        pin.clause_version_id
        for former in session.scalars(
            select(TemplateVersion).where(
                TemplateVersion.template_id == version.template_id,
                TemplateVersion.state == "published",
            )
        )
        for pin in pins_of(session, former.id)
    }
    newest = published_clauses(session)
    return [
        pin.clause_version.clause.title
        for pin in pins_of(session, version.id)
        if pin.clause_version_id != newest[pin.clause_version.clause.key].id
        and pin.clause_version_id not in in_use
    ]


def templates_with(
    session: Session, clause: Clause
) -> list[tuple[TemplateVersion, TemplateClause]]:
    """Return the published versions of templates that hold a clause, by title of the template."""
    rows = session.execute(
        select(TemplateVersion, TemplateClause)
        .join(
            TemplateClause,
            (TemplateClause.tenant_id == TemplateVersion.tenant_id)
            & (TemplateClause.template_version_id == TemplateVersion.id),
        )
        .join(
            DocumentTemplate,
            (DocumentTemplate.tenant_id == TemplateVersion.tenant_id)
            & (DocumentTemplate.id == TemplateVersion.template_id),
        )
        .where(TemplateClause.clause_id == clause.id, TemplateVersion.state == "published")
        .order_by(DocumentTemplate.title, TemplateVersion.number.desc())
    )
    return [(version, pin) for version, pin in rows]
