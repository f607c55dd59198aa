"""Rates in the database: closed and added, never overwritten, never two on one day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from forms.definition import DefinitionError
from forms.publishing import publish_form
from forms.rate_tables import Rate, RateTable, RateUnknown, make_rate_table, with_own_rates
from forms.rates.keeping import (
    NewRate,
    RateRefused,
    RateTableUnknown,
    add_rate,
    create_rate_table,
    find_rate_table,
    keep_rate_tables,
    rate_tables_named,
)
from forms.rates.models import KeptRate
from tenants.audit import AuditEntry
from tenants.context import Scope
from tenants.database import new_id
from tenants.models import Tenant
from tests.support.form_documents import field, one_page
from tests.support.installation import Installation

T = TypeVar("T")
JANUARY, JULY = date(2027, 1, 1), date(2027, 7, 1)


class Office:
    """A tenant that keeps rates."""

    def __init__(self, installation: Installation, tenant: Tenant) -> None:
        self.installation = installation
        self.tenant = tenant

    def do(self, work: Callable[[Session], T], organisation_id: str | None = None) -> T:
        scope = Scope(tenant_id=self.tenant.id, organisation_id=organisation_id)
        return self.installation.in_scope(scope, work)

    def add(self, key: str, valid_from: date, value: str, until: date | None = None) -> int:
        new = NewRate(valid_from=valid_from, value=Decimal(value), valid_until=until)
        return self.do(
            lambda session: add_rate(session, find_rate_table(session, key, lock=True), new).number
        )

    def table(self, key: str) -> RateTable:
        return self.do(lambda session: rate_tables_named(session, [key]))[key]


@pytest.fixture(scope="module")
def office(installation: Installation) -> Office:
    return Office(installation, installation.found_tenant())


@pytest.fixture
def key(office: Office) -> str:
    key = f"k{new_id().replace('-', '')}"
    office.do(lambda session: create_rate_table(session, key=key, title="Sätze"))
    return key


def test_a_later_rate_closes_the_earlier_one(office: Office, key: str) -> None:
    office.add(key, JANUARY, "64.95")
    assert office.add(key, JULY, "67.22") == 2
    table = office.table(key)
    assert table.rate_on(date(2027, 6, 30)).value == Decimal("64.95")
    assert str(table.rate_on(JULY).value) == "67.22"
    assert [rate.version for rate in table.rates] == [1, 2]


def test_a_correction_withdraws_and_keeps_what_was_wrong(office: Office, key: str) -> None:
    office.add(key, JANUARY, "6.495")
    office.add(key, JULY, "67.22")
    office.add(key, JANUARY, "64.95")
    table = office.table(key)
    assert table.rate_on(JANUARY).version == 3
    assert table.rate_on(JULY).version == 2
    kept = office.do(
        lambda session: [
            (rate.number, rate.value, rate.valid_from == rate.valid_until)
            for rate in find_rate_table(session, key).rates
        ]
    )
    assert kept == [
        (1, Decimal("6.495"), True),
        (2, Decimal("67.22"), False),
        (3, Decimal("64.95"), False),
    ]


def test_an_earlier_rate_ends_where_the_next_begins(office: Office, key: str) -> None:
    office.add(key, JULY, "2")
    office.add(key, JANUARY, "1")
    assert office.table(key).rate_on(date(2027, 6, 30)).valid_until == JULY
    with pytest.raises(RateUnknown):
        office.table(key).rate_on(date(2026, 12, 31))


@pytest.mark.parametrize(
    ("valid_from", "value", "until", "said"),
    [
        (JULY, "1", JANUARY, "Ende liegt nach"),
        (date(1900, 1, 1), "1", None, "zwischen 1990 und 2199"),
        (JULY, "1e12", None, "elf Stellen"),
        (JULY, "0.000000001", None, "acht nach dem Komma"),
        (date(2026, 1, 1), "1", JULY, "Ab dem 01.01.2027 gilt schon"),
        (JULY, "1", date(2027, 8, 1), "der länger gilt"),
    ],
)
def test_unfit_rates_are_refused(
    office: Office, key: str, valid_from: date, value: str, until: date | None, said: str
) -> None:
    office.add(key, JANUARY, "1")
    with pytest.raises(RateRefused, match=said):
        office.add(key, valid_from, value, until)
    assert len(office.table(key).rates) == 1


@pytest.mark.parametrize("wrong", ["", "Groß", "1a", "a b", "a" * 65])
def test_a_key_must_fit_into_rules(office: Office, wrong: str) -> None:
    with pytest.raises(RateRefused):
        office.do(lambda session: create_rate_table(session, key=wrong, title="x"))


def test_a_key_is_taken_once(office: Office, key: str) -> None:
    with pytest.raises(RateRefused, match="gibt es schon"):
        office.do(lambda session: create_rate_table(session, key=key, title="x"))


additions = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 99), st.sampled_from(["", "a"])), max_size=6
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(additions=additions)
def test_each_day_has_what_was_last_said_of_it(
    office: Office, additions: list[tuple[int, int, str]]
) -> None:
    key = f"k{new_id().replace('-', '')}"
    days = [date(2027, 1, 1 + number) for number in range(25)]
    said: dict[tuple[str, date], int] = {}

    def work(session: Session) -> RateTable:
        table = create_rate_table(session, key=key, title="x")
        begins: dict[str, list[int]] = {"": [], "a": []}
        for offset, value, category in additions:
            end = min((day for day in begins[category] if day > offset), default=len(days))
            begins[category].append(offset)
            for day in days[offset:end]:
                said[category, day] = value
            new = NewRate(valid_from=days[offset], value=Decimal(value), category=category)
            add_rate(session, table, new)
        return rate_tables_named(session, [key])[key]

    table = office.do(work)
    for category in ("", "a"):
        for day in days:
            wanted = said.get((category, day))
            if wanted is None:
                with pytest.raises(RateUnknown):
                    table.rate_on(day, category)
            else:
                assert table.rate_on(day, category).value == wanted


def test_the_database_refuses_what_the_verb_would_not_do(office: Office, key: str) -> None:
    office.add(key, JANUARY, "1")

    def overlap(session: Session) -> None:
        table = find_rate_table(session, key)
        session.add(KeptRate(rate_table_id=table.id, number=9, valid_from=JULY, value=Decimal(1)))
        session.flush()

    with pytest.raises(DBAPIError, match="two rates of one category on the same day"):
        office.do(overlap)
    with pytest.raises(ProgrammingError, match="permission denied"):
        office.do(lambda session: session.execute(update(KeptRate).values(value=Decimal(2))))
    with pytest.raises(ProgrammingError, match="permission denied"):
        office.do(lambda session: session.delete(session.scalars(select(KeptRate)).first()))


def test_two_who_add_at_once_wait_for_each_other(office: Office, key: str) -> None:
    together = Barrier(2)

    def add(value: str) -> None:
        together.wait()
        office.add(key, JANUARY, value)

    threads = [Thread(target=add, args=(value,)) for value in ("1", "2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rates = office.do(lambda session: list(find_rate_table(session, key).rates))
    assert sorted(rate.number for rate in rates) == [1, 2]
    assert len(office.table(key).rates) == 1


def test_rates_stay_with_their_tenant_and_are_the_offices_to_change(
    installation: Installation, office: Office, key: str
) -> None:
    office.add(key, JANUARY, "1")
    there = Office(installation, installation.found_tenant())
    with pytest.raises(RateTableUnknown):
        there.do(lambda session: find_rate_table(session, key))
    assert there.do(lambda session: rate_tables_named(session, [key])) == {}
    traeger = installation.found_organisation(office.tenant)
    seen = office.do(lambda session: rate_tables_named(session, [key]), traeger.id)
    assert seen[key].rate_on(JANUARY).value == 1
    with pytest.raises(ProgrammingError, match="row-level security"):
        office.do(lambda session: create_rate_table(session, key="neu", title="x"), traeger.id)


def test_adding_is_in_the_audit_trail(office: Office, key: str) -> None:
    office.add(key, JANUARY, "1")
    actions = office.do(
        lambda session: [
            (entry.action, entry.detail)
            for entry in session.scalars(
                select(AuditEntry).where(AuditEntry.detail["key"].astext == key)
            )
        ]
    )
    assert ("rate_table.created", {"key": key}) in actions
    assert ("rate.added", {"key": key, "number": 1}) in actions


def test_a_form_is_not_published_without_the_tables_it_asks_for(office: Office, key: str) -> None:
    document = one_page(
        field("date", "am"),
        field("calculated", "a", result="money", value=f"satz('{key}', am) + satz('fehlt', am)"),
    )
    with pytest.raises(DefinitionError) as caught:
        office.do(lambda session: publish_form(session, document))
    assert len(caught.value.findings) == 1
    assert "„fehlt“" in caught.value.findings[0]


def test_tables_of_a_package_are_kept_once(office: Office) -> None:
    key = f"k{new_id().replace('-', '')}"
    table = make_rate_table(
        key,
        [
            Rate(valid_from=JANUARY, valid_until=JULY, value=Decimal("4.2")),
            Rate(valid_from=JULY, valid_until=None, value=Decimal("4.3"), version=2),
        ],
        title="Wochenfaktor",
    )
    office.do(lambda session: keep_rate_tables(session, [table]))
    office.add(key, date(2028, 1, 1), "4.33")
    office.do(lambda session: keep_rate_tables(session, [table]))
    kept = office.table(key)
    assert [str(rate.value) for rate in kept.rates] == ["4.2", "4.3", "4.33"]
    assert kept.title == "Wochenfaktor"


# ---- rates of one Träger


DAYS = [date(2027, 1, day) for day in range(1, 21)]


def spans(days: list[tuple[int, int]], first_number: int) -> list[Rate]:
    """Return rates that follow each other, from pairs of a gap and a length in days."""
    rates, begin = [], 0
    for number, (gap, length) in enumerate(days, start=first_number):
        begin += gap
        end = begin + length
        rates.append(
            Rate(
                valid_from=DAYS[0] + timedelta(begin),
                valid_until=DAYS[0] + timedelta(end),
                value=Decimal(number),
                version=number,
            )
        )
        begin = end
    return rates


SPANS = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 6)), max_size=4)


@given(SPANS, SPANS)
def test_own_rates_hold_before_common_ones_day_by_day(
    common_days: list[tuple[int, int]], own_days: list[tuple[int, int]]
) -> None:
    common, own = spans(common_days, 1), spans(own_days, 101)
    table = make_rate_table("fls", with_own_rates(common, own))
    for day in DAYS:
        holding = [one for one in (*own, *common) if one.holds_on(day)]
        if holding:
            assert table.rate_on(day).version == holding[0].version
        else:
            with pytest.raises(RateUnknown):
                table.rate_on(day)


def test_a_rate_of_one_traeger_is_that_traegers_alone(
    installation: Installation, office: Office, key: str
) -> None:
    first = installation.found_organisation(office.tenant)
    second = installation.found_organisation(office.tenant)
    office.add(key, JANUARY, "60")
    new = NewRate(
        valid_from=JULY, valid_until=date(2028, 1, 1), value=Decimal("64.95"),
        owner_organisation_id=first.id,
    )  # fmt: skip
    number = office.do(lambda s: add_rate(s, find_rate_table(s, key, lock=True), new).number)

    def values(organisation_id: str, acting: str | None) -> list[Decimal]:
        def read(session: Session) -> list[Decimal]:
            table = rate_tables_named(session, [key], organisation_id)[key]
            days = (date(2027, 6, 30), JULY, date(2027, 12, 31), date(2028, 1, 1))
            return [table.rate_on(day).value for day in days]

        return office.do(read, acting)

    agreed = [Decimal(60), Decimal("64.95"), Decimal("64.95"), Decimal(60)]
    assert values(first.id, None) == values(first.id, first.id) == agreed
    assert values(second.id, None) == [Decimal(60)] * 4
    # Not even by asking for the other one's does a Träger learn of it.
    assert values(first.id, second.id) == [Decimal(60)] * 4
    detail = office.do(
        lambda session: [
            entry.detail
            for entry in session.scalars(
                select(AuditEntry).where(AuditEntry.action == "rate.added")
            )
            if entry.detail.get("key") == key and entry.detail.get("number") == number
        ]
    )
    assert detail == [{"key": key, "number": number, "organisation": first.id}]


def test_a_rate_for_a_stranger_and_two_on_one_day_are_refused(
    installation: Installation, office: Office, key: str
) -> None:
    stranger = installation.found_organisation(installation.found_tenant())
    own = installation.found_organisation(office.tenant)

    def add_for(organisation_id: str) -> None:
        new = NewRate(valid_from=JULY, value=Decimal(1), owner_organisation_id=organisation_id)
        office.do(lambda s: add_rate(s, find_rate_table(s, key, lock=True), new))

    with pytest.raises(RateRefused, match="Träger"):
        add_for(stranger.id)
    add_for(own.id)

    def overlapping(session: Session) -> None:
        table = find_rate_table(session, key)
        session.add(
            KeptRate(
                rate_table_id=table.id, number=9, valid_from=date(2027, 8, 1), value=Decimal(2),
                owner_organisation_id=own.id,
            )
        )  # fmt: skip
        session.flush()

    with pytest.raises(DBAPIError, match="same day"):
        office.do(overlapping)
