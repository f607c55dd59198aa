"""The work on one document in one process: how much of it is LibreOffice, and two at once.

Measured without queue, database and store: fill, convert, finish, seal, check. Beside the clock
stands the time of the processors, which says the same on a machine that has more to do.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context

import pikepdf

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
from tools.bench.processor_time import Spent, spent_on
from tools.bench.templates import context_with, four_page_template

DOCUMENTS = 40
OF_EACH_LENGTH = 5
LENGTHS = (20, 200, 600)
WORKERS = 2
ROWS = 20
LEAST_SHARE = 0.85
LEAST_PER_SECOND = 9.0
MOST_MEMORY = 1024**3


class Chain:
    """Everything that one worker keeps; ``spent`` collects the time of each step."""

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
        self.spent: dict[str, Spent] = {}

    def make(self, number: int, rows: int = ROWS) -> bytes:
        """Return a document with everything done to it."""
        context = context_with(rows, number)
        docx = self._timed("fill", lambda: self.template.fill(context, {}))
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
        made: list[bytes] = []
        now = spent_on(lambda: made.append(work()), self.office.bridge_pid)
        before = self.spent.get(step, Spent(0, 0))
        self.spent[step] = Spent(before.clock + now.clock, before.processor + now.processor)
        return made[0]


def run() -> list[dict[str, object]]:
    """Measure the share of LibreOffice, growth with pages, and documents per second with two."""
    chain = Chain()
    for number in range(3):
        chain.make(number)
    chain.spent.clear()
    for number in range(DOCUMENTS):
        chain.make(number)
    measures = _shares_and_steps(chain.spent)
    measures += _growth(chain)
    chain.office.end()
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        rates = list(pool.map(rate_of_one_worker, range(WORKERS)))
    measures.append(
        _measure("Dokumente je Sekunde, 2 Worker (Vergleich: Ziel)", sum(rates), LEAST_PER_SECOND,
                 "1/s")
    )  # fmt: skip
    return measures


def _shares_and_steps(spent: dict[str, Spent]) -> list[dict[str, object]]:
    clock = sum(one.clock for one in spent.values())
    processor = sum(one.processor for one in spent.values())
    convert = spent["convert"]
    measures = [
        _measure(f"Anteil von LibreOffice an der Kette{kind} (Vergleich: Ziel)", share,
                 LEAST_SHARE, "")
        for kind, share in (
            ("", convert.clock / clock), (", Rechenzeit", convert.processor / processor)
        )
    ]  # fmt: skip
    measures += [
        _measure(
            f"Schritt „{step}“ je Dokument, Rechenzeit (Vergleich: ganze Kette)",
            one.processor / DOCUMENTS * 1000,
            processor / DOCUMENTS * 1000,
            "ms",
        )
        for step, one in spent.items()
    ]
    measures.append(
        _measure(
            "Dokumente je Sekunde, wären 2 Kerne ganz frei, nach Rechenzeit (Vergleich: Ziel)",
            WORKERS * DOCUMENTS / processor,
            LEAST_PER_SECOND,
            "1/s",
        )
    )
    return measures


def _growth(chain: Chain) -> list[dict[str, object]]:
    """Measure longer tables; the baseline is what each page takes of the shortest document."""
    measures: list[dict[str, object]] = []
    first = 0.0
    for rows in LENGTHS:
        chain.spent.clear()
        made = [chain.make(number, rows) for number in range(OF_EACH_LENGTH)]
        with pikepdf.open(io.BytesIO(made[0])) as document:
            pages = len(document.pages)
        processor = sum(one.processor for one in chain.spent.values())
        per_page = processor / OF_EACH_LENGTH / pages * 1000
        first = first or per_page
        measures.append(
            _measure(
                f"Je Seite bei {pages} Seiten ({rows} Zeilen), Rechenzeit"
                " (Vergleich: kürzestes Dokument)",
                per_page, first, "ms",
            )
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
