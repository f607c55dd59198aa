"""Choosing template and recipients; the result is the draft of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import select

from app import database
from app.security.access import current_actor, requires
from app.views.bulk_runs.room import (
    Errors,
    Filled,
    Page,
    bulk_runs,
    filled_by_table,
    newest_of,
    run_url,
    settings,
    visible_sources,
)
from app.views.bulk_runs.writing import person_name
from document_templates.bulk_runs.composing import RunPlan, RunRefused, compose_run
from document_templates.bulk_runs.fitting import propose_label, propose_mapping
from document_templates.bulk_runs.models import SOURCES, BulkRun
from document_templates.bulk_runs.recipients import (
    Recipient,
    of_register,
    of_sheet,
    of_submissions,
    published_versions,
    register_columns,
)
from document_templates.clauses.optional import clauses_of_template
from document_templates.models import DocumentTemplate, TemplateVersion
from forms.exchange.report import ImportRefused
from forms.exchange.workbook import MOST_ROWS
from forms.german import format_date
from forms.lists.filters import View, fitting_view, read_conditions
from forms.lists.saving import ViewUnknown, find_view, last_view, named_views
from forms.lists.searching import find_form_table
from forms.registers.keeping import RegisterUnknown, find_register, list_registers
from forms.registers.table_file import read_table_file
from forms.surroundings import today_in_berlin
from tenants.language import _

LARGEST_FILE = 5_000_000
WAYS = {"einreichungen": "submissions", "verzeichnis": "register", "tabelle": "table"}
_PATHS = {source: way for way, source in WAYS.items()}
_HELP = {
    "submissions": _("Gefiltert wie in der Tabelle der Einreichungen."),
    "register": _("Alle Einträge, die heute gelten."),
    "table": _("Eine Excel- oder CSV-Datei mit einer Zeile je Empfänger."),
}


@bulk_runs.route("/neu", methods=["GET", "POST"])
@requires("can_edit", "BulkRuns")
def create() -> Page:
    """Choose the template and where the recipients come from."""
    templates = _published_templates()
    if request.method == "GET":
        return _create_page(templates, [])
    template = next((one for one in templates if one.id == request.form.get("template")), None)
    source = request.form.get("source", "")
    errors: Errors = []
    if template is None:
        errors.append({"html_id": "template", "text": _("Wählen Sie eine Vorlage.")})
    if source not in visible_sources():
        errors.append({"html_id": "source-0", "text": _("Wählen Sie, woher die Empfänger kommen.")})
    if errors or template is None:
        return _create_page(templates, errors), 422
    return redirect(url_for("bulk_runs.choose", template_id=template.id, way=_PATHS[source]))


def _published_templates() -> list[DocumentTemplate]:
    found = select(TemplateVersion.template_id).where(TemplateVersion.state == "published")
    return list(
        database.session.scalars(
            select(DocumentTemplate)
            .where(DocumentTemplate.id.in_(found))
            .order_by(DocumentTemplate.title)
        )
    )


def _create_page(templates: list[DocumentTemplate], errors: Errors) -> str:
    chosen, source = request.form.get("template", ""), request.form.get("source", "")
    options = [
        {
            "value": one.id,
            "label": f"{one.title} ({one.form.title})",
            "selected": one.id == chosen,
        }
        for one in templates
    ]
    return render_template(
        "bulk_runs/new.html",
        templates=[{"value": "", "label": _("Bitte wählen"), "selected": False}, *options],
        has_templates=bool(templates),
        sources=[
            {
                "value": one,
                "label": SOURCES[one],
                "help": _HELP[one],
                "selected": one == source,
            }
            for one in visible_sources()
        ],
        errors=errors,
        has_errors=bool(errors),
        urls={"save": url_for("bulk_runs.create"), "overview": url_for("bulk_runs.index")},
    )


@bulk_runs.route(
    "/neu/<uuid:template_id>/<any(einreichungen, verzeichnis, tabelle):way>",
    methods=["GET", "POST"],
)
@requires("can_edit", "BulkRuns")
def choose(template_id: object, way: str) -> Page:
    """Choose the recipients and write the draft of the run."""
    source = WAYS[way]
    if source not in visible_sources():
        abort(404)
    version = newest_of(template_id)
    if request.method == "GET":
        return _choose_page(version, source, [])
    if source == "table" and request.files.get("file") is None:
        return _choose_page(version, source, _at("file", _("Wählen Sie eine Datei aus."))), 422
    try:
        run = _composed(version, source)
    except RegisterUnknown:
        errors = _at("register", _("Wählen Sie ein Verzeichnis."))
    except ViewUnknown:
        errors = _at("view", _("Wählen Sie eine Ansicht."))
    except (RunRefused, ImportRefused) as refused:
        errors = _at({"table": "file", "register": "register"}.get(source, "view"), str(refused))
    else:
        database.session.commit()
        return redirect(run_url(run))
    database.session.rollback()
    return _choose_page(newest_of(template_id), source, errors), 422


def _at(html_id: str, text: str) -> Errors:
    return [{"html_id": html_id, "text": text}]


@dataclass(frozen=True)
class _Chosen:
    title: str
    columns: list[str]
    recipients: Iterable[Recipient]
    filled: Filled | None


def _composed(version: TemplateVersion, source: str) -> BulkRun:
    chosen = _CHOOSERS[source](version)
    targets = chosen.filled.targets if chosen.filled else ()
    plan = RunPlan(
        title=" ".join(request.form.get("title", "").split())[:200] or _proposed_title(version),
        template_id=version.template_id,
        source=source,
        source_title=chosen.title,
        person_name=person_name(),
        columns=chosen.columns,
        mapping=propose_mapping(targets, chosen.columns),
        label_column=propose_label(chosen.columns),
        clauses=[
            one.key
            for one in clauses_of_template(database.session(), version.template_id)
            if one.key in request.form.getlist("clause")
        ],
        targets=targets,
        used=chosen.filled.used if chosen.filled else (),
    )
    limit = settings().bulk_recipients
    return compose_run(database.session(), plan, chosen.recipients, most_recipients=limit)


def _from_submissions(version: TemplateVersion) -> _Chosen:
    session = database.session()
    form, table = find_form_table(session, version.template.form.key, current_actor().viewer)
    wanted = request.form.get("view", "")
    if wanted == "last":
        view, title = last_view(session, form.id) or View(), _("zuletzt angesehen")
    elif wanted == "all":
        view, title = View(), _("alle")
    else:
        named = find_view(session, form.id, _identifier(wanted))
        view, title = named.view, named.name
    view = fitting_view(view, table.columns)
    reading = read_conditions(view.filters, table.columns)
    if reading.mistakes:
        raise RunRefused(reading.mistakes[0].message)
    versions = published_versions(session, version.template_id)
    found = of_submissions(session, table, view, reading.conditions, versions)
    return _Chosen(f"{form.title}: {title}", [], found, None)


def _identifier(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise ViewUnknown(text) from error


def _from_register(version: TemplateVersion) -> _Chosen:
    register = find_register(database.session(), request.form.get("register", ""))
    found = of_register(database.session(), register, version)
    return _Chosen(register.title, register_columns(register), found, filled_by_table(version))


def _from_table(version: TemplateVersion) -> _Chosen:
    file = request.files["file"]
    data = file.read(LARGEST_FILE + 1)
    if not data:
        raise ImportRefused(_("Wählen Sie eine Datei aus."))
    sheet = read_table_file(data)
    columns = list(dict.fromkeys(name for name in sheet.columns if name))
    found = of_sheet(sheet, version)
    return _Chosen(file.filename or "", columns, found, filled_by_table(version))


_CHOOSERS: dict[str, Callable[[TemplateVersion], _Chosen]] = {
    "submissions": _from_submissions,
    "register": _from_register,
    "table": _from_table,
}


def _proposed_title(version: TemplateVersion) -> str:
    return f"{version.template.title}, {format_date(today_in_berlin())}"


def _choose_page(version: TemplateVersion, source: str, errors: Errors) -> str:
    filled = filled_by_table(version) if source != "submissions" else None
    return render_template(
        "bulk_runs/choose.html",
        template={"title": version.template.title, "form_title": version.template.form.title},
        source=source,
        source_title=SOURCES[source],
        title=request.form.get("title", "") or _proposed_title(version),
        views=_views(version) if source == "submissions" else [],
        registers=_registers() if source == "register" else [],
        placeholders=[
            {"path": one.path, "label": one.label, "is_required": one.is_required}
            for one in (filled.targets if filled else ())
            if filled and (one.path in filled.used or f"{one.field.key}_text" in filled.used)
        ],
        clauses=_clauses(version),
        limit=_most_recipients(source),
        errors=errors,
        has_errors=bool(errors),
        urls={
            "save": url_for(
                "bulk_runs.choose", template_id=version.template_id, way=_PATHS[source]
            ),
            "overview": url_for("bulk_runs.index"),
            "table": url_for("submission_table.show", form_key=version.template.form.key),
        },
    )


def _most_recipients(source: str) -> int:
    most = settings().bulk_recipients
    return min(most, MOST_ROWS) if source == "table" else most


def _clauses(version: TemplateVersion) -> list[dict[str, object]]:
    """Return the optional clauses that the documents of the run may have."""
    chosen = request.form.getlist("clause")
    return [
        {"key": one.key, "title": one.title, "text": one.texts, "chosen": one.key in chosen}
        for one in clauses_of_template(database.session(), version.template_id)
    ]


def _views(version: TemplateVersion) -> list[dict[str, object]]:
    form_id = version.template.form_id
    chosen = request.form.get("view", "last")
    options = [
        ("last", _("Was ich zuletzt in der Tabelle gefiltert habe")),
        *((one.id, one.name) for one in named_views(database.session(), form_id)),
        ("all", _("Alle Einreichungen dieses Vordrucks")),
    ]
    return [
        {"value": value, "label": label, "selected": value == chosen} for value, label in options
    ]


def _registers() -> list[dict[str, object]]:
    chosen = request.form.get("register", "")
    found = [
        {
            "value": one.key,
            "label": _("{title} ({count} Einträge)").format(title=one.title, count=count),
            "selected": one.key == chosen,
        }
        for one, count in list_registers(database.session())
    ]
    return [{"value": "", "label": _("Bitte wählen"), "selected": False}, *found]
