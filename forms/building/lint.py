"""What is wrong or doubtful in the draft of a form, each finding with the element it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias

from forms.building.document_tree import (
    Element,
    Place,
    children,
    element_id,
    element_name,
)
from forms.building.findings import BuildingFinding, about
from forms.building.lint_conditions import conditions
from forms.building.lint_cycles import cycles
from forms.building.lint_placeholders import placeholders as unmatched
from forms.building.lint_registers import KnownRegisters, register_findings
from forms.building.lint_translations import missing_translations
from forms.building.lint_uniqueness import uniqueness
from forms.building.linted_draft import LintedDraft
from forms.building.references import expressions_of
from forms.data_classes import is_above
from forms.definition import DefinitionError, parse_definition
from forms.definition_names import JINJA_WORDS, SYSTEM_GROUPS
from forms.expressions.dependencies import (
    ROW_WORDS,
)
from forms.expressions.interpreting import compile_expression
from forms.expressions.limits import ExpressionSyntaxError
from forms.fields.inspection import NOT_KEPT, asks_for_certificate
from tenants.language import _

Level: TypeAlias = Literal["error", "warning"]

_WITHOUT_HELP = frozenset({"calculated", "info", "declaration"})
_PERSONAL = frozenset({"K4", "K5"})
_OPEN = frozenset({"K0", "K1"})


def lint_form(
    document: Element,
    placeholders: Iterable[str] | None = None,
    registers: KnownRegisters | None = None,
    *,
    is_complete: bool = True,
) -> list[BuildingFinding]:
    """Return the findings of a draft, errors first, each in the order of the document.

    ``placeholders`` are the names that the form's templates print (``betrag``,
    ``kosten.betrag``), None while it has no template; ``registers`` those that the tenant has,
    None where no tenant is known. ``is_complete`` false leaves out reading
    the form as a whole, which takes long for a large one.
    """
    draft = LintedDraft(document)
    checks: list[Callable[[LintedDraft], Iterator[BuildingFinding]]] = [
        _labels,
        _keys,
        _expressions,
        cycles,
        conditions,
        _codelists,
        _help_texts,
        _data_classes,
        _certificates,
        _unmasked,
        _empty_parts,
        uniqueness,
        missing_translations,
    ]
    found = [finding for check in checks for finding in check(draft)]
    if registers is not None:
        found += register_findings(draft, registers)
    if is_complete and not any(finding.level == "error" for finding in found):
        found += _definition(draft)
    if placeholders is not None:
        found += unmatched(draft, set(placeholders))
    order = {element_id(place.element): number for number, place in enumerate(draft.places)}
    return sorted(
        dict.fromkeys(found), key=lambda one: (one.level != "error", order.get(one.element, 0))
    )


def _text(element: Element, name: str) -> str:
    value = element.get(name)
    return value.strip() if isinstance(value, str) else ""


def _labels(draft: LintedDraft) -> Iterator[BuildingFinding]:
    seen: dict[tuple[str, str], str] = {}
    for place in draft.places:
        name = "title" if place.list_name in ("", "pages") else "label"
        if place.list_name != "sections" and not _text(place.element, name):
            yield about(place, "error", "unlabelled", _("Hier fehlt die Beschriftung."))
        if place.list_name != "fields":
            continue
        label = _text(place.element, "label")
        home = element_id(place.parent or {})
        if label and (home, label.lower()) in seen:
            yield about(
                place,
                "warning",
                "duplicate_label",
                _("„{label}“ heißt im selben Abschnitt schon ein anderes Feld.").format(
                    label=label
                ),
            )
        seen.setdefault((home, label.lower()), element_id(place.element))


def _keys(draft: LintedDraft) -> Iterator[BuildingFinding]:
    seen: set[tuple[str, str, str]] = set()
    for place in draft.places:
        name = "value" if place.list_name in ("options", "cells") else "key"
        key = str(place.element.get(name, ""))
        named_here = place.list_name in ("options", "cells", "rows", "columns") or (
            (place.parent or {}).get("type") == "repeat"
        )
        home = element_id(place.parent or {}) if named_here else ""
        if (home, place.list_name, key) in seen:
            yield about(
                place,
                "error",
                "duplicate_key",
                _("Der Schlüssel „{key}“ steht doppelt.").format(key=key),
            )
        seen.add((home, place.list_name, key))
        top_field = place.list_name == "fields" and not named_here
        if top_field and key in SYSTEM_GROUPS | ROW_WORDS | JINJA_WORDS:
            yield about(
                place,
                "error",
                "reserved_key",
                _("„{key}“ heißt in Regeln oder Vorlagen schon etwas anderes.").format(key=key),
            )


def _expressions(draft: LintedDraft) -> Iterator[BuildingFinding]:
    for place in draft.places:
        known = draft.names_at(place)
        for name, source in expressions_of(place.element):
            try:
                names = compile_expression(source).names
            except ExpressionSyntaxError as error:
                yield about(place, "error", "syntax", f"{property_name(name)}: {error}")
                continue
            for unknown in sorted(names - known):
                yield about(
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


def _help_texts(draft: LintedDraft) -> Iterator[BuildingFinding]:
    for place in draft.fields:
        element = place.element
        if (
            element.get("required")
            and element.get("type") not in _WITHOUT_HELP
            and not _text(element, "help")
        ):
            yield about(
                place,
                "warning",
                "required_without_help",
                _(
                    "Das Pflichtfeld „{label}“ hat keinen Hilfetext. Gute Hilfe sagt in einem Satz,"
                    " was mitzählt, wo es steht oder in welcher Form; nicht noch einmal den Namen."
                ).format(label=element_name(element)),
            )


def _data_classes(draft: LintedDraft) -> Iterator[BuildingFinding]:
    of_form = draft.document.get("data_class")
    if of_form is None:
        root = Place(draft.document)
        yield about(
            root, "warning", "without_data_class", _("Der Vordruck hat keine Schutzklasse.")
        )
    form_class = of_form if isinstance(of_form, str) else ""
    for place in draft.fields:
        of_field = _text(place.element, "data_class")
        if not is_above(of_field, form_class) or (not form_class and of_field not in _PERSONAL):
            continue
        is_grave = of_field in _PERSONAL and form_class in ("", *_OPEN)
        yield about(
            place,
            "error" if is_grave else "warning",
            "data_class",
            _("„{label}“ enthält Daten der Klasse {field}, der Vordruck ist {form}.").format(
                label=element_name(place.element),
                field=of_field,
                form=form_class or _("ohne Schutzklasse"),
            ),
        )


def _certificates(draft: LintedDraft) -> Iterator[BuildingFinding]:
    for place in draft.fields:
        element = place.element
        if element.get("type") == "file" and asks_for_certificate(_text(element, "label")):
            yield about(place, "warning", "certificate", NOT_KEPT)


def _unmasked(draft: LintedDraft) -> Iterator[BuildingFinding]:
    """Yield calculated texts that show everybody what another field shows only some."""
    masked = {
        str(place.element.get("key")): element_name(place.element)
        for place in draft.fields
        if place.element.get("masked")
    }
    for place in draft.fields:
        element = place.element
        if element.get("type") != "calculated" or element.get("result") != "text":
            continue
        if element.get("visible_to") or not masked:
            continue
        try:
            names = compile_expression(_text(element, "value")).names
        except ExpressionSyntaxError:
            continue
        for key in sorted({name.rpartition(".")[2] for name in names} & masked.keys()):
            yield about(
                place,
                "warning",
                "unmasked",
                _(
                    "Die Berechnung zeigt „{field}“ allen, auch denen, die es verdeckt sehen. "
                    "Begrenzen Sie, wer sie sieht."
                ).format(field=masked[key]),
            )


def _empty_parts(draft: LintedDraft) -> Iterator[BuildingFinding]:
    for place in draft.places:
        element = place.element
        if place.list_name == "sections" and not children(element, "fields"):
            yield about(place, "warning", "empty", _("Der Abschnitt ist noch leer."))
        if element.get("type") == "repeat" and not children(element, "fields"):
            yield about(place, "error", "empty", _("Die Wiederholgruppe hat noch kein Feld."))
        if element.get("type") in ("radio", "select", "checkboxes") and _lacks_choices(element):
            yield about(place, "error", "empty", _("Die Auswahl hat noch keine Möglichkeit."))


def _lacks_choices(element: Element) -> bool:
    return not children(element, "options") and not element.get("codelist")


def _definition(draft: LintedDraft) -> Iterator[BuildingFinding]:
    """Yield what only reading the whole form finds, without the element where it is unknown."""
    try:
        parse_definition(draft.document)
    except DefinitionError as error:
        for text in error.findings:
            yield BuildingFinding("error", "definition", _element_in(draft, text), text)


def _element_in(draft: LintedDraft, text: str) -> str:
    """Return the id of the element whose key a finding names in brackets, else of the form."""
    for place in draft.places:
        key = place.element.get("key")
        parent = (place.parent or {}).get("key")
        if key and (f"({key})" in text or f"({parent}.{key})" in text):
            return element_id(place.element)
    return element_id(draft.document)


def _codelists(draft: LintedDraft) -> Iterator[BuildingFinding]:
    asked = {place.element.get("codelist") for place in draft.fields}
    for codelist in children(draft.document, "codelists"):
        if codelist.get("key") not in asked:
            yield about(
                Place(draft.document),
                "warning",
                "unused_codelist",
                _("Aus der Codeliste „{title}“ fragt kein Feld.").format(
                    title=_text(codelist, "title") or codelist.get("key")
                ),
            )
