"""The pictures that one part gets while it is filled: its relationships and their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from document_templates.ooxml import R
from document_templates.package_parts import Package, relationships_name

_END = b"</Relationships>"
_EMPTY = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' + _END
)
_TYPES = (
    b'<Default Extension="png" ContentType="image/png"/>'
    b'<Default Extension="jpeg" ContentType="image/jpeg"/>'
)


@dataclass(frozen=True, slots=True)
class PartPictures:
    """Where a part keeps its relationships, and what begins the ids of new ones."""

    member: str
    relationships: bytes
    prefix: str

    def with_targets(self, targets: Mapping[str, str]) -> bytes:
        """Return the part's relationships with those to new pictures."""
        added = "".join(
            f"<Relationship Id={quoteattr(identifier)} Type={quoteattr(R + '/image')}"
            f" Target={quoteattr(target)}/>"
            for identifier, target in targets.items()
        )
        return self.relationships.replace(_END, added.encode() + _END)


def pictures_of_part(package: Package, part: str, members: Mapping[str, bytes]) -> PartPictures:
    """Prepare ``part`` of a cleaned package for new pictures; ``members`` are all it is made of."""
    member = relationships_name(part)
    taken = {relationship.id for relationship in package.relationships.get(part, [])}
    prefix = "daten"
    while any(identifier.startswith(prefix) for identifier in taken):
        prefix += "x"
    return PartPictures(member, members.get(member, _EMPTY), prefix)


def with_picture_types(content_types: bytes) -> bytes:
    """Return the list of content types with those of the pictures that filling adds."""
    return content_types.replace(b"</Types>", _TYPES + b"</Types>")
