"""The work on one document in one process: how much of it is LibreOffice, and two at once.

Measured without queue, database and store: fill, convert, finish, seal, check.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context

from document_templates.certificates import create_demo_authority, issue_seal_certificate
from document_templates.cleaning import clean_docx
from document_templates.compiling import compile_template
from document_templates.conversion import OfficeMissing, find_office
from document_templates.conversion.finishing import finish_pdf
from document_templates.conversion.fonts import installed_fonts
from document_templates.conversion.office_process import OfficeProcess
from document_templates.pdfa import check_pdfa
from document_templates.produced_pdf import making_of
from document_templates.production_record import ProductionRecord
from document_templates.sealed_pdf import inspect_sealed_pdf
from document_templates.seals import Seal, seal_pdf
from tools.bench.templates import context_with, four_page_template

DOCUMENTS = 40
WORKERS = 2
ROWS = 20
LEAST_SHARE = 0.85
LEAST_PER_SECOND = 9.0
MOST_MEMORY = 1024**3


class Chain:
    """Everything that one worker keeps; ``seconds`` collects the time of each step."""

    def __init__(self) -> None:
        installation = find_office()
        if isinstance(installation, OfficeMissing):
            raise SystemExit(installation.message)
        self.template = compile_template(clean_docx(four_page_template()))
        self.office = OfficeProcess(installation, parent_directory=None, timeout=60)
        now = datetime.now(UTC).replace(microsecond=0)
        authority = create_demo_authority(now)
        self.seal = Seal.issued_by(authority, issue_seal_certificate(authority, "Amt", now))
        self.roots = [authority.certificate]
        self.record = ProductionRecord("LibreOffice", installed_fonts().sha256)
        self.seconds: dict[str, float] = {}

    def make(self, number: int) -> bytes:
        """Return a document with everything done to it."""
        docx = self._timed("fill", lambda: self.template.fill(context_with(ROWS, number), {}))
        raw = self._timed(
            "convert",
            lambda: self.office.convert(docx, title="V", timeout=60, most_memory=MOST_MEMORY),
        )
        pdf = self._timed("finish", lambda: finish_pdf(raw, self.record, list))
        sealed = self._timed(
            "seal",
            lambda: seal_pdf(
                pdf, self.seal, reason="Siegel", location="Ort", name="Amt",
                signed_at=datetime.now(UTC).replace(microsecond=0),
            ),
        )  # fmt: skip
        self._timed("check", lambda: self._check(sealed))
        return sealed

    def _check(self, pdf: bytes) -> bytes:
        findings = check_pdfa(pdf)
        if findings:
            raise RuntimeError("; ".join(one.message for one in findings))
        inspect_sealed_pdf(pdf, self.roots)
        making_of(pdf)
        return pdf

    def _timed(self, step: str, work: Callable[[], bytes]) -> bytes:
        started = time.perf_counter()
        made = work()
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - started
        return made


def run() -> list[dict[str, object]]:
    """Measure the share of LibreOffice with one worker, and documents per second with two."""
    chain = Chain()
    for number in range(3):
        chain.make(number)
    chain.seconds.clear()
    for number in range(DOCUMENTS):
        chain.make(number)
    chain.office.end()
    whole = sum(chain.seconds.values())
    share = chain.seconds["convert"] / whole
    measures = [
        _measure("Anteil von LibreOffice an der Kette (Vergleich: Ziel)", share, LEAST_SHARE, "")
    ]
    measures += [
        _measure(
            f"Schritt „{step}“ je Dokument (Vergleich: ganze Kette)",
            seconds / DOCUMENTS * 1000,
            whole / DOCUMENTS * 1000,
            "ms",
        )
        for step, seconds in chain.seconds.items()
    ]
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        rates = list(pool.map(rate_of_one_worker, range(WORKERS)))
    measures.append(
        _measure("Dokumente je Sekunde, 2 Worker (Vergleich: Ziel)", sum(rates), LEAST_PER_SECOND,
                 "1/s")
    )  # fmt: skip
    return measures


def rate_of_one_worker(_number: int) -> float:
    """Return the documents per second of a worker among others."""
    chain = Chain()
    chain.make(0)
    started = time.perf_counter()
    for number in range(DOCUMENTS):
        chain.make(number)
    seconds = time.perf_counter() - started
    chain.office.end()
    return DOCUMENTS / seconds


def _measure(name: str, value: float, baseline: float, unit: str) -> dict[str, object]:
    higher_is_better = unit != "ms"
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "baseline": round(baseline, 3),
        "ratio": round(value / baseline if higher_is_better else baseline / value, 2),
        "runs": DOCUMENTS,
    }


if __name__ == "__main__":
    for measure in run():
        print(measure)
