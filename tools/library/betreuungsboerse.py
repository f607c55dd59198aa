"""Verbund around Eschborn: an entry of the Betreuungsbörse as it is published."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, fact_table, record_table
from tools.library.writing import add, when

COLOUR = "2D6A2E"


def build() -> Document:
    """Return the template."""
    document = new_document("Eintrag in die Betreuungsbörse", COLOUR)
    set_page_frames(document, "eschborn-verbund", COLOUR, letter=False)
    add(document, "Eintrag in die Betreuungsbörse", "Title")
    add(document, "{{ anzeigename }} · {{ stadtteil_text }}", "Subtitle")
    fact_table(
        document,
        "Angebot",
        [
            ("Betreuungsform", "{{ betreuungsform_text }}"),
            ("Plätze", "{{ plaetze_gesamt }}, davon frei: {{ anzahl_frei }}"),
            ("Altersstufen", "{{ altersstufen_text|liste }}"),
            ("Qualifikation", "{{ qualifikation_text }}"),
            ("Erste-Hilfe-Nachweis bis", "{{ erste_hilfe_bis|datum|angabe }}"),
            ("Sprachen", "{{ sprachen|angabe }}"),
            ("Haustiere", "{{ haustiere|ja_nein|angabe }}"),
            ("Raucherhaushalt", "{{ raucherhaushalt|ja_nein|angabe }}"),
            ("Barrierefrei", "{{ barrierefrei|ja_nein|angabe }}"),
            ("Randzeiten", "{{ randzeiten|ja_nein|angabe }}"),
            ("Erfahrung mit Inklusion", "{{ inklusion_erfahrung|ja_nein|angabe }}"),
            ("Kontakt", "{{ kontaktweg_text }}"),
        ],
    )
    add(document, "Freie Plätze", "Heading 1")
    with when(document, "plaetze_frei"):
        record_table(
            document,
            "Freie Plätze",
            "p in plaetze_frei",
            [
                Column("Frei ab", 28, "{{ p.ab|datum }}"),
                Column("Alter", 42, "{{ p.alter_von }} bis {{ p.alter_bis }} Monate"),
                Column("Tage", 50, "{{ p.tage_text|liste }}"),
                Column("Zeit", 45, "{{ p.von|uhrzeit }} bis {{ p.bis|uhrzeit }}"),
            ],
        )
    with when(document, "not plaetze_frei"):
        add(document, "Zurzeit ist kein Platz frei.")
    with when(document, "beschreibung"):
        add(document, "Beschreibung", "Heading 1")
        add(document, "{{ beschreibung }}")
    add(
        document,
        "Einwilligung in die Veröffentlichung vom {{ einwilligung_am|datum }}; der Eintrag ist "
        "sichtbar bis {{ sichtbar_bis|datum }} und kann jederzeit zurückgezogen werden.",
        "Anmerkung",
    )
    add_verification(document)
    return document
