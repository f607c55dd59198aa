"""Whether the chosen entries of a declaration can be taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from forms.constraints import Message
from forms.definition import FormDefinition
from forms.elements import ChoiceField, Field, PartValues, RepeatField, Row, Value
from forms.evaluation import Evaluation
from forms.fields.picked import PickedField, picked_key
from forms.fields.register_columns import KEY, NAME
from forms.german import format_date
from forms.picking.choices import Choice, Choices, Wish
from forms.picking.recording import Recorded
from tenants.language import _


@dataclass(frozen=True, slots=True)
class Pick:
    """An answered field with the path where it is answered, and the row it stands in."""

    field: PickedField
    path: str
    value: PartValues
    row: Mapping[str, object]


def picks_of(definition: FormDefinition, values: Mapping[str, Value]) -> Iterator[Pick]:
    """Yield every chosen entry in the typed ``values``, in the order of the form."""
    for target in definition.fields.values():
        yield from _picks(target, values.get(target.key), target.key, {})


def _picks(target: Field, value: object, path: str, row: Mapping[str, object]) -> Iterator[Pick]:
    if isinstance(target, PickedField) and isinstance(value, PartValues):
        yield Pick(target, path, value, row)
    elif isinstance(target, RepeatField) and isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _picks_of_row(target, inner, f"{path}[{number}]")


def _picks_of_row(group: RepeatField, row: Row, path: str) -> Iterator[Pick]:
    for column in group.fields:
        yield from _picks(column, row.get(column.key), f"{path}.{column.key}", row)


def picked_fields(definition: FormDefinition) -> tuple[PickedField, ...]:
    """Return the fields of a form whose answers are entries of a list, those in groups too."""
    found: list[PickedField] = []
    waiting: list[Field] = list(definition.fields.values())
    while waiting:
        target = waiting.pop(0)
        if isinstance(target, PickedField):
            found.append(target)
        elif isinstance(target, RepeatField):
            waiting += target.fields
    return tuple(found)


def wish_of(
    definition: FormDefinition,
    target: PickedField,
    row: Mapping[str, object],
    values: Mapping[str, object],
    text: str = "",
) -> Wish:
    """Return which entries ``target`` offers while its filter is answered like this.

    The field that filters is looked for in the same row first. Without its answer there is no
    filter.
    """
    if not target.filter_field:
        return Wish(text)
    beside = _columns_beside(definition, target).get(target.filter_field)
    source = beside or definition.fields.get(target.filter_field)
    value = row.get(target.filter_field, values.get(target.filter_field))
    return Wish(text, frozenset(one.lower() for one in _said(source, value) if one))


def _columns_beside(definition: FormDefinition, target: Field) -> Mapping[str, Field]:
    """Return the fields of the row in which ``target`` stands, none outside of rows."""
    fields: Mapping[str, Field] = definition.fields
    for key in target.repeat_key.split(".") if target.repeat_key else ():
        group = fields.get(key)
        fields = group.columns if isinstance(group, RepeatField) else {}
    return fields if target.repeat_key else {}


def _said(source: Field | None, value: object) -> Iterator[str]:
    """Yield what an answer says: key and name of an entry, value and label of a choice."""
    if isinstance(value, PartValues):
        yield picked_key(value)
        yield str(value.values.get(NAME, ""))
    elif isinstance(value, str):
        yield value
        if isinstance(source, ChoiceField):
            yield source.label_of(value)


def with_pick_errors(
    definition: FormDefinition,
    evaluation: Evaluation,
    choices: Choices,
    recorded: Recorded,
) -> Evaluation:
    """Return ``evaluation`` with an error for each chosen entry that cannot be taken.

    In a draft an entry that does not hold is a warning: its day may still change.
    """
    picks = [
        one
        for one in picks_of(definition, evaluation.values)
        if not recorded.has(one.field, picked_key(one.value))
    ]
    errors: list[Message] = []
    warnings: list[Message] = []
    for target in {one.field.id: one.field for one in picks}.values():
        own = [one for one in picks if one.field is target]
        known = choices.with_keys(target, {picked_key(one.value) for one in own})
        for one in own:
            choice = known.get(picked_key(one.value))
            wish = wish_of(definition, target, one.row, evaluation.values)
            unfit = _unknown(one, choice)
            if unfit:
                errors.append(_message(definition, one, unfit, is_warning=False))
            elif choice is not None:
                text = _unsuitable(one, choice, choices.day, wish)
                found = warnings if evaluation.stage == "draft" else errors
                if text:
                    is_warning = evaluation.stage == "draft"
                    found.append(_message(definition, one, text, is_warning=is_warning))
    if not errors and not warnings:
        return evaluation
    return replace(
        evaluation,
        errors=(*evaluation.errors, *errors),
        warnings=(*evaluation.warnings, *warnings),
    )


def _unknown(one: Pick, choice: Choice | None) -> str:
    if choice is None:
        text = _("„{name}“ bei „{label}“ gibt es in der Liste nicht. Bitte wählen Sie neu.")
    elif one.field.is_own and not choice.is_own:
        text = _("„{name}“ bei „{label}“ gehört nicht zu Ihrer Organisation. Bitte wählen Sie neu.")
    else:
        return ""
    name = str(one.value.values.get(NAME) or one.value.values[KEY])
    return text.format(name=name, label=one.field.label)


def _unsuitable(one: Pick, choice: Choice, day: date, wish: Wish) -> str:
    named = {"name": choice.name, "label": one.field.label}
    if choice.valid_until is not None and choice.valid_until <= day:
        return _(
            "„{name}“ bei „{label}“ gilt seit dem {day} nicht mehr. Bitte wählen Sie neu."
        ).format(day=format_date(choice.valid_until), **named)
    if choice.valid_from is not None and day < choice.valid_from:
        return _("„{name}“ bei „{label}“ gilt erst ab dem {day}. Bitte wählen Sie neu.").format(
            day=format_date(choice.valid_from), **named
        )
    if wish.said and not choice.says(one.field.filter_column, wish.said):
        return _(
            "„{name}“ bei „{label}“ passt nicht zu der Angabe, nach der die Liste gefiltert ist."
            " Bitte wählen Sie neu."
        ).format(**named)
    return ""


def _message(definition: FormDefinition, one: Pick, text: str, *, is_warning: bool) -> Message:
    row = definition.row_title(one.path)
    label = f"{one.field.label} ({row})" if row else one.field.label
    return Message(
        one.path,
        one.field.page_key,
        label,
        f"{row}: {text}" if row else text,
        "warning" if is_warning else "error",
        row,
    )
