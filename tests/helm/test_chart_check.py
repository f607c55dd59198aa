"""The check itself: it passes on the chart and sees what is broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import helm_python
import pytest

from tools.chart_check import (
    CHART,
    KUBERNETES_VERSIONS,
    VALUE_SETS,
    ChartCheckError,
    Values,
    check_chart,
    find_invalid_manifests,
    find_missing_refusal,
    main,
    overlay_values,
    read_expectations,
    read_values,
    render_chart,
)

WRONG_SETS = sorted((VALUE_SETS / "wrong").glob("*.yaml"))


@pytest.fixture
def chart_copy(tmp_path: Path) -> Path:
    """A copy of the chart that a test may break."""
    return Path(shutil.copytree(CHART, tmp_path / CHART.name))


def replace_in(path: Path, old: str, new: str) -> None:
    """Replace the first ``old`` in a file; it has to be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_chart_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    table = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok ") for line in table)
    for version in KUBERNETES_VERSIONS:
        assert any(line.rstrip().endswith(f"production, Kubernetes {version}") for line in table)
    assert sum(" refuse " in line for line in table) == len(WRONG_SETS)


def test_the_oldest_and_the_present_kubernetes_are_among_the_checked() -> None:
    assert {"1.31", "1.35"} <= set(KUBERNETES_VERSIONS)


@pytest.mark.parametrize("path", WRONG_SETS, ids=lambda path: path.stem)
def test_wrong_values_are_refused_with_path_and_reason(path: Path, minimal_values: Values) -> None:
    expected = read_expectations(path)
    values = overlay_values(minimal_values, read_values(path))
    with pytest.raises(helm_python.HelmError) as refusal:
        render_chart(values)
    for text in expected:
        assert text in str(refusal.value)


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(helm_python.HelmRenderError) as refusal:
        render_chart({})
    message = str(refusal.value)
    assert "Die Werte lassen sich so nicht installieren" in message
    assert message.count("\n  - ") == 16
    assert "docs/betrieb/kubernetes.md" in message


def test_an_unknown_field_is_found(chart_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace_in(chart_copy / "templates" / "service.yaml", "  ports:", "  portz: []\n  ports:")
    assert main(["--chart", str(chart_copy)]) == 1
    output = capsys.readouterr().out
    assert "FAILED  validate  minimal, Kubernetes 1.31" in output
    assert "Service/pruefung-brief-und-siegel: spec: Additional properties" in output


def test_a_template_that_fails_is_found(chart_copy: Path) -> None:
    replace_in(chart_copy / "templates" / "service.yaml", "siegel.fullname", "siegel.missing")
    failed = [result for result in check_chart(chart_copy) if not result.passed]
    assert {"render", "lint"} <= {result.check for result in failed}
    assert any("siegel.missing" in finding for result in failed for finding in result.findings)


def test_a_field_newer_than_the_cluster_is_found(minimal_values: Values) -> None:
    # The pause before the end came with Kubernetes 1.29.
    findings = find_invalid_manifests(render_chart(minimal_values), "1.28")
    assert findings
    assert all("preStop" in finding or "lifecycle" in finding for finding in findings)


def test_a_version_without_schemas_is_no_pass(minimal_values: Values) -> None:
    with pytest.raises(ChartCheckError, match=r"1\.99"):
        find_invalid_manifests(render_chart(minimal_values), "1.99")


def test_accepted_nonsense_is_a_finding(minimal_values: Values) -> None:
    assert find_missing_refusal(minimal_values, ["publicUrl"]) == (
        "accepted, although it should be refused",
    )


def test_a_refusal_for_another_reason_is_a_finding(minimal_values: Values) -> None:
    values = overlay_values(minimal_values, {"web": {"replicas": "zwei"}})
    (finding,) = find_missing_refusal(values, ["publicUrl"])
    assert "'publicUrl'" in finding
    assert "got string, want integer" in finding


def test_a_value_set_without_expectation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("web: {}\n", encoding="utf-8")
    with pytest.raises(ChartCheckError, match=r"wrong\.yaml"):
        read_expectations(path)


def test_a_missing_chart_ends_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--chart", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err
