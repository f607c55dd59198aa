"""One question of an XLSForm as a field: type, texts, bounds. Rules follow when all are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from forms.attachments.contents import FILE_FORMATS
from forms.definition_schema import form_schema
from forms.exchange.report import ExchangeReport, Object
from forms.exchange.xlsform_choices import ChoiceList
from forms.exchange.xlsform_outline import Item
from forms.fields.file import DEFAULT_KINDS
from forms.fields.inspection import NOT_KEPT, asks_for_certificate
from tenants.language import _

LONGEST_LABEL = 500
PICTURES = ("jpg", "png")
MOST_RADIO = 8
"""More choices than this are a drop-down list unless the sheet says otherwise."""

_SIMPLE = {
    "text": "text",
    "string": "text",
    "integer": "integer",
    "int": "integer",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
    "datetime": "datetime",
    "note": "info",
    "calculate": "calculated",
    "acknowledge": "declaration",
    "trigger": "declaration",
    "file": "file",
    "image": "file",
    "photo": "file",
}
_PLACES = _("Karten und Standorte gibt es nicht. Fragen Sie nach Stadtteil oder Postleitzahl.")
_RECORDINGS = _("Ton- und Filmaufnahmen nimmt der Vordruck nicht auf.")
_RECORDED = _("Wer wann etwas einreicht, hält das Programm selbst fest.")
_OUTSIDE = _("Listen aus anderen Dateien werden nicht gelesen. Tragen Sie sie in „choices“ ein.")
REFUSED_TYPES = {
    **dict.fromkeys(("geopoint", "geotrace", "geoshape", "osm", "start-geopoint"), _PLACES),
    **dict.fromkeys(("audio", "video", "background-audio"), _RECORDINGS),
    **dict.fromkeys(
        ("start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber",
         "username", "email", "audit"), _RECORDED),
    **dict.fromkeys(
        ("select_from_file", "select_one_external", "csv-external", "xml-external"), _OUTSIDE),
    "rank": _("Reihenfolgen bilden lassen kann der Vordruck nicht."),
    "barcode": _("Strichcodes liest der Vordruck nicht."),
    "hidden": _("Verborgene Felder gibt es nicht."),
    "loop": _("Schleifen über Auswahllisten gibt es nicht. Nehmen Sie eine Wiederholgruppe."),
}  # fmt: skip


def known_types() -> frozenset[str]:
    """Return the field types that the meta-schema knows."""
    definitions = form_schema()["$defs"]
    names = definitions if isinstance(definitions, dict) else {}
    return frozenset(name.removesuffix("_field") for name in names if name.endswith("_field"))


def field_type(item: Item, lists: Mapping[str, ChoiceList]) -> str:
    """Return the type of field that the question becomes; raises ValueError with the reason."""
    found = lists.get(item.argument.removesuffix(" or_other").strip())
    if item.type in ("select_one", "select_multiple"):
        if found is None or not found.choices:
            raise ValueError(
                _("Die Auswahlliste „{name}“ fehlt im Blatt „choices“.").format(name=item.argument)
            )
        if item.type == "select_multiple":
            return "checkboxes"
        if found.yes_no:
            return "yes_no"
        drops_down = len(found.choices) > MOST_RADIO or "minimal" in item.cells.get(
            "appearance", ""
        )
        return "select" if drops_down else "radio"
    if item.type == "range":
        step = _parameters(item).get("step", "1")
        return "integer" if re.fullmatch(r"[0-9]+(\.0+)?", step) else "decimal"
    if item.type == "text" and "multiline" in item.cells.get("appearance", ""):
        return "long_text"
    type_ = _SIMPLE.get(item.type, "")
    if not type_ or type_ not in known_types():
        raise ValueError(
            REFUSED_TYPES.get(item.type)
            or _("Den Fragetyp „{type}“ gibt es hier nicht.").format(type=item.type)
        )
    if type_ == "file" and asks_for_certificate(item.name, item.label):
        raise ValueError(NOT_KEPT)
    if type_ == "text" and item.cells.get("calculation") and is_yes(item.cells.get("read_only")):
        return "calculated"
    return type_


def plain_field(
    item: Item, type_: str, lists: Mapping[str, ChoiceList], report: ExchangeReport, *path: str
) -> Object:
    """Return the field without its rules."""
    label, help_ = texts_of(item, report)
    field: Object = {"type": type_, "label": label}
    if type_ == "info":
        field |= {"label": _("Hinweis"), "text": item.label}
    elif type_ == "declaration":
        field |= {"label": _("Erklärung"), "text": item.label}
    if help_:
        field["help"] = help_
    if type_ in ("radio", "select", "checkboxes"):
        name = item.argument.removesuffix(" or_other").strip()
        field["options"] = lists[name].options(*path)
        if item.argument != name:
            report.refuse(
                item.name, "or_other",
                _("Eine freie weitere Antwort (or_other) gibt es nicht; dafür gibt es Textfelder."),
            )  # fmt: skip
    if item.type == "range":
        field |= _range(item, type_)
    if type_ == "file":
        field |= _files(item, report)
    return field


def _files(item: Item, report: ExchangeReport) -> Object:
    """Return what a question for a file takes: one, and no kind that nobody can check."""
    is_picture = item.type in ("image", "photo")
    kinds = PICTURES if is_picture else DEFAULT_KINDS
    words = ", ".join(FILE_FORMATS[kind].word for kind in kinds)
    report.refuse(
        item.name, item.type,
        _("Angenommen wird eine Datei der Art {kinds}; jede andere Art, auch mehrere Dateien, "
          "stellen Sie im Baukasten ein.").format(kinds=words),
    )  # fmt: skip
    if item.cells.get("parameters"):
        report.refuse(item.name, "parameters", _("Bilder werden beim Hochladen nicht verkleinert."))
    return {"kinds": list(kinds), "maximum": 1}


def texts_of(item: Item, report: ExchangeReport) -> tuple[str, str]:
    """Return label and help; a label that is too long goes on in the help."""
    label = " ".join(item.label.split())
    parts = [item.cells.get("hint", ""), item.cells.get("guidance_hint", "")]
    if len(label) > LONGEST_LABEL:
        parts.insert(0, item.label)
        label = label[: LONGEST_LABEL - 1] + "…"
        if item.type not in ("note", "acknowledge", "trigger"):
            report.refuse(
                item.name, "label",
                _("Die Frage ist länger als 500 Zeichen; der ganze Text steht im Hinweis."),
            )  # fmt: skip
    return label, "\n\n".join(part for part in parts if part)[:20_000]


def with_labels(text: str, labels: Mapping[str, str], item: Item, report: ExchangeReport) -> str:
    """Replace ``${name}`` in a text by the label of that question, and say so."""

    def label(match: re.Match[str]) -> str:
        name = match[1].strip()
        report.refuse(
            item.name, "label",
            _("Die Antwort auf „{name}“ lässt sich nicht in den Fragetext einsetzen; dort steht "
              "jetzt die Frage.").format(name=name),
        )  # fmt: skip
        return f"„{labels.get(name, name)}“"

    return re.sub(r"\$\{([^{}]*)\}", label, text)


def is_yes(text: str | None) -> bool:
    """Say whether a cell means yes, in the words that XLSForm and people use."""
    return (text or "").strip().lower() in ("yes", "true", "true()", "ja", "1")


def _parameters(item: Item) -> dict[str, str]:
    return dict(
        re.findall(r"(\w+)\s*=\s*(-?[0-9]+(?:\.[0-9]+)?)", item.cells.get("parameters", ""))
    )


def _range(item: Item, type_: str) -> Object:
    parameters = _parameters(item)
    low = Decimal(parameters.get("start", "1")[:15])
    high = Decimal(parameters.get("end", "10")[:15])
    low, high = min(low, high), max(low, high)
    if type_ == "integer":
        return {"minimum": int(low), "maximum": int(high)}
    return {"minimum": f"{low:f}", "maximum": f"{high:f}"}
