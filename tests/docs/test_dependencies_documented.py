"""Every dependency has its line, with the licence that the installed package states."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import PackageMetadata, files, metadata

import pytest

from tests.support.documentation import ROOT, code_in, read_page, table_after

ROWS = {code_in(row[0]): row[1] for row in table_after(read_page("dependencies.md"), "package")}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FRONTEND = json.loads((ROOT / "app/frontend/package.json").read_text(encoding="utf-8"))


def requirement_names() -> set[str]:
    wanted = list(PROJECT["dependencies"])
    for group in PROJECT["optional-dependencies"].values():
        wanted += group
    found = (re.match(r"[A-Za-z0-9_.-]+", line) for line in wanted)
    return {match.group() for match in found if match} - {PROJECT["name"]}


def test_each_dependency_is_explained_and_no_other() -> None:
    packages = {*FRONTEND["dependencies"], *FRONTEND["devDependencies"]}
    assert set(ROWS) == requirement_names() | packages


BSD_TEXT = "redistribution and use in source and binary forms"


def stated(package: PackageMetadata) -> str:
    """Return everything a package says about its licence, in one small-letter text."""
    texts = [*(package.get_all("License-Expression") or []), *(package.get_all("License") or [])]
    texts += [line for line in package.get_all("Classifier") or [] if line.startswith("License")]
    return " ".join(texts).lower() or licence_of_file(package["Name"])


def licence_of_file(name: str) -> str:
    """Return the family of a package that states its licence in its LICENSE file only."""
    paths = [path for path in files(name) or [] if path.name.startswith("LICENSE")]
    text = " ".join(path.read_text(encoding="utf-8").lower() for path in paths)
    return "bsd" if BSD_TEXT in " ".join(text.split()) else ""


@pytest.mark.parametrize("name", sorted(requirement_names()))
def test_the_licence_is_that_of_the_installed_package(name: str) -> None:
    families = {"lesser": "lgpl", "mit": "mit", "bsd": "bsd", "apache": "apache", "mpl": "mpl",
                "lgpl": "lgpl", "psf": "psf", "public domain": "public domain"}  # fmt: skip
    told = stated(metadata(name))
    family = next(mine for word, mine in families.items() if word in ROWS[name].lower())
    assert any(word in told for word, mine in families.items() if mine == family), told
