"""Forms in and out for those who build them: taking over a file, handing out a form."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from sqlalchemy import select

from app import database
from app.security.access import current_actor, requires
from document_templates.blank_form_prints import edition_of
from document_templates.models import DocumentTemplate, TemplateVersion
from forms.building.document_tree import Element
from forms.building.drafting import (
    DraftLocked,
    FormKeyTaken,
    all_drafts,
    apply_operation,
    create_form,
    find_draft,
)
from forms.building.models import FormDraft, FormTrial
from forms.building.operations import ReplaceDocument
from forms.building.starting import free_key
from forms.building.structure import StructureBroken
from forms.building.trial_keeping import keep_trial, trials_of
from forms.definition import DefinitionError
from forms.exchange.importing import import_file
from forms.exchange.package_archive import (
    SUFFIX,
    ImportedPackage,
    PackageContent,
    write_package,
)
from forms.exchange.report import ExchangeReport, ImportRefused
from forms.exchange.xlsform_writing import write_xlsform
from forms.models import Form, FormVersion
from forms.publishing import latest_version
from tenants.context import current_tenant_id
from tenants.language import _
from tenants.storage.tenant_store import TenantStore

form_exchange = Blueprint("form_exchange", __name__, url_prefix="/baukasten")

LARGEST_FILE = 10_000_000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NEW = "new"
_SEMVER = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}")
_KINDS = {
    "page": _("Seite"), "section": _("Abschnitt"), "repeat": _("Wiederholgruppe"),
    "template": _("Vorlage"), "sample": _("Probelauf"), "codelist": _("Codeliste"),
}  # fmt: skip


@form_exchange.route("/uebernehmen", methods=["GET", "POST"])
@requires("can_edit", "Forms")
def take_over() -> str | tuple[str, int]:
    """Take a form from a file into a draft and show the report."""
    if request.method == "GET":
        return _upload_page([])
    file = request.files.get("file")
    data = file.read(LARGEST_FILE + 1) if file else b""
    if not data:
        return _upload_page([("file", _("Wählen Sie eine Datei aus."))]), 422
    if len(data) > LARGEST_FILE:
        return _upload_page([("file", _("Die Datei ist größer als 10 MB."))]), 422
    try:
        imported = import_file(data)
        draft = _into_draft(imported)
    except (ImportRefused, StructureBroken) as error:
        database.session().rollback()
        return _upload_page([("file", str(error))]), 422
    except (DraftLocked, FormKeyTaken) as error:
        database.session().rollback()
        return _upload_page([("target", str(error))]), 422
    database.session().commit()
    return render_template(
        "building/taken_over.html",
        title=str(imported.form.document["title"]),
        source=imported.form.source,
        carried=_carried(imported.form.report),
        refused=imported.form.report.refused,
        urls={
            "overview": url_for("building.index"),
            "draft": url_for("building.show", form_id=draft.form_id),
            "again": url_for("form_exchange.take_over"),
        },
    )


def _upload_page(errors: list[tuple[str, str]]) -> str:
    chosen = request.form.get("target", _NEW)
    drafts = all_drafts(database.session())
    rows = database.session.execute(select(Form.id, Form.title))
    titles = {row.id: row.title for row in rows}
    return render_template(
        "building/take_over.html",
        errors=[{"html_id": html_id, "text": text} for html_id, text in errors],
        has_errors=bool(errors),
        drafts=[
            {"id": one.form_id, "title": titles.get(one.form_id, ""),
             "selected": one.form_id == chosen}
            for one in drafts
        ],
        urls={
            "save": url_for("form_exchange.take_over"),
            "overview": url_for("building.index"),
        },
    )  # fmt: skip


def _into_draft(imported: ImportedPackage) -> FormDraft:
    """Put the form into the chosen draft, or begin a new form that nobody can fill in yet."""
    session = database.session()
    document = imported.form.document
    target = request.form.get("target", _NEW)
    if target == _NEW:
        taken = set(session.scalars(select(Form.key)))
        document = document | {"key": free_key(str(document["key"]), taken)}
        draft = create_form(session, document, package=_package_name(imported))
    else:
        found = _chosen_draft(target)
        kept: Element = {"id": found.document["id"], "key": found.document["key"]}
        operation = ReplaceDocument(document | kept)
        apply_operation(session, found, found.revision, operation, person_name=current_actor().name)
        draft = found
    _keep_samples(draft.form_id, imported.content)
    if imported.content.template is not None:
        imported.form.report.refuse(
            imported.content.template_title or "template.docx", "template",
            _("Laden Sie die Vorlage hoch, wenn der Vordruck veröffentlicht ist."),
        )  # fmt: skip
        imported.form.report.carried[:] = [
            entry for entry in imported.form.report.carried if entry.kind != "template"
        ]
    return draft


def _chosen_draft(form_id: str) -> FormDraft:
    drafts = {one.form_id: one for one in all_drafts(database.session())}
    if form_id not in drafts:
        abort(404)
    return drafts[form_id]


def _package_name(imported: ImportedPackage) -> str:
    return str(imported.manifest.get("name", ""))[:120]


def _keep_samples(form_id: str, content: PackageContent) -> None:
    for sample in content.samples:
        data, expected = sample.get("data"), sample.get("expected")
        if isinstance(data, dict):
            keep_trial(
                database.session(), form_id, str(sample.get("description", "")), data,
                expected if isinstance(expected, dict) else {}, (),
            )  # fmt: skip


def _carried(report: ExchangeReport) -> list[dict[str, str]]:
    return [
        {"name": entry.name, "kind": _KINDS.get(entry.kind, _("Feld")), "key": entry.key}
        for entry in report.carried
    ]


@form_exchange.get("/<uuid:form_id>/ausgeben")
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
            "xlsform": url_for("form_exchange.xlsform", form_id=form.id),
            "package": url_for("form_exchange.package", form_id=form.id),
        },
    )


@form_exchange.get("/<uuid:form_id>/ausgeben/xlsform.xlsx")
@requires("can_edit", "Forms")
def xlsform(form_id: object) -> Response:
    """Hand out the form as XLSForm."""
    form, document, _version = _state_of(str(form_id))
    try:
        data = write_xlsform(document).data
    except DefinitionError:
        abort(404)
    return _download(data, _XLSX, f"{form.key}.xlsx")


@form_exchange.get("/<uuid:form_id>/ausgeben/paket.zip")
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
        .where(DocumentTemplate.form_id == form.id, TemplateVersion.state == "published")
        .order_by(DocumentTemplate.title)
        .limit(1)
    ).first()
    if template is None:
        return PackageContent(samples=samples)
    store = TenantStore(current_app.extensions["siegel"].store, current_actor().tenant.id)
    data = store.get(template.object_key, template.object_version, template.sha256)
    return PackageContent(data, template.template.title, samples)


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
