"""Numbers given out by the database: without gaps and repeats, whoever asks at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tenants.context import Scope, TenantMissing, acting_as
from tenants.models import Tenant
from tenants.number_patterns import NumberPatternInvalid
from tenants.numbers import next_number
from tests.support.installation import Installation


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.found_tenant()


def take(
    installation: Installation, tenant: Tenant, kind: str = "dokument", year: int = 2026
) -> str:
    return installation.in_scope(
        Scope(tenant_id=tenant.id), lambda session: next_number(session, kind, year)
    )


def set_patterns(installation: Installation, tenant: Tenant, **patterns: str) -> None:
    installation.in_scope(
        Scope(tenant_id=tenant.id),
        lambda session: session.execute(
            update(Tenant).where(Tenant.id == tenant.id).values(number_patterns=patterns)
        ),
    )


def test_kinds_years_and_tenants_count_for_themselves(
    installation: Installation, tenant: Tenant
) -> None:
    other = installation.found_tenant()
    assert take(installation, tenant) == "T-2026-00001"
    assert take(installation, tenant) == "T-2026-00002"
    assert take(installation, tenant, "einreichung") == "E-2026-00001"
    assert take(installation, tenant, year=2027) == "T-2027-00001"
    assert take(installation, other) == "T-2026-00001"
    assert take(installation, tenant) == "T-2026-00003"


def test_a_kind_without_pattern_gets_the_usual_one(
    installation: Installation, tenant: Tenant
) -> None:
    assert take(installation, tenant, "sonstiges") == "2026-00001"


def test_a_pattern_without_year_never_repeats_a_number(
    installation: Installation, tenant: Tenant
) -> None:
    set_patterns(installation, tenant, dokument="SV {lfd:3}")
    numbers = [take(installation, tenant, year=year) for year in (2026, 2026, 2027, 2028)]
    assert numbers == ["SV 001", "SV 002", "SV 003", "SV 004"]


def test_an_unusable_pattern_gives_out_nothing(installation: Installation, tenant: Tenant) -> None:
    set_patterns(installation, tenant, dokument="ohne")
    with pytest.raises(NumberPatternInvalid, match="laufende Nummer"):
        take(installation, tenant)
    set_patterns(installation, tenant, dokument="{jahr}-{lfd}")
    assert take(installation, tenant) == "2026-1"


def test_a_rolled_back_transaction_leaves_no_gap(
    installation: Installation, tenant: Tenant
) -> None:
    class Undo(Exception):
        pass

    def work(session: Session) -> None:
        assert next_number(session, "dokument", 2026) == "T-2026-00001"
        raise Undo

    with pytest.raises(Undo):
        installation.in_scope(Scope(tenant_id=tenant.id), work)

    assert take(installation, tenant) == "T-2026-00001"


def test_many_at_once_get_each_number_once(installation: Installation, tenant: Tenant) -> None:
    """Every third of the takers changes its mind and rolls back."""
    threads_count, takes = 4, 15
    given: list[str] = []
    lock = threading.Lock()
    faults: list[BaseException] = []

    class Undo(Exception):
        pass

    def one(undo: bool) -> None:
        def work(session: Session) -> str:
            number = next_number(session, "dokument", 2026)
            if undo:
                raise Undo
            return number

        try:
            number = installation.in_scope(Scope(tenant_id=tenant.id), work)
        except Undo:
            return
        with lock:
            given.append(number)

    def run(seed: int) -> None:
        try:
            for turn in range(takes):
                one(undo=(turn + seed) % 3 == 0)
        except BaseException as fault:
            faults.append(fault)
            raise

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(threads_count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not faults
    assert sorted(given) == [f"T-2026-{number:05}" for number in range(1, len(given) + 1)]
    assert len(given) == threads_count * takes * 2 // 3


def test_without_tenant_there_is_no_number(installation: Installation) -> None:
    work: Callable[[Session], str] = lambda session: next_number(session, "dokument", 2026)  # noqa: E731
    with acting_as(Scope()), pytest.raises(TenantMissing):
        installation.in_scope(Scope(), work)
