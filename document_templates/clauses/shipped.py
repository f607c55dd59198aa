"""The clauses of a package, shipped or imported, for a tenant that has not got them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.clauses.choosing import Clauses
from document_templates.clauses.content import read_content
from document_templates.clauses.keeping import (
    ClauseRefused,
    approve_publication,
    create_clause,
    request_publication,
)
from document_templates.clauses.models import Clause
from forms.expressions.nodes import Json
from forms.packages import Package
from tenants.language import _


def package_clauses(package: Package) -> Clauses:
    """Return what the clauses of a package say, by key.

    Raises `document_templates.clauses.content.ContentUnreadable`.
    """
    return {key: read_content(document) for key, document in package.clauses.items()}


def publish_package_clauses(session: Session, package: Package, person_name: str) -> None:
    """Publish the clauses of a package whose keys the tenant does not know yet."""
    known = set(session.scalars(select(Clause.key)))
    for key, content in package_clauses(package).items():
        if key not in known:
            title = str(package.clauses[key].get("title") or key)
            draft = create_clause(session, key, title, person_name=person_name, content=content)
            request_publication(session, draft.clause, person_name=person_name)
            approve_publication(session, draft.clause, four_eyes=False, person_name=person_name)


def keep_imported(
    session: Session, key: str, title: str, document: Json, *, person_name: str
) -> None:
    """Begin a clause that came with a package as a draft; who publishes it reads it first.

    Raises `document_templates.clauses.content.ContentUnreadable`, and
    `document_templates.clauses.keeping.ClauseRefused` when the tenant has one with the key, which
    the template then gets. Permission: Tenant-Admin.
    """
    content = read_content(document)
    if session.scalars(select(Clause.id).where(Clause.key == key)).first() is not None:
        raise ClauseRefused(
            _("Einen Baustein „{key}“ haben Sie schon; die Vorlage bekommt ihn.").format(key=key)
        )
    create_clause(session, key, title, person_name=person_name, content=content)
