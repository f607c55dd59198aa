"""Number patterns: what is accepted, what is refused with a reason, and what comes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.number_patterns import (
    DEFAULT_PATTERN,
    LONGEST_NUMBER,
    NumberPatternInvalid,
    check_pattern,
    counting_period,
    format_number,
)

WORDS = {"amt": "51", "wahlperiode": "18"}


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        (DEFAULT_PATTERN, "2026-00007"),
        ("{lfd}", "7"),
        ("{lfd:1}", "7"),
        ("{lfd:9}", "000000007"),
        ("{jahr}/{lfd}", "2026/7"),
        ("WP {wahlperiode} SV {amt}/{lfd:3}", "WP 18 SV 51/007"),
        ("{amt}-{lfd:2}-{jahr}-{lfd}", "51-07-2026-7"),
        ("Größe_{lfd}.", "Größe_7."),
    ],
)
def test_usable_patterns(pattern: str, number: str) -> None:
    check_pattern(pattern, frozenset(WORDS))
    assert format_number(pattern, year=2026, running=7, values=WORDS) == number


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "laufende Nummer"),
        ("2026", "laufende Nummer"),
        ("{jahr}", "laufende Nummer"),
        ("{lfd:0}", "laufende Nummer"),
        ("{lfd:10}", "laufende Nummer"),
        ("{LFD}", "laufende Nummer"),
        ("{lfd\n}", "laufende Nummer"),
        ("{lfd", "geschweifte Klammer"),
        ("lfd}", "geschweifte Klammer"),
        ("{{lfd}}", "geschweifte Klammer"),
        ("{lfd}{dezernat}", "„dezernat“"),
        ("{lfd}{}", "„“"),
        ("{lfd}\n", "darf nur"),
        ("{lfd}<b>", "darf nur"),
        ("{lfd}\u202e", "darf nur"),
        ("{lfd}" + "x" * 80, "80 Zeichen"),
    ],
)
def test_unusable_patterns_say_why(pattern: str, reason: str) -> None:
    with pytest.raises(NumberPatternInvalid, match=reason):
        check_pattern(pattern, frozenset(WORDS))


def test_an_unknown_word_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NumberPatternInvalid, match="amt, jahr, lfd, wahlperiode"):
        check_pattern("{lfd}{dezernat}", frozenset(WORDS))


def test_words_that_make_the_number_too_long_are_refused() -> None:
    fits = {"amt": "a" * (LONGEST_NUMBER - 1)}
    assert len(format_number("{amt}{lfd}", year=2026, running=7, values=fits)) == LONGEST_NUMBER
    with pytest.raises(NumberPatternInvalid, match="80 Zeichen"):
        format_number("{amt}{lfd}", year=2026, running=10, values=fits)


PIECES = st.sampled_from(["{lfd}", "{lfd:3}", "{jahr}", "{amt}", "-", "/", " ", "A", "ß", "."])


@given(st.lists(PIECES, min_size=1, max_size=10), st.integers(1, 99_999), st.integers(1, 99_999))
def test_different_running_numbers_never_give_the_same_number(
    pieces: list[str], first: int, second: int
) -> None:
    pattern = "".join(pieces)
    if "{lfd" not in pattern:
        with pytest.raises(NumberPatternInvalid):
            check_pattern(pattern, frozenset(WORDS))
        return
    numbers = {
        format_number(pattern, year=2026, running=running, values=WORDS)
        for running in (first, second)
    }
    assert len(numbers) == len({first, second})


@given(st.text(max_size=40))
def test_any_text_is_either_usable_or_refused_with_a_german_reason(text: str) -> None:
    try:
        number = format_number(text, year=2026, running=1, values=WORDS)
    except NumberPatternInvalid as refusal:
        assert "Nummernformat" in str(refusal)
    else:
        assert number.isprintable()
        assert "{" not in number


@pytest.mark.parametrize(
    ("pattern", "period"), [("{jahr}-{lfd}", "2026"), ("{lfd}", ""), ("jahr {lfd}", "")]
)
def test_only_a_pattern_with_the_year_starts_anew_each_year(pattern: str, period: str) -> None:
    assert counting_period(pattern, 2026) == period
