"""The demonstration's tenants, organisations and people as typed data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from forms.fields.register_columns import RegisterColumn, read_columns
from forms.packages import JsonObject, read_demo_tenants

LOGOS = Path(__file__).resolve().parent.parent / "static" / "logos"


@dataclass(frozen=True, slots=True)
class DemoOrganisation:
    """A Träger and the slugs of the tenants it works with."""

    id: str
    key: str
    name: str
    street: str
    city: str
    represented_by: str
    tenants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """An invented person: (tenant slug, role) and (organisation key, role) pairs."""

    first_name: str
    last_name: str
    email: str
    tenant_roles: tuple[tuple[str, str], ...]
    organisation_roles: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class DemoEntry:
    """An entry of a register; ``owner`` is the key of its organisation, empty for nobody's."""

    key: str
    name: str
    owner: str
    values: JsonObject


@dataclass(frozen=True, slots=True)
class DemoRegister:
    """A Verzeichnis with its invented entries."""

    key: str
    title: str
    description: str
    columns: tuple[RegisterColumn, ...]
    names_people: bool
    entries: tuple[DemoEntry, ...]


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A municipality of the demonstration; ``details`` are columns of the tenant table."""

    id: str
    slug: str
    name: str
    details: JsonObject
    logo: bytes
    packages: tuple[str, ...]
    registers: tuple[DemoRegister, ...]


@dataclass(frozen=True, slots=True)
class DemoMaterial:
    """Everything that the demonstration consists of besides its packages."""

    tenants: tuple[DemoTenant, ...]
    organisations: tuple[DemoOrganisation, ...]
    people: tuple[DemoPerson, ...]

    def organisation(self, key: str) -> DemoOrganisation:
        """Return the organisation with ``key``. Raises `KeyError`."""
        return {one.key: one for one in self.organisations}[key]

    def person_of(self, organisation_key: str) -> DemoPerson:
        """Return the person who leads an organisation. Raises `KeyError`."""
        for person in self.people:
            if (organisation_key, "traeger_leitung") in person.organisation_roles:
                return person
        raise KeyError(organisation_key)

    def person_in_office(self, slug: str, role: str) -> DemoPerson:
        """Return the first person with ``role`` in a tenant. Raises `KeyError`."""
        for person in self.people:
            if (slug, role) in person.tenant_roles:
                return person
        raise KeyError(slug, role)


_DETAILS = (
    "name", "office", "kind", "land", "ags", "committee", "street", "city",
    "telephone", "email", "website", "members", "theme", "number_patterns",
)  # fmt: skip


def read_material() -> DemoMaterial:
    """Return the demonstration's material as shipped."""
    content = read_demo_tenants()
    return DemoMaterial(
        tenants=tuple(_tenant(entry) for entry in _objects(content, "tenants")),
        organisations=tuple(
            DemoOrganisation(
                id=str(entry["id"]),
                key=str(entry["key"]),
                name=str(entry["name"]),
                street=str(entry["street"]),
                city=str(entry["city"]),
                represented_by=str(entry["represented_by"]),
                tenants=_texts(entry, "tenants"),
            )
            for entry in _objects(content, "organisations")
        ),
        people=tuple(_person(entry) for entry in _objects(content, "people")),
    )


def _tenant(entry: JsonObject) -> DemoTenant:
    return DemoTenant(
        id=str(entry["id"]),
        slug=str(entry["slug"]),
        name=str(entry["name"]),
        details={name: entry[name] for name in _DETAILS},
        logo=(LOGOS / str(entry["logo"])).read_bytes(),
        packages=_texts(entry, "packages"),
        registers=tuple(_register(one) for one in _objects(entry, "registers")),
    )


def _register(entry: JsonObject) -> DemoRegister:
    return DemoRegister(
        key=str(entry["key"]),
        title=str(entry["title"]),
        description=str(entry["description"]),
        columns=read_columns(entry["columns"]),
        names_people=entry["names_people"] is True,
        entries=tuple(
            DemoEntry(
                key=str(one["key"]),
                name=str(one["name"]),
                owner=str(one.get("owner", "")),
                values=dict(values) if isinstance(values := one["values"], dict) else {},
            )
            for one in _objects(entry, "entries")
        ),
    )


def _person(entry: JsonObject) -> DemoPerson:
    memberships = _objects(entry, "memberships")
    first, _space, last = str(entry["name"]).partition(" ")
    return DemoPerson(
        first_name=first,
        last_name=last,
        email=str(entry["email"]),
        tenant_roles=tuple(
            (str(one["tenant"]), str(one["role"])) for one in memberships if "tenant" in one
        ),
        organisation_roles=tuple(
            (str(one["organisation"]), str(one["role"]))
            for one in memberships
            if "organisation" in one
        ),
    )


def _objects(content: JsonObject, name: str) -> list[JsonObject]:
    entries = content[name]
    if not isinstance(entries, list):
        raise TypeError(f"{name} is no list")
    return [entry for entry in entries if isinstance(entry, dict)]


def _texts(content: JsonObject, name: str) -> tuple[str, ...]:
    entries = content[name]
    if not isinstance(entries, list):
        raise TypeError(f"{name} is no list")
    return tuple(str(entry) for entry in entries)
