"""DOCX to PDF/A: the product's office, unoserver's, and one that is started per document.

The product's time is that of a document that is also tagged to the end (PDF/UA-1); the others'
ends with what LibreOffice writes.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import tempfile
from pathlib import Path

from docx import Document

from document_templates.conversion import Converter, OfficeMissing, find_office
from tools.bench.processor_time import Spent, spent_on
from tools.bench.unoserver import running_unoserver

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
    """Measure the three ways alternately; milliseconds per document, medians."""
    installation = find_office()
    if isinstance(installation, OfficeMissing):
        raise SystemExit(installation.message)
    docx = agreement()
    cold: list[Spent] = []
    warm: list[Spent] = []
    rival: list[Spent] = []
    with (
        tempfile.TemporaryDirectory() as name,
        Converter(installation) as converter,
        running_unoserver(installation, Path(name)) as unoserver,
    ):
        directory = Path(name)
        (directory / "document.docx").write_bytes(docx)
        command = [
            "soffice", f"-env:UserInstallation={(directory / 'profile').as_uri()}", "--headless",
            "--convert-to", PDF_A, "--outdir", name, str(directory / "document.docx"),
        ]  # fmt: skip

        def convert_cold() -> None:
            subprocess.run(command, check=True, capture_output=True, timeout=120)

        def convert_warm() -> None:
            converter.convert(docx)

        def convert_by_rival() -> None:
            if not unoserver.convert(docx).startswith(b"%PDF-"):
                raise RuntimeError("unoserver wrote no PDF")

        # Neither the making of the profile nor the first documents of a process are counted.
        for work in (convert_cold, convert_warm, convert_warm, convert_by_rival, convert_by_rival):
            work()
        bridge = converter.office.bridge_pid if converter.office else 0
        for _round in range(COLD_RUNS):
            cold.append(spent_on(convert_cold))
            for _turn in range(WARM_RUNS_PER_COLD):
                warm.append(spent_on(convert_warm, bridge))
                rival.append(spent_on(convert_by_rival, unoserver.process))
    return [
        measure
        for name, theirs in (("soffice --convert-to", cold), ("unoserver", rival))
        for measure in (
            _measure(name, [one.clock for one in warm], [one.clock for one in theirs]),
            _measure(
                f"{name}, processor time",
                [one.processor for one in warm],
                [one.processor for one in theirs],
            ),
        )
    ]


def _measure(baseline: str, ours: list[float], theirs: list[float]) -> dict[str, object]:
    value, compared = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    return {
        "name": f"DOCX→PDF/A-2b, LibreOffice kept running (baseline: {baseline})",
        "value": round(value, 1),
        "unit": "ms",
        "baseline": round(compared, 1),
        "ratio": round(compared / value, 2),
        "runs": len(ours),
    }


if __name__ == "__main__":
    print(run())
