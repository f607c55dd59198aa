"""A conversion that is broken off from outside must not hand its PDF to the next document."""

from __future__ import annotations

import io
import signal
from types import FrameType

import docx
import pikepdf
import pytest
from docx.enum.text import WD_BREAK

from document_templates.conversion import Converter


class Interrupted(Exception):
    """What RQ raises in the midst of a job that takes too long."""


def document_of(pages: int) -> bytes:
    document = docx.Document()
    for number in range(pages - 1):
        document.add_paragraph(f"Seite {number}").add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph("Ende")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def page_count(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


def test_the_next_document_is_its_own() -> None:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Interrupted

    former = signal.signal(signal.SIGALRM, interrupt)
    try:
        with Converter() as converter:
            assert page_count(converter.convert(document_of(1))) == 1
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(Interrupted):
                converter.convert(document_of(200))

            assert page_count(converter.convert(document_of(2))) == 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
