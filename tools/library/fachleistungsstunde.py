"""Hilden: letter with the price of a Fachleistungsstunde and every step of its calculation."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_address_field, add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, number, record_table, step_table
from tools.library.writing import add, keep_together, or_dash, when

COLOUR = "8C1D3B"
HOURS = "|zahl(2) }} h"


def build() -> Document:
    """Return the template."""
    document = new_document("Fachleistungsstunde – Berechnungsblatt", COLOUR)
    set_page_frames(document, "hilden", COLOUR, letter=True)
    _letter(document)
    _costs(document)
    _working_time(document)
    _rate(document)
    _settlement(document)
    _closing(document)
    return document


def _letter(document: Document) -> None:
    add_address_field(
        document,
        "{{ mandant.name }} · {{ mandant.strasse }} · {{ mandant.plz_ort }}",
        [
            "{{ traeger.name }}",
            "{{ traeger.vertreten_durch }}",
            "{{ traeger.strasse }}",
            "{{ traeger.plz_ort }}",
        ],
        [
            ("Nummer", "{{ dokument.nummer }}"),
            ("Aktenzeichen", "{{ aktenzeichen|angabe }}"),
            ("Eingang", "{{ einreichung.nummer }} vom {{ einreichung.eingang|datum }}"),
            ("Telefon", "{{ mandant.telefon }}"),
            ("E-Mail", "{{ mandant.email }}"),
            ("Datum", "{{ dokument.datum|datum }}"),
        ],
    )
    add(document, "Fachleistungsstunde für das Angebot „{{ angebot }}“", "Betreff")
    add(document, "Sehr geehrte Damen und Herren,")
    add(
        document,
        "aus Ihrer Kalkulation vom {{ einreichung.eingang|datum }} ergibt sich ab dem "
        "{{ gueltig_ab|datum }}{% if gueltig_bis %} bis zum {{ gueltig_bis|datum }}{% endif %} "
        "ein Satz von **{{ fls_satz|euro }}** je Fachleistungsstunde zu {{ fls_minuten }} Minuten.",
    )
    with when(document, "dynamisierung"):
        add(
            document,
            "Ab dem {{ dynamisierung_ab|datum }} beträgt der Satz nach der vereinbarten Anpassung "
            "um {{ dynamisierung_prozent|zahl(2) }} % **{{ fls_satz_neu|euro }}**. Leistungen bis "
            "zum Tag davor werden weiter mit {{ fls_satz|euro }} abgerechnet. Grundlage: "
            "{{ dynamisierung_grundlage }}.",
        )
    with when(document, "kontingent_fls"):
        add(
            document,
            "Für das vereinbarte Kontingent von {{ kontingent_fls }} Fachleistungsstunden ergibt "
            "sich ein Jahresbudget von **{{ jahresbudget|euro }}**.",
        )
    add(
        document,
        "Rechtsgrundlage ist {% if regime == 'p78a' %}§ 78b Abs. 1 Nr. 2, § 78c Abs. 2 und § 78d "
        "SGB VIII{% else %}§ 77 SGB VIII{% endif %}. Abgeschlossen wurde am "
        "{{ vereinbart_am|datum }}; die Kostensätze haben den Stand: {{ satzstand }}. Das Angebot "
        "umfasst: {{ hilfearten_text|join('; ') }}.",
    )
    add(
        document,
        "Das folgende Berechnungsblatt zeigt jeden Schritt. Bitte prüfen Sie es und melden Sie "
        "Abweichungen innerhalb von zwei Wochen.",
    )
    add(document, "Mit freundlichen Grüßen")
    add(document, "{{ mandant.amt }}")


def _costs(document: Document) -> None:
    heading = add(document, "Berechnungsblatt", "Heading 1")
    heading.paragraph_format.page_break_before = True
    add(document, "A. Kosten im Jahr", "Heading 2")
    record_table(
        document,
        "Personalpositionen mit Stellenumfang und Kosten",
        "p in positionen_personal",
        [
            Column("Funktion", 48, "{{ p.funktion }}"),
            Column("Eingruppierung", 27, "{{ p.eingruppierung|angabe }}"),
            Column("Quelle", 20, "{{ p.quelle_text }}"),
            number("VZÄ", 14, "{{ p.vzae|zahl(2) }}", "{{ vzae_summe|zahl(2) }}"),
            number("je VZÄ", 27, "{{ p.jahreskosten|euro }}"),
            number("Betrag", 29, "{{ p.betrag|euro }}", "{{ personalkosten|euro }}"),
        ],
        total="Personalkosten",
    )
    with when(document, "sachkosten_art == 'einzeln'"):
        _amounts(document, "Einzelne Sachkosten", "sachkosten_einzeln", "{{ sachkosten|euro }}")
    with when(document, "zusatz_vorhanden"):
        _amounts(document, "Zusatzaufwendungen", "zusatz", "{{ zusatz_gesamt|euro }}")
    step_table(
        document,
        "Kosten im Jahr in Schritten",
        [Column("Schritt", 62, ""), Column("Rechenweg", 73, ""), number("Ergebnis", 30, "")],
        [
            ("1. Personalkosten", "Summe der Positionen", "{{ personalkosten|euro }}"),
            (
                "2. Leitung und Verwaltung",
                "{{ leitung_verwaltung_prozent|zahl(2) }} % von {{ personalkosten|euro }}",
                "{{ leitung_verwaltung|euro }}",
            ),
            (
                "3. Sachkosten",
                "{% if sachkosten_art == 'einzeln' %}Summe der Einzelkosten{% else %}"
                "{{ sachkosten_prozent|zahl(2) }} % von {{ personalkosten|euro }}{% endif %}",
                "{{ sachkosten|euro }}",
            ),
            (
                "4. Zusatzaufwendungen",
                "{% if zusatz_vorhanden %}Summe der Aufwendungen{% else %}keine{% endif %}",
                "{{ zusatz_gesamt|euro }}",
            ),
            ("Gesamtkosten!", "1 + 2 + 3 + 4", "{{ gesamtkosten|euro }}"),
        ],
    )


def _amounts(document: Document, title: str, name: str, total: str) -> None:
    record_table(
        document,
        title,
        f"p in {name}",
        [
            Column(title, 135, "{{ p.art }}"),
            number("Betrag", 30, "{{ p.betrag|euro }}", total),
        ],
        total="Summe",
    )


def _working_time(document: Document) -> None:
    add(document, "B. Netto-Jahresarbeitszeit", "Heading 2")
    step_table(
        document,
        "Netto-Jahresarbeitszeit in Schritten",
        [Column("Schritt", 62, ""), Column("Rechenweg", 73, ""), number("Ergebnis", 30, "")],
        [
            (
                "5. Arbeitstage im Jahr",
                "{{ kalendertage }} − {{ wochenendtage }} Wochenendtage − {{ feiertage }} "
                "Feiertage",
                "{{ arbeitstage_basis }} Tage",
            ),
            (
                "6. Anwesenheitstage",
                "{{ arbeitstage_basis }} − {{ urlaub }} Urlaub − {{ krankheit }} Krankheit − "
                "{{ fortbildung }} Fortbildung",
                "{{ netto_tage }} Tage",
            ),
            (
                "7. Arbeitsstunden je Tag",
                "{{ wochenstunden|zahl(2) }} h in der Woche ÷ 5",
                "{{ stunden_je_tag" + HOURS,
            ),
            (
                "8. Bereinigte Jahresarbeitszeit",
                "{{ netto_tage }} Tage × {{ stunden_je_tag" + HOURS,
                "{{ bereinigte_h" + HOURS,
            ),
            (
                "9. Berufsspezifische Minderzeiten",
                "{{ minder_beruf_prozent|zahl(2) }} % von {{ bereinigte_h" + HOURS,
                "{{ minder_beruf_h|zahl(3) }} h",
            ),
            (
                "10. Fallspezifische Minderzeiten",
                "{{ minder_fall_prozent|zahl(2) }} % von {{ bereinigte_h" + HOURS,
                "{{ minder_fall_h|zahl(3) }} h",
            ),
            ("11. Netto-Jahresarbeitszeit je VZÄ", "8 − 9 − 10", "{{ netto_h|zahl(3) }} h"),
            (
                "Netto-Jahresarbeitszeit gesamt!",
                "{{ netto_h|zahl(3) }} h × {{ vzae_summe|zahl(2) }} VZÄ",
                "{{ netto_h_gesamt|zahl(3) }} h",
            ),
        ],
    )


def _rate(document: Document) -> None:
    add(document, "C. Satz je Fachleistungsstunde", "Heading 2")
    note = add(
        document,
        "Die Werte 2 und 3 sowie der Satz sind auf Cent gerundet; alle übrigen Zwischenwerte gehen "
        "ungerundet in die Rechnung ein.",
        "Anmerkung",
    )
    keep_together(note)
    step_table(
        document,
        "Satz je Fachleistungsstunde in Schritten",
        [Column("Schritt", 62, ""), Column("Rechenweg", 73, ""), number("Ergebnis", 30, "")],
        [
            (
                "12. Fachleistungsstunden im Jahr",
                "{{ netto_h_gesamt|zahl(3) }} h × 60 ÷ {{ fls_minuten }} Minuten",
                "{{ fls_anzahl|zahl(3) }}",
            ),
            (
                "13. Satz vor Rundung",
                "{{ gesamtkosten|euro }} ÷ {{ fls_anzahl|zahl(3) }}",
                "{{ fls_satz_ungerundet|zahl(6) }} €",
            ),
            (
                "Satz je Fachleistungsstunde!",
                "kaufmännisch auf Cent gerundet",
                "{{ fls_satz|euro }}",
            ),
            ("{%tr if dynamisierung %}",),
            (
                "Satz ab {{ dynamisierung_ab|datum }}!",
                "{{ fls_satz|euro }} × (100 + {{ dynamisierung_prozent|zahl(2) }}) ÷ 100",
                "{{ fls_satz_neu|euro }}",
            ),
            ("{%tr endif %}",),
        ],
    )


def _settlement(document: Document) -> None:
    add(document, "D. Abrechnung", "Heading 2")
    add(
        document,
        "Abrechnungsmodell: {{ abrechnungsmodell_text }}. Rundung der Zeiten: "
        "{{ rundung_zeit_text }}. Fahrtkosten: {% if fahrtkosten == 'je_kilometer' %}"
        "{{ fahrtkosten_km|euro }} je Kilometer{% else %}im Satz enthalten{% endif %}.",
    )
    record_table(
        document,
        "Abrechnungsfähige Bestandteile der Fachleistungsstunde",
        "b in bestandteile",
        [
            Column("Tätigkeit", 62, "{{ b.taetigkeit }}"),
            Column("Leistung", 18, "{{ b.leistungsart_text }}"),
            Column("Abrechenbar", 24, "{{ b.abrechenbar_text }}"),
            Column("Regel", 40, or_dash("b.regel")),
            number(
                "Höchstens",
                21,
                "{% if b.deckel_minuten %}{{ b.deckel_minuten }} min{% else %}–{% endif %}",
            ),
        ],
    )
    with when(document, "anpassung_bei"):
        add(document, "Anpassung bei wesentlicher Änderung", "Heading 3")
        add(document, "{{ anpassung_bei }}")


def _closing(document: Document) -> None:
    add(
        document,
        "Die Kalkulation hat {{ einreichung.person }} für {{ traeger.name }} elektronisch "
        "eingereicht und erklärt, dass die Kosten prospektiv, wirtschaftlich und sparsam "
        "ermittelt sind. Eine Unterschrift ist nicht vorgesehen (§ 36a Abs. 2c SGB I).",
        "Anmerkung",
    )
    add_verification(document)
