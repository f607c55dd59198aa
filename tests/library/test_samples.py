"""The samples give exactly the figures that the field demands, reckoned here once more by hand."""

from __future__ import annotations

import copy
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from forms.definition import parse_definition
from forms.elements import RepeatField
from forms.evaluation import Evaluation, evaluate, flatten
from forms.packages import Package, Sample, list_packages, read_package

CENT = Decimal("0.01")
SAMPLES = [(package, sample) for package in list_packages() for sample in package.samples]


def _name(value: object) -> str:
    return value.name if isinstance(value, Package) else str(getattr(value, "number", value))


def _evaluate(package: Package, data: Any) -> Evaluation:
    return evaluate(
        parse_definition(package.form_document),
        data,
        stage="submission",
        surroundings=package.shipped_surroundings,
    )


def _changed(name: str, number: int, **changes: object) -> Evaluation:
    package = read_package(name)
    data: Any = copy.deepcopy(package.samples[number - 1].data) | changes
    return _evaluate(package, data)


def _paths(evaluation: Evaluation) -> set[str]:
    return {message.path for message in evaluation.errors}


@pytest.mark.parametrize(("package", "sample"), SAMPLES, ids=_name)
def test_sample_has_no_errors_and_gives_what_is_expected(package: Package, sample: Sample) -> None:
    evaluation = _evaluate(package, sample.data)
    assert evaluation.errors == ()
    values = flatten(evaluation.values)
    assert {key: values.get(key) for key in sample.expected} == sample.expected


@pytest.mark.parametrize(
    ("number", "percent", "price"), [(1, 15, "64.95"), (2, 10, "62.35"), (3, 20, "67.55")]
)
def test_price_of_a_fachleistungsstunde(number: int, percent: int, price: str) -> None:
    hours = Decimal(365 - 104 - 11 - 30 - 12 - 5) * Decimal(39) / 5 * Decimal("0.88")
    assert hours == Decimal("1393.392")
    costs = Decimal(72400) * (100 + 10 + percent) / 100
    assert str((costs / hours).quantize(CENT, ROUND_HALF_UP)) == price
    sample = read_package("fachleistungsstunde").samples[number - 1]
    assert sample.expected["fls_satz"] == price
    assert sample.data["leitung_verwaltung_prozent"] == str(percent)


def test_only_the_share_for_administration_differs_between_the_three_samples() -> None:
    changing = ("leitung_verwaltung_prozent", "aktenzeichen")
    samples = read_package("fachleistungsstunde").samples[:3]
    rest = [{k: v for k, v in sample.data.items() if k not in changing} for sample in samples]
    for data in rest:
        for row in data["positionen_personal"] + data["bestandteile"]:  # type: ignore[operator]
            row.pop("_id")
    assert rest[0] == rest[1] == rest[2]


def test_retroactive_price_is_refused_or_warned_of() -> None:
    refused = _changed("fachleistungsstunde", 1, regime="p78a", gueltig_ab="2026-06-01")
    assert any("§ 78d" in message.text for message in refused.errors)
    warned = _changed("fachleistungsstunde", 1, gueltig_ab="2026-06-01")
    assert warned.errors == ()
    assert [message.path for message in warned.warnings] == ["gueltig_ab"]


def test_repayment_of_the_grant() -> None:
    spent, companies, others = Decimal(61400), Decimal(34500), Decimal(8150)
    need = spent - companies - others
    assert need == 18750
    assert max(Decimal(0), 20000 - need) == 1250
    sample: Any = read_package("verwendungsnachweis").samples[0]
    assert sample.expected["rueckzahlung"] == "1250.00"
    assert sum(Decimal(row["betrag"]) for row in sample.data["ausgaben"]) == spent
    third = [Decimal(r["betrag"]) for r in sample.data["einnahmen"] if r["art"] == "dritte"]
    assert sum(third) == companies
    assert sum(Decimal(row["wert"]) for row in sample.data["sachleistungen"]) == 6000


def test_rooms_in_kind_do_not_enter_the_calculation() -> None:
    without = _changed("verwendungsnachweis", 1, sachleistungen=[])
    assert without.values["rueckzahlung"] == Decimal("1250.00")


def test_large_deviation_needs_a_reason() -> None:
    package = read_package("verwendungsnachweis")
    data: Any = copy.deepcopy(package.samples[0].data)
    del data["positionen"][2]["begruendung"]
    assert _paths(_evaluate(package, data)) == {"positionen[2].begruendung"}


def test_receipts_must_add_up() -> None:
    package = read_package("verwendungsnachweis")
    data: Any = copy.deepcopy(package.samples[0].data)
    data["ausgaben"][0]["betrag"] = "1290.01"
    assert _paths(_evaluate(package, data)) == {"belege_gesamt"}


def test_figures_of_the_four_services() -> None:
    assert (62 + 45 + 31 + 16, 212 + 148 + 97 + 52) == (154, 509)
    sample: Any = read_package("kooperationsvereinbarung-kindertagespflege").samples[0]
    assert [(row["ktpp"], row["kinder"]) for row in sample.data["kennzahlen"]] == [
        (62, 212),
        (45, 148),
        (31, 97),
        (16, 52),
    ]
    assert str((Decimal(509) / 154).quantize(CENT, ROUND_HALF_UP)) == "3.31"
    assert str((Decimal(50900) / 770).quantize(Decimal("0.1"), ROUND_HALF_UP)) == "66.1"


def test_deviation_from_the_statistics_is_a_warning() -> None:
    changed = _changed("kooperationsvereinbarung-kindertagespflege", 1, kinder_statistik=511)
    assert changed.errors == ()
    assert [message.path for message in changed.warnings] == ["kinder_gesamt"]
    assert changed.values["kinder_abweichung"] == -2


@pytest.mark.parametrize("cells", ["MMMM", "FFMM"])
def test_a_task_has_exactly_one_leading_partner(cells: str) -> None:
    package = read_package("kooperationsvereinbarung-kindertagespflege")
    data: Any = copy.deepcopy(package.samples[0].data)
    data["aufgabenmatrix"]["akquise"] = dict(zip(("JA", "TVM", "SPL", "FWA"), cells, strict=True))
    assert _paths(_evaluate(package, data)) == {"aufgabenmatrix.akquise"}


def test_nobody_decides_jointly_alone() -> None:
    package = read_package("kooperationsvereinbarung-kindertagespflege")
    data: Any = copy.deepcopy(package.samples[0].data)
    data["entscheidungsmatrix"]["konzept"] = {
        "JA": "gemeinsam",
        "TVM": "anhoerung",
        "SPL": "keine",
        "FWA": "keine",
    }
    assert _paths(_evaluate(package, data)) == {"entscheidungsmatrix.konzept"}


def test_payments_must_add_up_to_the_yearly_amount() -> None:
    changed = _changed("kooperationsvereinbarung-kindertagespflege", 1, betrag_jahr="318500.01")
    assert _paths(changed) == {"betrag_jahr"}


def test_both_reports_together_count_229_people() -> None:
    package = read_package("sachbericht-fachberatung")
    people: Any = [sample.data["bestand_ende"] for sample in package.samples]
    assert sum(people) == 229


def test_wrong_stock_needs_a_reason() -> None:
    package = read_package("sachbericht-fachberatung")
    data: Any = copy.deepcopy(package.samples[1].data)
    del data["bestand_begruendung"]
    assert _paths(_evaluate(package, data)) == {"bestand_begruendung"}


def test_six_goals_are_too_many() -> None:
    package = read_package("zielvereinbarung-kindertagespflege")
    data: Any = copy.deepcopy(package.samples[1].data)
    goal = data["ziele"][0]
    data["ziele"] = [goal | {"_id": f"00000000-0000-4000-8000-00000000000{n}"} for n in range(6)]
    assert "ziele" in _paths(_evaluate(package, data))


def test_hilfebericht_asks_for_at_most_twelve_answers() -> None:
    definition = parse_definition(read_package("hilfebericht").form_document)
    mandatory = [field.key for field in definition.fields.values() if field.required is True]
    for field in definition.fields.values():
        if isinstance(field, RepeatField):
            mandatory += [column.key for column in field.fields if column.required is True]
    assert 8 <= len(mandatory) <= 12
