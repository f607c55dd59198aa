"""A large form: one POST-to-HTML round trip through the web application, and its rules alone.

The round trip is the whole request in one process: session, row-level security, reading the
page, two evaluations, saving with its revision, drawing. It runs on a real PostgreSQL.
``baseline`` is the target; ``ratio`` says how many times faster it is.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import localcontext
from pathlib import Path
from typing import TypedDict

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.embedded.postgres import EmbeddedPostgres
from app.factory import create_app
from forms.definition import FormDefinition, parse_definition
from forms.elements import CalculatedField, RepeatField, Row
from forms.evaluation import evaluate
from forms.expressions.nodes import Json
from forms.expressions.operands import ARITHMETIC, InnerRow, Operand, Rows
from forms.expressions.operands import Scope as Names
from forms.fields.registry import kind_of
from forms.submitting import SavedDraft, draft_at, save_draft, start_submission
from tenants.context import Scope
from tenants.logs import quieten_libraries
from tests.support.form_documents import Document, field, form, page, row_field, section
from tests.support.installation import Installation, open_installation
from tests.support.large_form import large_answers, large_form
from tests.support.web import Visitor
from tests.support.web_forms import Fields, form_of

ROUND_TRIP_TARGET_MS = 150.0
EVALUATION_BUDGET_MS = 50.0
RULES_TARGET_MS = 5.0
ROUND_TRIPS = 15
WARMING = 2
RULE_RUNS = 40
# The table that the target names, and half and double of it.
REPEAT_ROWS = (100, 200, 400)
TABLE_TARGET_MS = 250.0
CASES, VISITS = 20, 10
# Half, whole and double the form that the target names.
SIZES = (200, 400, 800)
PAGE = "seite_0"
NO_REDIS = "redis://127.0.0.1:1"


class Measure(TypedDict):
    """One line of the report."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    runs: int


@dataclass(frozen=True)
class Sample:
    """A form with answers to all of it, and the page that is sent."""

    name: str
    document: Document
    answers: Document
    page_key: str
    target: float = ROUND_TRIP_TARGET_MS
    """Milliseconds that a round trip may take."""


def samples() -> list[Sample]:
    """Return the forms that are measured: as the target names it, half, double, and others."""
    sized = [
        Sample(
            f"{size} Felder, {size * 3 // 4} Regeln", large_form(size), large_answers(size), PAGE
        )
        for size in SIZES
    ]
    one_page = Sample(
        "400 Felder, 300 Regeln auf einer Seite", large_form(400, 1), large_answers(400), PAGE
    )
    tables = [
        Sample(
            f"{rows} Zeilen × 8 Spalten",
            _repeat_form(),
            _repeat_answers(rows),
            "seite",
            TABLE_TARGET_MS,
        )
        for rows in REPEAT_ROWS
    ]
    nested = Sample(
        f"{CASES} Fälle × {VISITS} Einsätze × 4 Spalten",
        _nested_form(),
        _nested_answers(),
        "seite",
        TABLE_TARGET_MS,
    )
    return [*sized, one_page, *tables, nested]


def _repeat_form() -> Document:
    columns = [row_field("posten", "text", f"text_{number}") for number in range(4)]
    columns += [row_field("posten", "money", f"betrag_{number}") for number in range(3)]
    columns.append(
        row_field(
            "posten",
            "calculated",
            "zeile_summe",
            result="money",
            value="zeile.betrag_0 + zeile.betrag_1 + zeile.betrag_2",
        )
    )
    group = field(
        "repeat",
        "posten",
        display="table",
        item_label="Posten",
        totals=["zeile_summe"],
        fields=list(columns),
    )
    total = field("calculated", "gesamt", result="money", value="summe(posten.zeile_summe)")
    return form(page("seite", section("abschnitt", group, total)), key="viele_zeilen")


def _repeat_answers(count: int) -> Document:
    rows: list[Json] = [
        {
            "_id": f"zeile-{row}",
            **{f"text_{number}": f"Text {row}" for number in range(4)},
            **{f"betrag_{number}": f"{row}.{number:02}" for number in range(3)},
        }
        for row in range(count)
    ]
    return {"posten": rows}


def _nested_form() -> Document:
    visits = row_field(
        "faelle",
        "repeat",
        "einsaetze",
        display="table",
        item_label="Einsatz",
        totals=["minuten", "betrag"],
        fields=[
            row_field("faelle.einsaetze", "date", "tag"),
            row_field("faelle.einsaetze", "text", "leistung"),
            row_field("faelle.einsaetze", "integer", "minuten"),
            row_field(
                "faelle.einsaetze",
                "calculated",
                "betrag",
                result="money",
                value="zeile.minuten / 60 * uebergeordnet.betrag_je_stunde",
            ),
        ],
    )
    cases = field(
        "repeat",
        "faelle",
        display="cards",
        item_label="Fall",
        fields=[row_field("faelle", "money", "betrag_je_stunde"), visits],
    )
    total = field("calculated", "gesamt", result="money", value="summe(faelle.einsaetze.betrag)")
    return form(page("seite", section("abschnitt", cases, total)), key="viele_faelle")


def _nested_answers() -> Document:
    cases: list[Json] = [
        {
            "_id": f"fall-{case}",
            "betrag_je_stunde": "64.95",
            "einsaetze": [
                {
                    "_id": f"einsatz-{case}-{visit}",
                    "tag": f"2027-03-{visit + 1:02}",
                    "leistung": "Gespräch",
                    "minuten": 15 * (visit + 1),
                }
                for visit in range(VISITS)
            ],
        }
        for case in range(CASES)
    ]
    return {"faelle": cases}


def run() -> list[Measure]:
    """Measure rules and round trips of all samples."""
    quieten_libraries()
    measured = samples()
    measures = [measure for sample in measured for measure in (_rules(sample), _evaluation(sample))]
    with _installation() as installation:
        app = create_app(installation.settings)
        app.config["RATELIMIT_ENABLED"] = False
        try:
            for sample in measured:
                measures += _round_trips(app, installation, sample)
        finally:
            app.extensions["siegel"].engine.dispose()
    return measures


@contextmanager
def _installation() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        # As an installation has it: every commit waits for the disk.
        with (
            EmbeddedPostgres(directory / "postgres") as postgres,
            open_installation(postgres, NO_REDIS, directory) as installation,
        ):
            yield installation


def _rules(sample: Sample) -> Measure:
    """Measure every rule of the form once, with all answers at hand."""
    definition = parse_definition(sample.document)
    names = _operands(definition, sample)
    rules = [
        expression
        for asked in definition.fields.values()
        for expression in (
            asked.visible,
            asked.value if isinstance(asked, CalculatedField) else None,
            *(rule.expression for rule in asked.valid),
        )
        if expression is not None
    ]

    def all_rules() -> None:
        with localcontext(ARITHMETIC):
            scope = Names(names)
            for rule in rules:
                rule.run(scope)

    times = [_milliseconds(all_rules) for _run in range(RULE_RUNS + WARMING)]
    return _measure(f"Regeln allein: {sample.name}", times, RULES_TARGET_MS)


def _operands(definition: FormDefinition, sample: Sample) -> dict[str, Operand]:
    """Return the answers as rules read them."""
    values = evaluate(definition, sample.answers, stage="submission").values
    operands: dict[str, Operand] = {}
    for key, asked in definition.fields.items():
        value = values.get(key)
        if isinstance(asked, RepeatField) and isinstance(value, list):
            operands[key] = Rows([_row_operands(asked, row, {}) for row in value])
        elif value is not None and not isinstance(value, list | dict):
            operands[key] = kind_of(asked).operand(value)
        else:
            operands[key] = None
    return operands


def _row_operands(group: RepeatField, row: Row, operands: dict[str, Operand]) -> dict[str, Operand]:
    for column in group.fields:
        value = row.get(column.key)
        if isinstance(column, RepeatField) and isinstance(value, list):
            inner = [_row_operands(column, one, InnerRow(operands)) for one in value]
            operands[column.key] = Rows(inner)
        elif value is not None and not isinstance(value, list):
            operands[column.key] = kind_of(column).operand(value)
    return operands


def _evaluation(sample: Sample) -> Measure:
    """Measure reading the answers, relevance, all rules, values and checks together."""
    definition = parse_definition(sample.document)
    times = [
        _milliseconds(lambda: evaluate(definition, sample.answers, stage="submission"))
        for _run in range(RULE_RUNS + WARMING)
    ]
    return _measure(f"Auswertung ganz: {sample.name}", times, EVALUATION_BUDGET_MS)


def _round_trips(app: Flask, installation: Installation, sample: Sample) -> list[Measure]:
    visitor, path = _open_draft(app, installation, sample)
    saving: list[float] = []
    refreshing: list[float] = []
    for turn in range(ROUND_TRIPS + WARMING):
        fields = form_of(visitor.get(path)).filled(__action="save")
        _change_something(fields, turn)

        def save(fields: Fields = fields) -> None:
            answer = visitor.post(path, fields)
            if answer.status_code == 302:
                answer = visitor.get(answer.location)
            _expect_page(answer)

        def refresh(fields: Fields = fields) -> None:
            _expect_page(
                visitor.post(f"{path}/aktualisieren", fields, headers={"HX-Request": "true"})
            )

        refreshing.append(_milliseconds(refresh))
        saving.append(_milliseconds(save))
    return [
        _measure(f"Auffrischen (htmx): {sample.name}", refreshing, sample.target),
        _measure(f"Speichern, Umleiten, Seite: {sample.name}", saving, sample.target),
    ]


def _change_something(fields: Fields, turn: int) -> None:
    """Answer one field anew, so that there is something to save."""
    name = next(name for name in fields if "betrag_" in name and "__" not in name)
    fields[name] = [f"{turn + 1},50"]


def _expect_page(answer: TestResponse) -> None:
    if answer.status_code != 200:
        raise RuntimeError(f"the page answered {answer.status_code}")


def _open_draft(app: Flask, installation: Installation, sample: Sample) -> tuple[Visitor, str]:
    """Begin a draft with all answers; return who fills it in, and the address of its page."""
    tenant = installation.found_tenant()
    person = installation.person(tenant=tenant, role="fachkraft")
    version = installation.publish(tenant, sample.document)

    def begin(session: Session) -> str:
        submission = start_submission(session, version, person_name="Kim Muster")
        saved = save_draft(
            session, submission, base=draft_at(session, submission, 0),
            answers=dict(sample.answers),
            invalid={}, page_paths=frozenset(),
        )  # fmt: skip
        if not isinstance(saved, SavedDraft):
            raise RuntimeError("a fresh draft is stale")
        return submission.id

    scope = Scope(tenant_id=tenant.id, account_id=person.account_id)
    draft = installation.in_scope(scope, begin)
    return Visitor(app, person), f"/{tenant.slug}/ausfuellen/{draft}/seite/{sample.page_key}"


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1_000


def _measure(name: str, times: list[float], target: float) -> Measure:
    median = statistics.median(times[WARMING:])
    return {
        "name": name,
        "value": round(median, 2),
        "unit": "ms",
        "baseline": target,
        "ratio": round(target / median, 2),
        "runs": len(times) - WARMING,
    }


if __name__ == "__main__":
    for measure in run():
        print(measure)
