"""A form of 400 fields and 300 rules, for measuring."""

from __future__ import annotations

from forms.expressions.nodes import Json
from tests.support.form_documents import Document, field, form, page, section

FIELDS = 400
RULES = 300
_PAGES = 4
_SECTIONS = 5


def large_form(count: int = FIELDS, page_count: int = _PAGES) -> Document:
    """Return the form: on four pages 100 fields each in turn of four types.

    100 fields have a rule for visibility, 100 are computed, 100 have a rule for validity.
    Another ``count`` of fields must be a multiple of 20 times ``page_count``.
    """
    fields = [_field(number) for number in range(count)]
    size = count // (page_count * _SECTIONS)
    sections = [
        section(f"abschnitt_{number}", *fields[number * size : (number + 1) * size])
        for number in range(page_count * _SECTIONS)
    ]
    pages = [
        page(f"seite_{number}", *sections[number * _SECTIONS : (number + 1) * _SECTIONS])
        for number in range(page_count)
    ]
    return form(*pages, key="grosses_formular")


def _field(number: int) -> Document:
    group = number - number % 4
    settings: Document
    match number % 4:
        case 0:
            options: Json = {"ja": "Ja", "nein": "Nein", "offen": "Noch offen"}
            return field("radio", f"wahl_{number}", options=options, required=True)
        case 1:
            rule = f"zahl_{number} >= 0 and (wahl_{group} == 'ja' or zahl_{number} < 500)"
            settings = {"valid": [{"rule": rule, "message": "Bitte kleiner als 500."}]}
            return field("integer", f"zahl_{number}", minimum=0, maximum=1000, **settings)
        case 2:
            visible = (
                f"(wahl_{group} == 'ja' and zahl_{group + 1} > 3) or zahl_{group + 1} in [1, 2]"
            )
            return field("money", f"betrag_{number}", visible=visible)
        case _:
            value = f"runden(betrag_{group + 2} * zahl_{group + 1} / 12, 2)"
            return field("calculated", f"ergebnis_{number}", result="money", value=value)


def large_answers(count: int = FIELDS) -> Document:
    """Return answers to every field of :func:`large_form` that takes one."""
    answers: Document = {}
    for number in range(count):
        match number % 4:
            case 0:
                answers[f"wahl_{number}"] = ("ja", "nein", "offen")[number % 3]
            case 1:
                answers[f"zahl_{number}"] = number % 97
            case 2:
                answers[f"betrag_{number}"] = f"{number * 7}.{number % 100:02}"
    return answers
