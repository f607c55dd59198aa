"""A Datenfeld of FIM as a field: type, bounds, values, provenance and annotations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

from forms.attachments.contents import FILE_FORMATS
from forms.exchange.naming import derived_id
from forms.exchange.report import ExchangeReport, Object
from forms.exchange.xdatenfelder_xml import FimElement, FimField, FimRule
from forms.exchange.xlsform_choices import LONGEST_VALUE, MOST_CHOICES
from forms.exchange.xlsform_fields import LONGEST_LABEL, MOST_RADIO
from forms.expressions.nodes import Json
from forms.fields.file import DEFAULT_KINDS
from forms.fields.inspection import NOT_KEPT, asks_for_certificate
from forms.fields.pattern import PatternError, check_pattern
from tenants.language import _

SOURCE = "FIM"
MOST_NOTES = 50
LONGEST_NOTE = 20_000
MOST_MEGABYTES = 100
LONG_TEXT_FROM = 500
"""A text that may be longer than this gets several lines."""

_PREFILLED = "vorbefuell"
_NOT_PREFILLED = ("keine", "false")

_TYPES = {
    "text": "text", "text_latin": "text", "bool": "yes_no", "num": "decimal",
    "num_int": "integer", "num_currency": "money", "date": "date", "time": "time",
    "datetime": "datetime", "file": "file", "obj": "file",
}  # fmt: skip


class FieldRefused(ValueError):
    """A Datenfeld has no counterpart; the message says why, in German."""


def described(element: FimElement) -> Object:
    """Return provenance and annotations of an element: notes, and rules that nobody executes."""
    result: Object = {}
    if element.id:
        result["provenance"] = {
            "source": SOURCE, "id": element.id[:200], "version": element.version[:40],
        }  # fmt: skip
    notes = [*element.notes, *(_rule_note(rule) for rule in element.rules)]
    kept: list[Json] = [note[:LONGEST_NOTE] for note in notes if note.strip()]
    if kept:
        result["annotations"] = kept[:MOST_NOTES]
    return result


def note(element: Object, text: str) -> None:
    """Add an annotation to ``element``."""
    notes = element.setdefault("annotations", [])
    if isinstance(notes, list) and len(notes) < MOST_NOTES:
        notes.append(text[:LONGEST_NOTE])


def _rule_note(rule: FimRule) -> str:
    head = " ".join(part for part in (_("Regel"), rule.id, rule.version) if part)
    name = f" „{rule.name}“" if rule.name else ""
    return f"{head}{name}: {rule.text or _('ohne Beschreibung')}"


def refuse_rules(rules: Iterable[FimRule], report: ExchangeReport) -> None:
    """Say of every rule that it waits as an annotation, and of its script that it never ran."""
    for rule in rules:
        name = rule.id or rule.name
        report.refuse(
            name, "rule",
            _("Die Regel steht als Anmerkung am Element. Bauen Sie sie im Baukasten nach, wenn "
              "sie gelten soll."),
        )  # fmt: skip
        if rule.has_script:
            report.refuse(name, "script", _("Mitgelieferte Skripte werden nie ausgeführt."))


def label_of(element: FimElement) -> str:
    """Return the label of an element, cut to what a label may hold."""
    label = " ".join((element.label or element.name or element.id).split())
    return label[: LONGEST_LABEL - 1] + "…" if len(label) > LONGEST_LABEL else label or "–"


def fim_field(field: FimField, identity: str, key: str, report: ExchangeReport) -> Object:
    """Return the Datenfeld as a field with the given id and key. Raises `FieldRefused`."""
    made: Object = {"id": identity, "key": key, "type": "", "label": label_of(field)}
    if field.help:
        made["help"] = field.help[:LONGEST_NOTE]
    made |= described(field)
    refuse_rules(field.rules, report)
    match field.kind:
        case "label":
            made["type"] = "info"
            made["text"] = field.content or made["label"]
            return made
        case "select":
            _add_values(made, field, report)
        case "hidden":
            raise FieldRefused(_("Versteckte Felder gibt es nicht."))
        case _:
            _add_type(made, field, report)
    if field.kind == "locked":
        report.refuse(
            field.id, "feldart",
            _("Gesperrte Felder füllt hier niemand von selbst aus; es ist ein Eingabefeld."),
        )  # fmt: skip
    if field.content:
        report.refuse(field.id, "inhalt", _("Vorbelegte Inhalte werden nicht übernommen."))
        note(made, _("Vorgesehener Inhalt: {text}").format(text=field.content))
    _add_constraints(made, field, report)
    return made


def _add_type(made: Object, field: FimField, report: ExchangeReport) -> None:
    type_ = _TYPES.get(field.data_type, "")
    if not type_:
        raise FieldRefused(
            _("Den Datentyp „{type}“ gibt es hier nicht.").format(type=field.data_type)
        )
    made["type"] = type_
    if type_ == "file" and asks_for_certificate(field.name, field.label):
        raise FieldRefused(NOT_KEPT)
    if type_ == "file":
        made |= _file_settings(field, report)


def _file_settings(field: FimField, report: ExchangeReport) -> Object:
    """Return which files an Anlage takes; how often it stands says how many there are."""
    settings: Object = {"maximum": 1}
    wanted = field.constraints.get("mediaType", "").split()
    kinds = [key for key, known in FILE_FORMATS.items() if known.media_type in wanted]
    unknown = set(wanted) - {FILE_FORMATS[key].media_type for key in kinds}
    if unknown:
        report.refuse(
            field.id, "mediaType",
            _("Dateien dieser Art werden nicht angenommen: {types}").format(
                types=", ".join(sorted(unknown))[:200]
            ),
        )  # fmt: skip
    if not wanted or not kinds:
        report.refuse(
            field.id, field.data_type,
            _("Welche Arten von Dateien gelten, stellen Sie im Baukasten ein; vorerst sind es "
              "{kinds}.").format(kinds=", ".join(FILE_FORMATS[key].word for key in DEFAULT_KINDS)),
        )  # fmt: skip
    if kinds:
        settings["kinds"] = [*kinds]
    size = _whole(field.constraints.get("maxSize", ""))
    if size:
        megabytes = min(max(1, size // (1024 * 1024)), MOST_MEGABYTES)
        settings["maximum_megabytes"] = megabytes
        if megabytes * 1024 * 1024 != size:
            report.refuse(
                field.id, "maxSize",
                _("Die Größe gilt in ganzen MB: {size} Byte wurden {limit} MB.").format(
                    size=size, limit=megabytes
                ),
            )  # fmt: skip
    return settings


def _add_values(made: Object, field: FimField, report: ExchangeReport) -> None:
    options: list[Json] = []
    seen: set[str] = set()
    for code, name, help_ in field.values:
        value = code or name
        if not value or value in seen or len(value) > LONGEST_VALUE or len(options) >= MOST_CHOICES:
            report.refuse(
                f"{field.id}: {value[:80]}", "value",
                _("Der Wert fehlt, steht doppelt, ist zu lang oder einer von zu vielen."),
            )  # fmt: skip
            continue
        seen.add(value)
        option: Object = {
            "id": derived_id(str(made["id"]), value), "value": value,
            "label": (name or value)[:LONGEST_LABEL],
        }  # fmt: skip
        if help_:
            option["help"] = help_
        options.append(option)
    if options:
        made |= {"type": "radio" if len(options) <= MOST_RADIO else "select", "options": options}
        return
    made["type"] = "text"
    name = field.codelist or _("ohne Kennung")
    report.refuse(
        field.id, "codelist",
        _("Die Codeliste {name} liegt der Datei nicht bei; das Feld ist ein Textfeld.").format(
            name=name
        ),
    )  # fmt: skip
    note(made, _("Codeliste: {name}").format(name=name))


def _add_constraints(made: Object, field: FimField, report: ExchangeReport) -> None:
    limits = field.constraints
    if "unreadable" in limits:
        report.refuse(
            field.id, "praezisierung",
            _("Die Präzisierung ist nicht lesbar: {text}").format(text=limits["unreadable"]),
        )  # fmt: skip
    if "others" in limits:
        report.refuse(
            field.id, "praezisierung",
            _("Diese Präzisierungen werden nicht übernommen: {names}").format(
                names=limits["others"]
            ),
        )  # fmt: skip
    type_ = made["type"]
    kept: tuple[str, ...] = ()
    if type_ == "text":
        kept = ("minLength", "maxLength", "pattern")
        _add_text_limits(made, field, report)
    elif type_ in ("integer", "decimal", "money", "date"):
        kept = ("minValue", "maxValue")
        for source, name in (("minValue", "minimum"), ("maxValue", "maximum")):
            if source in limits:
                _add_bound(made, name, limits[source], field, report)
    for name in ("minLength", "maxLength", "pattern", "minValue", "maxValue"):
        if name in limits and name not in kept:
            report.refuse(
                field.id, name,
                _("„{text}“ lässt sich bei einem Feld dieser Art nicht prüfen.").format(
                    text=limits[name][:80]
                ),
            )  # fmt: skip
            note(made, f"{name}: {limits[name]}")


def refuse_unread(elements: Iterable[FimElement], report: ExchangeReport) -> None:
    """Name what the file says of its elements beyond what a form can hold, each kind once.

    What an element is to be filled with beforehand is named at the element: somebody has to decide.
    """
    counts: dict[str, int] = {}
    for element in elements:
        for name, text in element.unread:
            if not name.startswith(_PREFILLED):
                counts[name] = counts.get(name, 0) + 1
            elif text not in _NOT_PREFILLED:
                report.refuse(
                    element.id or element.name, name,
                    _("Vorbefüllt wird hier aus Stammdaten und früheren Einreichungen; stellen Sie "
                      "es im Baukasten ein ({text}).").format(text=text),
                )  # fmt: skip
    for name, count in counts.items():
        report.refuse(
            name, "angabe",
            _("Diese Angabe über {count} Elemente wird nicht übernommen.").format(count=count)
            if count > 1
            else _("Diese Angabe über ein Element wird nicht übernommen."),
        )  # fmt: skip


def _add_text_limits(made: Object, field: FimField, report: ExchangeReport) -> None:
    limits = field.constraints
    longest = _whole(limits.get("maxLength", ""))
    if longest:
        made["max_length"] = min(longest, LONGEST_NOTE)
        if longest > LONG_TEXT_FROM:
            made["type"] = "long_text"
    pattern = limits.get("pattern", "")
    if pattern:
        _add_pattern(made, pattern, field, report)
    shortest = _whole(limits.get("minLength", ""))
    if shortest > 1:
        # The name of the field in its own rule is only known where it stands.
        made["shortest"] = shortest


def _add_pattern(made: Object, pattern: str, field: FimField, report: ExchangeReport) -> None:
    try:
        if made["type"] != "text":
            raise PatternError(_("Muster gibt es nur bei einzeiligem Text."))
        check_pattern(pattern)
    except PatternError as error:
        report.refuse(field.id, "pattern", f"{error} ({pattern[:120]})")
        note(made, _("Muster: {pattern}").format(pattern=pattern))
    else:
        made["pattern"] = pattern


def _add_bound(made: Object, name: str, text: str, field: FimField, report: ExchangeReport) -> None:
    try:
        if made["type"] == "date":
            made[name] = date.fromisoformat(text).isoformat()
            return
        number = Decimal(text.replace(",", "."))
        if not number.is_finite() or abs(number) >= 10**15:
            raise ValueError
        if made["type"] != "integer":
            made[name] = f"{number.quantize(Decimal('1e-12')).normalize():f}"
        elif number == number.to_integral_value():
            made[name] = int(number)
        else:
            raise ValueError
    except (ValueError, InvalidOperation):
        report.refuse(
            field.id, name,
            _("Die Grenze „{text}“ passt nicht zum Datentyp.").format(text=text[:80]),
        )  # fmt: skip


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0
