"""Whether everything that a page draws is either tagged or marked as decoration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from pikepdf import (
    ContentStreamInlineImage,
    ContentStreamInstruction,
    Dictionary,
    Name,
    Object,
    Operator,
    Page,
    Stream,
    parse_content_stream,
    unparse_content_stream,
)

from document_templates.content_scanning import (
    BEGIN,
    DRAWING,
    END,
    PAINTING,
    PATH_BEGIN,
    PATH_END,
    UnusualContent,
    unmarked_instructions,
)

_LOOKED_AT = " ".join((*BEGIN, END, *DRAWING))
_ARTIFACT = "/Artifact"

Instruction = ContentStreamInstruction | ContentStreamInlineImage


def has_unmarked_content(page: Page) -> bool:
    """Tell whether ``page`` draws something outside of tags and decoration (ISO 14289-1, 7.1).

    Form XObjects are drawn where they are called and count as that place does. Unreadable
    content raises what `pikepdf.parse_content_stream` raises.
    """
    content = page.obj.get("/Contents")
    if isinstance(content, Stream):
        with suppress(UnusualContent):
            found = unmarked_instructions(content.read_bytes())
            # To the end, because what comes later may be unusual.
            return any([one.operator in DRAWING for one in found])
    return any(
        operator in DRAWING and not marked for operator, marked, _instruction in _read(page, True)
    )


def mark_lines(page: Page) -> bytes | None:
    """Return the content of ``page`` with unmarked lines and areas marked as decoration.

    None where there is nothing to mark. LibreOffice 7.4 draws the borders of paragraphs without any
    mark.
    """
    content = page.obj.get("/Contents")
    if isinstance(content, Stream):
        with suppress(UnusualContent):
            return _mark_found_lines(content.read_bytes())
    written: list[Instruction] = []
    path: list[Instruction] = []
    marked_any = False
    for operator, marked, instruction in _read(page, False):
        if path or (operator in PATH_BEGIN and not marked):
            path.append(instruction)
            if operator in PAINTING:
                written += [_operation([Name.Artifact], "BMC"), *path, _operation([], END)]
                path = []
                marked_any = True
            elif operator == PATH_END:
                written += path
                path = []
        else:
            written.append(instruction)
    return unparse_content_stream([*written, *path]) if marked_any else None


def _mark_found_lines(content: bytes) -> bytes | None:
    written: list[bytes] = []
    done = 0
    begin: int | None = None
    for one in unmarked_instructions(content):
        if one.operator in PATH_BEGIN and begin is None:
            begin = one.begin
        elif one.operator in PAINTING and begin is not None:
            written += [
                content[done:begin],
                b"/Artifact BMC\n",
                content[begin : one.end],
                b"\nEMC\n",
            ]
            done, begin = one.end, None
        elif one.operator == PATH_END:
            begin = None
    return b"".join([*written, content[done:]]) if written else None


def _operation(operands: list[Object], operator: str) -> ContentStreamInstruction:
    return ContentStreamInstruction(operands, Operator(operator))


def _read(page: Page, marks_only: bool) -> Iterator[tuple[str, bool, Instruction]]:
    """Yield each operator, whether it stands in a mark, and the whole instruction."""
    properties = _properties(page.obj)
    open_marks: list[bool] = []
    for instruction in parse_content_stream(page, _LOOKED_AT if marks_only else ""):
        if isinstance(instruction, ContentStreamInlineImage):
            yield "EI", any(open_marks), instruction
            continue
        operator = str(instruction.operator)
        if operator in BEGIN:
            open_marks.append(_is_mark(list(instruction.operands), properties))
        elif operator == END and open_marks:
            open_marks.pop()
        yield operator, any(open_marks), instruction


def _properties(page: Object) -> Object | None:
    resources = page.get("/Resources")
    return resources.get("/Properties") if isinstance(resources, Dictionary) else None


def _is_mark(operands: list[Object], properties: Object | None) -> bool:
    if operands and str(operands[0]) == _ARTIFACT:
        return True
    if len(operands) < 2:
        return False
    found: Object | None = operands[1]
    if not isinstance(found, Dictionary | Stream) and isinstance(properties, Dictionary):
        found = properties.get(str(found))
    return isinstance(found, Dictionary) and "/MCID" in found
