"""What is wrong or doubtful in the draft of a form, each finding with the element it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from forms.building.document_tree import (
    Element,
    Place,
    children,
    element_id,
    element_name,
    places,
)
from forms.building.operands import (
    Operand,
    groups_around,
    row_operands,
    top_operands,
)
from forms.building.references import expressions_of
from forms.building.rules import Condition, Group, rule_of
from forms.definition import DefinitionError, parse_definition
from forms.definition_names import JINJA_WORDS, SYSTEM_GROUPS
from forms.expressions.dependencies import (
    OUTER,
    ROW,
    ROW_WORDS,
    DependencyCycleError,
    evaluation_order,
)
from forms.expressions.interpreting import compile_expression
from forms.expressions.limits import ExpressionSyntaxError
from tenants.language import _

Level: TypeAlias = Literal["error", "warning"]

_WITHOUT_HELP = frozenset({"calculated", "info", "declaration"})
_PERSONAL = frozenset({"K4", "K5"})
_OPEN = frozenset({"K0", "K1"})


@dataclass(frozen=True, slots=True)
class BuildingFinding:
    """One finding. ``element`` is the id of what it is about; an error keeps from publishing."""

    level: Level
    kind: str
    element: str
    text: str


def lint_form(
    document: Element,
    placeholders: Iterable[str] | None = None,
    *,
    is_complete: bool = True,
) -> list[BuildingFinding]:
    """Return the findings of a draft, errors first, each in the order of the document.

    ``placeholders`` are the names that the form's templates print (``betrag``,
    ``kosten.betrag``), None while it has no template. ``is_complete`` false leaves out reading
    the form as a whole, which takes long for a large one.
    """
    draft = _Draft(document)
    checks: list[Callable[[_Draft], Iterator[BuildingFinding]]] = [
        _labels,
        _keys,
        _expressions,
        _cycles,
        _conditions,
        _help_texts,
        _data_classes,
        _empty_parts,
    ]
    found = [finding for check in checks for finding in check(draft)]
    if is_complete and not any(finding.level == "error" for finding in found):
        found += _definition(draft)
    if placeholders is not None:
        found += _placeholders(draft, set(placeholders))
    order = {element_id(place.element): number for number, place in enumerate(draft.places)}
    return sorted(
        dict.fromkeys(found), key=lambda one: (one.level != "error", order.get(one.element, 0))
    )


class _Draft:
    """A document with what several checks look at."""

    def __init__(self, document: Element) -> None:
        self.document = document
        self.places = list(places(document))
        self.fields = [place for place in self.places if place.list_name == "fields"]
        self.operands = top_operands(document)
        self.names = {
            name
            for place in self.fields
            if (place.parent or {}).get("type") != "repeat"
            for name in _names_of(place.element, "")
        }

    def operands_at(self, place: Place) -> dict[str, Operand]:
        """Return what a rule of the element at ``place`` may be about."""
        groups = groups_around(place)
        return {**row_operands(groups), **self.operands} if groups else self.operands

    def names_at(self, place: Place) -> set[str]:
        """Return the names that a rule of the element at ``place`` may use."""
        groups = groups_around(place)
        inner = {
            name
            for depth, group in enumerate(reversed(groups))
            for name in _names_in(group, f"{'.'.join([OUTER] * depth) or ROW}.")
        }
        return self.names | inner if inner else self.names


def _about(place: Place, level: Level, kind: str, text: str) -> BuildingFinding:
    return BuildingFinding(level, kind, element_id(place.element), text)


def _text(element: Element, name: str) -> str:
    value = element.get(name)
    return value.strip() if isinstance(value, str) else ""


def _labels(draft: _Draft) -> Iterator[BuildingFinding]:
    seen: dict[tuple[str, str], str] = {}
    for place in draft.places:
        name = "title" if place.list_name in ("", "pages") else "label"
        if place.list_name != "sections" and not _text(place.element, name):
            yield _about(place, "error", "unlabelled", _("Hier fehlt die Beschriftung."))
        if place.list_name != "fields":
            continue
        label = _text(place.element, "label")
        home = element_id(place.parent or {})
        if label and (home, label.lower()) in seen:
            yield _about(
                place,
                "warning",
                "duplicate_label",
                _("„{label}“ heißt im selben Abschnitt schon ein anderes Feld.").format(
                    label=label
                ),
            )
        seen.setdefault((home, label.lower()), element_id(place.element))


def _keys(draft: _Draft) -> Iterator[BuildingFinding]:
    seen: set[tuple[str, str, str]] = set()
    for place in draft.places:
        name = "value" if place.list_name in ("options", "cells") else "key"
        key = str(place.element.get(name, ""))
        named_here = place.list_name in ("options", "cells", "rows", "columns") or (
            (place.parent or {}).get("type") == "repeat"
        )
        home = element_id(place.parent or {}) if named_here else ""
        if (home, place.list_name, key) in seen:
            yield _about(
                place,
                "error",
                "duplicate_key",
                _("Der Schlüssel „{key}“ steht doppelt.").format(key=key),
            )
        seen.add((home, place.list_name, key))
        top_field = place.list_name == "fields" and not named_here
        if top_field and key in SYSTEM_GROUPS | ROW_WORDS | JINJA_WORDS:
            yield _about(
                place,
                "error",
                "reserved_key",
                _("„{key}“ heißt in Regeln oder Vorlagen schon etwas anderes.").format(key=key),
            )


def _expressions(draft: _Draft) -> Iterator[BuildingFinding]:
    for place in draft.places:
        known = draft.names_at(place)
        for name, source in expressions_of(place.element):
            try:
                names = compile_expression(source).names
            except ExpressionSyntaxError as error:
                yield _about(place, "error", "syntax", f"{property_name(name)}: {error}")
                continue
            for unknown in sorted(names - known):
                yield _about(
                    place,
                    "error",
                    "unknown_key",
                    _("{property}: „{name}“ gibt es in diesem Vordruck nicht.").format(
                        property=property_name(name), name=unknown
                    ),
                )


def property_name(name: str) -> str:
    """Return what a property that holds an expression is called on the page."""
    return {
        "visible": _("Sichtbar"),
        "required": _("Pflicht"),
        "value": _("Berechnung"),
        "valid": _("Prüfregel"),
        "readonly": _("Nur lesen"),
    }.get(name, name)


def _names_in(group: Element, prefix: str) -> Iterator[str]:
    for column in children(group, "fields"):
        yield from _names_of(column, prefix)


def _names_of(field: Element, prefix: str) -> Iterator[str]:
    """Yield how rules call a field, the columns of a group and the cells of a matrix."""
    name = f"{prefix}{field.get('key', '')}"
    if field.get("type") == "info":
        return
    yield name
    if field.get("type") == "repeat":
        yield from _names_in(field, f"{name}.")
    elif field.get("type") == "matrix":
        for row in children(field, "rows"):
            for column in children(field, "columns"):
                yield f"{name}.{row.get('key')}.{column.get('key')}"


def _cycles(draft: _Draft) -> Iterator[BuildingFinding]:
    by_name: dict[str, Place] = {}
    needs: dict[str, set[str]] = defaultdict(set)
    for place in draft.places:
        name = _step_name(place)
        if not name:
            continue
        by_name[name] = place
        parent = _step_name_of_parent(place)
        if parent:
            needs[name].add(parent)
        for used in _used_by(place):
            needs[name].add(used)
    try:
        evaluation_order({name: needs[name] & by_name.keys() for name in by_name})
    except DependencyCycleError as error:
        chain = " → ".join(f"„{element_name(by_name[name].element)}“" for name in error.chain)
        yield _about(
            by_name[error.chain[0]],
            "error",
            "cycle",
            _("Diese Angaben hängen im Kreis voneinander ab: {chain}.").format(chain=chain),
        )


def _step_name(place: Place) -> str:
    key = str(place.element.get("key", ""))
    if place.list_name in ("pages", "sections"):
        return f"{place.list_name}:{element_id(place.element)}"
    if place.list_name == "fields" and key:
        return ".".join([*(str(one.get("key")) for one in groups_around(place)), key])
    return ""


def _step_name_of_parent(place: Place) -> str:
    parent = place.parent or {}
    if place.list_name == "sections":
        return f"pages:{element_id(parent)}"
    if place.list_name == "fields":
        groups = groups_around(place)
        if groups:
            return ".".join(str(one.get("key")) for one in groups)
        return f"sections:{element_id(parent)}"
    return ""


def _used_by(place: Place) -> Iterator[str]:
    """Yield what has to be known before the element: rules of validity come after everything."""
    groups = [str(one.get("key")) for one in groups_around(place)]
    for name, source in expressions_of(place.element):
        if name not in ("visible", "value"):
            continue
        try:
            names = compile_expression(source).names
        except ExpressionSyntaxError:
            continue
        for used in names:
            yield from _steps_named(used.split("."), groups)


def _steps_named(parts: list[str], groups: list[str]) -> Iterator[str]:
    """Yield the full name of what a path leads to, and of the group it leads through."""
    # „zeile“ is the own row; each „uebergeordnet“ leads one row further out.
    leading = next((n for n, part in enumerate(parts) if part not in (ROW, OUTER)), 0)
    depth = leading if parts[0] == OUTER else 0
    outer = groups[: len(groups) - depth] if leading else []
    parts = parts[leading:]
    whole = [*outer, *parts]
    for length in range(len(outer) + 1, len(whole) + 1):
        yield ".".join(whole[:length])


def _conditions(draft: _Draft) -> Iterator[BuildingFinding]:
    for place in draft.places:
        source = place.element.get("visible")
        if not isinstance(source, str):
            continue
        operands = draft.operands_at(place)
        rule = rule_of(source, operands)
        if source.strip() == "false" or (rule is not None and _never(rule, operands)):
            what = _("Diese Seite") if place.list_name == "pages" else _("Das")
            yield _about(
                place,
                "warning",
                "unreachable",
                _("{what} wird nie angezeigt: Die Bedingung kann nicht zutreffen.").format(
                    what=what
                ),
            )
        if rule is not None:
            yield from _unknown_options(place, rule, operands)


def _unknown_options(
    place: Place, rule: Group, operands: dict[str, Operand]
) -> Iterator[BuildingFinding]:
    for condition in _conditions_in(rule):
        operand = operands[condition.operand]
        values = {value for value, _label in operand.options}
        for literal in condition.values if operand.options else ():
            if literal.strip("'") not in values:
                yield _about(
                    place,
                    "warning",
                    "unknown_option",
                    _("Sichtbar: „{label}“ hat die Möglichkeit {value} nicht.").format(
                        label=operand.label, value=literal
                    ),
                )


def _conditions_in(rule: Group) -> Iterator[Condition]:
    for item in rule.items:
        if isinstance(item, Condition):
            yield item
        else:
            yield from _conditions_in(item)


def _never(rule: Group, operands: dict[str, Operand]) -> bool:
    """Say whether a rule contradicts itself: one field would have to be two things at once."""
    if rule.mode == "any":
        return bool(rule.items) and all(
            isinstance(item, Group) and _never(item, operands) for item in rule.items
        )
    wanted: dict[str, set[str]] = {}
    for item in rule.items:
        if isinstance(item, Group):
            if _never(item, operands):
                return True
            continue
        if item.other:
            continue
        if item.operator in ("eq", "in"):
            allowed = set(item.values)
            wanted[item.operand] = wanted.get(item.operand, allowed) & allowed
        if item.operator == "empty" and any(
            isinstance(one, Condition) and one.operand == item.operand and one.operator == "filled"
            for one in rule.items
        ):
            return True
    return any(not values for values in wanted.values())


def _help_texts(draft: _Draft) -> Iterator[BuildingFinding]:
    for place in draft.fields:
        element = place.element
        if (
            element.get("required")
            and element.get("type") not in _WITHOUT_HELP
            and not _text(element, "help")
        ):
            yield _about(
                place,
                "warning",
                "required_without_help",
                _("Das Pflichtfeld „{label}“ hat keinen Hilfetext.").format(
                    label=element_name(element)
                ),
            )


def _data_classes(draft: _Draft) -> Iterator[BuildingFinding]:
    of_form = draft.document.get("data_class")
    if of_form is None:
        root = Place(draft.document)
        yield _about(
            root, "warning", "without_data_class", _("Der Vordruck hat keine Schutzklasse.")
        )
    for place in draft.fields:
        of_field = place.element.get("data_class")
        if of_field in _PERSONAL and (of_form is None or of_form in _OPEN):
            yield _about(
                place,
                "error",
                "data_class",
                _("„{label}“ enthält Daten der Klasse {field}, der Vordruck ist {form}.").format(
                    label=element_name(place.element),
                    field=of_field,
                    form=of_form or _("ohne Schutzklasse"),
                ),
            )


def _empty_parts(draft: _Draft) -> Iterator[BuildingFinding]:
    for place in draft.places:
        element = place.element
        if place.list_name == "sections" and not children(element, "fields"):
            yield _about(place, "warning", "empty", _("Der Abschnitt ist noch leer."))
        if element.get("type") == "repeat" and not children(element, "fields"):
            yield _about(place, "error", "empty", _("Die Wiederholgruppe hat noch kein Feld."))
        if element.get("type") in ("radio", "select", "checkboxes") and _lacks_choices(element):
            yield _about(place, "error", "empty", _("Die Auswahl hat noch keine Möglichkeit."))


def _lacks_choices(element: Element) -> bool:
    return not children(element, "options") and not element.get("codelist")


def _definition(draft: _Draft) -> Iterator[BuildingFinding]:
    """Yield what only reading the whole form finds, without the element where it is unknown."""
    try:
        parse_definition(draft.document)
    except DefinitionError as error:
        for text in error.findings:
            yield BuildingFinding("error", "definition", _element_in(draft, text), text)


def _element_in(draft: _Draft, text: str) -> str:
    """Return the id of the element whose key a finding names in brackets, else of the form."""
    for place in draft.places:
        key = place.element.get("key")
        parent = (place.parent or {}).get("key")
        if key and (f"({key})" in text or f"({parent}.{key})" in text):
            return element_id(place.element)
    return element_id(draft.document)


def _placeholders(draft: _Draft, printed: set[str]) -> Iterator[BuildingFinding]:
    fields = {_step_name(place): place for place in draft.fields if _step_name(place)}
    used = {path.replace("[]", "") for path in printed}
    for path in sorted(used):
        if path.partition(".")[0] not in SYSTEM_GROUPS and not _field_of(path, fields):
            yield BuildingFinding(
                "error",
                "placeholder_without_field",
                element_id(draft.document),
                _("Die Vorlage druckt „{name}“; dieses Feld gibt es nicht.").format(name=path),
            )
    reached = {_field_of(path, fields) for path in used}
    for name, place in fields.items():
        group = name.rpartition(".")[0] or name
        if name in reached or place.element.get("type") == "info" or group not in reached | {name}:
            continue
        yield _about(
            place,
            "warning",
            "field_without_placeholder",
            _("„{label}“ wird in keiner Vorlage gedruckt.").format(
                label=element_name(place.element)
            ),
        )


_DERIVED = ("_text", "_summe", "_spalten")


def _field_of(path: str, fields: dict[str, Place]) -> str:
    """Return the name of the field that a path of a template prints, empty for none."""
    first, _dot, rest = path.partition(".")
    group = _underived(first, fields)
    if group not in fields:
        return ""
    if not rest or fields[group].element.get("type") != "repeat":
        return group
    column = _underived(f"{group}.{rest.partition('.')[0]}", fields)
    return column if column in fields else ""


def _underived(name: str, fields: dict[str, Place]) -> str:
    if name in fields:
        return name
    return next((name.removesuffix(suffix) for suffix in _DERIVED if name.endswith(suffix)), name)
