"""Turning the pages of a list."""

from __future__ import annotations

from flask import request, url_for

from tenants.language import _

LAST_PAGE = 10_000


def page_number() -> int:
    """Return the page that the address asks for, 1 for anything unusable."""
    text = request.args.get("seite", "1")
    return min(max(int(text), 1), LAST_PAGE) if text.isdecimal() and len(text) < 7 else 1


def paging(endpoint: str, number: int, has_more: bool) -> dict[str, str] | None:
    """Return the links to the pages before and after, None when there is only one."""
    if number == 1 and not has_more:
        return None
    return {
        "previous_url": url_for(endpoint, seite=number - 1) if number > 1 else "",
        "next_url": url_for(endpoint, seite=number + 1) if has_more else "",
        "text": _("Seite {n}").format(n=number),
    }
