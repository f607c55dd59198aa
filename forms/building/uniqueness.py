"""Rules of uniqueness in the draft of a form: what they may compare, and how they read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forms.building.document_tree import Element, Place, children, element_name, places
from forms.building.rules import RuleIncomplete
from forms.expressions.nodes import Json
from forms.uniqueness import NOT_COMPARED, UniqueRule
from tenants.language import _

MOST_FIELDS = 6
MOST_RULES = 5


@dataclass(frozen=True, slots=True)
class ComparedField:
    """A field that a rule may compare: its name in the rule, what people call it, its element."""

    name: str
    label: str
    group: str
    """What people call the repeat group it is a column of, empty without one."""
    element: Element


def compared_fields(document: Element) -> dict[str, ComparedField]:
    """Return what a rule may compare, by name, in document order.

    Only columns of a group that stands in no other group have a name in a rule.
    """
    return {one.name: one for place in places(document) for one in _compared(place)}


def _compared(place: Place) -> Iterator[ComparedField]:
    if place.list_name != "fields" or (place.parent or {}).get("type") == "repeat":
        return
    field, key = place.element, str(place.element.get("key", ""))
    if field.get("type") == "repeat":
        for column in children(field, "fields"):
            if _is_comparable(column):
                name = f"{key}.{column.get('key')}"
                yield ComparedField(name, element_name(column), element_name(field), column)
    elif _is_comparable(field):
        yield ComparedField(key, element_name(field), "", field)


def _is_comparable(field: Element) -> bool:
    return bool(field.get("key")) and field.get("type") not in NOT_COMPARED


def unique_sentence(rule: UniqueRule, fields: Mapping[str, ComparedField]) -> str:
    """Read a rule aloud as one German sentence; a field that is gone keeps its name."""
    known = [fields.get(name) for name in rule.fields]
    labels = [
        f"„{one.label if one else name}“" for one, name in zip(known, rule.fields, strict=True)
    ]
    if rule.whole_office:
        whose = _("im ganzen Amt je Zeitraum") if rule.per_period else _("im ganzen Amt")
    else:
        whose = _("je Träger und Zeitraum") if rule.per_period else _("je Träger")
    if not labels:
        return _("Darf {whose} nur einmal eingereicht werden.").format(whose=whose)
    if len(labels) == 1:
        text = _("Dieselbe Angabe {label} darf {whose} nur einmal eingereicht werden.")
        sentence = text.format(label=labels[0], whose=whose)
    else:
        text = _("{labels} zusammen dürfen {whose} nur einmal eingereicht werden.")
        sentence = text.format(labels=_joined(labels), whose=whose)
    group = next((one.group for one in known if one is not None and one.group), "")
    if group:
        rows = _("Jede Zeile von „{group}“ zählt für sich.").format(group=group)
        sentence = f"{sentence} {rows}"
    return sentence


def _joined(labels: Sequence[str]) -> str:
    return _("{first} und {last}").format(first=", ".join(labels[:-1]), last=labels[-1])


def unique_document(rule: UniqueRule, fields: Mapping[str, ComparedField]) -> dict[str, Json]:
    """Return a rule as it stands in the form document.

    Raises `forms.building.rules.RuleIncomplete` for one that compares nothing or too much.
    """
    if not rule.fields and not rule.per_period:
        raise RuleIncomplete(_("Wählen Sie ein Feld, oder kreuzen Sie „je Zeitraum“ an."))
    if len(rule.fields) > MOST_FIELDS:
        raise RuleIncomplete(
            _("Eine Regel vergleicht höchstens {most} Felder.").format(most=MOST_FIELDS)
        )
    groups = {fields[name].group for name in rule.fields if name in fields} - {""}
    if len(groups) > 1:
        raise RuleIncomplete(
            _("Die Felder stehen in verschiedenen Wiederholgruppen: {groups}.").format(
                groups=_joined([f"„{group}“" for group in sorted(groups)])
            )
        )
    document: dict[str, Json] = {}
    if rule.fields:
        document["fields"] = list(rule.fields)
    if rule.per_period:
        document["per_period"] = True
    if rule.whole_office:
        document["within"] = "tenant"
    if rule.message:
        document["message"] = rule.message
    return document
