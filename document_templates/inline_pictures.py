"""Pictures that come with the data: uploaded photos and scanned signatures, and charts.

Filling collects them in the tray of the document: each different picture becomes one media part,
each part that shows one points to it by a relationship of its own.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from xml.sax.saxutils import quoteattr

from markupsafe import Markup
from PIL import Image, ImageOps, UnidentifiedImageError

from document_templates.ooxml import PIC, WP, A, R
from document_templates.values import UnfitValue, legal_text
from tenants.language import _

ATTACHED = "anlage:"
"""What the names of uploaded pictures begin with among those that a document is filled with."""
MAX_PICTURES = 200
MAX_PICTURE_BYTES = 40_000_000
MAX_PIXELS = 50_000_000
MAX_CENTIMETRES = 18
EMU_PER_CENTIMETRE = 360_000
_DOTS_PER_CENTIMETRE = 87
"""About 220 dots per inch: what an office printer still shows."""

_DRAWING = Markup(
    '</w:t><w:drawing><wp:inline xmlns:wp="{wp}" distT="0" distB="0" distL="0" distR="0">'
    '<wp:extent cx="{width}" cy="{height}"/><wp:docPr id="{number}" name="Bild {number}"'
    ' descr={alternative}/><a:graphic xmlns:a="{a}"><a:graphicData uri="{pic}">'
    '<pic:pic xmlns:pic="{pic}"><pic:nvPicPr><pic:cNvPr id="{number}" name="Bild {number}"/>'
    '<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip xmlns:r="{r}" r:embed="{id}"/>'
    '<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
    '<a:ext cx="{width}" cy="{height}"/></a:xfrm><a:prstGeom prst="rect"/>'
    "</pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>"
    '<w:t xml:space="preserve">'
)


@dataclass(frozen=True, slots=True)
class InlinePicture:
    """A picture for a place in the text; its size is in EMU, ``alternative`` what readers hear."""

    content: bytes = field(repr=False)
    kind: str
    width: int
    height: int
    alternative: str


@dataclass(slots=True)
class PictureTray:
    """The pictures of the document that is being filled.

    ``given`` are the uploaded pictures by name. ``media`` holds the parts to be written, and
    ``targets`` for the part under way which relationship id leads to which of them.
    """

    given: Mapping[str, bytes]
    prefix: str = ""
    media: dict[str, bytes] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    fitted: dict[tuple[str, int], tuple[str, bytes, float]] = field(default_factory=dict)
    shown: int = 0
    _size: int = 0

    def begin_part(self, prefix: str) -> None:
        """Start with the next part, whose new relationship ids begin with ``prefix``."""
        self.prefix = prefix
        self.targets = {}

    def place(self, picture: InlinePicture) -> Markup:
        """Return the XML that shows ``picture`` in a text. Raises `UnfitValue` beyond limits."""
        self.shown += 1
        if self.shown > MAX_PICTURES:
            raise UnfitValue(
                _("Das Dokument zeigt mehr als {count} Bilder.").format(count=MAX_PICTURES)
            )
        name = f"word/media/daten-{sha256(picture.content).hexdigest()[:32]}.{picture.kind}"
        if name not in self.media:
            self._size += len(picture.content)
            if self._size > MAX_PICTURE_BYTES:
                raise UnfitValue(_("Die Bilder des Dokuments sind zusammen zu groß."))
            self.media[name] = picture.content
        identifier = next((one for one, target in self.targets.items() if target == "/" + name), "")
        if not identifier:
            identifier = f"{self.prefix}{len(self.targets) + 1}"
            self.targets[identifier] = "/" + name
        return _drawing(picture, identifier, 9_100 + self.shown)


picture_tray: ContextVar[PictureTray | None] = ContextVar("picture_tray", default=None)


def write_picture(picture: InlinePicture) -> Markup:
    """Return the XML of a picture and put it into the tray of the document under way."""
    tray = picture_tray.get()
    if tray is None or not tray.prefix:
        raise UnfitValue(_("An dieser Stelle ist kein Bild möglich."))
    return tray.place(picture)


def _drawing(picture: InlinePicture, identifier: str, number: int) -> Markup:
    text = str(_DRAWING).format(
        wp=WP,
        a=A,
        r=R,
        pic=PIC,
        width=picture.width,
        height=picture.height,
        number=number,
        id=identifier,
        alternative=quoteattr(" ".join(legal_text(picture.alternative).split())),
    )
    return Markup(text)  # noqa: S704 - numbers, our own names and a quoted attribute


def attached_picture(identity: str, name: str, centimetres: float) -> InlinePicture | None:
    """Return the uploaded picture ``identity``, as wide as ``centimetres``; None if it is none.

    None as well for what is no longer kept or was not given free yet: its name can stand there.
    Raises `UnfitValue` for a picture that is damaged or too large.
    """
    tray = picture_tray.get()
    content = tray.given.get(ATTACHED + identity) if tray else None
    if tray is None or content is None:
        return None
    dots = round(centimetres * _DOTS_PER_CENTIMETRE)
    try:
        if (identity, dots) not in tray.fitted:
            tray.fitted[identity, dots] = _fit(content, dots)
    except ValueError as error:
        raise UnfitValue(_("Bild „{name}“: {reason}").format(name=name, reason=error)) from error
    kind, fitted, proportion = tray.fitted[identity, dots]
    width = round(centimetres * EMU_PER_CENTIMETRE)
    # A very tall picture must still fit on a page.
    height = min(round(width * proportion), 24 * EMU_PER_CENTIMETRE)
    return InlinePicture(fitted, kind, round(height / proportion), height, name)


def _fit(content: bytes, dots: int) -> tuple[str, bytes, float]:
    """Return kind, bytes and height by width of a picture with no more dots than are printed.

    It is written anew: where and with what a photo was taken does not go along.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValueError(_("Das Bild hat zu viele Bildpunkte."))
            kind = "jpeg" if opened.format == "JPEG" else "png"
            opened.draft("RGB", (dots, dots * 2))
            picture = ImageOps.exif_transpose(opened).convert("RGB" if kind == "jpeg" else "RGBA")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        EOFError,
    ) as error:
        raise ValueError(_("Das Bild ist beschädigt oder kein PNG oder JPEG.")) from error
    proportion = min(max(picture.height / picture.width, 0.01), 100.0)
    if picture.width > dots:
        picture = picture.resize((dots, max(1, round(dots * proportion))))
    stream = io.BytesIO()
    if kind == "jpeg":
        picture.save(stream, "JPEG", quality=85)
    else:
        picture.save(stream, "PNG")
    return kind, stream.getvalue(), proportion
