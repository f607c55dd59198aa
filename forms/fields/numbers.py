"""``integer``, ``decimal``, ``money`` and ``percent``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from forms.document_settings import Object, number, text
from forms.elements import CalculatedField, Field, NumberField, Scalar
from forms.expressions.nodes import Json
from forms.expressions.operands import Operand
from forms.expressions.rounding import round_half_up
from forms.fields.kind import (
    Common,
    EntryError,
    FieldKind,
    Reading,
    empty_range,
    single,
    wrong_type,
)
from forms.german import NBSP, format_decimal, format_integer, format_money, read_decimal
from tenants.language import _

MAXIMUM_WHOLE_DIGITS = 15
MAXIMUM_PLACES = 12
SAMPLE_NUMBER = Decimal(12)
"""Divisible by most of what a rule divides by, so that days and months stay whole."""

_STORED = re.compile(rf"-?[0-9]{{1,{MAXIMUM_WHOLE_DIGITS}}}(\.[0-9]{{1,{MAXIMUM_PLACES}}})?")


def load_decimal(stored: Json) -> Decimal | None:
    """Read a number from JSON: a string like ``72400.00``, a whole number, or a float by its repr.

    Returns None for anything else, for infinities and for more than 15 digits before or 12 after
    the point.
    """
    if isinstance(stored, bool) or not isinstance(stored, str | int | float):
        return None
    if isinstance(stored, int) and abs(stored) >= 10**MAXIMUM_WHOLE_DIGITS:
        return None
    text = f"{Decimal(repr(stored)):f}" if isinstance(stored, float) else str(stored)
    return Decimal(text) if _STORED.fullmatch(text) else None


class DecimalKind(FieldKind):
    """A decimal number, exact."""

    sample: Operand = SAMPLE_NUMBER
    input_mode = "decimal"

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return NumberField(
            **common,
            minimum=load_decimal(document.get("minimum")),
            maximum=load_decimal(document.get("maximum")),
            places=number(document, "places"),
            unit=text(document, "unit"),
        )

    def contradictions(self, field: Field) -> Iterator[str]:
        if isinstance(field, NumberField):
            yield from empty_range(field.minimum, field.maximum)

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        typed = single(field, posted)
        if not typed:
            return None
        for suffix in self.suffixes(field):
            if typed.endswith(suffix):
                typed = typed.removesuffix(suffix)
                break
        value = read_decimal(typed)
        if value is None:
            raise EntryError(self.example(field))
        if not _STORED.fullmatch(f"{value:f}"):
            raise EntryError(_("Die Zahl bei „{label}“ ist zu lang.").format(label=field.label))
        return self.narrow(field, value)

    def load(self, field: Field, stored: Json) -> Scalar:
        value = load_decimal(stored)
        if value is None:
            raise wrong_type(field, _('eine Zahl wie "1234.56"'))
        return self.narrow(field, value)

    def narrow(self, field: Field, value: Decimal) -> Scalar:
        """Return ``value`` in the form the field keeps. Raises :class:`EntryError`."""
        return value

    def suffixes(self, field: Field) -> tuple[str, ...]:
        """Return the units that may be typed after the number."""
        return (field.unit,) if isinstance(field, NumberField) and field.unit else ()

    def example(self, field: Field) -> str:
        """Return the message for something that is no number."""
        return _("Bitte geben Sie bei „{label}“ eine Zahl wie 1.234,56 an.").format(
            label=field.label
        )

    def dump(self, field: Field, value: Scalar) -> Json:
        return f"{self._decimal(value):f}"

    def display(self, field: Field, value: Scalar) -> str:
        return self._with_unit(field, format_decimal(self._decimal(value), places_of(field)))

    def entry(self, field: Field, value: Scalar) -> str:
        number = self._decimal(value)
        places = places_of(field)
        exponent = number.as_tuple().exponent
        if places is not None and isinstance(exponent, int) and -exponent > places:
            places = None
        return format_decimal(number, places)

    def check(self, field: Field, value: Scalar) -> list[str]:
        if not isinstance(field, NumberField):
            return []
        number = self._decimal(value)
        places = places_of(field)
        if places is not None and number != round_half_up(number, places):
            return [
                _("„{label}“ darf höchstens {places} Nachkommastellen haben.").format(
                    label=field.label, places=places
                )
            ]
        if field.minimum is not None and number < field.minimum:
            return [
                _("„{label}“ muss mindestens {limit} sein.").format(
                    label=field.label, limit=self._limit(field, field.minimum)
                )
            ]
        if field.maximum is not None and number > field.maximum:
            return [
                _("„{label}“ darf höchstens {limit} sein.").format(
                    label=field.label, limit=self._limit(field, field.maximum)
                )
            ]
        return []

    def operand(self, value: Scalar) -> Operand:
        return self._decimal(value)

    def _limit(self, field: NumberField, limit: Decimal) -> str:
        return self._with_unit(field, format_decimal(limit))

    @staticmethod
    def _with_unit(field: Field, text: str) -> str:
        unit = field.unit if isinstance(field, NumberField | CalculatedField) else ""
        return f"{text}{NBSP}{unit}" if unit else text

    @staticmethod
    def _decimal(value: Scalar) -> Decimal:
        if isinstance(value, Decimal):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        raise TypeError(f"Not a number: {value!r}")


class MoneyKind(DecimalKind):
    """An amount in euro with two places."""

    def narrow(self, field: Field, value: Decimal) -> Scalar:
        rounded = round_half_up(value, 2)
        # More than two places stay as they are, for the check to name them.
        return rounded if rounded == value else value

    def suffixes(self, field: Field) -> tuple[str, ...]:
        return ("€", "EUR", "Euro")

    def example(self, field: Field) -> str:
        return _("Bitte geben Sie bei „{label}“ einen Betrag wie 1.234,56 an.").format(
            label=field.label
        )

    def display(self, field: Field, value: Scalar) -> str:
        return format_money(self._decimal(value))

    def _limit(self, field: NumberField, limit: Decimal) -> str:
        return format_money(limit)


class PercentKind(DecimalKind):
    """A number of per cent: 12.5 is 12.5 per cent, in rules as well."""

    def suffixes(self, field: Field) -> tuple[str, ...]:
        return ("%", "Prozent", "v. H.")

    def example(self, field: Field) -> str:
        return _("Bitte geben Sie bei „{label}“ einen Prozentsatz wie 12,5 an.").format(
            label=field.label
        )

    def display(self, field: Field, value: Scalar) -> str:
        return self._percent(format_decimal(self._decimal(value), places_of(field)))

    def _limit(self, field: NumberField, limit: Decimal) -> str:
        return self._percent(format_decimal(limit))

    @staticmethod
    def _percent(number: str) -> str:
        return f"{number}{NBSP}%"


class IntegerKind(DecimalKind):
    """A whole number."""

    input_mode = "numeric"

    def narrow(self, field: Field, value: Decimal) -> Scalar:
        if value != value.to_integral_value():
            raise EntryError(self.example(field))
        return int(value)

    def example(self, field: Field) -> str:
        return _("Bitte geben Sie bei „{label}“ eine ganze Zahl wie 12 an.").format(
            label=field.label
        )

    def dump(self, field: Field, value: Scalar) -> Json:
        return int(self._decimal(value))

    def display(self, field: Field, value: Scalar) -> str:
        return self._with_unit(field, format_integer(int(self._decimal(value))))

    def entry(self, field: Field, value: Scalar) -> str:
        return format_integer(int(self._decimal(value)))

    def _limit(self, field: NumberField, limit: Decimal) -> str:
        return self._with_unit(field, format_integer(int(limit)))


def places_of(field: Field) -> int | None:
    """Return the decimal places that values of ``field`` are stored and shown with."""
    kind = field.result if isinstance(field, CalculatedField) else field.type
    if kind == "money":
        return 2
    if kind in ("integer", "hours"):
        return 0
    return field.places if isinstance(field, NumberField | CalculatedField) else None
