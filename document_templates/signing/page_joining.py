"""Adding pages at the end of a tagged PDF/A without touching those that it has. Pure.

A signature is about pages that somebody has seen: they are taken over with their very content
streams, and what is added stands behind them. A seal does not survive that, and is taken off
first; the joined file is sealed anew.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, NumberTree, Object, Pdf

from tenants.language import _


class PagesNotJoined(RuntimeError):
    """A PDF is not built as the converter builds them; the message is German."""


def count_pages(pdf: bytes) -> int:
    """Return how many pages ``pdf`` has. Raises `PagesNotJoined`."""
    with _opened(pdf) as document:
        return len(document.pages)


def join_pages(pdf: bytes, added: bytes) -> bytes:
    """Return ``pdf`` without its seal and with the pages of ``added`` behind its own.

    Both are tagged; so is the result, in the same order. Metadata and language are those of
    ``pdf``. Raises `PagesNotJoined`.
    """
    with _opened(pdf) as document, _opened(added) as more:
        _take_off_seals(document)
        first = len(document.pages)
        document.pages.extend(more.pages)
        _join_tags(document, more, list(document.pages)[first:])
        target = io.BytesIO()
        # An identifier of its own content: same pages, same file.
        document.save(target, deterministic_id=True)
    return target.getvalue()


def _opened(pdf: bytes) -> Pdf:
    try:
        return pikepdf.open(io.BytesIO(pdf))
    except pikepdf.PdfError as error:
        raise PagesNotJoined(_("Die PDF-Datei ist nicht lesbar.")) from error


def _take_off_seals(document: Pdf) -> None:
    for name in ("/AcroForm", "/Perms", "/DSS"):
        if name in document.Root:
            del document.Root[name]
    for page in document.pages:
        annotations = page.obj.get("/Annots")
        if not isinstance(annotations, Array):
            continue
        kept = [one for one in annotations.as_list() if one.get("/Subtype") != Name.Widget]
        if kept:
            page.obj.Annots = Array(kept)
        else:
            del page.obj["/Annots"]


def _join_tags(document: Pdf, more: Pdf, pages: list[pikepdf.Page]) -> None:
    own, foreign = document.Root.get("/StructTreeRoot"), more.Root.get("/StructTreeRoot")
    if not isinstance(own, Dictionary) or not isinstance(foreign, Dictionary):
        raise PagesNotJoined(_("Der PDF-Datei fehlt die barrierefreie Auszeichnung."))
    # After the pages: what refers to a page then refers to the copied one.
    copied = document.copy_foreign(more.make_indirect(foreign))
    numbers = NumberTree(own.ParentTree)
    offset = max([int(own.get("/ParentTreeNextKey", 0)), *(key + 1 for key in numbers)])
    for owner, name in _tagged(pages):
        owner[name] = int(owner[name]) + offset
    last = offset
    for key, value in NumberTree(copied.ParentTree).items():
        numbers[key + offset] = value
        last = max(last, key + offset + 1)
    own.ParentTreeNextKey = last
    children = _as_list(own.K)
    for child in _as_list(copied.K):
        child.P = own
        children.append(child)
    own.K = Array(children)
    roles = copied.get("/RoleMap")
    if isinstance(roles, Dictionary):
        known = own.get("/RoleMap", Dictionary())
        for name, role in roles.items():
            if name not in known:
                known[name] = role
        own.RoleMap = known


def _tagged(pages: list[pikepdf.Page]) -> Iterator[tuple[Object, str]]:
    """Yield what has a number in the tree of tags, and the name under which it has it."""
    for page in pages:
        if "/StructParents" in page.obj:
            yield page.obj, "/StructParents"
        for annotation in _as_list(page.obj.get("/Annots", Array())):
            if "/StructParent" in annotation:
                yield annotation, "/StructParent"


def _as_list(children: Object) -> list[Object]:
    return list(children.as_list()) if isinstance(children, Array) else [children]
