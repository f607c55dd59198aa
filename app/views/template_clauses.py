"""The clauses of a template: which it holds, renewing them, its own wording, and its term."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import current_actor, requires
from document_templates.clauses.content import CLAUSE_KINDS
from document_templates.clauses.keeping import (
    ClauseFaulty,
    ClauseRefused,
    ClauseUnknown,
    find_clause,
    newest_version,
)
from document_templates.clauses.models import Clause, TemplateClause
from document_templates.clauses.pinning import pins_of, published_clauses
from document_templates.clauses.reading_terms import ask_for_terms
from document_templates.clauses.terms import AMENDMENTS, LETTERS, day_paths, text_paths
from document_templates.clauses.wording import find_wording, keep_wording
from document_templates.models import TEMPLATE_PRODUCTS, TemplateVersion
from document_templates.publishing import (
    TemplateUnknown,
    find_template_version,
    renew_clauses,
    set_products,
)
from forms.publishing import definition_of
from tenants.language import _

template_clauses = Blueprint("template_clauses", __name__, url_prefix="/vorlagen")

Page = str | BaseResponse | tuple[str, int]


def clause_rows(version: TemplateVersion) -> list[dict[str, object]]:
    """Return the clauses that a version of a template holds, as its page shows them."""
    newest = published_clauses(database.session())
    return [
        _row(version, pin, newest[pin.clause_version.clause.key].number) for pin in _pins(version)
    ]


def _pins(version: TemplateVersion) -> list[TemplateClause]:
    return pins_of(database.session(), version.id)


def _row(version: TemplateVersion, pin: TemplateClause, newest: int) -> dict[str, object]:
    held = pin.clause_version
    content = held.content
    return {
        "title": held.clause.title,
        "kind": CLAUSE_KINDS[content.kind],
        "number": held.number,
        "newest": newest,
        "is_outdated": held.number < newest,
        "is_reworded": bool(pin.texts),
        "url": url_for("clauses.show", clause_id=pin.clause_id),
        "compare_url": url_for(
            "clauses.compare", clause_id=pin.clause_id, old=held.number, new=newest
        ),
        "wording_url": url_for(
            "template_clauses.wording", version_id=version.id, clause_id=pin.clause_id
        )
        if content.kind == "adaptable"
        else "",
    }


def term_choices(version: TemplateVersion) -> dict[str, object]:
    """Return what the documents of a template may be, and the answers that may say when."""
    template = version.template
    definition = definition_of(version.form_version)
    days, texts = list(day_paths(definition)), list(text_paths(definition))
    none = ("", _("keine Angabe"))
    return {
        "makes": _options(template.makes, TEMPLATE_PRODUCTS.items()),
        "begins": _options(template.begins_field, [("", _("Tag des Dokuments")), *days]),
        "ends": _options(template.ends_field, [("", _("unbefristet")), *days]),
        "amends": _options(template.amends_field, [none, *texts]),
        "is_letter": template.makes == LETTERS,
    }


def _options(chosen: str, pairs: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
    return [{"value": value, "label": label, "selected": value == chosen} for value, label in pairs]


@template_clauses.post("/<uuid:version_id>/bausteine")
@requires("can_edit", "Templates")
def renew(version_id: object) -> BaseResponse:
    """Make the template's next version, with the clauses as they are now."""
    version = _version(version_id)
    if version.form_version_id is None:
        abort(404)
    store = current_app.extensions["siegel"].store
    made = renew_clauses(database.session(), store, version)
    database.session.commit()
    flash(
        _("Fassung {number} hat die Bausteine von heute. Veröffentlichen Sie sie.").format(
            number=made.number
        ),
        "success",
    )
    return redirect(url_for("templates.show", version_id=made.id))


@template_clauses.post("/<uuid:version_id>/verwendung")
@requires("can_edit", "Templates")
def products(version_id: object) -> BaseResponse:
    """Say what the documents of the template are, and which answers say when they hold."""
    version = _version(version_id)
    if version.form_version_id is None:
        abort(404)
    definition = definition_of(version.form_version)
    days, texts = dict(day_paths(definition)), dict(text_paths(definition))
    form = request.form
    makes = form.get("makes", LETTERS)
    if makes not in TEMPLATE_PRODUCTS:
        abort(400)
    set_products(
        database.session(),
        version.template,
        makes=makes,
        begins_field=form.get("begins", "") if form.get("begins", "") in days else "",
        ends_field=form.get("ends", "") if form.get("ends", "") in days else "",
        amends_field=form.get("amends", "")
        if makes == AMENDMENTS and form.get("amends", "") in texts
        else "",
    )
    if makes != LETTERS:
        ask_for_terms(database.session(), version.template)
    database.session.commit()
    flash(_("Gespeichert. Für vorhandene Dokumente wird es in Kürze nachgetragen."), "success")
    return redirect(url_for("templates.show", version_id=version.id))


@template_clauses.route("/<uuid:version_id>/bausteine/<uuid:clause_id>", methods=["GET", "POST"])
@requires("can_edit", "Templates")
def wording(version_id: object, clause_id: object) -> Page:
    """Word an adaptable clause differently in this template, or as it is again."""
    version, clause = _version(version_id), _clause(clause_id)
    newest = newest_version(database.session(), clause)
    if newest is None or newest.content.kind != "adaptable" or version.form_version_id is None:
        abort(404)
    found = find_wording(database.session(), version.template, clause.id)
    texts = dict(found.texts) if found else {}
    if request.method == "GET":
        return _wording_page(version, clause, texts, found.reason if found else "", [])
    typed = {
        one.key: request.form.get(f"text-{one.key}", one.text) for one in newest.content.variants
    }
    reason = request.form.get("reason", "")
    try:
        keep_wording(
            database.session(),
            version.template,
            newest,
            typed,
            reason=reason,
            person_name=current_actor().name,
        )
    except (ClauseRefused, ClauseFaulty) as error:
        database.session.rollback()
        version, clause = _version(version_id), _clause(clause_id)
        html_id = "reason" if isinstance(error, ClauseRefused) else "texte"
        errors = [{"html_id": html_id, "text": str(error)}]
        return _wording_page(version, clause, typed, reason, errors), 422
    store = current_app.extensions["siegel"].store
    made = renew_clauses(database.session(), store, version)
    database.session.commit()
    flash(
        _("Fassung {number} hat den neuen Wortlaut. Veröffentlichen Sie sie.").format(
            number=made.number
        ),
        "success",
    )
    return redirect(url_for("templates.show", version_id=made.id))


def _wording_page(
    version: TemplateVersion,
    clause: Clause,
    texts: dict[str, str],
    reason: str,
    errors: list[dict[str, str]],
) -> str:
    newest = newest_version(database.session(), clause)
    found = find_wording(database.session(), version.template, clause.id)
    is_older = bool(found and newest and found.base_version_id != newest.id)
    variants = newest.content.variants if newest else ()
    return render_template(
        "clauses/wording.html",
        template={"title": version.template.title},
        clause={"title": clause.title, "number": newest.number if newest else 0},
        is_older=is_older,
        variants=[
            {
                "key": one.key,
                "title": one.title,
                "original": one.text,
                "text": texts.get(one.key, one.text),
            }
            for one in variants
        ],
        reason=reason,
        errors=errors,
        has_errors=bool(errors),
        urls={
            "save": url_for("template_clauses.wording", version_id=version.id, clause_id=clause.id),
            "overview": url_for("templates.index"),
            "template": url_for("templates.show", version_id=version.id),
            "clause": url_for("clauses.show", clause_id=clause.id),
        },
    )


def _version(version_id: object) -> TemplateVersion:
    try:
        return find_template_version(database.session(), str(version_id))
    except TemplateUnknown:
        abort(404)


def _clause(clause_id: object) -> Clause:
    try:
        return find_clause(database.session(), str(clause_id))
    except ClauseUnknown:
        abort(404)
