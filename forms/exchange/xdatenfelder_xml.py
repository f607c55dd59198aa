"""The XML of XDatenfelder 2 and 3 (FIM) as plain values; both versions read alike from here on.

Namespaces: ``urn:xoev-de:fim:standard:xdatenfelder_2`` and ``…xdatenfelder_3.0.0`` (XÖV standard
XDatenfelder of the Föderales Informationsmanagement).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from forms.exchange.archive import MEGABYTE, check_xml
from forms.exchange.report import ImportRefused
from tenants.language import _

LARGEST_XML = 10 * MEGABYTE
MOST_ELEMENTS = 200_000
DEEPEST_XML = 120
DEEPEST_GROUP = 15
NAMESPACE = "urn:xoev-de:fim:standard:xdatenfelder_"
UNBOUNDED = 0

_VERSION = re.compile(re.escape(NAMESPACE) + r"([23])(\.[0-9.]+)?")
_COUNT = re.compile(r"\s*([0-9]{1,5})\s*:\s*([0-9]{1,5}|\*|n)\s*", re.IGNORECASE)
_READ = frozenset({
    "identifikation", "name", "definition", "beschreibung", "bezug", "bezeichnung",
    "bezeichnungEingabe", "hilfetext", "hilfetextEingabe", "regel", "feldart", "datentyp",
    "praezisierung", "inhalt", "codelisteReferenz", "werte", "art", "struktur", "mediaType",
    "maxSize",
})  # fmt: skip
_CONSTRAINTS = ("minLength", "maxLength", "minValue", "maxValue", "pattern")


@dataclass(frozen=True, slots=True)
class FimRule:
    """A rule as prose, and whether the source holds a script for it as well."""

    id: str
    version: str
    name: str
    text: str
    has_script: bool


@dataclass(frozen=True, slots=True)
class FimElement:
    """What data fields and groups have in common. Texts may be empty."""

    id: str
    version: str
    name: str
    label: str
    help: str
    notes: tuple[str, ...]
    """Definition, description and legal basis, each with its heading."""
    rules: tuple[FimRule, ...]
    unread: tuple[tuple[str, str], ...]
    """Names of what else the file says of the element, each with its code or text."""


@dataclass(frozen=True, slots=True)
class FimField(FimElement):
    """A Datenfeld."""

    kind: str
    """``input``, ``select``, ``label``, ``hidden`` or ``locked``."""
    data_type: str
    constraints: dict[str, str]
    content: str
    codelist: str
    """The URN of the code list that the field refers to."""
    values: tuple[tuple[str, str, str], ...]
    """Code, name and help of each value that stands in the file itself."""


@dataclass(frozen=True, slots=True)
class FimStructure:
    """How often an element stands where it stands; ``most`` 0 is unbounded."""

    least: int
    most: int
    element: FimField | FimGroup
    legal_basis: str = ""


@dataclass(frozen=True, slots=True)
class FimGroup(FimElement):
    """A Datenfeldgruppe, or the whole Datenschema."""

    structures: tuple[FimStructure, ...] = field(default=())
    is_choice: bool = False
    """Of its parts only one is to be given (Auswahlgruppe)."""


def read_schema(data: bytes) -> tuple[str, FimGroup]:
    """Return the major version and the schema of an XDatenfelder message.

    Raises `ImportRefused` for anything else and for hostile XML: DTD, entities, more than 10 MB,
    too many or too deeply nested elements.
    """
    root = _parse(data)
    namespace = etree.QName(root).namespace or ""
    version = _VERSION.fullmatch(namespace)
    if version is None:
        raise ImportRefused(
            _("Die Datei ist kein XDatenfelder 2 oder 3 (Namensraum „{namespace}“).").format(
                namespace=namespace[:100]
            )
        )
    for name in ("stammdatenschema", "datenfeldgruppe"):
        found = _child(root, name)
        if found is not None:
            return version[1], _group(found, 1)
    raise ImportRefused(
        _("Die Datei enthält kein Datenschema und keine Datenfeldgruppe, sondern „{name}“.").format(
            name=_local(root)[:60]
        )
    )


def _parse(data: bytes) -> etree._Element:
    if len(data) > LARGEST_XML:
        raise ImportRefused(
            _("Die Datei ist größer als {size} MB.").format(size=LARGEST_XML // MEGABYTE)
        )
    check_xml(_("Die Datei"), data)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ImportRefused(_("Die Datei ist kein lesbares XML.")) from error
    depth, count = 0, 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if count > MOST_ELEMENTS or depth > DEEPEST_XML:
            raise ImportRefused(_("Die Datei ist zu groß oder zu tief verschachtelt."))
    return root


def _group(node: etree._Element, depth: int) -> FimGroup:
    if depth > DEEPEST_GROUP:
        raise ImportRefused(
            _("Datenfeldgruppen sind tiefer als {limit} Ebenen verschachtelt.").format(
                limit=DEEPEST_GROUP
            )
        )
    structures = []
    for structure in _children(node, "struktur"):
        inside = _child(structure, "enthaelt")
        for child in () if inside is None else inside:
            element: FimField | FimGroup
            if _local(child) == "datenfeldgruppe":
                element = _group(child, depth + 1)
            elif _local(child) == "datenfeld":
                element = _field(child)
            else:
                continue
            least, most = _count(_text(structure, "anzahl"))
            structures.append(FimStructure(least, most, element, _text(structure, "bezug")))
    common = _common(node)
    return FimGroup(
        common.id, common.version, common.name, common.label, common.help, common.notes,
        common.rules, common.unread, tuple(structures), _code(node, "art").upper() == "X",
    )  # fmt: skip


def _field(node: etree._Element) -> FimField:
    common = _common(node)
    return FimField(
        common.id, common.version, common.name, common.label, common.help, common.notes,
        common.rules, common.unread, _code(node, "feldart"), _code(node, "datentyp"),
        _constraints(node) | _file_limits(node),
        _text(node, "inhalt"), _codelist(node), tuple(_values(node)),
    )  # fmt: skip


def _common(node: etree._Element) -> FimElement:
    identity = _child(node, "identifikation")
    name = _text(node, "name")
    notes = [
        f"{heading}: {text}"
        for heading, text in (
            (_("Definition"), _text(node, "definition")),
            (_("Beschreibung"), _text(node, "beschreibung")),
            *((_("Handlungsgrundlage"), _content(child)) for child in _children(node, "bezug")),
        )
        if text
    ]
    return FimElement(
        _text(identity, "id"),
        _text(identity, "version"),
        name,
        _text(node, "bezeichnungEingabe") or _text(node, "bezeichnung") or name,
        _text(node, "hilfetextEingabe") or _text(node, "hilfetext"),
        tuple(notes),
        tuple(_rule(child) for child in _children(node, "regel")),
        tuple(_unread(node)),
    )


def _unread(node: etree._Element) -> Iterator[tuple[str, str]]:
    for child in node:
        if _local(child) not in _READ:
            text = _text(child, "code") or " ".join("".join(map(str, child.itertext())).split())
            if text:
                yield _local(child), text[:200]


def _rule(node: etree._Element) -> FimRule:
    identity = _child(node, "identifikation")
    text = _text(node, "freitextRegel") or _text(node, "definition") or _text(node, "beschreibung")
    script = _text(node, "skript") or _text(node, "script")
    return FimRule(
        _text(identity, "id"), _text(identity, "version"), _text(node, "name"), text, bool(script)
    )


def _count(text: str) -> tuple[int, int]:
    match = _COUNT.fullmatch(text)
    if match is None:
        return 1, 1
    most = UNBOUNDED if match[2] in ("*", "n", "N") else int(match[2])
    return int(match[1]), most if match[2] != "0" else -1


def _file_limits(node: etree._Element) -> dict[str, str]:
    """Return what version 3 says of files: the largest in bytes, and their media types."""
    types = [_text(child, "code") or _content(child) for child in _children(node, "mediaType")]
    found = {"maxSize": _text(node, "maxSize"), "mediaType": " ".join(types)}
    return {name: text for name, text in found.items() if text.strip()}


def _constraints(node: etree._Element) -> dict[str, str]:
    """Return the Präzisierung: JSON in a text in version 2, attributes in version 3."""
    found = _child(node, "praezisierung")
    if found is None:
        return {}
    values = {name: str(found.get(name)) for name in _CONSTRAINTS if found.get(name)}
    others = [str(name) for name in found.attrib if str(name) not in _CONSTRAINTS]
    text = _content(found)
    if text:
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            return values | {"unreadable": text[:200]}
        if not isinstance(content, dict):
            return values | {"unreadable": text[:200]}
        for name in _CONSTRAINTS:
            value = content.get(name)
            if isinstance(value, str | int | float) and str(value).strip():
                values[name] = str(value).strip()
        others += [name for name in content if name not in _CONSTRAINTS]
    return values | ({"others": ", ".join(others)[:200]} if others else {})


def _codelist(node: etree._Element) -> str:
    reference = _child(node, "codelisteReferenz")
    if reference is None:
        return ""
    for name in ("canonicalVersionUri", "canonicalIdentification", "id"):
        for element in reference.iter():
            if _local(element) == name and _content(element):
                return _content(element)
    return ""


def _values(node: etree._Element) -> Iterator[tuple[str, str, str]]:
    """Yield the values of a Werteliste (version 3), or of a code list that came along."""
    for values in _children(node, "werte"):
        for value in _children(values, "wert"):
            yield _text(value, "code"), _text(value, "name"), _text(value, "hilfe")
    for element in node.iter():
        if _local(element) != "Row":
            continue
        cells: dict[str, str] = {}
        for value in _children(element, "Value"):
            simple = _child(value, "SimpleValue")
            cells[str(value.get("ColumnRef", "")).lower()] = _content(simple)
        code = next((cells[name] for name in ("code", "key", "schluessel") if name in cells), "")
        name = next(
            (cells[name] for name in ("name", "wert", "description", "bezeichnung")
             if name in cells), code)  # fmt: skip
        if code:
            yield code, name, ""


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _children(node: etree._Element, name: str) -> Iterator[etree._Element]:
    return (child for child in node if _local(child) == name)


def _child(node: etree._Element | None, name: str) -> etree._Element | None:
    return None if node is None else next(_children(node, name), None)


def _content(node: etree._Element | None) -> str:
    if node is None or node.text is None:
        return ""
    lines = [" ".join(line.split()) for line in node.text.strip().splitlines()]
    return "".join(
        character for character in "\n".join(lines).strip()
        if character >= " " or character == "\n"
    )  # fmt: skip


def _text(node: etree._Element | None, name: str) -> str:
    return _content(_child(node, name))


def _code(node: etree._Element, name: str) -> str:
    return _text(_child(node, name), "code")
