"""The documentation holds together: links resolve, headings exist, nothing betrays a machine."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.support.documentation import DOCS, ROOT, all_pages, without_code

PAGES = all_pages()
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def anchors(text: str) -> set[str]:
    """Return the anchors that forges make of a page's headings."""
    found = set()
    for heading in re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        found.add(words.replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = []
    for link in _LINK.findall(without_code(page.read_text(encoding="utf-8"))):
        if link.startswith(("https://", "mailto:")):
            continue
        target, _hash, anchor = unquote(link).partition("#")
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (
            anchor and anchor not in anchors(path.read_text(encoding="utf-8"))
        ):
            missing.append(link)
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_names_a_machine_or_a_placeholder(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    forbidden = r"/work/|/root/|/home/\w|(?<![\w`])/tmp/\w|file://|\bTODO\b|\bFIXME\b|\bXXX\b"
    assert not re.findall(forbidden, text)


@pytest.mark.parametrize("folder", ["adr", "betrieb", "handbuch"])
def test_every_page_of_a_folder_is_listed_by_its_first_page(folder: str) -> None:
    index = (DOCS / folder / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (DOCS / folder).glob("*.md")} - {"README.md"}
    assert not {name for name in pages if f"({name}" not in index}
