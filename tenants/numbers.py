"""Giving out numbers: one counter per tenant, kind and period, without gaps or repeats."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from tenants.context import current_tenant_id
from tenants.database import new_id
from tenants.models import NumberRange, Tenant
from tenants.number_patterns import DEFAULT_PATTERN, counting_period, format_number


def next_number(session: Session, kind: str, year: int) -> str:
    """Return the next number of ``kind`` for the tenant in scope, as `next_numbers` does."""
    return next_numbers(session, kind, year, 1)[0]


def next_numbers(session: Session, kind: str, year: int, count: int) -> list[str]:
    """Return the next ``count`` numbers of ``kind`` for the tenant in scope, in their order.

    The counter's row stays locked until the caller's transaction ends: two callers never get
    the same number, and a rolled back transaction leaves no gap. Raises
    `tenants.number_patterns.NumberPatternInvalid` when the tenant's pattern is unusable.
    """
    tenant_id = current_tenant_id()
    tenant = session.get_one(Tenant, tenant_id)
    pattern = tenant.number_patterns.get(kind, DEFAULT_PATTERN)
    period = counting_period(pattern, year)
    statement = (
        insert(NumberRange)
        .values(tenant_id=tenant_id, id=new_id(), kind=kind, period=period, last=count)
        .on_conflict_do_update(
            index_elements=["tenant_id", "kind", "period"],
            set_={"last": NumberRange.last + count},
        )
        .returning(NumberRange.last)
    )
    last = session.execute(statement).scalar_one()
    words = {
        name.removeprefix("wort:"): value
        for name, value in tenant.number_patterns.items()
        if name.startswith("wort:")
    }
    return [
        format_number(pattern, year=year, running=running, values=words)
        for running in range(last - count + 1, last + 1)
    ]
