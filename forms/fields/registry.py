"""Which kind knows which field type."""

from __future__ import annotations

from forms.elements import CalculatedField, Field, Scalar
from forms.fields.choices import CheckboxesKind, ChoiceKind, DeclarationKind, YesNoKind
from forms.fields.dates import DateKind
from forms.fields.iban import IbanKind
from forms.fields.kind import FieldKind
from forms.fields.numbers import DecimalKind, IntegerKind, MoneyKind
from forms.fields.text import EmailKind, TextKind

KINDS: dict[str, FieldKind] = {
    "text": TextKind(),
    "long_text": TextKind(),
    "email": EmailKind(),
    "integer": IntegerKind(),
    "decimal": DecimalKind(),
    "money": MoneyKind(),
    "date": DateKind(),
    "yes_no": YesNoKind(),
    "declaration": DeclarationKind(),
    "radio": ChoiceKind(),
    "select": ChoiceKind(),
    "checkboxes": CheckboxesKind(),
    "iban": IbanKind(),
}

CALCULATED_RESULTS = ("decimal", "money", "integer", "text", "date", "yes_no")


def kind_of(field: Field) -> FieldKind:
    """Return the kind of a field that has a single value; of a calculated field, of its result.

    Raises KeyError for ``info``, ``repeat`` and ``matrix``, which have none.
    """
    return KINDS[field.result if isinstance(field, CalculatedField) else field.type]


def has_value(field: Field) -> bool:
    """Say whether ``field`` has a single value (everything but info, repeat and matrix)."""
    return isinstance(field, CalculatedField) or field.type in KINDS


def display_value(field: Field, value: Scalar) -> str:
    """Return ``value`` formatted for reading, an empty text when unanswered."""
    return "" if value is None else kind_of(field).display(field, value)
