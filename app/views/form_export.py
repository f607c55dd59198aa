"""Handing out a form as a file, for those who build forms."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, current_app, render_template, url_for
from sqlalchemy import select

from app import database
from app.security.access import current_actor, requires
from document_templates.clauses.pinning import pinned_clauses
from document_templates.models import DocumentTemplate, TemplateVersion
from document_templates.publishing import open_source
from forms.building.document_tree import Element
from forms.building.drafting import find_draft
from forms.building.models import FormTrial
from forms.building.trial_keeping import trials_of
from forms.definition import DefinitionError
from forms.exchange.package_archive import SUFFIX, PackageContent, write_package
from forms.exchange.xlsform_writing import write_xlsform
from forms.models import Form, FormVersion
from forms.publishing import latest_version
from forms.versions.validities import edition_of
from tenants.context import current_tenant_id

form_export = Blueprint("form_export", __name__, url_prefix="/baukasten")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SEMVER = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}")


@form_export.get("/<uuid:form_id>/ausgeben")
@requires("can_edit", "Forms")
def hand_out(form_id: object) -> str:
    """Offer the form as files, and say what Excel will not show."""
    form, document, _version = _state_of(str(form_id))
    problem = ""
    refused: list[object] = []
    try:
        refused = list(write_xlsform(document).report.refused)
    except DefinitionError as error:
        problem = "\n".join(error.findings[:20])
    return render_template(
        "building/hand_out.html",
        title=form.title,
        problem=problem.splitlines(),
        refused=refused,
        urls={
            "overview": url_for("building.index"),
            "xlsform": url_for("form_export.xlsform", form_id=form.id),
            "package": url_for("form_export.package", form_id=form.id),
        },
    )


@form_export.get("/<uuid:form_id>/ausgeben/xlsform.xlsx")
@requires("can_edit", "Forms")
def xlsform(form_id: object) -> Response:
    """Hand out the form as XLSForm."""
    form, document, _version = _state_of(str(form_id))
    try:
        data = write_xlsform(document).data
    except DefinitionError:
        abort(404)
    return _download(data, _XLSX, f"{form.key}.xlsx")


@form_export.get("/<uuid:form_id>/ausgeben/paket.zip")
@requires("can_edit", "Forms")
def package(form_id: object) -> Response:
    """Hand out the form as a package with its template and trials."""
    form, document, version = _state_of(str(form_id))
    session = database.session()
    name = edition_of(session, version) if version else "0.1.0"
    try:
        data = write_package(
            document,
            _content(form, version),
            version=name if _SEMVER.fullmatch(name) else f"{name}.0.0",
            author=current_actor().tenant.name,
        )
    except DefinitionError:
        abort(404)
    return _download(data, "application/zip", f"{form.key}{SUFFIX}")


def _state_of(form_id: str) -> tuple[Form, Element, FormVersion | None]:
    """Return the form and what of it is handed out: its newest version, else its draft."""
    session = database.session()
    form = session.get(Form, (current_tenant_id(), form_id))
    if form is None:
        abort(404)
    version = latest_version(session, form_id)
    if version is not None:
        return form, dict(version.definition), version
    draft = find_draft(session, form_id)
    if draft is None:
        abort(404)
    return form, dict(draft.document), None


def _content(form: Form, version: FormVersion | None) -> PackageContent:
    session = database.session()
    samples = tuple(_sample(one) for one in trials_of(session, form.id))
    if version is None:
        return PackageContent(samples=samples)
    template = session.scalars(
        select(TemplateVersion)
        .join(
            DocumentTemplate,
            (DocumentTemplate.tenant_id == TemplateVersion.tenant_id)
            & (DocumentTemplate.id == TemplateVersion.template_id),
        )
        .where(TemplateVersion.form_version_id == version.id, TemplateVersion.state == "published")
        .order_by(DocumentTemplate.title)
        .limit(1)
    ).first()
    if template is None:
        return PackageContent(samples=samples)
    data = open_source(current_app.extensions["siegel"].store, template).data
    known = pinned_clauses(session, template.id).by_key
    clauses = {
        key: {"title": one.version.clause.title, **one.content.as_json()}
        for key, one in known.items()
    }
    return PackageContent(data, template.template.title, samples, clauses=clauses)


def _sample(trial: FormTrial) -> Element:
    return {
        "description": trial.description,
        "data": dict(trial.answers),
        "expected": dict(trial.expected),
    }


def _download(data: bytes, kind: str, name: str) -> Response:
    response = Response(data, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
