"""New forms and new elements, with ids and keys that nothing else in the form has."""

from __future__ import annotations

import copy
import re
import unicodedata
from uuid import uuid4

from forms.building.document_tree import (
    Element,
    Place,
    child_lists,
    children,
    element_id,
    find_place,
    places,
)
from forms.building.operations import AddElement
from forms.definition_names import JINJA_WORDS, ROW_ATTRIBUTES, SYSTEM_GROUPS
from forms.expressions.dependencies import ROW_WORDS
from forms.expressions.nodes import Json
from tenants.language import _

LONGEST_KEY = 64
_TAKEN = SYSTEM_GROUPS | JINJA_WORDS | ROW_ATTRIBUTES | ROW_WORDS
_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


def key_of(text: str, fallback: str) -> str:
    """Return a key made of ``text``: „Anzahl der Kinder“ becomes ``anzahl_der_kinder``."""
    lowered = "".join(_LETTERS.get(letter, letter) for letter in text.lower())
    plain = unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    key = re.sub(r"^[0-9_]+", "", key)
    return key[:60].rstrip("_") or fallback


def free_key(wanted: str, taken: set[str]) -> str:
    """Return ``wanted``, with a number behind it when that is taken or means something else."""
    key, number = wanted, 2
    while key in taken or key in _TAKEN:
        key = f"{wanted[: LONGEST_KEY - 4]}_{number}"
        number += 1
    return key


def empty_form(title: str, key: str, data_class: str) -> Element:
    """Return a form document with one page and one section, and no field yet."""
    return {
        "schema_version": 1,
        "id": str(uuid4()),
        "key": key,
        "title": title,
        "language": "de-DE",
        "data_class": data_class,
        "pages": [_page(_("Angaben"), "angaben", "abschnitt")],
    }


def copied_form(document: Element, title: str, key: str) -> Element:
    """Return ``document`` as a form of its own: new ids everywhere, same keys and rules."""
    copied = with_new_ids(document)
    copied.update({"title": title, "key": key})
    return copied


def with_new_ids(element: Element) -> Element:
    """Return a copy of ``element`` in which everything that has an id gets a new one."""
    copied = copy.deepcopy(element)
    for place in places(copied):
        place.element["id"] = str(uuid4())
    return copied


def taken_keys(document: Element, parent: Element, list_name: str) -> set[str]:
    """Return the keys that an element in this list of ``parent`` must not have."""
    if list_name in ("pages", "sections") or (
        list_name == "fields" and parent.get("type") != "repeat"
    ):
        return {
            str(place.element.get("key"))
            for place in places(document)
            if place.list_name == list_name
            and (list_name != "fields" or (place.parent or {}).get("type") != "repeat")
        }
    name = "value" if list_name in ("options", "cells") else "key"
    return {str(child.get(name)) for child in children(parent, list_name)}


def new_page(document: Element, title: str) -> Element:
    """Return a page with one empty section."""
    page_key = free_key(key_of(title, "seite"), taken_keys(document, document, "pages"))
    section_key = free_key(page_key, taken_keys(document, document, "sections"))
    return _page(title, page_key, section_key)


def _page(title: str, key: str, section_key: str) -> Element:
    section: Json = {"id": str(uuid4()), "key": section_key, "fields": []}
    return {"id": str(uuid4()), "key": key, "title": title, "sections": [section]}


def new_section(document: Element, title: str) -> Element:
    """Return an empty section."""
    key = free_key(key_of(title, "abschnitt"), taken_keys(document, document, "sections"))
    named: Element = {"title": title} if title.strip() else {}
    return {"id": str(uuid4()), "key": key, **named, "fields": []}


def named_entry(parent: Element, list_name: str, label: str) -> Element:
    """Return an option, cell, row or column of ``parent`` called ``label``."""
    name = "value" if list_name in ("options", "cells") else "key"
    taken = {str(child.get(name)) for child in children(parent, list_name)}
    key = key_of(label, "wert")
    number = 2
    while key in taken:
        key = f"{key_of(label, 'wert')}_{number}"
        number += 1
    return {"id": str(uuid4()), name: key, "label": label}


def copy_of(document: Element, wanted: str) -> AddElement:
    """Return the operation that puts a copy of an element right behind it.

    Keys that have to be unique in the form get a number. Raises `ElementUnknown`.
    """
    place = find_place(document, wanted)
    parent = place.parent or document
    copied = with_new_ids(place.element)
    _rename_copy(document, place, copied)
    return AddElement(element_id(parent), place.list_name, wanted, copied)


def _rename_copy(document: Element, place: Place, copied: Element) -> None:
    taken = {name: taken_keys(document, document, name) for name in ("pages", "sections", "fields")}
    own = taken_keys(document, place.parent or document, place.list_name)
    name = "value" if place.list_name in ("options", "cells") else "key"
    key = free_key(str(copied.get(name, "")), own)
    copied[name] = key
    taken.get(place.list_name, set()).add(key)
    for list_name, below in child_lists(copied):
        # Columns of a repeat group and entries of lists are named within their parent.
        if list_name not in ("sections", "fields") or "type" in copied:
            continue
        for child in below:
            _rename_below(child, list_name, taken)


def _rename_below(element: Element, list_name: str, taken: dict[str, set[str]]) -> None:
    key = free_key(str(element.get("key", "")), taken[list_name])
    element["key"] = key
    taken[list_name].add(key)
    if list_name == "sections":
        for child in children(element, "fields"):
            _rename_below(child, "fields", taken)
