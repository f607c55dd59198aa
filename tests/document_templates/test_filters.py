"""Filters and operators: German notation, kaufmännisch, nothing is nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateSyntaxError

from document_templates.environment import ClosedEnvironment
from document_templates.filters import FILTERS
from document_templates.values import UnfitValue

NBSP = "\u00a0"
ENVIRONMENT = ClosedEnvironment()


def written(expression: str, **context: object) -> str:
    """Return what a template prints for an expression."""
    return ENVIRONMENT.from_string("{{ " + expression + " }}").render(context)


@pytest.mark.parametrize(
    ("expression", "value", "text"),
    [
        ("x|datum", date(2026, 12, 31), "31.12.2026"),
        ("x|datum", "2026-01-05", "05.01.2026"),
        ("x|datum", datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "01.01.2027"),
        ("x|datum_lang", "2026-03-01", f"1.{NBSP}März 2026"),
        ("x|uhrzeit", "2026-07-01T12:05:00+00:00", f"14:05{NBSP}Uhr"),
        ("x|uhrzeit", "09:30", f"09:30{NBSP}Uhr"),
        ("x|euro", "72400.00", f"72.400,00{NBSP}€"),
        ("x|euro", Decimal("0.005"), f"0,01{NBSP}€"),
        ("x|euro", Decimal("-1250.005"), f"-1.250,01{NBSP}€"),
        ("x|euro", 1250, f"1.250,00{NBSP}€"),
        ("x|euro", "1.250,50", f"1.250,50{NBSP}€"),
        ("x|zahl(2)", 1583.4, "1.583,40"),
        ("x|zahl", Decimal("1583.4"), "1.583,4"),
        ("x|zahl(0)", "2.5", "3"),
        ("x|prozent", 12.5, f"12,5{NBSP}%"),
        ("x|prozent(1)", 7, f"7,0{NBSP}%"),
        ("x|iban", "DE89370400440532013000", "DE89 3704 0044 0532 0130 00"),
        ("x|iban_maskiert", "DE89 3704 0044 0532 0130 00", "DE89 •••• •••• •••• ••30 00"),
        ("x|ja_nein", True, "ja"),
        ("x|ja_nein", False, "nein"),
        ("x|liste", ["a", "b", "c"], "a, b und c"),
        ("x|liste", ["a"], "a"),
        ("x|liste", [], ""),
        ("x|liste('oder')", ["a", "b"], "a oder b"),
        ("x|angabe", None, "keine Angabe"),
        ("x|angabe|upper", None, "KEINE ANGABE"),
        ("x|angabe", 0, "0"),
        ("x|default('–')", None, "–"),
        ("x|round(1)", "2.25", "2,3"),
        ("x|round", Decimal("-2.5"), "-3"),
        ("x|join(' / ')", [1, "b"], "1 / b"),
        ("x|length", ["a", "b"], "2"),
        ("x|upper", "straße", "STRASSE"),
    ],
)
def test_filters_write_german(expression: str, value: object, text: str) -> None:
    assert written(expression, x=value) == text


@pytest.mark.parametrize("name", sorted(FILTERS.keys() - {"angabe", "default", "length"}))
def test_unanswered_fields_are_empty(name: str) -> None:
    assert written(f"x|{name}", x=None) == ""


@pytest.mark.parametrize(
    ("expression", "value", "says"),
    [
        ("x|datum", "morgen", "„morgen“ ist kein Datum"),
        ("x|datum", 5, "ist kein Datum"),
        ("x|euro", "viel", "„viel“ ist keine Zahl"),
        ("x|euro", True, "ist keine Zahl"),
        ("x|euro", float("nan"), "ist keine Zahl"),
        ("x|euro", Decimal("Infinity"), "ist keine Zahl"),
        ("x|zahl(99)", 1, "Nachkommastellen"),
        ("x|iban", "12", "ist keine IBAN"),
        ("x|ja_nein", "vielleicht", "weder ja noch nein"),
        ("x|join", 5, "ist keine Liste"),
        ("y|euro", 1, "„y“ fehlt ein Wert"),
        ("x + 'a'", 1, "„a“ ist keine Zahl"),
        ("x / 0", 1, "nicht möglich"),
        ("x > 'a'", 1, "nicht vergleichen"),
    ],
)
def test_unfit_values_are_told_in_german(expression: str, value: object, says: str) -> None:
    with pytest.raises(UnfitValue, match=says):
        written(expression, x=value)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("n > 1", "nein"),
        ("n < 1", "nein"),
        ("n == none", "ja"),
        ("n == 0", "nein"),
        ("n + 1", ""),
        ("'72400.00' > 9000", "ja"),
        ("'10' > '9'", "ja"),
        ("'b' > 'a'", "ja"),
        ("tag > '2026-01-01'", "ja"),
        ("tag == '2026-12-31'", "ja"),
        ("'a' in liste", "ja"),
        ("2 in liste", "ja"),
        ("'x' in n", "nein"),
        ("'x' not in n", "ja"),
        ("0.1 + 0.2", "0,3"),
        ("3 * 4", "12"),
        ("10 / 4", "2,5"),
        ("-3 + 1", "-2"),
        ("'ja' if n else 'nein'", "nein"),
        ("not n", "ja"),
    ],
)
def test_operators(expression: str, text: str) -> None:
    context = {"n": None, "tag": date(2026, 12, 31), "liste": ["a", Decimal(2)]}
    assert written(expression, **context) == text


@pytest.mark.parametrize("operation", ["7 % 2", "7 // 2", "2 ** 9", "'a' ~ 'b'", "[1][0:1]"])
def test_other_operators_do_not_compile(operation: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        written(operation)


@given(st.decimals(-(10**9), 10**9, places=4))
def test_euro_rounds_half_up(value: Decimal) -> None:
    text = written("x|euro", x=value)
    read = Decimal(text.removesuffix(f"{NBSP}€").replace(".", "").replace(",", "."))
    assert read == value.quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(st.text(max_size=200))
def test_text_never_becomes_markup(value: str) -> None:
    text = written("x", x=value)
    rest = text.replace('</w:t><w:br/><w:t xml:space="preserve">', "")
    rest = rest.replace('</w:t><w:tab/><w:t xml:space="preserve">', "")
    assert "<" not in rest
    assert ">" not in rest
