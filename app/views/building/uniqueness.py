"""What may be submitted only once: rules of chosen fields, read back as sentences."""

from __future__ import annotations

from flask import render_template, request, url_for

from app.security.access import requires
from app.views.building.region import room_urls
from app.views.building.room import Page, Unsaved, answer, building, draft_of, save
from forms.building.document_tree import element_id, element_name
from forms.building.models import FormDraft
from forms.building.operations import Change, ChangeProperties
from forms.building.rules import RuleIncomplete
from forms.building.uniqueness import (
    MOST_FIELDS,
    MOST_RULES,
    compared_fields,
    unique_document,
    unique_sentence,
)
from forms.expressions.nodes import Json
from forms.uniqueness import UniqueRule, read_unique
from tenants.language import _

_LONGEST_MESSAGE = 1000


@building.route("/<uuid:form_id>/nur-einmal", methods=["GET", "POST"])
@requires("can_edit", "Forms")
def uniqueness(form_id: object) -> Page:
    """Edit one rule of uniqueness: its fields, whose submissions count, and its message."""
    draft = draft_of(form_id)
    values = request.form if request.method == "POST" else request.args
    number = _number(values.get("nummer", ""))
    rules = read_unique(draft.document)
    if request.method == "GET":
        stored = (
            rules[number] if number is not None and number < len(rules) else UniqueRule(fields=())
        )
        return _page(draft, number, stored)
    rule = _posted()
    action = request.form.get("action", "save")
    if action == "refresh":
        return _page(draft, number, rule)
    try:
        _save(draft, number, None if action == "remove" else rule)
    except RuleIncomplete as error:
        return _page(draft, number, rule, str(error)), 422
    except Unsaved as unsaved:
        return answer(form_id, element_id(draft.document), unsaved=unsaved)
    said = _("Die Regel ist gelöscht.") if action == "remove" else _("Die Regel ist gespeichert.")
    return answer(form_id, element_id(draft.document), said=said)


def _stored(draft: FormDraft, number: int | None) -> UniqueRule:
    """Return the rule with that number, an empty one where there is none."""
    rules = read_unique(draft.document)
    return rules[number] if number is not None and number < len(rules) else UniqueRule(fields=())


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 3 else None


def _posted() -> UniqueRule:
    named = dict.fromkeys(filter(None, request.form.getlist("field")))
    return UniqueRule(
        fields=tuple(named),
        per_period=request.form.get("per_period") == "true",
        whole_office=request.form.get("within") == "tenant",
        message=request.form.get("message", "").strip()[:_LONGEST_MESSAGE],
    )


def _save(draft: FormDraft, number: int | None, rule: UniqueRule | None) -> None:
    """Put the rule in its place, add it at the end, or take it away without one."""
    stored = draft.document.get("unique")
    rules: list[Json] = list(stored) if isinstance(stored, list) else []
    is_known = number is not None and number < len(rules)
    if rule is None:
        if number is not None and is_known:
            del rules[number]
    else:
        written = unique_document(rule, compared_fields(draft.document))
        if number is not None and is_known:
            rules[number] = written
        elif len(rules) >= MOST_RULES:
            raise RuleIncomplete(
                _("Ein Vordruck hat höchstens {most} solche Regeln.").format(most=MOST_RULES)
            )
        else:
            rules.append(written)
    change = Change(element_id(draft.document), "unique", rules or None)
    save(draft, ChangeProperties((change,)))


def _page(draft: FormDraft, number: int | None, rule: UniqueRule, problem: str = "") -> str:
    fields = compared_fields(draft.document)
    is_complete = bool(rule.fields or rule.per_period)
    chosen = [*rule.fields, ""][:MOST_FIELDS]
    return render_template(
        "building/uniqueness.html",
        form={"title": element_name(draft.document)},
        revision=request.form.get("revision", draft.revision),
        number=number,
        chosen=chosen,
        choices=[
            (one.name, f"{one.group}: {one.label}" if one.group else one.label)
            for one in fields.values()
        ],
        unknown=[name for name in rule.fields if name not in fields],
        rule=rule,
        sentence=unique_sentence(rule, fields) if is_complete else "",
        problem=problem,
        has_errors=bool(problem),
        urls={
            **room_urls(draft.form_id, element_id(draft.document)),
            "save": url_for("building.uniqueness", form_id=draft.form_id),
        },
    )
