"""The own wording of an adaptable clause in one template.

Permission of every verb: Tenant-Admin.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.clauses.content import MAX_TEXT, ContentFinding, content_findings
from document_templates.clauses.keeping import ClauseFaulty, ClauseRefused
from document_templates.clauses.models import ClauseVersion, ClauseWording
from document_templates.clauses.pinning import reworded
from document_templates.models import DocumentTemplate
from tenants.audit import record
from tenants.database import now
from tenants.language import _


def find_wording(
    session: Session, template: DocumentTemplate, clause_id: str
) -> ClauseWording | None:
    """Return the own wording of a clause in ``template``, None if it has none."""
    return session.scalars(
        select(ClauseWording).where(
            ClauseWording.template_id == template.id, ClauseWording.clause_id == clause_id
        )
    ).first()


def keep_wording(
    session: Session,
    template: DocumentTemplate,
    version: ClauseVersion,
    texts: Mapping[str, str],
    *,
    reason: str,
    person_name: str,
) -> ClauseWording | None:
    """Keep how ``template`` says the clause from its next version on; None when it says the same.

    Texts that equal the clause are none of its own. Raises `ClauseRefused` for a clause that is not
    adaptable or without a reason, and `ClauseFaulty` for texts that clauses cannot say.
    """
    content = version.content
    if content.kind != "adaptable":
        raise ClauseRefused(_("Diesen Baustein kann eine Vorlage nicht anders fassen."))
    own = {
        variant.key: texts[variant.key][:MAX_TEXT].replace("\r\n", "\n")
        for variant in content.variants
        if variant.key in texts and _differs(texts[variant.key], variant.text)
    }
    findings: list[ContentFinding] = content_findings(reworded(content, own))
    if findings:
        raise ClauseFaulty(findings)
    former = find_wording(session, template, version.clause_id)
    if not own:
        if former is not None:
            session.delete(former)
            session.flush()
            record(session, "clause.wording_dropped", "document_template", template.id)
        return None
    if not reason.strip():
        raise ClauseRefused(_("Schreiben Sie, warum diese Vorlage vom Baustein abweicht."))
    wording = former or ClauseWording(template_id=template.id, clause_id=version.clause_id)
    wording.base_version_id, wording.texts = version.id, own
    wording.reason = reason.strip()[:1000]
    wording.changed_by_name, wording.changed_at = person_name, now()
    session.add(wording)
    session.flush()
    record(
        session,
        "clause.reworded",
        "document_template",
        template.id,
        clause=version.clause.key,
        number=version.number,
    )
    return wording


def _differs(one: str, other: str) -> bool:
    return one.replace("\r\n", "\n").strip() != other.strip()
