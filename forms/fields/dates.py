"""``date``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from forms.elements import DateField, Field, Scalar
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError, FieldKind, single, wrong_type
from forms.german import format_date, read_date
from tenants.language import _

EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)


class DateKind(FieldKind):
    """A calendar day."""

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
        day = self._day(value)
        if field.minimum is not None and day < field.minimum:
            return [
                _("„{label}“ darf nicht vor dem {limit} liegen.").format(
                    label=field.label, limit=format_date(field.minimum)
                )
            ]
        if field.maximum is not None and day > field.maximum:
            return [
                _("„{label}“ darf nicht nach dem {limit} liegen.").format(
                    label=field.label, limit=format_date(field.maximum)
                )
            ]
        return []

    @staticmethod
    def _day(value: Scalar) -> date:
        if not isinstance(value, date):
            raise TypeError(f"Not a date: {value!r}")
        return value
