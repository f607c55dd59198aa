"""Changing a draft: each request is one small operation, saved at once."""

from __future__ import annotations

import json

from flask import request
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.views.building.panel import element_kind
from app.views.building.region import Problem
from app.views.building.room import (
    Page,
    Unsaved,
    answer,
    building,
    draft_of,
    posted_revision,
    save,
)
from forms.building.document_tree import (
    Element,
    ElementUnknown,
    Place,
    children,
    element_id,
    element_name,
    find_place,
)
from forms.building.drafting import DraftLocked, NothingToUndo, redo_operation, undo_operation
from forms.building.field_types import exchangeable_types, new_field, offered_types
from forms.building.models import FormDraft
from forms.building.moving import move_down, move_to_end, move_up
from forms.building.operation_documents import operation_from_json
from forms.building.operations import (
    AddElement,
    Change,
    ChangeProperties,
    MoveElement,
    Operation,
    RemoveElement,
    RenameKey,
)
from forms.building.properties import LABELS, EntryUnreadable, Property, entered, properties_of
from forms.building.starting import copy_of, named_entry, new_page, new_section
from forms.building.structure import StructureBroken
from forms.expressions.nodes import Json
from tenants.language import _

_ENTRY_LISTS = ("options", "cells", "rows", "columns")


def posted_place(draft: FormDraft, name: str = "element") -> Place:
    """Return the place of the element the request names. Raises `Unsaved` when it has gone."""
    try:
        return find_place(draft.document, request.form.get(name, ""))
    except ElementUnknown as missing:
        text = _("Dieses Element gibt es nicht mehr; jemand hat es inzwischen gelöscht.")
        typed = _typed_texts()
        if typed:
            text = _("{text} Ihre Eingabe zum Abschreiben: {typed}.").format(
                text=text, typed=", ".join(typed)
            )
        raise Unsaved(Problem(text), status=409) from missing


def _typed_texts() -> list[str]:
    """Return what the person typed, each with its label, so that it can be put elsewhere."""
    posted = {
        name: _lines(name)
        for name in request.form
        if f"was:{name}" in request.form and _lines(name) != _lines(f"was:{name}")
    }
    if {"kind", "list"} & set(request.form):
        posted["label"] = _lines("label")
    return [f"{LABELS.get(name, (name, ''))[0]}: „{text}“" for name, text in posted.items() if text]


def selected_element(default: str) -> str:
    """Return the id of the element the page shall show afterwards."""
    return request.form.get("selected") or default


@building.post("/<uuid:form_id>/aendern")
@requires("can_edit", "Forms")
def change(form_id: object) -> Page:
    """Save the properties of one element that the person changed."""
    draft = draft_of(form_id)
    identity = request.form.get("element", "")
    typed = {name: text for name, text in request.form.items() if f"was:{name}" in request.form}
    try:
        place = posted_place(draft)
        for operation in _wanted_changes(place):
            save(draft, operation)
    except Unsaved as unsaved:
        return answer(form_id, selected_element(identity), unsaved=unsaved, typed=typed)
    return answer(form_id, selected_element(identity))


def _wanted_changes(place: Place) -> list[Operation]:
    """Return one operation for what was changed, another for a new key."""
    identity = element_id(place.element)
    changes: list[Change] = []
    operations: list[Operation] = []
    for one in properties_of(element_kind(place)):
        text = _posted_text(one)
        if f"was:{one.name}" not in request.form or text == _lines(f"was:{one.name}"):
            continue
        value = _entered(one, text)
        if one.name == ("value" if place.list_name in ("options", "cells") else "key"):
            operations.append(RenameKey(identity, str(value or "")))
        else:
            changes.append(Change(identity, one.name, value))
    kind = request.form.get("type", "")
    if place.list_name == "fields" and kind not in ("", place.element.get("type")):
        if kind not in exchangeable_types(str(place.element.get("type"))):
            raise Unsaved(Problem(_("In diesen Typ lässt sich das Feld nicht umwandeln.")))
        changes.append(Change(identity, "type", kind))
    if changes:
        operations.insert(0, ChangeProperties(tuple(changes)))
    return operations


def _posted_text(one: Property) -> str:
    """Return what was posted for a property; several boxes are one text."""
    texts = [text for text in request.form.getlist(one.name) if text.strip()]
    return ("|" if one.control == "prefill" else "\n").join(texts).replace("\r\n", "\n")


def _lines(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")


def _entered(one: Property, text: str) -> Json:
    try:
        if one.control == "columns_from":
            parts = text.split("|")
            return dict(zip(("repeat", "key", "label"), parts, strict=True)) if text else None
        value = entered(one.control, text)
    except (EntryUnreadable, ValueError) as error:
        reason = str(error) if isinstance(error, EntryUnreadable) else _("Bitte wählen Sie neu.")
        raise Unsaved(Problem(f"{one.label}: {reason}", f"e-{one.name}")) from error
    if value is None and one.needed:
        if one.control in ("line", "key", "prose", "calculation"):
            return ""
        raise Unsaved(
            Problem(
                _("{label}: Hier ist eine Angabe nötig.").format(label=one.label), f"e-{one.name}"
            )
        )
    return value


@building.post("/<uuid:form_id>/hinzufuegen")
@requires("can_edit", "Forms")
def add(form_id: object) -> Page:
    """Add a page, section or field, or an entry of a list."""
    draft = draft_of(form_id)
    identity = request.form.get("element", "")
    try:
        place = posted_place(draft)
        list_name = request.form.get("list", "")
        if list_name in _ENTRY_LISTS:
            _add_entries(draft, place, list_name)
            return answer(form_id, identity, anchor=f"liste-{list_name}")
        operation = _new_element(draft.document, place)
        save(draft, operation)
    except Unsaved as unsaved:
        return answer(form_id, identity, unsaved=unsaved)
    name = element_name(operation.element)
    return answer(
        form_id,
        element_id(operation.element),
        said=_("„{name}“ ist hinzugefügt.").format(name=name),
    )


def _add_entries(draft: FormDraft, place: Place, list_name: str) -> None:
    """Add an entry for each line that was typed."""
    labels = [" ".join(line.split()) for line in request.form.get("label", "").splitlines()]
    labels = [label for label in labels if label]
    if not labels:
        raise Unsaved(Problem(_("Geben Sie an, wie der neue Eintrag heißt."), f"neu-{list_name}"))
    identity, base = element_id(place.element), posted_revision()
    parent = place.element
    for label in labels:
        siblings = children(parent, list_name)
        after = element_id(siblings[-1]) if siblings else None
        entry = named_entry(parent, list_name, label)
        base = save(draft, AddElement(identity, list_name, after, entry), base).revision
        parent = find_place(draft.document, identity).element


def _new_element(document: Element, place: Place) -> AddElement:
    kind, label = request.form.get("kind", ""), " ".join(request.form.get("label", "").split())
    if kind == "page":
        pages = children(document, "pages")
        after = _page_of(place) or (element_id(pages[-1]) if pages else None)
        page = new_page(document, label or _("Neue Seite"))
        return AddElement(element_id(document), "pages", after, page)
    if kind == "section":
        return _new_section(document, place, label)
    return _new_field(document, place, kind, label)


def _page_of(place: Place) -> str | None:
    chain = [*place.ancestors, place.element]
    return element_id(chain[1]) if len(chain) > 1 else None


def _new_section(document: Element, place: Place, label: str) -> AddElement:
    section = new_section(document, label)
    chain = [*place.ancestors, place.element]
    pages = children(document, "pages")
    page = chain[1] if len(chain) > 1 else pages[-1]
    sections = children(page, "sections")
    after = chain[2] if len(chain) > 2 else (sections[-1] if sections else None)
    return AddElement(element_id(page), "sections", element_id(after) if after else None, section)


def _new_field(document: Element, place: Place, kind: str, label: str) -> AddElement:
    inside = request.form.get("place") == "inside"
    if place.list_name == "fields" and not (inside and place.element.get("type") == "repeat"):
        parent, after = place.parent or document, element_id(place.element)
    else:
        parent = _field_home(document, place)
        fields = children(parent, "fields")
        after = element_id(fields[-1]) if fields else ""
    if kind not in offered_types(in_group=parent.get("type") == "repeat"):
        raise Unsaved(
            Problem(_("Diese Art von Feld gibt es hier nicht. Wählen Sie eine andere."), "neu-art")
        )
    element = new_field(document, parent, kind, label)
    return AddElement(element_id(parent), "fields", after or None, element)


def _field_home(document: Element, place: Place) -> Element:
    """Return the section (or group) that a new field goes into from a page or section."""
    if place.list_name in ("sections", "fields"):
        return place.element
    page = place.element if place.list_name == "pages" else children(document, "pages")[-1]
    sections = children(page, "sections")
    if not sections:
        raise Unsaved(
            Problem(_("Die Seite hat noch keinen Abschnitt. Fügen Sie erst einen hinzu."))
        )
    return sections[-1]


@building.post("/<uuid:form_id>/element")
@requires("can_edit", "Forms")
def act(form_id: object) -> Page:
    """Move, copy or remove an element."""
    draft = draft_of(form_id)
    identity = request.form.get("element", "")
    action = request.form.get("action", "")
    try:
        place = posted_place(draft)
        name = element_name(place.element) or _("ohne Namen")
        operation = _action(draft.document, place, action)
        if operation is None:
            return answer(form_id, selected_element(identity), said=_("Weiter geht es nicht."))
        save(draft, operation)
    except Unsaved as unsaved:
        return answer(form_id, selected_element(identity), unsaved=unsaved)
    shown = selected_element(_shown_after(place, operation))
    return answer(form_id, shown, said=_said(name, operation))


def _action(document: Element, place: Place, action: str) -> Operation | None:
    identity = element_id(place.element)
    match action:
        case "up":
            return move_up(document, identity)
        case "down":
            return move_down(document, identity)
        case "copy":
            return copy_of(document, identity)
        case "remove":
            return RemoveElement(identity)
        case "move":
            return _move_to(document, place)
        case "place":
            return MoveElement(
                identity,
                request.form.get("parent", ""),
                place.list_name,
                request.form.get("after") or None,
            )
    raise Unsaved(Problem(_("Das lässt sich mit diesem Element nicht tun.")))


def _move_to(document: Element, place: Place) -> Operation:
    target = request.form.get("target", "")
    if not target:
        raise Unsaved(Problem(_("Wählen Sie, wohin verschoben werden soll."), "ziel"))
    try:
        return move_to_end(document, element_id(place.element), target)
    except ElementUnknown as missing:
        raise Unsaved(Problem(_("Das Ziel gibt es nicht mehr."), "ziel"), status=409) from missing


def _shown_after(place: Place, operation: Operation) -> str:
    if isinstance(operation, AddElement):
        return element_id(operation.element)
    if isinstance(operation, RemoveElement):
        return place.previous_id or element_id(place.parent or {})
    return element_id(place.element)


def _said(name: str, operation: Operation) -> str:
    match operation:
        case AddElement():
            return _("„{name}“ ist kopiert.").format(name=name)
        case RemoveElement():
            return _("„{name}“ ist gelöscht. „Rückgängig“ holt es zurück.").format(name=name)
    return _("„{name}“ ist verschoben.").format(name=name)


@building.post("/<uuid:form_id>/rueckgaengig")
@requires("can_edit", "Forms")
def undo(form_id: object) -> Page:
    """Take back the person's last change."""
    return _take_back(form_id, again=False)


@building.post("/<uuid:form_id>/wiederholen")
@requires("can_edit", "Forms")
def redo(form_id: object) -> Page:
    """Do again what the person took back last."""
    return _take_back(form_id, again=True)


def _take_back(form_id: object, *, again: bool) -> Page:
    draft, session = draft_of(form_id), database.session()
    selected = request.form.get("selected", "")
    verb = redo_operation if again else undo_operation
    try:
        done = verb(session, draft, person_name=current_actor().name)
    except (NothingToUndo, DraftLocked) as error:
        session.rollback()
        return answer(form_id, selected, unsaved=Unsaved(Problem(str(error))))
    session.commit()
    operation = operation_from_json(done.operation)
    said = _("Die Änderung ist wiederholt.") if again else _("Die Änderung ist zurückgenommen.")
    return answer(form_id, _concerned(operation) or selected, said=said)


def _concerned(operation: Operation) -> str:
    """Return the id of the element that an operation is about, if it is still there."""
    match operation:
        case ChangeProperties(changes):
            return changes[0].element
        case AddElement(element=added):
            return element_id(added)
        case MoveElement(element=moved):
            return moved
    return ""


@building.post("/<uuid:form_id>/konflikt")
@requires("can_edit", "Forms")
def resolve(form_id: object) -> Page | Response:
    """Save a change again that conflicted, knowing what the other person did."""
    draft = draft_of(form_id)
    selected = request.form.get("selected", "")
    try:
        document = json.loads(request.form.get("operation", ""))
        operation = operation_from_json(document if isinstance(document, dict) else {})
        save(draft, operation)
    except (ValueError, StructureBroken) as error:
        problem = Problem(
            str(error) if isinstance(error, StructureBroken) else _("Das war nichts.")
        )
        return answer(form_id, selected, unsaved=Unsaved(problem))
    except Unsaved as unsaved:
        return answer(form_id, selected, unsaved=unsaved)
    return answer(form_id, selected, said=_("Ihre Fassung ist gespeichert."))
