"""Stuttgart: what was talked about and agreed upon, for those who talked."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, fact_table, record_table
from tools.library.writing import add, when

COLOUR = "5C2650"


def build() -> Document:
    """Return the template."""
    document = new_document("Gesprächsnotiz", COLOUR)
    set_page_frames(document, "stuttgart", COLOUR, letter=False)
    add(document, "Gesprächsnotiz", "Title")
    add(document, "{{ anlass_text }} · {{ gespraech_am|datum }}", "Subtitle")
    fact_table(
        document,
        "Rahmen des Gesprächs",
        [
            ("Beteiligte", "{{ beteiligte }}"),
            ("Notizen sehen darf", "{{ weitergabe_text }}"),
            ("Nächstes Gespräch", "{{ naechstes_gespraech|datum|angabe }}"),
        ],
    )
    add(document, "Themen", "Heading 1")
    record_table(
        document,
        "Themen des Gesprächs",
        "t in themen",
        [
            Column("Thema", 60, "{{ t.frage }}"),
            Column("Notiz", 80, "{{ t.notiz|angabe }}"),
            Column("Besprochen", 25, "{{ t.erledigt|ja_nein }}"),
        ],
    )
    with when(document, "vereinbarungen"):
        add(document, "Vereinbarungen", "Heading 1")
        record_table(
            document,
            "Vereinbarungen",
            "v in vereinbarungen",
            [
                Column("Was", 85, "{{ v.was }}"),
                Column("Wer", 50, "{{ v.wer }}"),
                Column("Bis wann", 30, "{{ v.bis|datum }}"),
            ],
        )
    add(document, "Die Notiz dient der Erinnerung und ist kein Vertrag.", "Anmerkung")
    add_verification(document)
    return document
