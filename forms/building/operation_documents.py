"""Operations as JSON, for the log and for requests."""

from __future__ import annotations

from forms.building.operations import (
    AddElement,
    Change,
    ChangeProperties,
    MoveElement,
    Operation,
    RemoveElement,
    RenameKey,
    ReplaceDocument,
)
from forms.building.structure import StructureBroken
from forms.expressions.nodes import Json
from tenants.language import _

JsonObject = dict[str, Json]


def operation_to_json(operation: Operation) -> JsonObject:
    """Return ``operation`` as JSON; :func:`operation_from_json` reads it back unchanged."""
    match operation:
        case ChangeProperties(changes):
            return {
                "kind": "change_property",
                "changes": [
                    {"element": one.element, "property": one.property, "value": one.value}
                    for one in changes
                ],
            }
        case RenameKey(element, key):
            return {"kind": "rename_key", "element": element, "key": key}
        case AddElement(parent, list_name, after, element):
            return {
                "kind": "add_element",
                "parent": parent,
                "list": list_name,
                "after": after,
                "element": element,
            }
        case RemoveElement(element):
            return {"kind": "remove_element", "element": element}
        case MoveElement(element, parent, list_name, after):
            return {
                "kind": "move_element",
                "element": element,
                "parent": parent,
                "list": list_name,
                "after": after,
            }
        case ReplaceDocument(document):
            return {"kind": "replace_document", "document": document}


def operation_from_json(document: JsonObject) -> Operation:
    """Read an operation. Raises `StructureBroken` for anything else."""
    match document:
        case {"kind": "change_property", "changes": list(changes)} if changes:
            return ChangeProperties(tuple(_change(one) for one in changes))
        case {"kind": "rename_key", "element": str(element), "key": str(key)}:
            return RenameKey(element, key)
        case {
            "kind": "add_element",
            "parent": str(parent),
            "list": str(list_name),
            "after": str() | None as after,
            "element": dict(added),
        }:
            return AddElement(parent, list_name, after, added)
        case {"kind": "remove_element", "element": str(element)}:
            return RemoveElement(element)
        case {
            "kind": "move_element",
            "element": str(element),
            "parent": str(parent),
            "list": str(list_name),
            "after": str() | None as after,
        }:
            return MoveElement(element, parent, list_name, after)
        case {"kind": "replace_document", "document": dict(whole)}:
            return ReplaceDocument(whole)
    raise StructureBroken(_("Diese Änderung gibt es nicht."))


def _change(document: Json) -> Change:
    match document:
        case {"element": str(element), "property": str(name), "value": value}:
            return Change(element, name, value)
    raise StructureBroken(_("Eine Änderung nennt Element, Eigenschaft und Wert."))
