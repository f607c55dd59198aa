"""Names of people for lists that know only their accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import g
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app import database
from tenants.database import Base
from tenants.language import _


class PeopleInterface(SQLAInterface):
    """Reads rows with an ``account_id`` and all their people's names in one query."""

    def get_values(self, rows: Iterable[Base], columns: list[str]) -> Iterator[dict[str, object]]:
        """Return the values of ``rows``; their people are known afterwards."""
        rows = list(rows)
        _learn_names({getattr(row, "account_id", None) for row in rows})
        values: Iterator[dict[str, object]] = super().get_values(rows, columns)
        return values


def person_label(account_id: object) -> str:
    """Return name and e-mail address of an account, for the pages of this request."""
    if not isinstance(account_id, int):
        return _("System")
    names = _learn_names({account_id})
    return names.get(account_id, _("Konto {number}").format(number=account_id))


def _learn_names(account_ids: set[object]) -> dict[int, str]:
    known: dict[int, str] = g.setdefault("people", {})
    unknown = {one for one in account_ids if isinstance(one, int)} - known.keys()
    if unknown:
        people = database.session.execute(
            select(User.id, User.first_name, User.last_name, User.email).where(User.id.in_(unknown))
        )
        for number, first, last, email in people:
            known[number] = f"{first} {last} ({email})"
    return known
