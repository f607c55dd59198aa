"""A condition in words for people with a pen: „Nur ausfüllen, wenn …“."""

from __future__ import annotations

from forms.definition import FormDefinition
from forms.elements import ChoiceField, Field
from forms.expressions.nodes import Call, Chain, Constant, ListOf, Logic, Name, Node, Not
from tenants.language import _

_WORDS = {
    "eq": _("„{label}“ mit „{value}“ beantwortet ist"),
    "ne": _("„{label}“ nicht mit „{value}“ beantwortet ist"),
    "lt": _("„{label}“ kleiner als {value} ist"),
    "lteq": _("„{label}“ höchstens {value} ist"),
    "gt": _("„{label}“ größer als {value} ist"),
    "gteq": _("„{label}“ mindestens {value} ist"),
}


class _NotSimple(ValueError):
    """The condition cannot be said in a short German sentence."""


def condition_words(node: Node, definition: FormDefinition) -> str:
    """Return when an element is to be filled in; for what is too involved a general sentence."""
    try:
        return _("Nur ausfüllen, wenn {words}.").format(words=_said(node, definition))
    except _NotSimple:
        return _("Nur ausfüllen, wenn es nach Ihren übrigen Angaben zutrifft.")


def _said(node: Node, definition: FormDefinition) -> str:
    match node:
        case Name(name):
            return _answered(definition, name, _("Ja"), positive=True)
        case Not(Name(name)):
            return _answered(definition, name, _("Ja"), positive=False)
        case Not(Call("leer", (Name(name),))):
            return _("„{label}“ beantwortet ist").format(label=_field(definition, name).label)
        case Call("leer", (Name(name),)):
            return _("„{label}“ nicht beantwortet ist").format(label=_field(definition, name).label)
        case Logic(operator, operands):
            word = _(" und ") if operator == "and" else _(" oder ")
            if any(isinstance(operand, Logic) for operand in operands):
                raise _NotSimple
            return word.join(_said(operand, definition) for operand in operands)
        case Chain("comparison", first, ((operator, second),)):
            return _compared(definition, operator, first, second)
    raise _NotSimple


def _answered(definition: FormDefinition, name: str, value: str, *, positive: bool) -> str:
    field = _field(definition, name)
    if field.type not in ("yes_no", "declaration"):
        raise _NotSimple
    template = _WORDS["eq" if positive else "ne"]
    return template.format(label=field.label, value=value)


def _compared(definition: FormDefinition, operator: str, first: Node, second: Node) -> str:
    if operator == "in" and isinstance(first, Name) and isinstance(second, ListOf):
        parts = [_compared(definition, "eq", first, item) for item in second.items]
        return _(" oder ").join(parts)
    if operator == "in" and isinstance(first, Constant) and isinstance(second, Name):
        field = _field(definition, second.name)
        return _WORDS["eq"].format(label=field.label, value=_value(field, first))
    if operator not in _WORDS or not isinstance(first, Name) or not isinstance(second, Constant):
        raise _NotSimple
    field = _field(definition, first.name)
    return _WORDS[operator].format(label=field.label, value=_value(field, second))


def _field(definition: FormDefinition, name: str) -> Field:
    field = definition.fields.get(name)
    if field is None:
        raise _NotSimple
    return field


def _value(field: Field, constant: Constant) -> str:
    value = constant.value
    if isinstance(value, bool):
        return _("Ja") if value else _("Nein")
    if value is None:
        raise _NotSimple
    if isinstance(field, ChoiceField):
        return field.label_of(str(value))
    return str(value).replace(".", ",")
