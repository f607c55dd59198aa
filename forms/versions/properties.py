"""Changed properties of one element, as sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from forms.expressions.nodes import Json
from forms.versions.changes import Change, Grade, Step
from forms.versions.judging import PROPERTIES, is_expected_only, judge_property, with_step
from forms.versions.outline import Element, Object
from forms.versions.words import shown, subject
from tenants.language import _

_OWN_CHANGES = frozenset({"id", "type", "valid", "$schema", "schema_version"})
_DEFAULTS: Mapping[str, Json] = {"required": False, "no_answer": True, "open_end": False}


def changed_properties(before: Element, after: Element) -> Iterator[Change]:
    """Yield a change for each property of an element that is in both versions."""
    for name in dict.fromkeys((*after.own, *before.own)):
        old = before.own.get(name, _DEFAULTS.get(name))
        new = after.own.get(name, _DEFAULTS.get(name))
        if name not in _OWN_CHANGES and old != new:
            yield _property_change(before, after, name, old, new)
    yield from _rule_changes(before, after)


def form_changes(before: Object, after: Object) -> Iterator[Change]:
    """Yield a change for each property of the form as a whole."""
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name), after.get(name)
        if name in _OWN_CHANGES or old == new:
            continue
        rule = PROPERTIES.get(name)
        grade = rule.judge(old, new) if rule else Grade.NEEDS_DEFAULT
        text = _("{name} des Vordrucks").format(name=rule.name if rule else name)
        is_text = rule is not None and rule.shown == "text"
        grade, step = with_step(grade, rule.step if rule else Step.MAJOR)
        yield Change(
            kind=name,
            grade=grade,
            step=step,
            element_id="",
            page_id="",
            page_title="",
            text=_("{text} geändert").format(text=text) if is_text else _valued(text, old, new),
            old=shown(old) if is_text and isinstance(old, str) else "",
            new=shown(new) if is_text and isinstance(new, str) else "",
        )


def _property_change(before: Element, after: Element, name: str, old: Json, new: Json) -> Change:
    grade, step = judge_property(after, name, old, new)
    rule = PROPERTIES.get(name)
    write = _SENTENCES.get(name)
    if name == "value" and after.type != "calculated":
        write = _stored_value_sentence
    text = write(before, after, old, new) if write else _general(after, name, old, new)
    compared = rule is not None and rule.shown in ("text", "expression") and name != "label"
    is_page = after.container == "pages"
    return Change(
        kind=f"page_{name}" if is_page else name,
        grade=grade,
        step=step,
        element_id=after.field.id,
        page_id=after.page_id,
        page_title=after.page_title,
        text=text,
        old=shown(old) if compared and isinstance(old, str) else "",
        new=shown(new) if compared and isinstance(new, str) else "",
    )


def _general(after: Element, name: str, old: Json, new: Json) -> str:
    rule = PROPERTIES.get(name)
    text = _("{name} bei {subject}").format(
        name=rule.name if rule else _("Einstellung „{name}“").format(name=name),
        subject=subject(after),
    )
    if rule is not None and rule.shown == "text":
        if old is None:
            return _("{text} ist neu").format(text=text)
        pattern = _("{text} entfällt") if new is None else _("{text} geändert")
        return pattern.format(text=text)
    return _valued(text, old, new)


def _valued(text: str, old: Json, new: Json) -> str:
    if old is None:
        return _("{text}: jetzt {new}").format(text=text, new=shown(new))
    if new is None:
        return _("{text} entfällt, bisher {old}").format(text=text, old=shown(old))
    return _("{text}: jetzt {new} statt {old}").format(text=text, new=shown(new), old=shown(old))


# ---- sentences of their own


def _label(before: Element, after: Element, old: Json, new: Json) -> str:
    return _("{subject} heißt jetzt „{name}“").format(subject=subject(before), name=shown(new))


def _title(before: Element, after: Element, old: Json, new: Json) -> str:
    if not new:
        return _("{subject} hat keine Überschrift mehr").format(subject=subject(before))
    return _label(before, after, old, new)


def _key(before: Element, after: Element, old: Json, new: Json) -> str:
    if not after.is_field:
        return _general(after, "key", old, new)
    return _("{subject} heißt in Regeln und Platzhaltern jetzt „{new}“ statt „{old}“").format(
        subject=subject(after), new=shown(new), old=shown(old)
    )


def _required(before: Element, after: Element, old: Json, new: Json) -> str:
    if is_expected_only(new):
        text = _("{subject} wird jetzt erwartet, ist aber keine Pflicht")
    elif new is True:
        text = _("{subject} ist jetzt Pflicht")
    elif not new:
        text = _("{subject} ist jetzt freiwillig")
    elif isinstance(old, str):
        text = _("{subject} ist unter einer anderen Bedingung Pflicht")
    else:
        text = _("{subject} ist jetzt nur unter einer Bedingung Pflicht")
    return text.format(subject=subject(after))


def _visible(before: Element, after: Element, old: Json, new: Json) -> str:
    if new is None:
        text = _("{subject} wird jetzt immer gezeigt")
    elif old is None:
        text = _("{subject} wird nur noch unter einer Bedingung gezeigt")
    else:
        text = _("{subject} wird unter einer anderen Bedingung gezeigt")
    return text.format(subject=subject(after))


def _calculation(before: Element, after: Element, old: Json, new: Json) -> str:
    return _("{subject} wird anders berechnet").format(subject=subject(after))


def _stored_value_sentence(before: Element, after: Element, old: Json, new: Json) -> str:
    return _("{subject} heißt in Regeln jetzt „{new}“ statt „{old}“").format(
        subject=subject(after), new=str(new), old=str(old)
    )


def _row_rules(before: Element, after: Element, old: Json, new: Json) -> str:
    if new is None:
        return _("Die Regeln je Zeile bei {subject} entfallen").format(subject=subject(after))
    return _("Andere Regeln je Zeile bei {subject}").format(subject=subject(after))


def _columns_from(before: Element, after: Element, old: Json, new: Json) -> str:
    return _("Die Spalten von {subject} kommen jetzt anderswoher").format(subject=subject(after))


_SENTENCES: dict[str, Callable[[Element, Element, Json, Json], str]] = {
    "label": _label,
    "title": _title,
    "key": _key,
    "required": _required,
    "visible": _visible,
    "value": _calculation,
    "row_rules": _row_rules,
    "columns_from": _columns_from,
}


# ---- rules of the answer


def _rule_changes(before: Element, after: Element) -> Iterator[Change]:
    """Yield what became of the rules in ``valid``, which have no ids: told by their texts."""
    old, new = _rules(before), _rules(after)
    gone = [rule for rule in old if rule not in new]
    come = [rule for rule in new if rule not in old]
    for rule in come:
        twin = next((one for one in gone if _is_same_rule(one, rule)), None)
        if twin is not None:
            gone.remove(twin)
            yield _rule_change(after, _("Andere Prüfung bei {subject}: „{message}“"), twin, rule)
        else:
            yield _rule_change(after, _("Neue Prüfung bei {subject}: „{message}“"), None, rule)
    for rule in gone:
        yield _rule_change(after, _("Keine Prüfung mehr bei {subject}: „{message}“"), rule, None)
    if not gone and not come and old != new:
        yield _rule_change(after, _("Andere Reihenfolge der Prüfungen bei {subject}"), None, None)


def _rules(element: Element) -> list[Object]:
    value = element.own.get("valid")
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _is_same_rule(one: Object, other: Object) -> bool:
    return one.get("rule") == other.get("rule") or one.get("message") == other.get("message")


def _rule_change(after: Element, pattern: str, old: Object | None, new: Object | None) -> Change:
    stricter = (
        new is not None
        and new.get("level", "error") == "error"
        and (
            old is None
            or old.get("rule") != new.get("rule")
            or old.get("level", "error") != "error"
        )
    )
    grade = Grade.NEEDS_DEFAULT if stricter else Grade.COMPATIBLE
    only_words = old is not None and new is not None and old.get("rule") == new.get("rule")
    grade, step = with_step(grade, Step.PATCH if only_words else Step.MINOR)
    rule = new or old or {}
    return Change(
        kind="rule",
        grade=grade,
        step=step,
        element_id=after.field.id,
        page_id=after.page_id,
        page_title=after.page_title,
        text=pattern.format(subject=subject(after), message=rule.get("message", "")),
        old=str((old or {}).get("rule", "")),
        new=str((new or {}).get("rule", "")),
    )
