"""Checks the Helm chart without a cluster: lint, render, validate, refuse.

``python -m tools.chart_check`` renders the chart with Helm's own engine in the value sets under
``helm/checks``. Every manifest must be valid, without an unknown field, for the oldest and newest
supported Kubernetes and those between. Every set under ``wrong`` must be refused with the message
that its ``# expects:`` lines name. Prints a table; the exit status is 1 when anything failed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import helm_python
import kubernetes_validate
import yaml
from kubernetes_validate.utils import VersionNotSupportedError

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "helm" / "brief-und-siegel"
VALUE_SETS = ROOT / "helm" / "checks"
ACCEPTED_SETS = ("minimal", "production")
BASE_SET = "minimal"
KUBERNETES_VERSIONS = ("1.31", "1.33", "1.35", "1.37")
RELEASE = "pruefung"
NAMESPACE = "brief-und-siegel"
EXPECTATION = "# expects:"
LINT_ERROR = 2  # Helm's severities: 1 information, 2 warning, 3 error

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Values: TypeAlias = "dict[str, Json]"


class ChartCheckError(Exception):
    """The check cannot run: a file or the schemas of a version are missing or unusable."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One rendered object and the template it came from."""

    source: str
    content: Values

    @property
    def kind(self) -> str:
        """The object's kind, such as ``Deployment``."""
        return str(self.content.get("kind", "?"))

    @property
    def name(self) -> str:
        """The object's name."""
        metadata = self.content.get("metadata")
        return str(metadata.get("name", "?")) if isinstance(metadata, dict) else "?"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: what was checked and what was wrong with it."""

    check: str
    subject: str
    findings: tuple[str, ...]
    remark: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def read_values(path: Path) -> Values:
    """Read a values file. Raises `ChartCheckError` when it is no YAML mapping."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ChartCheckError(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise ChartCheckError(f"{path}: expected a mapping of values")
    return content


def overlay_values(base: Values, upper: Values) -> Values:
    """Return ``base`` with ``upper`` laid over it, as Helm does with a second ``--values``."""
    merged = dict(base)
    for key, value in upper.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[key] = overlay_values(below, value)
        else:
            merged[key] = value
    return merged


def read_expectations(path: Path) -> tuple[str, ...]:
    """Return the texts a wrong value set must be refused with. Raises `ChartCheckError`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = tuple(
        line.removeprefix(EXPECTATION).strip() for line in lines if line.startswith(EXPECTATION)
    )
    if not expected:
        raise ChartCheckError(f"{path}: no line begins with {EXPECTATION!r}")
    return expected


def render_chart(values: Values, chart: Path = CHART) -> list[Manifest]:
    """Render the chart with ``values``, hooks included, notes left out.

    Raises `helm_python.HelmError` when Helm refuses the values or a template fails.
    """
    with helm_python.Chart.load(chart) as loaded:
        texts = loaded.render(values, name=RELEASE, namespace=NAMESPACE)
    return list(_parse_manifests(texts))


def _parse_manifests(texts: Mapping[str, str]) -> Iterator[Manifest]:
    for source, text in sorted(texts.items()):
        if not source.endswith(".yaml"):
            continue
        for content in yaml.safe_load_all(text):
            if content:
                yield Manifest(source, content)


def find_lint_messages(values: Values, chart: Path = CHART) -> tuple[str, ...]:
    """Return what Helm's linter warns of or refuses."""
    report = helm_python.lint(chart, values, strict=True, namespace=NAMESPACE)
    messages = [
        f"{message['path']}: {message['error']}"
        for message in report["messages"]
        if message["severity"] >= LINT_ERROR
    ]
    return tuple(messages or report["errors"])


def find_invalid_manifests(manifests: Iterable[Manifest], version: str) -> tuple[str, ...]:
    """Return one finding for each manifest that Kubernetes ``version`` would not accept as it is.

    Strict: a field that the version does not know is a finding, too, because the API server
    would drop it silently. Raises `ChartCheckError` when there are no schemas for ``version``.
    """
    findings = []
    for manifest in manifests:
        try:
            used = kubernetes_validate.validate(manifest.content, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            path = ".".join(str(part) for part in error.path) or "(top)"
            findings.append(f"{manifest.kind}/{manifest.name}: {path}: {error.message}")
        except (
            kubernetes_validate.SchemaNotFoundError,
            kubernetes_validate.InvalidSchemaError,
        ) as error:
            findings.append(f"{manifest.kind}/{manifest.name}: {error.message}")
        except VersionNotSupportedError as error:
            raise ChartCheckError(error.message) from error
        else:
            # The library falls back to an older version in silence.
            if used != version:
                raise ChartCheckError(f"no schemas for Kubernetes {version}, only for {used}")
    return tuple(findings)


def find_missing_refusal(
    values: Values, expected: Sequence[str], chart: Path = CHART
) -> tuple[str, ...]:
    """Return what is wrong with the refusal of ``values``; nothing if every text is in it."""
    try:
        render_chart(values, chart)
    except (helm_python.HelmValuesError, helm_python.HelmRenderError) as error:
        message = str(error)
        return tuple(
            f"the refusal does not say {text!r} but: {message.strip()}"
            for text in expected
            if text not in message
        )
    return ("accepted, although it should be refused",)


def _check_accepted_set(name: str, chart: Path, versions: Sequence[str]) -> Iterator[Result]:
    values = read_values(VALUE_SETS / f"{name}.yaml")
    yield Result("lint", name, find_lint_messages(values, chart))
    try:
        manifests = render_chart(values, chart)
    except (helm_python.HelmError, yaml.YAMLError) as error:
        yield Result("render", name, (str(error),))
        return
    yield Result("render", name, (), f"{len(manifests)} manifests")
    for version in versions:
        yield Result(
            "validate", f"{name}, Kubernetes {version}", find_invalid_manifests(manifests, version)
        )


def check_chart(
    chart: Path = CHART, versions: Sequence[str] = KUBERNETES_VERSIONS
) -> Iterator[Result]:
    """Run every check on ``chart`` and yield its results as they come.

    Raises `ChartCheckError` when there is no chart, when a value set is unusable, or when there is
    none to refuse.
    """
    if not (chart / "Chart.yaml").is_file():
        raise ChartCheckError(f"{chart}: no chart lies here")
    for name in ACCEPTED_SETS:
        yield from _check_accepted_set(name, chart, versions)
    base = read_values(VALUE_SETS / f"{BASE_SET}.yaml")
    wrong_sets = sorted((VALUE_SETS / "wrong").glob("*.yaml"))
    if not wrong_sets:
        raise ChartCheckError(f"{VALUE_SETS / 'wrong'}: no value set to refuse")
    for path in wrong_sets:
        values = overlay_values(base, read_values(path))
        findings = find_missing_refusal(values, read_expectations(path), chart)
        yield Result("refuse", path.stem, findings)


def print_results(results: Iterable[Result]) -> bool:
    """Print one line for each result and its findings below; return whether all passed."""
    all_passed = True
    for result in results:
        all_passed = all_passed and result.passed
        state = "ok" if result.passed else "FAILED"
        print(f"{state:<7} {result.check:<9} {result.subject:<32} {result.remark}".rstrip())
        for finding in result.findings:
            print(f"          {finding}")
    return all_passed


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the chart; return 0 when all is well, 1 when not, 2 when the check cannot run."""
    parser = argparse.ArgumentParser(description="Check the Helm chart without a cluster.")
    parser.add_argument("--chart", type=Path, default=CHART, help="folder of the chart")
    options = parser.parse_args(arguments)
    try:
        return 0 if print_results(check_chart(options.chart)) else 1
    except ChartCheckError as error:
        print(f"chart check: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
