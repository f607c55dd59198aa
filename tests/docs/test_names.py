"""What the documentation names exists: classes, files, commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.cli import siegel
from tests.support.documentation import DOCS, ROOT, all_pages, read_page, table_after

PACKAGES = ("app", "tenants", "forms", "document_templates", "workers")
SOURCES = {path: path.read_text(encoding="utf-8") for name in PACKAGES for path in
           (ROOT / name).rglob("*.py")}  # fmt: skip


def test_the_words_of_the_glossary_are_those_of_the_code() -> None:
    classes = {
        name
        for text in SOURCES.values()
        for name in re.findall(r"^(?:class )?([A-Z]\w+)\b", text, re.MULTILINE)
    } | {name for text in SOURCES.values() for name in re.findall(r"class (\w+)", text)}
    rows = table_after(read_page("glossary.md"), "German, on pages and in documents")
    assert len(rows) > 30
    named = {name for row in rows for name in re.findall(r"`([A-Z]\w+)[`.]", row[1])}
    assert not named - classes - {"User"}


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_a_page_names_exist(page: Path) -> None:
    tops = "|".join((*PACKAGES, "docs", "helm", "tests", "tools"))
    named = re.findall(rf"`((?:{tops})/[\w./-]*)`", page.read_text(encoding="utf-8"))
    within = {name for name in named if not (ROOT / name).exists()}
    assert not within


def test_functions_and_modules_of_the_decisions_exist() -> None:
    known = "\n".join(SOURCES.values())
    for page in sorted((DOCS / "adr").glob("0*.md")):
        text = page.read_text(encoding="utf-8")
        for name in re.findall(r"`(\w+)\(", text):
            assert f"def {name}(" in known or name in ("set_config", "NULLIF"), (
                f"{page.name}: {name}"
            )


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    commands = set(re.findall(r"(?:`|^|; | )siegel ([a-z]+)(?=[` \n])", text, re.MULTILINE))
    assert not {name for name in commands if name not in siegel.commands}
    targets = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert not {name for name in targets if f"\n{name}:" not in makefile}
