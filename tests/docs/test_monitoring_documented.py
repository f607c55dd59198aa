"""The page on monitoring names every event that the processes log."""

from __future__ import annotations

import re

from tests.support.documentation import ROOT, read_page, table_after

EVENT = r"(?:task|dispatcher|web|worker)\.[a-z_]+"


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
