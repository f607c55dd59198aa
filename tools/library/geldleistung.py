"""Herne: how the laufende Geldleistung for one child is reckoned, step by step."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, fact_table, number, record_table, step_table
from tools.library.writing import add, when

COLOUR = "0B5D58"
FACTOR = "{{ wochen|zahl(2) }}{% if monate != 1 %} ÷ {{ monate }}{% endif %}"
STEPS = [Column("Schritt", 62, ""), Column("Rechenweg", 73, ""), number("Ergebnis", 30, "")]


def build() -> Document:
    """Return the template."""
    document = new_document("Laufende Geldleistung – Berechnungsblatt", COLOUR)
    set_page_frames(document, "herne", COLOUR, letter=False)
    _head(document)
    _monthly(document)
    _refunds(document)
    _first_month(document)
    _closing(document)
    return document


def _head(document: Document) -> None:
    add(document, "Berechnungsblatt laufende Geldleistung", "Title")
    add(document, "{{ kind }} bei {{ ktpp }} · {{ aktenzeichen }}", "Subtitle")
    fact_table(
        document,
        "Grundlagen der Berechnung",
        [
            ("Kindertagespflegeperson", "{{ ktpp }}, {{ stufe_text }}"),
            ("{%tr if fachberatung_text %}", ""),
            ("Fachberatung durch", "{{ fachberatung.name }}, {{ fachberatung.ort }}"),
            ("{%tr endif %}", ""),
            (
                "Bewilligungszeitraum",
                "ab {{ zeitraum.von|datum }}"
                "{% if zeitraum.bis %} bis {{ zeitraum.bis|datum }}{% endif %}",
            ),
            (
                "Betreuungszeit",
                "{{ wochenstunden|stunden }} in der Woche, angesetzt {{ stunden_woche|stunden }} "
                "({{ staffel_text }})",
            ),
            ("Satzprofil", "{{ profil_text }}, Wochenfaktor " + FACTOR),
            (
                "Satzversion",
                "Sachaufwand Nr. {{ sachaufwand_nummer }}, Förderungsleistung Nr. "
                "{{ foerderung_nummer }} der Satztabellen",
            ),
            ("Rechtsgrundlage", "§ 23 Abs. 2 und 2a SGB VIII"),
        ],
    )


def _monthly(document: Document) -> None:
    add(document, "Geldleistung im Monat", "Heading 1")
    with when(document, "zuschlaege"):
        record_table(
            document,
            "Zuschläge",
            "z in zuschlaege",
            [
                Column("Zuschlag", 65, "{{ z.art_text }}"),
                number("In der Woche", 35, "{{ z.stunden_woche|stunden }}"),
                number("Satz je Stunde", 35, "{{ z.zuschlag_satz|euro }}"),
                number(
                    "Im Monat", 30, "{{ z.zuschlag_betrag|euro }}", "{{ zuschlaege_monat|euro }}"
                ),
            ],
            total="Zuschläge im Monat",
        )
    hours = "{{ stunden_woche|stunden }} × "
    step_table(
        document,
        "Geldleistung im Monat in Schritten",
        STEPS,
        [
            (
                "1. Sachaufwand (§ 23 Abs. 2 Nr. 1)",
                hours + "{{ satz_sachaufwand|euro }} × " + FACTOR,
                "{{ sachaufwand|euro }}",
            ),
            (
                "2. Förderungsleistung (§ 23 Abs. 2 Nr. 2)",
                hours + "{{ satz_foerderung|euro }} × " + FACTOR,
                "{{ foerderung|euro }}",
            ),
            ("3. Zuschläge", "Summe der Zuschläge", "{{ zuschlaege_monat|euro }}"),
            ("Geldleistung im Monat!", "1 + 2 + 3", "{{ leistung_monat|euro }}"),
            (
                "4. Erstattungen (§ 23 Abs. 2 Nr. 3, 4)",
                "Summe der Erstattungen",
                "{{ erstattung_monat|euro }}",
            ),
            ("Auszahlung im Monat!", "Geldleistung + 4", "{{ betrag_monat|euro }}"),
        ],
    )
    add(
        document,
        "Sachaufwand, Förderungsleistung und jeder Zuschlag sind je für sich kaufmännisch auf Cent "
        "gerundet. Es gelten die Sätze vom {{ zeitraum.von|datum }}.",
        "Anmerkung",
    )


def _refunds(document: Document) -> None:
    with when(document, "versicherungen"):
        add(document, "Erstattung von Versicherungen", "Heading 1")
        record_table(
            document,
            "Erstattung von Versicherungen",
            "v in versicherungen",
            [
                Column("Versicherung", 55, "{{ v.art_text }}"),
                Column("Nachweis", 25, "{{ v.nachweis|ja_nein }}"),
                number("Beitrag", 30, "{{ v.beitrag|euro }}"),
                number("Anteil", 25, "{{ v.anteil_prozent|prozent }}"),
                number("Erstattung", 30, "{{ v.erstattung|euro }}", "{{ erstattung_monat|euro }}"),
            ],
            total="Erstattungen im Monat",
        )


def _first_month(document: Document) -> None:
    add(document, "Erster Monat", "Heading 1")
    step_table(
        document,
        "Geldleistung im ersten Monat",
        STEPS,
        [
            (
                "Beginn {{ zeitraum.von|datum }}",
                "{{ anteilig_text }}",
                "{{ tage_erster_monat }} von {{ tage_monat }} Tagen",
            ),
            (
                "Geldleistung im ersten Monat!",
                "{{ leistung_monat|euro }} × {{ tage_erster_monat }} ÷ {{ tage_monat }}",
                "{{ betrag_erster_monat|euro }}",
            ),
        ],
    )


def _closing(document: Document) -> None:
    with when(document, "zuzahlung_hinweis"):
        add(document, "Private Zuzahlungen", "Heading 1")
        add(
            document,
            "Neben der laufenden Geldleistung dürfen Sie für die geförderte Betreuungszeit kein "
            "weiteres Entgelt von den Eltern verlangen, soweit das Landesrecht nichts anderes "
            "zulässt.",
        )
    with when(document, "begruendung"):
        add(document, "Begründung und Besonderheiten", "Heading 1")
        add(document, "{{ begruendung }}")
    add(
        document,
        "Geprüft von {{ einreichung.person }} am {{ einreichung.eingang|datum }}, "
        "{{ einreichung.nummer }}. Eine Unterschrift ist nicht vorgesehen.",
        "Anmerkung",
    )
    add_verification(document)
