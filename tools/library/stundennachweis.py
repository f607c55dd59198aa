"""Hilden: a Träger's monthly invoice for Fachleistungsstunden with the proof of each hour."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_address_field, add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, fact_table, number, record_table
from tools.library.writing import add, each, keep_together

COLOUR = "8C1D3B"
DAY_AND_TIME = "{{ e.datum|datum }}, {{ e.von|uhrzeit }} – {{ e.bis|uhrzeit }}"
GROUP = "{% if e.form == 'gruppe' %} ({{ e.fachkraefte }} für {{ e.klienten }}){% endif %}"


def build() -> Document:
    """Return the template."""
    document = new_document("Monatsabrechnung Fachleistungsstunden", COLOUR)
    set_page_frames(document, "hilden", COLOUR, letter=True)
    _letter(document)
    _proof(document)
    add_verification(document)
    return document


def _letter(document: Document) -> None:
    add_address_field(
        document,
        "{{ traeger.name }} · {{ traeger.strasse }} · {{ traeger.plz_ort }}",
        [
            "{{ mandant.name }}",
            "{{ mandant.amt }}",
            "{{ mandant.strasse }}",
            "{{ mandant.plz_ort }}",
        ],
        [
            ("Rechnung", "{{ rechnungsnummer }}"),
            ("vom", "{{ rechnungsdatum|datum }}"),
            ("Leistung", "{{ monat|datum }} – {{ monat_bis|datum }}"),
            ("Steuernr.", "{{ steuernummer }}"),
            ("Vereinbarung", "{{ vereinbarung }}"),
            ("Nummer", "{{ dokument.nummer }}"),
        ],
    )
    add(document, "Rechnung {{ rechnungsnummer }} über Fachleistungsstunden", "Betreff")
    add(document, "Sehr geehrte Damen und Herren,")
    add(document, "für den oben genannten Zeitraum rechnen wir ab:")
    record_table(
        document,
        "Abrechnung je Fall",
        "f in faelle",
        [
            Column("Aktenzeichen", 45, "{{ f.aktenzeichen }}"),
            number("Direkt", 27, "{{ f.direkt|stunden }}"),
            number("Indirekt", 27, "{{ f.indirekt|stunden }}"),
            number(
                "Angerechnet", 31, "{{ f.angerechnet_gesamt|stunden }}",
                "{{ stunden_gesamt|stunden }}",
            ),
            number("Betrag", 35, "{{ f.betrag_fall|euro }}", "{{ rechnungsbetrag|euro }}"),
        ],
        total="Rechnungsbetrag",
    )  # fmt: skip
    add(document, "**Die Leistungen sind steuerfrei nach § 4 Nr. 25 UStG.**")
    add(
        document,
        "Bitte überweisen Sie **{{ rechnungsbetrag|euro }}** unter Angabe der Rechnungsnummer auf "
        "das Konto {{ iban|iban }} ({{ traeger.name }}).",
    )
    add(
        document,
        "Der Stundennachweis ist angefügt. Angerechnet wird nach dem Katalog und zu dem Satz, die "
        "am Tag der Leistung gelten; der Betrag eines Falls wird einmal kaufmännisch gerundet.",
    )
    add(document, "Mit freundlichen Grüßen")
    add(document, "{{ traeger.name }}, {{ traeger.vertreten_durch }}")


def _proof(document: Document) -> None:
    heading = add(document, "Anlage: Stundennachweis", "Heading 1")
    heading.paragraph_format.page_break_before = True
    with each(document, "f in faelle"):
        add(document, "Fall {{ f.aktenzeichen }}", "Heading 2")
        record_table(
            document,
            "Einsätze des Falls",
            "e in f.einsaetze",
            [
                Column("Tag und Zeit", 42, DAY_AND_TIME),
                Column("Tätigkeit", 39, "{{ e.taetigkeit_text }}, {{ e.form_text }}" + GROUP),
                Column("Fachkraft", 29, "{{ e.fachkraft }}"),
                number("Dauer", 16, "{{ e.dauer|stunden }}"),
                number(
                    "Angerechnet", 21, "{{ e.angerechnet|stunden }}",
                    "{{ f.angerechnet_gesamt|stunden }}",
                ),
                number("Satz", 17, "{{ e.satz_am_tag|euro }}"),
            ],
            total="Zusammen",
        )  # fmt: skip
        fact_table(
            document,
            "Kontingent und Betrag des Falls",
            [
                ("Kontingent im Monat", "{{ f.kontingent|stunden }}, Rest {{ f.rest|stunden }}"),
                ("Bewilligter Mehrbedarf", "{{ f.mehrbedarf|angabe }}"),
                ("Betrag des Falls", "**{{ f.betrag_fall|euro }}**"),
            ],
        )
    note = add(
        document,
        "{{ einreichung.person }} hat für {{ traeger.name }} am {{ einreichung.eingang|datum }} "
        "bestätigt, dass die Einsätze so geleistet wurden und keine Zeit doppelt abgerechnet ist "
        "({{ einreichung.nummer }}). Eine Unterschrift ist nicht vorgesehen.",
        "Anmerkung",
    )
    keep_together(note)
