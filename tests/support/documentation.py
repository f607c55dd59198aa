"""Reads the documentation as its tests need it: pages, code blocks, table rows."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def all_pages() -> list[Path]:
    """Return every Markdown page of the repository that people read, sorted."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def read_page(name: str) -> str:
    """Return the text of the page ``name`` below ``docs``."""
    return (DOCS / name).read_text(encoding="utf-8")


def code_blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of ``language`` in a page."""
    return [block for marked, block in _FENCE.findall(text) if marked == language]


def without_code(text: str) -> str:
    """Return a page without its code blocks and inline code."""
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text))


def table_after(text: str, header: str) -> list[list[str]]:
    """Return the cells of all tables whose header row begins with ``header``, without it."""
    rows: list[list[str]] = []
    for part in text.split(f"\n| {header} |")[1:]:
        for line in part.split("\n")[2:]:
            if not line.startswith("|"):
                break
            cells = re.split(r"(?<!\\)\|", line.strip()[1:-1])
            rows.append([cell.strip().replace("\\|", "|") for cell in cells])
    return rows


def code_in(cell: str) -> str:
    """Return the first inline code of a table cell."""
    found = re.search(r"`([^`]+)`", cell)
    if found is None:
        raise AssertionError(f"no code in the cell {cell!r}")
    return found.group(1)
