"""Feiertage, rate tables and the surroundings that a declaration keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from forms.expressions.nodes import Json
from forms.public_holidays import holidays_of
from forms.rate_tables import (
    Rate,
    RateTableError,
    RateUnknown,
    find_rate,
    make_rate_table,
    rate_table_document,
    read_rate_tables,
)
from forms.surroundings import (
    Consulted,
    Surroundings,
    SurroundingsError,
    read_surroundings,
    surroundings_document,
    today_in_berlin,
)
from tenants.lands import land_code

JULY = date(2027, 7, 1)
FLS = make_rate_table(
    "fls",
    [
        Rate(valid_from=JULY, valid_until=None, value=Decimal("67.22"), version=2),
        Rate(valid_from=date(2026, 1, 1), valid_until=JULY, value=Decimal("64.95"), version=1),
    ],
    title="Fachleistungsstunde",
)


@pytest.mark.parametrize(
    ("land", "municipality", "day", "holds"),
    [
        ("", "", date(2027, 3, 29), True),
        ("", "", date(2027, 1, 6), False),
        ("BW", "08111000", date(2027, 1, 6), True),
        ("HE", "", date(2027, 5, 27), True),
        ("NI", "", date(2027, 5, 27), False),
        ("SN", "", date(2027, 11, 17), True),
        ("NW", "", date(2027, 11, 17), False),
        ("BY", "", date(2027, 8, 15), False),
        ("BY", "09162000", date(2027, 8, 15), True),
        ("BY", "09564000", date(2027, 8, 15), False),
        ("BY", "09761000", date(2027, 8, 8), True),
        ("BY", "09162000", date(2027, 8, 8), False),
        ("TH", "16061045", date(2027, 5, 27), True),
        ("TH", "", date(2027, 5, 27), False),
        ("XX", "", date(2027, 1, 6), False),
    ],
)
def test_feiertage_depend_on_land_and_gemeinde(
    land: str, municipality: str, day: date, holds: bool
) -> None:
    assert (day in holidays_of(land, municipality, day.year)) is holds


@pytest.mark.parametrize(
    ("written", "code"),
    [("Hessen", "HE"), ("nordrhein-westfalen", "NW"), ("TH", "TH"), (" by ", "BY"), ("Ost", "")],
)
def test_land_is_known_by_name_and_code(written: str, code: str) -> None:
    assert land_code(written) == code


def test_rate_holds_from_its_first_day_until_the_day_before_the_next() -> None:
    assert FLS.rate_on(date(2027, 6, 30)).value == Decimal("64.95")
    assert FLS.rate_on(JULY).value == Decimal("67.22")
    assert FLS.rate_on(date(2099, 1, 1)).version == 2
    with pytest.raises(RateUnknown, match=r"„fls“ gilt am 31\.12\.2025 kein Satz"):
        FLS.rate_on(date(2025, 12, 31))
    with pytest.raises(RateUnknown, match=r"„fls“ gilt für „x“ am 01\.07\.2027 kein Satz"):
        FLS.rate_on(JULY, "x")
    with pytest.raises(RateUnknown, match=r"„andere“ gibt es nicht.*01\.07\.2027"):
        find_rate({"fls": FLS}, "andere", JULY)


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ([(date(2027, 1, 1), date(2027, 1, 1))], "endet, bevor"),
        ([(date(2027, 1, 1), None), (date(2028, 1, 1), None)], "01.01.2028 gelten zwei"),
        ([(date(2027, 1, 1), date(2027, 7, 2)), (JULY, None)], "01.07.2027 gelten zwei"),
        ([(JULY, None), (JULY, date(2028, 1, 1))], "01.07.2027 gelten zwei"),
    ],
)
def test_overlapping_rates_are_refused(rates: list[tuple[date, date | None]], said: str) -> None:
    with pytest.raises(RateTableError, match=said):
        make_rate_table(
            "fls",
            [Rate(valid_from=start, valid_until=end, value=Decimal(1)) for start, end in rates],
        )


def test_rate_tables_survive_writing_and_reading() -> None:
    assert read_rate_tables([rate_table_document(FLS)]) == {"fls": FLS}


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        [1],
        [{"key": "Groß"}],
        [{"key": "a"}, {"key": "a"}],
        [{"key": "a", "rates": {}}],
        [{"key": "a", "title": 1}],
        [{"key": "a", "rates": [1]}],
        [{"key": "a", "rates": [{"valid_from": "2027-01-01"}]}],
        [{"key": "a", "rates": [{"valid_from": "2027-02-30", "value": "1"}]}],
        [{"key": "a", "rates": [{"value": "1"}]}],
        [{"key": "a", "rates": [{"valid_from": "2027-01-01", "value": True}]}],
        [{"key": "a", "rates": [{"valid_from": "2027-01-01", "value": "NaN"}]}],
        [{"key": "a", "rates": [{"valid_from": "2027-01-01", "value": 1e300}]}],
        [{"key": "a", "rates": [{"valid_from": "2027-01-01", "value": "1", "version": 0}]}],
    ],
    ids=str,
)
def test_unreadable_rate_tables_are_refused(document: Json) -> None:
    with pytest.raises(RateTableError):
        read_rate_tables(document)


def test_surroundings_keep_what_was_used_and_nothing_else() -> None:
    other = make_rate_table("andere", [Rate(valid_from=JULY, valid_until=None, value=Decimal(1))])
    consulted = Consulted(Surroundings(today=JULY, land="BW", rates={"fls": FLS, "andere": other}))
    consulted.rate("fls", JULY)
    consulted.holidays_in(2027)
    used = consulted.used()
    assert list(used.rates) == ["fls"]
    assert [rate.version for rate in used.rates["fls"].rates] == [2]
    assert used.rates["fls"].title == "Fachleistungsstunde"
    assert list(used.holidays) == [2027]
    assert date(2027, 1, 6) in used.holidays[2027]
    assert read_surroundings(surroundings_document(used)) == used


def test_laid_down_feiertage_are_not_looked_up_again() -> None:
    kept = Surroundings(today=JULY, land="BW", holidays={2027: frozenset({JULY})})
    assert kept.holidays_in(2027) == {JULY}
    assert len(kept.holidays_in(2028)) > 10


@pytest.mark.parametrize("document", [{}, {"today": "2027-01-01"}, {"today": "gestern"}], ids=str)
def test_foreign_document_is_no_surroundings(document: dict[str, Json]) -> None:
    with pytest.raises(SurroundingsError):
        read_surroundings(document)


def test_day_is_that_of_berlin() -> None:
    assert today_in_berlin(datetime(2027, 6, 30, 22, 30, tzinfo=UTC)) == JULY
    assert today_in_berlin(datetime(2026, 12, 31, 22, 59, tzinfo=UTC)) == date(2026, 12, 31)
