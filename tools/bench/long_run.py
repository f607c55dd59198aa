"""Memory over 5,000 documents: the worker's own, and that of LibreOffice with its replacements."""

from __future__ import annotations

import os

from document_templates.conversion import Converter
from document_templates.conversion.office_process import resident_memory
from tools.bench.chain import Chain
from tools.bench.templates import context_with

DOCUMENTS = 5_000
WARM = 300
ROWS = 20
MEBIBYTE = 1024**2


def run(documents: int = DOCUMENTS, warm: int = WARM) -> list[dict[str, object]]:
    """Make documents one after another; the baseline is what was held after the first ones."""
    chain = Chain()
    chain.office.end()
    own: list[int] = []
    offices: list[int] = []
    with Converter() as converter:
        for number in range(documents):
            converter.convert(chain.template.fill(context_with(ROWS, number), {}), title="V")
            office = converter.office
            if number % 10 == 0:
                own.append(resident_memory(os.getpid()))
                offices.append(resident_memory(office.office_pid) if office else 0)
    steady = warm // 10
    return [
        _measure("Speicher des Workers", own[-1], max(own[:steady]), documents),
        _measure("Speicher von LibreOffice, höchstens", max(offices), max(offices[:steady]),
                 documents),
    ]  # fmt: skip


def _measure(name: str, value: int, baseline: int, documents: int) -> dict[str, object]:
    return {
        "name": f"{name} nach {documents} Dokumenten (Vergleich: nach den ersten {WARM})",
        "value": round(value / MEBIBYTE, 1),
        "unit": "MiB",
        "baseline": round(baseline / MEBIBYTE, 1),
        "ratio": round(baseline / value, 2),
        "runs": documents,
    }


if __name__ == "__main__":
    for measure in run():
        print(measure)
