"""The parts of a DOCX package, what ties them together, and how they are written."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from document_templates.findings import TemplateRefused
from document_templates.ooxml import R, parse_xml, serialise_xml
from tenants.language import _

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."

CONTENT_TYPES = "[Content_Types].xml"
CORE_PROPERTIES_TYPE = (
    "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
)

# The kinds of part that a template may consist of, by the last piece of the relationship type.
PART_TYPES: Mapping[str, str] = {
    "officeDocument": _WORD + "document.main+xml",
    "styles": _WORD + "styles+xml",
    "settings": _WORD + "settings+xml",
    "fontTable": _WORD + "fontTable+xml",
    "numbering": _WORD + "numbering+xml",
    "header": _WORD + "header+xml",
    "footer": _WORD + "footer+xml",
    "footnotes": _WORD + "footnotes+xml",
    "endnotes": _WORD + "endnotes+xml",
    "theme": "application/vnd.openxmlformats-officedocument.theme+xml",
    "core-properties": "application/vnd.openxmlformats-package.core-properties+xml",
}
IMAGE_TYPES: Mapping[str, str] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
}
# Parts whose paragraphs people write and whose tags are filled in.
TEXT_KINDS = ("officeDocument", "header", "footer", "footnotes", "endnotes")

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Relationship:
    """A pointer from one part to another part or, if ``external``, to an address."""

    id: str
    type: str
    target: str
    external: bool = False

    @property
    def kind(self) -> str:
        """The last piece of the relationship type, such as ``header``."""
        return self.type.rstrip("/").rpartition("/")[2]


def relationships_name(source: str) -> str:
    """Return the name of the member that holds the relationships of ``source``."""
    folder, name = posixpath.split(source)
    return posixpath.join(folder, "_rels", name + ".rels")


def read_relationships(members: Mapping[str, bytes], source: str) -> list[Relationship]:
    """Return the relationships of a part ("" for the package); none if it has none.

    Raises `TemplateRefused` when the list is damaged or names an id twice.
    """
    name = relationships_name(source)
    if name not in members:
        return []
    found: list[Relationship] = []
    seen: set[str] = set()
    for element in parse_xml(members[name], name):
        identifier = element.get("Id", "")
        target = element.get("Target", "")
        if not identifier or identifier in seen:
            raise TemplateRefused.because(
                _("Die Verweise in „{name}“ sind beschädigt.").format(name=name)
            )
        seen.add(identifier)
        external = element.get("TargetMode", "Internal").casefold() != "internal"
        found.append(Relationship(identifier, element.get("Type", ""), target, external))
    return found


def resolve_target(source: str, target: str) -> str:
    """Return the member name that an internal relationship of ``source`` points to.

    Raises `TemplateRefused` when it points outside the package.
    """
    path = unquote(target.partition("#")[0])
    joined = path if path.startswith("/") else posixpath.join(posixpath.dirname(source), path)
    name = posixpath.normpath(joined).lstrip("/")
    if name.startswith("..") or "\\" in name or "://" in path:
        raise TemplateRefused.because(
            _("Ein Verweis zeigt aus der Datei hinaus: „{target}“.").format(target=target[:80])
        )
    return name


@dataclass(slots=True)
class Package:
    """A checked DOCX in parts: contents, their kinds and the relationships between them."""

    parts: dict[str, bytes] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    relationships: dict[str, list[Relationship]] = field(default_factory=dict)

    @property
    def main(self) -> str:
        """The name of the main document part."""
        return next(name for name, kind in self.kinds.items() if kind == "officeDocument")

    def text_parts(self) -> list[str]:
        """Return the names of the parts with tags: main document first, then by name."""
        names = [name for name, kind in self.kinds.items() if kind in TEXT_KINDS]
        return sorted(names, key=lambda name: (TEXT_KINDS.index(self.kinds[name]), name))

    def free_name(self, wanted: str) -> str:
        """Return ``wanted`` (with ``{}`` for a number) as a member name not yet taken."""
        taken = {name.casefold() for name in self.parts}
        number = 1
        while wanted.format(number).casefold() in taken:
            number += 1
        return wanted.format(number)

    def add_relationship(self, source: str, type_: str, target: str) -> str:
        """Let ``source`` point to the part ``target``; return the new relationship id."""
        existing = self.relationships.setdefault(source, [])
        taken = {relationship.id for relationship in existing}
        number = len(existing) + 1
        while f"rId{number}" in taken:
            number += 1
        path = posixpath.relpath(target, posixpath.dirname(source) or ".")
        existing.append(Relationship(f"rId{number}", type_, path))
        return f"rId{number}"

    def add_image(self, source: str, name: str, content: bytes) -> str:
        """Add a PNG part and let ``source`` point to it; return the relationship id."""
        self.parts[name] = content
        self.kinds[name] = "png"
        return self.add_relationship(source, f"{R}/image", name)

    def members(self) -> list[tuple[str, bytes]]:
        """Return every member in the order in which it is written."""
        listed = [(CONTENT_TYPES, self._content_types())]
        for source in ["", *sorted(self.parts)]:
            if self.relationships.get(source):
                listed.append((relationships_name(source), self._relationship_list(source)))
        first = self.main
        for name in sorted(self.parts, key=lambda name: (name != first, name)):
            listed.append((name, self.parts[name]))
        return listed

    def to_bytes(self) -> bytes:
        """Return the package as a DOCX; the same parts give the same bytes."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, content in self.members():
                entry = zipfile.ZipInfo(name, _FIXED_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 0
                archive.writestr(entry, content)
        return stream.getvalue()

    def _content_types(self) -> bytes:
        root = _root(_TYPES, "Types")
        rels = "application/vnd.openxmlformats-package.relationships+xml"
        for extension, type_ in (("rels", rels), ("xml", "application/xml")):
            etree.SubElement(root, f"{{{_TYPES}}}Default", Extension=extension, ContentType=type_)
        for name in sorted(self.kinds):
            kind = self.kinds[name]
            type_ = IMAGE_TYPES.get(kind) or PART_TYPES[kind]
            etree.SubElement(root, f"{{{_TYPES}}}Override", PartName="/" + name, ContentType=type_)
        return serialise_xml(root)

    def _relationship_list(self, source: str) -> bytes:
        root = _root(_RELATIONSHIPS, "Relationships")
        for relationship in self.relationships[source]:
            attributes = {
                "Id": relationship.id,
                "Type": relationship.type,
                "Target": relationship.target,
            }
            if relationship.external:
                attributes["TargetMode"] = "External"
            etree.SubElement(root, f"{{{_RELATIONSHIPS}}}Relationship", attributes)
        return serialise_xml(root)


def _root(namespace: str, name: str) -> etree._Element:
    return etree.fromstring(f'<{name} xmlns="{namespace}"/>')


def open_cleaned(data: bytes) -> Package:
    """Return the parts of a DOCX that `clean_docx` has written (it knows no other kinds)."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    package = Package()
    waiting = [""]
    while waiting:
        source = waiting.pop()
        package.relationships[source] = read_relationships(members, source)
        for relationship in package.relationships[source]:
            if relationship.external:
                continue
            name = resolve_target(source, relationship.target)
            if name in package.parts:
                continue
            package.parts[name] = members[name]
            package.kinds[name] = (
                image_kind(members[name]) or "png"
                if relationship.kind == "image"
                else relationship.kind
            )
            waiting.append(name)
    return package


def image_kind(content: bytes) -> str | None:
    """Return ``png``, ``jpeg`` or ``gif`` by the first bytes, `None` for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    return None
