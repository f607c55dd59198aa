"""One page of an unfinished form, made presentable by the real renderer.

Rules are left out, so that everything shows. Keys are replaced by ids, so that doubled or missing
keys do no harm and every drawn field can be traced to its element.
"""

from __future__ import annotations

import copy

from forms.building.document_tree import Element, Place, children, element_id, places
from forms.building.operands import kind_of_field
from forms.definition import DefinitionError, parse_definition
from forms.evaluation import evaluate
from forms.expressions.nodes import Json
from forms.presentation import PageView, present_page
from tenants.language import _

_PAGE = "seite"


def preview_page(document: Element, page: Element) -> PageView:
    """Return what ``page`` of the draft ``document`` looks like to who fills it in, unanswered.

    Each field of the view has :func:`preview_key` of its element as path.
    """
    shown = _page(document, page)
    try:
        definition = parse_definition(_form(shown))
    except DefinitionError:
        definition = parse_definition(_form(_with_usable_fields(shown)))
    return present_page(definition, _PAGE, evaluate(definition, _one_row(shown), stage="draft"))


def preview_key(identity: str) -> str:
    """Return the key that stands for the element in a preview."""
    return f"v{identity.replace('-', '')}"


def _form(page: Element) -> Element:
    return {
        "schema_version": 1,
        "id": "00000000-0000-4000-8000-000000000000",
        "key": "vorschau",
        "title": _("Vorschau"),
        "language": "de-DE",
        "pages": [page],
    }


def _page(document: Element, page: Element) -> Element:
    shown = copy.deepcopy(page)
    for place in places(shown):
        _simplify(document, place)
    shown["key"] = _PAGE
    shown["title"] = _text(page, "title") or _("(ohne Titel)")
    return shown


def _simplify(document: Element, place: Place) -> None:
    element = place.element
    for name in (
        "visible",
        "valid",
        "row_rules",
        "readonly",
        "visible_to",
        "filled_by",
        "prefill",
        "filter",
    ):
        element.pop(name, None)
    if isinstance(element.get("required"), str):
        element["required"] = False
    for name in ("help", "intro", "unit", "pattern_message"):
        if name in element and not _text(element, name):
            element.pop(name)
    if place.list_name in ("sections", "fields"):
        element["key"] = preview_key(element_id(element))
    if place.list_name not in ("", "pages", "sections") and not _text(element, "label"):
        element["label"] = _("(ohne Beschriftung)")
    if element.get("type") == "calculated":
        element["value"] = "none"
    if element.get("type") == "repeat":
        _simplify_group(element)
    if "columns_from" in element:
        _columns_of_group(document, element)


def _simplify_group(element: Element) -> None:
    numbers = [
        preview_key(element_id(column))
        for column in children(element, "fields")
        if kind_of_field(column) == "number"
    ]
    if "totals" in element:
        element["totals"] = list(numbers)
    element["item_label"] = _text(element, "item_label") or _("Eintrag")
    if not children(element, "fields"):
        element.update({"type": "info", "text": _("Diese Wiederholgruppe hat noch kein Feld.")})
        for name in ("fields", "display", "item_label", "totals", "minimum", "maximum", "required"):
            element.pop(name, None)


def _columns_of_group(document: Element, element: Element) -> None:
    """Stand in for the columns that a group will give: nobody has filled it in yet."""
    source = element.pop("columns_from")
    wanted = source.get("repeat") if isinstance(source, dict) else None
    label = next(
        (
            _text(place.element, "item_label")
            for place in places(document)
            if place.list_name == "fields" and place.element.get("key") == wanted
        ),
        "",
    )
    element["columns"] = [
        {
            "id": f"00000000-0000-4000-8000-{number:06}{element_id(element)[-6:]}",
            "key": f"c{number}",
            "label": f"{label or _('Spalte')} {number}",
        }
        for number in (1, 2)
    ]


def _with_usable_fields(page: Element) -> Element:
    """Return the page with a note in place of each field that cannot be drawn yet."""
    usable = copy.deepcopy(page)
    for section in children(usable, "sections"):
        section["fields"] = [
            one if _is_usable(page, section, one) else _note(one)
            for one in children(section, "fields")
        ]
    return usable


def _is_usable(page: Element, section: Element, field: Element) -> bool:
    alone: Element = {**page, "sections": [{**section, "fields": [field]}]}
    try:
        parse_definition(_form(alone))
    except DefinitionError:
        return False
    return True


def _note(field: Element) -> Element:
    return {
        "id": field["id"],
        "key": field["key"],
        "type": "info",
        "label": _text(field, "label")[:500],
        "text": _("Dieses Feld ist noch nicht vollständig; die Befunde sagen, was fehlt."),
    }


def _one_row(element: Element) -> dict[str, Json]:
    """Return answers with one empty row in each group, so that its fields are seen."""
    rows: dict[str, Json] = {}
    for below_name in ("sections", "fields"):
        for child in children(element, below_name):
            inner = _one_row(child)
            if child.get("type") == "repeat":
                rows[str(child["key"])] = [{"_id": element_id(child), **inner}]
            else:
                rows.update(inner)
    return rows


def _text(element: Element, name: str) -> str:
    value = element.get(name)
    return value.strip() if isinstance(value, str) else ""
