"""``siegel form evaluate``: the exact shape that scripts rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forms.surroundings import NEUTRAL
from tests.app.commands.conftest import Command, write_json
from tests.support.form_documents import field, grant_answers, grant_form, one_page, row_field

LIBRARY = Path(__file__).resolve().parents[3] / "forms" / "library"


def evaluated(siegel: Command, directory: Path, form: object, data: object) -> dict[str, object]:
    result = siegel(
        "form",
        "evaluate",
        write_json(directory / "form.json", form),
        write_json(directory / "daten.json", data),
    )
    assert result.returncode == 0, result.stderr
    document: dict[str, object] = json.loads(result.stdout)
    return document


def test_the_whole_answer_of_a_small_form(siegel: Command, tmp_path: Path) -> None:
    form = one_page(
        field("yes_no", "hat_kosten", required=True),
        field(
            "repeat",
            "kosten",
            display="table",
            item_label="Position",
            visible="hat_kosten",
            totals=["betrag"],
            fields=[
                row_field("kosten", "text", "zweck", required=True),
                row_field(
                    "kosten",
                    "money",
                    "betrag",
                    label="Betrag",
                    valid=[
                        {
                            "rule": "zeile.betrag < 1000",
                            "message": "Bitte prüfen Sie den hohen Betrag.",
                            "level": "warning",
                        }
                    ],
                ),
            ],
        ),
        field("calculated", "gesamt", result="money", value="summe(kosten.betrag)"),
        field("text", "grund", visible="not hat_kosten"),
    )
    data = {
        "hat_kosten": True,
        "kosten": [{"zweck": "Miete", "betrag": 1250.5}, {"betrag": "10"}],
        "grund": "bleibt weg",
    }
    document = evaluated(siegel, tmp_path, form, data)
    assert list(document) == ["values", "visible", "errors", "warnings"]
    assert document["values"] == {
        "hat_kosten": True,
        "kosten[0].zweck": "Miete",
        "kosten[0].betrag": "1250.50",
        "kosten[1].zweck": None,
        "kosten[1].betrag": "10.00",
        "gesamt": "1260.50",
    }
    assert document["visible"] == [
        "page:seite",
        "section:abschnitt",
        "hat_kosten",
        "kosten",
        "kosten[0].zweck",
        "kosten[0].betrag",
        "kosten[1].zweck",
        "kosten[1].betrag",
        "gesamt",
    ]
    assert [one["key"] for one in document["errors"]] == ["kosten[1].zweck"]  # type: ignore[attr-defined]
    assert document["warnings"] == [
        {"key": "kosten[0].betrag", "message": "Position 1: Bitte prüfen Sie den hohen Betrag."}
    ]


def test_the_repayment_of_the_grant_is_1250_euro(siegel: Command, tmp_path: Path) -> None:
    values = evaluated(siegel, tmp_path, grant_form(), grant_answers())["values"]
    assert values["rueckzahlung"] == "1250.00"  # type: ignore[index]


@pytest.mark.parametrize("name", sorted(path.parent.name for path in LIBRARY.glob("*/form.json")))
def test_every_shipped_sample_evaluates_without_errors(
    siegel: Command, tmp_path: Path, name: str
) -> None:
    # What the samples are evaluated in, as `Package.shipped_surroundings` says it.
    rates = LIBRARY / name / "rates.json"
    options = ["--today", str(NEUTRAL.today), *(["--rates", rates] if rates.is_file() else [])]
    for sample in sorted((LIBRARY / name / "samples").glob("*.json")):
        content = json.loads(sample.read_text(encoding="utf-8"))
        data = write_json(tmp_path / "daten.json", content["data"])
        result = siegel("form", "evaluate", LIBRARY / name / "form.json", data, *options)
        document = json.loads(result.stdout)
        assert document["errors"] == []
        for path, expected in content["expected"].items():
            # A hidden field is absent.
            assert document["values"].get(path) == expected


def test_strange_data_are_errors_not_crashes(siegel: Command, tmp_path: Path) -> None:
    form = one_page(field("money", "betrag"), field("date", "tag"))
    path = tmp_path / "daten.json"
    path.write_text('{"betrag": NaN, "tag": [1], "fremd": 1}', encoding="utf-8")
    result = siegel("form", "evaluate", write_json(tmp_path / "form.json", form), path)
    assert result.returncode == 0, result.stderr
    errors = json.loads(result.stdout)["errors"]
    assert {"betrag", "tag"} <= {one["key"] for one in errors}
    assert any("fremd" in one["message"] for one in errors)


def test_place_day_and_rates_are_taken_and_checked(siegel: Command, tmp_path: Path) -> None:
    form = write_json(tmp_path / "form.json", one_page(field("text", "name")))
    data = write_json(tmp_path / "daten.json", {"name": "Kim"})
    rates = write_json(tmp_path / "saetze.json", {"tables": [{"key": "fls", "rates": []}]})
    options = ("--land", "Hessen", "--ags", "06000000", "--today", "2027-01-31", "--rates", rates)
    result = siegel("form", "evaluate", form, data, *options)
    assert result.returncode == 0, result.stderr
    assert siegel("form", "evaluate", form, data, "--land", "Ostland").returncode == 2
    assert siegel("form", "evaluate", form, data, "--today", "31.01.2027").returncode == 2
    wrong = write_json(tmp_path / "falsch.json", {"tables": [{"key": "Groß"}]})
    refused = siegel("form", "evaluate", form, data, "--rates", wrong)
    assert refused.returncode == 1
    assert "„Groß“ ist kein Schlüssel" in refused.stderr
