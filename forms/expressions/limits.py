"""The limits of an expression, and what is refused before and beside its syntax."""

from __future__ import annotations

import re

from tenants.language import _

MAXIMUM_SOURCE = 2000
"""Characters of an expression."""
MAXIMUM_DEPTH = 32
MAXIMUM_NODES = 500
MAXIMUM_PATH = 5
"""Names in a path: ``uebergeordnet.uebergeordnet.gruppe.gruppe.spalte``."""
MAXIMUM_TEXT = 1000
"""Characters of a text written in an expression."""
MAXIMUM_DIGITS = 15
"""Digits of a number with decimals: as many as survive Jinja's reading it as float."""

NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.IGNORECASE)


class ExpressionSyntaxError(ValueError):
    """An expression cannot be read, or uses what the language does not have (German message)."""


def too_deep() -> ExpressionSyntaxError:
    """Return the error for an expression that is nested too deep."""
    return ExpressionSyntaxError(
        _("Der Ausdruck ist tiefer als {limit} Ebenen verschachtelt. Teilen Sie ihn auf.").format(
            limit=MAXIMUM_DEPTH
        )
    )


def check_number(text: str) -> None:
    """Raise :class:`ExpressionSyntaxError` for a number that Jinja would misread."""
    if not NUMBER.fullmatch(text):
        raise ExpressionSyntaxError(
            _("Die Zahl „{text}“ bitte ohne Exponent und Unterstrich schreiben.").format(
                text=text[:40]
            )
        )
    if len(text.replace(".", "")) > MAXIMUM_DIGITS:
        raise ExpressionSyntaxError(
            _("Die Zahl „{text}“ hat mehr als {limit} Ziffern.").format(
                text=text[:40], limit=MAXIMUM_DIGITS
            )
        )


def check_text(text: str) -> None:
    """Raise :class:`ExpressionSyntaxError` for a text that is too long or unprintable."""
    if len(text) > MAXIMUM_TEXT:
        raise ExpressionSyntaxError(
            _("Ein Text im Ausdruck ist länger als {limit} Zeichen.").format(limit=MAXIMUM_TEXT)
        )
    if any(character < " " and character not in "\n\t" for character in text):
        raise ExpressionSyntaxError(_("Ein Text im Ausdruck enthält Steuerzeichen."))


def check_name(name: str) -> None:
    """Raise :class:`ExpressionSyntaxError` for what cannot be the key of a field."""
    if not NAME.fullmatch(name):
        raise ExpressionSyntaxError(_("Der Name „{name}“ ist nicht erlaubt.").format(name=name))
