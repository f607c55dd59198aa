"""A form with everything in it, and edits of it by name."""

from __future__ import annotations

import copy
from collections.abc import Callable

from forms.expressions.nodes import Json
from tests.support.form_documents import (
    Document,
    field,
    form,
    identity,
    page,
    row_field,
    section,
)

Edit = Callable[[Document], None]


def care_form() -> Document:
    """Return a form of two pages with a field of nearly every kind."""
    return form(
        page(
            "betreuung",
            section(
                "kinder",
                field("integer", "kinder", label="Kinder", minimum=0, maximum=5, unit="Kinder"),
                field("text", "name", label="Name", help="Wie im Ausweis."),
                field(
                    "radio", "hilfeart", label="Hilfeart", options={"p30": "§ 30", "p31": "§ 31"}
                ),
                field(
                    "date",
                    "ende",
                    label="Ende",
                    valid=[{"rule": "kinder > 0", "message": "Ohne Kinder kein Ende."}],
                ),
            ),
            section("hinweise", field("info", "hinweis", label="Hinweis", text="Bitte genau.")),
            title="Betreuung",
        ),
        page(
            "kosten",
            section(
                "kosten",
                field(
                    "repeat",
                    "kosten",
                    label="Kosten",
                    display="table",
                    item_label="Position",
                    fields=[
                        row_field("kosten", "text", "was", label="Wofür"),
                        row_field("kosten", "money", "betrag", label="Betrag"),
                    ],
                ),
                field(
                    "calculated",
                    "gesamt",
                    label="Gesamt",
                    result="money",
                    value="summe(kosten.betrag)",
                ),
                field(
                    "matrix",
                    "aufgaben",
                    label="Aufgaben",
                    rows={"werbung": "Werbung", "beratung": "Beratung"},
                    columns={"amt": "Amt", "traeger": "Träger"},
                    cells={"F": "federführend", "M": "wirkt mit"},
                ),
                field("declaration", "richtig", label="Erklärung", text="Alles ist richtig."),
            ),
            title="Kosten",
        ),
        key="betreuung",
    )


def part(document: Document, *path: str | int) -> Document:
    """Return an inner object of a document."""
    node: Json = document
    for step in path:
        node = node[step]  # type: ignore[index, call-overload]
    assert isinstance(node, dict)
    return node


def parts(document: Document, *path: str | int) -> list[Json]:
    """Return an inner list of a document."""
    node: Json = document
    for step in path:
        node = node[step]  # type: ignore[index, call-overload]
    assert isinstance(node, list)
    return node


def first_fields(document: Document) -> list[Json]:
    """Return the fields of the first section."""
    return parts(document, "pages", 0, "sections", 0, "fields")


def element(document: Document, key: str) -> Document:
    """Return the field with ``key``, at the top or in the group."""
    for one_page in parts(document, "pages"):
        for one_section in parts(one_page, "sections"):  # type: ignore[arg-type]
            for one in parts(one_section, "fields"):  # type: ignore[arg-type]
                assert isinstance(one, dict)
                if one["key"] == key:
                    return one
                for column in one.get("fields", []):  # type: ignore[union-attr]
                    if isinstance(column, dict) and column["key"] == key:
                        return column
    raise LookupError(key)


def edited(edit: Edit) -> Document:
    """Return the form after an edit."""
    document = copy.deepcopy(care_form())
    edit(document)
    return document


def change(key: str, /, **settings: Json) -> Edit:
    """Return the edit that sets properties of a field; None takes one away."""

    def edit(document: Document) -> None:
        target = element(document, key)
        for name, value in settings.items():
            if value is None:
                del target[name]
            else:
                target[name] = value

    return edit


def add_field(type_: str, key: str, **settings: Json) -> Edit:
    """Return the edit that adds a field to the first section."""
    return lambda document: first_fields(document).append(field(type_, key, **settings))


def remove_field(key: str) -> Edit:
    """Return the edit that removes a field, wherever it stands."""

    def edit(document: Document) -> None:
        target = element(document, key)
        for one_page in parts(document, "pages"):
            for one_section in parts(one_page, "sections"):  # type: ignore[arg-type]
                fields = parts(one_section, "fields")  # type: ignore[arg-type]
                if target in fields:
                    fields.remove(target)
                for one in fields:
                    columns = one.get("fields", [])  # type: ignore[union-attr]
                    if isinstance(columns, list) and target in columns:
                        columns.remove(target)

    return edit


def move_to_costs(key: str) -> Edit:
    """Return the edit that moves a field of the first page to the second."""

    def edit(document: Document) -> None:
        target = element(document, key)
        first_fields(document).remove(target)
        parts(document, "pages", 1, "sections", 0, "fields").append(target)

    return edit


def new_option(value: str, label: str) -> Document:
    """Return a choice that was not there."""
    return {"id": identity(f"new {value}"), "value": value, "label": label}
