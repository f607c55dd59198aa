"""Filling the same letter with docxtemplater and carbone, the engines of the npm world.

Both are installed into ``tools/bench/rivals`` alone, with a lock file and without running scripts
of theirs. docxtemplater is MIT; carbone's community edition is under the Carbone Community License,
which does not let others offer it as a service: it is measured here and used nowhere.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import docx

from document_templates.cleaning import clean_docx
from document_templates.compiling import compile_template
from tools.bench.templates import OURS, Dialect, context_with, four_page_template

RIVALS = Path(__file__).with_name("rivals")
TURNS = 30
ROUNDS = 3
ROWS = 20
DIALECTS = {
    "docxtemplater": Dialect(
        "{{{path}}}",
        "{{{name}}}",
        ("{#zeilen}", "{/zeilen}"),
        False,
        ("{#stationaer}", "{/stationaer}{^stationaer}", "{/stationaer}"),
    ),
    "carbone": Dialect(
        "{{d.{path}}}",
        "{{d.zeilen[i].{name}}}",
        ("", ""),
        False,
        ("{d.stationaer:ifEQ(true):showBegin}", "{d.stationaer:showEnd}"
         "{d.stationaer:ifEQ(false):showBegin}", "{d.stationaer:showEnd}"),
        "{d.zeilen[i+1].nr}",
    ),
}  # fmt: skip


def run() -> list[dict[str, object]]:
    """Fill alternately with each engine and with ours; milliseconds per document, medians."""
    if not (RIVALS / "node_modules").exists():
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=RIVALS, check=True, stdout=subprocess.DEVNULL)
    compiled = compile_template(clean_docx(four_page_template(OURS)))
    context = context_with(ROWS)
    measures: list[dict[str, object]] = []
    for engine, dialect in DIALECTS.items():
        theirs: list[float] = []
        ours: list[float] = []
        for _round in range(ROUNDS):
            theirs += _times(engine, dialect, context)
            started = time.perf_counter()
            for _turn in range(TURNS):
                compiled.fill(context)
            ours.append((time.perf_counter() - started) * 1000 / TURNS)
        value, baseline = statistics.median(ours), statistics.median(theirs)
        measures.append(
            {
                "name": f"Vorlage füllen, 4 Seiten, Tabelle 20 × 6 (Vergleich: {engine})",
                "value": round(value, 3),
                "unit": "ms",
                "baseline": round(baseline, 2),
                "ratio": round(baseline / value, 1),
                "runs": ROUNDS * TURNS,
            }
        )
    return measures


def _times(engine: str, dialect: Dialect, context: dict[str, object]) -> list[float]:
    with tempfile.TemporaryDirectory() as name:
        template, data, target = (
            Path(name) / one for one in ("template.docx", "data.json", "result.docx")
        )
        template.write_bytes(four_page_template(dialect))
        data.write_text(json.dumps(context), encoding="utf-8")
        done = subprocess.run(
            ["node", "fill.js", engine, template, data, str(TURNS), target],
            cwd=RIVALS,
            check=True,
            capture_output=True,
        )
        _require_rows(target, engine)
    return [float(one) for one in json.loads(done.stdout)]


def _require_rows(path: Path, engine: str) -> None:
    """Raise `RuntimeError` unless the engine wrote what ours writes: only equals are compared."""
    document = docx.Document(str(path))
    rows = document.tables[0].rows
    last = rows[ROWS].cells[0].text if len(rows) > ROWS else ""
    if len(rows) != ROWS + 1 or last != f"nr 0-{ROWS - 1}":
        raise RuntimeError(f"{engine} wrote {len(rows)} rows, the last one „{last}“")
    texts = [paragraph.text for paragraph in document.paragraphs]
    if not any("über Tag und Nacht" in text for text in texts):
        raise RuntimeError(f"{engine} left out the paragraph that was chosen")


if __name__ == "__main__":
    for measure in run():
        print(measure)
