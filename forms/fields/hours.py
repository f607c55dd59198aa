"""``hours``: a span of time, stored in whole minutes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from forms.elements import Field, NumberField, Scalar
from forms.expressions.nodes import Json
from forms.expressions.operands import Operand
from forms.fields.kind import EntryError, single, wrong_type
from forms.fields.numbers import DecimalKind
from forms.german import NBSP, format_decimal, read_decimal
from tenants.language import _

MAXIMUM_MINUTES = 60_000_000

_CLOCK = re.compile(r"([0-9]{1,6}):([0-5][0-9])")
_WORDS = re.compile(
    r"([0-9]{1,6}) ?(?:h|std\.?|stunden?)(?: ?([0-5]?[0-9]) ?(?:min\.?|minuten?)?)?", re.IGNORECASE
)
_MINUTES = re.compile(r"([0-9]{1,8}) ?(?:min\.?|minuten?)", re.IGNORECASE)
_UNIT = re.compile(r" ?(?:h|std\.?|stunden?)$", re.IGNORECASE)


class HoursKind(DecimalKind):
    """Hours and minutes; rules calculate with the minutes."""

    sample: Operand = Decimal(120)

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        typed = single(field, posted).replace(NBSP, " ")
        if not typed:
            return None
        minutes = self._read(field, typed)
        if minutes > MAXIMUM_MINUTES:
            raise EntryError(_("Die Zahl bei „{label}“ ist zu lang.").format(label=field.label))
        return minutes

    def _read(self, field: Field, typed: str) -> int:
        plain = _UNIT.sub("", typed)
        if match := _CLOCK.fullmatch(plain) or _WORDS.fullmatch(typed):
            return int(match[1]) * 60 + int(match[2] or 0)
        if match := _MINUTES.fullmatch(typed):
            return int(match[1])
        hours = read_decimal(plain)
        if hours is None or hours < 0:
            raise EntryError(
                _("Bitte geben Sie bei „{label}“ Stunden wie 12,75 oder 12:45 an.").format(
                    label=field.label
                )
            )
        minutes = hours * 60
        if minutes != minutes.to_integral_value():
            raise EntryError(
                _(
                    "{typed} Stunden bei „{label}“ sind keine ganzen Minuten."
                    " Bitte schreiben Sie Stunden und Minuten, zum Beispiel {example}."
                ).format(typed=plain[:20], label=field.label, example=_clock(round(minutes)))
            )
        return int(minutes)

    def load(self, field: Field, stored: Json) -> Scalar:
        if isinstance(stored, bool) or not isinstance(stored, int):
            raise wrong_type(field, _("eine ganze Zahl von Minuten"))
        if not 0 <= stored <= MAXIMUM_MINUTES:
            raise wrong_type(field, _("eine ganze Zahl von Minuten"))
        return stored

    def dump(self, field: Field, value: Scalar) -> Json:
        return int(self._decimal(value))

    def display(self, field: Field, value: Scalar) -> str:
        return f"{format_hours(int(self._decimal(value)))}{NBSP}h"

    def entry(self, field: Field, value: Scalar) -> str:
        return format_hours(int(self._decimal(value)))

    def check(self, field: Field, value: Scalar) -> list[str]:
        if not isinstance(field, NumberField):
            return []
        minutes = self._decimal(value)
        if field.minimum is not None and minutes < field.minimum * 60:
            return [
                _("„{label}“ muss mindestens {limit} sein.").format(
                    label=field.label, limit=self.display(field, field.minimum * 60)
                )
            ]
        if field.maximum is not None and minutes > field.maximum * 60:
            return [
                _("„{label}“ darf höchstens {limit} sein.").format(
                    label=field.label, limit=self.display(field, field.maximum * 60)
                )
            ]
        return []


def format_hours(minutes: int) -> str:
    """Write 765 minutes as ``12,75``; what two places cannot say exactly as ``12:20``."""
    sign, minutes = ("-", -minutes) if minutes < 0 else ("", minutes)
    if minutes % 3:
        return sign + _clock(minutes)
    return sign + format_decimal(Decimal(minutes) / 60, 2)


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
