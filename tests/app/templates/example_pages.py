"""Example variables for every page template: the contract of their opening comments, filled in."""

from __future__ import annotations

from forms.uniqueness import UniqueRule
from forms.versions.readers import SideReaders
from forms.views import PageView, ReviewEntry, ReviewPage, ReviewSection, ReviewTable
from tests.app.templates.example_clauses import CLAUSE_PAGES, TEMPLATE_CLAUSES
from tests.app.templates.example_fields import (
    SIMPLE,
    card_repeat,
    emptied,
    matrix,
    page,
    table_repeat,
    with_error,
)
from tests.app.templates.example_frames import FRAME_PAGES
from tests.app.templates.example_kinds import BEGUN, FILLED, UNREADABLE, kinds_page
from tests.app.templates.example_signings import ROW as SIGNING
from tests.app.templates.example_signings import SIGNING_PAGES

Variables = dict[str, object]

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

TENANT = {
    "name": "Stadt Hilden",
    "office": "Amt für Jugend, Schule und Sport",
    "logo_url": "/static/logos/hilden.svg",
    "home_url": "/hilden/",
    "theme_url": "/theme.css",
    "is_demo": True,
}
PERSON = {
    "name": "Mara Lindqvist",
    "email": "mara@hilden.example",
    "role": "Fachkraft im Jugendamt",
}
NAVIGATION = [
    {"label": "Übersicht", "url": "#a", "current": False},
    {"label": "Vordrucke", "url": "#b", "current": True},
    {"label": "Einreichungen", "url": "#c", "current": False, "count": 3},
    {"label": "Dokumente", "url": "#d", "current": False},
    {"label": "Vorlagen", "url": "#e", "current": False},
    {"label": "Verwaltung", "url": "#f", "current": False},
]
PUBLIC = {
    "home_url": "/",
    "login_url": "/anmelden",
    "accessibility_url": "/barrierefreiheit",
    "verification_url": "/pruefen",
}
SHELL: Variables = {
    **PUBLIC,
    "tenant": TENANT,
    "person": PERSON,
    "navigation": NAVIGATION,
    "menu": [
        {"label": "Amt oder Träger wechseln", "url": "#w"},
        {"label": "Mein Konto", "url": "#k"},
    ],
    "logout_url": "#abmelden",
}

SEALED = {"kind": "success", "text": "gesiegelt"}
WORKING = {"kind": "info", "text": "in Arbeit"}
FAILED = {"kind": "danger", "text": "fehlgeschlagen"}

STEPS = [
    {
        "number": 1,
        "title": "Träger",
        "url": "#1",
        "current": False,
        "status": "complete",
        "status_text": "fertig",
    },
    {
        "number": 2,
        "title": "Personalkosten",
        "url": "#2",
        "current": True,
        "status": "open",
        "status_text": "offen",
    },
    {
        "number": 3,
        "title": "Sachkosten und Verwaltungsgemeinkosten",
        "url": "#3",
        "current": False,
        "status": "error",
        "status_text": "2 Fehler",
    },
    {
        "number": 4,
        "title": "Arbeitszeit",
        "url": None,
        "current": False,
        "status": "open",
        "status_text": "offen",
    },
    {
        "number": 5,
        "title": "Prüfen und absenden",
        "url": None,
        "current": False,
        "status": "open",
        "status_text": "",
    },
]


def filling(view: object, **changes: object) -> Variables:
    """Return the variables of filling/page.html for ``view``."""
    return {
        "form": {"title": "Kalkulation der Fachleistungsstunde 2026"},
        "view": view,
        "pages": STEPS,
        "urls": {"save": "/save", "refresh": "/refresh", "autosave": "/autosave", "choices": "#"},
        "draft": {"id": "d1", "revision": "7", "saved_at": "22.11.2026, 14:32 Uhr"},
        "read_only": False,
        "has_errors": False,
        **changes,
    }


def kinds(view: PageView, **changes: object) -> Variables:
    """Return the variables of filling/page.html for a page with files and picked entries."""
    return filling(view, takes_files=True, picks=True, **changes)


def review_pages(*, errors: bool = False) -> list[ReviewPage]:
    """Return a declaration with answers of each shape."""
    return [
        ReviewPage(
            key="traeger",
            title="Träger",
            complete=True,
            sections=(
                ReviewSection(
                    key="a",
                    title="",
                    entries=(
                        ReviewEntry(
                            path="name",
                            html_id="name",
                            label="Name des Trägers",
                            display="Morgenlicht gGmbH",
                            answered=True,
                        ),
                        ReviewEntry(
                            path="iban",
                            html_id="iban",
                            label="IBAN des Trägers",
                            display="DE02 1203 0000 0000 2020 51",
                            answered=True,
                        ),
                        ReviewEntry(
                            path="bemerkung",
                            html_id="bemerkung",
                            label="Bemerkung",
                            display="nicht angegeben",
                            answered=False,
                        ),
                        ReviewEntry(
                            path="email",
                            html_id="email",
                            label="E-Mail für Rückfragen",
                            display="nicht angegeben",
                            answered=False,
                            errors=("Bitte geben Sie „E-Mail für Rückfragen“ an.",)
                            if errors
                            else (),
                        ),
                    ),
                ),
            ),
        ),
        ReviewPage(
            key="kosten",
            title="Personalkosten",
            complete=not errors,
            sections=(
                ReviewSection(
                    key="b",
                    title="Positionen",
                    entries=(
                        ReviewEntry(
                            path="kosten",
                            html_id="kosten",
                            label="Personalkosten",
                            display="",
                            answered=True,
                            table=ReviewTable(
                                headings=("Bezeichnung", "Betrag im Jahr", "Anteil"),
                                rows=(
                                    ("Pädagogische Fachkräfte", "58.900,00 €", "81,4 %"),
                                    ("Verwaltung", "13.500,00 €", "18,6 %"),
                                ),
                                footer=("Summe", "72.400,00 €", ""),
                            ),
                        ),
                        ReviewEntry(
                            path="satz",
                            html_id="satz",
                            label="Satz je Fachleistungsstunde",
                            display="64,95 €",
                            answered=True,
                        ),
                        ReviewEntry(
                            path="erklaerung",
                            html_id="erklaerung",
                            label="Erklärung des Trägers",
                            display="Ja",
                            answered=True,
                            paragraphs=("Die Angaben sind vollständig.",),
                        ),
                    ),
                ),
            ),
        ),
    ]


REVIEW: Variables = {
    "form": {"title": "Kalkulation der Fachleistungsstunde 2026"},
    "review": [{"page": view, "url": f"#{view.key}"} for view in review_pages()],
    "errors": [],
    "warnings": [],
    "declaration": ["Ich erkläre, dass die Angaben vollständig und richtig sind."],
    "submitter": {"name": "Joris Brandau", "organisation": "Morgenlicht gGmbH"},
    "receiver": "Stadt Hilden, Amt für Jugend, Schule und Sport",
    "draft": {"id": "d1", "revision": "9"},
    "submit_token": "t",
    "submit_label": "Verbindlich absenden",
    "inquiry": None,
    "compared": (),
    "urls": {"submit": "#", "back": "#"},
}

INQUIRY = {
    "number": 1,
    "kind": "Nachforderung",
    "paragraphs": ["Es fehlt das Vertretungskonzept.", "Bitte reichen Sie es nach."],
    "due": "14.12.2026",
    "asked_by": "Mara Lindqvist",
    "asked_at": "30.11.2026, 09:12 Uhr",
    "closed_at": "02.12.2026, 10:00 Uhr",
    "remark": "Das Konzept ist beigefügt.",
    "handover_number": 2,
    "status": {"kind": "success", "text": "beantwortet"},
}
HANDOVER = {
    "number": 1,
    "reason": "Eingereicht",
    "when": "22.11.2026, 14:40 Uhr",
    "who": "Joris Brandau",
}

DOCUMENTS = [
    {
        "title": "Kalkulation der Fachleistungsstunde",
        "number": "HI-2026-0007",
        "case": "E-2026-0019",
        "party": "Morgenlicht gGmbH",
        "when": "22.11.2026",
        "version": "2",
        "status": SEALED,
        "url": "#1",
        "download_url": "#1p",
    },
    {
        "title": "Hilfebericht",
        "number": "HI-2026-0008",
        "case": "E-2026-0021",
        "party": "Verein für Jugendhilfe Niederrhein e. V.",
        "when": "22.11.2026",
        "version": "1",
        "status": WORKING,
        "url": "#2",
        "download_url": "",
    },
    {
        "title": "Hilfebericht",
        "number": "HI-2026-0006",
        "case": "E-2026-0018",
        "party": "Lernwerk gGmbH",
        "when": "20.11.2026",
        "version": "1",
        "status": FAILED,
        "url": "#3",
        "download_url": "",
    },
]

SUBMISSIONS = [
    {
        "title": "Kalkulation der Fachleistungsstunde",
        "number": "E-2026-0019",
        "party": "Morgenlicht gGmbH",
        "received_at": "22.11.2026, 14:40",
        "status": {"kind": "info", "text": "eingegangen"},
        "url": "#1",
    },
    {
        "title": "Hilfebericht",
        "number": "E-2026-0018",
        "party": "Lernwerk gGmbH",
        "received_at": "20.11.2026, 09:12",
        "status": {"kind": "success", "text": "Dokument fertig"},
        "url": "#2",
    },
]

FILTER = {
    "text": "",
    "form_options": [
        {"value": "", "label": "alle Vordrucke", "selected": True},
        {"value": "h", "label": "Hilfebericht", "selected": False},
    ],
    "party_options": [{"value": "", "label": "alle Träger", "selected": True}],
    "status_options": [{"value": "", "label": "jeder Stand", "selected": True}],
}

LATER_STAMP = {
    "stamped_at": "22.08.2029, 03:12 Uhr",
    "stamped_until": "01.07.2032",
    "level": "PAdES B-LTA, mit Archivzeitstempel: prüfbar auch nach dem Ende der Zertifikate",
    "sha256": HASH[::-1],
}
VERSION = {
    "version": "2",
    "when": "22.11.2026, 14:41 Uhr",
    "status": SEALED,
    "sealed_by": "Stadt Hilden (Demo-Siegel)",
    "pdf_hash": HASH,
    "docx_hash": HASH[::-1],
    "making": "LibreOffice 7.4.7.2, Schriften: Carlito, LiberationSans-Bold",
    "pdf_size": "182 KB",
    "docx_size": "41 KB",
    "pdf_url": "#pdf",
    "docx_url": "#docx",
    "evidence_url": "#nachweis",
    "verification_url": "#pruefen",
    "verification_code": "K7MF-2Q9X-4TBA",
    "kind": "Qualifiziertes Siegel",
    "level": "PAdES B-LT, mit Zeitstempel und allem, was eine spätere Prüfung braucht",
    "stamps": [LATER_STAMP],
    "stamped_url": "#zeitstempel",
}

DOCUMENT = {
    "title": "Kalkulation der Fachleistungsstunde",
    "number": "HI-2026-0007",
    "case": "E-2026-0019",
    "case_url": "#e",
    "party": "Morgenlicht gGmbH",
    "template": "Kalkulation, Fassung 3",
    "status": SEALED,
    "state": "done",
    "steps": [],
    "reason": "",
    "way_out": "",
}

ERASURE: Variables = {
    "day": "22.11.2026",
    "planned_at": "22.11.2026, 09:50 Uhr",
    "planned": "Mara Lindqvist",
    "documents": 41,
    "submissions": 3,
    "status": {"kind": "success", "text": "fertig"},
    "url": "#lauf",
}
OFFER: Variables = {
    "offered_at": "22.11.2026, 09:50 Uhr",
    "offered": "Mara Lindqvist",
    "documents": 120,
    "taken": 8,
    "status": {"kind": "warning", "text": "wartet auf Freigabe"},
    "url": "#angebot",
}
OFFER_STEPS: Variables = {
    "answer_by": "22.05.2027",
    "is_late": False,
    "is_decided": True,
    "must_wait": False,
    "decided": "",
    "released": "",
    "received": "",
    "failure": "",
    "package_sha256": "",
}
OFFERED: list[Variables] = [
    {
        "id": f"d{number}",
        "number": f"HI-2014-000{number}",
        "title": "Leistungs-, Entgelt- und Qualitätsentwicklungsvereinbarung",
        "organisation": "Haus Morgentau gGmbH",
        "is_taken": number == 7,
        "url": "#dokument",
    }
    for number in (6, 7, 8)
]
PROOF_URLS = {"index": "#", "document": "#json"}
ASK_URLS = {"check": "#", "file": "#datei"}
FILE_SEAL = {
    "kind": "Siegel der Behörde",
    "status": {"kind": "success", "text": "stimmt"},
    "signer": "Stadt Hilden – Siegel (Demo)",
    "issuer": "Brief & Siegel Demo-CA",
    "signed_at": "22.11.2026, 14:41 Uhr",
    "level": "PAdES B-B",
    "message": "Signiert von „Stadt Hilden – Siegel (Demo)“ am 22.11.2026 um 14:41 Uhr.",
}
FILE_SIGNATURE = {
    "kind": "Unterschrift oder Siegel",
    "status": {"kind": "warning", "text": "Aussteller unbekannt"},
    "signer": "Tilda Sommerfeld",
    "issuer": "Beispiel-Vertrauensdienst",
    "signed_at": "23.11.2026, 09:12 Uhr",
    "level": "PAdES B-LT",
    "message": "Signiert von „Tilda Sommerfeld“ am 23.11.2026 um 09:12 Uhr. Seither unverändert.",
}
PROOF = {
    "verdict": "valid",
    "code": "ej454-z5fyk-p0cmn-5sg9s-7azr0-6",
    "sealed_by": "Stadt Hilden",
    "sealed_at": "22.11.2026, 14:41 Uhr",
    "issuer": "Brief & Siegel Demo-CA",
    "certificate_sha256": HASH,
    "kind": "Qualifiziertes Siegel",
    "level": "PAdES B-T, mit Zeitstempel eines Vertrauensdienstes",
    "sha256": HASH,
    "hashes": f"{HASH} {HASH[::-1]}",
    "stamps": [LATER_STAMP],
    "is_demo": True,
    "newer_url": "#neu",
    "newer": "Es gibt eine neuere Fassung. Fragen Sie bei der Stelle nach, die es ausgestellt hat.",
}

TEMPLATE = {
    "title": "Kalkulation Fachleistungsstunde",
    "form_title": "Kalkulation der Fachleistungsstunde",
    "file_name": "kalkulation.docx",
    "version": "4",
    "status": {"kind": "danger", "text": "Fehler"},
}

FINDINGS = [
    {
        "level": "error",
        "place": "Absatz 12 („Der Satz beträgt …“)",
        "message": "Der Platzhalter „fls_saz“ kommt im Vordruck nicht vor.",
        "excerpt": "Der Satz beträgt {{ fls_saz | euro }} je Stunde.",
        "suggestion": "Meinten Sie „fls_satz“?",
    },
    {
        "level": "warning",
        "place": "Tabelle 2, Zeile 3",
        "message": "Die Summe wird von Hand berechnet.",
        "excerpt": "",
        "suggestion": "Nehmen Sie „kosten_summe.betrag“, dann stimmt sie mit dem Vordruck überein.",
    },
]

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYPhfDwAChwGA60e6"
    "kgAAAABJRU5ErkJggg=="
)
PLACEHOLDERS = [
    {"kind": "other", "lines": [{"kind": "heading", "text": "Angebot", "level": 1}]},
    {"kind": "other", "lines": [{"kind": "block", "tag": "{%p if art == 'spitz' %}"}]},
    {
        "kind": "answers",
        "lines": [
            {
                "kind": "answer",
                "label": "Beginn der Vereinbarung",
                "tags": ["{{ beginn|datum }}", "{{ beginn|datum_lang }}"],
            }
        ],
    },
    {"kind": "other", "lines": [{"kind": "block", "tag": "{%p endif %}"}]},
    {
        "kind": "other",
        "lines": [
            {
                "kind": "table",
                "title": "Kosten",
                "rows": [
                    ["Wofür", "Betrag"],
                    ["{%tr for zeile in kosten %}", ""],
                    ["{{ zeile.was }}", "{{ zeile.betrag|euro }}"],
                    ["{%tr endfor %}", ""],
                ],
            }
        ],
    },
]
DIFFERENCE = {
    "is_empty": False,
    "frame_only": False,
    "remarks": ["Bilder in Kopf- und Fußzeile hinzugefügt: 1."],
    "placeholders_added": ["fls_satz"],
    "placeholders_removed": ["satz"],
    "rest": 2,
    "changes": [
        {
            "kind": "changed",
            "title": "Geändert",
            "place": "Text",
            "marks": [
                {"kind": "same", "text": "Der Satz beträgt "},
                {"kind": "removed", "text": "{{ satz|euro }}"},
                {"kind": "added", "text": "{{ fls_satz|euro }}"},
                {"kind": "same", "text": " je Stunde."},
            ],
        },
        {
            "kind": "added",
            "title": "Neu",
            "place": "Text, Tabellenzeile",
            "marks": [{"kind": "added", "text": "Strom | 30"}],
        },
    ],
}

LOGIN: Variables = {
    "message": "",
    "session_lost": False,
    "username": "",
    "kept_fields": [],
    "urls": {
        "sign_in": "/anmelden",
        "next": "/hilden/",
        "verification": "/pruefen",
        "help_email": "hilfe@siegel.example",
    },
}

ALL_FIELDS = tuple(SIMPLE.values())
GROUPS = (card_repeat(), table_repeat(), matrix())


def _outside(tenant: bool = False) -> Variables:
    return {"shell": {**PUBLIC, "tenant": TENANT if tenant else None}}


def _askable_steps() -> list[dict[str, object]]:
    """Return two steps of a declaration with a box for each answer."""
    steps = (("Angaben des Trägers", "Morgenlicht gGmbH"), ("Bewertung", "Fachkraft im Jugendamt"))
    return [
        {
            "number": number,
            "title": title,
            "whom": whom,
            "pages": [
                {
                    "key": one.key,
                    "title": one.title,
                    "entries": [
                        {"entry": entry, "id": f"{number}-{entry.html_id}", "ticked": number == 1}
                        for section in one.sections
                        for entry in section.entries
                    ],
                }
                for one in review_pages()
            ],
        }
        for number, (title, whom) in enumerate(steps)
    ]


CHANGES = [
    {
        "title": "Ziele",
        "changes": [
            {
                "text": "Neu: Feld „Eigene Ziele des jungen Menschen“ (Pflicht)",
                "old": "",
                "new": "",
                "grade": {"kind": "warning", "text": "braucht Vorgabewert"},
            },
            {
                "text": "Feld „Zielerreichung“ ist unter einer anderen Bedingung sichtbar",
                "old": "wenn „Ziel aus dem Vorjahr“ Ja ist",
                "new": "wenn „Ziel aus dem Vorjahr“ Ja ist und „Hilfeart“ nicht „Beratung“ ist",
                "grade": {"kind": "danger", "text": "zerstörend"},
            },
        ],
    }
]

PAGES: dict[str, tuple[str, Variables]] = {
    "felder-leer": (
        "filling/page.html",
        filling(
            page(
                "Angaben zum Träger",
                *map(emptied, ALL_FIELDS),
                card_repeat(0),
                table_repeat(0),
                matrix(empty=True),
                intro="Diese Angaben stehen später im Schreiben.",
            )
        ),
    ),
    "felder-voll": ("filling/page.html", filling(page("Angaben zum Träger", *ALL_FIELDS))),
    "felder-fehler": (
        "filling/page.html",
        filling(
            page(
                "Angaben zum Träger",
                *map(with_error, ALL_FIELDS),
                matrix(filled=False, errors=True),
            ),
            has_errors=True,
            acknowledge_warnings=True,
        ),
    ),
    "felder-lesen": (
        "filling/page.html",
        filling(page("Angaben zum Träger", *ALL_FIELDS, *GROUPS), read_only=True),
    ),
    "felder-lesen-leer": (
        "filling/page.html",
        filling(
            page("Angaben zum Träger", *map(emptied, ALL_FIELDS), matrix(filled=False)),
            read_only=True,
        ),
    ),
    "typen-leer": ("filling/page.html", kinds(kinds_page(BEGUN, stage="draft", required=False))),
    "typen-moeglichst": (
        "filling/page.html",
        kinds(kinds_page(BEGUN, required={"level": "warning"}), acknowledge_warnings=True),
    ),
    "typen-pflicht-fehlt": ("filling/page.html", kinds(kinds_page(BEGUN), has_errors=True)),
    "typen-voll": ("filling/page.html", kinds(kinds_page(FILLED))),
    "typen-verkuerzt": ("filling/page.html", kinds(kinds_page(FILLED, role="fachkraft"))),
    "typen-fehler": (
        "filling/page.html",
        kinds(kinds_page(BEGUN, invalid=UNREADABLE), has_errors=True),
    ),
    "typen-lesen": ("filling/page.html", kinds(kinds_page(FILLED), read_only=True)),
    "typen-lesen-leer": ("filling/page.html", kinds(kinds_page(BEGUN), read_only=True)),
    # After a Rückfrage: two questions are open again, all others are there to read.
    "typen-rueckfrage": (
        "filling/page.html",
        kinds(kinds_page(FILLED, editable=("money", "date_range"))),
    ),
    "gruppen": ("filling/page.html", filling(page("Personalkosten", *GROUPS))),
    "gruppen-fehler": (
        "filling/page.html",
        filling(
            page(
                "Personalkosten",
                card_repeat(1, state=with_error),
                table_repeat(2, state=with_error),
                matrix(filled=False, errors=True),
            ),
            has_errors=True,
        ),
    ),
    "start": (
        "filling/start.html",
        {
            "form": {
                "title": "Kalkulation der Fachleistungsstunde 2026",
                "description": [
                    "Mit diesem Vordruck berechnen Sie den Satz je Fachleistungsstunde."
                ],
                "version": "3",
                "pages": ["Träger", "Personalkosten", "Sachkosten", "Arbeitszeit"],
                "data_class_text": "vertraulich, Betriebs- und Geschäftsgeheimnis",
            },
            "urls": {"start": "#", "overview": "#"},
            "drafts": [
                {
                    "title": "Kalkulation 2026",
                    "saved_at": "22.11.2026, 14:32 Uhr",
                    "page_title": "Personalkosten",
                    "url": "#",
                }
            ],
            "organisations": [
                {"id": "1", "name": "Morgenlicht gGmbH", "checked": True},
                {"id": "2", "name": "Lernwerk gGmbH", "checked": False},
            ],
        },
    ),
    "pruefen": ("filling/review.html", REVIEW),
    "pruefen-bausteine": (
        "filling/review.html",
        {
            **REVIEW,
            "optional_clauses": [
                {
                    "key": "haftung",
                    "title": "Haftung",
                    "chosen": True,
                    "text": ["Jede Partei haftet nach den gesetzlichen Vorschriften."],
                },
                {"key": "presse", "title": "Pressearbeit", "chosen": False, "text": ["Gemeinsam."]},
            ],
        },
    ),
    "pruefen-fehler": (
        "filling/review.html",
        {
            **REVIEW,
            "review": [{"page": view, "url": f"#{view.key}"} for view in review_pages(errors=True)],
            "errors": [
                {
                    "text": "Seite Träger: Bitte geben Sie „E-Mail für Rückfragen“ an.",
                    "url": "#email",
                }
            ],
            "warnings": [
                {
                    "text": "Seite Personalkosten: Die Kosten sind 20 % höher als im Vorjahr.",
                    "url": "#kosten",
                }
            ],
            "has_errors": True,
        },
    ),
    "eingang": (
        "filling/receipt.html",
        {
            "form": {"title": "Kalkulation der Fachleistungsstunde 2026"},
            "submission": {
                "number": "E-2026-0019",
                "received_at": "22. November 2026, 14:40 Uhr",
                "organisation": "Morgenlicht gGmbH",
                "person": "Joris Brandau",
            },
            "receiver": {
                "name": "Stadt Hilden, Amt für Jugend, Schule und Sport",
                "telephone": "02103 000-0",
                "email": "jugendamt@hilden.example",
            },
            "next_steps": [
                "Das Amt stellt das Schreiben aus und siegelt es. Das dauert meist wenige Minuten.",
                "Sie finden es danach unter „Dokumente“.",
            ],
            "urls": {"declaration": "#", "show": "#", "overview": "#"},
            "document": {"status": WORKING, "url": "#"},
        },
    ),
    "konflikt": (
        "filling/conflict.html",
        {
            "form": {
                "title": "Kalkulation der Fachleistungsstunde 2026",
                "page_title": "Personalkosten",
            },
            "theirs": {"who": "Sie selbst, in einem anderen Fenster", "when": "heute, 14:35 Uhr"},
            "fields": [
                {
                    "path": "zuschuss",
                    "html_id": "zuschuss",
                    "label": "Bewilligter Zuschuss",
                    "mine": "48.500,00 €",
                    "stored": "45.800,00 €",
                },
                {
                    "path": "bericht",
                    "html_id": "bericht",
                    "label": "Was wurde erreicht?",
                    "mine": "Zwei Kurse wurden abgeschlossen.\nEin dritter läuft.",
                    "stored": "",
                },
            ],
            "hidden": [{"name": "zuschuss", "value": "48.500,00"}],
            "draft": {"revision": "8"},
            "urls": {"resolve": "#", "discard": "#"},
        },
    ),
    "anmelden": ("login.html", {**_outside(), **LOGIN}),
    "anmelden-fehler": (
        "login.html",
        {
            **_outside(),
            **LOGIN,
            "message": "E-Mail-Adresse oder Passwort stimmt nicht.",
            "username": "mara@hilden.example",
            "has_errors": True,
        },
    ),
    "anmelden-abgelaufen": (
        "login.html",
        {
            **_outside(),
            **LOGIN,
            "session_lost": True,
            "kept_fields": [{"name": "behalten.name", "value": "Haus „Abendrot“ <b>"}],
        },
    ),
    "anmelden-behalten": (
        "login_kept.html",
        {**_outside(), "target": "/hilden/", "fields": [("name", "Haus „Abendrot“ <b>")]},
    ),
    "rolle": (
        "tenant/capacities.html",
        {
            "capacities": [
                {"name": "Morgenlicht gGmbH", "role": "Leitung", "url": "#1", "current": True},
                {"name": "Lernwerk gGmbH", "role": "Fachkraft", "url": "#2", "current": False},
            ]
        },
    ),
    **CLAUSE_PAGES,
    "platzhalter": (
        "templates/placeholder_forms.html",
        {
            "forms": [
                {"title": title, "urls": {"show": "#1", "starter": "#2", "sheet": "#3"}}
                for title in ("Kalkulation der Fachleistungsstunde", "Hilfebericht")
            ],
            "urls": {"overview": "#"},
        },
    ),
    "platzhalter-leer": (
        "templates/placeholder_forms.html",
        {"forms": [], "urls": {"overview": "#"}},
    ),
    "platzhalter-vordruck": (
        "templates/placeholders.html",
        {
            "form": {"title": "Kalkulation der Fachleistungsstunde"},
            "system": [{"label": "Name der Kommune", "tags": ["{{ mandant.name }}"]}],
            "groups": PLACEHOLDERS,
            "urls": {"overview": "#", "forms": "#", "show": "#", "starter": "#1", "sheet": "#2"},
        },
    ),
    **{
        f"vorschau-{state}": (
            "templates/preview.html",
            {
                "template": {"title": "Vereinbarung", "version": 3},
                "choices": [
                    {"value": "muster", "text": "Musterangaben", "selected": True},
                    {"value": "leer", "text": "gar keine Angaben", "selected": False},
                ],
                "state": state,
                "reason": "Das Bild „{name}“ fehlt." if state == "failed" else "",
                "pages": [PIXEL, PIXEL] if state == "ready" else [],
                "is_cut": state == "ready",
                "most_pages": 20,
                "minutes": 60 if state == "ready" else 0,
                "data": "muster",
                "urls": {"overview": "#", "template": "#", "ask": "#", "refresh": "#"},
            },
        )
        for state in ("none", "working", "failed", "ready")
    },
    "vorlagen-vergleich": (
        "templates/comparison.html",
        {
            "template": {"title": "Vereinbarung"},
            "old": 2,
            "new": 3,
            "difference": DIFFERENCE,
            "urls": {"overview": "#", "template": "#"},
        },
    ),
    "start-person": (
        "home.html",
        {
            "shell": {**SHELL, "tenant": None, "navigation": []},
            "person_name": "Mara Lindqvist",
            "tasks": [
                {
                    "title": "2 neue Einreichungen",
                    "text": "Stadt Hilden",
                    "url": "#",
                    "due": "seit gestern",
                }
            ],
            "tenants": [
                {
                    "name": "Stadt Hilden",
                    "office": "Amt für Jugend, Schule und Sport",
                    "logo_url": "/static/logos/hilden.svg",
                    "role": "Fachkraft im Jugendamt",
                    "url": "#1",
                },
                {
                    "name": "Stadt Herne",
                    "office": "Fachbereich Kinder – Jugend – Familie",
                    "logo_url": "/static/logos/herne.svg",
                    "role": "Tenant-Admin",
                    "url": "#2",
                },
            ],
            "organisations": [
                {
                    "name": "Morgenlicht gGmbH",
                    "role": "Träger-Leitung",
                    "url": "#3",
                    "tenants": "Hilden, Herne",
                }
            ],
            "is_operator": True,
            "urls": {"platform": "#"},
        },
    ),
    "start-person-leer": (
        "home.html",
        {
            "shell": {**SHELL, "tenant": None, "navigation": []},
            "person_name": "Joris Brandau",
            "tasks": [],
            "tenants": [],
            "organisations": [],
            "is_operator": False,
            "urls": {},
        },
    ),
    "uebersicht": (
        "tenant/dashboard.html",
        {
            "tenant_name": "Stadt Hilden",
            "figures": [
                {"number": "3", "label": "neue Einreichungen", "url": "#"},
                {"number": "12", "label": "gesiegelte Dokumente im November", "url": "#"},
                {"number": "1", "label": "fehlgeschlagenes Dokument", "url": "#"},
            ],
            "tasks": [
                {
                    "title": "Kalkulation prüfen",
                    "text": "Morgenlicht gGmbH, E-2026-0019",
                    "url": "#",
                    "status": {"kind": "info", "text": "neu"},
                }
            ],
            "recent": DOCUMENTS,
            "notices": [
                {
                    "kind": "warning",
                    "title": "Ein Dokument ist fehlgeschlagen",
                    "text": "Hilfebericht HI-2026-0006.",
                    "url": "#",
                    "action": "Ansehen",
                }
            ],
            "urls": {"forms": "#", "documents": "#"},
            "can_fill": True,
        },
    ),
    "uebersicht-leer": (
        "tenant/dashboard.html",
        {
            "tenant_name": "Stadt Hilden",
            "figures": [],
            "tasks": [],
            "recent": [],
            "notices": [],
            "urls": {"forms": "#", "documents": "#"},
            "can_fill": True,
        },
    ),
    "vordrucke": (
        "forms/list.html",
        {
            "forms": [
                {
                    "title": "Kalkulation der Fachleistungsstunde",
                    "description": "Satz je Stunde aus Personal- und Sachkosten.",
                    "url": "#1",
                    "pages_text": "5 Seiten",
                    "version": "3",
                },
                {
                    "title": "Hilfebericht",
                    "description": "Bericht zum Hilfeplan.",
                    "url": "#2",
                    "pages_text": "3 Seiten",
                    "version": "1",
                },
            ],
            "drafts": [
                {
                    "title": "Kalkulation 2026",
                    "party": "Morgenlicht gGmbH",
                    "saved_at": "22.11.2026, 14:32",
                    "page_title": "Personalkosten",
                    "url": "#",
                    "delete_url": "#",
                    "stale": True,
                }
            ],
            "submissions": SUBMISSIONS,
            "urls": {"submissions": "#"},
        },
    ),
    "vordrucke-leer": (
        "forms/list.html",
        {"forms": [], "drafts": [], "submissions": [], "urls": {"submissions": "#"}},
    ),
    "einreichungen": (
        "submissions/list.html",
        {
            "submissions": SUBMISSIONS,
            "filter": FILTER,
            "is_filtered": True,
            "paging": {"previous_url": "", "next_url": "#", "text": "1–25 von 61"},
            "urls": {"search": "#", "reset": "#"},
        },
    ),
    "einreichungen-nichts": (
        "submissions/list.html",
        {
            "submissions": [],
            "filter": FILTER,
            "is_filtered": True,
            "paging": None,
            "urls": {"search": "#", "reset": "#"},
        },
    ),
    "einreichungen-leer": (
        "submissions/list.html",
        {
            "submissions": [],
            "filter": FILTER,
            "is_filtered": False,
            "paging": None,
            "urls": {"search": "#", "reset": "#"},
        },
    ),
    "einreichung": (
        "submissions/show.html",
        {
            "submission": {
                "title": "Kalkulation der Fachleistungsstunde 2026",
                "number": "E-2026-0019",
                "party": "Morgenlicht gGmbH",
                "person": "Joris Brandau",
                "received_at": "22.11.2026, 14:40 Uhr",
                "form_version": "3",
                "status": {"kind": "info", "text": "eingegangen"},
            },
            "review": review_pages(),
            "documents": DOCUMENTS,
            "events": [
                {"when": "22.11.2026, 14:41", "who": "", "text": "Dokument gesiegelt"},
                {"when": "22.11.2026, 14:40", "who": "Joris Brandau", "text": "Abgesendet"},
            ],
            "shows_documents": True,
            "steps": [
                {"title": "Angaben des Trägers", "is_done": True, "is_current": False},
                {"title": "Fachliche Bewertung", "is_done": False, "is_current": True},
                {"title": "Rechnerische Prüfung", "is_done": False, "is_current": False},
            ],
            "inquiries": [INQUIRY],
            "handovers": [HANDOVER, {**HANDOVER, "number": 2, "reason": "Nachgereicht"}],
            "work": {
                "label": "Schritt „Fachliche Bewertung“ bearbeiten",
                "url": "#",
                "kind": "primary",
                "saved_at": "22.11.2026, 15:02 Uhr",
            },
            "actions": [
                {
                    "label": "Rückfrage stellen",
                    "url": "#",
                    "kind": "secondary",
                    "method": "get",
                    "question": "",
                },
                {
                    "label": "Ablehnen",
                    "url": "#",
                    "kind": "secondary",
                    "method": "post",
                    "question": "Eine abgelehnte Einreichung kann nicht wieder geöffnet werden.",
                },
            ],
            "urls": {"overview": "#", "declaration": "#", "compare": "#"},
        },
    ),
    "vergleich-leer": (
        "procedure/comparison.html",
        {
            "submission": {"title": "Sachbericht", "number": "E-2026-0019", "party": "Morgenlicht"},
            "old": HANDOVER,
            "new": {**HANDOVER, "number": 2},
            "old_options": [{"value": 1, "label": "1: Eingereicht", "selected": True}],
            "new_options": [{"value": 2, "label": "2: Nachgereicht", "selected": True}],
            "compared": (),
            "remarks": [],
            "urls": {"compare": "#", "back": "#", "overview": "#"},
        },
    ),
    "fassung-lesen": (
        "versions/reading.html",
        {
            "form": {"title": "Hilfebericht", "is_first": False},
            "version": {
                "name": "2.0.0",
                "former": "1.4.0",
                "binding_from": "01.03.2027",
                "is_binding": False,
                "user_note": ["Der Bericht fragt jetzt nach den Zielen des jungen Menschen."],
            },
            "groups": CHANGES,
            "read_at": "",
            "may_confirm": True,
            "readers": SideReaders("Haus Morgentau", 12, 6, ("Kim Ahorn", "Toni Birke")),
            "urls": {"confirm": "#", "overview": "#", "form": "#"},
        },
    ),
    "fassung-gelesen": (
        "versions/reading.html",
        {
            "form": {"title": "Hilfebericht", "is_first": True},
            "version": {"name": "1.0.0", "binding_from": "01.03.2027", "is_binding": True},
            "groups": [],
            "read_at": "02.03.2027, 09:14 Uhr",
            "may_confirm": False,
            "readers": None,
            "urls": {"confirm": "#", "overview": "#", "form": "#"},
        },
    ),
    "kenntnisnahmen": (
        "versions/readers.html",
        {
            "form": {"title": "Hilfebericht"},
            "version": {"name": "2.0.0", "binding_from": "01.03.2027", "url": "#"},
            "own": SideReaders("Eigenes Amt", 10, 8, ("Kim Ahorn", "Toni Birke")),
            "organisations": [
                SideReaders("Haus Morgentau", 11, 6),
                SideReaders("Jugendhilfe am Fluss gGmbH", 1, 0),
            ],
            "total": SideReaders("", 22, 14),
            "is_asked_for": True,
            "reminded_at": "05.03.2027, 10:00 Uhr",
            "urls": {"remind": "#", "overview": "#", "history": "#", "publish": "#"},
        },
    ),
    "kenntnisnahmen-alle": (
        "versions/readers.html",
        {
            "form": {"title": "Hilfebericht"},
            "version": {"name": "2.0.0", "binding_from": "01.03.2027", "url": "#"},
            "own": SideReaders("Eigenes Amt", 3, 3),
            "organisations": [],
            "total": SideReaders("", 3, 3),
            "is_asked_for": True,
            "reminded_at": "",
            "urls": {"remind": "#", "overview": "#", "history": "#", "publish": "#"},
        },
    ),
    "rueckfrage-stellen": (
        "procedure/inquiry.html",
        {
            "submission": {"title": "Sachbericht", "number": "E-2026-0019", "party": "Morgenlicht"},
            "entry": {
                "kind": "inquiry",
                "text": "Bitte begründen.",
                "due": "14.04.2027",
                "errors": {"fields": "Eine Rückfrage geht an die Personen eines Schritts."},
            },
            "kinds": [
                {"value": "inquiry", "label": "Rückfrage", "checked": True},
                {"value": "supplement", "label": "Nachforderung", "checked": False},
            ],
            "steps": _askable_steps(),
            "errors": [{"html_id": "felder", "text": "Eine Rückfrage geht an einen Schritt."}],
            "has_errors": True,
            "urls": {"ask": "#", "back": "#", "overview": "#"},
        },
    ),
    "nur-einmal": (
        "building/uniqueness.html",
        {
            "form": {"title": "Hilfebericht"},
            "revision": 4,
            "number": 0,
            "chosen": ["aktenzeichen", "kosten.monat", ""],
            "choices": [("aktenzeichen", "Aktenzeichen"), ("kosten.monat", "Kosten: Monat")],
            "unknown": [],
            "rule": UniqueRule(fields=("aktenzeichen", "kosten.monat"), per_period=True),
            "sentence": "„Aktenzeichen“ und „Monat“ zusammen dürfen je Träger und Zeitraum nur"
            " einmal eingereicht werden. Jede Zeile von „Kosten“ zählt für sich.",
            "problem": "Die Felder stehen in verschiedenen Wiederholgruppen.",
            "has_errors": True,
            "urls": {"overview": "#", "current": "#", "save": "#"},
        },
    ),
    "freigabe": (
        "versions/review.html",
        {
            "form": {"title": "Hilfebericht", "is_first": False},
            "release": {
                "name": "2.0.0",
                "state": {"kind": "info", "text": "In Prüfung"},
                "requested_by": "Kim Ahorn",
                "requested_at": "27.02.2027, 10:00 Uhr",
                "binding_from": "01.03.2027",
                "grace_days": 28,
                "policy": "Behalten",
                "policy_text": "Wer begonnen hat, schreibt zu Ende.",
                "user_note": ["Der Bericht fragt jetzt nach den Zielen des jungen Menschen."],
                "must_be_read": True,
            },
            "open_drafts": 3,
            "templates": [
                {
                    "title": "Hilfebericht (Brief)",
                    "status": {"kind": "success", "text": "geht mit"},
                    "errors": [],
                },
                {
                    "title": "Kurzfassung",
                    "status": {"kind": "warning", "text": "passt nicht"},
                    "errors": [
                        "Text, Absatz „Ziel: {{ ziel }}“: „ziel“ gibt es im Vordruck nicht."
                    ],
                },
            ],
            "may_approve": True,
            "may_withdraw": False,
            "problem": "",
            "comment": "",
            "groups": CHANGES,
            "grades": [],
            "urls": {"decide": "#", "publish": "#", "history": "#", "overview": "#", "build": "#"},
        },
    ),
    "anforderungen-leer": (
        "reports/list.html",
        {
            "requests": [],
            "rate": {"due": 0},
            "filter": {"forms": [], "periods": []},
            "is_filtered": False,
            "is_office": True,
            "urls": {"list": "#", "new": "#"},
        },
    ),
    "anforderung-neu-leer": (
        "reports/new.html",
        {
            "entry": {"period": "", "due": "", "note": "", "errors": {}},
            "forms": [],
            "organisations": [],
            "errors": [],
            "urls": {"ask": "#", "list": "#"},
        },
    ),
    "dokumente": (
        "documents/list.html",
        {
            "documents": DOCUMENTS,
            "filter": FILTER,
            "is_filtered": False,
            "paging": {"previous_url": "#n", "next_url": "#a", "text": "26–50 von 61"},
            "urls": {"search": "#", "reset": "#", "forms": "#"},
        },
    ),
    "dokumente-leer": (
        "documents/list.html",
        {
            "documents": [],
            "filter": FILTER,
            "is_filtered": False,
            "paging": None,
            "urls": {"search": "#", "reset": "#", "forms": "#"},
        },
    ),
    "dokument": (
        "documents/show.html",
        {
            "document": DOCUMENT,
            "damaged": [1],
            "versions": [
                VERSION,
                {**VERSION, "version": "1", "status": {"kind": "neutral", "text": "ersetzt"}},
            ],
            "signings": [SIGNING],
            "urls": {"overview": "#", "retry": "", "refresh": "#", "sign": "#u"},
        },
    ),
    "dokument-arbeit": (
        "documents/show.html",
        {
            "document": {
                **DOCUMENT,
                "status": WORKING,
                "state": "working",
                "steps": [
                    {"text": "Vorlage ausfüllen", "state": "done"},
                    {"text": "PDF herstellen", "state": "current"},
                    {"text": "Siegeln und ablegen", "state": "waiting"},
                ],
            },
            "versions": [],
            "urls": {"overview": "#", "retry": "", "refresh": "/dokument"},
        },
    ),
    "dokument-fehler": (
        "documents/show.html",
        {
            "document": {
                **DOCUMENT,
                "status": FAILED,
                "state": "failed",
                "reason": "Das Programm, das PDF-Dateien herstellt, hat dreimal nicht geantwortet.",
                "way_out": "Versuchen Sie es noch einmal.",
            },
            "versions": [],
            "urls": {"overview": "#", "retry": "#", "refresh": "#"},
        },
    ),
    "vorlagen": (
        "templates/list.html",
        {
            "templates": [
                {
                    "title": "Kalkulation",
                    "form_title": "Kalkulation der Fachleistungsstunde",
                    "version": "3",
                    "published_at": "02.11.2026",
                    "status": {"kind": "success", "text": "veröffentlicht"},
                    "url": "#",
                    "download_url": "#",
                }
            ],
            "urls": {"upload": "#", "placeholders": "#p"},
        },
    ),
    "vorlagen-leer": ("templates/list.html", {"templates": [], "urls": {"upload": "#"}}),
    **FRAME_PAGES,
    "vorlage-hochladen": (
        "templates/upload.html",
        {
            "forms": [{"id": "1", "title": "Hilfebericht", "selected": False}],
            "frames": [
                {"id": "", "title": "wie in der Datei", "selected": True},
                {"id": "2", "title": "Briefbogen Jugendamt", "selected": False},
            ],
            "title": "",
            "errors": [],
            "limit": "10 MB",
            "urls": {"save": "#", "overview": "#", "placeholders": "#p", "reference": "#r"},
        },
    ),
    "vorlage-hochladen-fehler": (
        "templates/upload.html",
        {
            "forms": [{"id": "1", "title": "Hilfebericht", "selected": True}],
            "frames": [],
            "title": "",
            "errors": [
                {"html_id": "title", "text": "Bitte geben Sie den Namen der Vorlage an."},
                {
                    "html_id": "file",
                    "text": "„brief.doc“ ist kein DOCX. Speichern Sie es in Word als .docx.",
                },
            ],
            "limit": "10 MB",
            "has_errors": True,
            "urls": {"save": "#", "overview": "#"},
        },
    ),
    "vorlage-befunde": (
        "templates/findings.html",
        {
            "template": TEMPLATE,
            "findings": FINDINGS,
            "counts": {"errors": 1, "warnings": 1},
            "mended": [{**FINDINGS[1], "message": "Die Kommentare wurden entfernt."}],
            "urls": {"overview": "#", "upload": "#"},
        },
    ),
    "vorlage-ok": (
        "templates/findings.html",
        {
            "template": {**TEMPLATE, "status": {"kind": "success", "text": "geprüft"}},
            "findings": [],
            "counts": {"errors": 0, "warnings": 0},
            "mended": [],
            "difference": DIFFERENCE,
            "in_use": 2,
            "others": [
                {
                    "number": 2,
                    "uploaded_at": "01.10.2026",
                    "published_at": "02.10.2026",
                    "status": {"kind": "success", "text": "Veröffentlicht"},
                    "url": "#1",
                    "compare_url": "#2",
                }
            ],
            **TEMPLATE_CLAUSES,
            "frame": {
                "title": "Briefbogen",
                "number": 1,
                "newest": 2,
                "is_outdated": True,
                "id": "1",
                "url": "#rahmen",
                "renew_url": "#erneuern",
            },
            "may_frame": True,
            "urls": {"overview": "#", "publish": "#", "preview": "#", "upload": "#"},
        },
    ),
    "archivangebote": (
        "retention/offers.html",
        {
            "waiting": 120,
            "offers": [OFFER],
            "urls": {"offer": "#anbieten", "classes": "#klassen"},
        },
    ),
    "archivangebot-freigabe": (
        "retention/offer.html",
        {
            "offer": {**OFFER, **OFFER_STEPS, "decided": "23.11.2026, 09:00 Uhr, Mara Lindqvist"},
            "documents": OFFERED,
            "urls": {
                "index": "#",
                "list": "#liste",
                "decide": "#entscheidung",
                "release": "#freigeben",
                "again": "",
                "package": "",
                "received": "",
            },
        },
    ),
    "archivangebot-paket": (
        "retention/offer.html",
        {
            "offer": {
                **OFFER,
                **OFFER_STEPS,
                "status": {"kind": "warning", "text": "wartet auf Empfang"},
                "decided": "23.11.2026, 09:00 Uhr, Mara Lindqvist",
                "released": "23.11.2026, 11:30 Uhr, Jonas Beispiel",
                "package_sha256": HASH,
            },
            "documents": OFFERED,
            "urls": {
                "index": "#",
                "list": "#liste",
                "decide": "",
                "release": "",
                "again": "",
                "package": "#paket",
                "received": "#empfang",
            },
        },
    ),
    "archivangebot-fehler": (
        "retention/offer.html",
        {
            "offer": {
                **OFFER,
                **OFFER_STEPS,
                "status": {"kind": "info", "text": "Paket entsteht"},
                "failure": "Dokument HI-2014-0007: Der Inhalt passt nicht zu seiner Prüfsumme.",
                "is_late": True,
            },
            "documents": OFFERED,
            "urls": {
                "index": "#",
                "list": "#liste",
                "decide": "",
                "release": "",
                "again": "#noch-einmal",
                "package": "",
                "received": "",
            },
        },
    ),
    "loeschlaeufe": (
        "retention/runs.html",
        {
            "day": "22.11.2026",
            "due": [
                {"key": "LK-D", "title": "Vermerk nach § 72a", "submissions": 3, "count": 0},
                {"key": "LK-F", "title": "Zuwendung und Abrechnung", "submissions": 0, "count": 41},
            ],
            "can_plan": True,
            "runs": [ERASURE],
            "urls": {"plan": "#planen", "classes": "#klassen"},
        },
    ),
    "loeschlauf-geplant": (
        "retention/run.html",
        {
            "run": {
                **ERASURE,
                "status": {"kind": "warning", "text": "wartet auf Freigabe"},
                "needs_two": True,
                "must_wait": False,
                "released": "",
                "finished": "",
                "skipped": 0,
                "counts": [
                    {
                        "key": "LK-F",
                        "title": "Zuwendung und Abrechnung",
                        "submissions": 0,
                        "count": 41,
                    }
                ],
            },
            "entries": [],
            "urls": {"index": "#", "release": "#freigeben", "discard": "#verwerfen"},
        },
    ),
    "loeschlauf-fertig": (
        "retention/run.html",
        {
            "run": {
                **ERASURE,
                "needs_two": True,
                "must_wait": False,
                "released": "Jonas Beispiel",
                "finished": "22.11.2026, 10:05 Uhr",
                "skipped": 1,
                "counts": [
                    {
                        "key": "LK-F",
                        "title": "Zuwendung und Abrechnung",
                        "submissions": 0,
                        "count": 41,
                    }
                ],
            },
            "entries": [
                {
                    "subject": "Einreichung",
                    "id": "7d4b19e2-6c1f-4a53-9f10-1f0f3b8a9d12",
                    "key": "LK-D",
                    "erased_at": "22.11.2026, 10:05 Uhr",
                    "versions": [],
                    "contents": [HASH],
                },
                {
                    "subject": "Dokument",
                    "id": "0c4b19e2-6c1f-4a53-9f10-1f0f3b8a9d11",
                    "contents": [],
                    "key": "LK-F",
                    "erased_at": "22.11.2026, 10:05 Uhr",
                    "versions": [
                        {"id": "5a0e19e2-6c1f-4a53-9f10-1f0f3b8a9d11", "pdf": HASH, "docx": HASH}
                    ],
                },
            ],
            "urls": {"index": "#", "release": "", "discard": ""},
        },
    ),
    "dokument-aufbewahrung": (
        "documents/show.html",
        {
            "document": DOCUMENT,
            "versions": [],
            "erased_at": "",
            "retention": {
                "key": "LK-H",
                "title": "Akten der Erziehungs- und Eingliederungshilfe",
                "start_event": "Vollendung des 30. Lebensjahrs des jungen Menschen",
                "asks_birth": True,
                "started": "13.03.2045",
                "erasable_on": "14.03.2115",
                "is_held": True,
                "hold_reason": "Klage beim Verwaltungsgericht",
                "held_by": "Mara Lindqvist",
                "held_at": "22.11.2026, 10:05 Uhr",
                "urls": {"start": "#start", "hold": "#hold", "lift": "#lift"},
            },
            "urls": {"overview": "#", "retry": "", "refresh": ""},
        },
    ),
    "aufbewahrung": (
        "retention/show.html",
        {
            "classes": [
                {
                    "key": "LK-F",
                    "title": "Zuwendung und Abrechnung",
                    "start_event": "Ende des Haushaltsjahrs der letzten Zahlung",
                    "months": "12o",
                    "period": "10 Jahre",
                    "basis": "Gemeindehaushaltsrecht",
                    "is_statutory": False,
                    "locks": True,
                    "offers_archive": False,
                    "errors": {"months": "Geben Sie die Frist in ganzen Monaten an."},
                    "is_open": True,
                },
                {
                    "key": "LK-H",
                    "title": "Akten der Erziehungs- und Eingliederungshilfe",
                    "start_event": "Vollendung des 30. Lebensjahrs des jungen Menschen",
                    "months": "840",
                    "period": "70 Jahre",
                    "basis": "§ 9b SGB VIII",
                    "is_statutory": True,
                    "locks": False,
                    "offers_archive": True,
                    "errors": {},
                    "is_open": False,
                },
            ],
            "forms": [
                {
                    "name": "form-1",
                    "title": "Kalkulation der Fachleistungsstunde",
                    "data_class": "K2",
                    "locks_nothing": False,
                    "options": [
                        {"value": "", "label": "noch keine", "selected": False},
                        {"value": "LK-F", "label": "LK-F: Zuwendung", "selected": True},
                    ],
                    "begins_name": "begins-1",
                    "begins": [
                        {"value": "", "label": "von Hand eingetragen", "selected": False},
                        {"value": "concluded", "label": "Tag des Abschlusses", "selected": True},
                    ],
                },
                {
                    "name": "form-2",
                    "title": "Hilfebericht",
                    "data_class": "K4",
                    "locks_nothing": True,
                    "options": [{"value": "", "label": "noch keine", "selected": True}],
                    "begins_name": "begins-2",
                    "begins": [
                        {"value": "", "label": "von Hand eingetragen", "selected": True},
                        {
                            "value": "field:geburtsdatum",
                            "label": "Antwort: Geburtsdatum des jungen Menschen",
                            "selected": False,
                        },
                    ],
                },
            ],
            "errors": [
                {
                    "html_id": "months-LK-F",
                    "text": "Geben Sie die Frist in ganzen Monaten an.",
                }
            ],
            "has_errors": True,
            "urls": {"decide": "#klasse", "assign": "#vordrucke"},
        },
    ),
    "unversehrtheit": (
        "integrity/show.html",
        {
            "alarms": [
                {
                    "id": "a1",
                    "title": "PDF von Dokument HI-2026-0007, Fassung 1",
                    "text": "Der Inhalt passt nicht mehr zu seiner Prüfsumme.",
                    "url_subject": "",
                    "found_at": "22.11.2026, 01:14 Uhr",
                    "seen_at": "23.11.2026, 01:12 Uhr",
                    "error": "Bitte beschreiben Sie, was die Ursache war und was getan wurde.",
                    "typed": "",
                    "url": "#a1",
                },
                {
                    "id": "a2",
                    "title": "Vorlage „Kalkulation der Fachleistungsstunde“, Fassung 3",
                    "text": "Die Datei fehlt im Objektspeicher.",
                    "url_subject": "#vorlage",
                    "found_at": "23.11.2026, 01:12 Uhr",
                    "seen_at": "23.11.2026, 01:12 Uhr",
                    "error": "",
                    "typed": "",
                    "url": "#a2",
                },
            ],
            "closed": [
                {
                    "title": "Hochgeladene Datei 0c4b19e2",
                    "text": "Die Datei fehlt im Objektspeicher.",
                    "found_at": "02.11.2026, 01:10 Uhr",
                    "closed_at": "02.11.2026, 09:31 Uhr",
                    "closed_name": "Mara Lindqvist",
                    "remedy": "Beim Umzug des Speichers vergessen, aus der Sicherung geholt.",
                }
            ],
            "runs": [
                {
                    "started": "23.11.2026, 01:00 Uhr",
                    "finished": "",
                    "entries": 1207,
                    "files": 3644,
                    "size": "912 MB",
                    "status": {"kind": "info", "text": "läuft"},
                },
                {
                    "started": "22.11.2026, 01:00 Uhr",
                    "finished": "22.11.2026, 01:16 Uhr",
                    "entries": 1207,
                    "files": 3644,
                    "size": "912 MB",
                    "status": {"kind": "danger", "text": "1 Fehler"},
                },
                {
                    "started": "21.11.2026, 01:00 Uhr",
                    "finished": "21.11.2026, 01:15 Uhr",
                    "entries": 1193,
                    "files": 3602,
                    "size": "901 MB",
                    "status": {"kind": "success", "text": "alles unversehrt"},
                },
            ],
            "errors": [
                {
                    "html_id": "massnahme-a1",
                    "text": "Bitte beschreiben Sie, was die Ursache war und was getan wurde.",
                }
            ],
            "has_errors": True,
        },
    ),
    "unversehrtheit-leer": (
        "integrity/show.html",
        {"alarms": [], "closed": [], "runs": [], "errors": [], "has_errors": False},
    ),
    "unversehrtheit-plattform": (
        "integrity/platform.html",
        {
            **_outside(),
            "tenants": [
                {
                    "name": "Stadt Hilden",
                    "finished": "22.11.2026, 01:16 Uhr",
                    "status": {"kind": "danger", "text": "ein Alarm offen"},
                },
                {
                    "name": "Kreis Ahrweiler",
                    "finished": "22.11.2026, 01:04 Uhr",
                    "status": {"kind": "success", "text": "kein Alarm"},
                },
                {
                    "name": "Stadt Neu",
                    "finished": "noch nie",
                    "status": {"kind": "neutral", "text": "noch nicht geprüft"},
                },
            ],
        },
    ),
    "nachweis": (
        "verification/show.html",
        {**_outside(True), "proof": PROOF, "urls": PROOF_URLS},
    ),
    "nachweis-ungueltig": (
        "verification/show.html",
        {**_outside(True), "proof": {**PROOF, "verdict": "invalid"}, "urls": PROOF_URLS},
    ),
    "nachweis-ersetzt": (
        "verification/show.html",
        {**_outside(True), "proof": {**PROOF, "verdict": "withdrawn"}, "urls": PROOF_URLS},
    ),
    "nachweis-neuere-fassung": (
        "verification/show.html",
        {**_outside(True), "proof": {**PROOF, "verdict": "superseded"}, "urls": PROOF_URLS},
    ),
    "nachweis-unbekannt": (
        "verification/unknown.html",
        {**_outside(), "code": "ej454-z5fyk", "urls": {"index": "#"}},
    ),
    "nachweis-eingabe": (
        "verification/index.html",
        {**_outside(), "code": "", "error": "", "largest_megabytes": 25, "urls": ASK_URLS},
    ),
    "nachweis-eingabe-fehler": (
        "verification/index.html",
        {
            **_outside(),
            "code": "K7",
            "error": "Das ist kein Prüfcode. Er hat 26 Zeichen in Gruppen zu fünf.",
            "has_errors": True,
            "largest_megabytes": 25,
            "urls": ASK_URLS,
        },
    ),
    "datei-eingabe-fehler": (
        "verification/index.html",
        {
            **_outside(),
            "file_error": "Die Datei ist mit einem Kennwort verschlüsselt.",
            "has_errors": True,
            "largest_megabytes": 25,
            "urls": ASK_URLS,
        },
    ),
    "datei-echt": (
        "verification/file.html",
        {
            **_outside(),
            "verdict": {
                "kind": "valid",
                "title": "Diese Datei ist echt",
                "text": "Sie steht im Register, und es ist die geltende Fassung.",
            },
            "register": {
                "kind": "Qualifiziertes Siegel",
                "sealed_by": "Stadt Hilden",
                "sealed_at": "22.11.2026, 14:41 Uhr",
                "state": "geltende Fassung",
                "code": PROOF["code"],
                "url": "#code",
            },
            "is_demo": True,
            "signatures": [FILE_SEAL, FILE_SIGNATURE],
            "sha256": HASH,
            "urls": {"index": "#"},
        },
    ),
    "datei-ohne-siegel": (
        "verification/file.html",
        {
            **_outside(),
            "verdict": {
                "kind": "unsure",
                "title": "Diese Datei trägt kein Siegel",
                "text": "Kein Register dieser Plattform kennt sie.",
            },
            "register": None,
            "is_demo": False,
            "signatures": [],
            "sha256": HASH,
            "urls": {"index": "#"},
        },
    ),
    "barrierefreiheit": (
        "accessibility.html",
        {
            **_outside(),
            "statement": {
                "operator": "Die Stadt Hilden",
                "date": "22.11.2026",
                "method": "Selbstbewertung mit automatischen Prüfungen",
                "standard": "EN 301 549 mit WCAG 2.2, Stufe AA",
                "known_barriers": [
                    {
                        "text": "Hochgeladene Dokumente können Barrieren enthalten.",
                        "reason": "Sie stammen von Dritten.",
                        "until": "",
                    }
                ],
                "enforcement": {
                    "name": "Schlichtungsstelle (Beispiel)",
                    "url": "https://schlichtung.example",
                },
            },
            "contact": {
                "name": "Amt für Jugend, Schule und Sport",
                "email": "jugendamt@hilden.example",
                "telephone": "02103 000-0",
            },
        },
    ),
    **SIGNING_PAGES,
    **{
        f"fehler-{code}": (f"errors/{code}.html", {**_outside(), "reference": "a1b2c3"})
        for code in (400, 403, 404, 413, 429, 500, 503)
    },
}
