"""Example variables for the pages about signatures."""

from __future__ import annotations

Variables = dict[str, object]

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
WAITING = {"kind": "info", "text": "ausstehend"}
LATER = {"kind": "neutral", "text": "noch nicht an der Reihe"}
SIGNED = {"kind": "success", "text": "unterschrieben"}
OPEN = {"kind": "warning", "text": "in Zeichnung"}

ROW: Variables = {
    "title": "Leistungs- und Entgeltvereinbarung 2027",
    "number": "T-2026-00017",
    "level": "Bestätigung mit Anmeldung",
    "progress": "1 von 2 Parteien",
    "requested": "22.11.2026",
    "due": "14.12.2026",
    "status": {"kind": "warning", "text": "Ihre Unterschrift fehlt"},
    "url": "#",
}


def person(name: str, function: str, status: object, **more: object) -> Variables:
    """Return somebody who is asked."""
    empty = {"authority": "", "when": "", "reminded": "", "reason": [], "certificate": ""}
    empty |= {"id": name[:3], "is_waiting": status is not SIGNED}
    return {"name": name, "function": function, "status": status, **empty, **more}


CERTIFICATES = [
    {
        "id": "a",
        "title": "Toni Beispiel, ausgestellt von Beispiel Trust QES CA 1, gültig bis 03.05.2028",
    },
    {
        "id": "b",
        "title": "Toni Beispiel, ausgestellt von Beispiel Trust QES CA 1, gültig bis 03.05.2028"
        " (Dienst)",
    },
]
SHOW: Variables = {
    "signing": {
        "title": "Leistungs- und Entgeltvereinbarung 2027",
        "number": "T-2026-00017",
        "level": "Bestätigung mit Anmeldung",
        "meaning": "Einfache elektronische Signatur: Die Person meldet sich an und bestätigt mit"
        " ihrem Passwort. Sie ersetzt keine Schriftform.",
        "status": OPEN,
        "state": "open",
        "requested": "22.11.2026, 14:35 Uhr",
        "requested_by": "Mara Lindqvist",
        "due": "14.12.2026",
        "note": ["Bitte bis zur Sitzung des Jugendhilfeausschusses."],
        "reason": [],
        "ended": "",
        "order": "nacheinander, in der Reihenfolge der Liste",
        "sha256": HASH,
        "size": "118 kB",
        "failure": "",
        "way": "L1",
        "scan_state": "none",
        "scan_problems": [],
        "location": "",
        "service": "",
    },
    "parties": [
        {
            "name": "Müller & Söhne <gGmbH>",
            "rule": "gemeinsam, 2 Personen",
            "people": [
                person("Dr. Kim Muster-Beispielhausen", "Geschäftsführung", SIGNED,
                       when="23.11.2026, 09:12 Uhr"),
                person("i. V. Toni Beispiel", "Prokura", WAITING, reminded="25.11.2026",
                       authority="UR 12/2026"),
            ],
        },
        {
            "name": "Stadt Hilden",
            "rule": "HVB, allgemeine Vertretung oder zwei Bedienstete",
            "people": [person("Bürgermeisterin Beispiel", "Bürgermeisterin", LATER)],
        },
    ],
    "mine": None,
    "typed": {},
    "error_texts": {},
    "errors": [],
    "may_withdraw": True,
    "may_remind": True,
    "may_retry": False,
    "may_scan": False,
    "urls": {
        "list": "#", "document": "#d", "signed": "", "sign": "#s", "decline": "#a",
        "withdraw": "#w", "remind": "#e", "retry": "#r", "upload": "#h", "remote": "#f",
        "scan": "#c",
        "scan_file": "", "confirm": "#b",
    },
}  # fmt: skip
MINE: Variables = {
    "party": "Müller & Söhne <gGmbH>",
    "as": "i. V. Toni Beispiel, Prokura",
    "opened": "26.11.2026, 08:00 Uhr",
    "sha256": HASH,
    "field": "Unterschrift 2",
}
RULES = [
    {"value": "single", "label": "einzeln", "selected": True},
    {"value": "joint", "label": "gemeinsam zu mehreren", "selected": False},
]
CHOSEN = [
    {"id": "1", "name": "Dr. Kim Muster", "about": "Geschäftsführung", "checked": True},
    {
        "id": "2",
        "name": "i. V. Toni Beispiel",
        "about": "Prokura, nur auf Papier",
        "checked": False,
    },
]
NEW: Variables = {
    "document": {"title": "Leistungsvereinbarung 2027", "number": "T-2026-00017", "version": 1},
    "entry": {"in_order": True, "due": "14.12.2026", "note": "", "errors": {}},
    "levels": [
        {
            "value": "L1",
            "title": "Bestätigung mit Anmeldung",
            "meaning": "Einfache elektronische Signatur. Sie ersetzt keine Schriftform.",
            "checked": True,
        }
    ],
    "parties": [
        {
            "key": "a", "place": 0, "name": "Müller & Söhne <gGmbH>", "required": "2", "error": "",
            "rules": RULES, "people": CHOSEN,
        },
        {
            "key": "amt", "place": 1, "name": "Stadt Hilden", "required": "2", "error": "",
            "rules": RULES, "people": [],
        },
    ],
    "further": [{"value": "b", "label": "Verein Regenbogen e. V.", "selected": False}],
    "errors": [],
    "urls": {"ask": "#", "back": "#", "overview": "#", "signatories": "#z"},
}  # fmt: skip
ENTITLED = {
    "name": "i. V. Toni Beispiel",
    "function": "Prokura",
    "party": "Müller & Söhne <gGmbH>",
    "capacity": "bevollmächtigt",
    "authority": "UR 12/2026",
    "until": "31.12.2027",
    "way": "mit Anmeldung",
    "status": {"kind": "success", "text": "berechtigt"},
    "is_ended": False,
    "end_url": "#",
}
SIGNATORY: Variables = {
    "typed": {"name": "Toni Beispiel"},
    "parties": [{"value": "", "label": "Stadt Hilden", "selected": True}],
    "people": [{"value": "", "label": "kein Konto, nur auf Papier", "selected": True}],
    "capacities": [{"value": "proxy", "label": "bevollmächtigt", "selected": True}],
    "additions": [{"value": "", "label": "ohne Zusatz", "selected": True}],
    "is_office": True,
    "errors": [],
    "urls": {"save": "#", "back": "#"},
}
REFUSED = {
    "read": "Bestätigen Sie, dass Sie das ganze Dokument gelesen haben.",
    "password": "Das Passwort stimmt nicht.",
    "dokument": "Öffnen Sie zuerst das Dokument.",
}

SIGNING_PAGES: dict[str, tuple[str, Variables]] = {
    "unterschriften": (
        "signings/list.html",
        {"signings": [ROW], "paging": None, "urls": {"signatories": "#z", "documents": "#d"}},
    ),
    "unterschriften-leer": (
        "signings/list.html",
        {"signings": [], "paging": None, "urls": {"signatories": "", "documents": ""}},
    ),
    "zeichnung": ("signings/show.html", SHOW),
    "zeichnung-meine": (
        "signings/show.html",
        {**SHOW, "mine": MINE, "may_withdraw": False, "may_remind": False},
    ),
    "zeichnung-fehler": (
        "signings/show.html",
        {
            **SHOW,
            "mine": MINE,
            "error_texts": {**REFUSED, "reason": "Sagen Sie, warum.", "withdrawal": "Warum?"},
            "errors": [{"html_id": name, "text": text} for name, text in REFUSED.items()],
            "has_errors": True,
        },
    ),
    "zeichnung-fertig": (
        "signings/show.html",
        {
            **SHOW,
            "signing": {
                **SHOW["signing"],  # type: ignore[dict-item]
                "state": "completed",
                "status": {"kind": "success", "text": "unterzeichnet"},
                "ended": "26.11.2026, 08:05 Uhr",
            },
            "urls": {**SHOW["urls"], "signed": "#f"},  # type: ignore[dict-item]
            "may_withdraw": False,
            "may_remind": False,
        },
    ),
    "zeichnung-gescheitert": (
        "signings/show.html",
        {
            **SHOW,
            "signing": {
                **SHOW["signing"],  # type: ignore[dict-item]
                "state": "completing",
                "failure": "Der Mandant hat kein Siegel.",
                "reason": ["§ 4 passt nicht."],
            },
            "may_retry": True,
        },
    ),
    "zeichnung-qualifiziert": (
        "signings/show.html",
        {
            **SHOW,
            "signing": {**SHOW["signing"], "way": "L3"},  # type: ignore[dict-item]
            "mine": MINE,
            "errors": [{"html_id": "file", "text": "Das Zertifikat lautet auf ein Pseudonym."}],
            "has_errors": True,
        },
    ),
    "zeichnung-fernsignatur": (
        "signings/show.html",
        {
            **SHOW,
            "signing": {**SHOW["signing"], "way": "L3"},  # type: ignore[dict-item]
            "service": {
                "name": "Beispiel Sign",
                "has_pages": False,
                "choices": CERTIFICATES,
                "chosen": "",
            },
            "mine": MINE,
            "typed": {"user": "toni.beispiel@example.org"},
            "error_texts": {"user": "Der Signaturdienst „Beispiel Sign“ lehnt PIN oder TAN ab."},
            "errors": [
                {
                    "html_id": "user",
                    "text": "Der Signaturdienst „Beispiel Sign“ lehnt PIN oder TAN ab.",
                }
            ],
            "has_errors": True,
        },
    ),
    "zeichnung-fernsignatur-seiten": (
        "signings/show.html",
        {
            **SHOW,
            "signing": {**SHOW["signing"], "way": "L3"},  # type: ignore[dict-item]
            "service": {"name": "Beispiel Sign", "has_pages": True, "choices": [], "chosen": ""},
            "mine": MINE,
            "error_texts": {"fernsignatur": "Der Signaturdienst antwortet nicht."},
            "errors": [{"html_id": "fernsignatur", "text": "Der Signaturdienst antwortet nicht."}],
            "has_errors": True,
        },
    ),
    "zeichnung-fernsignatur-zertifikat": (
        "signings/show.html",
        {
            **SHOW,
            "signing": {**SHOW["signing"], "way": "L3"},  # type: ignore[dict-item]
            "service": {
                "name": "Beispiel Sign",
                "has_pages": True,
                "choices": CERTIFICATES,
                "chosen": "b",
            },
            "mine": MINE,
        },
    ),
    "zeichnung-vorbereitung": (
        "signings/show.html",
        {
            **SHOW,
            "signing": {**SHOW["signing"], "state": "preparing"},  # type: ignore[dict-item]
            "urls": {**SHOW["urls"], "document": ""},  # type: ignore[dict-item]
        },
    ),
    "zeichnung-papier": (
        "signings/show.html",
        {
            **SHOW,
            "may_scan": True,
            "signing": {
                **SHOW["signing"],  # type: ignore[dict-item]
                "way": "L3p",
                "scan_state": "refused",
                "scan_problems": ["Seite 3 des Ausdrucks fehlt im Scan."],
            },
        },
    ),
    "zeichnung-papier-ganz": (
        "signings/show.html",
        {
            **SHOW,
            "may_scan": True,
            "signing": {
                **SHOW["signing"],  # type: ignore[dict-item]
                "way": "L3p",
                "scan_state": "whole",
                "location": "Raum 204, Ordner 3",
            },
            "urls": {**SHOW["urls"], "scan_file": "#g"},  # type: ignore[dict-item]
        },
    ),
    "zeichnung-neu": ("signings/new.html", NEW),
    "zeichnungsberechtigte": (
        "signings/signatories.html",
        {
            "signatories": [ENTITLED, {**ENTITLED, "end_url": "", "is_ended": True}],
            "is_office": True,
            "urls": {"add": "#", "list": "#"},
        },
    ),
    "zeichnungsberechtigte-neu": ("signings/signatory.html", SIGNATORY),
}
