"""A bar chart of a table's rows as a picture: drawn by us, the same rows give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from document_templates.inline_pictures import EMU_PER_CENTIMETRE, InlinePicture
from forms.german import format_decimal
from tenants.language import _

MAX_BARS = 40

_FONT_FILES = ("LiberationSans-Regular.ttf", "DejaVuSans.ttf")

_SCALE = 90
"""Dots per centimetre."""
_ROW = 0.75
_LABELS = 0.34
_VALUES = 0.16
_INK = (26, 35, 50)
_BAR = (23, 26, 163)
_LOSS = (183, 28, 28)
_LINE = (150, 156, 168)


def bar_chart(bars: Sequence[tuple[str, Decimal]], centimetres: float) -> InlinePicture:
    """Return horizontal bars, each with its name and its figure, ``centimetres`` wide.

    Readers hear every figure. There are at most `MAX_BARS`; callers see to that.
    """
    width = round(centimetres * _SCALE)
    row = round(_ROW * _SCALE)
    height = row * len(bars) + row // 3
    image = Image.new("RGB", (width, height), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    font = _font()
    left = round(width * _LABELS)
    room = round(width * (1 - _LABELS - _VALUES))
    lowest = min(Decimal(0), *(value for _name, value in bars))
    highest = max(Decimal(0), *(value for _name, value in bars))
    span = (highest - lowest) or Decimal(1)
    zero = left + round(room * float(-lowest / span))
    for number, (name, value) in enumerate(bars):
        top = row // 6 + number * row
        middle = top + row // 2
        end = zero + round(room * float(value / span))
        draw.rectangle(
            (min(zero, end), top + row // 6, max(zero, end), top + row - row // 6),
            fill=_BAR if value >= 0 else _LOSS,
        )
        draw.text(
            (left - _SCALE // 6, middle),
            _fitting(name, font, left - _SCALE // 4),
            _INK,
            font,
            anchor="rm",
        )
        draw.text(
            (max(end, zero) + _SCALE // 8, middle), format_decimal(value), _INK, font, anchor="lm"
        )
    draw.line((zero, 0, zero, height), fill=_LINE, width=2)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    heard = "; ".join(f"{name}: {format_decimal(value)}" for name, value in bars)
    return InlinePicture(
        stream.getvalue(),
        "png",
        round(centimetres * EMU_PER_CENTIMETRE),
        round(height / _SCALE * EMU_PER_CENTIMETRE),
        _("Balkendiagramm: {figures}").format(figures=heard)[:2_000],
    )


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return a font of the converter: the one that Pillow brings has no umlauts."""
    for name in _FONT_FILES:
        try:
            return ImageFont.truetype(name, round(0.32 * _SCALE))
        except OSError:
            continue
    return ImageFont.load_default(0.32 * _SCALE)


def _fitting(name: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: int) -> str:
    text = " ".join(name.split())[:200]
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"
