"""Small XDatenfelder messages for tests, in version 2 or 3, after the standard's structure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

NAMESPACES = {
    2: "urn:xoev-de:fim:standard:xdatenfelder_2",
    3: "urn:xoev-de:fim:standard:xdatenfelder_3.0.0",
}


def element(name: str, *content: str, text: str = "", attributes: str = "") -> str:
    """Return an element of the standard."""
    return f"<f:{name}{attributes}>{escape(text)}{''.join(content)}</f:{name}>"


def identity(id_: str, version: str = "1.0") -> str:
    """Return the identification of an element."""
    return element("identifikation", element("id", text=id_), element("version", text=version))


def code(name: str, value: str) -> str:
    """Return an element with a code, which has no namespace."""
    return element(name, f"<code>{value}</code>")


def structure(count: str, inner: str, legal_basis: str = "") -> str:
    """Return how often ``inner`` stands."""
    basis = element("bezug", text=legal_basis) if legal_basis else ""
    return element("struktur", element("anzahl", text=count), basis, element("enthaelt", inner))


def data_field(
    id_: str,
    name: str,
    type_: str = "text",
    *,
    kind: str = "input",
    version: int = 2,
    limits: dict[str, str] | None = None,
    more: str = "",
) -> str:
    """Return a Datenfeld."""
    constraint = ""
    if limits and version == 2:
        inside = ",".join(f'"{key}":"{value}"' for key, value in limits.items())
        constraint = element("praezisierung", text=f"{{{inside}}}".replace("\\", "\\\\"))
    elif limits:
        attributes = "".join(f' {key}="{escape(value)}"' for key, value in limits.items())
        constraint = element("praezisierung", attributes=attributes)
    return element(
        "datenfeld", identity(id_), element("name", text=name),
        element("bezeichnungEingabe", text=f"{name}?"), code("feldart", kind),
        code("datentyp", type_), constraint, more,
    )  # fmt: skip


def group(id_: str, name: str, *structures: str, more: str = "") -> str:
    """Return a Datenfeldgruppe."""
    return element(
        "datenfeldgruppe", identity(id_, "2.1"), element("name", text=name), more, *structures
    )


def rule(id_: str, text: str, script: str = "", version: int = 2) -> str:
    """Return a rule with prose and perhaps a script."""
    prose, program = ("definition", "script") if version == 2 else ("freitextRegel", "skript")
    return element(
        "regel", identity(id_), element("name", text="Regelname"), element(prose, text=text),
        element(program, text=script),
    )  # fmt: skip


def schema(version: int, structures: Sequence[str], more: str = "") -> bytes:
    """Return a whole message with a Datenschema."""
    inner = element(
        "stammdatenschema", identity("S00000777", "1.3"),
        element("name", text="Antrag Tagespflege"), more, *structures,
    )  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<f:xdatenfelder.stammdatenschema.0102 xmlns:f="{NAMESPACES[version]}">'
        f"<f:header><f:nachrichtID>n</f:nachrichtID></f:header>{inner}"
        "</f:xdatenfelder.stammdatenschema.0102>"
    ).encode()
