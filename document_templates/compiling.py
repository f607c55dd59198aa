"""Compile a cleaned template once; fill it for every document.

A `CompiledTemplate` never changes: threads share it. docxtpl only prepares the source; no
document is ever rendered by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from types import TracebackType
from typing import NoReturn

from jinja2 import Template, TemplateSyntaxError

from document_templates.clauses.numbering import (
    SectionNumbers,
    has_references,
    numbers_of_clauses,
)
from document_templates.cleaning import CleanedDocx
from document_templates.deterministic_archive import StaticArchive
from document_templates.environment import ClosedEnvironment, LoopBudget, loop_budget
from document_templates.filters import PICTURE_FILTERS
from document_templates.findings import FillingFailed, Finding, TemplateRefused
from document_templates.inline_pictures import PictureTray, picture_tray
from document_templates.ooxml import part_title
from document_templates.package_parts import (
    CONTENT_TYPES,
    open_cleaned,
)
from document_templates.part_pictures import (
    PartPictures,
    pictures_of_part,
    with_picture_types,
)
from document_templates.pictures import NamedPicture, fit_picture, named_pictures
from document_templates.preparation import (
    WithoutLineMarks,
    jinja_source,
    paragraph_at,
    structure_findings,
    torn_braces,
    with_line_marks,
    with_run_marks,
)
from document_templates.syntax_messages import syntax_message
from document_templates.table_grid import fit_grids, grid_may_change
from document_templates.tag_mending import MAX_TAGS
from document_templates.values import UnfitValue
from tenants.language import _

MAX_OUTPUT = 20_000_000
_PIECES_AT_ONCE = 256

_TEXTS = ClosedEnvironment()
_PROPERTIES = ClosedEnvironment(properties=True)
_PICTURE_ID = re.compile(r'(<wp:docPr [^>]*?\b)id="[^"]*"')
_PICTURE_FILTER = re.compile(r"\|\s*(?:" + "|".join(PICTURE_FILTERS) + r")\b")
_FIRST_PICTURE_ID = 1001

Context = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Part:
    """One part with tags: its compiled code and what is to be done after rendering."""

    name: str
    template: Template
    source: str
    fits_grids: bool
    numbers_pictures: bool
    pictures: PartPictures | None = None
    sections: SectionNumbers | None = None
    """How § are numbered, in a text whose clauses refer to each other."""

    def render(self, context: Context, limit: int) -> bytes:
        """Return the part's XML; raises `FillingFailed` beyond ``limit`` characters."""
        tray = picture_tray.get()
        if tray is not None:
            tray.begin_part(self.pictures.prefix if self.pictures else "")
        pieces: list[str] = []
        size = 0
        try:
            stream = self.template.root_render_func(self.template.new_context(dict(context)))
            while chunk := list(islice(stream, _PIECES_AT_ONCE)):
                size += sum(map(len, chunk))
                if size > limit:
                    raise UnfitValue(
                        _("Das Dokument wird größer als {size} MB.").format(
                            size=MAX_OUTPUT // 1_000_000
                        )
                    )
                pieces += chunk
        except (UnfitValue, ArithmeticError, TypeError, ValueError, LookupError) as error:
            self._fail(error)
        xml = "".join(pieces)
        if self.sections is not None:
            try:
                xml = self.sections.fill_in(xml)
            except UnfitValue as error:
                self._fail(error)
        if self.numbers_pictures:
            xml = _number_pictures(xml)
        if self.fits_grids:
            xml = fit_grids(xml)
        return xml.encode()

    def _fail(self, error: Exception) -> NoReturn:
        message = str(error) if isinstance(error, UnfitValue) else ""
        line = _line_of(self.template, error.__traceback__)
        raise FillingFailed(
            Finding(
                "error",
                message or _("Die Werte passen nicht zur Vorlage."),
                part_title(self.name),
                paragraph_at(self.source, line),
            )
        ) from error


def _line_of(template: Template, traceback: TracebackType | None) -> int:
    line = 0
    while traceback is not None:
        if "__jinja_template__" in traceback.tb_frame.f_globals:
            line = template.get_corresponding_lineno(traceback.tb_lineno)
        traceback = traceback.tb_next
    return line


def _number_pictures(xml: str) -> str:
    """Give every picture its own number, as loops repeat pictures with their numbers."""
    number = _FIRST_PICTURE_ID - 1

    def renumber(match: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f'{match.group(1)}id="{number}"'

    return _PICTURE_ID.sub(renumber, xml)


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template ready to be filled: immutable, for any number of threads at once."""

    parts: tuple[_Part, ...]
    pictures: tuple[NamedPicture, ...]
    archive: StaticArchive

    @property
    def shows_uploads(self) -> bool:
        """Whether `fill` wants the uploaded pictures as well."""
        return any(part.pictures for part in self.parts)

    @property
    def picture_names(self) -> frozenset[str]:
        """The names of the pictures that `fill` needs."""
        return frozenset(picture.name for picture in self.pictures)

    def fill(self, context: Context, pictures: Mapping[str, bytes] | None = None) -> bytes:
        """Return the document for ``context``, plain data only; same input, same bytes.

        ``pictures`` holds PNG, JPEG or GIF bytes for each of `picture_names`, and uploaded ones
        under `document_templates.inline_pictures.ATTACHED` and their identity. Raises
        `FillingFailed` when a value or picture is missing or unfit, or a limit is broken
        (20 MB of text, 200,000 turns of all loops).
        """
        token = loop_budget.set(LoopBudget())
        tray = PictureTray(pictures or {})
        tray_token = picture_tray.set(tray)
        try:
            rendered: list[tuple[str, bytes]] = []
            left = MAX_OUTPUT
            for part in self.parts:
                content = part.render(context, left)
                left -= len(content)
                rendered.append((part.name, content))
                if part.pictures:
                    relationships = part.pictures.with_targets(tray.targets)
                    rendered.append((part.pictures.member, relationships))
        finally:
            loop_budget.reset(token)
            picture_tray.reset(tray_token)
        rendered.extend(tray.media.items())
        rendered.extend(
            (picture.media, _picture(picture, pictures or {})) for picture in self.pictures
        )
        return self.archive.with_members(rendered)


def _picture(picture: NamedPicture, given: Mapping[str, bytes]) -> bytes:
    if picture.name not in given:
        raise FillingFailed(
            Finding("error", _("Das Bild „{name}“ fehlt.").format(name=picture.name))
        )
    try:
        return fit_picture(given[picture.name], picture.width, picture.height)
    except ValueError as error:
        raise FillingFailed(
            Finding("error", _("Bild „{name}“: {reason}").format(name=picture.name, reason=error))
        ) from error


def compile_template(cleaned: CleanedDocx) -> CompiledTemplate:
    """Compile a cleaned template.

    Raises `TemplateRefused` for tags that the closed environment does not know or that
    could make the document ill-formed; `check_template` says the same in more words.
    """
    package = open_cleaned(cleaned.data)
    pictures = named_pictures(package)
    replaced = {picture.media for picture in pictures}
    drawn: dict[str, PartPictures] = {}
    parts: list[_Part] = []
    static: list[tuple[str, bytes]] = []
    texts = set(package.text_parts())
    members = dict(package.members())
    for name in sorted(texts):
        if _has_tags(members[name]) and _PICTURE_FILTER.search(members[name].decode()):
            drawn[name] = pictures_of_part(package, name, members)
    replaced.update(part.member for part in drawn.values())
    for name, content in members.items():
        if drawn and name == CONTENT_TYPES:
            static.append((name, with_picture_types(content)))
        elif name in texts and _is_filled(content):
            text = content.decode()
            part = _compile_part(name, text, drawn.get(name), main=name == package.main)
            if name == package.main and has_references(content):
                part = replace(part, sections=numbers_of_clauses(package, text))
            parts.append(part)
        elif package.kinds.get(name) == "core-properties" and _has_tags(content):
            parts.append(_compile_properties(name, content.decode()))
        elif name not in replaced:
            static.append((name, content))
    return CompiledTemplate(tuple(parts), pictures, StaticArchive(static))


def _has_tags(content: bytes) -> bool:
    return b"{{" in content or b"{%" in content or b"{#" in content


def _is_filled(content: bytes) -> bool:
    """Say whether something is written into a text: values, or the numbers of references."""
    return _has_tags(content) or has_references(content)


def _compile_part(name: str, xml: str, pictures: PartPictures | None, *, main: bool) -> _Part:
    if xml.count("{{") + xml.count("{%") + xml.count("{#") > MAX_TAGS:
        raise TemplateRefused.because(
            _("Die Vorlage hat mehr als {count} Platzhalter.").format(count=MAX_TAGS)
        )
    source = jinja_source(xml)
    findings = [*torn_braces(xml, name), *structure_findings(source, name)]
    if findings:
        raise TemplateRefused(findings)
    marked = with_line_marks(with_run_marks(source))
    return _Part(
        name,
        _compile(_TEXTS, name, marked),
        marked,
        main and grid_may_change(source),
        main and (pictures is not None or "<wp:docPr " in source),
        pictures,
    )


def _compile_properties(name: str, xml: str) -> _Part:
    return _Part(name, _compile(_PROPERTIES, name, xml), xml, False, False)


def _compile(environment: ClosedEnvironment, name: str, source: str) -> Template:
    try:
        tree = environment.parse(source)
        WithoutLineMarks().visit(tree)
        return Template.from_code(environment, environment.compile(tree), {}, None)
    except (TemplateSyntaxError, RecursionError, SyntaxError, MemoryError) as error:
        line = error.lineno if isinstance(error, TemplateSyntaxError) else 0
        raise TemplateRefused.because(
            syntax_message(error),
            part=part_title(name),
            paragraph=paragraph_at(source, line),
        ) from error
