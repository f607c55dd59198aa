"""``date``, ``date_range`` and ``datetime``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from forms.document_settings import Object, day
from forms.elements import DateField, Field, Scalar
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
from forms.german import format_date, read_date
from tenants.language import _

EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)
SAMPLE_DAY = date(2026, 1, 15)


class DateKind(FieldKind):
    """A calendar day."""

    sample: Operand = SAMPLE_DAY

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return DateField(
            **common,
            minimum=day(document, "minimum", reading.findings),
            maximum=day(document, "maximum", reading.findings),
        )

    def contradictions(self, field: Field) -> Iterator[str]:
        if isinstance(field, DateField):
            yield from empty_range(field.minimum, field.maximum)

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        text = single(field, posted)
        if not text:
            return None
        value = read_date(text)
        if value is None or not EARLIEST <= value <= LATEST:
            raise EntryError(
                _("Bitte geben Sie bei „{label}“ ein Datum wie 31.12.2026 an.").format(
                    label=field.label
                )
            )
        return value

    def load(self, field: Field, stored: Json) -> Scalar:
        if isinstance(stored, str) and len(stored) == 10:
            try:
                value = date.fromisoformat(stored)
            except ValueError as error:
                raise self._wrong(field) from error
            if EARLIEST <= value <= LATEST:
                return value
        raise self._wrong(field)

    @staticmethod
    def _wrong(field: Field) -> EntryError:
        return wrong_type(field, _('ein Datum wie "2026-12-31"'))

    def dump(self, field: Field, value: Scalar) -> Json:
        return self._day(value).isoformat()

    def display(self, field: Field, value: Scalar) -> str:
        return format_date(self._day(value))

    def check(self, field: Field, value: Scalar) -> list[str]:
        if not isinstance(field, DateField):
            return []
        chosen = self._day(value)
        if field.minimum is not None and chosen < field.minimum:
            return [
                _("„{label}“ darf nicht vor dem {limit} liegen.").format(
                    label=field.label, limit=format_date(field.minimum)
                )
            ]
        if field.maximum is not None and chosen > field.maximum:
            return [
                _("„{label}“ darf nicht nach dem {limit} liegen.").format(
                    label=field.label, limit=format_date(field.maximum)
                )
            ]
        return []

    def operand(self, value: Scalar) -> Operand:
        return self._day(value)

    @staticmethod
    def _day(value: Scalar) -> date:
        if not isinstance(value, date):
            raise TypeError(f"Not a date: {value!r}")
        return value
