"""The kinds of values that expressions calculate with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, InvalidOperation, Overflow
from typing import TypeAlias

from forms.surroundings import NEUTRAL, Consulted, Surroundings
from tenants.language import _

Scalar: TypeAlias = Decimal | str | bool | date | None

ARITHMETIC = Context(prec=34, Emin=-6143, Emax=6144, traps=[InvalidOperation, Overflow])
"""34 digits as IEEE 754 decimal128; a number that grows beyond is refused, never infinite."""

MAXIMUM_STEPS = 2_000_000
"""Nodes and list elements that all rules of one evaluation may visit together."""
MAXIMUM_JOINED_TEXT = 20_000
MAXIMUM_LIST = 20_000


class ExpressionError(ValueError):
    """An expression cannot be evaluated with these values (German message)."""


class BudgetError(ExpressionError):
    """All rules together took more steps than one evaluation may."""


class InnerRow(dict[str, "Operand"]):
    """A row of a group that itself stands in a row: ``outer``."""

    __slots__ = ("outer",)

    def __init__(self, outer: Mapping[str, Operand]) -> None:
        super().__init__()
        self.outer = outer


def outer_row(row: Mapping[str, Operand] | None) -> Mapping[str, Operand] | None:
    """Return the row in which the group of ``row`` stands, None for a row of a group at the top."""
    return row.outer if isinstance(row, InnerRow) else None


@dataclass(slots=True)
class Rows:
    """The rows of a repeat group; each maps a key to its value, absent is null.

    A group inside the group is a :class:`Rows` again, of :class:`InnerRow`.
    """

    rows: list[dict[str, Operand]]


@dataclass(slots=True)
class Cells:
    """The answered cells of a matrix by row key and column key."""

    cells: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Compound:
    """The answered parts of a field that asks for several things together (``zeitraum.von``)."""

    parts: Mapping[str, Scalar]


Operand: TypeAlias = Scalar | tuple[Scalar, ...] | Rows | Cells | Compound


def single_operand(value: Operand) -> Scalar:
    """Return ``value`` if it is a single value. Raises TypeError for lists, rows and the like."""
    if isinstance(value, tuple | Rows | Cells | Compound):
        raise TypeError(f"Not a single value: {value!r}")
    return value


class Scope:
    """What one evaluation knows: the fields by name, the current row, the steps left.

    ``consulted`` answers what the surroundings say, and remembers what was asked.
    """

    __slots__ = ("consulted", "names", "own_row", "row", "steps")

    def __init__(
        self,
        names: dict[str, Operand],
        row: Mapping[str, Operand] | None = None,
        steps: int = MAXIMUM_STEPS,
        surroundings: Surroundings = NEUTRAL,
    ) -> None:
        self.names = names
        self.row = row
        self.own_row: Mapping[str, Operand] | None = None
        """Inside an aggregate the row of the rule itself."""
        self.steps = steps
        self.consulted = Consulted(surroundings)

    def charge(self, steps: int) -> None:
        """Take ``steps`` from the budget; raises :class:`BudgetError` when it is used up."""
        self.steps -= steps
        if self.steps < 0:
            raise BudgetError(
                _("Die Regeln des Formulars rechnen zu lange. Bitte weniger Zeilen angeben.")
            )


def describe(value: object) -> str:
    """Return the German word for the kind of ``value``, with its article."""
    if isinstance(value, bool):
        return _("ein Ja/Nein")
    if isinstance(value, Decimal):
        return _("eine Zahl")
    if isinstance(value, str):
        return _("einen Text")
    if isinstance(value, date):
        return _("ein Datum")
    if isinstance(value, tuple):
        return _("eine Liste")
    if isinstance(value, Rows):
        return _("eine Wiederholgruppe")
    if isinstance(value, Cells):
        return _("eine Matrix")
    if isinstance(value, Compound):
        return _("eine Angabe aus mehreren Teilen")
    return _("keine Angabe")


def is_true(value: Operand) -> bool:
    """Read a condition: null is no. Raises :class:`ExpressionError` for any non-boolean."""
    if value is True:
        return True
    if value is False or value is None:
        return False
    raise ExpressionError(
        _("Als Bedingung steht hier {kind}; nötig ist ein Ja/Nein oder ein Vergleich.").format(
            kind=describe(value)
        )
    )
