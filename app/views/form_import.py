"""Taking a form over from a file, and the report of what came of it."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.views.presenting import moment
from document_templates.clauses.content import ContentUnreadable
from document_templates.clauses.keeping import ClauseRefused
from document_templates.clauses.shipped import keep_imported
from document_templates.findings import TemplateRefused
from document_templates.template_binding import keep_for_draft
from forms.building.document_tree import Element, element_id, element_name
from forms.building.drafting import (
    DraftLocked,
    FormKeyTaken,
    all_drafts,
    apply_operation,
    create_form,
)
from forms.building.field_types import FIELD_TYPES
from forms.building.lint_registers import register_findings
from forms.building.linted_draft import LintedDraft
from forms.building.models import FormDraft
from forms.building.operations import ReplaceDocument
from forms.building.starting import free_key
from forms.building.structure import StructureBroken
from forms.building.trial_keeping import keep_trial
from forms.definition import DefinitionError, parse_definition
from forms.exchange.importing import import_file
from forms.exchange.package_archive import TEMPLATE, ImportedPackage, PackageContent
from forms.exchange.report import ExchangeReport, ImportedForm, ImportRefused
from forms.expressions.nodes import Json
from forms.models import Form
from forms.registers.keeping import known_registers
from tenants.database import now
from tenants.language import _
from tenants.storage.objects import StorageError

form_import = Blueprint("form_import", __name__, url_prefix="/baukasten")

LARGEST_FILE = 10_000_000
_NEW = "new"
_KINDS = {
    "page": _("Seite"), "section": _("Abschnitt"), "repeat": _("Wiederholgruppe"),
    "template": _("Vorlage"), "sample": _("Probelauf"), "file": _("Datei"),
    "codelist": _("Codeliste"), "clause": _("Baustein"),
}  # fmt: skip

Page = str | Response | tuple[str, int]


@form_import.route("/uebernehmen", methods=["GET", "POST"])
@requires("can_edit", "Forms")
def take_over() -> Page:
    """Take a form from a file into a draft, and lead to the report."""
    if request.method == "GET":
        return _upload_page([])
    file = request.files.get("file")
    data = file.read(LARGEST_FILE + 1) if file else b""
    if not data:
        return _upload_page([("file", _("Wählen Sie eine Datei aus."))]), 422
    if len(data) > LARGEST_FILE:
        return _upload_page([("file", _("Die Datei ist größer als 10 MB."))]), 422
    session = database.session()
    try:
        imported = import_file(data)
        draft = _into_draft(session, imported)
    except (ImportRefused, StructureBroken) as error:
        session.rollback()
        return _upload_page([("file", str(error))]), 422
    except (DraftLocked, FormKeyTaken) as error:
        session.rollback()
        return _upload_page([("target", str(error))]), 422
    _name_missing_registers(session, imported.form)
    _keep_samples(session, draft.form_id, imported.content)
    _keep_clauses(session, imported)
    template_id = _keep_template(session, draft, imported)
    draft.import_report = {
        **imported.form.report.as_json(),
        "source": imported.form.source,
        "template_version_id": template_id,
        "at": now().isoformat(),
        "person": current_actor().name,
    }
    session.commit()
    return redirect(url_for("form_import.report", form_id=draft.form_id))


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
            "save": url_for("form_import.take_over"),
            "overview": url_for("building.index"),
        },
    )  # fmt: skip


def _into_draft(session: Session, imported: ImportedPackage) -> FormDraft:
    """Put the form into the chosen draft, or begin a new form that nobody can fill in yet."""
    document = imported.form.document
    target = request.form.get("target", _NEW)
    if target == _NEW:
        taken = set(session.scalars(select(Form.key)))
        document = document | {"key": free_key(str(document["key"]), taken)}
        return create_form(session, document, package=_package_name(imported))
    draft = _chosen_draft(session, target)
    kept: Element = {"id": draft.document["id"], "key": draft.document["key"]}
    operation = ReplaceDocument(document | kept)
    apply_operation(session, draft, draft.revision, operation, person_name=current_actor().name)
    return draft


def _chosen_draft(session: Session, form_id: str) -> FormDraft:
    drafts = {one.form_id: one for one in all_drafts(session)}
    if form_id not in drafts:
        abort(404)
    return drafts[form_id]


def _name_missing_registers(session: Session, imported: ImportedForm) -> None:
    """Report registers and columns that the form names and the tenant does not have.

    The form comes with the columns it takes over; the entries stay where they are kept.
    """
    draft = LintedDraft(imported.document)
    names = {element_id(place.element): element_name(place.element) for place in draft.fields}
    for one in register_findings(draft, known_registers(session)):
        imported.report.refuse(names[one.element], "register", one.text)


def _package_name(imported: ImportedPackage) -> str:
    return str(imported.manifest.get("name", ""))[:120]


def _keep_samples(session: Session, form_id: str, content: PackageContent) -> None:
    for sample in content.samples:
        data, expected = sample.get("data"), sample.get("expected")
        if isinstance(data, dict):
            keep_trial(
                session, form_id, str(sample.get("description", "")), data,
                expected if isinstance(expected, dict) else {}, (),
            )  # fmt: skip


def _keep_clauses(session: Session, imported: ImportedPackage) -> None:
    """Keep the clauses that came along as drafts; those of which there is one stay the office's."""
    report = imported.form.report
    for key, document in imported.content.clauses.items():
        name = f"clauses/{key}.json"
        title = str(document.get("title") or key)[:200]
        try:
            keep_imported(session, key, title, document, person_name=current_actor().name)
        except (ContentUnreadable, ClauseRefused) as error:
            report.carried[:] = [entry for entry in report.carried if entry.name != name]
            report.refuse(title, "clause", str(error))


def _keep_template(session: Session, draft: FormDraft, imported: ImportedPackage) -> str:
    """Keep the template that came along until the form is published; return its id or nothing.

    What keeps it from being taken over is told in the report; the form is taken over anyway.
    """
    content, report = imported.content, imported.form.report
    if content.template is None:
        return ""
    title = content.template_title or str(imported.form.document["title"])[:200]
    try:
        version = keep_for_draft(
            session,
            current_app.extensions["siegel"].store,
            draft.form_id,
            parse_definition(draft.document),
            title=title,
            file_name=TEMPLATE,
            data=content.template,
        )
    except (TemplateRefused, StorageError, DefinitionError) as error:
        _refuse_template(report, title, str(error))
        return ""
    return version.id


def _refuse_template(report: ExchangeReport, title: str, reason: str) -> None:
    report.carried[:] = [entry for entry in report.carried if entry.kind != "template"]
    report.refuse(title, "template", reason)


@form_import.get("/<uuid:form_id>/uebernommen")
@requires("can_edit", "Forms")
def report(form_id: object) -> str:
    """Show what the last file taken over into the draft of a form brought."""
    draft = database.session.scalars(
        select(FormDraft)
        .where(FormDraft.form_id == str(form_id))
        .options(undefer(FormDraft.import_report))
    ).first()
    if draft is None or draft.import_report is None:
        abort(404)
    kept = draft.import_report
    template_id = kept.get("template_version_id")
    return render_template(
        "building/taken_over.html",
        title=draft.form.title,
        source=kept.get("source", ""),
        at=moment(datetime.fromisoformat(str(kept["at"]))),
        person=kept.get("person", ""),
        carried=_rows(kept.get("carried")),
        refused=_rows(kept.get("refused")),
        urls={
            "overview": url_for("building.index"),
            "draft": url_for("building.show", form_id=draft.form_id),
            "again": url_for("form_import.take_over"),
            "template": url_for("templates.show", version_id=template_id) if template_id else "",
        },
    )


def _rows(entries: Json | None) -> list[dict[str, str]]:
    """Return entries of a kept report, what they are in words where there is one."""
    rows = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    return [
        {
            "name": str(one.get("name", "")),
            "kind": _word_for(str(one.get("kind", ""))),
            "key": str(one.get("key", "")),
            "reason": str(one.get("reason", "")),
        }
        for one in rows
    ]


def _word_for(kind: str) -> str:
    if kind in FIELD_TYPES:
        return FIELD_TYPES[kind].word
    return str(_KINDS.get(kind, kind))
