"""Example variables for the pages of clauses."""

from __future__ import annotations

from typing import Any

Variables = dict[str, Any]

_URLS = {
    "overview": "#", "show": "#1", "missing": "/fehlt", "edit": "#3", "review": "#4", "save": "#5",
    "discard": "#6", "begin": "#b", "decide": "#7", "template": "#8", "clause": "#9",
}  # fmt: skip
_PUBLISHED = {"kind": "success", "text": "Veröffentlicht"}
_DRAFT = {"kind": "info", "text": "Entwurf"}
_REVIEWED = {"kind": "warning", "text": "In Prüfung"}


def _text(text: str, kind: str = "text", **look: bool) -> dict[str, Any]:
    return {"text": text, "kind": kind, **look}


_PARAGRAPHS = [
    {
        "number": "(1)", "is_item": False, "is_indented": True,
        "pieces": [
            _text("Die Parteien verarbeiten Sozialdaten nur, soweit es "),
            _text("erforderlich", bold=True),
            _text(" ist. Verantwortlich ist "),
            _text("{{ traeger.name }}", "tag"),
            _text(" für"),
        ],
    },
    {"number": "", "is_item": True, "is_indented": True, "pieces": [_text("die eigenen Akten,")]},
    {"number": "", "is_item": True, "is_indented": True, "pieces": [_text("die Auskunft.")]},
    {
        "number": "(2)", "is_item": False, "is_indented": True,
        "pieces": [_text("Für Akten gilt "), _text("§ aufarbeitung", "reference"), _text(".")],
    },
]  # fmt: skip
_CONTENT = {
    "kind": "fix",
    "heading": "Datenschutz",
    "condition": "",
    "variants": [
        {
            "title": "Kirchliches Recht (KDG)", "key": "kdg", "condition": 'datenschutz == "kdg"',
            "is_default": False, "paragraphs": _PARAGRAPHS, "problem": "",
        },
        {
            "title": "DSGVO", "key": "dsgvo", "condition": "", "is_default": True,
            "paragraphs": _PARAGRAPHS, "problem": "",
        },
    ],
}  # fmt: skip
_VERSION = {
    **_CONTENT,
    "number": 2, "status": _PUBLISHED, "published_at": "02.11.2026", "decided_by": "Mara Beispiel",
    "changed_by": "Kim Muster", "changed_at": "01.11.2026", "note": "Folgt der Mustervereinbarung.",
}  # fmt: skip
DIFFERENCE = {
    "is_empty": False, "frame_only": False, "placeholders_added": [], "placeholders_removed": [],
    "rest": 0, "remarks": ["Der Baustein war anpassbar und ist jetzt fix."],
    "changes": [
        {
            "kind": "changed", "title": "Geändert", "place": "Variante „DSGVO“",
            "marks": [
                {"kind": "same", "text": "Sozialdaten werden nur "},
                {"kind": "removed", "text": "bei Bedarf"},
                {"kind": "added", "text": "soweit erforderlich"},
                {"kind": "same", "text": " verarbeitet."},
            ],
        }
    ],
}  # fmt: skip
_CLAUSE = {"title": "Datenschutz", "key": "datenschutz", "number": 3}
_AGREEMENTS = [
    {
        "number": f"VB-2026-{number:05}", "title": "Kooperationsvereinbarung Kindertagespflege",
        "partner": partner, "begins": "01.01.2026", "last_day": last, "clause_version": number,
        "amendments": ("VB-2026-00044",) if number == 2 else (), "url": "#",
    }
    for number, partner, last in (
        (1, "Tageseltern e. V.", ""), (2, "Spielraum Lindenhof e. V.", "31.12.2027"),
    )
]  # fmt: skip


def _row(title: str, **more: object) -> dict[str, object]:
    return {
        "title": title, "key": "k", "kind": "fix", "stands": "immer", "variants": 1, "number": 1,
        "open": None, "templates": 0, "outdated": False, "url": "#", **more,
    }  # fmt: skip


def _missing(**more: object) -> Variables:
    return {
        "clause": _CLAUSE, "day": "02.11.2026", "typed": "02.11.2026", "count": 2,
        "lacking": _AGREEMENTS[:1], "having": _AGREEMENTS[1:], "older": 1, "stray": (),
        "errors": [], "has_errors": False, "urls": _URLS, **more,
    }  # fmt: skip


def _edit(**more: object) -> Variables:
    kinds = (
        ("fixed", "fix", "Der Wortlaut ist überall derselbe."),
        ("adaptable", "anpassbar", "Eine Vorlage darf ihn mit Begründung anders fassen."),
        ("optional", "optional", "Er steht nur in Dokumenten, für die ihn jemand wählt."),
    )
    variants = (
        ("kdg", "Kirchliches Recht (KDG)", 'datenschutz == "kdg"', False),
        ("dsgvo", "DSGVO", "", True),
    )
    return {
        "clause": _CLAUSE,
        "draft": {
            "number": 3, "revision": 4, "state": _DRAFT, "comment": "", "commented_by": "",
        },
        "title": "Datenschutz", "note": "", "heading": "Datenschutz", "condition": "",
        "kinds": [
            {"value": value, "label": label, "text": text, "selected": value == "fixed"}
            for value, label, text in kinds
        ],
        "variants": [
            {
                "number": number, "key": key, "title": title, "condition": condition,
                "text": "Die Parteien verarbeiten Sozialdaten nur, soweit es erforderlich ist.",
                "is_last": last,
            }
            for number, (key, title, condition, last) in enumerate(variants, start=1)
        ],
        "may_add": True, "problem": "", "errors": [], "has_errors": False, "urls": _URLS, **more,
    }  # fmt: skip


def _review(**more: object) -> Variables:
    return {
        "clause": _CLAUSE,
        "version": {
            **_VERSION, "state": _REVIEWED, "requested_by": "Kim Muster",
            "requested_at": "01.11.2026, 09:12 Uhr",
        },
        "difference": DIFFERENCE, "newest": 2, "findings": [], "templates": 2, "four_eyes": True,
        "may_ask": False, "may_approve": True, "may_withdraw": False, "comment": "", "errors": [],
        "has_errors": False, "urls": _URLS, **more,
    }  # fmt: skip


_SHOW: Variables = {
    "clause": _CLAUSE,
    "shown": _VERSION,
    "open": {**_VERSION, "number": 3, "state": "draft"},
    "versions": [
        {
            **_VERSION, "number": 3, "status": _DRAFT, "published_at": "", "url": "#a",
            "compare_url": "#b",
        },
        {**_VERSION, "url": "#c", "compare_url": ""},
    ],
    "templates": [
        {
            "title": title, "number": 4, "clause_number": number, "is_outdated": number == 1,
            "is_reworded": number == 1, "url": "#", "renew_url": "#",
        }
        for title, number in (("Kooperationsvereinbarung", 1), ("Leistungsvereinbarung", 2))
    ],
    "agreements": {"count": 40, "lacking": 31},
    "may_edit": True,
    "urls": _URLS,
}  # fmt: skip

CLAUSE_PAGES: dict[str, tuple[str, Variables]] = {
    "bausteine": (
        "clauses/list.html",
        {
            "clauses": [
                _row("Datenschutz", variants=4, number=2, templates=3, outdated=True),
                _row("Aufarbeitung und Aktenaufbewahrung (§ 9b SGB VIII)", open=_REVIEWED),
                _row("Haftung", kind="optional", stands="nur wenn gewählt", number=0, open=_DRAFT),
            ],
            "waiting": [
                {"title": "Aufarbeitung", "number": 2, "requested_by": "Kim M.", "url": "#w"}
            ],
            "urls": {"create": "#"},
        },
    ),
    "bausteine-leer": (
        "clauses/list.html",
        {"clauses": [], "waiting": [], "urls": {"create": "#"}},
    ),
    "baustein-neu": (
        "clauses/new.html",
        {
            "title": "", "key": "", "has_errors": True, "urls": _URLS,
            "errors": [{"html_id": "title", "text": "Geben Sie dem Baustein einen Namen."}],
        },
    ),
    "baustein": ("clauses/show.html", _SHOW),
    "baustein-entwurf": (
        "clauses/show.html",
        {**_SHOW, "templates": [], "agreements": {"count": 0, "lacking": 0}, "open": None},
    ),
    "baustein-fassung": (
        "clauses/version.html",
        {"clause": _CLAUSE, "version": _VERSION, "urls": _URLS},
    ),
    "baustein-vergleich": (
        "clauses/comparison.html",
        {"clause": _CLAUSE, "old": 1, "new": 2, "difference": DIFFERENCE, "urls": _URLS},
    ),
    "baustein-bearbeiten": ("clauses/edit.html", _edit()),
    "baustein-bearbeiten-fehler": (
        "clauses/edit.html",
        _edit(
            errors=[
                {"html_id": "v1-condition", "text": "Kirchliches Recht: Der Ausdruck ist leer."},
                {"html_id": "v2-text", "text": "DSGVO: Schreiben Sie den Wortlaut."},
            ],
            draft={
                "number": 3, "revision": 4, "state": _DRAFT,
                "comment": "Bitte § 35 SGB I nennen.",
                "commented_by": "Mara Beispiel",
            },
        ),
    ),
    "baustein-freigabe": ("clauses/review.html", _review()),
    "baustein-freigabe-eigene": (
        "clauses/review.html",
        _review(may_approve=False, may_withdraw=True, templates=1),
    ),
    "baustein-freigabe-beantragen": (
        "clauses/review.html",
        _review(may_approve=False, may_ask=True, difference=None, templates=0),
    ),
    "baustein-freigabe-fehler": (
        "clauses/review.html",
        _review(may_approve=False, findings=["Schreiben Sie den Wortlaut."], difference=None),
    ),
    "baustein-fehlt": ("clauses/missing.html", _missing()),
    "baustein-fehlt-nirgends": (
        "clauses/missing.html",
        _missing(lacking=[], stray=("VB-2026-00077",)),
    ),
    "baustein-fehlt-fehler": (
        "clauses/missing.html",
        _missing(
            count=0, has_errors=True, typed="gestern",
            errors=[{"html_id": "stichtag", "text": "Schreiben Sie den Tag wie 01.07.2027."}],
        ),
    ),
    "baustein-wortlaut": (
        "clauses/wording.html",
        {
            "template": {"title": "Kooperationsvereinbarung"}, "clause": _CLAUSE, "is_older": True,
            "variants": [
                {
                    "key": "dsgvo", "title": "DSGVO", "original": "Die Parteien verarbeiten …",
                    "text": "Die Parteien verarbeiten gemeinsam …",
                }
            ],
            "reason": "", "has_errors": True, "urls": _URLS,
            "errors": [{"html_id": "reason", "text": "Schreiben Sie, warum die Vorlage abweicht."}],
        },
    ),
}  # fmt: skip

TEMPLATE_CLAUSES: Variables = {
    "clauses": [
        {
            "title": title, "kind": kind, "number": 1, "newest": newest,
            "is_outdated": newest > 1, "is_reworded": kind == "anpassbar", "url": "#",
            "compare_url": "#v", "wording_url": "#w" if kind == "anpassbar" else "",
        }
        for title, kind, newest in (("Datenschutz", "fix", 2), ("Haftung", "anpassbar", 1))
    ],
    "term": {
        **{
            name: [{"value": "", "label": "unbefristet", "selected": True}]
            for name in ("begins", "ends", "amends")
        },
        "makes": [{"value": "agreements", "label": "Vereinbarungen", "selected": True}],
        "is_letter": False,
    },
    "clause_urls": {"renew": "#r", "products": "#p"},
}  # fmt: skip
