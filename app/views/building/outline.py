"""The outline of a draft: pages, sections, fields, as the left column draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for

from forms.building.document_tree import Element, children, element_id
from forms.building.field_types import field_type
from tenants.language import _


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the outline with those below it. ``lists`` names what may stand in it."""

    id: str
    label: str
    word: str
    url: str
    list_name: str
    selected: bool
    on_path: bool
    marks: tuple[str, ...]
    level: str
    """The worst finding about the element: error, warning or empty."""
    children: tuple[Entry, ...] = ()


def outline(
    document: Element, form_id: str, selected: str, levels: Mapping[str, str]
) -> tuple[Entry, ...]:
    """Return the pages of the draft with everything in them."""
    base = url_for("building.show", form_id=form_id)
    drawing = _Drawing(base, selected, levels)
    return tuple(drawing.entry(page, "pages") for page in children(document, "pages"))


_BELOW = {"pages": "sections", "sections": "fields", "fields": "fields"}


class _Drawing:
    def __init__(self, base: str, selected: str, levels: Mapping[str, str]) -> None:
        self._base = base
        self._selected = selected
        self._levels = levels

    def entry(self, element: Element, list_name: str) -> Entry:
        identity = element_id(element)
        below_name = _BELOW[list_name]
        below = tuple(self.entry(child, below_name) for child in children(element, below_name))
        selected = identity == self._selected
        return Entry(
            id=identity,
            label=shown_name(element),
            word=kind_word(element, list_name),
            url=f"{self._base}?element={identity}#eigenschaften",
            list_name=list_name,
            selected=selected,
            on_path=selected or any(child.on_path for child in below),
            marks=_marks(element),
            level=self._levels.get(identity, ""),
            children=below,
        )


def shown_name(element: Element) -> str:
    """Return what the builder calls an element: its label or title, never its key."""
    return str(element.get("label") or element.get("title") or _("ohne Namen"))


def kind_word(element: Element, list_name: str) -> str:
    """Return what kind of element this is, in one or two words."""
    words = {
        "": _("Vordruck"),
        "pages": _("Seite"),
        "sections": _("Abschnitt"),
        "options": _("Möglichkeit"),
        "cells": _("Zelle"),
        "rows": _("Zeile"),
        "columns": _("Spalte"),
    }
    return words.get(list_name) or field_type(str(element.get("type", ""))).word


def _marks(element: Element) -> tuple[str, ...]:
    marks = []
    if element.get("required"):
        marks.append(_("Pflicht"))
    if element.get("visible"):
        marks.append(_("bedingt"))
    return tuple(marks)
