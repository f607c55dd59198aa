"""Structural preflight for PDF/UA-1 (ISO 14289-1): what a machine can tell of accessibility.

Whether headings mean something and alternative texts say what is seen, only people can tell. What
the tags must be like so that a screen reader finds its way is checked here, for every file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf

from document_templates.marked_content import has_unmarked_content
from document_templates.pdf_structure import Tag, TooManyTags, tags_of
from tenants.language import _

Problem = tuple[str, str]

_HEADINGS = {"H1": 1, "H2": 2, "H3": 3, "H4": 4, "H5": 5, "H6": 6}
_PARENTS: Mapping[str, frozenset[str]] = {
    "TR": frozenset({"Table", "THead", "TBody", "TFoot"}),
    "TH": frozenset({"TR"}),
    "TD": frozenset({"TR"}),
    "THead": frozenset({"Table"}),
    "TBody": frozenset({"Table"}),
    "TFoot": frozenset({"Table"}),
    "LI": frozenset({"L"}),
    "Lbl": frozenset({"LI", "Note", "TOCI", "BibEntry", "P", "Span"}),
    "LBody": frozenset({"LI"}),
    "TOCI": frozenset({"TOC"}),
}
"""Kinds that mean something only inside others (7.2, 7.5 and 7.6)."""
_ANNOTATIONS_OUTSIDE = {"/Popup", "/PrinterMark", "/TrapNet"}


def accessibility_problems(document: Pdf, language: str) -> Iterator[Problem]:
    """Yield (clause, German message) for every breach of PDF/UA-1 that is found.

    The mark in the metadata is checked with them, see `document_templates.pdfa_metadata`.
    """
    yield from _catalog_problems(document.Root, language)
    try:
        tags = list(tags_of(document))
    except TooManyTags:
        yield "14289-1, 7.1", _("Die Auszeichnung der Datei ist zu groß für eine Prüfung.")
        return
    for check in (_kinds, _nesting, _headings, _alternatives, _header_cells, _notes):
        yield from check(tags)
    for number, page in enumerate(document.pages, start=1):
        yield from _page_problems(document, page, number)


def _catalog_problems(root: Object, language: str) -> Iterator[Problem]:
    found = str(root.get("/Lang", ""))
    if found.lower() != language.lower():
        yield (
            "6.7.4",
            _("Als Sprache der Datei ist „{found}“ angegeben, erwartet wird „{expected}“.").format(
                found=found, expected=language
            ),
        )
    held = root.get("/MarkInfo")
    marks = held if isinstance(held, Dictionary) else Dictionary()
    tagged = isinstance(root.get("/StructTreeRoot"), Dictionary)
    if not tagged or not bool(marks.get("/Marked", False)):
        yield "6.7.2", _("Die Datei ist nicht barrierefrei ausgezeichnet (keine Tags).")
    elif bool(marks.get("/Suspects", False)):
        yield "14289-1, 7.1", _("Die Auszeichnung der Datei gilt als unsicher (Suspects).")
    shown = root.get("/ViewerPreferences")
    if not isinstance(shown, Dictionary) or not bool(shown.get("/DisplayDocTitle", False)):
        yield "14289-1, 7.1", _("Die Datei lässt nicht ihren Titel anzeigen, nur den Dateinamen.")


def _kinds(tags: list[Tag]) -> Iterator[Problem]:
    for tag in tags:
        if not tag.kind:
            yield (
                "14289-1, 7.1",
                _("Die Auszeichnung „{kind}“ bedeutet nichts Bekanntes.").format(
                    kind=str(tag.element.S)[1:]
                ),
            )


def _nesting(tags: list[Tag]) -> Iterator[Problem]:
    for tag in tags:
        if tag.kind in _PARENTS and tag.parent not in _PARENTS[tag.kind]:
            yield (
                "14289-1, 7.2",
                _("Die Auszeichnung „{kind}“ steht an der falschen Stelle.").format(kind=tag.kind),
            )


def _headings(tags: list[Tag]) -> Iterator[Problem]:
    former = 0
    for level in (_HEADINGS[tag.kind] for tag in tags if tag.kind in _HEADINGS):
        if level > former + 1:
            yield (
                "14289-1, 7.4.2",
                _("Auf eine Überschrift der Ebene {former} folgt eine der Ebene {level}.").format(
                    former=former, level=level
                ),
            )
        former = level


def _alternatives(tags: list[Tag]) -> Iterator[Problem]:
    for tag in tags:
        if tag.kind not in ("Figure", "Formula"):
            continue
        texts = (str(tag.element.get(name, "")).strip() for name in ("/Alt", "/ActualText"))
        if not any(texts):
            yield (
                ("14289-1, 7.3", _("Ein Bild hat keinen Alternativtext."))
                if tag.kind == "Figure"
                else ("14289-1, 7.7", _("Eine Formel hat keinen Alternativtext."))
            )


def _header_cells(tags: list[Tag]) -> Iterator[Problem]:
    for tag in tags:
        if tag.kind == "TH" and not _says_what_it_heads(tag.element):
            yield (
                "14289-1, 7.5",
                _("Eine Kopfzelle sagt nicht, ob sie für ihre Zeile oder ihre Spalte gilt."),
            )


def _says_what_it_heads(element: Dictionary) -> bool:
    held = element.get("/A")
    attributes = list(held) if isinstance(held, Array) else [held]
    return "/ID" in element or any(
        isinstance(one, Dictionary) and ("/Scope" in one or "/Headers" in one) for one in attributes
    )


def _notes(tags: list[Tag]) -> Iterator[Problem]:
    notes = [str(tag.element.get("/ID", "")) for tag in tags if tag.kind == "Note"]
    if "" in notes or len(set(notes)) != len(notes):
        yield "14289-1, 7.9", _("Eine Fußnote hat keine eindeutige Kennung.")


def _page_problems(document: Pdf, page: Page, number: int) -> Iterator[Problem]:
    if has_unmarked_content(page):
        yield (
            "14289-1, 7.1",
            _("Seite {page}: Ein Teil des Inhalts ist nicht ausgezeichnet.").format(page=number),
        )
    held = page.obj.get("/Annots")
    annotations = [
        one
        for one in (held if isinstance(held, Array) else [])
        if isinstance(one, Dictionary) and str(one.get("/Subtype")) not in _ANNOTATIONS_OUTSIDE
    ]
    if annotations and page.obj.get("/Tabs") != Name.S:
        yield (
            "14289-1, 7.18.3",
            _("Seite {page}: Die Reihenfolge der Anmerkungen folgt nicht dem Text.").format(
                page=number
            ),
        )
    for annotation in annotations:
        if not _lies_outside(annotation, page):
            yield from _annotation_problems(document, annotation, number)


def _lies_outside(annotation: Dictionary, page: Page) -> bool:
    """Tell whether an annotation takes up no place on the page, as a seal without a picture."""
    left, bottom, right, top = (float(edge) for edge in annotation.Rect)
    box = [float(edge) for edge in page.cropbox]
    return box[0] >= right or box[1] >= top or box[2] <= left or box[3] <= bottom


def _annotation_problems(document: Pdf, annotation: Dictionary, number: int) -> Iterator[Problem]:
    kind = str(annotation.get("/Subtype"))[1:]
    described = any(str(annotation.get(name, "")).strip() for name in ("/Contents", "/TU"))
    expected = {"Link": "Link", "Widget": "Form"}.get(kind, "Annot")
    if not described:
        yield (
            "14289-1, 7.18.1",
            _("Seite {page}: Eine Anmerkung ({kind}) hat keine Beschreibung.").format(
                page=number, kind=kind
            ),
        )
    if _kind_around(document, annotation) != expected:
        yield (
            "14289-1, 7.18.1",
            _("Seite {page}: Eine Anmerkung ({kind}) ist nicht ausgezeichnet.").format(
                page=number, kind=kind
            ),
        )


def _kind_around(document: Pdf, annotation: Dictionary) -> str:
    """Return the kind of the element that an annotation belongs to, as written."""
    if "/StructParent" not in annotation:
        return ""
    tree = document.Root.get("/StructTreeRoot", Dictionary()).get("/ParentTree")
    found = _number_tree_value(tree, int(annotation.StructParent))
    return str(found.get("/S", ""))[1:] if isinstance(found, Dictionary) else ""


def _number_tree_value(tree: Object | None, wanted: int, depth: int = 0) -> Object | None:
    if not isinstance(tree, Dictionary) or depth > 20:
        return None
    numbers = tree.get("/Nums")
    if isinstance(numbers, Array):
        for at in range(0, len(numbers) - 1, 2):
            if int(numbers[at]) == wanted:
                value: Object = numbers[at + 1]
                return value
    children = tree.get("/Kids")
    for child in children if isinstance(children, Array) else []:
        found = _number_tree_value(child, wanted, depth + 1)
        if found is not None:
            return found
    return None
