"""The page on monitoring names every event that the processes log."""

from __future__ import annotations

import re

from tests.support.documentation import ROOT, read_page, table_after

EVENT = r"(?:task|dispatcher|erasure|integrity|notice|schedule|web|worker)\.[a-z_]+"


def test_every_logged_event_is_explained_and_no_other() -> None:
    logged = {
        name
        for package in ("app", "workers", "tenants", "document_templates")
        for path in (ROOT / package).rglob("*.py")
        for name in re.findall(
            rf'\.(?:info|warning|error|exception)\(\s*"({EVENT})"', path.read_text(encoding="utf-8")
        )
    }
    rows = table_after(read_page("betrieb/ueberwachung.md"), "Ereignis")
    explained = {name for row in rows for name in re.findall(rf"`({EVENT})`", row[0])}
    assert explained == logged


def test_every_part_that_the_doctor_checks_has_a_way_out() -> None:
    code = (ROOT / "app/diagnosis.py").read_text(encoding="utf-8")
    parts = set(re.findall(r'PartState\(\s*"([^"]+)"', code))
    text = (
        read_page("betrieb/probleme.md").split("## `siegel doctor` meldet ✗")[1].split("\n## ")[0]
    )
    rows = table_after(text, "Teil")
    assert parts == {name.strip() for row in rows for name in row[0].split(",")}
