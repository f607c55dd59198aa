"""Accept and reject lists for each field type, and the way from typed to stored to shown."""

from __future__ import annotations

from datetime import date, time
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
    field("percent", "prozent", places=2, minimum="0", maximum="100"),
    field("hours", "stunden", minimum="0.25", maximum="24"),
    field("time", "uhrzeit", minimum="06:00", maximum="22:00"),
    field("telephone", "telefon"),
    field("postcode", "plz"),
    field("scale", "skala", minimum=1, maximum=6, minimum_label="gut", maximum_label="schlecht"),
    field("scale", "punkte", minimum=0, maximum=10, minimum_label="nie", maximum_label="immer",
          no_answer=False),
    field("district", "stadtteil", options=OPTIONS),
    field("select", "liste", options={f"w{n}": f"Eintrag {n}" for n in range(20)}),
)  # fmt: skip

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
    ("prozent", "12,5", Decimal("12.5"), "12.5", f"12,50{NBSP}%"),
    ("prozent", "12,5 %", Decimal("12.5"), "12.5", f"12,50{NBSP}%"),
    ("prozent", "100 Prozent", Decimal("100"), "100", f"100,00{NBSP}%"),
    ("stunden", "12,75", 765, 765, f"12,75{NBSP}h"),
    ("stunden", "12.75", 765, 765, f"12,75{NBSP}h"),
    ("stunden", "12,75 h", 765, 765, f"12,75{NBSP}h"),
    ("stunden", "12:45", 765, 765, f"12,75{NBSP}h"),
    ("stunden", "12:45 h", 765, 765, f"12,75{NBSP}h"),
    ("stunden", "12 h 45", 765, 765, f"12,75{NBSP}h"),
    ("stunden", "12h45min", 765, 765, f"12,75{NBSP}h"),
    ("stunden", "12 Std. 45 Min.", 765, 765, f"12,75{NBSP}h"),
    ("stunden", "8 Stunden", 480, 480, f"8,00{NBSP}h"),
    ("stunden", "90 min", 90, 90, f"1,50{NBSP}h"),
    ("stunden", "12:20", 740, 740, f"12:20{NBSP}h"),
    ("stunden", ",5", 30, 30, f"0,50{NBSP}h"),
    ("uhrzeit", "9:30", time(9, 30), "09:30", f"09:30{NBSP}Uhr"),
    ("uhrzeit", "09.30 Uhr", time(9, 30), "09:30", f"09:30{NBSP}Uhr"),
    ("uhrzeit", "9 Uhr 30", time(9, 30), "09:30", f"09:30{NBSP}Uhr"),
    ("uhrzeit", "0930", time(9, 30), "09:30", f"09:30{NBSP}Uhr"),
    ("uhrzeit", "9h30", time(9, 30), "09:30", f"09:30{NBSP}Uhr"),
    ("uhrzeit", "22 Uhr", time(22, 0), "22:00", f"22:00{NBSP}Uhr"),
    ("telefon", "0611 123456", "+49611123456", "+49611123456", "+49 611 123456"),
    ("telefon", "(0611) 12 34-56", "+49611123456", "+49611123456", "+49 611 123456"),
    ("telefon", "0049 611/123456", "+49611123456", "+49611123456", "+49 611 123456"),
    ("telefon", "+43 1 58858", "+43158858", "+43158858", "+43 1 58858"),
    ("plz", "65183", "65183", "65183", "65183"),
    ("plz", "D-01067", "01067", "01067", "01067"),
    ("plz", "65 183", "65183", "65183", "65183"),
    ("skala", "1", 1, 1, "1 (gut)"),
    ("skala", "3", 3, 3, "3"),
    ("skala", "keine_angabe", "keine_angabe", "keine_angabe", "keine Angabe"),
    ("punkte", "0", 0, 0, "0 (nie)"),
    ("punkte", "10", 10, 10, "10 (immer)"),
    ("stadtteil", "a", "a", "a", "Alpha"),
    ("liste", "Eintrag 3", "w3", "w3", "Eintrag 3"),
    ("liste", "  eintrag   17 ", "w17", "w17", "Eintrag 17"),
    ("liste", "w5", "w5", "w5", "Eintrag 5"),
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
    *[("prozent", text) for text in ("viel", "12 €", "1e2", "%")],
    *[("stunden", text) for text in ("12,33", "-1", "12:60", "zwölf", "1:2:3", "h", "9" * 12)],
    *[("stunden", text) for text in ("12 h 60", "1 Tag", "12 45", "٣")],
    *[("uhrzeit", text) for text in ("25:00", "9:60", "24:00", "930", "halb zehn", "-1:00", "9:3")],
    *[("telefon", text) for text in ("1", "0800-FLOWERS", "0611 12345 oder 67", "+999 1", "x")],
    *[("telefon", text) for text in ("0" * 61, "tel:0611123456")],
    *[("plz", text) for text in ("6518", "651833", "A-1010", "00123", "65l83", "٦٥١٨٣")],
    *[("skala", text) for text in ("0", "7", "1,5", "-1", "01", "keine Angabe", "gut")],
    *[("punkte", text) for text in ("11", "keine_angabe")],
    *[("stadtteil", text) for text in ("51.2277, 6.7735", "Alpha", "POINT(6.77 51.22)")],
    *[("liste", text) for text in ("Eintrag", "Eintrag 99", "w99")],
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
    ("prozent", "100,5", f"höchstens 100{NBSP}%"),
    ("prozent", "12,345", "höchstens 2 Nachkommastellen"),
    ("stunden", "0:10", f"mindestens 0,25{NBSP}h"),
    ("stunden", "24:01", f"höchstens 24,00{NBSP}h"),
    ("uhrzeit", "5:59", "nicht vor 06:00 Uhr"),
    ("uhrzeit", "22:01", "nicht nach 22:00 Uhr"),
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
    ("prozent", "12,5"),
    ("stunden", "765"),
    ("stunden", 12.75),
    ("stunden", -1),
    ("stunden", True),
    ("uhrzeit", "9:30"),
    ("uhrzeit", 570),
    ("uhrzeit", "24:00"),
    ("telefon", 611),
    ("telefon", "anrufen"),
    ("plz", 65183),
    ("skala", "3"),
    ("skala", 0),
    ("skala", 2.0),
    ("skala", True),
    ("punkte", "keine_angabe"),
    ("stadtteil", {"lat": 51.2277, "lon": 6.7735}),
    ("stadtteil", "51.2277,6.7735"),
    ("liste", "Eintrag 3"),
    ("text", {"_not_recorded": "weil"}),
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
    assert display_value(target(key), parsed_value).replace(NBSP, " ") == shown.replace(NBSP, " ")
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


@pytest.mark.parametrize("typed", ["\u200b", "\u200d \ufeff", "\u2800", "\u202e", "\u3164\u00ad"])
def test_a_text_that_nobody_sees_is_unanswered(typed: str) -> None:
    assert kind_of(target("text")).parse(target("text"), [typed]) is None
    assert load_answers(FORM.fields, {"text": typed}).values["text"] is None


def test_a_text_reads_as_it_is_stored() -> None:
    kind = kind_of(target("text"))
    assert kind.parse(target("text"), ["1\u202e005\u202c EUR"]) == "1005 EUR"
    # Isolates and joiners belong to how people write.
    assert kind.parse(target("text"), ["a\u2068\u0639\u2069b"]) == "a\u2068\u0639\u2069b"


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
