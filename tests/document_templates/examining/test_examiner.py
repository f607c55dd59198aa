"""A file that takes more time than there is ends its process, and not whoever asked."""

from __future__ import annotations

import pytest

from document_templates.examining import examiner
from document_templates.examining.examiner import examine_file


def test_whoever_asks_waits_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examiner, "SECONDS", 0.01)
    finding = examine_file(b"%PDF-1.7", [])
    assert "überlastet" in finding.refusal
    assert finding.signatures == ()
