"""The questions of a questionnaire that can be counted, and how one answers them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from forms.definition import FormDefinition
from forms.elements import ChoiceField, Field, ScaleField
from forms.expressions.nodes import Json
from forms.fields.scale import points_of
from tenants.language import _


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOption:
    """An answer that can be given; ``weight`` counts for the mean, None where there is none."""

    value: str
    label: str
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question with fixed answers. ``id`` is the same in every version of the form."""

    id: str
    key: str
    label: str
    section: str
    type: str
    options: tuple[ItemOption, ...]

    @property
    def has_mean(self) -> bool:
        """Say whether a mean of the answers says something."""
        return self.type == "scale"

    @property
    def takes_several(self) -> bool:
        """Say whether one person may give several answers."""
        return self.type == "checkboxes"

    @property
    def signature(self) -> tuple[object, ...]:
        """Return what must be the same for answers of two waves to be compared.

        Wording and answers in their order. Who changes a word may change what is answered, so any
        other wording is another question; white space is not.
        """
        label = " ".join(self.label.split())
        return label, self.type, tuple((one.value, one.label) for one in self.options)

    def given(self, answers: Mapping[str, Json]) -> tuple[str, ...]:
        """Return the values that somebody gave; empty for none and for „keine Angabe“."""
        answer = answers.get(self.key)
        known = {option.value for option in self.options}
        if isinstance(answer, bool):
            found = ["ja" if answer else "nein"]
        elif isinstance(answer, list):
            found = [one for one in answer if isinstance(one, str)]
        else:
            found = [str(answer)] if isinstance(answer, str | int) else []
        return tuple(value for value in dict.fromkeys(found) if value in known)


def items_of(definition: FormDefinition) -> tuple[Item, ...]:
    """Return the countable questions of a form in their order, without those in groups of rows."""
    return tuple(
        Item(
            id=field.id,
            key=field.key,
            label=field.label,
            section=section.title or page.title,
            type=field.type,
            options=options_of(field),
        )
        for page in definition.pages
        for section in page.sections
        for field in section.fields
        if options_of(field)
    )


def options_of(field: Field) -> tuple[ItemOption, ...]:
    """Return the answers of a field that has fixed ones, none for others."""
    if isinstance(field, ScaleField):
        ends = {str(field.minimum): field.minimum_label, str(field.maximum): field.maximum_label}
        return tuple(
            ItemOption(
                value=point,
                label=f"{point} ({ends[point]})" if point in ends else point,
                weight=Decimal(point),
            )
            for point in points_of(field)
        )
    if isinstance(field, ChoiceField):
        return tuple(ItemOption(value=one.value, label=one.label) for one in field.options)
    if field.type == "yes_no":
        return (ItemOption(value="ja", label=_("Ja")), ItemOption(value="nein", label=_("Nein")))
    return ()
