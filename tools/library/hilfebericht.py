"""Hilden: report for the Hilfeplan (§ 36 SGB VIII)."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, fact_table, number, record_table
from tools.library.writing import add, each, when

COLOUR = "8C1D3B"
AREAS = (
    ("entwicklung_familie", "Familie"),
    ("entwicklung_schule", "Kindertagesbetreuung, Schule, Ausbildung"),
    ("entwicklung_gesundheit", "Gesundheit"),
    ("entwicklung_soziales", "Soziales und Freizeit"),
    ("entwicklung_wohnen", "Wohnen"),
    ("entwicklung_finanzen", "Finanzen"),
)


def build() -> Document:
    """Return the template."""
    document = new_document("Hilfebericht", COLOUR)
    set_page_frames(document, "hilden", COLOUR, letter=False)
    _head(document)
    _goals(document)
    _development(document)
    _recommendation(document)
    _conversation(document)
    _closing(document)
    return document


def _head(document: Document) -> None:
    add(document, "Hilfebericht", "Title")
    add(document, "{{ berichtsart_text }} · Aktenzeichen {{ aktenzeichen }}", "Subtitle")
    fact_table(
        document,
        "Angaben zur Hilfe",
        [
            ("{%tr if junger_mensch %}", ""),
            ("Junger Mensch", "{{ junger_mensch }}"),
            ("{%tr endif %}", ""),
            ("Hilfeart", "{{ hilfeart_text }}"),
            ("{%tr if einrichtung_text %}", ""),
            (
                "Einrichtung",
                "{{ einrichtung.name }}{% if einrichtung.ort %}, {{ einrichtung.ort }}{% endif %}",
            ),
            ("{%tr endif %}", ""),
            ("{%tr if zustaendig_text %}", ""),
            ("Zuständig im Jugendamt", "{{ zustaendig_text }}"),
            ("{%tr endif %}", ""),
            ("Berichtszeitraum", "{{ zeitraum_von|datum }} bis {{ zeitraum_bis|datum }}"),
            ("{%tr if hpg_am %}", ""),
            (
                "Hilfeplangespräch",
                "{{ hpg_am|datum }}, Bericht fällig am {{ faellig_am|datum }}",
            ),
            ("{%tr endif %}", ""),
            ("Träger", "{{ traeger.name }}, {{ traeger.strasse }}, {{ traeger.plz_ort }}"),
            ("Bericht von", "{{ einreichung.person }}"),
            ("{%tr if beteiligte %}", ""),
            ("Weitere Beteiligte", "{{ beteiligte }}"),
            ("{%tr endif %}", ""),
        ],
    )
    with when(document, "kontakte"):
        add(document, "Kontakte im Berichtszeitraum", "Heading 1")
        record_table(
            document,
            "Kontakte im Berichtszeitraum",
            "k in kontakte",
            [
                Column("Art des Kontakts", 105, "{{ k.art|angabe }}"),
                number("Anzahl", 25, "{{ k.anzahl }}", "{{ kontakte_summe.anzahl }}"),
                number(
                    "Stunden", 35, "{{ k.stunden|zahl(2) }}", "{{ kontakte_summe.stunden|zahl(2) }}"
                ),
            ],
            total="Zusammen",
        )


def _goals(document: Document) -> None:
    add(document, "Ziele aus dem Hilfeplan", "Heading 1")
    with each(document, "z in ziele"):
        add(document, "{{ z.ziel }}", "Heading 2")
        fact_table(
            document,
            "Stand und Sichtweisen zu einem Ziel",
            [
                (
                    "Stand",
                    "**{{ z.stand_text }}**{% if z.grund %} ({{ z.grund }}){% endif %}",
                ),
                ("{%tr if z.indikator %}", ""),
                ("Erkennbar an", "{{ z.indikator }}"),
                ("{%tr endif %}", ""),
                ("{%tr if z.sicht_familie %}", ""),
                ("Sicht der Familie", "{{ z.sicht_familie }}"),
                ("{%tr endif %}", ""),
                ("{%tr if z.sicht_kind %}", ""),
                ("Sicht des jungen Menschen", "{{ z.sicht_kind }}"),
                ("{%tr endif %}", ""),
                ("{%tr if z.sicht_fachkraft %}", ""),
                ("Sicht der Fachkraft", "{{ z.sicht_fachkraft }}"),
                ("{%tr endif %}", ""),
            ],
        )


def _development(document: Document) -> None:
    add(document, "Entwicklung", "Heading 1")
    for key, title in AREAS:
        _optional(document, key, title)
    add(document, "Ressourcen", "Heading 2")
    add(document, "{{ ressourcen }}")
    _optional(document, "risiken", "Risiken und Belastungen")
    _optional(document, "teilhabe", "Inklusion und Teilhabe")
    add(document, "Kinderschutz", "Heading 2")
    add(
        document,
        "Gewichtige Anhaltspunkte für eine Gefährdung im Berichtszeitraum: {{ anhaltspunkte_text }}"
        "{% if anhaltspunkte_grund %} ({{ anhaltspunkte_grund }}){% endif %}."
        "{% if anhaltspunkte == 'ja' %} Das Verfahren nach § 8a SGB VIII ist getrennt "
        "dokumentiert.{% endif %}",
    )


def _optional(document: Document, key: str, title: str) -> None:
    with when(document, key):
        add(document, title, "Heading 2")
        add(document, f"{{{{ {key} }}}}")


def _recommendation(document: Document) -> None:
    add(document, "Empfehlung", "Heading 1")
    add(
        document,
        "**{{ empfehlung_text }}**{% if umfang_fls %}, vorgeschlagener Umfang: "
        "{{ umfang_fls|zahl(2) }} Fachleistungsstunden je Woche{% endif %}"
        "{% if ende_der_hilfe %}, vorgeschlagenes Ende: {{ ende_der_hilfe|datum }}{% endif %}.",
    )
    with when(document, "empfehlung_begruendung"):
        add(document, "{{ empfehlung_begruendung }}")
    with when(document, "empfehlung == 'beenden'"):
        add(document, "Bewertung zum Abschluss", "Heading 2")
        add(document, "{{ abschluss_bewertung }}")
        add(document, "Ansprechstellen nach der Hilfe: {{ nachbetreuung|angabe }}.")


def _conversation(document: Document) -> None:
    add(document, "Besprechung mit der Familie", "Heading 1")
    with when(document, "besprochen == 'ja'"):
        add(
            document,
            "Der Bericht wurde am {{ besprochen_am|datum }} besprochen mit: "
            "{{ besprochen_mit_text|liste }}.",
        )
    with when(document, "besprochen != 'ja'"):
        add(document, "Der Bericht wurde noch nicht besprochen. {{ nicht_besprochen_grund }}")
    _optional(document, "dissens", "Unterschiedliche Sichtweisen")
    _optional(document, "stellungnahme_familie", "Stellungnahme der Familie")


def _closing(document: Document) -> None:
    add(
        document,
        "{{ einreichung.person }} hat den Bericht am {{ einreichung.eingang|datum }} für "
        "{{ traeger.name }} elektronisch eingereicht ({{ einreichung.nummer }}). Eine Unterschrift "
        "ist nicht vorgesehen (§ 36a Abs. 2c SGB I). Der Bericht enthält Sozialdaten und darf nur "
        "an die am Hilfeplan Beteiligten weitergegeben werden (§§ 64, 65 SGB VIII).",
        "Anmerkung",
    )
    add_verification(document)
