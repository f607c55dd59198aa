"""Checks a form document against the published meta-schema and says in German what is wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from forms.elements import MAXIMUM_NESTING
from forms.expressions.nodes import Json
from tenants.language import _

MAXIMUM_FINDINGS = 50


@cache
def form_schema() -> dict[str, Json]:
    """Return the meta-schema of form documents (JSON Schema 2020-12)."""
    text = files("forms").joinpath("schema/form-1.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Json] = json.loads(text)
    return schema


@cache
def _validator(definition: str) -> Draft202012Validator:
    """Return the validator of one entry of ``$defs``, of the whole document for an empty name.

    jsonschema is slow at choosing among so many field types by ``if`` and ``then`` for each
    field. So fields are left out here and each is checked against its own type by itself.
    """
    schema = copy.deepcopy(form_schema())
    definitions = schema["$defs"]
    if isinstance(definitions, dict):
        for name in ("field", "column"):
            choice = definitions[name]
            if isinstance(choice, dict):
                del choice["allOf"]
    if definition:
        schema = {"$defs": definitions, "$ref": f"#/$defs/{definition}"}
    return Draft202012Validator(schema)


def schema_findings(document: Json) -> list[str]:
    """Return a German finding for each place where ``document`` breaks the meta-schema."""
    findings = list(_nesting_findings(document))
    for path, error in _errors(document):
        finding = f"{describe_place(document, path)}: {_reason(error)}"
        if finding not in findings:
            findings.append(finding)
        if len(findings) >= MAXIMUM_FINDINGS:
            break
    return findings


def _errors(document: Json) -> Iterator[tuple[list[str | int], ValidationError]]:
    for error in _validator("").iter_errors(document):
        yield list(error.absolute_path), error
    for path, field in _typed_fields(document):
        for error in _validator(f"{field['type']}_field").iter_errors(field):
            yield [*path, *error.absolute_path], error


def _typed_fields(
    document: Json, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Json]]]:
    """Yield with its path everything in a list ``fields`` whose type the meta-schema knows."""
    inner = {"": "pages", "pages": "sections", "sections": "fields", "fields": "fields"}
    name = inner[str(path[-2]) if path else ""]
    children = document.get(name) if isinstance(document, dict) else None
    if not isinstance(children, list) or path.count("fields") > MAXIMUM_NESTING:
        return
    for index, child in enumerate(children):
        child_path = (*path, name, index)
        if name == "fields" and isinstance(child, dict):
            kind = child.get("type")
            if isinstance(kind, str) and kind in _field_types():
                yield child_path, child
        yield from _typed_fields(child, child_path)


def _nesting_findings(document: Json) -> Iterator[str]:
    for path, field in _typed_fields(document):
        if field["type"] == "repeat" and path.count("fields") > MAXIMUM_NESTING:
            yield _(
                "{place}: Wiederholgruppen können höchstens {limit} Ebenen tief ineinander stehen."
            ).format(place=describe_place(document, list(path)), limit=MAXIMUM_NESTING)


@cache
def _field_types() -> frozenset[str]:
    definitions = form_schema()["$defs"]
    names = definitions if isinstance(definitions, dict) else {}
    return frozenset(name.removesuffix("_field") for name in names if name.endswith("_field"))


def describe_place(document: Json, path: list[str | int]) -> str:
    """Name the innermost element with a key or title on the way to ``path``."""
    name = _("Formular")
    current = document
    rest: list[str] = []
    for part in path:
        rest.append(str(part))
        if isinstance(current, dict) and isinstance(part, str):
            current = current.get(part)
        elif isinstance(current, list) and isinstance(part, int):
            current = current[part]
            if isinstance(current, dict):
                name, rest = _element_name(current, name, rest)
    return f"{name}, {'.'.join(rest)}" if rest else name


def _element_name(element: dict[str, Json], outer: str, rest: list[str]) -> tuple[str, list[str]]:
    label = element.get("label") or element.get("title") or element.get("key")
    if not isinstance(label, str):
        return outer, rest
    key = element.get("key")
    text = f"„{label}“ ({key})" if isinstance(key, str) and key != label else f"„{label}“"
    kind = {
        "pages": _("Seite"),
        "sections": _("Abschnitt"),
        "fields": _("Feld"),
        "options": _("Möglichkeit"),
        "entries": _("Möglichkeit"),
        "codelists": _("Codeliste"),
        "rows": _("Zeile"),
        "columns": _("Spalte"),
        "cells": _("Zelle"),
    }.get(rest[-2] if len(rest) > 1 else "", _("Element"))
    if kind in (_("Möglichkeit"), _("Zeile"), _("Spalte"), _("Zelle")):
        return f"{outer}, {kind} {text}", []
    return f"{kind} {text}", []


def _reason(error: ValidationError) -> str:
    value: object = error.validator_value
    instance: object = error.instance
    match error.validator:
        case "required":
            present = instance if isinstance(instance, dict) else {}
            wanted = value if isinstance(value, list) else []
            missing = [str(name) for name in wanted if name not in present]
            return _("Es fehlt die Angabe „{name}“.").format(name="“, „".join(missing))
        case "additionalProperties":
            present = instance if isinstance(instance, dict) else {}
            schema = error.schema if isinstance(error.schema, dict) else {}
            known = schema.get("properties", {})
            unknown = [str(name) for name in present if name not in known]
            return _("Unbekannte Angabe „{name}“.").format(name="“, „".join(unknown))
        case "type":
            return _("Hier gehört der JSON-Typ {type} hin.").format(type=_listed(value))
        case "enum":
            return _("„{value}“ ist nicht vorgesehen; möglich sind: {values}.").format(
                value=_short(instance), values=_listed(value)
            )
        case "const":
            return _("Hier muss {value} stehen, nicht {other}.").format(
                value=_short(value), other=_short(instance)
            )
        case "pattern":
            return _("„{value}“ hat nicht die verlangte Form ({pattern}).").format(
                value=_short(instance), pattern=value
            )
        case "oneOf":
            alternatives = [str(name) for one in _objects(value) for name in one["required"]]
            return _("Nötig ist genau eines von „{names}“.").format(
                names="“ und „".join(alternatives)
            )
        case "dependentRequired":
            return _("„codelist_day“ gehört nur zu einem Feld mit „codelist“.")
        case "uniqueItems":
            return _("Ein Eintrag steht doppelt.")
    return _limit_reason(str(error.validator), value, instance)


def _objects(value: object) -> list[dict[str, list[str]]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _limit_reason(validator: str, value: object, instance: object) -> str:
    texts = {
        "minItems": _("Hier sind mindestens {limit} Einträge nötig."),
        "maxItems": _("Hier sind höchstens {limit} Einträge möglich."),
        "minLength": _("Der Text braucht mindestens {limit} Zeichen."),
        "maxLength": _("Der Text darf höchstens {limit} Zeichen haben."),
        "minimum": _("Der Wert muss mindestens {limit} sein."),
        "maximum": _("Der Wert darf höchstens {limit} sein."),
    }
    text = texts.get(validator)
    if text is None:
        return _("„{value}“ passt hier nicht.").format(value=_short(instance))
    return text.format(limit=value)


def _listed(value: object) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
