"""The list of forms to build, a new form, the builder itself and its findings."""

from __future__ import annotations

from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import select

from app import database
from app.security.access import requires
from app.views.building.placeholders import printed_placeholders
from app.views.building.region import counts, region, room_urls
from app.views.building.room import Page, building, draft_of, wants_region
from app.views.forms import DATA_CLASSES
from app.views.presenting import moment
from forms.building.document_tree import element_id, element_name, places
from forms.building.drafting import (
    DraftUnknown,
    FormKeyTaken,
    all_drafts,
    create_form,
    find_draft,
    open_draft,
)
from forms.building.lint import lint_form
from forms.building.models import FORM_DRAFT_STATES, FormDraft
from forms.building.starting import copied_form, empty_form, free_key, key_of
from forms.building.trial_keeping import take_samples
from forms.models import FORM_STATES, Answers, Form
from forms.packages import PackageUnreadable, list_packages, read_package
from forms.publishing import latest_version
from forms.registers.keeping import known_registers
from tenants.language import _

LONGEST_TITLE = 200


@building.get("/")
@requires("can_edit", "Forms")
def index() -> str:
    """List every form with its published version and its draft."""
    session = database.session()
    drafts = {draft.form_id: draft for draft in all_drafts(session)}
    return render_template(
        "building/list.html",
        forms=[
            _form_row(form, drafts.get(form.id))
            for form in session.scalars(select(Form).order_by(Form.title))
        ],
        urls={
            "new": url_for("building.new"),
            "take_over": url_for("form_import.take_over"),
        },
    )


def _form_row(form: Form, draft: FormDraft | None) -> dict[str, object]:
    version = latest_version(database.session(), form.id)
    return {
        "title": form.title,
        "key": form.key,
        "state": {
            "kind": {"published": "success", "retired": "neutral"}.get(form.state, "info"),
            "text": FORM_STATES[form.state].capitalize(),
        },
        "version": version.number if version else "",
        "draft": {
            "state": FORM_DRAFT_STATES[draft.state],
            "saved": moment(draft.updated_at),
            "by": draft.updated_by,
        }
        if draft
        else None,
        "url": url_for("building.show", form_id=form.id) if draft else "",
        "open_url": url_for("building.open_form", form_id=form.id),
        "hand_out_url": url_for("form_export.hand_out", form_id=form.id),
    }


@building.route("/neu", methods=["GET", "POST"])
@requires("can_edit", "Forms")
def new() -> Page:
    """Ask how a new form begins, and create it."""
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        title = " ".join(request.form.get("title", "").split())[:LONGEST_TITLE]
        if not title:
            errors.append({"html_id": "title", "text": _("Geben Sie dem Vordruck einen Titel.")})
        if request.form.get("data_class") not in DATA_CLASSES:
            errors.append({"html_id": "data_class", "text": _("Wählen Sie eine Schutzklasse.")})
        document = None if errors else _starting_document(title)
        if document is None and not errors:
            errors.append({"html_id": "base", "text": _("Wählen Sie, womit Sie beginnen.")})
        if document is not None:
            try:
                draft = create_form(database.session(), document)
                _take_samples(draft)
            except FormKeyTaken:  # somebody took the free key in the same moment
                database.session().rollback()
                return redirect(url_for("building.new"))
            database.session().commit()
            return redirect(url_for("building.show", form_id=draft.form_id))
    page = render_template(
        "building/new.html",
        errors=errors,
        has_errors=bool(errors),
        title=request.form.get("title", ""),
        chosen_class=request.form.get("data_class", ""),
        chosen_base=request.form.get("base", "empty"),
        data_classes=DATA_CLASSES,
        forms=list(database.session().scalars(select(Form).order_by(Form.title))),
        packages=[(one.name, str(one.manifest["title"])) for one in list_packages()],
        urls={"save": url_for("building.new"), "overview": url_for("building.index")},
    )
    return (page, 422) if errors else page


def _take_samples(draft: FormDraft) -> None:
    """Let the trials of a package travel with the form that is made from it."""
    kind, _colon, name = request.form.get("base", "").partition(":")
    if kind == "package":
        take_samples(database.session(), draft.form_id, read_package(name))


def _starting_document(title: str) -> Answers | None:
    taken = set(database.session().scalars(select(Form.key)))
    key = free_key(key_of(title, "vordruck"), taken)
    data_class = request.form["data_class"]
    kind, _colon, name = request.form.get("base", "").partition(":")
    if kind == "empty":
        return empty_form(title, key, data_class)
    source = _package_document(name) if kind == "package" else _form_document(name)
    if source is None:
        return None
    return copied_form(source, title, key) | {"data_class": data_class}


def _package_document(name: str) -> Answers | None:
    try:
        return read_package(name).form_document
    except PackageUnreadable:
        return None


def _form_document(form_id: str) -> Answers | None:
    try:
        wanted = str(UUID(form_id))
    except ValueError:
        return None
    draft = find_draft(database.session(), wanted)
    if draft is not None:
        return draft.document
    version = latest_version(database.session(), wanted)
    return version.definition if version else None


@building.post("/<uuid:form_id>/entwurf")
@requires("can_edit", "Forms")
def open_form(form_id: object) -> Page:
    """Begin a draft from the latest version, and lead to it."""
    try:
        draft = open_draft(database.session(), str(form_id))
    except DraftUnknown:
        abort(404)
    database.session().commit()
    return redirect(url_for("building.show", form_id=draft.form_id))


@building.get("/<uuid:form_id>/")
@requires("can_edit", "Forms")
def show(form_id: object) -> str:
    """Show the draft: outline, one page as it will look, properties of the chosen element."""
    parts = region(draft_of(form_id), request.args.get("element", ""))
    template = "building/_region.html" if wants_region() else "building/show.html"
    return render_template(template, **parts)


@building.get("/<uuid:form_id>/befunde")
@requires("can_edit", "Forms")
def findings(form_id: object) -> str:
    """List everything that is wrong or doubtful in the draft, after reading it as a whole."""
    draft = draft_of(form_id)
    session = database.session()
    found = lint_form(
        draft.document, printed_placeholders(session, draft), known_registers(session)
    )
    names = {
        element_id(place.element): element_name(place.element) for place in places(draft.document)
    }
    return render_template(
        "building/findings.html",
        form={"title": draft.form.title},
        findings=[
            {
                "level": one.level,
                "name": names.get(one.element, "") or _("ohne Namen"),
                "text": one.text,
                "url": url_for("building.show", form_id=form_id, element=one.element),
            }
            for one in found
        ],
        counts=counts(found),
        urls=room_urls(draft.form_id),
    )
