"""The properties of the chosen element, as the right column edits them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import url_for

from app.views.building.outline import kind_word
from app.views.building.register_choices import KnownRegister, register_choices
from forms.building.document_tree import (
    Element,
    Place,
    children,
    element_id,
    element_name,
)
from forms.building.field_types import exchangeable_types, field_type, types_by_group
from forms.building.moving import move_down, move_targets, move_up
from forms.building.operands import Operand, operands_of
from forms.building.properties import (
    ELEMENT_KINDS,
    LABELS,
    Property,
    entry_lists_of,
    properties_of,
    shown,
)
from forms.building.sentences import calculation_phrase, condition_sentence
from forms.building.uniqueness import compared_fields, unique_sentence
from forms.expressions.functions import FUNCTIONS
from forms.expressions.nodes import Json
from forms.uniqueness import read_unique
from tenants.language import _

_FIRST = frozenset(
    {"title", "label", "value", "help", "description", "intro", "text", "required", "item_label"}
)
_WITH_PAGE = frozenset({"condition", "required", "rules", "uniqueness"})
"""Controls of properties that have a page of their own."""


@dataclass(frozen=True, slots=True)
class Control:
    """One property with what the page shows for it."""

    property: Property
    html_id: str
    value: str
    stored: str
    """The value that was on the page, to tell what the person changed."""
    sentence: str = ""
    rule_url: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    rules: tuple[RuleLine, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One of the rules that an answer has to keep."""

    number: int
    sentence: str
    message: str
    level: str
    url: str


@dataclass(frozen=True, slots=True)
class EntryList:
    """Options, cells, rows or columns of a field."""

    name: str
    title: str
    singular: str
    key_name: str
    key_label: str
    entries: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the right column needs."""

    id: str
    title: str
    word: str
    list_name: str
    is_form: bool
    first: tuple[Control, ...]
    """What makes up the element; the rest stands below its choices."""
    rest: tuple[Control, ...]
    types: tuple[tuple[str, str], ...] = ()
    type_name: str = ""
    entry_lists: tuple[EntryList, ...] = ()
    columns: tuple[tuple[str, str, str], ...] = ()
    """Label, type word and address of each field of a repeat group."""
    can_move_up: bool = False
    can_move_down: bool = False
    targets: tuple[tuple[str, str], ...] = ()
    add_types: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    add_places: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    """Source and label of everything a calculation may name."""
    functions: tuple[tuple[str, str], ...] = ()
    is_calculated: bool = False
    origin: str = ""
    """Where an imported element comes from."""
    notes: tuple[str, ...] = ()
    """What the import left to know or to build, such as rules that nobody executes."""


def element_kind(place: Place) -> str:
    """Return the kind of element in the words of the meta-schema."""
    if place.list_name == "fields":
        return str(place.element.get("type", ""))
    return ELEMENT_KINDS[place.list_name]


def panel_of(
    document: Element,
    place: Place,
    form_id: str,
    typed: Mapping[str, str] | None,
    registers: Mapping[str, KnownRegister],
) -> Panel:
    """Return the panel of the element at ``place``; ``typed`` holds what could not be saved.

    ``registers`` are those of the tenant by key.
    """
    element = place.element
    kind = element_kind(place)
    operands = operands_of(document, element)
    is_field = place.list_name == "fields"
    is_calculated = any(one.control == "calculation" for one in properties_of(kind))
    types = exchangeable_types(kind) if is_field else ()
    controls = tuple(
        _control(document, one, element, form_id, operands, typed or {}, registers)
        for one in properties_of(kind)
    )
    return Panel(
        id=element_id(element),
        title=element_name(element) or _("ohne Namen"),
        word=kind_word(element, place.list_name),
        list_name=place.list_name,
        is_form=place.parent is None,
        first=tuple(one for one in controls if one.property.name in _FIRST),
        rest=tuple(one for one in controls if one.property.name not in _FIRST),
        types=tuple((name, field_type(name).word) for name in types) if len(types) > 1 else (),
        type_name=kind,
        entry_lists=tuple(_entry_list(element, name) for name in _shown_lists(element, kind)),
        columns=_columns(element, form_id),
        can_move_up=move_up(document, element_id(element)) is not None,
        can_move_down=move_down(document, element_id(element)) is not None,
        targets=tuple(move_targets(document, element_id(element))),
        add_types=_add_types(place),
        add_places=_add_places(place),
        names=tuple((one.source, one.label) for one in operands.values()) if is_calculated else (),
        functions=tuple((name, one.signature) for name, one in sorted(FUNCTIONS.items()))
        if is_calculated
        else (),
        is_calculated=is_calculated,
        origin=_origin(element),
        notes=_notes(element),
    )


def _origin(element: Element) -> str:
    origin = element.get("provenance")
    if not isinstance(origin, dict):
        return ""
    return _("Übernommen aus {source}: {id}, Version {version}").format(
        source=origin.get("source", ""),
        id=origin.get("id", ""),
        version=origin.get("version") or _("ohne Angabe"),
    )


def _notes(element: Element) -> tuple[str, ...]:
    notes = element.get("annotations")
    return tuple(note for note in notes if isinstance(note, str)) if isinstance(notes, list) else ()


def _control(
    document: Element,
    one: Property,
    element: Element,
    form_id: str,
    operands: Mapping[str, Operand],
    typed: Mapping[str, str],
    registers: Mapping[str, KnownRegister],
) -> Control:
    value = element.get(one.name)
    text = shown(one.control, value)
    identity = element_id(element)
    rule_url = url_for("building.condition", form_id=form_id, element=identity, property=one.name)
    if one.control == "uniqueness":
        rule_url = url_for("building.uniqueness", form_id=form_id)
    sentence = ""
    if one.control in ("condition", "required") and isinstance(value, str):
        sentence = condition_sentence(value, operands)
    elif one.control == "calculation" and isinstance(value, str):
        sentence = calculation_phrase(value, operands)
    return Control(
        property=one,
        html_id=f"e-{one.name}",
        value=typed.get(one.name, text),
        stored=text,
        sentence=sentence,
        rule_url=rule_url if one.control in _WITH_PAGE else "",
        choices=_choices(document, element, one, registers),
        rules=_lines(document, one, value, rule_url, operands),
    )


def _lines(
    document: Element,
    one: Property,
    value: Json,
    rule_url: str,
    operands: Mapping[str, Operand],
) -> tuple[RuleLine, ...]:
    """Return the rules in a property that holds several, read aloud."""
    if one.control == "rules":
        return _rule_lines(value, rule_url, operands)
    if one.control == "uniqueness":
        fields = compared_fields(document)
        return tuple(
            RuleLine(
                number,
                unique_sentence(rule, fields),
                rule.message,
                "error",
                f"{rule_url}?nummer={number}",
            )
            for number, rule in enumerate(read_unique(document))
        )
    return ()


def _rule_lines(
    value: Json, rule_url: str, operands: Mapping[str, Operand]
) -> tuple[RuleLine, ...]:
    rules = value if isinstance(value, list) else []
    return tuple(
        RuleLine(
            number,
            condition_sentence(str(rule.get("rule", "")), operands),
            str(rule.get("message", "")),
            str(rule.get("level", "error")),
            f"{rule_url}&nummer={number}",
        )
        for number, rule in enumerate(rules)
        if isinstance(rule, dict)
    )


def _choices(
    document: Element, element: Element, one: Property, registers: Mapping[str, KnownRegister]
) -> tuple[tuple[str, str], ...]:
    """Return what a property may be chosen from: said by the schema, the form or the tenant."""
    if one.control == "columns_from":
        return _source_choices(document)
    if one.control in ("register", "takes", "filter"):
        return register_choices(document, element, one.control, registers)
    return one.choices


def _source_choices(document: Element) -> tuple[tuple[str, str], ...]:
    """Return every group with two text columns that a matrix may take its columns from."""
    found = []
    for page in children(document, "pages"):
        for section in children(page, "sections"):
            for group in children(section, "fields"):
                texts = [
                    column
                    for column in children(group, "fields")
                    if column.get("type") in ("text", "select", "radio")
                ]
                found += [
                    (
                        f"{group.get('key')}|{key.get('key')}|{label.get('key')}",
                        f"{element_name(group)}: {element_name(key)} / {element_name(label)}",
                    )
                    for key in texts
                    for label in texts
                ]
    return tuple(found)


def _shown_lists(element: Element, kind: str) -> list[str]:
    taken = "columns" if "columns_from" in element else ""
    return [name for name in entry_lists_of(kind) if name != taken]


def _entry_list(element: Element, name: str) -> EntryList:
    titles = {
        "options": (_("Möglichkeiten"), _("Möglichkeit")),
        "cells": (_("Auswahl je Zelle"), _("Auswahl")),
        "rows": (_("Zeilen"), _("Zeile")),
        "columns": (_("Spalten"), _("Spalte")),
    }
    valued = name in ("options", "cells")
    return EntryList(
        name,
        *titles[name],
        "value" if valued else "key",
        _("Gespeicherter Wert") if valued else LABELS["key"][0],
        tuple(children(element, name)),
    )


def _columns(element: Element, form_id: str) -> tuple[tuple[str, str, str], ...]:
    if element.get("type") != "repeat":
        return ()
    return tuple(
        (
            element_name(column) or _("ohne Namen"),
            field_type(str(column.get("type", ""))).word,
            url_for("building.show", form_id=form_id, element=element_id(column)),
        )
        for column in children(element, "fields")
    )


def _add_types(place: Place) -> list[tuple[str, list[tuple[str, str]]]]:
    in_group = (place.parent or {}).get("type") == "repeat"
    return types_by_group(in_group=in_group)


def _add_places(place: Place) -> tuple[tuple[str, str], ...]:
    """Return where something new may go: within the element or right after it."""
    if place.list_name == "fields":
        after = ("after", _("nach „{label}“").format(label=_short(place.element)))
        if place.element.get("type") == "repeat":
            return (("inside", _("in „{label}“").format(label=_short(place.element))), after)
        return (after,)
    return (("inside", _("in „{label}“").format(label=_short(place.element))),)


def _short(element: Element) -> str:
    name = element_name(element) or _("ohne Namen")
    return name if len(name) <= 30 else f"{name[:29]}…"
