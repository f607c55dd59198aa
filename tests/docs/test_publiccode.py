"""publiccode.yml agrees with the package and keeps the standard's limits."""

from __future__ import annotations

import tomllib

import yaml

from tests.support.documentation import ROOT

PUBLICCODE = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_version_and_licence_are_those_of_the_package() -> None:
    assert PUBLICCODE["softwareVersion"] == PROJECT["version"]
    assert PUBLICCODE["legal"]["license"] == PROJECT["license"]


def test_the_descriptions_keep_their_limits() -> None:
    assert set(PUBLICCODE["description"]) == {"de", "en"}
    for text in PUBLICCODE["description"].values():
        assert len(text["genericName"]) <= 35
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000


def test_the_licence_text_is_the_german_eupl() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("# EUROPÄISCHE UNION PUBLIC LICENCE v. 1.2")
    shipped = ROOT / "app/static/vendor/kern/LICENSE.md"
    assert not shipped.exists() or shipped.read_text(encoding="utf-8") == text
