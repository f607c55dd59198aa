"""A form as a package that travels: ``NAME.vordruck.zip`` with form, template, samples, hashes.

The same content always gives the same bytes. Nothing of a tenant is in it: no recipients, no
numbers, no people. Whoever takes it over gets a copy of their own.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from forms.definition import content_sha256, parse_definition
from forms.exchange.archive import ArchiveLimits, read_archive
from forms.exchange.report import ExchangeReport, ImportedForm, ImportRefused, Object
from forms.exchange.settling import settled
from forms.expressions.nodes import Json
from tenants.language import _

SOURCE = "Paket"
SUFFIX = ".vordruck.zip"
FORMAT = 1
MANIFEST, FORM, TEMPLATE = "manifest.json", "form.json", "template.docx"
LARGEST_JSON = 5_000_000
MOST_SAMPLES = 100
LICENSES = ("EUPL-1.2", "CC-BY-4.0", "CC0-1.0")

_LIMITS = ArchiveLimits(archive_bytes=15_000_000, members=250)
_EXTRA = re.compile(
    r"samples/[0-9]{1,4}\.json|codelists/[a-z0-9_-]{1,64}\.json"
    r"|clauses/[a-z][a-z0-9_]{0,23}\.json"
)
_DAY = (1980, 1, 1, 0, 0, 0)
_SEMVER = re.compile(r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})")


@dataclass(frozen=True, slots=True)
class PackageContent:
    """What a package holds beside its form."""

    template: bytes | None = None
    template_title: str = ""
    samples: tuple[Object, ...] = ()
    """Sample answers with ``description``, ``data`` and ``expected``."""
    codelists: Mapping[str, Object] = field(default_factory=dict)
    clauses: Mapping[str, Object] = field(default_factory=dict)
    """The Bausteine that the template has places for, by key; what they say, others read."""


@dataclass(frozen=True, slots=True)
class ImportedPackage:
    """A package that was read: the form as a copy with provenance, and what came with it."""

    form: ImportedForm
    content: PackageContent
    manifest: Object


def write_package(
    document: Object,
    content: PackageContent,
    *,
    version: str,
    author: str,
    license_: str = LICENSES[0],
    summary: str = "",
) -> bytes:
    """Return the form as a package.

    ``version`` is semantic (``1.0.0``). What the form was taken over from stands in the manifest
    as ``parent``. Raises `forms.definition.DefinitionError`, and ValueError for a wrong version.
    """
    if not _SEMVER.fullmatch(version):
        raise ValueError(_("Die Version eines Pakets hat drei Zahlen, zum Beispiel 1.0.0."))
    definition = parse_definition(document)
    files = {FORM: _json_bytes(document)}
    if content.template is not None:
        files[TEMPLATE] = content.template
    for number, sample in enumerate(content.samples, start=1):
        files[f"samples/{number}.json"] = _json_bytes(sample)
    for name, codelist in content.codelists.items():
        files[f"codelists/{name}.json"] = _json_bytes(codelist)
    for key, clause in content.clauses.items():
        files[f"clauses/{key}.json"] = _json_bytes(clause)
    hashes: Object = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest: Object = {
        "format": FORMAT,
        "id": definition.id,
        "name": definition.key.replace("_", "-"),
        "version": version,
        "title": definition.title,
        "summary": summary or definition.description[:500],
        "license": license_,
        "author": author,
        "data_class": definition.data_class,
        "form_sha256": content_sha256(document),
        "parent": document.get("provenance"),
        "files": hashes,
    }
    if content.template is not None:
        manifest["template"] = {"file": TEMPLATE, "name": content.template_title}
    return _zip({MANIFEST: _json_bytes(manifest), **files})


def read_package(data: bytes) -> ImportedPackage:
    """Read a package from anywhere.

    Raises `ImportRefused` for a hostile or damaged archive, for files that differ from the hash
    list, and for a form that is not usable. Files that belong to no package are named in the
    report and left out.
    """
    members = _without_folder(read_archive(data, _LIMITS))
    if FORM not in members:
        raise ImportRefused(_("Im Paket fehlt „form.json“; es ist kein Vordruck."))
    report = ExchangeReport()
    manifest = _json_object(MANIFEST, members[MANIFEST]) if MANIFEST in members else {}
    _check_hashes(manifest, members, report)
    document = _json_object(FORM, members[FORM])
    digest = _digest(document)
    content = _extras(members, report)
    template = members.get(TEMPLATE)
    described = manifest.get("template")
    title = str(described.get("name", "")) if isinstance(described, dict) else ""
    _remember_former(document)
    document["provenance"] = {
        "source": SOURCE,
        "id": str(manifest.get("id") or document.get("id") or "?")[:200],
        "version": str(manifest.get("version", ""))[:40],
        "sha256": digest,
    }
    form = settled(document, report)
    for key, item in parse_definition(form).fields.items():
        report.carry(item.label, item.type, key)
    if template is not None:
        report.carry(TEMPLATE, "template", title[:200] or TEMPLATE)
    return ImportedPackage(
        ImportedForm(form, report, SOURCE),
        replace(content, template=template, template_title=title[:200]),
        manifest,
    )


def _remember_former(document: Object) -> None:
    """Keep where the form came from before it became a package, FIM for example."""
    match document.get("provenance"):
        case {"source": str(source), "id": str(identity), "version": str(version)}:
            notes = document.setdefault("annotations", [])
            text = _("Herkunft: {source} {id} {version}").format(
                source=source, id=identity, version=version
            )
            if isinstance(notes, list) and text not in notes:
                notes.append(text)


def is_package(data: bytes) -> bool:
    """Say whether an archive looks like a package rather than a workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()[: _LIMITS.members]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    return any(name.rpartition("/")[2] in (FORM, MANIFEST) for name in names)


def _extras(members: dict[str, bytes], report: ExchangeReport) -> PackageContent:
    """Return what a package holds beside form and template."""
    samples: list[tuple[int, Object]] = []
    named: dict[str, dict[str, Object]] = {"codelists": {}, "clauses": {}}
    for name, content in members.items():
        if name in (MANIFEST, FORM, TEMPLATE):
            continue
        if not _EXTRA.fullmatch(name):
            report.refuse(name, "file", _("Diese Datei gehört zu keinem Paket."))
            continue
        try:
            item = _json_object(name, content)
        except ImportRefused as error:
            report.refuse(name, "file", str(error))
            continue
        folder, _slash, file = name.partition("/")
        stem = file.removesuffix(".json")
        if folder in named:
            named[folder][stem] = item
        elif not isinstance(item.get("data"), dict) or len(samples) >= MOST_SAMPLES:
            report.refuse(name, "sample", _("Das Beispiel hat keine Antworten („data“)."))
            continue
        else:
            samples.append((int(stem), item))
        report.carry(name, folder.removesuffix("s"), stem)
    in_order = tuple(item for _number, item in sorted(samples, key=lambda one: one[0]))
    return PackageContent(samples=in_order, codelists=named["codelists"], clauses=named["clauses"])


def _check_hashes(manifest: Object, members: dict[str, bytes], report: ExchangeReport) -> None:
    hashes = manifest.get("files")
    if not isinstance(hashes, dict):
        report.refuse(
            MANIFEST, "files",
            _("Das Paket hat keine Liste von Prüfsummen; ob es unverändert ist, lässt sich "
              "nicht sagen."),
        )  # fmt: skip
        return
    for name, wanted in hashes.items():
        found = members.get(name)
        if found is None:
            raise ImportRefused(_("Im Paket fehlt die Datei „{name}“.").format(name=name[:100]))
        if hashlib.sha256(found).hexdigest() != wanted:
            raise ImportRefused(
                _("Die Datei „{name}“ passt nicht zu ihrer Prüfsumme. Das Paket wurde verändert "
                  "oder beschädigt.").format(name=name[:100])
            )  # fmt: skip
    for name in members:
        if name not in hashes and name in (FORM, TEMPLATE):
            raise ImportRefused(
                _("Für „{name}“ nennt das Paket keine Prüfsumme.").format(name=name)
            )


def _without_folder(members: dict[str, bytes]) -> dict[str, bytes]:
    """Take away the one folder that packing by hand puts around everything."""
    folders = {name.partition("/")[0] for name in members}
    if FORM in members or len(folders) != 1:
        return members
    folder = folders.pop() + "/"
    return {name.removeprefix(folder): content for name, content in members.items()}


def _json_object(name: str, content: bytes) -> Object:
    if len(content) > LARGEST_JSON:
        raise ImportRefused(_("„{name}“ ist zu groß.").format(name=name))
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ImportRefused(_("„{name}“ ist kein lesbares JSON.").format(name=name)) from error
    if not isinstance(document, dict):
        raise ImportRefused(_("„{name}“ enthält kein JSON-Objekt.").format(name=name))
    return document


def _no_constant(text: str) -> Json:
    raise ValueError(text)


def _digest(document: Object) -> str:
    try:
        return content_sha256(document)
    except (ValueError, RecursionError) as error:
        raise ImportRefused(_("„{name}“ ist kein lesbares JSON.").format(name=FORM)) from error


def _json_bytes(document: Object) -> bytes:
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    return f"{text}\n".encode()


def _zip(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in (MANIFEST, *sorted(name for name in files if name != MANIFEST)):
            entry = zipfile.ZipInfo(name, _DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    return target.getvalue()
