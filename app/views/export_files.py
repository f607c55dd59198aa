"""What can be had of a form's table as a file."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for

from forms.exports.sheets import group_sheets
from forms.lists.conditions import FormTable
from tenants.language import _

_ROUTES = {"csv": "exports.as_csv", "xlsx": "exports.as_workbook", "json": "exports.as_json"}


@dataclass(frozen=True)
class Wanted:
    """What somebody wants as a file; ``key`` names it in a form."""

    key: str
    label: str
    kind: str
    is_whole: bool = False
    group_number: int | None = None

    def url(self, form_key: str) -> str:
        """Return the address at which it is made at once."""
        address, query = url_for(_ROUTES[self.kind], form_key=form_key), urlencode(self.query())
        return f"{address}?{query}" if query else address

    def query(self) -> dict[str, str]:
        """Return the query of that address."""
        if self.group_number is not None:
            return {"gruppe": str(self.group_number + 1)}
        return {"umfang": "alle"} if self.is_whole and self.kind != "json" else {}


def possible_files(table: FormTable) -> list[Wanted]:
    """Return what can be had of a form's table."""
    return [
        Wanted(
            "xlsx-alle",
            _("Arbeitsmappe (XLSX), alle Spalten, Wiederholgruppen als eigene Blätter"),
            "xlsx",
            is_whole=True,
        ),
        Wanted("xlsx", _("Arbeitsmappe (XLSX), Spalten dieser Ansicht"), "xlsx"),
        Wanted("csv-alle", _("CSV, alle Spalten"), "csv", is_whole=True),
        Wanted("csv", _("CSV, Spalten dieser Ansicht"), "csv"),
        *(
            Wanted(
                f"csv-{place}",
                _("CSV, Zeilen von „{title}“").format(title=group.title),
                "csv",
                group_number=place,
            )
            for place, group in enumerate(group_sheets(table))
        ),
        Wanted("json", _("JSON, alle Antworten mit JSON-Schema"), "json", is_whole=True),
    ]
