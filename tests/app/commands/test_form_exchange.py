"""``siegel form import`` and ``siegel form export``: files, reports and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.app.commands.conftest import Command, write_json
from tests.support.fim_files import data_field, schema, structure
from tests.support.form_documents import field, one_page
from tests.support.workbooks import xlsform

FORM = one_page(field("text", "name", label="Name"), field("money", "betrag", label="Betrag"))
XLSFORM = xlsform(
    [
        {"type": "text", "name": "name", "label": "Name"},
        {"type": "geopoint", "name": "ort", "label": "Ort"},
    ]
)


@pytest.mark.parametrize(
    ("name", "data", "carried", "refused"),
    [
        ("mappe.xlsx", XLSFORM, ["name"], ["ort"]),
        ("ohne_endung", XLSFORM, ["name"], ["ort"]),
        ("schema.xml", schema(2, [structure("1:1", data_field("F1", "Alter"))]), ["F1"], []),
    ],
)
def test_import_writes_form_and_report(
    siegel: Command, tmp_path: Path, name: str, data: bytes, carried: list[str], refused: list[str]
) -> None:
    source = tmp_path / name
    source.write_bytes(data)
    target, report = tmp_path / "form.json", tmp_path / "report.json"
    result = siegel("form", "import", source, "-o", target, "--report", report)
    assert result.returncode == 0, result.stderr
    content = json.loads(report.read_text(encoding="utf-8"))
    assert list(content) == ["carried", "refused"]
    assert [entry["name"] for entry in content["carried"]] == carried
    assert [entry["name"] for entry in content["refused"]] == refused
    assert all(set(entry) == {"name", "kind", "key"} for entry in content["carried"])
    assert all(set(entry) == {"name", "kind", "reason"} for entry in content["refused"])
    assert json.loads(target.read_text(encoding="utf-8"))["schema_version"] == 1


@pytest.mark.parametrize("suffix", ["xlsx", "vordruck.zip"])
def test_what_is_exported_can_be_imported(siegel: Command, tmp_path: Path, suffix: str) -> None:
    form, target, again = tmp_path / "form.json", tmp_path / f"x.{suffix}", tmp_path / "again.json"
    write_json(form, FORM)
    exported = siegel("form", "export", form, "-o", target, "--report", tmp_path / "r.json")
    assert exported.returncode == 0, exported.stderr
    assert siegel("form", "import", target, "-o", again).returncode == 0
    document = json.loads(again.read_text(encoding="utf-8"))
    document.pop("provenance", None)
    assert document == FORM
    kinds = {entry["kind"] for entry in json.loads((tmp_path / "r.json").read_bytes())["refused"]}
    assert kinds == ({"money"} if suffix == "xlsx" else set())


def test_what_is_no_form_ends_with_one_and_says_why(siegel: Command, tmp_path: Path) -> None:
    source, report = tmp_path / "x.pdf", tmp_path / "report.json"
    source.write_bytes(b"%PDF-1.7")
    result = siegel("form", "import", source, "-o", tmp_path / "o.json", "--report", report)
    assert result.returncode == 1
    assert "weder ein Paket" in result.stderr
    assert not (tmp_path / "o.json").exists()
    content = json.loads(report.read_text(encoding="utf-8"))
    assert content["carried"] == []
    assert [entry["name"] for entry in content["refused"]] == ["x.pdf"]
    assert siegel("form", "import", tmp_path / "fehlt", "-o", tmp_path / "o.json").returncode == 1


def test_wrong_calls_end_with_two(siegel: Command, tmp_path: Path) -> None:
    form = write_json(tmp_path / "form.json", FORM)
    assert siegel("form", "import", form).returncode == 2
    assert siegel("form", "export", form, "-o", tmp_path / "x.pdf").returncode == 2


def test_an_unusable_form_is_not_exported(siegel: Command, tmp_path: Path) -> None:
    form = write_json(tmp_path / "form.json", {"schema_version": 1})
    result = siegel("form", "export", form, "-o", tmp_path / "x.xlsx")
    assert result.returncode == 1
    assert "nicht verwendbar" in result.stderr


def test_a_blank_form_is_written_for_paper(siegel: Command, tmp_path: Path) -> None:
    form = write_json(tmp_path / "form.json", FORM)
    for name, start in (("leer.docx", b"PK"), ("leer.pdf", b"%PDF-")):
        result = siegel("form", "print", form, "-o", tmp_path / name, "--tenant", "Stadt Muster")
        assert result.returncode == 0, result.stderr
        assert (tmp_path / name).read_bytes().startswith(start)
    assert siegel("form", "print", form, "-o", tmp_path / "leer.odt").returncode == 2
    broken = write_json(tmp_path / "broken.json", {})
    assert siegel("form", "print", broken, "-o", tmp_path / "leer.docx").returncode == 1
