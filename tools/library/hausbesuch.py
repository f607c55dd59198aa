"""Herne: protocol of a visit to a Kindertagespflegeperson."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, fact_table, record_table
from tools.library.writing import add, when

COLOUR = "0B5D58"


def build() -> Document:
    """Return the template."""
    document = new_document("Hausbesuchsprotokoll", COLOUR)
    set_page_frames(document, "herne", COLOUR, letter=False)
    _head(document)
    _rooms(document)
    _talk(document)
    _result(document)
    add_verification(document)
    return document


def _head(document: Document) -> None:
    add(document, "Hausbesuchsprotokoll", "Title")
    add(document, "{{ ktpp }} · {{ termin.tag|datum }}", "Subtitle")
    fact_table(
        document,
        "Anlass und Anwesende",
        [
            (
                "Kindertagespflegeperson",
                "{{ ktpp }}{% if aktenzeichen %}, {{ aktenzeichen }}{% endif %}",
            ),
            ("Anlass", "{{ anlass_text }}, angekündigt: {{ angekuendigt|ja_nein }}"),
            (
                "Termin",
                "{{ termin.tag|datum }}, {{ termin.uhrzeit|uhrzeit }}, {{ besucht_von }}",
            ),
            ("Kinder", "{{ kinder_ist }} anwesend, {{ kinder_erlaubt }} gleichzeitig erlaubt"),
            ("Erwachsene", "{{ erwachsene|angabe }}"),
        ],
    )


def _rooms(document: Document) -> None:
    add(document, "Kindgerechte Räume", "Heading 1")
    record_table(
        document,
        "Checkliste kindgerechter Räume",
        "k in checkliste",
        [
            Column("Kriterium", 120, "{{ k.text }}"),
            Column("Stand", 45, "{% for z in k.zellen %}{{ z.text }}{% endfor %}"),
        ],
    )
    with when(document, "bemerkungen"):
        add(document, "Bemerkungen: {{ bemerkungen }}")
    with when(document, "maengel"):
        add(document, "Mängel", "Heading 1")
        record_table(
            document,
            "Mängel mit Frist",
            "m in maengel",
            [
                Column("Mangel", 75, "{{ m.mangel }}"),
                Column("Schwere", 25, "{{ m.schwere_text }}"),
                Column("Zu beheben bis", 30, "{{ m.frist|datum }}"),
                Column("Nachkontrolle", 35, "{{ m.nachkontrolle|datum|angabe }}"),
            ],
        )


def _talk(document: Document) -> None:
    with when(document, "themen or beobachtung"):
        add(document, "Gespräch", "Heading 1")
    with when(document, "themen"):
        add(document, "Besprochen wurden: {{ themen_text|liste }}.")
    with when(document, "beobachtung"):
        add(document, "{{ beobachtung }}")


def _result(document: Document) -> None:
    add(document, "Ergebnis", "Heading 1")
    fact_table(
        document,
        "Ergebnis des Besuchs",
        [
            ("Ergebnis", "**{{ ergebnis_text }}**"),
            ("Nächster Besuch bis", "{{ naechster_besuch|datum }}"),
            ("Einwilligung in Fotos", "{{ einwilligung_foto|ja_nein|angabe }}"),
            ("Stellungnahme", "{{ stellungnahme|angabe }}"),
        ],
    )
    add(
        document,
        "Das Protokoll wurde mit der Kindertagespflegeperson besprochen. Eingereicht von "
        "{{ einreichung.person }} am {{ einreichung.eingang|datum }}, {{ einreichung.nummer }}. "
        "Eine Unterschrift ist nicht vorgesehen.",
        "Anmerkung",
    )
