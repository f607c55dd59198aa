"""Who may talk to whom: nobody, except where a policy says so."""

from __future__ import annotations

import pytest

from tests.helm.manifests import (
    Pod,
    mapping_at,
    mappings_at,
    named,
    of_kind,
    pods,
    selects,
    text_at,
    value_at,
)
from tools.chart_check import Json, Manifest, Values, overlay_values, render_chart

POSTGRESQL, REDIS, S3 = "192.0.2.10/32", "192.0.2.11/32", "192.0.2.12/32"
REACHABLE = {
    "web": {(POSTGRESQL, 5432), (REDIS, 6379), (S3, 443)},
    "worker": {(POSTGRESQL, 5432), (REDIS, 6379), (S3, 443)},
    "dispatcher": {(POSTGRESQL, 5432), (REDIS, 6379)},
    "migration": {(POSTGRESQL, 5432)},
}


def policies_of(manifests: list[Manifest], pod: Pod) -> list[Values]:
    """Return the specifications of all policies that select ``pod``."""
    specs = [mapping_at(item.content, "spec") for item in of_kind(manifests, "NetworkPolicy")]
    return [spec for spec in specs if selects(mapping_at(spec, "podSelector"), pod.labels)]


def reachable_addresses(policies: list[Values]) -> set[tuple[Json, Json]]:
    """Return the pairs of address range and port that the policies open together."""
    found: set[tuple[Json, Json]] = set()
    for policy in policies:
        for rule in mappings_at(policy, "egress"):
            for peer in mappings_at(rule, "to"):
                for port in mappings_at(rule, "ports"):
                    if "ipBlock" in peer:
                        found.add((value_at(peer, "ipBlock", "cidr"), port["port"]))
    return found


def test_every_pod_is_shut_in_both_directions(manifests: list[Manifest]) -> None:
    both: Json = ["Ingress", "Egress"]
    for pod in pods(manifests):
        directions = [policy["policyTypes"] for policy in policies_of(manifests, pod)]
        assert both in directions, pod.component


def test_one_policy_shuts_all_pods_of_the_release_and_only_those(minimal: list[Manifest]) -> None:
    spec = mapping_at(named(minimal, "NetworkPolicy", "-default-deny").content, "spec")
    assert "ingress" not in spec
    assert "egress" not in spec
    selector = mapping_at(spec, "podSelector")
    assert all(selects(selector, pod.labels) for pod in pods(minimal))
    assert not selects(selector, {"app.kubernetes.io/name": "brief-und-siegel"})
    assert mapping_at(selector, "matchLabels")["app.kubernetes.io/instance"] == "pruefung"


@pytest.mark.parametrize("component", REACHABLE)
def test_a_pod_reaches_its_services_and_nothing_else(
    minimal: list[Manifest], component: str
) -> None:
    (pod,) = (pod for pod in pods(minimal) if pod.component == component)
    assert reachable_addresses(policies_of(minimal, pod)) == REACHABLE[component]


def test_no_rule_is_open_to_everyone(manifests: list[Manifest]) -> None:
    # An absent or empty "to"/"from"/"ports" means everything.
    rules = 0
    for policy in of_kind(manifests, "NetworkPolicy"):
        spec = mapping_at(policy.content, "spec")
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for rule in mappings_at(spec, direction):
                rules += 1
                assert mappings_at(rule, peers), policy.name
                assert mappings_at(rule, "ports"), policy.name
                assert all(mappings_at(rule, peers)), policy.name
    assert rules > 10


def test_names_are_asked_only_of_the_cluster(minimal: list[Manifest]) -> None:
    for pod in pods(minimal):
        rules = [
            rule
            for policy in policies_of(minimal, pod)
            for rule in mappings_at(policy, "egress")
            if any(port["port"] == 53 for port in mappings_at(rule, "ports"))
        ]
        (rule,) = rules
        (peer,) = mappings_at(rule, "to")
        assert set(peer) == {"namespaceSelector", "podSelector"}
        assert {text_at(port, "protocol") for port in mappings_at(rule, "ports")} == {"TCP", "UDP"}


def test_only_web_is_reached_and_only_by_the_ingress(minimal: list[Manifest]) -> None:
    for pod in pods(minimal):
        rules = [
            rule for policy in policies_of(minimal, pod) for rule in mappings_at(policy, "ingress")
        ]
        if pod.component != "web":
            assert rules == []
            continue
        assert rules == [
            {
                "from": [
                    {
                        "namespaceSelector": {
                            "matchLabels": {"kubernetes.io/metadata.name": "ingress"}
                        }
                    }
                ],
                "ports": [{"protocol": "TCP", "port": "http"}],
            }
        ]
        ports = mappings_at(pod.containers[0], "ports")
        assert [(port["name"], port["containerPort"]) for port in ports] == [("http", 8000)]


def test_an_additional_target_opens_for_its_component_alone(production: list[Manifest]) -> None:
    timestamps = ("198.51.100.20/32", 443)
    opened = {
        pod.component
        for pod in pods(production)
        if timestamps in reachable_addresses(policies_of(production, pod))
    }
    assert opened == {"worker"}


def test_scanner_and_receivers_are_open_to_the_worker_alone(production: list[Manifest]) -> None:
    for pod in pods(production):
        rules = [
            rule
            for policy in policies_of(production, pod)
            for rule in mappings_at(policy, "egress")
        ]
        ports = {port["port"] for rule in rules for port in mappings_at(rule, "ports")}
        internet = [
            mapping_at(peer, "ipBlock")
            for rule in rules
            for peer in mappings_at(rule, "to")
            if value_at(peer, "ipBlock", "cidr") == "0.0.0.0/0"
        ]
        assert (3310 in ports) == (pod.component == "worker")
        assert bool(internet) == (pod.component == "worker")
        for block in internet:
            assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} <= set(block["except"])


def test_without_a_scanner_its_target_stays_shut(minimal_values: Values) -> None:
    clamd: Values = {"to": [{"ipBlock": {"cidr": "192.0.2.99/32"}}]}
    for uploads, opened in (({}, False), ({"clamd": "192.0.2.99:3310"}, True)):
        values = overlay_values(
            minimal_values, {"networkPolicy": {"clamd": clamd}, "uploads": {**uploads}}
        )
        found = render_chart(values)
        (worker,) = (pod for pod in pods(found) if pod.component == "worker")
        reached = reachable_addresses(policies_of(found, worker))
        assert (("192.0.2.99/32", 3310) in reached) is opened


def test_policies_can_be_left_to_the_cluster(minimal_values: Values) -> None:
    values = overlay_values(minimal_values, {"networkPolicy": {"enabled": False}})
    assert not [item for item in render_chart(values) if item.kind == "NetworkPolicy"]
