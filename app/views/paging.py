"""Turning the pages of a list."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from flask import request, url_for

from forms.lists.searching import Turn
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


class Neighbours(Protocol):
    """Whether there are pages before and after."""

    @property
    def has_previous(self) -> bool: ...

    @property
    def has_next(self) -> bool: ...


def wanted_turn() -> Turn:
    """Return which page the address asks for by a row of the page before or after it."""
    after, before = _row_named("nach"), _row_named("vor")
    if after:
        return Turn("after", after)
    return Turn("before", before) if before else Turn()


def _row_named(name: str) -> str:
    try:
        return str(UUID(request.args.get(name, "")))
    except ValueError:
        return ""


def turning(
    endpoint: str, ids: list[str], found: Neighbours, *, form_key: str | None = None
) -> dict[str, str] | None:
    """Return the links to the pages before and after the rows ``ids``, None when there are none."""
    if not ids or not (found.has_previous or found.has_next):
        return None
    return {
        "previous_url": url_for(endpoint, vor=ids[0], form_key=form_key)
        if found.has_previous
        else "",
        "next_url": url_for(endpoint, nach=ids[-1], form_key=form_key) if found.has_next else "",
        "text": "",
    }
