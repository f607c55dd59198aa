"""Structural preflight for PDF/A-2b (ISO 19005-2): what a stored document must fulfil.

No replacement for a full validator, which would also read every content stream and font
program. It finds what goes wrong in practice: a PDF without the claim, a stamp in a font
that is not embedded, encryption, scripts, a wrong language, metadata that contradict each
other. Beyond level B it asks for tags, language and title, because German authorities owe
accessible documents (BITV 2.0, EN 301 549). Pure: takes bytes, returns findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from document_templates.opened_pdf import opened_pdf
from document_templates.pdfa_metadata import metadata_problems
from document_templates.pdfua import accessibility_problems
from tenants.language import _

LARGEST_PDF = 256 * 1024**2
MOST_OBJECTS = 500_000

HEADER = re.compile(rb"%PDF-1\.[0-7][ \t]*\r?\n%[\x80-\xff]{4}")
FILE_END = re.compile(rb"%%EOF\r?\n?\Z")

FORBIDDEN_ACTIONS = {
    "/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide",
    "/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView", "/SubmitForm",
}  # fmt: skip
FORBIDDEN_ANNOTATIONS = {"/3D", "/Sound", "/Screen", "/Movie", "/FileAttachment"}
ANNOTATIONS_WITHOUT_PRINT = {"/Popup", "/Link"}
PRINT_FLAG = 4
HIDING_FLAGS = 1 | 2 | 32 | 256
FONT_PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")
ICC_PROFILE_MARK = b"acsp"
TRANSPARENT_DEFAULTS = {"/Default"}

# The text of a stream is its number; of everything else it is all that stands in it.
STREAM_TEXT = re.compile(rb"[0-9]+ [0-9]+ R")
WORTH_A_LOOK = re.compile(
    rb"/(?:Rect|ExtGState|(?:S|Type) [0-9]+ [0-9]+ R|"
    + "|".join(action[1:] for action in sorted(FORBIDDEN_ACTIONS)).encode()
    + rb")"
)
"""What the text of an object holds in which `_object_findings` may find something."""


@dataclass(frozen=True)
class Finding:
    """One reason why a file is not the PDF/A that we store; ``clause`` is of ISO 19005-2."""

    clause: str
    message: str


def check_pdfa(pdf: bytes, *, language: str = "de-DE") -> list[Finding]:
    """Return everything that keeps ``pdf`` from being a tagged PDF/A-2b; empty means fine.

    Never raises for what the bytes hold: unreadable and encrypted files are findings too.
    """
    if len(pdf) > LARGEST_PDF:
        return [Finding("6.1", _("Die Datei ist zu groß für eine Prüfung."))]
    try:
        with opened_pdf(pdf) as document:
            if document.is_encrypted:
                return [_encrypted()]
            return sorted(
                set(_all_findings(pdf, document, language)),
                key=lambda finding: (finding.clause, finding.message),
            )
    except pikepdf.PasswordError:
        return [_encrypted()]
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, KeyError, IndexError,
            AttributeError, NotImplementedError, RecursionError):  # fmt: skip
        # pikepdf tells of broken structures by whatever exception fits the access.
        return [Finding("6.1", _("Die Datei ist keine lesbare PDF-Datei."))]


def _encrypted() -> Finding:
    return Finding("6.1.3", _("Die Datei ist verschlüsselt; das ist in PDF/A nicht erlaubt."))


def _all_findings(raw: bytes, document: Pdf, language: str) -> Iterator[Finding]:
    yield from _file_findings(raw, document)
    yield from _catalog_findings(document.Root)
    yield from _output_intent_findings(document.Root)
    for clause, message in chain(
        accessibility_problems(document, language), metadata_problems(document)
    ):
        yield Finding(clause, message)
    yield from _page_findings(document)
    if len(document.objects) > MOST_OBJECTS:
        yield Finding("6.1.13", _("Die Datei hat zu viele Objekte für eine Prüfung."))
        return
    for top in document.objects:
        if isinstance(top, Object) and _is_worth_a_look(top):
            for item in _dictionaries_in(top):
                yield from _object_findings(item)


def _file_findings(raw: bytes, document: Pdf) -> Iterator[Finding]:
    if not HEADER.match(raw):
        yield Finding("6.1.2", _("Der Dateikopf ist nicht der eines PDF 1.0 bis 1.7."))
    if not FILE_END.search(raw[-16:]):
        yield Finding("6.1.3", _("Hinter dem Ende der PDF-Datei stehen weitere Daten."))
    if "/ID" not in document.trailer:
        yield Finding("6.1.3", _("Der Datei fehlt die Kennung (ID)."))


def _catalog_findings(root: Object) -> Iterator[Finding]:
    if "/AA" in root:
        yield Finding("6.5.2", _("Die Datei enthält automatische Aktionen."))
    if root.get("/NeedsRendering") == True:  # noqa: E712 - a PDF boolean or anything else
        yield Finding("6.4.2", _("Die Datei verlangt ein dynamisches Formular (XFA)."))
    names = root.get("/Names")
    if isinstance(names, Dictionary):
        if "/JavaScript" in names:
            yield Finding("6.5.1", _("Die Datei enthält JavaScript."))
        if "/EmbeddedFiles" in names:
            yield Finding("6.8", _("Die Datei enthält eingebettete Dateien."))
    form = root.get("/AcroForm")
    if isinstance(form, Dictionary):
        if "/XFA" in form:
            yield Finding("6.4.2", _("Die Datei enthält ein XFA-Formular."))
        if bool(form.get("/NeedAppearances", False)):
            yield Finding("6.4.1", _("Formularfelder sind ohne fertige Darstellung."))


def _output_intent_findings(root: Object) -> Iterator[Finding]:
    intents = root.get("/OutputIntents")
    usable = [
        intent
        for intent in (intents if isinstance(intents, Array) else [])
        if isinstance(intent, Dictionary) and intent.get("/S") == Name("/GTS_PDFA1")
    ]
    profiles = [intent.get("/DestOutputProfile") for intent in usable]
    streams = [profile for profile in profiles if isinstance(profile, Stream)]
    if not streams:
        yield Finding("6.2.3", _("Der Datei fehlt das Farbprofil (Output Intent für PDF/A)."))
        return
    if len({profile.objgen for profile in streams}) > 1:
        yield Finding("6.2.3", _("Die Datei nennt mehrere verschiedene Farbprofile."))
    if streams[0].read_bytes()[36:40] != ICC_PROFILE_MARK:
        yield Finding("6.2.3", _("Das Farbprofil der Datei ist kein ICC-Profil."))


def _page_findings(document: Pdf) -> Iterator[Finding]:
    checked: set[tuple[int, int]] = set()
    for number, page in enumerate(document.pages, start=1):
        if "/AA" in page.obj:
            yield Finding("6.5.2", _("Seite {page}: automatische Aktionen.").format(page=number))
        for font in page_fonts(page.obj, checked):
            problem = _font_problem(font)
            if problem:
                yield Finding(
                    "6.2.11.4.1",
                    _("Seite {page}: {problem}").format(page=number, problem=problem),
                )


def page_fonts(page: Object, checked: set[tuple[int, int]]) -> Iterator[Object]:
    """Yield every font that the page, its forms, patterns and annotations can use, once."""
    waiting = [page]
    while waiting:
        owner = waiting.pop()
        if not isinstance(owner, Dictionary | Stream):
            continue
        if owner.is_indirect:
            if owner.objgen in checked:
                continue
            checked.add(owner.objgen)
        resources = owner.get("/Resources")
        if isinstance(resources, Dictionary):
            for kind in ("/XObject", "/Pattern"):
                waiting.extend(_values(resources.get(kind)))
            fonts = list(_values(resources.get("/Font")))
            yield from (font for font in fonts if isinstance(font, Dictionary))
            waiting.extend(fonts)  # a Type 3 font has resources of its own
        annotations = owner.get("/Annots")
        waiting.extend(list(annotations) if isinstance(annotations, Array) else [])
        waiting.extend(_appearances(owner.get("/AP")))


def _appearances(appearance: Object | None) -> Iterator[Object]:
    for state in _values(appearance):
        if isinstance(state, Stream):
            yield state
        else:
            yield from _values(state)


def _values(dictionary: Object | None) -> Iterator[Object]:
    if isinstance(dictionary, Dictionary):
        yield from (dictionary[key] for key in dictionary.keys())  # noqa: SIM118


def _font_problem(font: Object) -> str:
    kind = str(font.get("/Subtype"))
    name = str(font.get("/BaseFont", "/?")).removeprefix("/")
    if kind == "/Type3":
        return ""
    described: Object | None = font
    if kind == "/Type0":
        descendants = font.get("/DescendantFonts")
        described = descendants[0] if isinstance(descendants, Array) and descendants else None
    if not isinstance(described, Dictionary):
        return _("Die Schrift „{name}“ ist unvollständig.").format(name=name)
    descriptor = described.get("/FontDescriptor")
    if not isinstance(descriptor, Dictionary) or not any(
        isinstance(descriptor.get(program), Stream) for program in FONT_PROGRAMS
    ):
        return _("Die Schrift „{name}“ ist nicht eingebettet.").format(name=name)
    if str(described.get("/Subtype")) == "/CIDFontType2" and "/CIDToGIDMap" not in described:
        return _("Der Schrift „{name}“ fehlt die Zeichenzuordnung.").format(name=name)
    return ""


def _is_worth_a_look(top: Object) -> bool:
    """Tell quickly of most objects that nothing is wrong with them."""
    text = top.unparse(resolved=True)
    return bool(WORTH_A_LOOK.search(text) or STREAM_TEXT.fullmatch(text))


def _dictionaries_in(top: Object) -> Iterator[Dictionary | Stream]:
    """Yield an object and what stands inside it, as far as they are dictionaries or streams."""
    waiting: list[Object] = [top]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Stream | Dictionary):
            yield item
            # Tags are most of a file and can hold nothing that is looked for here.
            if item.get("/Type") == Name("/StructElem"):
                continue
            children = [item[key] for key in item.keys()]  # noqa: SIM118
        elif isinstance(item, Array):
            children = list(item)
        else:
            continue
        waiting.extend(
            child
            for child in children
            if isinstance(child, Dictionary | Array) and not child.is_indirect
        )


def _object_findings(item: Dictionary | Stream) -> Iterator[Finding]:
    if isinstance(item, Stream):
        yield from _stream_findings(item)
    action = str(item.get("/S"))
    if action in FORBIDDEN_ACTIONS:
        yield Finding(
            "6.5.1",
            _("Die Datei enthält eine verbotene Aktion ({action}).").format(action=action[1:]),
        )
    if "/Subtype" in item and "/Rect" in item:
        yield from _annotation_findings(item)
    if item.get("/Type") == Name("/ExtGState") and (
        "/TR" in item or str(item.get("/TR2", "/Default")) not in TRANSPARENT_DEFAULTS
    ):
        yield Finding("6.2.5", _("Die Datei ändert Farben beim Drucken (Transferfunktion)."))


def _stream_findings(stream: Stream) -> Iterator[Finding]:
    filters = stream.get("/Filter")
    used = {str(one) for one in filters} if isinstance(filters, Array) else {str(filters)}
    if used & {"/LZWDecode", "/LZW"}:
        yield Finding("6.1.7.2", _("Die Datei benutzt die verbotene Kompression LZW."))
    if "/Crypt" in used:
        yield _encrypted()
    if "/F" in stream or "/FFilter" in stream:
        yield Finding("6.1.7.1", _("Die Datei verweist auf Inhalte außerhalb der Datei."))
    kind = str(stream.get("/Subtype"))
    if kind == "/PS" or str(stream.get("/Subtype2")) == "/PS":
        yield Finding("6.2.9", _("Die Datei enthält ein PostScript-Programm."))
    if "/Ref" in stream and kind == "/Form":
        yield Finding("6.2.9", _("Die Datei verweist auf Seiten einer anderen Datei."))
    if kind == "/Image" and (bool(stream.get("/Interpolate", False)) or "/Alternates" in stream):
        yield Finding("6.2.8", _("Ein Bild ist mit Glättung oder Ersatzbildern angelegt."))


def _annotation_findings(annotation: Dictionary | Stream) -> Iterator[Finding]:
    kind = str(annotation.get("/Subtype"))
    shown = {"kind": kind.removeprefix("/")}
    if isinstance(annotation, Stream) or kind in {"/Image", "/Form"}:
        return
    if kind in FORBIDDEN_ANNOTATIONS:
        yield Finding("6.3.1", _("Die Anmerkungsart „{kind}“ ist verboten.").format(**shown))
    flags = int(annotation.get("/F", 0))
    if kind not in ANNOTATIONS_WITHOUT_PRINT and not flags & PRINT_FLAG:
        yield Finding("6.3.2", _("Eine Anmerkung ({kind}) wird nicht gedruckt.").format(**shown))
    if flags & HIDING_FLAGS:
        yield Finding("6.3.2", _("Eine Anmerkung ({kind}) ist verborgen.").format(**shown))
    left, bottom, right, top = (float(edge) for edge in annotation["/Rect"])
    visible = left != right and bottom != top
    if visible and kind not in ANNOTATIONS_WITHOUT_PRINT and "/AP" not in annotation:
        yield Finding("6.3.3", _("Eine Anmerkung ({kind}) hat keine Darstellung.").format(**shown))
    if kind == "/Widget" and ("/AA" in annotation or "/A" in annotation):
        yield Finding("6.4.1", _("Ein Formularfeld löst eine Aktion aus."))
