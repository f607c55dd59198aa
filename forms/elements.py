"""The parts of a form definition, immutable and safe to share between threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, TypeAlias

from forms.expressions.interpreting import Expression

Level: TypeAlias = Literal["error", "warning"]

Simple: TypeAlias = str | int | Decimal | date | time | bool | tuple[str, ...]
"""The typed value of a field that asks for one thing."""


@dataclass(frozen=True, slots=True)
class PartValues:
    """The answered parts of a field that asks for several things together, by key; never none."""

    values: Mapping[str, Simple]


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """The answer „nicht erhoben“ with its reason.

    ``answer`` is what was answered nevertheless: a contradiction for the person to resolve.
    """

    reason: str
    answer: Simple | PartValues | None = None


Scalar: TypeAlias = Simple | PartValues | NotRecorded | None
"""The typed value of a field that is neither repeat group nor matrix; None is unanswered."""

RowValue: TypeAlias = "Scalar | list[Row]"

Row: TypeAlias = dict[str, RowValue]
"""A row of a repeat group by key; its stable id stands under ``_id``. A group inside the group
has rows of its own in each row."""

Matrix: TypeAlias = dict[str, dict[str, str]]
"""Answered cells of a matrix by row key and column key."""

Value: TypeAlias = Scalar | list[Row] | Matrix

ROW_ID = "_id"
MAXIMUM_ROWS = 500
"""Rows of a repeat group, whatever the definition says."""
MAXIMUM_FORM_ROWS = 2_000
"""Rows of all repeat groups of a form together, those of inner groups too. With eight questions
each they are what one page can still send (``forms.input.MAXIMUM_POSTED``)."""
MAXIMUM_NESTING = 3
"""Repeat groups inside each other, the outermost counted: a school, its offers, their dates."""
MAXIMUM_TEXT = 20_000
"""Characters of a text whose field says nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice; ``value`` is stored, ``label`` is read."""

    id: str
    value: str
    label: str
    help: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    """The first day on which the choice does not hold any more."""

    def is_valid(self, day: date) -> bool:
        """Say whether the choice holds on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Codelist:
    """Choices that several fields share, each with the time in which it holds."""

    id: str
    key: str
    title: str
    entries: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A condition an answer has to meet, checked only when the field is answered."""

    expression: Expression
    message: str
    level: Level = "error"


@dataclass(frozen=True, slots=True)
class Prefill:
    """Where the first answer of a field comes from; ``readonly`` lets nobody change it."""

    source: str
    readonly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRecordedRule:
    """That a field may be answered „nicht erhoben“; ``reasons`` to choose from, else free text."""

    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What every field has. Types without settings (yes_no, email) are exactly this."""

    id: str
    key: str
    type: str
    label: str
    page_key: str
    section_key: str
    repeat_key: str = ""
    """The name of the repeat group the field stands in, empty at the top."""
    help: str = ""
    required: bool | Expression = False
    required_level: Level = "error"
    """With ``warning`` a missing answer is asked for once more, but does not stop anybody."""
    visible: Expression | None = None
    valid: tuple[Rule, ...] = ()
    data_class: str = ""
    """K0 to K5, empty for that of the form."""
    visible_to: tuple[str, ...] = ()
    """Participants who may see it; empty: all who see its section."""
    prefill: Prefill | None = None
    not_recorded: NotRecordedRule | None = None
    shown_to: tuple[str, ...] = ()
    """Participants who see the answer in full, empty for everybody; others see it masked."""
    is_masked: bool = False
    """Whether the answer is shown masked: in a form cut for somebody who need not see it."""

    @property
    def name(self) -> str:
        """The name of the field in the form: ``betrag``, in groups ``faelle.einsaetze.minuten``."""
        return f"{self.repeat_key}.{self.key}" if self.repeat_key else self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField(Field):
    """``text`` and ``long_text``."""

    max_length: int = MAXIMUM_TEXT
    pattern: str = ""
    pattern_message: str = ""
    autocomplete: str = ""
    rows: int = 5
    privacy_check: bool = False
    """Whether to warn of what looks like data of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField(Field):
    """``integer``, ``decimal``, ``money`` (euro), ``percent`` and ``hours`` (limits in hours)."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    places: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeField(Field):
    """``time``."""

    minimum: time | None = None
    maximum: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleField(Field):
    """``scale``: whole points from ``minimum`` to ``maximum`` with labelled ends."""

    minimum: int
    maximum: int
    minimum_label: str
    maximum_label: str
    no_answer: bool = True
    """Whether „keine Angabe“ is offered as an answer of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateField(Field):
    """``date``."""

    minimum: date | None = None
    maximum: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField(Field):
    """``radio``, ``select``, ``district`` and ``checkboxes``; the limits count ticked boxes."""

    options: tuple[Option, ...] = ()
    codelist: str = ""
    """The key of the codelist that the options come from, empty for options of its own."""
    codelist_day: str = ""
    """The name of the date field that says on which day a choice has to hold, else today."""
    minimum: int | None = None
    maximum: int | None = None

    def option(self, value: str) -> Option | None:
        """Return the option ``value``."""
        return next((option for option in self.options if option.value == value), None)

    def label_of(self, value: str) -> str:
        """Return the label of the option ``value``, or ``value`` if there is none such."""
        return next((option.label for option in self.options if option.value == value), value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the things that a field asks for together; ``label`` stands at its input."""

    key: str
    label: str
    field: Field
    """Reads and checks the part; its own label names the whole field too, for messages."""
    is_optional: bool = False
    """Whether the field is complete without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsField(Field):
    """``date_range``, ``datetime``, ``address``, ``norm`` and ``inspection_note``."""

    parts: tuple[Part, ...]

    def part(self, key: str) -> Part | None:
        """Return the part ``key``."""
        return next((part for part in self.parts if part.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculatedField(Field):
    """``calculated``: read-only, always computed by the server."""

    value: Expression
    result: str
    places: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoField(Field):
    """``info``: text without an answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationField(Field):
    """``declaration``: a text to be ticked."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatField(Field):
    """``repeat``: a group of fields, perhaps of groups too, that may be answered several times."""

    display: str
    item_label: str
    fields: tuple[Field, ...]
    minimum: int = 0
    maximum: int = MAXIMUM_ROWS
    totals: tuple[str, ...] = ()
    columns: Mapping[str, Field] = field(init=False, repr=False, compare=False)
    """The fields of each row by key."""
    groups: tuple[RepeatField, ...] = field(init=False, repr=False, compare=False)
    """The groups that stand in each row."""

    def __post_init__(self) -> None:
        columns = MappingProxyType({column.key: column for column in self.fields})
        groups = tuple(column for column in self.fields if isinstance(column, RepeatField))
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "groups", groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A row or fixed column of a matrix."""

    id: str
    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSource:
    """Columns of a matrix that are the rows of a repeat group."""

    repeat: str
    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRule:
    """How often ``value`` stands in each row of a matrix.

    With ``when_any`` the rule holds only for rows in which that value stands at least once.
    """

    kind: str
    value: str
    count: int = 1
    message: str = ""
    when_any: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixField(Field):
    """``matrix``: one choice for each row and column."""

    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...] = ()
    columns_from: ColumnSource | None = None
    cells: tuple[Option, ...] = ()
    row_rules: tuple[RowRule, ...] = ()

    def label_of(self, value: str) -> str:
        """Return the label of the cell ``value``, or ``value`` if there is none such."""
        return next((cell.label for cell in self.cells if cell.value == value), value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Fields under one heading; ``title`` may be empty."""

    id: str
    key: str
    title: str
    fields: tuple[Field, ...]
    visible: Expression | None = None
    filled_by: tuple[str, ...] = ()
    """Participants who fill it in their step; empty: those of the first step."""
    visible_to: tuple[str, ...] = ()
    """Participants who may see it; empty: everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One step of filling in."""

    id: str
    key: str
    title: str
    sections: tuple[Section, ...]
    intro: str = ""
    visible: Expression | None = None
