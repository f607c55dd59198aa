"""What a field type has to know."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from datetime import date, time
from decimal import Decimal
from typing import TypedDict, TypeVar

from forms.document_settings import Object
from forms.elements import (
    Codelist,
    Field,
    Level,
    NotRecordedRule,
    Prefill,
    Rule,
    Scalar,
)
from forms.expressions.interpreting import Expression
from forms.expressions.nodes import Json
from forms.expressions.operands import Operand
from tenants.language import _


class Common(TypedDict):
    """What every field is made with."""

    id: str
    key: str
    type: str
    label: str
    page_key: str
    section_key: str
    repeat_key: str
    help: str
    required: bool | Expression
    required_level: Level
    visible: Expression | None
    valid: tuple[Rule, ...]
    data_class: str
    visible_to: tuple[str, ...]
    prefill: Prefill | None
    not_recorded: NotRecordedRule | None
    shown_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading the fields of one form document needs and finds."""

    codelists: Mapping[str, Codelist] = made(default_factory=dict)
    findings: list[str] = made(default_factory=list)
    """What could not be read, in German."""


class EntryError(ValueError):
    """An entry cannot be read as a value of its field (German message naming the field)."""


class FieldKind(ABC):
    """One field type. Unanswered is None everywhere; only :meth:`parse` and :meth:`load` see it."""

    sample: Operand = "x"
    """An answer as rules see it, to try them with."""
    input_mode = ""
    """The attribute ``inputmode`` of the input element."""
    posts_nothing = False
    """Whether the inputs of the type post nothing while nothing is chosen."""
    has_text = False
    """Whether templates get ``<key>_text``, the answer as it is read, beside the value."""

    def sample_of(self, field: Field) -> Operand:
        """Return an answer to ``field`` as rules see it, to try them with."""
        return self.sample

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        """Read the settings of a field; add a finding to ``reading`` for what cannot be read."""
        return Field(**common)

    def contradictions(self, field: Field) -> Iterator[str]:
        """Yield what is wrong about the settings of ``field`` together."""
        yield from ()

    @abstractmethod
    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        """Read the posted texts of ``field``. Raises :class:`EntryError`."""

    @abstractmethod
    def load(self, field: Field, stored: Json) -> Scalar:
        """Read a stored answer that is not null. Raises :class:`EntryError`."""

    @abstractmethod
    def dump(self, field: Field, value: Scalar) -> Json:
        """Return the value as it is stored."""

    @abstractmethod
    def display(self, field: Field, value: Scalar) -> str:
        """Return the value formatted for reading."""

    def masked(self, field: Field, value: Scalar) -> str:
        """Return the value for reading by those who need not know it."""
        return MASK

    def entry(self, field: Field, value: Scalar) -> str:
        """Return the value as the input element shows it."""
        return self.display(field, value)

    def check(self, field: Field, value: Scalar) -> list[str]:
        """Return a message for each constraint that the value breaks."""
        return []

    def warnings(self, field: Field, value: Scalar) -> list[str]:
        """Return what the person should look at once more."""
        return []

    def operand(self, value: Scalar) -> Operand:
        """Return the value as rules see it."""
        if isinstance(value, int) and not isinstance(value, bool):
            raise TypeError("Whole numbers are operands only in their own field type.")
        if value is None or isinstance(value, str | bool | tuple):
            return value
        raise TypeError(f"Operands only in its own field type: {value!r}")


MASK = "••••"
EMPTY_RANGE = _("Das Minimum ist größer als das Maximum.")
_Limit = TypeVar("_Limit", int, Decimal, date, time)


def empty_range(minimum: _Limit | None, maximum: _Limit | None) -> Iterator[str]:
    """Yield what is wrong with two limits between which there is nothing."""
    if minimum is not None and maximum is not None and minimum > maximum:
        yield EMPTY_RANGE


def single(field: Field, posted: Sequence[str]) -> str:
    """Return the one posted text, stripped. Raises :class:`EntryError` for several."""
    if len(posted) > 1:
        raise EntryError(
            _("„{label}“ kam mehrfach an. Bitte laden Sie die Seite neu.").format(label=field.label)
        )
    return posted[0].strip() if posted else ""


def wrong_type(field: Field, expected: str) -> EntryError:
    """Return the error for a stored answer of another JSON type."""
    return EntryError(
        _("„{label}“: erwartet wird {expected}.").format(label=field.label, expected=expected)
    )
