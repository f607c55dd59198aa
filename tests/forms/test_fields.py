"""Accept and reject lists for each field type, and the way from typed to stored to shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.answers import dump_value, load_answers
from forms.elements import Field
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError
from forms.fields.pattern import PatternError, check_pattern, matches
from forms.fields.registry import display_value, kind_of
from forms.german import format_decimal, read_date, read_decimal
from tests.support.form_documents import field, parsed

NBSP = "\u00a0"
IBAN = "DE89370400440532013000"
IBAN_SHOWN = NBSP.join(["DE89", "3704", "0044", "0532", "0130", "00"])
OPTIONS: Json = {"a": "Alpha", "b": "Beta"}

FORM = parsed(
    field("text", "text", max_length=20),
    field("text", "aktenzeichen", pattern=r"[A-Z]{2}-\d{1,6}", pattern_message="Wie AB-123."),
    field("long_text", "bericht"),
    field("integer", "ganz", minimum=0, maximum=100_000),
    field("decimal", "dezimal", places=2, unit="h", minimum="-5", maximum="99999.5"),
    field("decimal", "frei"),
    field("money", "geld", minimum="0", maximum="1000000"),
    field("date", "tag", minimum="2000-01-01", maximum="2099-12-31"),
    field("yes_no", "janein"),
    field("declaration", "erklaerung", text="Alles stimmt."),
    field("email", "email"),
    field("iban", "iban"),
    field("radio", "radio", options=OPTIONS),
    field("select", "select", options=OPTIONS),
    field("checkboxes", "boxen", options=OPTIONS, minimum=1, maximum=1),
)

ACCEPTED: list[tuple[str, str, object, Json, str]] = [
    ("text", "  Haus   Morgenlicht ", "Haus Morgenlicht", "Haus Morgenlicht", "Haus Morgenlicht"),
    ("text", "a\u0308\x00b", "äb", "äb", "äb"),
    ("bericht", "eins\r\nzwei\r\n", "eins\nzwei", "eins\nzwei", "eins\nzwei"),
    ("bericht", "a\vb\u2028c", "a\nb\nc", "a\nb\nc", "a\nb\nc"),
    ("ganz", "12", 12, 12, "12"),
    ("ganz", "2026", 2026, 2026, "2026"),
    ("ganz", "20.000", 20000, 20000, "20.000"),
    ("ganz", "20 000", 20000, 20000, "20.000"),
    ("ganz", "12,0", 12, 12, "12"),
    ("ganz", "0", 0, 0, "0"),
    ("dezimal", "1.234,56", Decimal("1234.56"), "1234.56", f"1.234,56{NBSP}h"),
    ("dezimal", "1234.56", Decimal("1234.56"), "1234.56", f"1.234,56{NBSP}h"),
    ("dezimal", "1.234", Decimal("1234"), "1234", f"1.234,00{NBSP}h"),
    ("dezimal", "7,8 h", Decimal("7.8"), "7.8", f"7,80{NBSP}h"),
    ("dezimal", "-1,5", Decimal("-1.5"), "-1.5", f"-1,50{NBSP}h"),
    ("dezimal", "\u22121,5", Decimal("-1.5"), "-1.5", f"-1,50{NBSP}h"),
    ("dezimal", "-0", Decimal("0"), "0", f"0,00{NBSP}h"),
    ("frei", "0.125", Decimal("0.125"), "0.125", "0,125"),
    ("frei", ",5", Decimal("0.5"), "0.5", "0,5"),
    ("frei", "1.5", Decimal("1.5"), "1.5", "1,5"),
    ("frei", "+3", Decimal("3"), "3", "3"),
    ("frei", "1.234.567,8901", Decimal("1234567.8901"), "1234567.8901", "1.234.567,8901"),
    ("geld", "72.400,00", Decimal("72400.00"), "72400.00", f"72.400,00{NBSP}€"),
    ("geld", "72400", Decimal("72400.00"), "72400.00", f"72.400,00{NBSP}€"),
    ("geld", "1.250 €", Decimal("1250.00"), "1250.00", f"1.250,00{NBSP}€"),
    ("geld", f"12,5{NBSP}EUR", Decimal("12.50"), "12.50", f"12,50{NBSP}€"),
    ("geld", "1\u202f250,00 Euro", Decimal("1250.00"), "1250.00", f"1.250,00{NBSP}€"),
    ("tag", "1.7.27", date(2027, 7, 1), "2027-07-01", "01.07.2027"),
    ("tag", "01.07.2027", date(2027, 7, 1), "2027-07-01", "01.07.2027"),
    ("tag", "2027-07-01", date(2027, 7, 1), "2027-07-01", "01.07.2027"),
    ("tag", "1. Juli 2027", date(2027, 7, 1), "2027-07-01", "01.07.2027"),
    ("tag", "31.12.2026", date(2026, 12, 31), "2026-12-31", "31.12.2026"),
    ("tag", "29.2.28", date(2028, 2, 29), "2028-02-29", "29.02.2028"),
    ("janein", "ja", True, True, "Ja"),
    ("janein", "nein", False, False, "Nein"),
    ("erklaerung", "ja", True, True, "Ja, erklärt"),
    ("email", "Info@Haus.Example", "Info@haus.example", "Info@haus.example", "Info@haus.example"),
    ("email", "a.b+c@müller.de", "a.b+c@müller.de", "a.b+c@müller.de", "a.b+c@müller.de"),
    ("iban", "de89 3704 0044 0532 0130 00", IBAN, IBAN, IBAN_SHOWN),
    ("iban", f" {IBAN.lower()} ", IBAN, IBAN, IBAN_SHOWN),
    ("radio", "a", "a", "a", "Alpha"),
    ("select", "b", "b", "b", "Beta"),
    ("aktenzeichen", "AB-123", "AB-123", "AB-123", "AB-123"),
]  # fmt: skip

UNREADABLE: list[tuple[str, str]] = [
    *[
        ("ganz", text)
        for text in ("zwölf", "1,5", "1.5", "1e3", "1/2", "--1", "9" * 16, "٣", "0x1")
    ],
    *[
        ("dezimal", text)
        for text in ("1,234.56", "1.23.456", "1'234", "12,5,0", "5,", "abc", "1 2")
    ],
    *[("dezimal", text) for text in ("NaN", "Infinity", "1 234.567,0", "1" * 70, "5 kg", "-", ",")],
    *[("geld", text) for text in ("viel", "€", "12,5 $", "1,234.56", "12.34.56", "1e5")],
    *[("tag", text) for text in ("31.02.2027", "2027-13-01", "1.7.", "morgen", "07/01/2027")],
    *[("tag", text) for text in ("1.7.127", "00.00.0000", "01.01.1899", "1.1.2200", "20270701")],
    *[("janein", text) for text in ("vielleicht", "true", "1")],
    *[("email", text) for text in ("a", "a@b", "@b.de", "a@", "a b@c.de", "a@b..de", "a@-b.de")],
    *[("email", text) for text in ("a@@b.de", ".a@b.de", "a..b@c.de", "a@b.1", f"{'a' * 65}@b.de")],
    *[("iban", text) for text in ("DE89370400440532013001", "DE8937040044053201300", "DE", "x")],
    *[("iban", text) for text in ("XX89370400440532013000", "<script>", "1" * 200)],
    *[("radio", text) for text in ("c", "A", "Alpha")],
    ("select", "a,b"),
    ("boxen", "c"),
]

BROKEN: list[tuple[str, str, str]] = [
    ("text", "x" * 21, "höchstens 20 Zeichen"),
    ("bericht", "x" * 20_001, "höchstens 20000 Zeichen"),
    ("aktenzeichen", "ab-1", "Wie AB-123."),
    ("aktenzeichen", "AB-1x", "Wie AB-123."),
    ("ganz", "-1", "mindestens 0"),
    ("ganz", "100001", "höchstens 100.000"),
    ("dezimal", "1,234", "höchstens 2 Nachkommastellen"),
    ("dezimal", "-5,01", f"mindestens -5{NBSP}h"),
    ("dezimal", "99999,51", f"höchstens 99.999,5{NBSP}h"),
    ("geld", "12,345", "höchstens 2 Nachkommastellen"),
    ("geld", "-0,01", f"mindestens 0,00{NBSP}€"),
    ("geld", "1000000,01", f"höchstens 1.000.000,00{NBSP}€"),
    ("tag", "31.12.1999", "nicht vor dem 01.01.2000"),
    ("tag", "1.1.2100", "nicht nach dem 31.12.2099"),
]

WRONGLY_STORED: list[tuple[str, Json]] = [
    ("text", 5),
    ("text", ["a"]),
    ("ganz", True),
    ("ganz", "zwölf"),
    ("ganz", 1.5),
    ("ganz", 10**4000),
    ("dezimal", "1.234,56"),
    ("dezimal", "1e5"),
    ("dezimal", float("inf")),
    ("dezimal", float("nan")),
    ("dezimal", 1e300),
    ("dezimal", {}),
    ("geld", "12,50"),
    ("geld", True),
    ("tag", "01.07.2027"),
    ("tag", "2027-02-30"),
    ("tag", "20270701"),
    ("tag", 20270701),
    ("janein", "ja"),
    ("janein", 1),
    ("radio", 1),
    ("radio", "c"),
    ("boxen", "a"),
    ("boxen", ["c"]),
    ("boxen", [1]),
    ("iban", "DE00"),
    ("email", "nichts"),
]


def target(key: str) -> Field:
    return FORM.fields[key]


@pytest.mark.parametrize(("key", "raw", "value", "stored", "shown"), ACCEPTED)
def test_accepted(key: str, raw: str, value: object, stored: Json, shown: str) -> None:
    kind = kind_of(target(key))
    parsed_value = kind.parse(target(key), [raw])
    assert parsed_value == value
    assert type(parsed_value) is type(value)
    assert kind.check(target(key), parsed_value) == []
    assert dump_value(target(key), parsed_value) == stored
    assert display_value(target(key), parsed_value) == shown
    loaded = load_answers(FORM.fields, {key: stored})
    assert loaded.errors == {}
    assert loaded.values[key] == value


@pytest.mark.parametrize(("key", "raw", "value", "stored", "shown"), ACCEPTED)
def test_entry_reads_back(key: str, raw: str, value: object, stored: Json, shown: str) -> None:
    kind = kind_of(target(key))
    entry = kind.entry(target(key), kind.parse(target(key), [raw]))
    assert kind.parse(target(key), [entry]) == value


@pytest.mark.parametrize(("key", "raw"), UNREADABLE)
def test_unreadable(key: str, raw: str) -> None:
    with pytest.raises(EntryError) as caught:
        kind_of(target(key)).parse(target(key), [raw])
    assert f"„{target(key).label}“" in str(caught.value)


@pytest.mark.parametrize(("key", "raw", "message"), BROKEN)
def test_broken_constraint(key: str, raw: str, message: str) -> None:
    kind = kind_of(target(key))
    problems = kind.check(target(key), kind.parse(target(key), [raw]))
    assert len(problems) == 1
    assert message in problems[0]


@pytest.mark.parametrize(("key", "stored"), WRONGLY_STORED)
def test_wrongly_stored(key: str, stored: Json) -> None:
    loaded = load_answers(FORM.fields, {key: stored})
    assert list(loaded.errors) == [key]
    assert loaded.values[key] is None


@pytest.mark.parametrize("key", list(FORM.fields))
def test_nothing_typed_is_unanswered(key: str) -> None:
    assert kind_of(target(key)).parse(target(key), ["  "]) is None
    assert kind_of(target(key)).parse(target(key), []) is None


@pytest.mark.parametrize("key", ["text", "ganz", "tag", "janein", "radio"])
def test_doubled_entry_is_refused(key: str) -> None:
    with pytest.raises(EntryError, match="mehrfach"):
        kind_of(target(key)).parse(target(key), ["1", "2"])


def test_checkboxes_keep_the_order_of_the_form() -> None:
    kind = kind_of(target("boxen"))
    value = kind.parse(target("boxen"), ["b", "a", "b"])
    assert value == ("a", "b")
    assert kind.dump(target("boxen"), value) == ["a", "b"]
    assert kind.display(target("boxen"), value) == "Alpha, Beta"
    assert "höchstens 1" in kind.check(target("boxen"), value)[0]


def test_unticked_declaration_is_unanswered() -> None:
    assert load_answers(FORM.fields, {"erklaerung": False}).values["erklaerung"] is None


@pytest.mark.parametrize(
    ("stored", "value"),
    [(0.1, "0.1"), (12, "12"), (1e-7, "0.0000001"), (1234.5, "1234.5"), ("007.50", "7.50")],
)
def test_plain_numbers_are_taken_by_their_notation(stored: Json, value: str) -> None:
    assert load_answers(FORM.fields, {"frei": stored}).values["frei"] == Decimal(value)


@given(st.decimals(-(10**12), 10**12, places=3))
def test_written_numbers_read_back(value: Decimal) -> None:
    assert read_decimal(format_decimal(value)) == value


@given(st.dates(date(1970, 1, 1), date(2069, 12, 31)))
def test_short_and_long_dates_mean_the_same(day: date) -> None:
    assert read_date(f"{day.day}.{day.month}.{day:%y}") == day
    assert read_date(f"{day:%d.%m.%Y}") == day
    assert read_date(day.isoformat()) == day


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for key in FORM.fields:
        try:
            value = kind_of(target(key)).parse(target(key), [text])
        except EntryError:
            continue
        if value is not None:
            stored = dump_value(target(key), value)
            assert load_answers(FORM.fields, {key: stored}).values[key] == value


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+", r"(a*)*b", r"(a|aa)+", r"([a-z]+\d?)*", r"((a+))+", r"(?:a{1,9})+", r"(a?){50}",
        r"(.*)\1", r"(?=a)b", r"(?P<x>a)", r"(?i)a", "a*" * 4, "a?" * 13, "(", "a{2", "x" * 201,
        r"(a|b|c){2,}", r"(x+x+)+y", r"[", r"*a",
    ],
)  # fmt: skip
def test_dangerous_pattern_is_refused(pattern: str) -> None:
    if pattern == "a{2":
        check_pattern(pattern)  # Python reads it as plain characters
        return
    with pytest.raises(PatternError):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\d{5}", "65183"),
        (r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{1,4}", "WI-AB 123"),
        (r"(\d{3} ){2}\d{3}", "123 456 789"),
        (r"(?:JA|KJA)-[0-9]+", "KJA-17"),
        (r"[^\]\s]+", "ab"),
        (r"\(\d+\)", "(12)"),
        (r"[(+*]x", "+x"),
    ],
)
def test_harmless_pattern_is_accepted(pattern: str, text: str) -> None:
    check_pattern(pattern)
    assert matches(pattern, text)
    assert not matches(pattern, text + "\n")
