"""``time``: a time of day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import time
from decimal import Decimal

from forms.document_settings import Object, text
from forms.elements import Field, Scalar, TimeField
from forms.expressions.nodes import Json
from forms.expressions.operands import Operand
from forms.fields.kind import (
    Common,
    EntryError,
    FieldKind,
    Reading,
    empty_range,
    single,
    wrong_type,
)
from forms.german import NBSP
from tenants.language import _

SAMPLE_TIME = Decimal(600)

_TYPED = re.compile(r"([01]?[0-9]|2[0-3])(?:[:.]([0-5][0-9])|h([0-5][0-9])?)?")
_DIGITS = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])")
_WORD = re.compile(r" ?Uhr(?= |$)", re.IGNORECASE)
_STORED = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class TimeKind(FieldKind):
    """Hour and minute of a day; rules see the minutes since midnight."""

    sample: Operand = SAMPLE_TIME

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return TimeField(
            **common, minimum=_limit(document, "minimum"), maximum=_limit(document, "maximum")
        )

    def contradictions(self, field: Field) -> Iterator[str]:
        if isinstance(field, TimeField):
            yield from empty_range(field.minimum, field.maximum)

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        typed = single(field, posted).replace(NBSP, " ")
        if not typed:
            return None
        plain = _WORD.sub("", typed).strip().replace(" ", ":")
        match = _TYPED.fullmatch(plain) or _DIGITS.fullmatch(plain)
        if match is None:
            raise EntryError(
                _("Bitte geben Sie bei „{label}“ eine Uhrzeit wie 14:30 an.").format(
                    label=field.label
                )
            )
        minutes = next((group for group in match.groups()[1:] if group), "0")
        return time(int(match[1]), int(minutes))

    def load(self, field: Field, stored: Json) -> Scalar:
        if not isinstance(stored, str) or not _STORED.fullmatch(stored):
            raise wrong_type(field, _('eine Uhrzeit wie "14:30"'))
        return time.fromisoformat(stored)

    def dump(self, field: Field, value: Scalar) -> Json:
        return self.entry(field, value)

    def display(self, field: Field, value: Scalar) -> str:
        return f"{self.entry(field, value)}{NBSP}Uhr"

    def entry(self, field: Field, value: Scalar) -> str:
        return f"{self._time(value):%H:%M}"

    def check(self, field: Field, value: Scalar) -> list[str]:
        if not isinstance(field, TimeField):
            return []
        moment = self._time(value)
        if field.minimum is not None and moment < field.minimum:
            return [
                _("„{label}“ darf nicht vor {limit} Uhr liegen.").format(
                    label=field.label, limit=f"{field.minimum:%H:%M}"
                )
            ]
        if field.maximum is not None and moment > field.maximum:
            return [
                _("„{label}“ darf nicht nach {limit} Uhr liegen.").format(
                    label=field.label, limit=f"{field.maximum:%H:%M}"
                )
            ]
        return []

    def operand(self, value: Scalar) -> Operand:
        moment = self._time(value)
        return Decimal(moment.hour * 60 + moment.minute)

    @staticmethod
    def _time(value: Scalar) -> time:
        if not isinstance(value, time):
            raise TypeError(f"Not a time of day: {value!r}")
        return value


def _limit(document: Object, name: str) -> time | None:
    limit = text(document, name)
    return time.fromisoformat(limit) if _STORED.fullmatch(limit) else None
