"""The form above a table: what was posted, and what it shows again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from werkzeug.datastructures import MultiDict

from forms.lists.columns import ORGANISATION, RECEIVED, Column
from forms.lists.filters import (
    FILTERABLE,
    LONGEST_TEXT,
    MOST_FILTERS,
    SORTABLE,
    Filter,
    FilterMistake,
    View,
    fitting_view,
)
from tenants.language import _

Part = dict[str, object]

ALWAYS_OFFERED = (RECEIVED, ORGANISATION)


def posted_view(posted: MultiDict[str, str], before: View, columns: Mapping[str, Column]) -> View:
    """Return the view that was posted; the pressed button adds, removes or clears filters."""
    action = posted.get("aktion", "")
    filters = list(_filters(posted))
    if action == "leeren":
        filters = []
    elif action.startswith("entfernen."):
        wanted = action.removeprefix("entfernen.")
        filters = [one for index, one in enumerate(filters) if str(index) != wanted]
    elif action == "hinzufuegen" and len(filters) < MOST_FILTERS:
        filters.append(Filter(posted.get("spalte", "")))
    view = replace(
        before,
        filters=tuple(filters),
        sort=posted.get("ordnung", before.sort),
        is_ascending=posted.get("richtung") == "auf",
    )
    return fitting_view(view, columns)


def _filters(posted: MultiDict[str, str]) -> Iterator[Filter]:
    for index in range(MOST_FILTERS):
        column = posted.get(f"filter.{index}.spalte", "")
        if column:
            yield Filter(
                column,
                text=_typed(posted, f"filter.{index}.text"),
                is_exact=posted.get(f"filter.{index}.genau") == "1",
                since=_typed(posted, f"filter.{index}.von"),
                until=_typed(posted, f"filter.{index}.bis"),
                values=tuple(posted.getlist(f"filter.{index}.wert"))[:100],
            )


def _typed(posted: MultiDict[str, str], name: str) -> str:
    return posted.get(name, "").strip()[:LONGEST_TEXT]


def filter_parts(
    view: View, columns: Mapping[str, Column], mistakes: Sequence[FilterMistake], *, office: bool
) -> list[Part]:
    """Return the filters for drawing; receipt and Träger are always offered."""
    filters = list(view.filters)
    offered = [one for one in ALWAYS_OFFERED if office or one != ORGANISATION]
    given = {one.column for one in filters}
    filters += [Filter(one) for one in offered if one not in given]
    found = {(one.index, one.part): one.message for one in mistakes}
    return [
        {
            "index": index,
            "column": one.column,
            "label": columns[one.column].heading,
            "kind": columns[one.column].kind,
            "filter": one,
            "options": [
                {"value": value, "label": label, "checked": value in one.values}
                for value, label in columns[one.column].options
            ],
            "since_error": found.get((index, "since"), ""),
            "until_error": found.get((index, "until"), ""),
            "removable": one.column not in offered or bool(found),
        }
        for index, one in enumerate(filters[:MOST_FILTERS])
    ]


def addable_columns(columns: Mapping[str, Column]) -> list[Part]:
    """Return what can be filtered by, answers by the page of the form they are on."""
    return _grouped(column for column in columns.values() if column.kind in FILTERABLE)


def sortable_columns(columns: Mapping[str, Column], chosen: str) -> list[Part]:
    """Return what can be sorted by."""
    return _grouped(
        (column for column in columns.values() if column.kind in SORTABLE), frozenset({chosen})
    )


def grouped_columns(columns: Mapping[str, Column], chosen: Sequence[str]) -> list[Part]:
    """Return all columns, with those that are shown marked."""
    return _grouped(columns.values(), frozenset(chosen))


def _grouped(columns: Iterable[Column], chosen: frozenset[str] = frozenset()) -> list[Part]:
    groups: dict[str, list[Part]] = {}
    for column in columns:
        title = column.page_title if column.is_answer else _("Einreichung")
        groups.setdefault(title, []).append(
            {"value": column.id, "label": column.heading, "selected": column.id in chosen}
        )
    return [{"label": label, "options": options} for label, options in groups.items()]
