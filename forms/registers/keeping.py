"""Keeping registers: made, changed, extended; an entry ends, and its content can be erased."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from forms.expressions.nodes import Json
from forms.fields.register_columns import RegisterColumn, column_problems, read_columns
from forms.registers.models import Register, RegisterEntry
from forms.surroundings import today_in_berlin
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import new_id, now
from tenants.language import _
from tenants.models import Cooperation, Organisation

MAXIMUM_ENTRIES = 5_000
MAXIMUM_REGISTERS = 100
MAXIMUM_WORDS = 8
"""Words of one search that count."""
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ENTRY_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
_LIKE = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class RegisterUnknown(LookupError):
    """The tenant in scope has no such register or entry."""


class RegisterRefused(ValueError):
    """What was asked cannot be kept; the message is German, ``place`` names the input."""

    def __init__(self, text: str, place: str = "") -> None:
        super().__init__(text)
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterShape:
    """What a register is; the key of an existing one never changes."""

    title: str
    description: str = ""
    columns: tuple[RegisterColumn, ...] = ()
    is_shared: bool = False
    names_people: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryContent:
    """What an entry says; ``values`` are the stored cells by column."""

    label: str
    owner_organisation_id: str | None = None
    values: Mapping[str, Json] = field(default_factory=dict)
    valid_from: date | None = None
    valid_until: date | None = None


def list_registers(session: Session) -> list[tuple[Register, int]]:
    """Return the registers of the tenant in scope by title, each with its number of entries."""
    counted = (
        select(RegisterEntry.register_id, func.count().label("entries"))
        .group_by(RegisterEntry.register_id)
        .subquery()
    )
    query = (
        select(Register, func.coalesce(counted.c.entries, 0))
        .outerjoin(counted, counted.c.register_id == Register.id)
        .order_by(Register.title)
    )
    return [(register, int(count)) for register, count in session.execute(query)]


def find_register(session: Session, key: str, *, lock: bool = False) -> Register:
    """Return the register ``key``. Raises `RegisterUnknown`."""
    query = select(Register).where(Register.key == key)
    if lock:
        query = query.with_for_update(of=Register)
    register = session.scalars(query).first()
    if register is None:
        raise RegisterUnknown(_("Das Verzeichnis „{key}“ gibt es hier nicht.").format(key=key))
    return register


def registers_named(session: Session, keys: Collection[str]) -> dict[str, Register]:
    """Return those of the registers ``keys`` that the tenant in scope has."""
    if not keys:
        return {}
    found = session.scalars(select(Register).where(Register.key.in_(keys)))
    return {register.key: register for register in found}


def few_entries(session: Session, key: str, most: int) -> dict[str, str]:
    """Return the names of the entries of a register that hold today, by key; none of many.

    ``most`` are few. Permission: the office; a Träger would see its own alone.
    """
    today = today_in_berlin()
    query = (
        select(RegisterEntry.key, RegisterEntry.label)
        .join(Register, Register.id == RegisterEntry.register_id)
        .where(
            Register.key == key,
            RegisterEntry.erased_at.is_(None),
            or_(RegisterEntry.valid_from.is_(None), RegisterEntry.valid_from <= today),
            or_(RegisterEntry.valid_until.is_(None), RegisterEntry.valid_until > today),
        )
        .limit(most + 1)
    )
    found = {row.key: row.label for row in session.execute(query)}
    return found if len(found) <= most else {}


def known_registers(session: Session) -> dict[str, tuple[RegisterColumn, ...]]:
    """Return the columns of every register of the tenant in scope by its key."""
    rows = session.execute(select(Register.key, Register.columns))
    return {row.key: read_columns(row.columns) for row in rows}


def create_register(session: Session, key: str, shape: RegisterShape) -> Register:
    """Create an empty register. Raises `RegisterRefused`. Permission: Tenant-Admin."""
    if not _KEY.fullmatch(key):
        raise RegisterRefused(
            _(
                "Der Schlüssel besteht aus Kleinbuchstaben a–z, Ziffern und Unterstrich und beginnt"
                " mit einem Buchstaben."
            ),
            "key",
        )
    _check_shape(shape)
    if registers_named(session, {key}):
        raise RegisterRefused(_("Das Verzeichnis „{key}“ gibt es schon.").format(key=key), "key")
    count = session.scalar(select(func.count()).select_from(Register)) or 0
    if count >= MAXIMUM_REGISTERS:
        raise RegisterRefused(
            _("Mehr als {limit} Verzeichnisse sind nicht möglich.").format(limit=MAXIMUM_REGISTERS)
        )
    register = Register(key=key)
    _apply_shape(register, shape)
    session.add(register)
    session.flush()
    record(session, "register.created", "register", register.id, key=key)
    return register


def change_register(session: Session, register: Register, shape: RegisterShape) -> None:
    """Change title, description, visibility and columns of a locked register.

    A column keeps its key and type: answers and forms rely on them. One that is taken out is
    gone from pages and forms; its cells stay until the entry is written again. Raises
    `RegisterRefused`. Permission: Tenant-Admin.
    """
    _check_shape(shape)
    known = {column.key: column for column in read_columns(register.columns)}
    for column in shape.columns:
        before = known.get(column.key)
        if before is not None and before.type != column.type:
            raise RegisterRefused(
                _(
                    "Die Art der Spalte „{label}“ lässt sich nicht ändern. Legen Sie eine weitere"
                    " Spalte an."
                ).format(label=column.label),
                "columns",
            )
    _apply_shape(register, shape)
    session.flush()
    record(session, "register.changed", "register", register.id, key=register.key)


def list_entries(
    session: Session, register: Register, *, text: str = "", page: int = 1, size: int = 50
) -> tuple[list[RegisterEntry], int]:
    """Return one page of the entries by name, and how many there are in all.

    Every word of ``text`` stands in the name, the key or a column.
    """
    query = select(RegisterEntry).where(
        RegisterEntry.register_id == register.id,
        RegisterEntry.erased_at.is_(None),
        *entries_containing(register, text),
    )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    query = query.order_by(RegisterEntry.label, RegisterEntry.key).limit(size)
    return list(session.scalars(query.offset((max(page, 1) - 1) * size))), total


def entries_containing(register: Register, text: str) -> list[ColumnElement[bool]]:
    """Return the conditions that every word of ``text`` stands somewhere in an entry."""
    places: list[ColumnElement[str]] = [
        RegisterEntry.label.expression,
        RegisterEntry.key.expression,
        *(RegisterEntry.values[column.key].astext for column in read_columns(register.columns)),
    ]
    return [
        or_(*(place.ilike(f"%{word.translate(_LIKE)}%", escape="\\") for place in places))
        for word in text.split()[:MAXIMUM_WORDS]
    ]


def find_entry(session: Session, register: Register, entry_id: str) -> RegisterEntry:
    """Return an entry of ``register``. Raises `RegisterUnknown`."""
    entry = session.get(RegisterEntry, (current_tenant_id(), entry_id))
    if entry is None or entry.register_id != register.id or entry.erased_at is not None:
        raise RegisterUnknown(_("Diesen Eintrag gibt es nicht."))
    return entry


def add_entry(
    session: Session, register: Register, key: str, content: EntryContent
) -> RegisterEntry:
    """Add an entry to a locked register; without ``key`` one is made from its name.

    Raises `RegisterRefused`. Permission: Tenant-Admin.
    """
    known = set(
        session.scalars(select(RegisterEntry.key).where(RegisterEntry.register_id == register.id))
    )
    if len(known) >= MAXIMUM_ENTRIES:
        raise RegisterRefused(
            _("Ein Verzeichnis hat höchstens {limit} Einträge.").format(limit=MAXIMUM_ENTRIES)
        )
    entry = new_entry(register, key, content, known, cooperating(session))
    session.add(entry)
    session.flush()
    record(session, "register.entry_added", "register", register.id, entry=entry.id)
    return entry


def new_entry(
    register: Register,
    key: str,
    content: EntryContent,
    known: Collection[str],
    owners: Mapping[str, str],
) -> RegisterEntry:
    """Return a new entry, not yet added; ``known`` are the keys that are taken.

    Raises `RegisterRefused`.
    """
    key = key or free_entry_key(content.label, known)
    if not _ENTRY_KEY.fullmatch(key):
        raise RegisterRefused(
            _(
                "Der Schlüssel besteht aus Buchstaben a–z, Ziffern, Punkt, Binde-, Schräg- und"
                " Unterstrich, höchstens 64 Zeichen."
            ),
            "key",
        )
    if key in known:
        raise RegisterRefused(_("Den Schlüssel „{key}“ gibt es schon.").format(key=key), "key")
    entry = RegisterEntry(register_id=register.id, key=key)
    apply_content(entry, content, owners)
    return entry


def change_entry(
    session: Session, register: Register, entry: RegisterEntry, content: EntryContent
) -> None:
    """Change what an entry says; its key stays. What was submitted keeps what it recorded.

    An end makes it one that is offered no more. Raises `RegisterRefused`. Permission:
    Tenant-Admin.
    """
    apply_content(entry, content, cooperating(session))
    session.flush()
    record(session, "register.entry_changed", "register", register.id, entry=entry.id)


def end_entry(session: Session, register: Register, entry: RegisterEntry, day: date) -> None:
    """Let an entry end on ``day``, the first on which it is offered no more; earlier stays.

    One that begins later never holds. Permission: Tenant-Admin.
    """
    if entry.valid_until is not None and entry.valid_until <= day:
        return
    entry.valid_until = max(day, entry.valid_from or day)
    session.flush()
    record(session, "register.entry_ended", "register", register.id, entry=entry.id)


def erase_entry(session: Session, register: Register, entry: RegisterEntry, day: date) -> None:
    """Erase what an entry says, its key too, and offer it no more (Art. 17 DSGVO).

    The row stays without content, so that nobody else gets its place. What was submitted keeps
    what it recorded for as long as the submission is kept: that has a purpose and a deadline of
    its own. The audit trail names the row alone. Permission: Tenant-Admin.
    """
    entry.key = f"geloescht-{new_id()}"
    entry.label, entry.values = _("Gelöschter Eintrag"), {}
    entry.valid_from, entry.valid_until = None, day
    entry.erased_at = now()
    session.flush()
    record(session, "register.entry_erased", "register", register.id, entry=entry.id)


def apply_content(entry: RegisterEntry, content: EntryContent, owners: Mapping[str, str]) -> None:
    """Write ``content`` into ``entry``; ``owners`` are the cooperating Träger by id.

    Raises `RegisterRefused`.
    """
    if not content.label:
        raise RegisterRefused(_("Geben Sie dem Eintrag einen Namen."), "label")
    for day in (content.valid_from, content.valid_until):
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise RegisterRefused(_("Die Tage liegen zwischen 1900 und 2199."), "valid_from")
    if content.valid_from and content.valid_until and content.valid_until < content.valid_from:
        raise RegisterRefused(_("Das Ende liegt vor dem Tag „gültig ab“."), "valid_until")
    owner = content.owner_organisation_id
    if owner is not None and owner not in owners and owner != entry.owner_organisation_id:
        raise RegisterRefused(_("Diesen Träger gibt es hier nicht."), "owner")
    entry.label = content.label
    entry.owner_organisation_id = owner
    entry.values = dict(content.values)
    entry.valid_from, entry.valid_until = content.valid_from, content.valid_until


def cooperating(session: Session) -> dict[str, str]:
    """Return the names of the Träger that work with the tenant in scope, by id."""
    query = (
        select(Organisation.id, Organisation.name)
        .join(Cooperation, Cooperation.organisation_id == Organisation.id)
        .where(Cooperation.tenant_id == current_tenant_id())
        .order_by(Organisation.name)
    )
    return {identity: name for identity, name in session.execute(query)}


def free_entry_key(label: str, known: Collection[str]) -> str:
    """Return a key made from ``label`` that is not in ``known``."""
    plain = unicodedata.normalize("NFKD", label.lower().translate(_GERMAN))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    base = "-".join(words)[:50].strip("-") or "eintrag"
    key, number = base, 1
    while key in known:
        number += 1
        key = f"{base}-{number}"
    return key


def _check_shape(shape: RegisterShape) -> None:
    if not shape.title:
        raise RegisterRefused(_("Geben Sie dem Verzeichnis einen Titel."), "title")
    problems = list(column_problems(shape.columns))
    if problems:
        raise RegisterRefused(problems[0], "columns")


def _apply_shape(register: Register, shape: RegisterShape) -> None:
    register.title, register.description = shape.title, shape.description
    register.columns = [column.document() for column in shape.columns]
    register.is_shared, register.names_people = shape.is_shared, shape.names_people
