"""Choose the parts of an uploaded DOCX that a template may keep: a closed world.

What is kept is listed here, what is dropped or refused too, and what nobody has thought of
is refused. Only parts that the main document reaches are kept.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image, UnidentifiedImageError

from document_templates.findings import Finding, TemplateRefused
from document_templates.package_parts import (
    PART_TYPES,
    Package,
    Relationship,
    image_kind,
    read_relationships,
    resolve_target,
)
from document_templates.picture_metadata import without_metadata
from tenants.language import _

MAX_PIXELS = 40_000_000
MAX_PIXELS_TOGETHER = 100_000_000
"""Of all pictures of a template: drawing one takes four bytes for each of its points."""

_DROPPED = frozenset(
    {
        "attachedTemplate", "comments", "commentsExtended", "commentsExtensible", "commentsIds",
        "custom-properties", "customXml", "documentTasks", "extended-properties", "font",
        "glossaryDocument", "keyMapCustomizations", "mailMergeHeaderSource", "mailMergeSource",
        "origin", "people", "printerSettings", "recipientData", "signature", "stylesWithEffects",
        "thumbnail", "transform", "webSettings", "webextensiontaskpanes", "xmlMaps",
    }
)  # fmt: skip

_ACTIVE = frozenset(
    {
        "aFChunk", "activeXControlBinary", "attachedToolbars", "audio", "control", "ctrlProp",
        "frame", "media", "oleObject", "package", "subDocument", "vbaProject", "video",
        "wordVbaData",
    }
)  # fmt: skip

_LINK = re.compile(r"(?:https?://[^\s/\\]|mailto:[^\s\\])[^\s\\]*", re.IGNORECASE)


@dataclass(slots=True)
class Selection:
    """The kept parts, what was found, and why relationships were left out (source, id → why)."""

    package: Package = field(default_factory=Package)
    findings: list[Finding] = field(default_factory=list)
    left_out: dict[tuple[str, str], str] = field(default_factory=dict)
    pixels: int = 0

    def notice(self, message: str) -> None:
        """Remember what was removed; the same message only once."""
        finding = Finding("notice", message)
        if finding not in self.findings:
            self.findings.append(finding)

    def refuse(self, message: str, suggestion: str) -> None:
        """Remember why the file cannot be used; the same reason only once."""
        finding = Finding("error", message, suggestion=suggestion)
        if finding not in self.findings:
            self.findings.append(finding)


def select_parts(members: Mapping[str, bytes]) -> Selection:
    """Return the parts reachable from the package root that a template may keep.

    Raises `TemplateRefused` when the package has no or several main documents or a
    relationship that leads nowhere.
    """
    selection = Selection()
    waiting = [""]
    while waiting:
        source = waiting.pop()
        kept: list[Relationship] = []
        for relationship in read_relationships(members, source):
            name = _keep(selection, members, source, relationship)
            if name is None:
                continue
            kept.append(relationship)
            if name and name not in selection.package.kinds:
                selection.package.parts[name] = _content(relationship, members[name])
                selection.package.kinds[name] = _kind(relationship, members[name])
                if relationship.kind == "image":
                    _count_pixels(selection, members[name])
                waiting.append(name)
        selection.package.relationships[source] = kept
    if list(selection.package.kinds.values()).count("officeDocument") != 1:
        raise TemplateRefused.because(_("Die Datei enthält keinen eindeutigen Haupttext."))
    return selection


def _count_pixels(selection: Selection, content: bytes) -> None:
    """Add the points of a usable picture to those of all. Raises `TemplateRefused` beyond them."""
    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "GIF")) as picture:
        selection.pixels += picture.width * picture.height
    if selection.pixels > MAX_PIXELS_TOGETHER:
        raise TemplateRefused.because(
            _("Die Bilder der Vorlage haben zusammen zu viele Bildpunkte."),
            suggestion=_("Wählen Sie in Word „Bilder komprimieren“ mit 220 ppi."),
        )


def _content(relationship: Relationship, content: bytes) -> bytes:
    return without_metadata(content) if relationship.kind == "image" else content


def _kind(relationship: Relationship, content: bytes) -> str:
    if relationship.kind == "image":
        return image_kind(content) or "png"
    return relationship.kind


def _keep(
    selection: Selection, members: Mapping[str, bytes], source: str, relationship: Relationship
) -> str | None:
    """Return the member to keep, "" for a kept link, `None` for what is left out."""
    if relationship.kind in _ACTIVE:
        selection.refuse(
            _("Die Datei enthält aktive oder eingebettete Inhalte ({kind}).").format(
                kind=relationship.kind
            ),
            _("Löschen Sie in Word Makros, Steuerelemente und eingebettete Objekte."),
        )
        return None
    if relationship.external:
        return _keep_external(selection, source, relationship)
    if relationship.kind in _DROPPED:
        _tell_dropped(selection, relationship)
        return None
    if relationship.kind == "hyperlink":
        return None
    name = resolve_target(source, relationship.target)
    if name not in members:
        # Word itself writes such leftovers ("NULL" targets); an element that needs one is told.
        selection.left_out[source, relationship.id] = _("fehlt in der Datei")
        return None
    if relationship.kind == "image":
        problem = _image_problem(members[name])
        if problem:
            selection.left_out[source, relationship.id] = problem
            return None
        return name
    if relationship.kind not in PART_TYPES:
        _refuse_unknown(selection, relationship)
        return None
    known = selection.package.kinds.get(name)
    if known is not None and known != relationship.kind:
        raise TemplateRefused.because(
            _("Der Bestandteil „{name}“ wird widersprüchlich verwendet.").format(name=name)
        )
    return name


def _keep_external(selection: Selection, source: str, relationship: Relationship) -> str | None:
    if relationship.kind == "hyperlink" and _LINK.fullmatch(relationship.target):
        return ""
    if relationship.kind == "image":
        selection.left_out[source, relationship.id] = _("ist nur verknüpft, nicht eingefügt")
    selection.notice(
        _("Ein Verweis nach außen wurde entfernt: „{target}“.").format(
            target=relationship.target[:80]
        )
    )
    return None


def _tell_dropped(selection: Selection, relationship: Relationship) -> None:
    if relationship.kind == "comments":
        selection.notice(_("Die Kommentare wurden entfernt."))
    elif relationship.kind == "font":
        selection.notice(_("Eingebettete Schriften wurden entfernt."))
    elif relationship.kind in ("signature", "origin"):
        selection.notice(_("Die digitale Signatur der Vorlage wurde entfernt."))
    elif relationship.kind in ("customXml", "custom-properties"):
        selection.notice(_("Zusätzliche Daten (customXml, Eigenschaften) wurden entfernt."))


def _refuse_unknown(selection: Selection, relationship: Relationship) -> None:
    if "diagram" in relationship.kind or "chart" in relationship.kind:
        selection.refuse(
            _("Die Datei enthält ein Diagramm oder eine SmartArt-Grafik."),
            _("Fügen Sie die Grafik als Bild (PNG oder JPEG) ein."),
        )
    else:
        selection.refuse(
            _("Die Datei enthält einen nicht unterstützten Bestandteil ({kind}).").format(
                kind=relationship.kind[:60]
            ),
            _("Entfernen Sie ihn in Word."),
        )


def _image_problem(content: bytes) -> str:
    """Return why a picture cannot be used, "" for a usable PNG, JPEG or GIF."""
    if image_kind(content) is None:
        return _("hat ein nicht unterstütztes Format (möglich sind PNG, JPEG und GIF)")
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "GIF")) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                return _("hat zu viele Bildpunkte")
            picture.verify()
    except Image.DecompressionBombError:
        return _("hat zu viele Bildpunkte")
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
    ):
        return _("ist beschädigt")
    return ""
