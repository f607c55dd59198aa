"""The generated submissions fit the tables as they are now."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.models import Submission
from tests.support.installation import Installation
from tools.bench.submissions import fill, scope_of


def test_a_large_tenant_is_filled_among_small_ones(installation: Installation) -> None:
    (large,) = fill(installation, (7,), total=12, tenants=3)

    def count(session: Session) -> int | None:
        return session.scalar(select(func.count()).select_from(Submission))

    assert installation.in_scope(scope_of(large), count) == 7


def test_one_database_is_filled_twice(installation: Installation) -> None:
    first, second = (
        fill(installation, (2,), total=4, tenants=3)[0].tenant.slug for _turn in range(2)
    )
    assert first != second
