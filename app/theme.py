"""A tenant's colours as CSS custom properties, checked for contrast before they are used.

A theme is a small table of tokens. Everything else of the look stays KERN, so that a tenant
can be recognised without each tenant needing its own accessibility test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from tenants.language import _

DEFAULT_TOKENS: Mapping[str, str] = MappingProxyType(
    {
        "brand": "#1f3d7a",
        "on_brand": "#ffffff",
        "accent": "#b3261e",
        "surface": "#f3f4f7",
    }
)
"""brand: buttons and links; on_brand: text on them; accent: the stripe; surface: quiet areas."""

TEXT_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, level AA."""
SHAPE_CONTRAST = 3.0
"""WCAG 2.2, success criterion 1.4.11, level AA."""

_PAGE = "#ffffff"
_TEXT = "#131525"
_MUTED_TEXT = "#51577a"
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")

# Foreground, background, wanted contrast: pairs that really meet on a page.
_PAIRS = (
    ("brand", _PAGE, TEXT_CONTRAST),
    ("brand", "surface", TEXT_CONTRAST),
    ("on_brand", "brand", TEXT_CONTRAST),
    (_TEXT, "surface", TEXT_CONTRAST),
    (_MUTED_TEXT, "surface", TEXT_CONTRAST),
    ("accent", _PAGE, SHAPE_CONTRAST),
)


class UnusableTheme(ValueError):
    """A theme holds something that is not a colour; the message is for people."""


def token_names() -> dict[str, str]:
    """Return what people call each token, in the language of the current person."""
    return {
        "brand": _("Hauptfarbe"),
        "on_brand": _("Schrift auf der Hauptfarbe"),
        "accent": _("Schmuckfarbe"),
        "surface": _("Flächenfarbe"),
    }


def relative_luminance(colour: str) -> float:
    """Return the relative luminance (0 black … 1 white) of ``#rgb`` or ``#rrggbb``.

    Source: WCAG 2.2, definition of relative luminance. Raises :class:`UnusableTheme`.
    """
    if not _COLOUR.match(colour):
        raise UnusableTheme(
            _("„{colour}“ ist keine Farbe. Erlaubt sind Angaben wie #1f3d7a.").format(colour=colour)
        )
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (_linear(int(digits[place : place + 2], 16) / 255) for place in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def contrast_ratio(first: str, second: str) -> float:
    """Return the contrast (1 … 21) of two colours; the order does not matter.

    Source: WCAG 2.2, definition of contrast ratio. Raises :class:`UnusableTheme`.
    """
    darker, lighter = sorted((relative_luminance(first), relative_luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def check_theme(tokens: Mapping[str, str]) -> list[str]:
    """Return what keeps ``tokens`` from being used, in German; empty when all is well.

    Tokens left out take their default. Checked are names, colours, and the contrasts that
    WCAG 2.2 asks for at level AA.
    """
    findings = [
        _("„{name}“ ist keine bekannte Farbangabe. Bekannt sind: {known}.").format(
            name=name, known=", ".join(DEFAULT_TOKENS)
        )
        for name in tokens
        if name not in DEFAULT_TOKENS
    ]
    for name, label in token_names().items():
        if name in tokens and not _COLOUR.match(tokens[name]):
            findings.append(
                _("{label}: „{colour}“ ist keine Farbe. Erlaubt sind Angaben wie #1f3d7a.").format(
                    label=label, colour=tokens[name]
                )
            )
    if findings:
        return findings
    complete = {**DEFAULT_TOKENS, **tokens}
    return [
        finding
        for front, back, wanted in _PAIRS
        if (finding := _check_pair(complete, front, back, wanted))
    ]


def _check_pair(tokens: Mapping[str, str], front: str, back: str, wanted: float) -> str:
    ratio = contrast_ratio(tokens.get(front, front), tokens.get(back, back))
    if ratio >= wanted:
        return ""
    return _(
        "{front} auf {back}: Der Kontrast ist {ratio} : 1, nötig sind mindestens {wanted} : 1. "
        "Wählen Sie eine dunklere oder hellere Farbe."
    ).format(
        front=_colour_name(front),
        back=_colour_name(back),
        # Cut, not rounded: 4.496 must not read as the 4.5 that it misses.
        ratio=_german_number(int(ratio * 100) / 100),
        wanted=_german_number(wanted),
    )


def _colour_name(token: str) -> str:
    names = {_PAGE: _("Seitenhintergrund (weiß)"), _TEXT: _("Text"), _MUTED_TEXT: _("Grauer Text")}
    return token_names().get(token) or names[token]


def _german_number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def theme_css(tokens: Mapping[str, str]) -> str:
    """Return the style sheet that gives KERN the tenant's colours.

    Unknown tokens are left out. Raises :class:`UnusableTheme` for anything that is not a
    plain colour, so that no other CSS can be smuggled in.
    """
    complete = {name: tokens.get(name, default) for name, default in DEFAULT_TOKENS.items()}
    for colour in complete.values():
        relative_luminance(colour)
    # KERN sets its tokens on [data-kern-theme]; :root beside it wins.
    return f""":root[data-kern-theme="light"] {{
  --kern-color-action-default: {complete["brand"]};
  --kern-color-action-on-default: {complete["on_brand"]};
  --kern-color-action-visited: {complete["brand"]};
  --kern-color-layout-background-default-surface: {complete["surface"]};
  --siegel-accent: {complete["accent"]};
}}
"""
