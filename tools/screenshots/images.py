"""Files of pictures: small enough for a repository, and put together to one."""

from __future__ import annotations

import base64
import io
import subprocess
from collections.abc import Sequence
from html import escape
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

WIDTH = 1280
LARGEST_BYTES = 300 * 1024
_COLOURS = (256, 128, 64, 32)
_FONTS = Path(__file__).resolve().parents[2] / "app" / "static" / "vendor" / "fonts"


def save_picture(content: bytes, path: Path) -> Path:
    """Write a PNG of at most 300 kB, with as few colours as that takes.

    Raises `ValueError` when even few colours do not make it small enough.
    """
    with Image.open(io.BytesIO(content)) as picture:
        plain = picture.convert("RGB")
    for colours in _COLOURS:
        reduced = plain.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        reduced.save(path, optimize=True)
        if path.stat().st_size <= LARGEST_BYTES:
            return path
    raise ValueError(f"{path.name} is larger than {LARGEST_BYTES} bytes")


def draw_pdf_page(pdf: Path, directory: Path, *, width: int = WIDTH) -> bytes:
    """Return the first page of ``pdf`` as a PNG of ``width`` pixels."""
    target = directory / "page"
    subprocess.run(
        ["pdftoppm", "-png", "-singlefile", "-scale-to-x", str(width), "-scale-to-y", "-1",
         str(pdf), str(target)],
        check=True,
    )  # fmt: skip
    return target.with_suffix(".png").read_bytes()


def draw_steps(page: Page, steps: Sequence[tuple[str, str, bytes]]) -> bytes:
    """Return one picture of numbered steps: title, sentence and picture of each."""
    items = "".join(
        f"<li><h2><b>{number}</b>{escape(title)}</h2><p>{escape(text)}</p>"
        f'<img src="{_address("image/png", picture)}" alt=""></li>'
        for number, (title, text, picture) in enumerate(steps, start=1)
    )
    faces = "".join(
        f"@font-face{{font-family:Fira;font-weight:{weight};"
        f'src:url("{_address("font/woff2", (_FONTS / name).read_bytes())}")}}'
        for weight, name in ((400, "FiraSans-Regular.woff2"), (600, "FiraSans-SemiBold.woff2"))
    )
    page.set_viewport_size({"width": WIDTH, "height": 600})
    page.set_content(f"<style>{faces}{_STYLE}</style><ol>{items}</ol>")
    page.evaluate("document.fonts.ready")
    return page.locator("ol").screenshot()


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


_STYLE = """
body { margin: 0; font-family: Fira, sans-serif; color: #131525; }
ol { display: grid; grid-template-columns: repeat(4, 1fr); gap: 20px; margin: 0; padding: 28px;
  list-style: none; background: #eef0f6; }
li { display: flex; flex-direction: column; }
h2 { display: flex; align-items: center; gap: 10px; margin: 0 0 6px; font-size: 20px; }
b { display: grid; place-items: center; width: 30px; height: 30px; border-radius: 50%;
  background: #1f3d7a; color: #fff; font-size: 16px; }
p { min-height: 44px; margin: 0 0 10px; font-size: 15px; line-height: 1.45; color: #51577a; }
img { width: 100%; height: 333px; object-fit: cover; object-position: top left; background: #fff;
  border: 1px solid #c0c3d5; border-radius: 6px; box-shadow: 0 4px 14px rgb(19 21 37 / 14%); }
"""
