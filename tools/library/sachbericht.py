"""Stuttgart: a Träger's yearly report on its Fachberatung."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, fact_table, number, record_table, step_table
from tools.library.writing import add, or_dash, when

COLOUR = "5C2650"


def build() -> Document:
    """Return the template."""
    document = new_document("Jährlicher Sachbericht der Fachberatung", COLOUR)
    set_page_frames(document, "stuttgart", COLOUR, letter=False)
    _head(document)
    _people(document)
    _children(document)
    _work(document)
    _courses(document)
    _quality(document)
    _goals(document)
    _closing(document)
    return document


def _head(document: Document) -> None:
    add(document, "Sachbericht {{ berichtsjahr }}", "Title")
    add(document, "Fachberatung Kindertagespflege · {{ traeger.name }}", "Subtitle")
    fact_table(
        document,
        "Angaben zum Bericht",
        [
            ("Träger", "{{ traeger.name }}, {{ traeger.strasse }}, {{ traeger.plz_ort }}"),
            ("Vertreten durch", "{{ traeger.vertreten_durch }}"),
            ("Einzugsgebiet", "{{ einzugsgebiet }}"),
            ("Berichtszeitraum", "01.01.{{ berichtsjahr }} bis 31.12.{{ berichtsjahr }}"),
            ("Eingang", "{{ einreichung.nummer }} am {{ einreichung.eingang|datum }}"),
        ],
    )
    add(document, "1. Stellen der Fachberatung", "Heading 1")
    record_table(
        document,
        "Stellen der Fachberatung",
        "s in stellen",
        [
            Column("Funktion", 95, "{{ s.funktion }}"),
            number(
                "VZÄ Soll", 35, "{{ s.vzae_soll|zahl(2) }}", "{{ stellen_summe.vzae_soll|zahl(2) }}"
            ),
            number(
                "VZÄ Ist am 31.12.",
                35,
                "{{ s.vzae_ist|zahl(2) }}",
                "{{ stellen_summe.vzae_ist|zahl(2) }}",
            ),
        ],
        total="Zusammen",
    )
    add(
        document,
        "Auf eine besetzte Vollzeitstelle kommen {{ betreuungsschluessel|zahl(1) }} "
        "Kindertagespflegepersonen.",
    )


def _people(document: Document) -> None:
    add(document, "2. Kindertagespflegepersonen", "Heading 1")
    step_table(
        document,
        "Bestand der Kindertagespflegepersonen",
        [Column("Bestand", 130, ""), number("Personen", 35, "")],
        [
            ("Bestand am 1. Januar", "{{ bestand_anfang }}"),
            ("Zugänge", "+ {{ zugaenge }}"),
            ("Abgänge", "− {{ abgaenge }}"),
            ("Rechnerischer Bestand am 31. Dezember", "{{ bestand_rechnerisch }}"),
            ("Gemeldeter Bestand am 31. Dezember!", "{{ bestand_ende }}"),
        ],
    )
    with when(document, "bestand_begruendung"):
        add(
            document,
            "**Abweichung um {{ bestand_abweichung }}:** {{ bestand_begruendung }}",
        )
    with when(document, "abgangsgruende"):
        add(document, "Häufigste Gründe für Abgänge: {{ abgangsgruende }}.")
    step_table(
        document,
        "Kindertagespflegepersonen nach Betreuungsform",
        [Column("Betreuungsform am 31. Dezember", 130, ""), number("Personen", 35, "")],
        [
            ("Im Haushalt der Kindertagespflegeperson", "{{ form_eigener_haushalt }}"),
            ("Im Haushalt der Eltern", "{{ form_haushalt_eltern }}"),
            ("In anderen geeigneten Räumen", "{{ form_andere_raeume }}"),
            ("In Großtagespflege", "{{ form_grosstagespflege }}"),
            ("Zusammen!", "{{ form_gesamt }}"),
        ],
    )


def _children(document: Document) -> None:
    add(document, "3. Kinder und Betreuungsumfang", "Heading 1")
    step_table(
        document,
        "Kinder nach Alter",
        [Column("Alter am 31. Dezember", 130, ""), number("Kinder", 35, "")],
        [
            ("Unter einem Jahr", "{{ kinder_u1 }}"),
            ("Ein Jahr bis unter zwei Jahre", "{{ kinder_1_2 }}"),
            ("Zwei bis unter drei Jahre", "{{ kinder_2_3 }}"),
            ("Drei bis unter sechs Jahre", "{{ kinder_3_6 }}"),
            ("Sechs Jahre und älter", "{{ kinder_ab6 }}"),
            ("Zusammen!", "{{ kinder_gesamt }}"),
        ],
    )
    step_table(
        document,
        "Kinder nach Betreuungsumfang",
        [Column("Betreuungsumfang je Woche", 130, ""), number("Kinder", 35, "")],
        [
            ("Bis 15 Stunden", "{{ umfang_15 }}"),
            ("16 bis 25 Stunden", "{{ umfang_25 }}"),
            ("26 bis 35 Stunden", "{{ umfang_35 }}"),
            ("Mehr als 35 Stunden", "{{ umfang_ueber35 }}"),
            ("Zusammen!", "{{ umfang_gesamt }}"),
        ],
    )
    add(
        document,
        "Im Durchschnitt betreut eine Kindertagespflegeperson {{ kinder_je_person|zahl(2) }} "
        "Kinder.",
    )


def _work(document: Document) -> None:
    add(document, "4. Vermittlung, Beratung und Begleitung", "Heading 1")
    add(
        document,
        "Von {{ anfragen }} Anfragen von Eltern wurden {{ vermittelt }} erfolgreich vermittelt"
        "{% if vermittlungsquote is not none %}; das sind {{ vermittlungsquote|zahl(1) }} %"
        "{% endif %}. Die Fachberatung machte "
        "{{ hausbesuche }} Hausbesuche ({{ hausbesuche_je_person|zahl(2) }} je "
        "Kindertagespflegeperson) und begleitete {{ hospitationen }} Hospitationen.",
    )
    record_table(
        document,
        "Beratungen nach Thema",
        "b in beratungen",
        [
            Column("Thema der Beratung", 84, "{{ b.thema }}"),
            number(
                "Persönlich", 23, "{{ b.persoenlich }}", "{{ beratungen_summe.persoenlich|zahl }}"
            ),
            number(
                "Telefon, Video",
                31,
                "{{ b.telefonisch }}",
                "{{ beratungen_summe.telefonisch|zahl }}",
            ),
            number("Zusammen", 27, "{{ b.zusammen }}", "{{ beratungen_summe.zusammen|zahl }}"),
        ],
        total="Zusammen",
    )
    add(document, "Vertretung", "Heading 2")
    add(
        document,
        "In {{ vertretung_faelle }} Fällen fiel eine Kindertagespflegeperson mit Vertretungsbedarf "
        "aus, zusammen an {{ vertretung_tage }} Tagen. {{ vertretung_geloest }} Ausfälle konnten "
        "vertreten werden, {{ vertretung_ungeloest }} nicht.",
    )


def _courses(document: Document) -> None:
    add(document, "5. Qualifizierung und Fortbildung", "Heading 1")
    with when(document, "kurse"):
        record_table(
            document,
            "Qualifizierungskurse",
            "k in kurse",
            [
                Column("Kurs", 50, "{{ k.kurs }}"),
                number("UE", 12, "{{ k.umfang }}"),
                Column("Beginn", 22, "{{ k.beginn|datum }}"),
                Column("Stand", 26, "{{ k.stand_text }}"),
                number(
                    "Start",
                    15,
                    "{{ k.teilnehmende_start }}",
                    "{{ kurse_summe.teilnehmende_start }}",
                ),
                number(
                    "Ende",
                    15,
                    or_dash("k.teilnehmende_ende"),
                    "{{ kurse_summe.teilnehmende_ende }}",
                ),
                number(
                    "Zertifikate",
                    25,
                    or_dash("k.zertifikate"),
                    "{{ kurse_summe.zertifikate }}",
                ),
            ],
            total="Teilnehmende zusammen",
        )
    with when(document, "not kurse"):
        add(document, "Im Berichtsjahr gab es keinen Qualifizierungskurs.")
    with when(document, "fortbildungen"):
        record_table(
            document,
            "Fortbildungen",
            "f in fortbildungen",
            [
                Column("Fortbildung", 110, "{{ f.thema }}"),
                number("UE", 20, "{{ f.umfang }}"),
                number(
                    "Teilnehmende",
                    35,
                    "{{ f.teilnehmende }}",
                    "{{ fortbildungen_summe.teilnehmende }}",
                ),
            ],
            total="Zusammen",
        )


def _quality(document: Document) -> None:
    add(document, "6. Inklusion, Eltern, Kinderschutz und Öffentlichkeit", "Heading 1")
    add(
        document,
        "In der Kindertagespflege wurden {{ inklusion_kinder }} Kinder mit Behinderung oder "
        "drohender Behinderung betreut. {{ inklusion_massnahmen }}",
    )
    add(
        document,
        "Es fanden {{ eltern_veranstaltungen }} Veranstaltungen mit Eltern statt. "
        "{% if ruecklaufquote is not none %}Von {{ fragebogen_ausgegeben }} Elternfragebögen kamen "
        "{{ fragebogen_gueltig }} gültig zurück; die Rücklaufquote beträgt "
        "{{ ruecklaufquote|zahl(1) }} %.{% else %}Eine Elternbefragung fand nicht "
        "statt.{% endif %}",
    )
    add(
        document,
        "Insoweit erfahrene Fachkräfte berieten {{ ief_beratungen }}-mal; "
        "{{ gefaehrdungsmeldungen }}-mal wurde das Jugendamt nach § 8a SGB VIII informiert.",
    )
    with when(document, "oeffentlichkeitsarbeit"):
        add(document, "Öffentlichkeitsarbeit", "Heading 2")
        record_table(
            document,
            "Öffentlichkeitsarbeit",
            "o in oeffentlichkeitsarbeit",
            [
                Column("Maßnahme", 75, "{{ o.massnahme }}"),
                Column("Zeitpunkt", 30, "{{ o.zeitpunkt }}"),
                Column("Ergebnis", 60, or_dash("o.ergebnis")),
            ],
        )


def _goals(document: Document) -> None:
    add(document, "7. Ziele und Bewertung", "Heading 1")
    with when(document, "ziele_vorjahr"):
        add(document, "Ziele des Berichtsjahres", "Heading 2")
        record_table(
            document,
            "Ziele des Berichtsjahres",
            "z in ziele_vorjahr",
            [
                Column("Ziel", 70, "{{ z.ziel }}"),
                Column("Stand", 33, "{{ z.erreicht_text }}"),
                Column("Erläuterung", 62, or_dash("z.kommentar")),
            ],
        )
    add(document, "Ziele des Folgejahres", "Heading 2")
    record_table(
        document,
        "Ziele des Folgejahres",
        "z in ziele_folgejahr",
        [
            Column("Ziel", 78, "{{ z.ziel }}"),
            Column("Messgröße", 62, "{{ z.messgroesse }}"),
            Column("Termin", 25, "{{ z.termin|datum }}"),
        ],
    )
    add(document, "Fachliche Bewertung", "Heading 2")
    add(document, "{{ bewertung }}")
    with when(document, "unterstuetzungsbedarf"):
        add(document, "Unterstützungsbedarf", "Heading 2")
        add(document, "{{ unterstuetzungsbedarf }}")


def _closing(document: Document) -> None:
    add(
        document,
        "{{ einreichung.person }} hat den Bericht am {{ einreichung.eingang|datum }} für "
        "{{ traeger.name }} elektronisch bestätigt und erklärt, dass er keine Angaben enthält, aus "
        "denen einzelne Personen erkennbar sind. Eine Unterschrift ist nicht vorgesehen "
        "(§ 36a Abs. 2c SGB I).",
        "Anmerkung",
    )
    add_verification(document)
