"""What two people changed at once, said so that a person can choose."""

from __future__ import annotations

import json

from app.views.presenting import moment
from forms.building.conflicts import Conflict
from forms.building.document_tree import Element, find_place, has_element
from forms.building.operands import operands_of
from forms.building.operations import EXISTS, PLACE
from forms.building.properties import LABELS
from forms.building.sentences import condition_sentence
from forms.expressions.nodes import Json
from tenants.language import _

Row = dict[str, object]


def conflict_rows(document: Element, conflicts: tuple[Conflict, ...]) -> list[Row]:
    """Return who changed what and when, with both values as text."""
    return [
        {
            "who": conflict.by.person_name if conflict.by else _("jemand"),
            "when": moment(conflict.by.at) if conflict.by else "",
            "what": _what(conflict),
            "mine": _text(document, conflict, conflict.mine),
            "theirs": _text(document, conflict, conflict.theirs),
            "has_values": conflict.property not in (EXISTS, PLACE),
            "is_gone": conflict.property == EXISTS and not has_element(document, conflict.element),
        }
        for conflict in conflicts
    ]


def _what(conflict: Conflict) -> str:
    name = conflict.element_name
    if conflict.property == EXISTS:
        if name:
            return _("an „{name}“ weitergearbeitet").format(name=name)
        return _("das Element gelöscht, an dem Sie arbeiten")
    if conflict.property == PLACE:
        return _("„{name}“ verschoben").format(name=name)
    label = LABELS.get(conflict.property, (conflict.property, ""))[0]
    return _("„{label}“ von „{name}“ geändert").format(label=label, name=name)


def _text(document: Element, conflict: Conflict, value: Json) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return _("Ja")
    if conflict.property in ("visible", "required") and isinstance(value, str):
        within = (
            find_place(document, conflict.element).element
            if has_element(document, conflict.element)
            else None
        )
        return condition_sentence(value, operands_of(document, within))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
