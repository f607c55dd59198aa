"""Reads the shipped packages of `forms.library`. Pure: files in, plain data out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from importlib.resources.abc import Traversable

from forms.rate_tables import RateTable, RateTableError, read_rate_tables
from forms.surroundings import NEUTRAL, Surroundings
from tenants.language import _

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
JsonObject = dict[str, Json]


class PackageUnreadable(ValueError):
    """A package lacks a file or holds a broken one; the message names it in German."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Answers to a package's form and what must come out of them."""

    number: int
    description: str
    organisation: str
    """The key of the organisation in ``tenants.json`` that fills the form in."""
    data: JsonObject
    expected: JsonObject
    """Calculated values by path (``fls_satz``, ``positionen[0].betrag``), numbers as text."""


@dataclass(frozen=True, slots=True)
class Package:
    """A form with its template, if it has one, samples and description: the unit that is shared."""

    name: str
    manifest: JsonObject
    form_document: JsonObject
    template_bytes: bytes
    """The Word template, empty for a form that no document is made of (a questionnaire)."""
    samples: tuple[Sample, ...]
    rate_tables: tuple[RateTable, ...] = ()
    """The rate tables of ``rates.json``, which its rules ask for."""
    clauses: Mapping[str, JsonObject] = field(default_factory=dict)
    """The Bausteine that its template has places for, by key; what they say, others read."""

    @property
    def shipped_surroundings(self) -> Surroundings:
        """The shipped rates on an ordinary day at no place: in them the samples are evaluated."""
        return replace(NEUTRAL, rates={table.key: table for table in self.rate_tables})

    @property
    def template_title(self) -> str:
        """What documents made of the template are called."""
        template = self.manifest.get("template")
        name = template.get("name") if isinstance(template, dict) else None
        return str(name or self.manifest["title"])


def list_packages(root: Traversable | None = None) -> list[Package]:
    """Return all packages in ``root`` (by default the shipped ones), sorted by name.

    Raises `PackageUnreadable` when one of them is incomplete or broken.
    """
    library = root or files("forms.library")
    folders = [entry for entry in library.iterdir() if (entry / "manifest.json").is_file()]
    return [_read_package(folder) for folder in sorted(folders, key=lambda entry: entry.name)]


def read_package(name: str, root: Traversable | None = None) -> Package:
    """Return the package ``name``; raises `PackageUnreadable` if it is missing or broken."""
    library = root or files("forms.library")
    for entry in library.iterdir():
        if entry.name == name and entry.is_dir():
            return _read_package(entry)
    raise PackageUnreadable(_("Das Paket „{name}“ gibt es nicht.").format(name=name))


def read_demo_tenants() -> JsonObject:
    """Return ``tenants.json``: the demonstration's tenants, organisations and people."""
    return _read_json(files("forms.library") / "tenants.json")


def _read_package(folder: Traversable) -> Package:
    manifest = _read_json(folder / "manifest.json")
    if manifest.get("name") != folder.name:
        raise PackageUnreadable(
            _("Der Ordner „{folder}“ heißt anders als das Paket in seiner manifest.json.").format(
                folder=folder.name
            )
        )
    return Package(
        name=folder.name,
        manifest=manifest,
        form_document=_read_json(folder / "form.json"),
        template_bytes=b""
        if manifest.get("kind") == "survey"
        else _read_bytes(folder / "template.docx"),
        samples=_read_samples(folder / "samples"),
        rate_tables=_read_rates(folder / "rates.json"),
        clauses=_read_clauses(folder / "clauses"),
    )


def _read_rates(source: Traversable) -> tuple[RateTable, ...]:
    if not source.is_file():
        return ()
    try:
        return tuple(read_rate_tables(_read_json(source).get("tables")).values())
    except RateTableError as error:
        raise _unreadable(source, str(error)) from error


def _read_samples(folder: Traversable) -> tuple[Sample, ...]:
    if not folder.is_dir():
        return ()
    found = [entry for entry in folder.iterdir() if entry.name.removesuffix(".json").isdigit()]
    samples = []
    for entry in sorted(found, key=lambda entry: int(entry.name.removesuffix(".json"))):
        content = _read_json(entry)
        samples.append(
            Sample(
                number=int(entry.name.removesuffix(".json")),
                description=_text(content, "description", entry),
                organisation=_text(content, "organisation", entry),
                data=_object(content, "data", entry),
                expected=_object(content, "expected", entry),
            )
        )
    return tuple(samples)


def _read_clauses(folder: Traversable) -> dict[str, JsonObject]:
    if not folder.is_dir():
        return {}
    files = sorted(folder.iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".json"): _read_json(entry)
        for entry in files
        if entry.name.endswith(".json")
    }


def _text(content: Mapping[str, Json], key: str, source: Traversable) -> str:
    value = content.get(key)
    if not isinstance(value, str):
        raise _unreadable(source, _("„{key}“ fehlt oder ist kein Text").format(key=key))
    return value


def _object(content: Mapping[str, Json], key: str, source: Traversable) -> JsonObject:
    value = content.get(key)
    if not isinstance(value, dict):
        raise _unreadable(source, _("„{key}“ fehlt oder ist kein Objekt").format(key=key))
    return value


def _read_json(source: Traversable) -> JsonObject:
    try:
        content = json.loads(_read_bytes(source))
    except ValueError as error:
        raise _unreadable(source, str(error)) from error
    if not isinstance(content, dict):
        raise _unreadable(source, _("es enthält kein Objekt"))
    return content


def _read_bytes(source: Traversable) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise _unreadable(source, _("die Datei lässt sich nicht lesen")) from error


def _unreadable(source: Traversable, reason: str) -> PackageUnreadable:
    return PackageUnreadable(
        _("„{name}“ ist nicht verwendbar: {reason}.").format(name=source.name, reason=reason)
    )
