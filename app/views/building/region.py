"""Everything between header and footer of the builder: outline, preview, properties, findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for

from app import database
from app.views.building.conflicts import conflict_rows
from app.views.building.outline import outline
from app.views.building.panel import panel_of
from app.views.building.placeholders import printed_placeholders
from app.views.building.register_choices import KnownRegister
from app.views.presenting import BERLIN, moment
from forms.building.conflicts import Conflict
from forms.building.document_tree import (
    Element,
    ElementUnknown,
    Place,
    children,
    element_id,
    element_name,
    find_place,
)
from forms.building.drafting import undo_stacks
from forms.building.findings import BuildingFinding
from forms.building.lint import lint_form
from forms.building.models import FORM_DRAFT_STATES, FormDraft
from forms.building.preview import preview_key, preview_page
from forms.expressions.nodes import Json
from forms.fields.register_columns import read_columns
from forms.registers.keeping import list_registers
from tenants.language import _

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something was not saved; ``html_id`` is the control it is about."""

    text: str
    html_id: str = ""


def region(
    draft: FormDraft,
    selected: str,
    *,
    typed: Mapping[str, str] | None = None,
    problem: Problem | None = None,
    conflicts: tuple[Conflict, ...] = (),
    operation: dict[str, Json] | None = None,
    said: str = "",
) -> Row:
    """Return the variables of building/_region.html.

    ``selected`` is the id of the chosen element; one that is not there means the first page.
    """
    document = draft.document
    place = chosen_place(document, selected)
    registers = _registers()
    findings = lint_form(
        document,
        printed_placeholders(database.session(), draft),
        {key: register.columns for key, register in registers.items()},
        is_complete=False,
    )
    stacks = undo_stacks(database.session(), draft)
    form_id = draft.form_id
    return {
        "form": _form_row(draft),
        "revision": draft.revision,
        "outline": outline(document, form_id, element_id(place.element), _levels(findings)),
        "preview": _preview(document, place, form_id),
        "panel": panel_of(document, place, form_id, typed, registers),
        "element_findings": [one for one in findings if one.element == element_id(place.element)],
        "counts": counts(findings),
        "can_undo": bool(stacks.undo),
        "can_redo": bool(stacks.redo),
        "problem": problem,
        "has_errors": problem is not None,
        "conflicts": conflict_rows(document, conflicts),
        "operation": operation,
        "said": said,
        "urls": room_urls(form_id, element_id(place.element)),
    }


def _registers() -> dict[str, KnownRegister]:
    return {
        register.key: KnownRegister(register.title, read_columns(register.columns))
        for register, _count in list_registers(database.session())
    }


def room_urls(form_id: str, selected: str = "") -> Row:
    """Return the addresses of the builder's pages and changes for one form."""
    names = (
        "change",
        "add",
        "act",
        "undo",
        "redo",
        "table",
        "findings",
        "trials",
        "resolve",
        "translations",
    )
    return {
        **{name: url_for(f"building.{name}", form_id=form_id) for name in names},
        "show": url_for("building.show", form_id=form_id),
        "current": url_for("building.show", form_id=form_id, element=selected or None),
        "publish": url_for("releases.publish", form_id=form_id),
        "overview": url_for("building.index"),
    }


def counts(findings: list[BuildingFinding]) -> Row:
    """Return how many errors and warnings there are."""
    errors = sum(one.level == "error" for one in findings)
    return {"errors": errors, "warnings": len(findings) - errors}


def chosen_place(document: Element, selected: str) -> Place:
    """Return the place of the chosen element, of the first page when there is none such."""
    try:
        return find_place(document, selected)
    except ElementUnknown:
        pages = children(document, "pages")
        return find_place(document, element_id(pages[0]) if pages else element_id(document))


def _levels(findings: list[BuildingFinding]) -> dict[str, str]:
    levels: dict[str, str] = {}
    for finding in findings:
        # Errors come first: a warning never hides one.
        levels.setdefault(finding.element, finding.level)
    return levels


def _form_row(draft: FormDraft) -> Row:
    document = draft.document
    return {
        "id": draft.form_id,
        "root": element_id(document),
        "title": element_name(document),
        "state": FORM_DRAFT_STATES[draft.state],
        "is_open": draft.state == "open",
        "saved_at": moment(draft.updated_at) if draft.revision else "",
        "saved_clock": draft.updated_at.astimezone(BERLIN).strftime("%H:%M")
        if draft.revision
        else "",
        "saved_by": draft.updated_by,
    }


def _preview(document: Element, place: Place, form_id: str) -> Row | None:
    """Return the page that holds the chosen element, as it will look."""
    page = _page_of(document, place)
    if page is None:
        return None
    base = url_for("building.show", form_id=form_id)
    elements = {
        preview_key(element_id(field)): {
            "id": element_id(field),
            "label": element_name(field) or _("ohne Namen"),
            "url": f"{base}?element={element_id(field)}#eigenschaften",
            "selected": element_id(field) == element_id(place.element)
            or any(element_id(one) == element_id(field) for one in place.ancestors),
        }
        for section in children(page, "sections")
        for field in children(section, "fields")
    }
    sections = [
        {
            "id": element_id(section),
            "title": str(section.get("title") or ""),
            "fields": len(children(section, "fields")),
            "url": f"{base}?element={element_id(section)}#eigenschaften",
        }
        for section in children(page, "sections")
    ]
    view = preview_page(document, page)
    drawn = {section.key: section.fields for section in view.sections}
    return {
        "view": view,
        "sections": sections,
        "drawn": {one["id"]: drawn.get(preview_key(str(one["id"])), ()) for one in sections},
        "elements": elements,
    }


def _page_of(document: Element, place: Place) -> Element | None:
    if place.list_name == "pages":
        return place.element
    if len(place.ancestors) > 1:
        return place.ancestors[1]
    return next(iter(children(document, "pages")), None)
