"""Stuttgart: somebody enrols in a course after the QHB."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, fact_table, number, step_table
from tools.library.writing import add

COLOUR = "5C2650"


def build() -> Document:
    """Return the template."""
    document = new_document("Anmeldung zum QHB-Kurs", COLOUR)
    set_page_frames(document, "stuttgart", COLOUR, letter=False)
    add(document, "Anmeldung zum QHB-Kurs", "Title")
    add(document, "{{ name }} · {{ kurs }}", "Subtitle")
    fact_table(
        document,
        "Person",
        [
            ("Name", "{{ name }}, geboren am {{ geburtsdatum|datum }}"),
            ("Anschrift", "{{ anschrift_text }}"),
            ("E-Mail-Adresse", "{{ email }}"),
            ("Telefon", "{{ telefon|angabe }}"),
            ("Deutschkenntnisse", "{{ sprachniveau_text }}"),
            ("Schulabschluss", "{{ schulabschluss|angabe }}"),
        ],
    )
    add(document, "Kurs", "Heading 1")
    step_table(
        document,
        "Kurs und Umfang",
        [Column("Kurs", 62, ""), Column("Weg", 63, ""), number("Umfang", 40, "")],
        [
            (
                "{{ kurs }}, ab {{ kurs_beginn|datum }}",
                "{{ weg_text }}",
                "{{ unterrichtseinheiten }} UE = {{ unterrichtszeit|stunden }}",
            ),
        ],
    )
    fact_table(
        document,
        "Voraussetzungen",
        [
            ("160-UE-Zertifikat vom", "{{ zertifikat_160_am|datum|angabe }}"),
            ("Geplante Betreuungsform", "{{ betreuungsform_text }}"),
            ("Kosten trägt", "{{ kostentraeger_text }}"),
            ("Eignungsgespräch am", "{{ gespraech_am|datum|angabe }}"),
            ("Erste Hilfe am Kind bis", "{{ erste_hilfe_bis|datum|angabe }}"),
            ("Führungszeugnis", "{{ fuehrungszeugnis_text|angabe }}"),
        ],
    )
    add(
        document,
        "Die Person willigt ein, dass Anmeldung und Kursabschluss dem Jugendamt mitgeteilt werden. "
        "Eingereicht am {{ einreichung.eingang|datum }}, {{ einreichung.nummer }}. Eine "
        "Unterschrift ist nicht vorgesehen.",
        "Anmerkung",
    )
    add_verification(document)
    return document
