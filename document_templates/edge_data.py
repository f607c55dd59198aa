"""Data at the edges: what a template must survive before it is published."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from lxml import etree

from document_templates.checking import read_uses
from document_templates.cleaning import CleanedDocx
from document_templates.compiling import CompiledTemplate
from document_templates.findings import FillingFailed, Finding
from document_templates.inline_pictures import ATTACHED
from document_templates.ooxml import (
    CELL,
    PARAGRAPH,
    ROW,
    TABLE,
    elements,
    parse_xml,
    part_title,
    w,
)
from document_templates.pictures import blank_png
from document_templates.placeholders import SYSTEM_PLACEHOLDERS
from forms.fields.file import AttachedFile
from tenants.language import _

Context = dict[str, object]

_TEXTS = (
    "Jürgen Groß-Weiß, Änderungsschneiderei „Öse“",
    "Müller & Söhne <gGmbH> \"A\" 'B' {{ 7*7 }} {% endif %} }} \x00\x1f\u2028 Zeile\nZeile\tTab",
    "Donaudampfschifffahrtsgesellschaftskapitän" * 5 + "x" * 200,
)
_ROW_COUNTS = (1, 50, 0, 2)
_INNER_ROW_COUNTS = (2, 3, 0, 1)
"""Rows of a table in each row of another: enough to try, and no 125,000 in three of them."""
TRIAL_PICTURE = AttachedFile("bild.png", "probe", "")
_DATES = (date(2026, 12, 31), date(2024, 2, 29), date(1900, 1, 1))
_NUMBERS = (Decimal("72400.00"), Decimal("-0.005"), Decimal("99999999999.99"))
_KINDS: Mapping[str, str] = {
    "datum": "date",
    "datum_lang": "date",
    "uhrzeit": "moment",
    "euro": "number",
    "zahl": "number",
    "prozent": "number",
    "stunden": "number",
    "round": "number",
    "iban": "iban",
    "iban_maskiert": "iban",
    "ja_nein": "truth",
    "liste": "list",
    "join": "list",
    "bild": "picture",
    "colour": "colour",
}
_ALWAYS = {"dokument.datum": "date", "einreichung.eingang": "moment"}


def value_kinds(cleaned: CleanedDocx) -> dict[str, str]:
    """Return which kind of value a template expects at a path, by the filters it uses there."""
    kinds: dict[str, str] = dict(_ALWAYS)
    template = read_uses(cleaned, None)
    for path in template.loops:
        # Only looked at where the path has no rows of its own: a list of plain values.
        kinds[path] = "list"
    for use in template.uses:
        kind = _KINDS.get(use.filter)
        if kind:
            kinds.setdefault(use.path, kind)
    return kinds


def edge_context(
    placeholder_paths: Iterable[str], kinds: Mapping[str, str] | None = None
) -> list[Context]:
    """Return contexts for a trial: ordinary, hostile, empty and very long values.

    Tables have 1, 50, 0 and 2 rows, those in their rows 2, 3, 0 and 1. ``kinds`` (from
    `value_kinds`) says where a date, number or list is wanted. The system groups are always
    filled.
    """
    paths = sorted({*placeholder_paths, *SYSTEM_PLACEHOLDERS})
    tree: dict[str, object] = {}
    for path in paths:
        _grow(tree, path)
    return [_plain(tree, "", number, kinds or {}) for number in range(len(_ROW_COUNTS))]


def _grow(tree: dict[str, object], path: str) -> None:
    node = tree
    pieces = path.replace("[]", ".[]").split(".")
    for piece in pieces:
        child = node.setdefault(piece, {})
        if isinstance(child, dict):
            node = child


def _plain(tree: Mapping[str, object], base: str, number: int, kinds: Mapping[str, str]) -> Context:
    context: Context = {}
    for name, child in tree.items():
        path = f"{base}.{name}" if base else name
        context[name] = _value(child if isinstance(child, dict) else {}, path, number, kinds)
    return context


def _value(tree: Mapping[str, object], path: str, number: int, kinds: Mapping[str, str]) -> object:
    row = tree.get("[]")
    if isinstance(row, dict):
        below = path + "[]"
        count = (_INNER_ROW_COUNTS if "[]" in path else _ROW_COUNTS)[number]
        if not row:
            return [_leaf(below, number, kinds) for _turn in range(count)]
        return [_value(row, below, number, kinds) for _turn in range(count)]
    if tree:
        return _plain(tree, path, number, kinds)
    return _leaf(path, number, kinds)


def _leaf(path: str, number: int, kinds: Mapping[str, str]) -> object:
    kind = kinds.get(path, "text")
    system = path in SYSTEM_PLACEHOLDERS
    if number == 2 and not system:
        return [] if kind == "list" else None
    at = number % 3
    values: Mapping[str, Sequence[object]] = {
        "date": _DATES,
        "moment": (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 12, 31, 23, 59), None),
        "number": _NUMBERS,
        "iban": ("DE89370400440532013000",) * 3,
        "truth": (True, False, True),
        "picture": (TRIAL_PICTURE, [TRIAL_PICTURE], None),
        "colour": ("DDEEFF", "auto", None),
        "list": (list(_TEXTS), [], [_TEXTS[2]]),
    }
    if path == "pruefung.url":
        return "https://example.org/pruefen/ABCD-EFGH-JKLM-NPQR"
    return values[kind][at] if kind in values else (*_TEXTS, _TEXTS[2])[number]


def trial_render(
    compiled: CompiledTemplate, contexts: Iterable[Mapping[str, object]]
) -> list[Finding]:
    """Fill a template with each context; return what failed or would be called damaged by Word."""
    findings: list[Finding] = []
    pictures = dict.fromkeys(compiled.picture_names, blank_png())
    pictures[ATTACHED + TRIAL_PICTURE.identity] = blank_png()
    for context in contexts:
        try:
            document = compiled.fill(context, pictures)
        except FillingFailed as failure:
            findings.append(failure.finding)
            continue
        names = [part.name for part in compiled.parts]
        with zipfile.ZipFile(io.BytesIO(document)) as archive:
            for name in names:
                findings.extend(_structure(parse_xml(archive.read(name), name), name))
    return list(dict.fromkeys(findings))


def _structure(root: etree._Element, part: str) -> Iterable[Finding]:
    for cell in elements(root, CELL):
        last = cell[-1].tag if len(cell) else None
        if last not in (PARAGRAPH, w("sdt")):
            yield Finding(
                "error",
                _("Eine Tabellenzelle bleibt bei manchen Angaben ganz leer."),
                part_title(part),
                "",
                _("Lassen Sie in der Zelle einen Absatz ohne {example} stehen.").format(
                    example="{%p … %}"
                ),
            )
    for table in elements(root, TABLE):
        if next(elements(table, ROW), None) is None:
            yield Finding(
                "error",
                _("Eine Tabelle bleibt bei manchen Angaben ohne Zeile."),
                part_title(part),
                "",
                _("Geben Sie der Tabelle eine Kopfzeile, die immer da ist."),
            )
    if root.tag in (w("hdr"), w("ftr")) and next(elements(root, PARAGRAPH), None) is None:
        yield Finding(
            "error",
            _("Der Bereich bleibt bei manchen Angaben ohne Absatz."),
            part_title(part),
            "",
            _("Lassen Sie einen leeren Absatz ohne Platzhalter stehen."),
        )
