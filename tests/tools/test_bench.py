"""The benchmark's report, and the form that it measures. No test measures time."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from forms.definition import parse_definition
from forms.evaluation import evaluate
from tools.bench.__main__ import NAMES, Measure, main, present, table, write_report
from tools.bench.forms import samples
from tools.bench.memory import name_of, weigh_parts

MEASURE: Measure = {
    "name": "Füllen", "value": 1.25, "unit": "ms", "baseline": 100.0, "ratio": 80.0, "runs": 9,
}  # fmt: skip


def test_the_table_has_a_line_per_measure() -> None:
    lines = table([MEASURE, {**MEASURE, "name": "Sehr viel längerer Name"}]).splitlines()
    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1
    assert lines[2].split() == ["Füllen", "1,25", "ms", "100,0", "ms", "80,0", "×", "9"]


def test_the_report_is_a_list_of_measures(tmp_path: Path) -> None:
    path = tmp_path / "var" / "bench.json"
    write_report([MEASURE], path)
    assert json.loads(path.read_text(encoding="utf-8")) == [MEASURE]
    assert [entry.name for entry in path.parent.iterdir()] == ["bench.json"]


def test_an_unknown_name_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["unbekannt"])
    assert ended.value.code == 2
    assert "unbekannt" in capsys.readouterr().err


def test_every_bench_that_the_product_promises_is_there() -> None:
    assert {"templates", "conversion", "sealing", "forms", "memory"} <= set(present(NAMES))


def test_the_measured_forms_have_their_size_and_no_errors() -> None:
    for sample in samples():
        definition = parse_definition(sample.document)
        assert definition.page(sample.page_key) is not None
        evaluation = evaluate(definition, sample.answers, stage="submission")
        assert evaluation.values
    first, whole, double = [parse_definition(sample.document) for sample in samples()[:3]]
    assert [len(one.fields) for one in (first, whole, double)] == [200, 400, 800]


def test_memory_is_weighed_by_part() -> None:
    assert name_of("python -m gunicorn app.wsgi:application") == "Web"
    assert name_of("python -m workers worker") == "Worker"
    assert name_of("python -m siegel run") == "Aufsicht"
    assert sum(weigh_parts(os.getpid()).values()) > 5
