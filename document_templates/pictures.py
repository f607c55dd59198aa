"""Pictures that change with the document: the QR code and the tenant's logo.

A picture is marked by its alternative text in Word: ``pruefung.qr`` or ``mandant.logo``.
Cleaning gives each of them a media part of its own, so that filling only replaces bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import gcd

import segno
from lxml import etree
from PIL import Image, UnidentifiedImageError

from document_templates.ooxml import PIC, WP, A, R, elements, parse_xml
from document_templates.package_parts import Package, resolve_target
from tenants.language import _

QR_PICTURE = "pruefung.qr"
LOGO_PICTURE = "mandant.logo"

_INLINE = f"{{{WP}}}inline"
_ANCHOR = f"{{{WP}}}anchor"
_BLIP = f"{{{A}}}blip"
_EMBED = f"{{{R}}}embed"
MAX_LOGO_PIXELS = 4_000_000


def picture_names() -> Mapping[str, str]:
    """Return the names a picture may carry, each with the text that readers hear instead."""
    return {
        QR_PICTURE: _("QR-Code: Echtheit des Dokuments prüfen"),
        LOGO_PICTURE: _("Logo"),
    }


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """A media part whose bytes are set for each document; the frame is in EMU."""

    name: str
    media: str
    width: int
    height: int


def name_of_picture(frame: etree._Element) -> str | None:
    """Return the name of a picture frame (``wp:inline`` or ``wp:anchor``), if it has one."""
    for properties in elements(frame, f"{{{WP}}}docPr", f"{{{PIC}}}cNvPr"):
        for attribute in ("descr", "title", "name"):
            text = (properties.get(attribute) or "").strip()
            if text in (QR_PICTURE, LOGO_PICTURE):
                return text
    return None


def separate_pictures(package: Package, roots: Mapping[str, etree._Element]) -> None:
    """Give every named picture its own PNG part and an alternative text fit to be heard.

    ``roots`` are the parsed text parts by name; they and ``package`` are changed.
    """
    for part in sorted(roots):
        for frame in list(elements(roots[part], _INLINE, _ANCHOR)):
            name = name_of_picture(frame)
            blip = next(elements(frame, _BLIP), None)
            if name is None or blip is None or _EMBED not in blip.attrib:
                continue
            media = package.free_name("word/media/" + name.replace(".", "-") + "-{}.png")
            blip.set(_EMBED, package.add_image(part, media, blank_png()))
            for extension in list(blip):
                blip.remove(extension)
            for properties in elements(frame, f"{{{WP}}}docPr", f"{{{PIC}}}cNvPr"):
                properties.set("name", name)
                properties.set("descr", picture_names()[name])
                if "title" in properties.attrib:
                    del properties.attrib["title"]


def named_pictures(package: Package) -> tuple[NamedPicture, ...]:
    """Return the named pictures of a cleaned package in the order of its parts."""
    found: list[NamedPicture] = []
    for part in package.text_parts():
        targets = {
            relationship.id: relationship.target
            for relationship in package.relationships.get(part, [])
        }
        if b"<pic:" not in package.parts[part] and b"docPr" not in package.parts[part]:
            continue
        for frame in elements(parse_xml(package.parts[part], part), _INLINE, _ANCHOR):
            name = name_of_picture(frame)
            blip = next(elements(frame, _BLIP), None)
            if name is None or blip is None or blip.get(_EMBED) not in targets:
                continue
            extent = frame.find(f"{{{WP}}}extent")
            width, height = (
                (int(extent.get("cx", "1")), int(extent.get("cy", "1")))
                if extent is not None
                else (1, 1)
            )
            media = resolve_target(part, targets[str(blip.get(_EMBED))])
            found.append(NamedPicture(name, media, max(width, 1), max(height, 1)))
    return tuple(found)


@lru_cache(maxsize=8)
def _plain_png(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGBA", (width, height), (255, 255, 255, 0)).save(stream, "PNG")
    return stream.getvalue()


def blank_png() -> bytes:
    """Return a transparent PNG of one pixel: what stands where no picture was given."""
    return _plain_png(1, 1)


def qr_png(url: str) -> bytes:
    """Return the QR code of ``url`` (error correction M, quiet zone 4) as PNG.

    The same address gives the same bytes. Raises `ValueError` when it is too long.
    """
    stream = io.BytesIO()
    try:
        code = segno.make(url, error="m", micro=False, boost_error=False)
    except segno.DataOverflowError as error:
        raise ValueError(_("Die Prüfadresse ist zu lang für einen QR-Code.")) from error
    code.save(stream, kind="png", scale=6, border=4)
    return stream.getvalue()


@lru_cache(maxsize=256)
def fit_picture(content: bytes, width: int, height: int) -> bytes:
    """Return a picture as PNG padded to the proportions of its frame, so nothing is distorted.

    Accepts PNG, JPEG and GIF up to 4 million pixels. Raises `ValueError` (German) otherwise.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "GIF")) as picture:
            if picture.width * picture.height > MAX_LOGO_PIXELS:
                raise ValueError(_("Das Bild hat zu viele Bildpunkte."))
            if picture.format == "PNG" and abs(
                picture.width * height - picture.height * width
            ) <= max(width, height):
                return content
            drawing = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, EOFError) as error:
        raise ValueError(_("Das Bild ist beschädigt oder kein PNG, JPEG oder GIF.")) from error
    divisor = gcd(width, height)
    width, height = width // divisor, height // divisor
    scale = max(drawing.width / width, drawing.height / height)
    frame = (max(round(width * scale), drawing.width), max(round(height * scale), drawing.height))
    if frame[0] * frame[1] > 2 * MAX_LOGO_PIXELS:
        raise ValueError(_("Das Bild passt nicht zu den Proportionen seines Rahmens."))
    canvas = Image.new("RGBA", frame, (255, 255, 255, 0))
    canvas.paste(drawing, ((frame[0] - drawing.width) // 2, (frame[1] - drawing.height) // 2))
    stream = io.BytesIO()
    canvas.save(stream, "PNG")
    return stream.getvalue()
