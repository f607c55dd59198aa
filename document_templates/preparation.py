"""Turn the XML of a part with tags into Jinja source, and prove that it stays well-formed."""

from __future__ import annotations

import io
import re
from functools import cache

from docxtpl import DocxTemplate
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from document_templates.environment import COLOUR_ATTRIBUTE, RUN_MARK, SPAN_ATTRIBUTE
from document_templates.findings import Finding, excerpt
from document_templates.ooxml import part_title
from tenants.language import _

_TOKEN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>", re.DOTALL)
_ELEMENT = re.compile(r"<(/?)([^\s/>]+)[^>]*?(/?)>", re.DOTALL)
_RUN_HOLDERS = ("w:p", "w:hyperlink", "w:sdtContent")
_WORD = re.compile(r"\{%\s*(\w+)")
_TORN = re.compile(r"\{(?:<[^>]*>)+[{%#]|[%}#](?:<[^>]*>)+\}")
_VALUE_ATTRIBUTES = re.compile(
    rf'(?:{re.escape(SPAN_ATTRIBUTE)}|{re.escape(COLOUR_ATTRIBUTE)})\{{\{{[^<>{{}}]*\}}\}}"/>'
)
_MERGED_ROWS = '<w:vMerge w:val="{% if loop.first %}restart{% else %}continue{% endif %}"/>'
# docxtpl puts {{r … }} between two runs; the emptied one before it shows how the place looks.
_RUN_TAG = re.compile(
    r"(<w:r(?: [^>]*)?>(?P<look><w:rPr>(?:(?!</?w:r[ >]).)*?</w:rPr>)?<w:t(?: [^>]*)?></w:t></w:r>)"
    r"(?P<tag>\{\{.*?\}\})(?=<w:r>)",
    re.DOTALL,
)
_LITERALS = (("{_{", "{{"), ("}_}", "}}"), ("{_%", "{%"), ("%_}", "%}"))
_PARAGRAPH = re.compile(r"<w:p([ >])")


@cache
def _docxtpl() -> DocxTemplate:
    # patch_xml uses nothing of its object; no document is ever opened with it.
    return DocxTemplate(io.BytesIO())


def jinja_source(xml: str) -> str:
    """Return docxtpl's Jinja source for one part: {%p, {%tr and {%tc tags take their element."""
    source: str = _docxtpl().patch_xml(xml)
    return source


def with_run_marks(source: str) -> str:
    """Put a `RUN_MARK` and the look of its place before every tag that writes whole runs."""

    def mark(match: re.Match[str]) -> str:
        look = match.group("look") or ""
        if "{{" in look or "{%" in look:
            look = ""
        return match.group(1) + RUN_MARK + look + match.group("tag")

    return _RUN_TAG.sub(mark, source)


def with_line_marks(source: str) -> str:
    """Begin every paragraph on a new line, so that an error's line tells the paragraph."""
    return _PARAGRAPH.sub(r"\n<w:p\1", source)


def paragraph_at(marked_source: str, line: int) -> str:
    """Return the text of the paragraph on a line of source with line marks."""
    lines = marked_source.split("\n")
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return excerpt(re.sub(r"<[^>]+>", "", text))


class WithoutLineMarks(NodeTransformer):
    """Takes the line marks out of a parsed template and resolves docxtpl's brace literals."""

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.TemplateData:
        data = node.data.replace("\n<w:p", "<w:p")
        for written, meant in _LITERALS:
            data = data.replace(written, meant)
        node.data = data
        return node


def torn_braces(xml: str, part: str) -> list[Finding]:
    """Return an error where preparation would join braces of two paragraphs into a tag."""
    torn = _TORN.search(xml)
    if torn is None:
        return []
    text = re.sub(r"<[^>]*>", "", xml[max(0, torn.start() - 200) : torn.end() + 200])
    message = _("Einzelne geschweifte Klammern am Rand eines Absatzes sind nicht möglich.")
    return [Finding("error", message, part_title(part), excerpt(text))]


def structure_findings(source: str, part: str) -> list[Finding]:
    """Return an error for every tag that could make the XML ill-formed or that is no text.

    A block is sound when the open elements at its beginning, at each else and at its end
    have the same names: then leaving it out or repeating it keeps the XML well-formed, for
    all data. Values are written in texts only (or as runs between runs, and in the width and the
    colour of a cell).
    """
    findings: list[Finding] = []
    stack: list[str] = []
    blocks: list[tuple[str, tuple[str, ...]]] = []

    def refuse(message: str, at: int) -> None:
        paragraph = source.rfind("<w:p", 0, at)
        around = re.sub(r"<[^>]*>", "", source[max(paragraph, at - 2000) : at + 200])
        findings.append(Finding("error", message, part_title(part), excerpt(around)))

    for match in _TOKEN.finditer(source):
        token = match.group()
        if token.startswith("<"):
            if not _follow_element(token, stack):
                refuse(_("An dieser Stelle ist kein Platzhalter möglich."), match.start())
                return findings
        elif token.startswith("{{"):
            if not _is_value_place(source, match, stack):
                refuse(
                    _("Der Platzhalter {tag} steht nicht im Text.").format(tag=token[:80]),
                    match.start(),
                )
        elif token.startswith("{%"):
            begin = blocks[-1][0] if blocks else token
            if not _block_is_sound(token, tuple(stack), blocks):
                refuse(
                    _("{begin} und {token} stehen an ungleichen Stellen des Dokuments.").format(
                        begin=begin[:80], token=token[:80]
                    ),
                    match.start(),
                )
                return findings
    return findings


def _is_value_place(source: str, match: re.Match[str], stack: list[str]) -> bool:
    """Tell whether a value is written into a text, or as runs between two runs."""
    if not stack:
        return False
    between = source.endswith("</w:r>", 0, match.start()) and source.startswith(
        "<w:r>", match.end()
    )
    return stack[-1] == "w:t" or (between and stack[-1] in _RUN_HOLDERS)


def _follow_element(token: str, stack: list[str]) -> bool:
    """Follow one XML tag; `False` when it holds a Jinja tag or closes what is not open."""
    if token.startswith("<?"):
        return True
    if token == _MERGED_ROWS or _VALUE_ATTRIBUTES.fullmatch(token):
        return True
    if "{{" in token or "{%" in token or "{#" in token:
        return False
    match = _ELEMENT.fullmatch(token)
    if match is None:
        return False
    closing, name, alone = match.groups()
    if closing:
        return bool(stack) and stack.pop() == name
    if not alone:
        stack.append(name)
    return True


def _block_is_sound(
    token: str, stack: tuple[str, ...], blocks: list[tuple[str, tuple[str, ...]]]
) -> bool:
    """Follow one block tag; `False` when the elements around it differ from its beginning."""
    match = _WORD.match(token)
    word = match.group(1) if match else ""
    if word in ("for", "if"):
        if (stack and stack[-1] == "w:t") or "w:t" not in stack:
            blocks.append((token, stack))
            return True
        return False
    if word in ("elif", "else"):
        return bool(blocks) and blocks[-1][1] == stack
    return bool(blocks) and blocks.pop()[1] == stack
