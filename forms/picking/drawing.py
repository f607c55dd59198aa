"""Views of fields whose answer is an entry of a list."""

from __future__ import annotations

from collections.abc import Mapping

from forms.definition import FormDefinition
from forms.elements import PartValues, Scalar, Value
from forms.fields.picked import PickedField, picked_key
from forms.fields.register_columns import NAME
from forms.fields.registry import parts_kind_of
from forms.paths import path_steps
from forms.picking.checking import wish_of
from forms.picking.choices import (
    FEW,
    NO_CHOICES,
    SHOWN,
    Choices,
    Found,
    Wish,
    choice_texts,
    option_text,
    value_of,
)
from forms.posted_names import pick_name
from forms.views import OptionView, PickView
from tenants.language import _


def row_at(values: Mapping[str, Value], path: str) -> Mapping[str, object]:
    """Return the typed values of the row in which ``path`` stands, empty outside of rows."""
    row: Mapping[str, object] = {}
    inside: object = values
    for step in path_steps(path)[:-1]:
        rows = inside.get(step.key) if isinstance(inside, dict | Mapping) else None
        number = int(step.row) if step.row and step.row.isdecimal() else -1
        inside = rows[number] if isinstance(rows, list) and 0 <= number < len(rows) else {}
        row = inside if isinstance(inside, dict) else {}
    return row


def wish_at(
    definition: FormDefinition,
    values: Mapping[str, Value],
    target: PickedField,
    path: str,
    text: str = "",
) -> Wish:
    """Return which entries are offered at ``path`` under the typed ``values``."""
    return wish_of(definition, target, row_at(values, path), values, text)


def pick_options(
    choices: Choices, target: PickedField, element_id: str, wish: Wish, value: Scalar
) -> tuple[OptionView, ...]:
    """Return the entries to choose from, none when there are too many to be listed.

    What was chosen before is among them even if it cannot be chosen any more.
    """
    found = choices.search(target, Wish("", wish.said), FEW)
    if found.total > FEW:
        return ()
    chosen = picked_key(value)
    offered = [(one.key, option_text(one, found.choices)) for one in found.choices]
    if chosen and chosen not in {key for key, _text in offered}:
        name = str(value.values.get(NAME, chosen)) if isinstance(value, PartValues) else chosen
        known = choices is NO_CHOICES
        text = name if known else _("{name} (nicht mehr zur Auswahl)").format(name=name)
        offered.insert(0, (chosen, text))
    return tuple(
        OptionView(html_id=f"{element_id}-{number}", value=key, label=label, checked=key == chosen)
        for number, (key, label) in enumerate(offered, start=1)
    )


def pick_view(
    choices: Choices,
    target: PickedField,
    path: str,
    element_id: str,
    wish: Wish,
    value: Scalar,
) -> PickView:
    """Return how an entry is chosen; ``wish`` holds a text that named none."""
    typed = wish.text
    offered = choices.search(target, Wish("", wish.said), FEW)
    is_searched = offered.total > FEW
    found = choices.search(target, Wish(typed, wish.said), SHOWN) if typed else None
    empty = ""
    if choices is not NO_CHOICES and not offered.total:
        empty = _("Zurzeit gibt es hier nichts zur Auswahl.")
    return PickView(
        is_searched=is_searched,
        pick_name=pick_name(path),
        candidates=candidates(choices, target, found, element_id) if found and is_searched else (),
        more=found.total - len(found.choices) if found else 0,
        empty_text=empty,
        details=_details(target, value),
    )


def _details(target: PickedField, value: Scalar) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, PartValues):
        return ()
    shown = parts_kind_of(target).shown(target, value)
    return tuple(
        (part.label, shown[part.key])
        for part in target.parts
        if part.key in target.columns and shown.get(part.key)
    )


def candidates(
    choices: Choices, target: PickedField, found: Found, element_id: str
) -> tuple[OptionView, ...]:
    """Return found entries, each with the text that names it and what its columns say."""
    texts = choice_texts(choices, target, found.choices)
    return tuple(
        OptionView(
            html_id=f"{element_id}-treffer-{number}",
            value=one.key,
            label=texts[one.key],
            help=", ".join(text for _label, text in _details(target, value_of(target, one))),
        )
        for number, one in enumerate(found.choices, start=1)
    )
