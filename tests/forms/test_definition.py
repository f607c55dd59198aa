"""Form documents: the meta-schema, our own checks, and the findings they give."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import FrozenInstanceError

import pytest
from jsonschema import Draft202012Validator

from forms.definition import (
    DefinitionError,
    content_sha256,
    form_schema,
    parse_definition,
)
from forms.definition_schema import schema_findings
from forms.evaluation import evaluate
from tests.support.form_documents import (
    Document,
    field,
    form,
    grant_answers,
    grant_form,
    hourly_rate_form,
    identity,
    one_page,
    page,
    parsed,
    row_field,
    section,
)
from tests.support.large_form import FIELDS, RULES, large_form


def findings(document: Document) -> str:
    with pytest.raises(DefinitionError) as caught:
        parse_definition(document)
    assert str(caught.value) == "\n".join(caught.value.findings)
    return str(caught.value)


def test_meta_schema_is_itself_valid() -> None:
    schema = form_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == "https://brief-und-siegel.example/schema/form-1.schema.json"
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    for name, entry in definitions.items():
        if name.endswith("_field"):
            assert isinstance(entry, dict)
            assert entry["additionalProperties"] is False


@pytest.mark.parametrize("document", [hourly_rate_form(), grant_form(), large_form()])
def test_published_schema_accepts_what_is_parsed(document: Document) -> None:
    assert list(Draft202012Validator(form_schema()).iter_errors(document)) == []
    assert parse_definition(document).sha256 == content_sha256(document)


def _drop(name: str) -> Callable[[Document], None]:
    return lambda target: target.pop(name) and None


def _put(name: str, value: object) -> Callable[[Document], None]:
    return lambda target: target.update({name: value})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (_drop("label"), "Es fehlt die Angabe „label“"),
        (_drop("id"), "Es fehlt die Angabe „id“"),
        (_put("labell", "x"), "Unbekannte Angabe „labell“"),
        (_put("options", []), "Unbekannte Angabe „options“"),
        (_put("type", "checkbox"), "„checkbox“ ist nicht vorgesehen"),
        (_put("key", "Betrag"), "hat nicht die verlangte Form"),
        (_put("key", "größe"), "hat nicht die verlangte Form"),
        (_put("id", "7"), "hat nicht die verlangte Form"),
        (_put("required", "ja"), "„ja“ unbekannt"),
        (_put("required", 1), "passt hier nicht"),
        (_put("minimum", "1,5"), "passt hier nicht"),
        (_put("data_class", "K9"), "„K9“ ist nicht vorgesehen"),
        (_put("valid", [{"rule": "true"}]), "Es fehlt die Angabe „message“"),
        (_put("visible", ""), "mindestens 1"),
        (_put("visible", "1 +"), "nicht lesbar"),
        (_put("visible", "betrag > 1"), "im Kreis"),
        (_put("visible", "betrg > 1"), "Meinten Sie „betrag“?"),
        (_put("visible", "zeile.betrag > 1"), "„zeile.betrag“ unbekannt"),
        (_put("key", "diese"), "heißt schon etwas in der Regelsprache"),
        (_put("key", "zeile"), "heißt schon etwas in der Regelsprache"),
        (_put("key", "mandant"), "eine Gruppe des Systems"),
        (_put("key", "none"), "andere Bedeutung"),
        (_put("minimum", "9999999"), "Das Minimum ist größer"),
    ],
)
def test_finding_names_the_field(change: Callable[[Document], None], text: str) -> None:
    target = field("money", "betrag", maximum="1000")
    change(target)
    found = findings(one_page(target))
    assert text in found
    assert "Betrag" in found or "betrag" in found


def test_schema_findings_agree_with_the_published_schema() -> None:
    validator = Draft202012Validator(form_schema())
    document = grant_form()
    broken = 0
    for path in _paths(document):
        changed = copy.deepcopy(document)
        _replace(changed, path, {"falsch": True})
        whole = bool(list(validator.iter_errors(changed)))
        assert bool(schema_findings(changed)) == whole, path
        broken += whole
    assert broken > 50


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    paths = [path] if path else []
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items  # type: ignore[assignment]
    for key, inner in items:
        paths += _paths(inner, (*path, key))
    return paths


def _replace(document: object, path: tuple[str | int, ...], value: object) -> None:
    for part in path[:-1]:
        document = document[part]  # type: ignore[index]
    document[path[-1]] = value  # type: ignore[index]


@pytest.mark.parametrize("document", [None, [], "form", {}, {"pages": 5}, {"pages": [5]}])
def test_anything_else_is_refused(document: object) -> None:
    with pytest.raises(DefinitionError):
        parse_definition(document)  # type: ignore[arg-type]


def test_doubled_ids_and_keys() -> None:
    twin = field("text", "name") | {"label": "Zwilling"}
    found = findings(one_page(field("text", "name"), twin))
    assert "„name“ steht doppelt" in found
    assert "Feld „Zwilling“ (name): Die id" in found


def test_same_key_in_two_groups_is_allowed() -> None:
    groups = [
        field(
            "repeat",
            key,
            display="cards",
            item_label="Position",
            fields=[row_field(key, "money", "betrag")],
        )
        for key in ("einnahmen", "ausgaben")
    ]
    assert parsed(*groups).field_at("ausgaben[3].betrag") is not None


def test_derived_template_name_may_not_collide() -> None:
    found = findings(
        one_page(field("select", "art", options={"a": "A"}), field("text", "art_text"))
    )
    assert "entsteht „art_text“" in found


def test_key_that_jinja_reads_as_method_of_a_row() -> None:
    group = field(
        "repeat",
        "kosten",
        display="table",
        item_label="Position",
        fields=[row_field("kosten", "text", "items")],
    )
    assert "andere Bedeutung" in findings(one_page(group))
    assert parsed(field("text", "items")).fields["items"].label == "Items"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"visible": "zahl == 'drei'"}, "„==“"),
        ({"visible": "zahl"}, "Bedingung"),
        ({"required": "art > 3"}, "„>“"),
        ({"required": "frage and tag"}, "Bedingung"),
        ({"visible": "not frage and tag + tag == tag"}, "„+“"),
        ({"valid": [{"rule": "summe(kosten.grund) > 1", "message": "x"}]}, "summe(…)"),
    ],
)
def test_rule_that_does_not_fit_its_answers(settings: Document, reason: str) -> None:
    group = field(
        "repeat",
        "kosten",
        display="table",
        item_label="Position",
        fields=[row_field("kosten", "text", "grund")],
    )
    found = findings(
        one_page(
            field("integer", "zahl"),
            field("select", "art", options={"a": "A"}),
            field("yes_no", "frage"),
            field("date", "tag"),
            group,
            field("text", "ziel", **settings),
        )
    )
    assert found.startswith("Feld „Ziel“ (ziel): Der Ausdruck")
    assert reason in found


def test_calculation_of_another_kind() -> None:
    wrong = field("calculated", "summe_x", result="money", value="'x' ~ 'y'")
    assert "gefragt ist der Typ money" in findings(one_page(wrong))


def test_cycle_is_named() -> None:
    found = findings(
        one_page(
            field("calculated", "x", result="decimal", value="y + 1"),
            field("calculated", "y", result="decimal", value="z + 1"),
            field("calculated", "z", result="decimal", value="x + 1"),
        )
    )
    assert "im Kreis" in found
    chain = found.split(": ")[1].rstrip(".").split(" → ")
    assert chain[0] == chain[-1]
    assert set(chain) == {"x", "y", "z"}


def test_cycle_through_page_visibility_is_found() -> None:
    document = form(page("eins", section("a", field("yes_no", "frage")), visible="frage"))
    assert "page:eins" in findings(document)


def test_cycle_through_a_column_is_found() -> None:
    column = row_field("kosten", "calculated", "anteil", result="decimal", value="gesamt / 2")
    group = field("repeat", "kosten", display="table", item_label="Position", fields=[column])
    total = field("calculated", "gesamt", result="decimal", value="summe(kosten.anteil)")
    assert "kosten.anteil" in findings(one_page(group, total))


def test_totals_need_numbers() -> None:
    group = field(
        "repeat",
        "kosten",
        display="table",
        item_label="Position",
        totals=["grund", "fehlt"],
        fields=[row_field("kosten", "text", "grund")],
    )
    found = findings(one_page(group))
    assert "totals nennt „grund“" in found
    assert "totals nennt „fehlt“" in found


def test_matrix_references() -> None:
    matrix = field(
        "matrix",
        "m",
        rows={"a": "A"},
        cells={"F": "F"},
        columns_from={"repeat": "partner", "key": "kuerzel", "label": "name"},
        row_rules=[{"kind": "exactly_one", "value": "X"}],
    )
    found = findings(one_page(matrix, field("text", "partner")))
    assert "keine Wiederholgruppe" in found
    assert "„X“" in found
    both = matrix | {"columns": [{"id": identity("c"), "key": "c", "label": "C"}]}
    assert "genau eines von" in findings(one_page(both))


def test_dangerous_pattern_is_refused() -> None:
    found = findings(one_page(field("text", "nummer", pattern="(a+)+")))
    assert "Feld „Nummer“ (nummer)" in found


def test_trailing_line_break_in_a_key_is_refused() -> None:
    assert "Leerraum" in findings(one_page(field("text", "name") | {"key": "name\n"}))


def test_day_that_does_not_exist() -> None:
    assert "2027-02-30" in findings(one_page(field("date", "tag", minimum="2027-02-30")))


def test_paths_lead_to_fields() -> None:
    definition = parse_definition(grant_form())
    for path in ("ausgaben[0].betrag", "ausgaben[].betrag"):
        found = definition.field_at(path)
        assert found is not None
        assert found.name == "ausgaben.betrag"
    for path in (
        "nichts",
        "ausgaben[x].betrag",
        "ausgaben[0].nichts",
        "zuwendung.x",
        "",
        "a[",
        "[",
    ):
        assert definition.field_at(path) is None
    group = definition.field_at("ausgaben[0]")
    assert group is not None
    assert group.type == "repeat"


def test_hash_ignores_order_and_white_space_but_no_content() -> None:
    document = grant_form()
    reordered = dict(reversed(document.items()))
    assert content_sha256(document) == content_sha256(reordered)
    assert content_sha256(document) != content_sha256(document | {"title": "Anders"})
    # printf '{"a":"ä"}' | sha256sum
    expected = "46e7684c4b1944115e7f227c9f2d1275a3edf7806a40d523d1c77e0df97b3432"
    assert content_sha256({"a": "ä"}) == expected
    with pytest.raises(ValueError, match="Out of range"):
        content_sha256({"a": float("nan")})


def test_large_form_has_its_size() -> None:
    definition = parse_definition(large_form())
    rules = sum(
        (field.visible is not None) + len(field.valid) + (field.type == "calculated")
        for field in definition.fields.values()
    )
    assert len(definition.fields) == FIELDS
    assert rules == RULES


def test_definition_is_immutable_and_shared_between_threads() -> None:
    definition = parse_definition(grant_form())
    with pytest.raises(FrozenInstanceError):
        definition.title = "x"  # type: ignore[misc]
    results: list[object] = []

    def work() -> None:
        for _ in range(10):
            evaluation = evaluate(definition, grant_answers(), stage="submission")
            results.append(evaluation.values["rueckzahlung"])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {str(result) for result in results} == {"1250.00"}
    assert len(results) == 40
