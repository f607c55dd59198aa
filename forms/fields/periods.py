"""``date_range`` and ``datetime``: a period of days, and a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from forms.document_settings import Object
from forms.elements import DateField, Field, Part, Scalar, TimeField
from forms.expressions.operands import Compound, Operand
from forms.fields.dates import SAMPLE_DAY, DateKind
from forms.fields.kind import Common, FieldKind, Reading
from forms.fields.parts import PartsKind, common_of_part, day_part, part_values
from forms.fields.times import SAMPLE_TIME, TimeKind
from tenants.language import _


class DateRangeKind(PartsKind):
    """From a day to a last day, both included: so people say and write it."""

    kinds: Mapping[str, FieldKind] = {"von": DateKind(), "bis": DateKind()}
    sample: Operand = Compound({"von": SAMPLE_DAY, "bis": SAMPLE_DAY + timedelta(days=360)})

    def parts(self, document: Object, common: Common, reading: Reading) -> tuple[Part, ...]:
        limits = DateKind().element(document, common, reading)
        days = limits if isinstance(limits, DateField) else None
        is_open = document.get("open_end") is True
        last = _("bis (letzter Tag, freiwillig)") if is_open else _("bis (letzter Tag)")
        return (
            day_part(common, "von", _("von"), days),
            day_part(common, "bis", _("bis"), days, label=last, optional=is_open),
        )

    def display(self, field: Field, value: Scalar) -> str:
        shown = self.shown(field, value)
        if "von" not in shown:
            return _("bis {end}").format(end=shown.get("bis", ""))
        if "bis" not in shown:
            return _("ab {start}").format(start=shown["von"])
        return _("{start} bis {end}").format(start=shown["von"], end=shown["bis"])

    def check(self, field: Field, value: Scalar) -> list[str]:
        values = part_values(value)
        start, end = values.get("von"), values.get("bis")
        if isinstance(start, date) and isinstance(end, date) and end < start:
            return [
                _("Bei „{label}“ liegt der letzte Tag vor dem ersten.").format(label=field.label)
            ]
        return []


class DateTimeKind(PartsKind):
    """A day and the time on it, in Europe/Berlin."""

    kinds: Mapping[str, FieldKind] = {"tag": DateKind(), "uhrzeit": TimeKind()}
    sample: Operand = Compound({"tag": SAMPLE_DAY, "uhrzeit": SAMPLE_TIME})

    def parts(self, document: Object, common: Common, reading: Reading) -> tuple[Part, ...]:
        limits = DateKind().element(document, common, reading)
        label = _("Uhrzeit")
        return (
            day_part(common, "tag", _("Tag"), limits if isinstance(limits, DateField) else None),
            Part(
                key="uhrzeit",
                label=label,
                field=TimeField(**common_of_part(common, "uhrzeit", "time", label)),
            ),
        )

    def display(self, field: Field, value: Scalar) -> str:
        return ", ".join(self.shown(field, value).values())
