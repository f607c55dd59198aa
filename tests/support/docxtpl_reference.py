"""docxtpl as the measure of what a template must become."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from docx.shared import Cm
from docxtpl import DocxTemplate, InlineImage, RichText
from jinja2 import nodes, pass_eval_context
from lxml import etree

from document_templates.cleaning import CleanedDocx
from document_templates.environment import ClosedEnvironment
from document_templates.written_values import write_value


class ReferenceEnvironment(ClosedEnvironment):
    """Our environment, but docxtpl's own rich texts and pictures write themselves."""

    def __init__(self) -> None:
        super().__init__()

        @pass_eval_context
        def finalize(_context: nodes.EvalContext, value: object) -> object:
            return value if isinstance(value, RichText | InlineImage) else write_value(value)

        self.finalize = finalize


def by_docxtpl(
    cleaned: CleanedDocx,
    context: Mapping[str, object],
    *,
    rich: Callable[[str], RichText] | None = None,
    picture: bytes | None = None,
) -> bytes:
    """Return the document that docxtpl makes; ``rich`` and ``picture`` are its own objects."""
    environment = ReferenceEnvironment()
    template = DocxTemplate(io.BytesIO(cleaned.data))
    if rich is not None:
        environment.filters["gestaltet"] = lambda value: rich(value) if value else ""
    if picture is not None:
        environment.filters["bild"] = lambda _value, width: InlineImage(
            template, io.BytesIO(picture), width=Cm(int(width))
        )
    template.render(dict(context), environment)
    stream = io.BytesIO()
    template.save(stream)
    return stream.getvalue()


def canonical(document: bytes) -> dict[str, bytes]:
    """Return the canonical XML of every part of a document below ``word``."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        assert archive.testzip() is None
        return {
            name: etree.tostring(etree.fromstring(archive.read(name)), method="c14n")
            for name in archive.namelist()
            if name.startswith("word/") and name.endswith(".xml")
        }
