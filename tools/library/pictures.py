"""Placeholder pictures: the product puts the tenant's logo and the QR code in their place."""

from __future__ import annotations

import io
from pathlib import Path

import segno
from PIL import Image

LOGOS = Path(__file__).resolve().parents[2] / "app" / "static" / "logos"


def logo_png(name: str, side: int = 300) -> bytes:
    """Return the tenant's mark ``name``, ``side`` pixels wide and high."""
    with Image.open(LOGOS / f"{name}.png") as picture:
        small = picture.convert("RGBA").resize((side, side), Image.Resampling.LANCZOS)
    flat = Image.new("RGB", small.size, "white")
    flat.paste(small, mask=small.getchannel("A"))
    return _png(flat)


def qr_png() -> bytes:
    """Return a QR code that says that it is only a placeholder."""
    drawn = io.BytesIO()
    segno.make("Platzhalter für den Prüfcode", error="m").save(drawn, kind="png", scale=6, border=2)
    with Image.open(drawn) as picture:
        return _png(picture.convert("L"))


def _png(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, format="PNG", optimize=False, compress_level=9)
    return target.getvalue()
