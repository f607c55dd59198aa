"""Stuttgart: what is paid for the Eingewöhnung of one child."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, fact_table, number, record_table, step_table
from tools.library.writing import add, when

COLOUR = "5C2650"


def build() -> Document:
    """Return the template."""
    document = new_document("Abrechnung der Eingewöhnung", COLOUR)
    set_page_frames(document, "stuttgart", COLOUR, letter=False)
    add(document, "Abrechnung der Eingewöhnung", "Title")
    add(document, "{{ kind }} bei {{ ktpp }} · {{ aktenzeichen }}", "Subtitle")
    fact_table(
        document,
        "Angaben zur Eingewöhnung",
        [
            ("Kindertagespflegeperson", "{{ ktpp }}"),
            ("Zeitraum", "{{ eingewoehnung.von|datum }} bis {{ eingewoehnung.bis|datum }}"),
            ("Modell", "{{ modell_text|angabe }}"),
            (
                "Abrechnung",
                "{% if art == 'pauschale' %}als Pauschale{% else %}nach Stunden{% endif %} "
                "(maßgeblich ist der erste Tag)",
            ),
            ("Laufende Geldleistung ab", "{{ geldleistung_ab|datum|angabe }}"),
        ],
    )
    _lump_sum(document)
    _by_hours(document)
    add(
        document,
        "Ausgezahlt werden **{{ betrag|euro }}** auf das Konto {{ iban|iban_maskiert }}.",
    )
    add(
        document,
        "Bestätigt von {{ einreichung.person }} für {{ traeger.name }} am "
        "{{ einreichung.eingang|datum }}, {{ einreichung.nummer }}. Eine Unterschrift ist nicht "
        "vorgesehen.",
        "Anmerkung",
    )
    add_verification(document)
    return document


def _lump_sum(document: Document) -> None:
    with when(document, "art == 'pauschale'"):
        add(document, "Pauschale", "Heading 1")
        step_table(
            document,
            "Pauschale in Schritten",
            [Column("Schritt", 62, ""), Column("Rechenweg", 73, ""), number("Ergebnis", 30, "")],
            [
                (
                    "Pauschale",
                    "Satz am {{ eingewoehnung.von|datum }}",
                    "{{ pauschale|euro }}",
                ),
                (
                    "Anteil",
                    "{% if abgebrochen %}abgebrochen am {{ abbruch_tag }}. von {{ tage_geplant }} "
                    "Tagen{% else %}vollständig, {{ tage_geplant }} Tage{% endif %}",
                    "{{ anteil|prozent }}",
                ),
                (
                    "Auszahlung!",
                    "{{ pauschale|euro }} × {{ anteil|prozent }}",
                    "{{ betrag|euro }}",
                ),
            ],
        )
    with when(document, "abbruch_grund"):
        add(document, "Grund des Abbruchs: {{ abbruch_grund }}")


def _by_hours(document: Document) -> None:
    with when(document, "tage_einzeln"):
        add(document, "Abrechnung nach Stunden", "Heading 1")
        record_table(
            document,
            "Tage der Eingewöhnung",
            "t in tage_einzeln",
            [
                Column("Tag", 35, "{{ t.datum|datum }}"),
                Column("Elternteil dabei", 35, "{{ t.begleitet|ja_nein }}"),
                number(
                    "Stunden",
                    30,
                    "{{ t.stunden|stunden }}",
                    "{{ tage_einzeln_summe.stunden|stunden }}",
                ),
                number("Satz je Stunde", 33, "{{ t.tagessatz|euro }}"),
                number("Betrag", 32, "{{ t.tagesbetrag|euro }}", "{{ betrag|euro }}"),
            ],
            total="Zusammen",
        )
