"""Objects find each other: selectors, ports, names and versions."""

from __future__ import annotations

import tomllib

import pytest
import yaml

from tests.helm.manifests import (
    mapping_at,
    mappings_at,
    named,
    of_kind,
    pods,
    selects,
    text_at,
    value_at,
)
from tools.chart_check import CHART, ROOT, Manifest, Values, overlay_values, render_chart


def test_a_deployment_selects_its_own_pods_alone(manifests: list[Manifest]) -> None:
    for deployment in of_kind(manifests, "Deployment"):
        selector = mapping_at(deployment.content, "spec", "selector")
        chosen = [pod.owner.name for pod in pods(manifests) if selects(selector, pod.labels)]
        assert chosen == [deployment.name]


def test_each_deployment_has_one_disruption_budget(manifests: list[Manifest]) -> None:
    budgets = of_kind(manifests, "PodDisruptionBudget")
    for deployment in of_kind(manifests, "Deployment"):
        labels = mapping_at(deployment.content, "spec", "template", "metadata", "labels")
        matching = [
            budget
            for budget in budgets
            if selects(mapping_at(budget.content, "spec", "selector"), labels)
        ]
        assert [budget.name for budget in matching] == [deployment.name]
        # One may always go, or a node with the only dispatcher could never be drained.
        assert value_at(matching[0].content, "spec", "maxUnavailable") == 1
    assert len(budgets) == 3


def test_an_update_never_runs_more_dispatchers_than_asked(manifests: list[Manifest]) -> None:
    dispatcher = named(manifests, "Deployment", "-dispatcher").content
    assert mapping_at(dispatcher, "spec", "strategy", "rollingUpdate") == {
        "maxSurge": 0,
        "maxUnavailable": 1,
    }


def test_the_service_leads_to_web(manifests: list[Manifest]) -> None:
    (service,) = of_kind(manifests, "Service")
    selector: Values = {"matchLabels": mapping_at(service.content, "spec", "selector")}
    chosen = [pod for pod in pods(manifests) if selects(selector, pod.labels)]
    assert [pod.component for pod in chosen] == ["web"]
    (port,) = mappings_at(service.content, "spec", "ports")
    names = [item["name"] for item in mappings_at(chosen[0].containers[0], "ports")]
    assert port["targetPort"] in names


@pytest.mark.parametrize(
    ("fixture", "hosts"),
    [
        ("minimal", ["formulare.example.de"]),
        ("production", ["formulare.example.de", "vordrucke.beispielstadt.example"]),
    ],
)
def test_the_ingress_serves_the_public_names_by_tls(
    request: pytest.FixtureRequest, fixture: str, hosts: list[str]
) -> None:
    manifests: list[Manifest] = request.getfixturevalue(fixture)
    (ingress,) = of_kind(manifests, "Ingress")
    (service,) = of_kind(manifests, "Service")
    rules = mappings_at(ingress.content, "spec", "rules")
    assert [text_at(rule, "host") for rule in rules] == hosts
    (tls,) = mappings_at(ingress.content, "spec", "tls")
    assert tls == {"secretName": "siegel-tls", "hosts": hosts}
    for rule in rules:
        (path,) = mappings_at(rule, "http", "paths")
        assert text_at(path, "backend", "service", "name") == service.name


def test_probes_ask_for_the_public_name(minimal: list[Manifest]) -> None:
    (web,) = (pod for pod in pods(minimal) if pod.component == "web")
    assert value_at(web.containers[0], "readinessProbe", "httpGet", "httpHeaders") == [
        {"name": "Host", "value": "formulare.example.de"}
    ]


def test_autoscaling_and_a_fixed_number_exclude_each_other(
    minimal: list[Manifest], production: list[Manifest]
) -> None:
    assert not [item for item in minimal if item.kind == "HorizontalPodAutoscaler"]
    assert value_at(named(minimal, "Deployment", "-web").content, "spec", "replicas") == 2
    (scaler,) = of_kind(production, "HorizontalPodAutoscaler")
    web = named(production, "Deployment", "-web")
    assert text_at(scaler.content, "spec", "scaleTargetRef", "name") == web.name
    # A number here would undo the scaler's at each upgrade.
    assert "replicas" not in mapping_at(web.content, "spec")


def test_the_image_is_the_charts_own_version(
    minimal: list[Manifest], production: list[Manifest]
) -> None:
    product = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    version = product["project"]["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"] == version
    images = {text_at(pod.containers[0], "image") for pod in pods(minimal)}
    assert images == {f"registry.example.de/fach/brief-und-siegel:{version}"}
    pinned = {text_at(pod.containers[0], "image") for pod in pods(production)}
    assert pinned == {
        "registry.example.de:5000/fach/brief-und-siegel:0.1.0-r2@sha256:" + "0123456789abcdef" * 4
    }


def test_every_object_lies_in_the_namespace_of_the_release(manifests: list[Manifest]) -> None:
    for manifest in manifests:
        assert text_at(manifest.content, "metadata", "namespace") == "brief-und-siegel"


def test_names_are_unique_and_fit_into_a_label(
    minimal_values: Values, manifests: list[Manifest]
) -> None:
    names = [(item.kind, item.name) for item in manifests]
    assert len(names) == len(set(names))
    long = overlay_values(minimal_values, {"fullnameOverride": "a" * 48})
    assert max(len(item.name) for item in render_chart(long)) <= 63


def test_without_ingress_nothing_else_changes(
    minimal_values: Values, minimal: list[Manifest]
) -> None:
    values = overlay_values(
        minimal_values, {"ingress": {"enabled": False, "className": "", "tlsSecret": ""}}
    )
    left = [(item.kind, item.name) for item in render_chart(values)]
    assert left == [(item.kind, item.name) for item in minimal if item.kind != "Ingress"]
