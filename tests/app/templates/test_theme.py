"""The contrast arithmetic and the gate in front of a tenant's style sheet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.theme import (
    DEFAULT_TOKENS,
    UnusableTheme,
    check_theme,
    contrast_ratio,
    theme_css,
)

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Published figures of the WebAIM contrast checker.
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#0000ff", "#fff", 8.59),
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_contrast_of_known_pairs(first: str, second: str, expected: float) -> None:
    assert contrast_ratio(first, second) == pytest.approx(expected, abs=0.01)


@given(colours, colours)
def test_contrast_is_symmetric_and_bounded(first: str, second: str) -> None:
    ratio = contrast_ratio(first, second)
    assert ratio == contrast_ratio(second, first)
    assert 1.0 <= ratio <= 21.0


def test_default_theme_has_no_findings() -> None:
    assert check_theme({}) == []
    assert check_theme(DEFAULT_TOKENS) == []


def test_pale_brand_is_refused_with_figures() -> None:
    findings = check_theme({"brand": "#777777"})
    assert findings[0].startswith("Hauptfarbe auf Seitenhintergrund (weiß)")
    assert "4,47 : 1" in findings[0]
    assert "4,5 : 1" in findings[0]


def test_unreadable_and_unknown_tokens_are_named() -> None:
    findings = check_theme({"brand": "rot", "glitter": "#ffffff"})
    assert any("Hauptfarbe" in finding and "rot" in finding for finding in findings)
    assert any("glitter" in finding for finding in findings)


def test_theme_css_takes_the_colours() -> None:
    css = theme_css({"brand": "#8c1d3b"})
    assert "--kern-color-action-default: #8c1d3b;" in css
    assert f"--siegel-accent: {DEFAULT_TOKENS['accent']};" in css


@pytest.mark.parametrize(
    "smuggled", ["red", "#fff;}body{display:none", "url(//x.example)", "#12345", "", "#ffffff\n"]
)
def test_theme_css_lets_nothing_but_colours_through(smuggled: str) -> None:
    with pytest.raises(UnusableTheme):
        theme_css({"brand": smuggled})


@given(st.text())
def test_theme_css_never_carries_foreign_text(text: str) -> None:
    try:
        css = theme_css({"surface": text})
    except UnusableTheme:
        return
    assert css.count("{") == css.count("}") == 1
