"""Wiesbaden: agreement of several Fachdienste with tasks, decisions, money and term."""

from __future__ import annotations

from docx.document import Document

from tools.library.letterhead import add_verification, set_page_frames
from tools.library.page import new_document
from tools.library.tables import Column, matrix_table, number, record_table
from tools.library.writing import add, clause, each, keep_together, or_dash, slot, when

COLOUR = "16497F"


def build() -> Document:
    """Return the template."""
    document = new_document("Kooperationsvereinbarung Kindertagespflege", COLOUR)
    set_page_frames(document, "wiesbaden", COLOUR, letter=False)
    _parties(document)
    _purpose(document)
    _starting_point(document)
    _tasks(document)
    _cooperation(document)
    _money(document)
    _protection(document)
    _term(document)
    _consent(document)
    return document


def _parties(document: Document) -> None:
    add(document, "Kooperationsvereinbarung", "Title")
    add(document, "Kindertagespflege · {{ sozialraum }}", "Subtitle")
    add(
        document, "Zwischen den {{ anzahl_partner }} Parteien"
    ).paragraph_format.keep_with_next = True
    with each(document, "p in partner"):
        add(
            document,
            "**{{ p.name }}**, {{ p.rolle_text }}, {{ p.anschrift }}"
            "{% if p.register %}, {{ p.register }}{% endif %}, vertreten durch "
            "{{ p.vertreten_durch }} ({{ p.zeichnungsregel_text }})"
            "{% if p.anerkannt_seit %}, anerkannt nach § 75 SGB VIII seit dem "
            "{{ p.anerkannt_seit|datum }}{% endif %}, im Folgenden „{{ p.kurzname }}“",
            "Aufzhlung",
        )
    add(document, "wird die folgende Vereinbarung geschlossen.")
    add(document, "Präambel", "Heading 2")
    add(
        document,
        "Kindertagespflege gelingt, wenn öffentlicher Träger und freie Träger sich aufeinander "
        "verlassen können. Die Parteien begegnen sich gleichberechtigt. Sie legen offen, wer "
        "welche "
        "Aufgabe trägt und wer worüber entscheidet, und lassen zugleich Raum für fachliche "
        "Entwicklung. Diese Vereinbarung soll Doppelarbeit vermeiden, die gemeinsame Planung "
        "erleichtern und die Zusammenarbeit auf Dauer sichern.",
    )
    with when(document, "praeambel_zusatz"):
        add(document, "{{ praeambel_zusatz }}")


def _purpose(document: Document) -> None:
    clause(
        document,
        "Gegenstand und Ziele",
        "Die Vereinbarung regelt die Zusammenarbeit der Parteien in der Kindertagespflege für "
        "{{ zielgruppe_text|liste }}. Sie gilt für: {{ sozialraum }}.",
        "Die Parteien verfolgen gemeinsam die folgenden Ziele:",
    )
    record_table(
        document,
        "Ziele der Zusammenarbeit",
        "z in ziele",
        [
            Column("Ziel", 85, "{{ z.ziel }}"),
            Column("Messgröße", 48, or_dash("z.messgroesse")),
            Column("Zielwert", 32, or_dash("z.zielwert")),
        ],
    )
    clause(
        document,
        "Rechtsgrundlagen",
        "Grundlage der Zusammenarbeit sind in der am {{ rechtsstand|datum }} geltenden Fassung:",
    )
    with each(document, "norm in rechtsgrundlagen_text"):
        add(document, "{{ norm }}", "List Bullet")
    with when(document, "beschluss_vorhanden"):
        add(
            document,
            "Der {{ mandant.gremium }} hat der Vereinbarung am {{ beschluss_datum|datum }} "
            "zugestimmt, Vorlage {{ beschluss_nummer }}.",
        )


def _starting_point(document: Document) -> None:
    clause(
        document,
        "Ausgangslage",
        "Am {{ stichtag|datum }} waren {{ ktpp_gesamt }} Kindertagespflegepersonen tätig, die "
        "{{ kinder_gesamt }} Kinder betreuten. Das sind {{ kinder_je_ktpp|zahl(2) }} Kinder je "
        "Person; bei je fünf gleichzeitig anwesenden Kindern sind {{ plaetze_rechnerisch }} Plätze "
        "rechnerisch zu {{ auslastung_prozent|zahl(1) }} % ausgelastet.",
        "Die Zahlen verteilen sich wie folgt auf die Fachdienste:",
    )
    record_table(
        document,
        "Kindertagespflegepersonen und Kinder je Fachdienst",
        "k in kennzahlen",
        [
            Column("Fachdienst", 66, "{{ k.fachdienst }}"),
            number("Kindertagespflegepersonen", 46, "{{ k.ktpp }}", "{{ ktpp_gesamt }}"),
            number("Kinder", 23, "{{ k.kinder }}", "{{ kinder_gesamt }}"),
            number(
                "Kinder je Person",
                30,
                "{{ k.verhaeltnis|zahl(2) }}",
                "{{ kinder_je_ktpp|zahl(2) }}",
            ),
        ],
        total="Zusammen",
    )
    add(
        document,
        "Quelle der Gesamtwerte: {{ quelle }}. Abweichung von der Quelle: {{ ktpp_abweichung }} "
        "Personen, {{ kinder_abweichung }} Kinder.",
        "Anmerkung",
    )


def _tasks(document: Document) -> None:
    clause(
        document,
        "Aufgaben und Zuständigkeiten",
        "Für jede Aufgabe ist genau eine Partei federführend (F). Sie sorgt dafür, dass die "
        "Aufgabe "
        "erledigt wird, und stimmt sich mit den mitwirkenden Parteien (M) ab. Mit (I) bezeichnete "
        "Parteien werden unaufgefordert informiert.",
        "Die Aufgaben sind wie folgt verteilt:",
    )
    matrix_table(
        document,
        "Aufgabenmatrix: Aufgaben und Parteien",
        "Aufgabe",
        "aufgabenmatrix",
        36,
        code=True,
    )
    add(
        document,
        "F = federführend, M = wirkt mit, I = wird informiert, – = nicht beteiligt",
        "Anmerkung",
    )
    with when(document, "weitere_aufgaben"):
        record_table(
            document,
            "Weitere Aufgaben",
            "a in weitere_aufgaben",
            [
                Column("Weitere Aufgabe", 75, "{{ a.aufgabe }}"),
                Column("Federführend", 40, "{{ a.federfuehrend }}"),
                Column("Mitwirkend", 50, or_dash("a.mitwirkend")),
            ],
        )
    clause(
        document,
        "Entscheidungen",
        "Wer allein entscheidet, hört die Parteien, für die „Anhörung“ vereinbart ist, vorher an. "
        "Gemeinsame Entscheidungen kommen nur zustande, wenn alle dafür genannten Parteien "
        "zustimmen; die Zustimmung wird mit Datum festgehalten.",
        "Für die folgenden Maßnahmen gilt:",
    )
    matrix_table(
        document,
        "Entscheidungsmatrix: Maßnahmen und Parteien",
        "Maßnahme",
        "entscheidungsmatrix",
        36,
    )


def _cooperation(document: Document) -> None:
    clause(
        document,
        "Kommunikation",
        "Die Parteien benennen einander Ansprechpersonen und informieren unverzüglich über alles, "
        "was die gemeinsame Arbeit berührt. Sie treffen sich regelmäßig:",
    )
    record_table(
        document,
        "Kommunikationsplan",
        "k in kommunikation",
        [
            Column("Format", 45, "{{ k.format }}"),
            Column("Turnus", 30, "{{ k.turnus_text }}"),
            Column("Teilnehmende", 55, "{{ k.teilnehmende }}"),
            Column("Protokoll", 35, "{{ k.protokoll }}"),
        ],
    )
    add(document, "Veranstaltungen und Öffentlichkeitsarbeit", "Paragraf")
    with when(document, "veranstaltungen"):
        add(document, "Die Parteien beteiligen einander an diesen Veranstaltungen:")
        record_table(
            document,
            "Gemeinsame Veranstaltungen",
            "v in veranstaltungen",
            [
                Column("Veranstaltung", 60, "{{ v.name }}"),
                Column("Veranstalter", 40, "{{ v.veranstalter }}"),
                Column("Beteiligung der übrigen", 40, "{{ v.beteiligung_text }}"),
                number(
                    "Kostenanteil",
                    25,
                    "{% if v.kostenanteil is none %}–{% else %}{{ v.kostenanteil|zahl(1) }} "
                    "%{% endif %}",
                ),
            ],
        )
    with when(document, "oeffentlichkeit_offen"):
        add(
            document,
            "Weitere Regelungen zur Öffentlichkeitsarbeit lassen die Parteien bewusst offen. "
            "Grund: "
            "{{ oeffentlichkeit_grund }}",
        )
    with when(document, "not oeffentlichkeit_offen"):
        add(
            document,
            "Veröffentlichungen zu gemeinsamen Vorhaben stimmen die Parteien vorher ab. Name und "
            "Zeichen einer Partei werden nur mit ihrer Zustimmung verwendet; bei gemeinsamen "
            "Vorhaben erscheinen alle Parteien gleichrangig.",
        )


def _money(document: Document) -> None:
    add(document, "Finanzierung", "Paragraf")
    with when(document, "finanzierung_art == 'keine'"):
        add(document, "Aus dieser Vereinbarung entstehen keine Zahlungspflichten.")
    with when(document, "finanzierung_art != 'keine'"):
        add(
            document,
            "Der öffentliche Träger finanziert die Zusammenarbeit als {{ finanzierung_art_text }} "
            "mit **{{ betrag_jahr|euro }}** im Jahr"
            "{% if stellenanteil %} für {{ stellenanteil|zahl(2) }} Vollzeitstellen{% endif %}"
            "{% if haushaltsstelle %} (Haushaltsstelle {{ haushaltsstelle }}){% endif %}.",
            "Absatz",
        )
        add(document, "Die Zahlungen werden wie folgt fällig:", "Absatz")
        record_table(
            document,
            "Zahlungsplan",
            "z in zahlungsplan",
            [
                Column("Fällig am", 35, "{{ z.faellig|datum }}"),
                Column("Empfänger", 95, "{{ z.empfaenger }}"),
                number("Betrag", 35, "{{ z.betrag|euro }}", "{{ zahlungsplan_gesamt|euro }}"),
            ],
            total="Summe",
        )
    clause(
        document,
        "Berichte und Überprüfung",
        "Die Parteien überprüfen diese Vereinbarung alle {{ revision_monate }} Monate in einem "
        "Qualitätsdialog, erstmals zum {{ revision_am|datum }}.",
        "Es gelten diese Berichtspflichten:",
    )
    record_table(
        document,
        "Berichtspflichten",
        "b in berichtspflichten",
        [
            Column("Bericht", 60, "{{ b.bericht }}"),
            Column("Vorzulegen von", 45, "{{ b.von }}"),
            Column("Fällig", 60, "{{ b.faellig }}"),
        ],
    )


def _protection(document: Document) -> None:
    for key in ("datenschutz", "kinderschutz", "fuehrungszeugnis", "aufarbeitung"):
        slot(document, key)


def _term(document: Document) -> None:
    clause(
        document,
        "Laufzeit und Kündigung",
        "Die Vereinbarung beginnt am {{ beginn|datum }} und {% if unbefristet %}gilt auf "
        "unbestimmte Zeit{% else %}endet am {{ ende|datum }}{% endif %}. "
        "{% if verlaengerung == 'automatisch' %}Sie verlängert sich um {{ verlaengerung_monate }} "
        "Monate, wenn keine Partei kündigt.{% elif verlaengerung == 'fortschreibung' %}Vor dem "
        "Ende "
        "verhandeln die Parteien über eine Fortschreibung.{% else %}Eine Verlängerung ist nicht "
        "vereinbart.{% endif %}",
        "Jede Partei kann mit einer Frist von {{ kuendigungsfrist }} Monaten zum "
        "{{ kuendigungstermin_text }} schriftlich kündigen. Die Kündigung soll begründet werden. "
        "Scheidet ein freier Träger aus, gilt die Vereinbarung unter den übrigen Parteien weiter.",
        "Die Anpassung und Kündigung in besonderen Fällen nach § 59 SGB X bleibt unberührt.",
    )
    clause(
        document,
        "Meinungsverschiedenheiten",
        "Können sich die Parteien nicht einigen, sprechen zuerst die Leitungen miteinander. Bleibt "
        "es bei der Meinungsverschiedenheit, ziehen sie eine von allen benannte Person zur "
        "Vermittlung hinzu, bevor gekündigt oder geklagt wird.",
    )
    slot(document, "haftung")
    clause(
        document,
        "Schlussbestimmungen",
        "Änderungen und Ergänzungen bedürfen der Schriftform (§ 56 SGB X). Das gilt nicht für "
        "Anlagen, deren Änderung "
        "unten als formfrei bezeichnet ist; hier genügt die dokumentierte Zustimmung aller "
        "Parteien.",
        "Ist eine Bestimmung unwirksam, so bleibt die Vereinbarung im Übrigen wirksam. Die "
        "Parteien "
        "ersetzen die unwirksame Bestimmung durch eine, die dem Gewollten am nächsten kommt.",
    )
    with when(document, "anlagen"):
        add(document, "Anlagen", "Heading 2")
        record_table(
            document,
            "Verzeichnis der Anlagen",
            "a in anlagen",
            [
                Column("Anlage", 85, "{{ a.titel }}"),
                Column("Fassung", 42, "{{ a.fassung }}"),
                Column(
                    "Änderung",
                    38,
                    "{% if a.formbeduerftig %}schriftlich{% else %}formfrei{% endif %}",
                ),
            ],
        )


def _consent(document: Document) -> None:
    add(document, "Zustimmung", "Heading 2")
    add(
        document,
        "Die Zustimmung der Parteien wird elektronisch eingeholt. Diese Fassung enthält deshalb "
        "kein Unterschriftsfeld (§ 36a Abs. 2c SGB I). Zustimmen müssen:",
    ).paragraph_format.keep_with_next = True
    with each(document, "p in partner"):
        party = "{{ p.name }}: {{ p.vertreten_durch }} ({{ p.zeichnungsregel_text }})"
        keep_together(add(document, party, "List Bullet"))
    add_verification(document)
