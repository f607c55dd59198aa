"""What the pages of this room share: the run of an address, who may see it, its template."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, current_app, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor
from app.security.manager import allowed
from document_templates.bulk_runs.fitting import Target, targets_of
from document_templates.bulk_runs.locking import RunUnknown
from document_templates.bulk_runs.models import SOURCES, BulkItem, BulkRun
from document_templates.bulk_runs.progress import RunProgress, find_run
from document_templates.bulk_runs.recipients import published_versions
from document_templates.checking import used_placeholders
from document_templates.clauses.fitting import asked_paths
from document_templates.clauses.pinning import pinned_clauses
from document_templates.cleaning import CleanedDocx
from document_templates.models import DocumentTemplate, TemplateVersion
from forms.publishing import definition_of
from tenants.context import current_tenant_id
from tenants.language import _
from tenants.settings import Settings
from tenants.storage.tenant_store import TenantStore

bulk_runs = Blueprint("bulk_runs", __name__, url_prefix="/serienlaeufe")

PAGE_SIZE = 50
Page = str | Response | tuple[str, int]
Errors = list[dict[str, str]]


def settings() -> Settings:
    """Return the settings of the installation: they hold the limits of runs."""
    found: Settings = current_app.extensions["siegel"].settings
    return found


def visible_sources() -> list[str]:
    """Return from where the recipients of runs may come that the acting person may see.

    Who only administers a tenant sees no submission, and no letter made of one.
    """
    if allowed("can_list", "Submissions"):
        return list(SOURCES)
    return [source for source in SOURCES if source != "submissions"]


def run_of(run_id: object) -> BulkRun:
    """Return the run of an address. 404 for any other, and for one of hidden submissions."""
    try:
        return find_run(database.session(), str(run_id), sources=visible_sources())
    except RunUnknown:
        abort(404)


def tenant_store() -> TenantStore:
    """Return the objects of the tenant of this request."""
    return TenantStore(current_app.extensions["siegel"].store, current_actor().tenant.id)


@dataclass(frozen=True)
class Filled:
    """A template with the placeholders that a table can fill, and those that it prints."""

    template: DocumentTemplate
    version: TemplateVersion
    targets: tuple[Target, ...]
    used: frozenset[str]


def newest_of(template_id: object) -> TemplateVersion:
    """Return the published version of a template for the newest version of its form. 404 else."""
    versions = published_versions(database.session(), str(template_id))
    if not versions:
        abort(404)
    return max(versions.values(), key=lambda one: (one.form_version.number, one.number))


def filled_by_table(version: TemplateVersion) -> Filled:
    """Return what the columns of a table can fill of a template."""
    data = tenant_store().get(version.object_key, version.object_version, version.sha256)
    clauses = pinned_clauses(database.session(), version.id).contents
    return Filled(
        version.template,
        version,
        targets_of(definition_of(version.form_version)),
        used_placeholders(CleanedDocx(data, ())) | asked_paths(clauses),
    )


def version_of_run(run: BulkRun) -> TemplateVersion:
    """Return the version that fills the rows of a run's table, as its recipients say."""
    version_id = database.session.scalar(
        select(BulkItem.template_version_id)
        .where(BulkItem.run_id == run.id, BulkItem.template_version_id.is_not(None))
        .limit(1)
    )
    return database.session.get_one(TemplateVersion, (current_tenant_id(), version_id))


def run_url(run: BulkRun, name: str = "show", **values: object) -> str:
    """Return an address of a run."""
    return url_for(f"bulk_runs.{name}", run_id=run.id, **values)  # type: ignore[arg-type]


def run_status(run: BulkRun, progress: RunProgress) -> dict[str, str]:
    """Return the state of a run as a badge; one with nothing left to do is finished."""
    if run.state == "draft":
        return {"kind": "neutral", "text": _("Entwurf")}
    if run.state == "preparing":
        return {"kind": "info", "text": _("Wird vorbereitet")}
    if run.state == "cancelled":
        return {"kind": "neutral", "text": _("Abgebrochen")}
    if run.state == "paused" and progress.is_busy:
        return {"kind": "warning", "text": _("Angehalten")}
    if progress.is_busy:
        return {"kind": "info", "text": _("Läuft")}
    if progress.failed:
        return {"kind": "danger", "text": _("Fertig, mit Fehlern")}
    return {"kind": "success", "text": _("Fertig")}
