"""Example variables for the pages of frames."""

from __future__ import annotations

from typing import Any

from tests.app.templates.example_clauses import DIFFERENCE

Variables = dict[str, Any]
_URLS = {
    "templates": "#0", "overview": "#1", "show": "#2", "edit": "#3", "review": "#4", "renew": "#5",
    "discard": "#6", "decide": "#7", "save": "#8", "back": "#9", "create": "#10",
}  # fmt: skip
_PUBLISHED = {"kind": "success", "text": "Veröffentlicht"}
_REVIEWED = {"kind": "warning", "text": "In Prüfung"}
_VERSION = {
    "number": 2, "state": "published", "status": _PUBLISHED, "published_at": "02.11.2026",
    "changed_at": "01.11.2026", "changed_by": "Kim Muster", "decided_by": "Mara Beispiel",
    "comment": "", "note": "Neues Logo des Trägers", "file_name": "",
}  # fmt: skip
_TEMPLATE = {
    "id": "1", "title": "Kooperationsvereinbarung Kindertagespflege",
    "form_title": "Kooperationsvereinbarung", "number": 3,
}  # fmt: skip


def _preview(state: str, reason: str = "") -> Variables:
    return {"state": state, "reason": reason, "pages": ["#s1", "#s2"], "ask_url": "#vorschau"}


def _edit(**more: object) -> Variables:
    return {
        "frame": {"title": "Briefbogen", "number": 3}, "title": "", "note": "", "file_name": "",
        "logos": [
            {"value": str(place), "label": f"Logo {place + 1}", "is_kept": place != 1, "url": "#l"}
            for place in range(3)
        ],
        "fonts": [{"name": "Arial", "selected": True}, {"name": "Calibri", "selected": False}],
        "head": "{{ mandant.name }}", "foot": "", "most_logos": 9, "errors": [],
        "has_errors": False, "urls": _URLS, **more,
    }  # fmt: skip


def _review(**more: object) -> Variables:
    return {
        "frame": {"title": "Briefbogen"},
        "version": {
            **_VERSION, "number": 3, "state": "in_review", "status": _REVIEWED,
            "requested_by": "Kim Muster", "requested_at": "01.11.2026, 09:12 Uhr",
        },
        "preview": _preview("ready"), "difference": DIFFERENCE, "newest": 2, "templates": 4,
        "four_eyes": True, "may_ask": False, "may_approve": True, "may_withdraw": False,
        "comment": "", "errors": [], "has_errors": False, "urls": _URLS, **more,
    }  # fmt: skip


FRAME_PAGES: dict[str, tuple[str, Variables]] = {
    "rahmen": (
        "frames/list.html",
        {
            "frames": [
                {
                    "title": "Briefbogen Jugendamt", "number": 2, "published_at": "02.11.2026",
                    "open": _REVIEWED, "templates": 12, "outdated": True, "url": "#a",
                },
                {
                    "title": "Kooperation mit neun Trägern", "number": 0, "published_at": "",
                    "open": {"kind": "info", "text": "Entwurf"}, "templates": 0,
                    "outdated": False, "url": "#b",
                },
            ],
            "waiting": [
                {
                    "title": "Briefbogen Jugendamt", "number": 3, "requested_by": "Kim Muster",
                    "url": "#w",
                }
            ],
            "urls": _URLS,
        },
    ),
    "rahmen-leer": ("frames/list.html", {"frames": [], "waiting": [], "urls": _URLS}),
    "rahmen-neu": (
        "frames/edit.html",
        _edit(
            frame=None, logos=[], has_errors=True,
            errors=[{"html_id": "logos", "text": "Ein Logo ist größer als 2 MB."}],
        ),
    ),
    "rahmen-fassung": ("frames/edit.html", _edit()),
    "rahmen-einer": (
        "frames/show.html",
        {
            "frame": {"title": "Briefbogen Jugendamt"}, "shown": _VERSION,
            "preview": _preview("ready"), "open": None,
            "versions": [
                {**_VERSION, "download_url": "#d2", "compare_url": "#c"},
                {**_VERSION, "number": 1, "note": "", "download_url": "#d1", "compare_url": ""},
            ],
            "templates": [
                {**_TEMPLATE, "frame_number": 1, "is_outdated": True, "url": "#t1"},
                {
                    **_TEMPLATE, "title": "Bescheid", "frame_number": 2, "is_outdated": False,
                    "url": "#t2",
                },
            ],
            "others": [{**_TEMPLATE, "title": "Anschreiben"}], "urls": _URLS,
        },
    ),
    "rahmen-entwurf": (
        "frames/show.html",
        {
            "frame": {"title": "Briefbogen"}, "shown": {**_VERSION, "published_at": ""},
            "preview": _preview("failed", "Die Umwandlung hat zu lange gedauert."),
            "open": {**_VERSION, "state": "draft"}, "versions": [], "templates": [], "others": [],
            "urls": _URLS,
        },
    ),
    "rahmen-freigabe": ("frames/review.html", _review()),
    "rahmen-freigabe-eigene": (
        "frames/review.html",
        _review(
            may_approve=False, may_ask=True, difference=None, preview=_preview("working"),
            templates=0,
        ),
    ),
    "rahmen-erneuert": (
        "frames/renewed.html",
        {
            "versions": [
                {
                    "id": "1", "title": "Vereinbarung", "number": 4, "only_frame": True,
                    "has_errors": False, "is_published": False, "url": "#1", "preview_url": "#2",
                    "compare_url": "#3",
                }
            ],
            "urls": {"overview": "#", "frames": "#", "publish": "#"},
        },
    ),
}  # fmt: skip
