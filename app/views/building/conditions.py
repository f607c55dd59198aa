"""Conditions and rules, built from rows of field, operator and value, or written as text."""

from __future__ import annotations

from dataclasses import replace

from flask import render_template, request, url_for

from app.security.access import requires
from app.views.building.changes import posted_place
from app.views.building.region import chosen_place, room_urls
from app.views.building.room import Page, Unsaved, answer, building, draft_of, save
from forms.building.document_tree import Place, element_id, element_name
from forms.building.lint import property_name
from forms.building.models import FormDraft
from forms.building.operands import Operand, operands_of
from forms.building.operations import Change, ChangeProperties
from forms.building.rules import (
    OPERATORS,
    SEVERAL_VALUES,
    WITHOUT_VALUE,
    Condition,
    Group,
    Mode,
    RuleIncomplete,
    entered_value,
    expression_of,
    rule_of,
    shown_value,
)
from forms.building.sentences import condition_sentence
from forms.expressions.functions import FUNCTIONS
from forms.expressions.limits import ExpressionSyntaxError
from forms.expressions.nodes import Json
from forms.expressions.parsing import parse_expression
from tenants.language import _

Row = dict[str, object]
_PROPERTIES = ("visible", "required", "valid")
_BLANK = Condition("", "")


@building.route("/<uuid:form_id>/bedingung", methods=["GET", "POST"])
@requires("can_edit", "Forms")
def condition(form_id: object) -> Page:
    """Edit one condition: rows as long as rows can say it, else its text."""
    draft = draft_of(form_id)
    if request.method == "GET":
        place = chosen_place(draft.document, request.args.get("element", ""))
        name, number = _property(request.args.get("property", ""), request.args.get("nummer", ""))
        return _page(draft, place, name, number, _stored(place, name, number))
    try:
        place = posted_place(draft)
    except Unsaved as unsaved:
        return answer(form_id, "", unsaved=unsaved)
    name, number = _property(request.form.get("property", ""), request.form.get("nummer", ""))
    return _Posted(draft, place, name, number).answer()


def _property(name: str, number: str) -> tuple[str, int | None]:
    chosen = name if name in _PROPERTIES else "visible"
    return chosen, int(number) if number.isdecimal() and len(number) < 4 else None


def _stored(place: Place, name: str, number: int | None) -> dict[str, str]:
    """Return source, message and level of the condition as the draft holds it."""
    value = place.element.get(name)
    if name != "valid":
        return {"source": value if isinstance(value, str) else "", "message": "", "level": "error"}
    rules = value if isinstance(value, list) else []
    rule = rules[number] if number is not None and number < len(rules) else None
    found = rule if isinstance(rule, dict) else {}
    return {
        "source": str(found.get("rule", "")),
        "message": str(found.get("message", "")),
        "level": str(found.get("level", "error")),
    }


class _Posted:
    """A condition as the page sent it: rows, or text, with the button that was pressed."""

    def __init__(self, draft: FormDraft, place: Place, name: str, number: int | None) -> None:
        self._draft = draft
        self._place = place
        self._name = name
        self._number = number
        self._operands = operands_of(draft.document, place.element)
        self._text = {
            "message": request.form.get("message", "").strip(),
            "level": "warning" if request.form.get("level") == "warning" else "error",
        }

    def answer(self) -> Page:
        """Save, or show the page again with one row more or less."""
        action = request.form.get("action", "save")
        by_text = request.form.get("way") == "text"
        rule = None if by_text else _read_rows(self._operands)
        if action == "to_text" and rule is not None:
            return self._again(_complete_source(rule, self._operands), by_text=True)
        if action == "to_rows":
            return self._again(request.form.get("source", ""), by_text=False)
        if rule is not None and action != "save":
            return self._again("", rule=_changed_rows(rule, action))
        try:
            source = (
                _checked(request.form.get("source", ""))
                if rule is None
                else expression_of(rule, self._operands)
            )
            self._save(source)
        except RuleIncomplete as error:
            return self._again(
                request.form.get("source", ""), rule=rule, problem=str(error), by_text=by_text
            )
        except Unsaved as unsaved:
            return answer(self._draft.form_id, element_id(self._place.element), unsaved=unsaved)
        return answer(
            self._draft.form_id,
            element_id(self._place.element),
            said=_("Die Bedingung ist gespeichert."),
        )

    def _save(self, source: str) -> None:
        value: Json = source or None
        if self._name == "valid":
            value = self._rules(source)
        change = Change(element_id(self._place.element), self._name, value)
        save(self._draft, ChangeProperties((change,)))

    def _rules(self, source: str) -> Json:
        stored = self._place.element.get("valid")
        rules = list(stored) if isinstance(stored, list) else []
        if source and not self._text["message"]:
            raise RuleIncomplete(
                _("Geben Sie an, welche Meldung erscheint, wenn die Regel nicht erfüllt ist.")
            )
        rule: dict[str, Json] = {"rule": source, "message": self._text["message"]}
        if self._text["level"] == "warning":
            rule["level"] = "warning"
        if self._number is None or self._number >= len(rules):
            rules += [rule] if source else []
        elif source:
            rules[self._number] = rule
        else:
            del rules[self._number]
        return rules or None

    def _again(
        self,
        source: str,
        *,
        rule: Group | None = None,
        problem: str = "",
        by_text: bool = False,
    ) -> Page:
        page = _page(
            self._draft,
            self._place,
            self._name,
            self._number,
            {"source": source, **self._text},
            rule=rule,
            problem=problem,
            by_text=by_text,
        )
        return (page, 422) if problem else page


def _checked(source: str) -> str:
    stripped = source.strip()
    if stripped:
        try:
            parse_expression(stripped)
        except ExpressionSyntaxError as error:
            raise RuleIncomplete(str(error)) from error
    return stripped


def _complete_source(rule: Group, operands: dict[str, Operand]) -> str:
    """Return what the finished rows say; unfinished ones are left out."""

    def finished(item: Condition | Group) -> bool:
        try:
            expression_of(Group("all", (item,)), operands)
        except RuleIncomplete:
            return False
        return True

    return expression_of(
        replace(rule, items=tuple(item for item in rule.items if finished(item))), operands
    )


# ---------------------------------------------------------------- rows of the page


def _read_rows(operands: dict[str, Operand]) -> Group:
    """Return the rows as they were posted: names are ``0.operand``, ``1.0.operand`` …"""
    return _read_group("", operands, 1)


def _read_group(prefix: str, operands: dict[str, Operand], level: int) -> Group:
    mode: Mode = "any" if request.form.get(f"{prefix}mode") == "any" else "all"
    items: list[Condition | Group] = []
    number = 0
    while number < 100:
        name = f"{prefix}{number}."
        if f"{name}operand" in request.form:
            items.append(_read_condition(name, operands))
        elif f"{name}mode" in request.form and level == 1:
            items.append(_read_group(name, operands, 2))
        else:
            break
        number += 1
    return Group(mode, tuple(items))


def _read_condition(name: str, operands: dict[str, Operand]) -> Condition:
    operand = operands.get(request.form.get(f"{name}operand", ""))
    operator = request.form.get(f"{name}operator", "")
    if operand is None:
        return _BLANK
    if operator not in dict(OPERATORS[operand.kind]):
        operator = OPERATORS[operand.kind][0][0]
    texts = request.form.getlist(f"{name}value")
    if operator not in SEVERAL_VALUES:
        texts = texts[:1]
    other = request.form.get(f"{name}other", "")
    known = operands.get(other)
    if known is not None and known.kind == operand.kind and operator not in WITHOUT_VALUE:
        return Condition(operand.source, operator, other=other)
    try:
        values = tuple(filter(None, (entered_value(text, operand) for text in texts)))
    except RuleIncomplete:
        # Kept as typed, so that the person sees it again beside the message.
        return Condition(operand.source, operator, tuple(texts))
    return Condition(operand.source, operator, () if operator in WITHOUT_VALUE else values)


def _changed_rows(rule: Group, action: str) -> Group:
    """Return the rows after a button: ``add``, ``add_group``, ``0.remove``, ``1.add`` …"""
    path, _dot, verb = action.rpartition(".")
    if not path:
        added: Condition | Group = Group("any", (_BLANK,)) if verb == "add_group" else _BLANK
        return replace(rule, items=(*rule.items, added)) if verb.startswith("add") else rule
    first, _dot, rest = path.partition(".")
    if not first.isdecimal() or int(first) >= len(rule.items):
        return rule
    position = int(first)
    item = rule.items[position]
    if not rest and verb == "remove":
        return replace(rule, items=rule.items[:position] + rule.items[position + 1 :])
    if isinstance(item, Group):
        inner = _changed_rows(item, f"{rest}.{verb}" if rest else verb)
        return replace(rule, items=(*rule.items[:position], inner, *rule.items[position + 1 :]))
    return rule


def _page(
    draft: FormDraft,
    place: Place,
    name: str,
    number: int | None,
    text: dict[str, str],
    *,
    rule: Group | None = None,
    problem: str = "",
    by_text: bool = False,
) -> str:
    operands = operands_of(draft.document, place.element)
    shown = rule if rule is not None else rule_of(text["source"], operands)
    as_text = by_text or shown is None
    source = text["source"] or (_complete_source(shown, operands) if shown else "")
    if shown is not None and not shown.items:
        shown = replace(shown, items=(_BLANK,))
    return render_template(
        "building/condition.html",
        form={"title": element_name(draft.document)},
        element={"id": element_id(place.element), "name": element_name(place.element)},
        property={"name": name, "label": property_name(name), "number": number},
        revision=request.form.get("revision", draft.revision),
        as_text=as_text,
        expressible=shown is not None,
        rule=_group_row(shown, operands, "") if shown and not as_text else None,
        source=source,
        sentence=condition_sentence(source, operands) if source else "",
        message=text["message"],
        level=text["level"],
        operands=[(one.source, one.label) for one in operands.values()],
        functions=[(key, one.signature) for key, one in sorted(FUNCTIONS.items())],
        problem=problem,
        has_errors=bool(problem),
        urls={
            **room_urls(draft.form_id, element_id(place.element)),
            "save": url_for("building.condition", form_id=draft.form_id),
        },
    )


def _group_row(group: Group, operands: dict[str, Operand], prefix: str) -> Row:
    return {
        "prefix": prefix,
        "mode": group.mode,
        "items": [
            _group_row(item, operands, f"{prefix}{number}.")
            if isinstance(item, Group)
            else _condition_row(item, operands, f"{prefix}{number}.")
            for number, item in enumerate(group.items)
        ],
    }


def _condition_row(item: Condition, operands: dict[str, Operand], prefix: str) -> Row:
    operand = operands.get(item.operand)
    values = [shown_value(value, operand) for value in item.values] if operand else []
    takes_value = operand is not None and item.operator not in WITHOUT_VALUE
    others = [
        (one.source, one.label)
        for one in operands.values()
        if operand and one.kind == operand.kind and one.source != operand.source
    ]
    return {
        "prefix": prefix,
        "operand": item.operand,
        "operators": OPERATORS[operand.kind] if operand else (),
        "operator": item.operator,
        "takes_value": takes_value,
        "several": item.operator in SEVERAL_VALUES,
        "is_date": operand is not None and operand.kind == "date",
        "is_number": operand is not None and operand.kind == "number",
        "options": operand.options if operand else (),
        "values": values,
        "others": others if takes_value and item.operator not in SEVERAL_VALUES else [],
        "other": item.other,
    }
