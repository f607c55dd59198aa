"""Codelists with effective dates: which choices hold on which day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from forms.definition_names import all_fields, describe_element, repeat_groups, top_fields
from forms.elements import ChoiceField, Codelist, DateField, Option, Page, Scalar
from forms.german import format_date
from tenants.language import _


def check_codelists(pages: tuple[Page, ...], codelists: Mapping[str, Codelist]) -> Iterator[str]:
    """Yield a finding for each doubled value, turned validity and unknown date field."""
    for codelist in codelists.values():
        place = _("Codeliste „{title}“").format(title=codelist.title)
        values = [entry.value for entry in codelist.entries]
        for value in dict.fromkeys(value for value in values if values.count(value) > 1):
            yield _("{place}: „{key}“ steht doppelt.").format(place=place, key=value)
        for entry in codelist.entries:
            if entry.valid_from and entry.valid_until and entry.valid_from >= entry.valid_until:
                yield _("{place}: „{label}“ gilt an keinem Tag.").format(
                    place=place, label=entry.label
                )
    top, groups = top_fields(pages), repeat_groups(pages)
    for field in all_fields(pages):
        if not isinstance(field, ChoiceField) or not field.codelist_day:
            continue
        group = groups.get(field.repeat_key)
        beside = group.columns.get(field.codelist_day) if group else None
        named = beside or top.get(field.codelist_day)
        if not isinstance(named, DateField):
            yield _("{place}: codelist_day nennt „{key}“; das ist kein Datumsfeld.").format(
                place=describe_element(field), key=field.codelist_day
            )


def deciding_day(
    field: ChoiceField, row: Mapping[str, object], values: Mapping[str, object], today: date
) -> date:
    """Return the day on which a choice of ``field`` has to hold.

    It is that of the date field it names, in the same row if there is one such, else ``today``;
    also while the date field is not answered.
    """
    named = row.get(field.codelist_day, values.get(field.codelist_day))
    return named if isinstance(named, date) else today


def validity_problems(field: ChoiceField, value: Scalar, day: date) -> list[str]:
    """Return a German message for each chosen option that does not hold on ``day``."""
    chosen = value if isinstance(value, tuple) else (value,)
    options = [field.option(item) for item in chosen if isinstance(item, str)]
    return [
        _("„{choice}“ bei „{label}“ {why}. Am {day} gilt der Eintrag nicht.").format(
            choice=option.label, label=field.label, why=_validity(option), day=format_date(day)
        )
        for option in options
        if option is not None and not option.is_valid(day)
    ]


def _validity(option: Option) -> str:
    if option.valid_from and option.valid_until:
        return _("gilt ab {start} und vor dem {end}").format(
            start=format_date(option.valid_from), end=format_date(option.valid_until)
        )
    if option.valid_from:
        return _("gilt erst ab {start}").format(start=format_date(option.valid_from))
    if option.valid_until:
        return _("gilt nur vor dem {end}").format(end=format_date(option.valid_until))
    return _("gilt immer")
