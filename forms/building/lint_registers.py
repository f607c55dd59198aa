"""Whether the registers that a draft names are there, with the columns that it takes over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from forms.building.document_tree import Place
from forms.building.findings import BuildingFinding, about
from forms.building.linted_draft import LintedDraft
from forms.fields.register_columns import COLUMN_TYPES, RegisterColumn, columns_of
from tenants.language import _

KnownRegisters = Mapping[str, Sequence[RegisterColumn]]
"""The columns of each register of the tenant by its key."""


def register_findings(draft: LintedDraft, known: KnownRegisters) -> Iterator[BuildingFinding]:
    """Yield an error for each register or column that a field names and the tenant has not."""
    for place in draft.fields:
        if place.element.get("type") != "register":
            continue
        key = str(place.element.get("register", ""))
        if key not in known:
            yield about(
                place,
                "error",
                "unknown_register",
                _(
                    "Das Verzeichnis „{key}“ gibt es hier nicht. Wählen Sie ein anderes, oder legen"
                    " Sie es unter „Verzeichnisse“ an{columns}."
                ).format(key=key, columns=_wanted_columns(place)),
            )
        else:
            yield from _columns(place, key, {column.key: column for column in known[key]})


def _wanted_columns(place: Place) -> str:
    columns = columns_of(place.element, "takes")
    if not columns:
        return ""
    named = ", ".join(f"{column.key} ({COLUMN_TYPES[column.type]})" for column in columns)
    return _(" mit den Spalten {columns}").format(columns=named)


def _columns(
    place: Place, register: str, known: Mapping[str, RegisterColumn]
) -> Iterator[BuildingFinding]:
    for column in columns_of(place.element, "takes"):
        there = known.get(column.key)
        if there is None:
            yield _missing(place, register, column.key)
        elif there.type != column.type:
            yield about(
                place,
                "error",
                "register_column",
                _(
                    "Die Spalte „{label}“ ist im Verzeichnis „{register}“ von der Art {there}, hier"
                    " von der Art {here}. Wählen Sie sie neu."
                ).format(
                    label=column.label,
                    register=register,
                    there=COLUMN_TYPES[there.type],
                    here=COLUMN_TYPES[column.type],
                ),
            )
    wanted = place.element.get("filter")
    filtered = wanted.get("column") if isinstance(wanted, dict) else None
    if isinstance(filtered, str) and filtered not in known:
        yield _missing(place, register, filtered)


def _missing(place: Place, register: str, column: str) -> BuildingFinding:
    return about(
        place,
        "error",
        "register_column",
        _("Die Spalte „{column}“ gibt es im Verzeichnis „{register}“ nicht.").format(
            column=column, register=register
        ),
    )
