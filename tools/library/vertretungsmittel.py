"""Stuttgart: a Großtagespflegestelle asks for means to have somebody stand in."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_address_field, add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, fact_table, number, record_table
from tools.library.writing import add, keep_together, when

COLOUR = "5C2650"


def build() -> Document:
    """Return the template."""
    document = new_document("Antrag auf Vertretungsmittel", COLOUR)
    set_page_frames(document, "stuttgart", COLOUR, letter=True)
    _letter(document)
    _stand_in(document)
    _costs(document)
    _closing(document)
    return document


def _letter(document: Document) -> None:
    add_address_field(
        document,
        "{{ gtp }} · {{ anschrift.strasse }} · {{ anschrift.plz }} {{ anschrift.ort }}",
        [
            "{{ mandant.name }}",
            "{{ mandant.amt }}",
            "{{ mandant.strasse }}",
            "{{ mandant.plz_ort }}",
        ],
        [
            ("Nummer", "{{ dokument.nummer }}"),
            ("Eingang", "{{ einreichung.nummer }}"),
            ("am", "{{ einreichung.eingang|datum }}"),
            ("Ansprechp.", "{{ sprecherin }}"),
        ],
    )
    add(document, "Antrag auf zweckgebundene Mittel für Vertretung", "Betreff")
    add(document, "Sehr geehrte Damen und Herren,")
    add(
        document,
        "für die Großtagespflegestelle „{{ gtp }}“ beantragen wir vom {{ zeitraum.von|datum }} bis "
        "{{ zeitraum.bis|datum }} **{{ beantragt|euro }}**, damit bei Ausfallzeiten eine andere "
        "Betreuung gesichert ist (§ 23 Abs. 4 Satz 2 SGB VIII).",
    )
    record_table(
        document,
        "Kindertagespflegepersonen",
        "p in ktpp",
        [
            Column("Kindertagespflegeperson", 62, "{{ p.name }}"),
            Column("Pflegeerlaubnis bis", 43, "{{ p.erlaubnis_bis|datum }}"),
            Column("Fachkraft", 30, "{{ p.fachkraft|ja_nein }}"),
            number("Plätze", 30, "{{ p.plaetze }}", "{{ ktpp_summe.plaetze }}"),
        ],
        total="Zusammen",
    )
    add(
        document,
        "Betreut werden bis zu {{ plaetze_gleichzeitig }} Kinder gleichzeitig (zulässig "
        "{{ grenze_gleichzeitig }}), angemeldet sind {{ kinder_angemeldet }} (zulässig "
        "{{ grenze_insgesamt }}; {{ profil_text }}).",
    )


def _stand_in(document: Document) -> None:
    add(document, "Vertretung", "Heading 2")
    fact_table(
        document,
        "Vertretung",
        [
            ("Modell", "{{ modell_text }}, {{ vertrag_text }}"),
            (
                "Vertretungsperson",
                "{{ person|angabe }}{% if eignung_am %}, Eignung geprüft am "
                "{{ eignung_am|datum }}{% endif %}",
            ),
            ("Eigene Pflegeerlaubnis", "{{ eigene_erlaubnis|ja_nein }}"),
            (
                "Stunden im Monat",
                "{{ stunden_monat|stunden }}, davon Kontaktzeit {{ kontaktzeit|stunden }}",
            ),
            ("Vertretungskonzept", "{{ konzept_text }}"),
        ],
    )


def _costs(document: Document) -> None:
    add(document, "Kosten", "Heading 2")
    record_table(
        document,
        "Beantragte Kosten",
        "k in kosten",
        [
            Column("Wofür", 75, "{{ k.art }}"),
            number("Betrag", 30, "{{ k.betrag|euro }}"),
            Column("Rhythmus", 28, "{{ k.rhythmus_text }}"),
            number("Im Zeitraum", 32, "{{ k.betrag_gesamt|euro }}", "{{ beantragt|euro }}"),
        ],
        total="Für {{ monate }} Monate zusammen",
    )
    with when(document, "erlaubt_bis < zeitraum.bis"):
        add(
            document,
            "Hinweis: Alle Pflegeerlaubnisse zusammen gelten nur bis {{ erlaubt_bis|datum }}; der "
            "Zeitraum ist nicht vollständig gedeckt.",
        )


def _closing(document: Document) -> None:
    add(
        document,
        "Weitere Mittel für denselben Zweck: {% if doppelfoerderung %}{{ doppelfoerderung_text }}"
        "{% else %}keine{% endif %}. Bitte zahlen Sie auf das Konto {{ iban|iban_maskiert }} aus. "
        "Wir verwenden die Mittel nur für die Vertretung bei Ausfallzeiten und zahlen zurück, was "
        "nicht verbraucht wird.",
    )
    keep_together(add(document, "Mit freundlichen Grüßen"))
    add(document, "{{ sprecherin }} für {{ gtp }}")
    add(
        document,
        "Elektronisch eingereicht von {{ einreichung.person }}. Eine Unterschrift ist nicht "
        "vorgesehen (§ 36a Abs. 2c SGB I).",
        "Anmerkung",
    )
    add_verification(document)
