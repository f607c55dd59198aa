"""Verbund around Eschborn: proof of how a grant was used, as the Träger's letter."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_address_field, add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, number, record_table, step_table
from tools.library.writing import add, when

COLOUR = "2D6A2E"


def build() -> Document:
    """Return the template."""
    document = new_document("Verwendungsnachweis", COLOUR)
    set_page_frames(document, "eschborn-verbund", COLOUR, letter=True)
    _letter(document)
    _report(document)
    _positions(document)
    _lists(document)
    _in_kind(document)
    _result(document)
    _closing(document)
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
            ("Nummer", "{{ dokument.nummer }}"),
            ("Bescheid", "{{ bescheid_nummer }} vom {{ bescheid_datum|datum }}"),
            ("Zeitraum", "{{ zeitraum_von|datum }} – {{ zeitraum_bis|datum }}"),
            ("Vorlage bis", "{{ vorlagefrist|datum }}"),
            ("Eingang", "{{ einreichung.nummer }} vom {{ einreichung.eingang|datum }}"),
            ("Datum", "{{ dokument.datum|datum }}"),
        ],
    )
    add(document, "Verwendungsnachweis: {{ zweck }}", "Betreff")
    add(document, "Sehr geehrte Damen und Herren,")
    add(
        document,
        "hiermit weisen wir die Verwendung der Zuwendung nach (Zuwendungsgeber: "
        "{{ zuwendungsgeber }}), die mit Bescheid vom {{ bescheid_datum|datum }} als "
        "{{ finanzierungsart_text }}"
        "{% if anteil_prozent %} ({{ anteil_prozent|zahl(2) }} %){% endif %} bewilligt und mit "
        "**{{ zuwendung|euro }}** ausgezahlt worden ist. Am Verbund "
        "{% if anzahl_kommunen == 1 %}ist eine Kommune{% else %}sind {{ anzahl_kommunen }} "
        "Kommunen{% endif %} beteiligt:",
    )
    record_table(
        document,
        "Beteiligte Kommunen",
        "k in kommunen",
        [
            Column("Kommune", 75, "{{ k.kommune }}"),
            Column("Mitglied seit", 35, "{{ k.beitritt|datum }}"),
            Column("Beitrag", 55, "{{ k.beitrag_text }}"),
        ],
    )
    add(
        document,
        "{% if rueckzahlung > 0 %}Nach der Abrechnung sind **{{ rueckzahlung|euro }}** "
        "zurückzuzahlen{% if rueckzahlung_am %}; den Betrag haben wir am "
        "{{ rueckzahlung_am|datum }} angewiesen{% endif %}.{% else %}Nach der Abrechnung ist "
        "nichts zurückzuzahlen.{% endif %}",
    )
    add(document, "Mit freundlichen Grüßen")
    add(document, "{{ traeger.name }}, {{ traeger.vertreten_durch }}")


def _report(document: Document) -> None:
    heading = add(document, "1. Sachbericht", "Heading 1")
    heading.paragraph_format.page_break_before = True
    add(document, "{{ sachbericht }}")
    with when(document, "plaetze_ziel"):
        add(
            document,
            "Angeboten wurden {{ plaetze_geprueft }} geprüfte Plätze"
            "{% if plaetze_ungeprueft %} und {{ plaetze_ungeprueft }} noch ungeprüfte Plätze"
            "{% endif %}. Die geprüften Plätze erfüllen die Zielvorgabe von {{ plaetze_ziel }} "
            "Plätzen zu {{ plaetze_quote|zahl(1) }} %.",
        )


def _positions(document: Document) -> None:
    add(document, "2. Zahlenmäßiger Nachweis", "Heading 1")
    add(document, "2.1 Ausgaben nach Positionen", "Heading 2")
    record_table(
        document,
        "Ausgaben nach Positionen, Plan und Ist",
        "p in positionen",
        [
            Column("Position", 61, "{{ p.position }}"),
            number("Plan", 27, "{{ p.plan|euro }}", "{{ ausgaben_plan|euro }}"),
            number("Tatsächlich", 27, "{{ p.ist|euro }}", "{{ ausgaben_gesamt|euro }}"),
            number(
                "Differenz", 27, "{{ p.differenz|euro }}", "{{ positionen_summe.differenz|euro }}"
            ),
            number(
                "Abweichung",
                23,
                "{% if p.abweichung_prozent is none %}–{% else %}"
                "{{ p.abweichung_prozent|zahl(1) }} %{% endif %}",
            ),
        ],
        total="Zusammen",
    )
    add(
        document,
        "Abweichungen von mehr als {{ schwelle_prozent }} % je Position sind zu begründen:",
    ).paragraph_format.keep_with_next = True
    add(document, "{%p for p in positionen if p.begruendung_noetig %}")
    add(
        document,
        "**{{ p.position }}** ({{ p.abweichung_prozent|zahl(1) }} %): {{ p.begruendung }}",
        "List Bullet",
    )
    add(document, "{%p else %}")
    add(document, "Keine Position weicht so weit vom Plan ab.")
    add(document, "{%p endfor %}")


def _lists(document: Document) -> None:
    add(document, "2.2 Einnahmen", "Heading 2")
    record_table(
        document,
        "Einnahmen",
        "e in einnahmen",
        [
            Column("Datum", 20, "{{ e.datum|datum }}"),
            Column("Von", 42, "{{ e.einzahler }}"),
            Column("Grund", 45, "{{ e.grund }}"),
            Column("Art", 32, "{{ e.art_text }}"),
            number("Betrag", 26, "{{ e.betrag|euro }}", "{{ einnahmen_gesamt|euro }}"),
        ],
        total="Summe",
    )
    add(document, "2.3 Belegliste der Ausgaben", "Heading 2")
    record_table(
        document,
        "Belegliste der Ausgaben",
        "a in ausgaben",
        [
            Column("Beleg", 14, "{{ a.beleg_nr }}"),
            Column("Datum", 20, "{{ a.datum|datum }}"),
            Column("Empfänger", 36, "{{ a.empfaenger }}"),
            Column("Grund", 33, "{{ a.grund }}"),
            Column("Position", 36, "{{ a.position }}"),
            number("Betrag", 26, "{{ a.betrag|euro }}", "{{ belege_gesamt|euro }}"),
        ],
        total="Summe",
    )


def _in_kind(document: Document) -> None:
    with when(document, "sachleistungen or eigenarbeit"):
        add(document, "2.4 Sachleistungen und Eigenarbeit (nachrichtlich)", "Heading 2")
        add(
            document,
            "Die folgenden Leistungen gehen nicht in die Abrechnung ein.",
        ).paragraph_format.keep_with_next = True
    with when(document, "sachleistungen"):
        record_table(
            document,
            "Sachleistungen",
            "s in sachleistungen",
            [
                Column("Sachleistung", 75, "{{ s.art }}"),
                Column("Geber", 60, "{{ s.geber }}"),
                number("Wert", 30, "{{ s.wert|euro }}", "{{ sachleistungen_gesamt|euro }}"),
            ],
            total="Summe",
        )
    with when(document, "eigenarbeit"):
        record_table(
            document,
            "Ehrenamtliche Eigenarbeit",
            "e in eigenarbeit",
            [
                Column("Ehrenamtliche Eigenarbeit", 75, "{{ e.taetigkeit }}"),
                number(
                    "Stunden",
                    30,
                    "{{ e.stunden|zahl(2) }}",
                    "{{ eigenarbeit_summe.stunden|zahl(2) }}",
                ),
                number("Satz", 30, "{{ e.satz|euro }}"),
                number("Wert", 30, "{{ e.wert|euro }}", "{{ eigenarbeit_gesamt|euro }}"),
            ],
            total="Summe",
        )


def _result(document: Document) -> None:
    add(document, "3. Abrechnung der Zuwendung", "Heading 1")
    step_table(
        document,
        "Abrechnung der Zuwendung in Schritten",
        [Column("Schritt", 67, ""), Column("Rechenweg", 68, ""), number("Betrag", 30, "")],
        [
            ("Ausgaben", "Summe der Positionen", "{{ ausgaben_gesamt|euro }}"),
            (
                "Einnahmen ohne Zuwendung",
                "{{ einnahmen_gesamt|euro }} − {{ zuwendung_gebucht|euro }}",
                "{{ einnahmen_ohne_zuwendung|euro }}",
            ),
            ("Fehlbedarf", "Ausgaben − Einnahmen ohne Zuwendung", "{{ fehlbedarf|euro }}"),
            ("Ausgezahlte Zuwendung", "laut Bescheid", "{{ zuwendung|euro }}"),
            (
                "Zustehende Zuwendung",
                "{{ finanzierungsart_text }}"
                "{% if anteil_prozent %}: {{ anteil_prozent|zahl(2) }} % der Ausgaben{% endif %}, "
                "höchstens die Zuwendung",
                "{{ zuwendung_zustehend|euro }}",
            ),
            (
                "Nicht verbrauchte Zuwendung",
                "{{ zuwendung|euro }} − {{ zuwendung_zustehend|euro }}",
                "{{ rueckzahlung_rechnerisch|euro }}",
            ),
            ("Rückzahlung!", "Bagatellgrenze {{ bagatellgrenze|euro }}", "{{ rueckzahlung|euro }}"),
        ],
    )


def _closing(document: Document) -> None:
    add(document, "4. Bestätigung", "Heading 1")
    add(
        document,
        "Die Ausgaben waren notwendig, wirtschaftlich und sparsam. Die Angaben stimmen mit den "
        "Büchern und Belegen überein. Die Originalbelege werden fünf Jahre nach Vorlage dieses "
        "Nachweises aufbewahrt.",
    )
    add(
        document,
        "Elektronisch bestätigt von {{ einreichung.person }} für {{ traeger.name }} am "
        "{{ einreichung.eingang|datum }}. Eine Unterschrift ist nicht vorgesehen (§ 36a Abs. 2c "
        "SGB I).",
        "Anmerkung",
    )
    add_verification(document)
