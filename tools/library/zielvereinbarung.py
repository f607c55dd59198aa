"""Herne: voluntary goals agreed between a Kindertagespflegeperson and the Fachberatung."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, fact_table, record_table
from tools.library.writing import add, each, when

COLOUR = "0B5D58"


def build() -> Document:
    """Return the template."""
    document = new_document("Zielvereinbarung Kindertagespflege", COLOUR)
    set_page_frames(document, "herne", COLOUR, letter=False)
    _head(document)
    _review(document)
    _goals(document)
    _closing(document)
    return document


def _head(document: Document) -> None:
    add(document, "Zielvereinbarung", "Title")
    add(document, "{{ ktpp_name }} und Fachberatung · {{ traeger.name }}", "Subtitle")
    fact_table(
        document,
        "Beteiligte und Zeitraum",
        [
            ("Kindertagespflegeperson", "{{ ktpp_name }}"),
            (
                "Betreuungsform",
                "{{ betreuungsform_text }}{% if stadtbezirk %}, {{ stadtbezirk }}{% endif %}",
            ),
            ("Fachberatung", "{{ fachberatung_name }}, {{ traeger.name }}"),
            ("Anlass", "{{ anlass_text }}, Gespräch am {{ gespraech_am|datum }}"),
            (
                "Zeitraum",
                "{{ zeitraum_beginn|datum }} bis {{ zeitraum_ende|datum }} "
                "({{ zeitraum_tage }} Tage)",
            ),
            ("Zwischenbilanz", "{{ zwischenbilanz_am|datum }}"),
        ],
    )
    add(
        document,
        "Diese Vereinbarung hält fest, woran beide Seiten in den nächsten Monaten arbeiten. Sie "
        "ist "
        "freiwillig, dient der Qualität in der Kindertagespflege (§§ 22a, 23, 79a SGB VIII) und "
        "hat "
        "keine Folgen für die Erlaubnis oder die laufende Geldleistung.",
    )


def _review(document: Document) -> None:
    with when(document, "rueckblick or gelungen"):
        add(document, "Rückblick", "Heading 1")
    with when(document, "rueckblick"):
        record_table(
            document,
            "Rückblick auf die letzte Zielvereinbarung",
            "r in rueckblick",
            [
                Column("Ziel der letzten Vereinbarung", 95, "{{ r.ziel }}"),
                Column("Stand", 35, "{{ r.stand_text }}"),
                Column(
                    "Weitergeführt",
                    35,
                    "{% if r.weiterfuehren is none %}–{% else %}"
                    "{{ r.weiterfuehren|ja_nein }}{% endif %}",
                ),
            ],
        )
    with when(document, "gelungen"):
        add(document, "**Gut gelungen ist:** {{ gelungen }}")


def _goals(document: Document) -> None:
    add(
        document,
        "{% if anzahl_ziele == 1 %}Vereinbartes Ziel{% else %}Vereinbarte Ziele{% endif %}",
        "Heading 1",
    )
    with each(document, "z in ziele"):
        add(document, "{{ z.bereich_text }}", "Heading 2")
        fact_table(
            document,
            "Vereinbartes Ziel",
            [
                ("Ziel", "**{{ z.ziel }}**"),
                ("Erkennbar an", "{{ z.indikator }}"),
                ("Nächste Schritte", "{{ z.massnahme }}"),
                ("Unterstützung", "{{ z.unterstuetzung|default('nicht vereinbart', true) }}"),
                ("Termin und Status", "{{ z.termin|datum }} · {{ z.status_text }}"),
            ],
        )
    with when(document, "fortbildungswuensche"):
        add(document, "Fortbildung", "Heading 1")
        add(document, "Gewünscht werden Fortbildungen zu:").paragraph_format.keep_with_next = True
        with each(document, "wunsch in fortbildungswuensche_text"):
            add(document, "{{ wunsch }}", "List Bullet")


def _closing(document: Document) -> None:
    add(document, "Bestätigung", "Heading 1")
    add(
        document,
        "Beide Seiten haben den Text gelesen und bestätigt. Bei der Zwischenbilanz am "
        "{{ zwischenbilanz_am|datum }} besprechen sie, was erreicht ist, und passen die Ziele an, "
        "wenn es nötig ist. Der letzte vereinbarte Termin ist der {{ letzter_termin|datum }}.",
    )
    fact_table(
        document,
        "Bestätigungen",
        [
            ("Kindertagespflegeperson", "{{ ktpp_name }}: {{ bestaetigung_ktpp|ja_nein }}"),
            ("Fachberatung", "{{ fachberatung_name }}: {{ bestaetigung_fachberatung|ja_nein }}"),
            (
                "Eingereicht",
                "am {{ einreichung.eingang|datum }} von {{ einreichung.person }}, "
                "{{ einreichung.nummer }}",
            ),
        ],
    )
    add(document, "Eine Unterschrift ist nicht vorgesehen.", "Anmerkung")
    add_verification(document)
