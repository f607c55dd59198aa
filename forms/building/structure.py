"""What even an unfinished form document has to keep: pages hold sections, sections hold fields.

Everything else (lengths, unknown properties, rules) may be wrong in a draft; the findings say so.
"""

from __future__ import annotations

import json
from uuid import UUID

from forms.building.document_tree import Element, Place, places
from forms.expressions.nodes import Json
from tenants.language import _

MAXIMUM_PROPERTY = 64 * 1024
"""Characters of one property as JSON."""
MAXIMUM_DOCUMENT = 4 * 1024 * 1024
"""Characters of a form document as JSON."""

_TEXTS = {
    "": ("key", "title", "language"),
    "pages": ("key", "title"),
    "sections": ("key",),
    "fields": ("key", "type", "label"),
    "options": ("value", "label"),
    "cells": ("value", "label"),
    "rows": ("key", "label"),
    "columns": ("key", "label"),
}
_LISTS = {"": ("pages",), "pages": ("sections",), "sections": ("fields",)}
ELEMENT_LISTS = frozenset(name for name in _TEXTS if name)
"""Lists whose entries have an id; they change by operations on their entries alone."""


class StructureBroken(ValueError):
    """An operation would leave something that is no form document (German message)."""


def check_property(place: Place, name: str, value: Json) -> None:
    """Raise `StructureBroken` unless the element at ``place`` may get ``value`` as ``name``."""
    if name in ("id", "schema_version") or _is_element_list(place, name):
        raise StructureBroken(_("„{name}“ lässt sich so nicht ändern.").format(name=name[:40]))
    if name in _TEXTS.get(place.list_name, ()) and not isinstance(value, str):
        raise StructureBroken(_("„{name}“ muss ein Text sein.").format(name=name))
    if len(json.dumps(value, ensure_ascii=False)) > MAXIMUM_PROPERTY:
        raise StructureBroken(_("Diese Angabe ist zu lang."))


def _is_element_list(place: Place, name: str) -> bool:
    # A long text has „rows“ too: there it is a number.
    value = place.element.get(name)
    if name in _LISTS.get(place.list_name, ()):
        return True
    return name in ELEMENT_LISTS and isinstance(value, list)


def check_element(element: Element, list_name: str, parent: Element | None = None) -> None:
    """Raise `StructureBroken` unless ``element`` may stand in a list ``list_name``.

    An empty name stands for the form document itself. With ``parent`` its list is looked at too.
    """
    if parent is not None:
        _check_home(parent, list_name)
    if len(json.dumps(element, ensure_ascii=False)) > MAXIMUM_DOCUMENT:
        raise StructureBroken(_("Der Vordruck wird zu groß."))
    for place in places(element):
        inner = place.list_name or list_name
        _check_identity(place.element)
        for name in _TEXTS.get(inner, ()):
            if not isinstance(place.element.get(name), str):
                raise StructureBroken(
                    _("In „{list}“ fehlt „{name}“.").format(list=inner or "form", name=name)
                )
        for name in _LISTS.get(inner, ()):
            _check_list(place.element, name)


def _check_home(parent: Element, list_name: str) -> None:
    if list_name not in ELEMENT_LISTS:
        raise StructureBroken(_("Eine Liste „{name}“ gibt es nicht.").format(name=list_name[:40]))
    homes = {
        "pages": "pages" in parent,
        "sections": "sections" in parent,
        "fields": "fields" in parent or parent.get("type") == "repeat",
    }
    if not homes.get(list_name, "type" in parent):
        raise StructureBroken(_("Dorthin gehört dieses Element nicht."))


def _check_list(element: Element, name: str) -> None:
    value = element.get(name)
    if not isinstance(value, list) or not all(
        isinstance(item, dict) and "id" in item for item in value
    ):
        raise StructureBroken(_("Die Liste „{name}“ fehlt.").format(name=name))


def _check_identity(element: Element) -> None:
    try:
        UUID(str(element.get("id")))
    except ValueError as error:
        raise StructureBroken(_("Eine Kennung (id) ist keine UUID.")) from error
