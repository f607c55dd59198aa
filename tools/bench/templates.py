"""Filling a DOCX from a compiled template against plain docxtpl, and how both grow."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import docx
from docx.shared import Cm, Pt
from docx.table import Table
from docxtpl import DocxTemplate

from document_templates.cleaning import clean_docx
from document_templates.compiling import CompiledTemplate, compile_template
from document_templates.pictures import blank_png
from forms.packages import list_packages
from tests.support.docxtpl_reference import by_docxtpl as by_docxtpl_with_our_filters
from tests.support.library_filling import resolved_template, sample_context, sample_pictures

Measure = dict[str, str | float | int]
Context = Mapping[str, object]

GROUPS = {
    "amt": "name strasse plz ort telefon email zeichen leitung zimmer fax",
    "traeger": "name rechtsform strasse plz ort vertreter iban kontakt telefon email",
    "kind": "vorname nachname geboren ort strasse plz staat sprache schule arzt",
    "eltern": "mutter vater strasse plz ort telefon email beruf sorge kontakt",
    "hilfe": "art paragraf beginn ende umfang ziel1 ziel2 ziel3 fachkraft bericht",
    "kosten": "tagessatz monat jahr anteil faellig stelle konto titel frist stand",
}
COLUMNS = ["nr", "leistung", "zeitraum", "menge", "satz", "betrag"]
LEGAL = (
    "Die Beteiligten verfolgen die im Hilfeplan vereinbarten Ziele gemeinsam, unterrichten "
    "einander unverzüglich über wesentliche Änderungen und wahren den Schutz der Sozialdaten. "
    "Weitergegeben wird nur, was gesetzlich erlaubt ist oder worin eingewilligt wurde. "
) * 3
ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an engine writes a value, the rows of a table and a choice between two paragraphs."""

    value: str
    cell: str
    rows: tuple[str, str]
    """What begins and ends the rows, in a row each or in the first and the last cell."""
    own_rows: bool
    choice: tuple[str, str, str]
    next_cell: str = ""
    """What stands in the first cell of a further row by which an engine knows that it repeats."""


OURS = Dialect(
    "{{{{ {path} }}}}",
    "{{{{ zeile.{name} }}}}",
    ("{%tr for zeile in zeilen %}", "{%tr endfor %}"),
    True,
    ("{%p if stationaer %}", "{%p else %}", "{%p endif %}"),
)


def four_page_template(dialect: Dialect = OURS) -> bytes:
    """Return a DOCX of four pages: 60 placeholders, a table loop of 6 columns, header, footer."""

    def value(path: str) -> str:
        return dialect.value.format(path=path)

    document = docx.Document()
    document.styles["Normal"].font.size = Pt(9.5)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.header.paragraphs[0].text = f"{value('amt.name')} – {value('amt.ort')}"
    section.footer.paragraphs[0].text = f"Vereinbarung zu {value('kind.nachname')}"
    document.add_heading("Leistungsvereinbarung", 0)
    for group, names in GROUPS.items():
        document.add_heading(group.capitalize(), 1)
        for name in names.split():
            paragraph = document.add_paragraph(style="List Bullet")
            paragraph.add_run(f"{name.capitalize()}: ").bold = True
            paragraph.add_run(value(f"{group}.{name}"))
        document.add_paragraph(LEGAL)
    document.add_paragraph(dialect.choice[0])
    document.add_paragraph("Die Hilfe wird über Tag und Nacht erbracht. " + LEGAL)
    document.add_paragraph(dialect.choice[1])
    document.add_paragraph("Die Hilfe wird ambulant erbracht. " + LEGAL)
    document.add_paragraph(dialect.choice[2])
    table = document.add_table(rows=2, cols=len(COLUMNS))
    table.style = "Table Grid"
    _write_rows(table, dialect)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _write_rows(table: Table, dialect: Dialect) -> None:
    cells = [dialect.cell.format(name=name) for name in COLUMNS]
    begin, end = dialect.rows
    rows = [[begin], cells, [end]]
    if not dialect.own_rows:
        rows = [[begin + cells[0], *cells[1:-1], cells[-1] + end]]
    if dialect.next_cell:
        rows.append([dialect.next_cell])
    for at, name in enumerate(COLUMNS):
        table.rows[0].cells[at].text = name.capitalize()
    for number, texts in enumerate(rows):
        row = table.rows[1] if number == 0 else table.add_row()
        for cell, text in zip(row.cells, texts, strict=False):
            cell.text = text


def many_placeholders(count: int) -> bytes:
    """Return a DOCX of ``count`` paragraphs with a placeholder each."""
    document = docx.Document()
    for number in range(count):
        document.add_paragraph(f"Angabe {number}: {{{{ feld{number} }}}}")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def context_with(rows: int, number: int = 0) -> dict[str, object]:
    """Return data for the template with a table of ``rows`` rows."""
    context: dict[str, object] = {
        group: {name: f"{name} Wert {number} & <Müller> „ä“" for name in names.split()}
        for group, names in GROUPS.items()
    }
    context["stationaer"] = number % 2 == 0
    context["zeilen"] = [
        {name: f"{name} {number}-{row}" for name in COLUMNS} for row in range(rows)
    ]
    context["mandant"] = {"name": "Stadt"}
    context["dokument"] = {"titel": "Vereinbarung"}
    return context


def by_docxtpl(data: bytes, context: Context) -> bytes:
    """Fill as docxtpl's own documentation does."""
    template = DocxTemplate(io.BytesIO(data))
    template.render(dict(context), autoescape=True)
    stream = io.BytesIO()
    template.save(stream)
    return stream.getvalue()


def _seconds(work: Callable[[], object], turns: int) -> float:
    # Of the processor: all of it is work in this process, and neighbours do not count.
    started = time.process_time()
    for _turn in range(turns):
        work()
    return (time.process_time() - started) / turns


def _interleaved(
    fast: Callable[[], object], slow: Callable[[], object], turns: int, rounds: int
) -> tuple[float, float]:
    """Return the median seconds of both, measured in turn so that both see the same machine."""
    fast(), slow()
    pairs = [(_seconds(fast, turns), _seconds(slow, 1)) for _round in range(rounds)]
    return (
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
    )


def _measure(name: str, data: bytes, compiled: CompiledTemplate, rows: int, rounds: int) -> Measure:
    context = context_with(rows)
    turns = max(2, 400 // (rows + 1))
    fast, slow = _interleaved(
        lambda: compiled.fill(context), lambda: by_docxtpl(data, context), turns, rounds
    )
    return {
        "name": name,
        "value": round(fast * 1_000, 4),
        "unit": "ms",
        "baseline": round(slow * 1_000, 3),
        "ratio": round(slow / fast, 1),
        "runs": rounds,
    }


def _growth(count: int) -> Measure:
    data = many_placeholders(count)
    compiled = compile_template(clean_docx(data))
    context: dict[str, object] = {f"feld{number}": f"Wert {number}" for number in range(count)}
    context.update(mandant={"name": "Stadt"}, dokument={"titel": "Liste"})
    fast, slow = _interleaved(
        lambda: compiled.fill(context), lambda: by_docxtpl(data, context), 10, 5
    )
    return {
        "name": f"Vorlage füllen, {count} Platzhalter",
        "value": round(fast * 1_000, 4),
        "unit": "ms",
        "baseline": round(slow * 1_000, 3),
        "ratio": round(slow / fast, 1),
        "runs": 5,
    }


def _shipped() -> Measure:
    """Measure the templates of all shipped packages with their first samples.

    docxtpl gets what it lacks: our filters, and the clauses in their places.
    """
    pairs: list[tuple[float, float]] = []
    for package in list_packages():
        if not package.template_bytes or not package.samples:
            continue
        sample = package.samples[0]
        cleaned, context = resolved_template(package), sample_context(package, sample)
        compiled = compile_template(cleaned)
        pictures = {
            name: content
            for name, content in sample_pictures(package, sample).items()
            if name in compiled.picture_names
        }
        pairs.append(
            _interleaved(
                partial(compiled.fill, context, pictures),
                partial(by_docxtpl_with_our_filters, cleaned, context, picture=blank_png()),
                10,
                5,
            )
        )
    return {
        "name": f"Vorlagen der {len(pairs)} Pakete füllen, Mediane",
        "value": round(statistics.median(fast for fast, _slow in pairs) * 1_000, 4),
        "unit": "ms",
        "baseline": round(statistics.median(slow for _fast, slow in pairs) * 1_000, 3),
        "ratio": round(statistics.median(slow / fast for fast, slow in pairs), 1),
        "runs": 5,
    }


def run() -> list[Measure]:
    """Measure filling; ``baseline`` is plain docxtpl on the uploaded template."""
    data = four_page_template()
    cleaned = clean_docx(data)
    compiled = compile_template(cleaned)
    results = [
        _shipped(),
        _measure("Vorlage füllen, 4 Seiten, Tabelle 20 × 6", data, compiled, 20, ROUNDS),
        _measure(
            "Vorlage füllen, docxtpl mit der gereinigten Vorlage",
            cleaned.data, compiled, 20, ROUNDS,
        ),
        _measure("Vorlage füllen, Tabelle 100 × 6", data, compiled, 100, 7),
        _measure("Vorlage füllen, Tabelle 1000 × 6", data, compiled, 1_000, 5),
    ]  # fmt: skip
    results += [_growth(count) for count in (500, 2_000)]
    once = _seconds(lambda: compile_template(cleaned), 5) * 1_000
    results.append(
        {
            "name": "Vorlage übersetzen (einmal je Version)",
            "value": round(once, 2),
            "unit": "ms",
            "baseline": results[1]["baseline"],
            "ratio": round(float(results[1]["baseline"]) / once, 2),
            "runs": 5,
        }
    )
    return results


if __name__ == "__main__":
    for measure in run():
        print(measure)
