"""DOCX to PDF/A: the office that is kept running against one that is started per document."""

from __future__ import annotations

import io
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from docx import Document

from document_templates.conversion import Converter, OfficeMissing, find_office

COLD_RUNS = 7
WARM_RUNS_PER_COLD = 4
PDF_A = 'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"2"}}'
PARAGRAPH = (
    "Die Parteien verpflichten sich, die im Hilfeplan vereinbarten Ziele gemeinsam zu verfolgen, "
    "einander über wesentliche Veränderungen unverzüglich zu unterrichten und die Vorschriften "
    "zum Schutz der Sozialdaten einzuhalten. "
)


def agreement() -> bytes:
    """Return a DOCX of four pages: headings, lists, running text, a table of twenty rows."""
    document = Document()
    document.core_properties.title = "Leistungs- und Entgeltvereinbarung"
    document.sections[0].header.paragraphs[0].text = "Jugendamt Musterstadt – Az. 51/2026"
    for section in range(1, 9):
        document.add_heading(f"§ {section} Gegenstand der Vereinbarung", 1)
        for number in range(1, 5):
            document.add_paragraph(f"Angabe {number}: Größe & Maß", style="List Bullet")
        document.add_paragraph(PARAGRAPH * 2)
    table = document.add_table(rows=1, cols=6, style="Table Grid")
    for number in range(1, 21):
        for cell, text in zip(
            table.add_row().cells,
            (str(number), "Fachleistungsstunde", "01.01.–30.06.2026", "12", "64,95", "779,40"),
            strict=True,
        ):
            cell.text = text
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def run() -> list[dict[str, object]]:
    """Measure both ways alternately; milliseconds per document, medians."""
    installation = find_office()
    if isinstance(installation, OfficeMissing):
        raise SystemExit(installation.message)
    docx = agreement()
    cold: list[float] = []
    warm: list[float] = []
    with tempfile.TemporaryDirectory() as name, Converter(installation) as converter:
        directory = Path(name)
        (directory / "document.docx").write_bytes(docx)
        command = [
            "soffice", f"-env:UserInstallation={(directory / 'profile').as_uri()}", "--headless",
            "--convert-to", PDF_A, "--outdir", name, str(directory / "document.docx"),
        ]  # fmt: skip

        def convert_cold() -> None:
            subprocess.run(command, check=True, capture_output=True, timeout=120)

        # Neither the making of the profile nor the first document of a process is counted.
        convert_cold()
        converter.convert(docx)
        converter.convert(docx)
        for _round in range(COLD_RUNS):
            cold.append(milliseconds(convert_cold))
            warm.extend(
                milliseconds(lambda: converter.convert(docx)) for _turn in range(WARM_RUNS_PER_COLD)
            )
    value, baseline = statistics.median(warm), statistics.median(cold)
    return [
        {
            "name": "DOCX→PDF/A-2b, LibreOffice kept running (baseline: soffice --convert-to)",
            "value": round(value, 1),
            "unit": "ms",
            "baseline": round(baseline, 1),
            "ratio": round(baseline / value, 1),
            "runs": len(warm),
        }
    ]


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    print(run())
