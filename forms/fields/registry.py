"""Which kind knows which field type, and what holds for the answers of all of them."""

from __future__ import annotations

from forms.elements import CalculatedField, Field, NotRecorded, PartsField, Scalar
from forms.expressions.nodes import Json
from forms.expressions.operands import Operand
from forms.fields.address import AddressKind, PostcodeKind
from forms.fields.choices import (
    CheckboxesKind,
    ChoiceKind,
    DeclarationKind,
    SelectKind,
    YesNoKind,
)
from forms.fields.dates import DateKind
from forms.fields.file import FileKind
from forms.fields.hours import HoursKind
from forms.fields.iban import IbanKind
from forms.fields.inspection import InspectionNoteKind
from forms.fields.kind import FieldKind
from forms.fields.norm import NormKind
from forms.fields.not_recorded import (
    ANSWER_KEY,
    KEY,
    display_not_recorded,
    is_not_recorded,
    read_reason,
)
from forms.fields.numbers import DecimalKind, IntegerKind, MoneyKind, PercentKind
from forms.fields.parts import PartsKind
from forms.fields.periods import DateRangeKind, DateTimeKind
from forms.fields.picked import OrganisationKind, PersonKind, RegisterKind
from forms.fields.scale import ScaleKind
from forms.fields.telephone import TelephoneKind
from forms.fields.text import EmailKind, TextKind
from forms.fields.times import TimeKind

KINDS: dict[str, FieldKind] = {
    "text": TextKind(),
    "long_text": TextKind(),
    "email": EmailKind(),
    "telephone": TelephoneKind(),
    "integer": IntegerKind(),
    "decimal": DecimalKind(),
    "money": MoneyKind(),
    "percent": PercentKind(),
    "hours": HoursKind(),
    "date": DateKind(),
    "time": TimeKind(),
    "date_range": DateRangeKind(),
    "datetime": DateTimeKind(),
    "yes_no": YesNoKind(),
    "declaration": DeclarationKind(),
    "radio": ChoiceKind(),
    "select": SelectKind(),
    "district": SelectKind(),
    "checkboxes": CheckboxesKind(),
    "scale": ScaleKind(),
    "iban": IbanKind(),
    "postcode": PostcodeKind(),
    "address": AddressKind(),
    "norm": NormKind(),
    "inspection_note": InspectionNoteKind(),
    "file": FileKind(),
    "register": RegisterKind(),
    "organisation": OrganisationKind(),
    "person": PersonKind(),
}


def kind_of(field: Field) -> FieldKind:
    """Return the kind of a field that has a single value; of a calculated field, of its result.

    Raises KeyError for ``info``, ``repeat`` and ``matrix``, which have none.
    """
    return KINDS[field.result if isinstance(field, CalculatedField) else field.type]


def parts_kind_of(field: PartsField) -> PartsKind:
    """Return the kind of a field that asks for several things together."""
    kind = KINDS[field.type]
    if not isinstance(kind, PartsKind):
        raise TypeError(f"Not a field of several parts: {field.name}")
    return kind


def has_value(field: Field) -> bool:
    """Say whether ``field`` has a single value (everything but info, repeat and matrix)."""
    return isinstance(field, CalculatedField) or field.type in KINDS


def load_value(field: Field, stored: Json) -> Scalar:
    """Read a stored answer, None when there is none. Raises :class:`EntryError`."""
    if stored is None:
        return None
    if field.not_recorded is None or not isinstance(stored, dict) or not is_not_recorded(stored):
        return kind_of(field).load(field, stored)
    reason = read_reason(field, stored[KEY])
    answer = stored.get(ANSWER_KEY)
    loaded = None if answer is None else kind_of(field).load(field, answer)
    if not reason:
        return loaded
    return NotRecorded(reason, None if isinstance(loaded, NotRecorded) else loaded)


def dump_scalar(field: Field, value: Scalar) -> Json:
    """Return a value as it is stored, null for unanswered."""
    if value is None:
        return None
    if not isinstance(value, NotRecorded):
        return kind_of(field).dump(field, value)
    stored: dict[str, Json] = {KEY: value.reason}
    if value.answer is not None:
        stored[ANSWER_KEY] = kind_of(field).dump(field, value.answer)
    return stored


def operand_of(field: Field, value: Scalar) -> Operand:
    """Return a value as rules see it: null when it is unanswered or not recorded."""
    if value is None or isinstance(value, NotRecorded):
        return None
    return kind_of(field).operand(value)


def display_value(field: Field, value: Scalar) -> str:
    """Return ``value`` formatted for reading, an empty text when unanswered.

    It is masked where the field is, in a form cut for a viewer who need not see the answer.
    """
    if value is None:
        return ""
    if isinstance(value, NotRecorded):
        return display_not_recorded(value)
    if field.is_masked:
        return kind_of(field).masked(field, value)
    return kind_of(field).display(field, value)
