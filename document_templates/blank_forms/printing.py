"""Writes a form as a blank DOCX: every question with a place to answer it by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docx.document import Document
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from document_templates.blank_forms.answers import (
    add_cross,
    indent_cross,
    write_box,
    write_choices,
    write_computed,
    write_line,
)
from document_templates.blank_forms.groups import write_group, write_matrix
from document_templates.blank_forms.paper import INK, new_sheet, rule, set_frames, sheet_bytes
from forms.definition import FormDefinition
from forms.elements import (
    CalculatedField,
    ChoiceField,
    DeclarationField,
    Field,
    InfoField,
    MatrixField,
    NumberField,
    Page,
    PartsField,
    RepeatField,
    ScaleField,
    Section,
    TextField,
)
from forms.fields.file import FileField
from forms.fields.picked import PickedField
from tenants.language import _

MOST_LISTED = 16
"""Choices that are printed to be crossed; longer lists are written in words."""
_SHORT_LINE, _MIDDLE_LINE = 70.0, 110.0
_FORMATS = {
    "date": _("TT.MM.JJJJ"),
    "time": _("Stunde:Minute"),
}
_UNITS = {"money": "€", "percent": "%", "hours": "h"}


@dataclass(frozen=True, slots=True)
class BlankForm:
    """What a blank form carries beside its questions."""

    definition: FormDefinition
    rules: Mapping[tuple[str, str], str]
    """The rules in words, by element and property (`forms.building.sentences.spoken_rules`)."""
    tenant: str
    office: str = ""
    edition: str = ""
    """Which version it is: „Fassung 3“."""


def blank_form_docx(form: BlankForm) -> bytes:
    """Return the blank form as DOCX; the same form always gives the same bytes."""
    definition = form.definition
    document = new_sheet(definition.title, form.tenant)
    set_frames(document, form.tenant, form.office, definition.title, form.edition)
    document.add_paragraph(definition.title, style="Title")
    for text in _paragraphs(definition.description):
        document.add_paragraph(text)
    note = document.add_paragraph(
        _("Bitte in Druckschrift ausfüllen. Alle Fragen sind zu beantworten, außer sie sind mit "
          "„(freiwillig)“ gekennzeichnet. Grau hinterlegte Felder bleiben leer."),
        style="Hilfe",
    )  # fmt: skip
    note.paragraph_format.space_before = Pt(4)
    writer = _Writer(document, form.rules)
    for number, page in enumerate(definition.pages, start=1):
        writer.page(number, page)
    _write_end(document)
    return sheet_bytes(document)


class _Writer:
    def __init__(self, document: Document, rules: Mapping[tuple[str, str], str]) -> None:
        self._document = document
        self._rules = rules

    def page(self, number: int, page: Page) -> None:
        heading = self._document.add_paragraph(f"{number}  {page.title}", style="Heading 1")
        rule(heading, "bottom", INK, size=8, space=2)
        self._condition(page)
        for text in _paragraphs(page.intro):
            self._document.add_paragraph(text)
        for section in page.sections:
            self._section(section, page)

    def _section(self, section: Section, page: Page) -> None:
        if section.title and section.title != page.title:
            self._document.add_paragraph(section.title, style="Heading 2")
        self._condition(section)
        for field in section.fields:
            self.field(field, named_above=section.title)

    def field(self, field: Field, named_above: str = "") -> None:
        """Append a question with the place for its answer.

        A declaration called as the heading above it is not called so again.
        """
        if isinstance(field, InfoField):
            self._info(field)
            return
        if not isinstance(field, DeclarationField) or field.label != named_above:
            self._question(field)
        if isinstance(field, RepeatField):
            write_group(self._document, field, self.field)
        elif isinstance(field, MatrixField):
            write_matrix(self._document, field)
        elif isinstance(field, ChoiceField):
            self._choices(field)
        elif isinstance(field, DeclarationField):
            self._declaration(field)
        elif isinstance(field, FileField):
            self._document.add_paragraph(_("Bitte beilegen und hier nennen:"), style="Hilfe")
            write_line(self._document)
        else:
            self._answer(field)

    def _question(self, field: Field) -> None:
        style = "Heading 3" if isinstance(field, RepeatField | MatrixField) else "Frage"
        line = self._document.add_paragraph(field.label, style=style)
        if isinstance(field, CalculatedField):
            _add_light(line, _("(wird ausgerechnet)"))
        elif not field.required:
            _add_light(line, _("(freiwillig)"))
        if not isinstance(field, CalculatedField):
            self._condition(field)
        for text in _paragraphs(field.help):
            self._document.add_paragraph(text, style="Hilfe")

    def _condition(self, element: Page | Section | Field) -> None:
        if words := self._rules.get((element.id, "visible")):
            line = self._document.add_paragraph(style="Hilfe")
            line.add_run(_("Nur ausfüllen, {words}.").format(words=words)).italic = True

    def _info(self, field: InfoField) -> None:
        head = self._document.add_paragraph(style="Normal")
        head.paragraph_format.space_before = Pt(8)
        head.add_run(field.label).bold = True
        head.paragraph_format.keep_with_next = True
        self._condition(field)
        for text in _paragraphs(field.text):
            self._document.add_paragraph(text)

    def _choices(self, field: ChoiceField) -> None:
        if len(field.options) > MOST_LISTED:
            names = ", ".join(option.label for option in field.options)
            self._document.add_paragraph(
                _("Tragen Sie ein, was zutrifft: {names}").format(names=names), style="Hilfe"
            )
            write_line(self._document)
            return
        if field.type == "checkboxes":
            self._document.add_paragraph(_("Mehrere Antworten sind möglich."), style="Hilfe")
        write_choices(self._document, [(option.label, option.help) for option in field.options])

    def _declaration(self, field: DeclarationField) -> None:
        first = True
        for text in _paragraphs(field.text):
            line = self._document.add_paragraph(style="Kreuz")
            if first:
                indent_cross(line)
                add_cross(line)
                line.add_run(f"\t{text}")
            else:
                line.paragraph_format.left_indent = Mm(6.5)
                line.add_run(text)
            first = False

    def _answer(self, field: Field) -> None:
        if field.type == "yes_no":
            write_choices(self._document, [(_("Ja"), ""), (_("Nein"), "")])
        elif isinstance(field, TextField):
            if field.type == "long_text":
                write_box(self._document, min(max(field.rows + 1, 4), 12))
            else:
                write_line(self._document, width=_MIDDLE_LINE if field.max_length <= 40 else 165.0)
        elif isinstance(field, CalculatedField):
            write_computed(self._document, "€" if field.result == "money" else field.unit)
        elif isinstance(field, NumberField):
            write_line(self._document, _UNITS.get(field.type, field.unit), _SHORT_LINE)
        elif isinstance(field, ScaleField):
            self._scale(field)
        elif isinstance(field, PartsField) and not isinstance(field, PickedField):
            for part in field.parts:
                self._document.add_paragraph(part.label, style="Hilfe")
                self._answer(part.field)
        elif field.type in _FORMATS:
            write_line(self._document, _FORMATS[field.type], _SHORT_LINE)
        else:
            write_line(self._document)

    def _scale(self, field: ScaleField) -> None:
        points: list[tuple[str, str]] = [
            (str(point), "") for point in range(field.minimum, field.maximum + 1)
        ]
        points[0] = (f"{field.minimum} ({field.minimum_label})", "")
        points[-1] = (f"{field.maximum} ({field.maximum_label})", "")
        if field.no_answer:
            points.append((_("keine Angabe"), ""))
        write_choices(self._document, points)


def _add_light(line: Paragraph, text: str) -> None:
    run = line.add_run(f" {text}")
    run.bold = False
    run.font.size = Pt(9)


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _write_end(document: Document) -> None:
    heading = document.add_paragraph(_("Ausgefüllt"), style="Heading 1")
    rule(heading, "bottom", INK, size=8, space=2)
    for label, unit, width in (
        (_("am"), _FORMATS["date"], _SHORT_LINE),
        (_("von (Name in Druckschrift)"), "", 165.0),
        (_("für (Stelle)"), "", 165.0),
    ):
        document.add_paragraph(label, style="Frage")
        write_line(document, unit, width)
        document.paragraphs[-1].paragraph_format.keep_with_next = True
