"""Charts in a browser: every label is wholly in the picture, on narrow screens too."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser

from forms.statistics.charts import chart
from forms.statistics.tables import ResultTable, Shown
from tests.support.chromium import ROOT, open_chromium

LABELS = (
    "Sozialpädagogische Familienhilfe nach § 31 SGB VIII mit Dolmetschen und Begleitung",
    "WOHNGRUPPEN UND MASSNAHMEN IN GROSSBUCHSTABEN",
    "Erziehungsbeistand",
)
MONTHS = tuple(f"{month} 2026" for month in ("Januar", "Februar", "März", "September", "Dezember"))
CUT = """
() => [...document.querySelectorAll('svg')].flatMap((picture) => {
  const frame = picture.getBoundingClientRect();
  return [...picture.querySelectorAll('text')].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1
      || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
  }).map((text) => text.textContent);
})
"""


def table(rows: tuple[str, ...], columns: tuple[str, ...] = (), measure: str = "") -> ResultTable:
    """Return a result with large figures."""
    shown = Shown(12, Decimal("1234567.89") if measure else None)
    line = tuple(shown for _column in columns)
    return ResultTable(
        "Hilfe", "Träger", measure, rows, columns, tuple(line for _row in rows) if columns else (),
        tuple(shown for _row in rows), line, shown, is_withheld=False, threshold=5,
    )  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_no_label_is_cut(chromium: Browser, width: int) -> None:
    pictures = [
        chart(table(LABELS), identity="a"),
        chart(table(LABELS, LABELS, "Betrag"), identity="b"),
        chart(table(MONTHS), identity="c", is_series=True),
        chart(table(MONTHS[:2], (), "Betrag"), identity="d", is_series=True),
    ]
    assert all(pictures)
    styles = (ROOT / "app/static/evaluations.css").read_text()
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.set_content(f"<style>{styles}</style><main>{''.join(pictures)}</main>")
    assert page.evaluate(CUT) == []
    drawn = page.evaluate("() => document.querySelector('svg').textContent")
    assert all(word in drawn for label in LABELS for word in label.split())
    page.close()
