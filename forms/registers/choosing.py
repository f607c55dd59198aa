"""The lists from which forms let people choose, asked of the database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Date, Text, Uuid, and_, column, func, or_, select
from sqlalchemy.orm import Session

from forms.fields.picked import FUNCTION, OFFICE, PickedField
from forms.picking.choices import Choice, Choices, Found, Wish
from forms.registers.keeping import entries_containing, registers_named
from forms.registers.models import Register, RegisterEntry
from tenants.context import current_scope, current_tenant_id
from tenants.models import ORGANISATION_ROLES, TENANT_ROLES, Cooperation, Organisation

SMALL = 200
"""Entries of a register that are looked through in memory; of more the database is asked."""
_ROLES = {**TENANT_ROLES, **ORGANISATION_ROLES}


class TenantChoices(Choices):
    """The lists of the tenant in scope, as the acting side may see them.

    ``organisation_id`` is the organisation whose declaration is filled in: entries of its own
    are those that belong to it, whoever looks. Each list is read once.
    """

    def __init__(self, session: Session, day: date, organisation_id: str | None) -> None:
        self.day = day
        self._session = session
        self._organisation_id = organisation_id
        self._lists: dict[str, tuple[Choice, ...]] = {}
        self._registers: dict[str, Register | None] = {}
        self._large: dict[str, bool] = {}
        self._by_key: dict[str, dict[str, Choice | None]] = {}
        self._by_text: dict[str, dict[str, list[Choice]]] = {}
        self._searched: dict[tuple[object, ...], Found] = {}

    def search(self, target: PickedField, wish: Wish, limit: int) -> Found:
        small = self._small_list(target)
        if small is not None:
            words = wish.text.lower().split()
            found = [
                one
                for one in small
                if one.is_valid(self.day)
                and _is_for(target, one)
                and (not wish.said or one.says(target.filter_column, wish.said))
                and all(word in _haystack(one) for word in words)
            ]
            return Found(tuple(found[:limit]), len(found))
        asked = (target.register, target.is_own, target.filter_column, wish, limit)
        if asked not in self._searched:
            self._searched[asked] = self._search(target, wish, limit)
        return self._searched[asked]

    def _search(self, target: PickedField, wish: Wish, limit: int) -> Found:
        register = self._register(target.register)
        if register is None:
            return Found()
        conditions = [*self._offered(register, target), *entries_containing(register, wish.text)]
        if wish.said:
            says = func.lower(RegisterEntry.values[target.filter_column].astext)
            conditions.append(says.in_(wish.said))
        query = select(RegisterEntry).where(*conditions)
        total = self._session.scalar(select(func.count()).select_from(query.subquery())) or 0
        ordered = query.order_by(RegisterEntry.label, RegisterEntry.key).limit(limit)
        return Found(tuple(map(self._choice, self._session.scalars(ordered))), total)

    def with_keys(self, target: PickedField, keys: Collection[str]) -> Mapping[str, Choice]:
        small = self._small_list(target)
        if small is None:
            known = self._by_key.setdefault(target.register, {})
            missing = [key for key in keys if key not in known]
            if missing:
                known.update(dict.fromkeys(missing))
                found = self._entries(target, RegisterEntry.key.in_(missing))
                known.update({one.key: one for one in found})
                # Whoever asks for many entries wants to know next which of them have namesakes.
                self.with_texts(target, {one.name for one in found})
            return {key: one for key in keys if (one := known[key]) is not None}
        return {one.key: one for one in small if one.key in keys}

    def with_texts(self, target: PickedField, texts: Collection[str]) -> list[Choice]:
        small = self._small_list(target)
        if small is not None:
            wanted = {text.lower() for text in texts}
            return [
                one
                for one in small
                if one.key in texts
                or one.name.lower() in wanted
                or f"{one.name}, {one.cells.get(FUNCTION)}".lower() in wanted
            ]
        known = self._by_text.setdefault(target.register, {})
        missing = [text for text in texts if text not in known]
        if missing:
            labels = func.lower(RegisterEntry.label).in_([text.lower() for text in missing])
            found = self._entries(target, or_(RegisterEntry.key.in_(missing), labels))
            for text in missing:
                known[text] = [
                    one for one in found if one.key == text or one.name.lower() == text.lower()
                ]
        named = {one.key: one for text in texts for one in known[text]}
        return list(named.values())

    def _small_list(self, target: PickedField) -> tuple[Choice, ...] | None:
        """Return every entry of the list, by name, None for one that is too long for that."""
        name = f"{target.type}:{target.register or target.side}:{','.join(target.roles)}"
        if name not in self._lists and not self._large.get(name):
            readers: dict[str, Callable[[PickedField], tuple[Choice, ...] | None]] = {
                "register": self._read_register,
                "organisation": self._read_organisations,
                "person": self._read_people,
            }
            found = readers[target.type](target)
            if found is None:
                self._large[name] = True
            else:
                self._lists[name] = found
        return self._lists.get(name)

    def _register(self, key: str) -> Register | None:
        if key not in self._registers:
            self._registers[key] = registers_named(self._session, {key}).get(key)
        return self._registers[key]

    def _read_register(self, target: PickedField) -> tuple[Choice, ...] | None:
        register = self._register(target.register)
        if register is None:
            return ()
        query = (
            select(RegisterEntry)
            .where(RegisterEntry.register_id == register.id, RegisterEntry.erased_at.is_(None))
            .order_by(RegisterEntry.label, RegisterEntry.key)
            .limit(SMALL + 1)
        )
        entries = self._session.scalars(query).all()
        return None if len(entries) > SMALL else tuple(map(self._choice, entries))

    def _entries(self, target: PickedField, condition: ColumnElement[bool]) -> list[Choice]:
        register = self._register(target.register)
        if register is None:
            return []
        query = select(RegisterEntry).where(
            RegisterEntry.register_id == register.id,
            RegisterEntry.erased_at.is_(None),
            condition,
        )
        return list(map(self._choice, self._session.scalars(query)))

    def _offered(self, register: Register, target: PickedField) -> list[ColumnElement[bool]]:
        conditions = [
            RegisterEntry.register_id == register.id,
            or_(RegisterEntry.valid_from.is_(None), RegisterEntry.valid_from <= self.day),
            or_(RegisterEntry.valid_until.is_(None), RegisterEntry.valid_until > self.day),
        ]
        if target.is_own and self._organisation_id is not None:
            conditions.append(RegisterEntry.owner_organisation_id == self._organisation_id)
        return conditions

    def _choice(self, entry: RegisterEntry) -> Choice:
        return Choice(
            key=entry.key,
            name=entry.label,
            cells=entry.values,
            valid_from=entry.valid_from,
            valid_until=entry.valid_until,
            is_own=self._organisation_id in (None, entry.owner_organisation_id),
        )

    def _read_organisations(self, target: PickedField) -> tuple[Choice, ...]:
        """Return the Träger that work with the tenant; a Träger learns of itself alone."""
        own = current_scope().organisation_id
        query = (
            select(Organisation, Cooperation.valid_from, Cooperation.valid_until)
            .join(Cooperation, Cooperation.organisation_id == Organisation.id)
            .where(Cooperation.tenant_id == current_tenant_id())
            .order_by(Organisation.name, Organisation.id)
        )
        if own is not None:
            query = query.where(Organisation.id == own)
        return tuple(
            Choice(
                key=organisation.id,
                name=organisation.name,
                cells={"strasse": organisation.street, "ort": organisation.city},
                valid_from=valid_from,
                valid_until=_day_after(valid_until),
                is_own=self._organisation_id in (None, organisation.id),
            )
            for organisation, valid_from, valid_until in self._session.execute(query)
        )

    def _read_people(self, target: PickedField) -> tuple[Choice, ...]:
        """Return people by name and function: the office's, or those of the own side."""
        is_office = target.side == OFFICE or current_scope().organisation_id is None
        people = func.people_to_choose().table_valued(
            column("membership_id", Uuid(as_uuid=False)),
            column("side", Text),
            column("role", Text),
            column("name", Text),
            column("valid_until", Date),
        )
        wanted = people.c.side == ("office" if is_office else "organisation")
        if target.roles:
            wanted = and_(wanted, people.c.role.in_(target.roles))
        rows = self._session.execute(
            select(people).where(wanted).order_by(people.c.name, people.c.role)
        )
        return tuple(
            Choice(
                key=row.membership_id,
                name=row.name,
                cells={FUNCTION: _ROLES.get(row.role, row.role)},
                valid_until=_day_after(row.valid_until),
            )
            for row in rows
        )


def _day_after(last: date | None) -> date | None:
    return None if last is None else last + timedelta(days=1)


def _is_for(target: PickedField, choice: Choice) -> bool:
    return choice.is_own or not target.is_own


def _haystack(choice: Choice) -> str:
    cells: Iterable[object] = choice.cells.values()
    return " ".join((choice.name, choice.key, *map(str, cells))).lower()
