"""Keeping rates: a rate that may have been used is closed, never overwritten."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.rate_tables import KEY, Rate, RateTable, make_rate_table, with_own_rates
from forms.rates.models import KeptRate, KeptRateTable
from forms.registers.keeping import cooperating
from tenants.audit import record
from tenants.language import _

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2199, 12, 31)
LARGEST_VALUE = Decimal(10) ** 11


class RateTableUnknown(LookupError):
    """The tenant in scope has no such rate table."""


class RateRefused(ValueError):
    """A rate or table cannot be added; the message says in German what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRate:
    """A rate to add; without ``valid_until`` it holds until the next one begins."""

    valid_from: date
    value: Decimal
    valid_until: date | None = None
    category: str = ""
    source: str = ""
    owner_organisation_id: str | None = None
    """The Träger for whom alone it holds; none for everybody."""


def list_rate_tables(session: Session) -> list[KeptRateTable]:
    """Return the tables of the tenant in scope by title, with their rates."""
    return list(session.scalars(select(KeptRateTable).order_by(KeptRateTable.title)))


def find_rate_table(session: Session, key: str, *, lock: bool = False) -> KeptRateTable:
    """Return the table ``key``. Raises `RateTableUnknown`."""
    query = select(KeptRateTable).where(KeptRateTable.key == key)
    if lock:
        query = query.with_for_update(of=KeptRateTable)
    table = session.scalars(query).first()
    if table is None:
        raise RateTableUnknown(_("Die Satztabelle „{key}“ gibt es hier nicht.").format(key=key))
    return table


def rate_tables_named(
    session: Session, keys: Collection[str], organisation_id: str | None = None
) -> dict[str, RateTable]:
    """Return those of the tables ``keys`` that the tenant has, for an evaluation.

    With the rates that hold for ``organisation_id`` alone, on their days instead of the common.
    """
    if not keys:
        return {}
    query = select(KeptRateTable).where(KeptRateTable.key.in_(keys))
    return {table.key: _for_rules(table, organisation_id) for table in session.scalars(query)}


def missing_rate_tables(session: Session, keys: Collection[str]) -> list[str]:
    """Return a German finding for each of ``keys`` that the tenant in scope has no table for."""
    known = set(session.scalars(select(KeptRateTable.key).where(KeptRateTable.key.in_(keys))))
    return [
        _(
            "Die Regeln fragen nach der Satztabelle „{key}“, die es hier nicht gibt."
            " Legen Sie sie unter „Sätze“ an."
        ).format(key=key)
        for key in sorted(set(keys) - known)
    ]


def create_rate_table(
    session: Session, *, key: str, title: str, unit: str = "", source: str = ""
) -> KeptRateTable:
    """Create an empty table. Raises `RateRefused`. Permission: Tenant-Admin."""
    if not KEY.fullmatch(key):
        raise RateRefused(
            _("Der Schlüssel besteht aus Kleinbuchstaben a–z, Ziffern und Unterstrich.")
        )
    if not title:
        raise RateRefused(_("Geben Sie der Satztabelle einen Titel."))
    if session.scalars(select(KeptRateTable.id).where(KeptRateTable.key == key)).first():
        raise RateRefused(_("Die Satztabelle „{key}“ gibt es schon.").format(key=key))
    table = KeptRateTable(key=key, title=title, unit=unit, source=source)
    session.add(table)
    session.flush()
    record(session, "rate_table.created", "rate_table", table.id, key=key)
    return table


def add_rate(session: Session, table: KeptRateTable, new: NewRate) -> KeptRate:
    """Add a rate that holds from a day on; the one that held there until now ends on that day.

    Without an end it holds until the next rate begins, or until the one it replaces would have
    ended. A rate that began on the same day is withdrawn by it: so is a wrong value corrected.
    The table must be locked. Raises `RateRefused`. Permission: Tenant-Admin.
    """
    _check(new)
    if new.owner_organisation_id is not None and new.owner_organisation_id not in cooperating(
        session
    ):
        raise RateRefused(_("Diesen Träger gibt es hier nicht."))
    existing = session.scalars(
        select(KeptRate)
        .where(KeptRate.rate_table_id == table.id)
        .order_by(KeptRate.valid_from, KeptRate.number)
    ).all()
    holding = [
        rate
        for rate in existing
        if (rate.category, rate.owner_organisation_id) == (new.category, new.owner_organisation_id)
        and rate.valid_until != rate.valid_from
    ]
    replaced = next((rate for rate in holding if _holds(rate, new.valid_from)), None)
    following = next((rate for rate in holding if rate.valid_from > new.valid_from), None)
    valid_until = new.valid_until
    if valid_until is None:
        valid_until = replaced.valid_until if replaced else None
        if replaced is None and following is not None:
            valid_until = following.valid_from
    elif following is not None and valid_until > following.valid_from:
        raise RateRefused(
            _("Ab dem {day} gilt schon ein anderer Satz; der neue muss vorher enden.").format(
                day=f"{following.valid_from:%d.%m.%Y}"
            )
        )
    if replaced is not None:
        _leave_no_gap(replaced, valid_until)
        replaced.valid_until = new.valid_from
        session.flush()
    rate = KeptRate(
        rate_table_id=table.id,
        number=max((rate.number for rate in existing), default=0) + 1,
        category=new.category,
        valid_from=new.valid_from,
        valid_until=valid_until,
        value=new.value,
        source=new.source,
        owner_organisation_id=new.owner_organisation_id,
    )
    session.add(rate)
    session.flush()
    session.expire(table, ["rates"])
    owner = {"organisation": rate.owner_organisation_id} if rate.owner_organisation_id else {}
    record(
        session, "rate.added", "rate_table", table.id, key=table.key, number=rate.number, **owner
    )
    return rate


def keep_rate_tables(session: Session, tables: Iterable[RateTable]) -> None:
    """Create those tables that the tenant does not have yet; what is there stays as it is."""
    known = set(session.scalars(select(KeptRateTable.key)))
    for table in tables:
        if table.key in known:
            continue
        kept = create_rate_table(
            session, key=table.key, title=table.title, unit=table.unit, source=table.source
        )
        for rate in table.rates:
            add_rate(
                session,
                kept,
                NewRate(
                    valid_from=rate.valid_from,
                    valid_until=rate.valid_until,
                    value=rate.value,
                    category=rate.category,
                ),
            )


def _check(new: NewRate) -> None:
    if not FIRST_DAY <= new.valid_from <= LAST_DAY:
        raise RateRefused(_("Der Tag „gültig ab“ liegt zwischen 1990 und 2199."))
    if new.valid_until is not None and new.valid_until <= new.valid_from:
        raise RateRefused(_("Das Ende liegt nach dem Tag „gültig ab“."))
    if abs(new.value) >= LARGEST_VALUE or new.value != round(new.value, 8):
        raise RateRefused(_("Der Satz hat höchstens elf Stellen vor und acht nach dem Komma."))


def _holds(rate: KeptRate, day: date) -> bool:
    return rate.valid_from <= day and (rate.valid_until is None or day < rate.valid_until)


def _leave_no_gap(replaced: KeptRate, valid_until: date | None) -> None:
    """Refuse an end before that of the replaced rate: the days after it would have none."""
    ends_sooner = valid_until is not None and (
        replaced.valid_until is None or valid_until < replaced.valid_until
    )
    if ends_sooner:
        raise RateRefused(
            _(
                "Der neue Satz löst einen ab, der länger gilt. Lassen Sie das Ende leer und fügen"
                " Sie danach den Satz hinzu, der dann gilt."
            )
        )


def plain_value(value: Decimal) -> Decimal:
    """Return a value without the zeros that the database adds behind it: 64.95, 4.2, 12."""
    return Decimal(f"{value:f}".rstrip("0").rstrip(".")) if value % 1 else value.quantize(1)


def _for_rules(table: KeptRateTable, organisation_id: str | None) -> RateTable:
    def rates_of(owner: str | None) -> list[Rate]:
        return [
            Rate(
                valid_from=rate.valid_from,
                valid_until=rate.valid_until,
                value=plain_value(rate.value),
                category=rate.category,
                version=rate.number,
            )
            for rate in table.rates
            if rate.valid_until != rate.valid_from and rate.owner_organisation_id == owner
        ]

    return make_rate_table(
        table.key,
        with_own_rates(rates_of(None), rates_of(organisation_id) if organisation_id else []),
        title=table.title,
        unit=table.unit,
        source=table.source,
    )
