"""Which properties an element of a form can have, and how a person edits each.

The meta-schema says which properties there are and of which shape; this module adds the German
words. A new field type or property needs one entry in ``LABELS`` (and in ``FIELD_TYPES``); until
then it can be edited under its English name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from forms.attachments.contents import FILE_FORMATS
from forms.definition_schema import form_schema
from forms.expressions.nodes import Json
from forms.german import read_date, read_decimal
from tenants.language import _

Control: TypeAlias = Literal[
    "line", "prose", "key", "choice", "switch", "whole", "number", "day", "required",
    "condition", "calculation", "rules", "lines", "picks", "columns_from", "prefill", "source",
    "register", "takes", "filter", "uniqueness",
]  # fmt: skip

ELEMENT_KINDS = {"": "", "pages": "page", "sections": "section", "options": "option",
                 "cells": "cell", "rows": "heading", "columns": "heading"}  # fmt: skip
_HIDDEN = frozenset(
    {
        "id", "type", "schema_version", "$schema", "language", "provenance", "annotations",
        "languages", "translations",
    }
)  # fmt: skip
"""What nobody types here: ids, what an import wrote down about where an element comes from, and
translations, which have a page of their own."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property and the control that edits it."""

    name: str
    control: Control
    label: str
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = False


class EntryUnreadable(ValueError):
    """What was typed is no value of the property (German message)."""


LABELS: dict[str, tuple[str, str]] = {
    "title": (_("Titel"), ""),
    "label": (_("Beschriftung"), _("Die Frage, wie sie auf der Seite steht.")),
    "key": (
        _("Schlüssel"),
        _("Der Name in Regeln und Vorlagen. Regeln, die ihn nennen, ändern sich mit."),
    ),
    "value": (_("Berechnung"), _("Zum Beispiel: menge * preis")),
    "help": (_("Hilfetext"), _("Steht unter der Frage. Bei Pflichtfeldern immer nötig.")),
    "description": (_("Beschreibung"), _("Was vor dem Beginnen zu lesen ist.")),
    "intro": (_("Einleitung"), _("Text unter der Überschrift der Seite.")),
    "text": (_("Text"), _("Eine Leerzeile trennt Absätze.")),
    "data_class": (_("Schutzklasse"), ""),
    "required": (_("Pflichtfeld"), ""),
    "visible": (_("Sichtbar, wenn"), _("Ohne Bedingung immer sichtbar.")),
    "valid": (_("Prüfregeln"), _("Werden geprüft, sobald das Feld beantwortet ist.")),
    "minimum": (_("Mindestens"), ""),
    "maximum": (_("Höchstens"), ""),
    "places": (_("Nachkommastellen"), ""),
    "unit": (_("Einheit"), ""),
    "max_length": (_("Höchstens so viele Zeichen"), ""),
    "rows": (_("Zeilen hoch"), _("Wie hoch das Eingabefeld ist.")),
    "pattern": (_("Muster"), _("Ein regulärer Ausdruck, der auf den ganzen Text passen muss.")),
    "pattern_message": (_("Meldung zum Muster"), ""),
    "autocomplete": (_("Ausfüllhilfe des Browsers"), _("Zum Beispiel: name, street-address")),
    "display": (_("Darstellung"), ""),
    "item_label": (_("So heißt ein Eintrag"), _("Zum Beispiel: Position, Kind")),
    "totals": (_("Summen über"), _("Schlüssel der Spalten, einer je Zeile.")),
    "columns_from": (_("Spalten aus einer Wiederholgruppe"), ""),
    "row_rules": (_("Regeln je Zeile"), _("Als JSON, siehe Formatbeschreibung.")),
    "result": (_("Art des Ergebnisses"), ""),
    "filled_by": (_("Füllt aus"), _("Ohne Angabe gehört der Abschnitt zum ersten Schritt.")),
    "visible_to": (_("Sichtbar für"), _("Ohne Angabe für alle, die den Abschnitt sehen.")),
    "prefill": (_("Vorbelegen aus"), _("Zum Beispiel: organisation.name, vorjahr.bestand")),
    "procedure": (_("Ablauf"), _("Als JSON, siehe Formatbeschreibung.")),
    "unique": (_("Nur einmal einzureichen"), _("Was nur eine Einreichung zugleich angeben darf.")),
    "codelist": (_("Codeliste"), ""),
    "codelist_day": (_("Tag der Codeliste"), _("Schlüssel des Datumsfelds, dessen Tag gilt.")),
    "minimum_label": (_("Linkes Ende heißt"), ""),
    "maximum_label": (_("Rechtes Ende heißt"), ""),
    "no_answer": (_("„Keine Angabe“ erlauben"), ""),
    "open_end": (_("Ende darf offen bleiben"), ""),
    "own": (_("Eigene Anschrift"), _("Der Browser darf sie vorschlagen.")),
    "privacy_check": (_("Auf Namen und Adressen prüfen"), ""),
    "soft_required": (_("Dringend erbeten"), _("Fehlt die Angabe, muss das bestätigt werden.")),
    "kinds": (_("Arten von Dateien"), _("Geprüft wird der Inhalt, nicht der Name.")),
    "maximum_megabytes": (_("Größe je Datei höchstens, in MB"), ""),
    "not_recorded": (_("„Nicht erhoben“ erlauben"), _("Mit Angabe eines Grundes.")),
    "masked": (_("Verdeckt anzeigen"), ""),
    "register": (_("Verzeichnis"), _("Gepflegt wird es unter „Verzeichnisse“.")),
    "takes": (
        _("Übernommene Spalten"),
        _("Stehen in Regeln und Vorlagen, zum Beispiel einrichtung.plaetze."),
    ),
    "own_entries": (_("Nur Einträge des Trägers, der ausfüllt"), ""),
    "filter": (_("Nur Einträge, die passen zu"), _("Spalte des Verzeichnisses und ein Feld.")),
    "own_organisation": (_("Nur der Träger, der ausfüllt"), ""),
    "side": (_("Wessen Leute"), ""),
    "roles": (_("Nur mit diesen Rollen"), _("Ohne Angabe alle.")),
}

CHOICES: dict[str, str] = {
    "office": _("die des Amtes"),
    "own": _("die der eigenen Seite"),
    **{key: known.word for key, known in FILE_FORMATS.items()},
    "K0": _("K0 – öffentlich"),
    "K1": _("K1 – verwaltungsintern"),
    "K2": _("K2 – Betriebs- und Geschäftsgeheimnis"),
    "K3": _("K3 – personenbezogen"),
    "K4": _("K4 – Sozialdaten"),
    "K5": _("K5 – besonders geschützt"),
    "cards": _("Karten"),
    "table": _("Tabelle"),
    "decimal": _("Dezimalzahl"),
    "money": _("Geldbetrag"),
    "integer": _("Ganze Zahl"),
    "text": _("Text"),
    "date": _("Datum"),
    "yes_no": _("Ja oder Nein"),
    "hours": _("Stunden"),
    "traeger": _("Träger"),
    "fachkraft": _("Fachkraft"),
    "wjh": _("Wirtschaftliche Jugendhilfe"),
    "koordination": _("Koordination"),
    "planung": _("Jugendhilfeplanung"),
    "tenant_admin": _("Tenant-Admin"),
    "traeger_leitung": _("Träger-Leitung"),
    "traeger_fachkraft": _("Träger-Fachkraft"),
}

# The order in which properties stand on the page; what is not listed follows.
_ORDER = (
    "title", "label", "value", "help", "description", "intro", "text", "required",
    "soft_required", "register", "takes", "side", "roles", "own_entries", "own_organisation",
    "filter", "visible", "result", "unit", "places", "minimum", "maximum", "max_length",
    "rows", "display", "item_label", "totals", "columns_from", "valid", "row_rules", "data_class",
    "key",
)  # fmt: skip


def properties_of(kind: str) -> tuple[Property, ...]:
    """Return the properties of a kind of element in the order they are edited in.

    ``kind`` is empty for the form, ``page``, ``section``, ``option``, ``cell``, ``heading`` or a
    field type. An unknown kind has none.
    """
    return _properties(kind)


@cache
def _properties(kind: str) -> tuple[Property, ...]:
    schema = _schema_of(kind)
    found = schema.get("properties", {})
    needed = schema.get("required", [])
    listed = found if isinstance(found, dict) else {}
    properties = [
        one
        for name, shape in listed.items()
        if name not in _HIDDEN and isinstance(shape, dict)
        for one in _property(name, shape, isinstance(needed, list) and name in needed, kind)
    ]
    position = {name: number for number, name in enumerate(_ORDER)}
    return tuple(sorted(properties, key=lambda one: position.get(one.name, len(_ORDER) - 2)))


def _schema_of(kind: str) -> dict[str, Json]:
    if not kind:
        return form_schema()
    definitions = form_schema()["$defs"]
    known = definitions if isinstance(definitions, dict) else {}
    named = kind if kind in ELEMENT_KINDS.values() else f"{kind}_field"
    found = known.get(named)
    return found if isinstance(found, dict) else {}


def _property(name: str, shape: dict[str, Json], needed: bool, kind: str) -> Iterator[Property]:
    control = _control(name, shape)
    if control is None:
        return
    label, text = LABELS.get(name, (name, ""))
    if name == "value" and kind in ("option", "cell"):
        label, text = _("Gespeicherter Wert"), _("Steht in Regeln und in der Auswertung.")
    resolved = _resolved(shape)
    values = resolved.get("enum") or _resolved(resolved.get("items")).get("enum")
    choices = tuple(
        (str(value), CHOICES.get(str(value), str(value)))
        for value in (values if isinstance(values, list) else [])
    )
    yield Property(name, control, label, text, choices, needed)


def _control(name: str, shape: dict[str, Json]) -> Control | None:
    special: dict[str, Control] = {
        "key": "key",
        "required": "required",
        "visible": "condition",
        "valid": "rules",
        "columns_from": "columns_from",
        "prefill": "prefill",
        "register": "register",
        "takes": "takes",
        "filter": "filter",
        "unique": "uniqueness",
    }
    if name in special:
        return special[name]
    reference = str(shape.get("$ref", "")).rpartition("/")[2]
    by_reference: dict[str, Control] = {
        "prose": "prose",
        "label": "line",
        "choice_value": "line",
        "expression": "calculation",
        "number": "number",
        "day": "day",
    }
    if reference in by_reference:
        return by_reference[reference]
    return _control_by_type(_resolved(shape))


def _control_by_type(shape: dict[str, Json]) -> Control | None:
    if "const" in shape:
        return None
    if "enum" in shape:
        return "choice"
    simple: dict[Json, Control] = {"boolean": "switch", "integer": "whole", "string": "line"}
    kind = shape.get("type")
    if isinstance(kind, str) and kind in simple:
        return simple[kind]
    if kind == "array":
        items = _resolved(shape.get("items"))
        if _has_id(items):
            return None
        if "enum" in items:
            return "picks"
        return "lines" if items.get("type") == "string" else "source"
    return "source"


def _resolved(shape: Json) -> dict[str, Json]:
    if not isinstance(shape, dict):
        return {}
    reference = shape.get("$ref")
    if not isinstance(reference, str):
        return shape
    definitions = form_schema()["$defs"]
    found = definitions.get(reference.rpartition("/")[2]) if isinstance(definitions, dict) else {}
    return found if isinstance(found, dict) else {}


def _has_id(shape: dict[str, Json]) -> bool:
    listed = shape.get("properties")
    return "allOf" in shape or (isinstance(listed, dict) and ("id" in listed or "type" in listed))


def entry_lists_of(kind: str) -> tuple[str, ...]:
    """Return the lists of entries (options, cells, rows, columns) that a field type has."""
    listed = _schema_of(kind).get("properties", {})
    found = listed if isinstance(listed, dict) else {}
    return tuple(
        name
        for name in ("options", "rows", "columns", "cells")
        if _resolved(found.get(name)).get("type") == "array"
    )


def entered(control: Control, text: str) -> Json:
    """Return the value that a person typed or chose, None for nothing.

    Raises `EntryUnreadable` with a German message for a text that is no such value.
    """
    stripped = text.strip().replace("\r\n", "\n")
    if not stripped:
        return None
    match control:
        case "switch":
            return True
        case "whole" | "number":
            return _number(stripped, whole=control == "whole")
        case "day":
            return _day(stripped)
        case "prefill" | "filter":
            return _entered_pair(control, stripped)
        case "lines" | "picks":
            return [line.strip() for line in stripped.split("\n") if line.strip()]
        case "source":
            return _json(stripped)
        case "takes":
            return [_json(line) for line in stripped.split("\n")]
        case "required":
            return True if stripped == "true" else stripped
    return stripped


def _entered_pair(control: Control, text: str) -> Json:
    first, _bar, second = text.partition("|")
    if control == "filter":
        return {"column": first, "field": second}
    return {"source": first.strip(), **({"readonly": True} if second else {})}


def _number(text: str, *, whole: bool) -> Json:
    number = read_decimal(text)
    if number is None:
        raise EntryUnreadable(_("„{text}“ ist keine Zahl.").format(text=text[:40]))
    if not whole:
        return f"{number:f}"
    if number != number.to_integral_value():
        raise EntryUnreadable(_("„{text}“ ist keine ganze Zahl.").format(text=text[:40]))
    return int(number)


def shown(control: Control, value: Json) -> str:
    """Return a stored value as the control shows it, empty for none."""
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    if control == "prefill" and isinstance(value, dict):
        return f"{value.get('source', '')}{'|readonly' if value.get('readonly') else ''}"
    if control == "takes" and isinstance(value, list):
        return "\n".join(column_line(item) for item in value)
    if control == "filter" and isinstance(value, dict):
        return f"{value.get('column', '')}|{value.get('field', '')}"
    if control in ("lines", "picks") and isinstance(value, list):
        return "\n".join(str(item) for item in value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, indent=2)
    if control == "number":
        return str(value).replace(".", ",")
    if control == "day":
        return ".".join(reversed(str(value).split("-")))
    return str(value)


def column_line(column: Json) -> str:
    """Return a column that a field takes over in one line, always written the same way."""
    return json.dumps(column, ensure_ascii=False, sort_keys=True)


def _day(text: str) -> str:
    day = read_date(text)
    if day is None:
        raise EntryUnreadable(_("„{text}“ ist kein Datum wie 31.12.2026.").format(text=text[:40]))
    return day.isoformat()


def _json(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except ValueError as error:
        raise EntryUnreadable(
            _("Das ist kein gültiges JSON: {reason}").format(reason=error)
        ) from error
    return value
