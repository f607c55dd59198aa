"""What every pod must keep to: no root, nothing writable, nothing it does not need."""

from __future__ import annotations

import pytest

from tests.helm.manifests import (
    mapping_at,
    mappings_at,
    named,
    number_at,
    of_kind,
    pods,
    text_at,
    value_at,
)
from tools.chart_check import Manifest, Values

COMPONENTS = {"web", "worker", "dispatcher", "migration"}


def test_one_image_runs_in_four_roles_told_apart_by_the_argument(manifests: list[Manifest]) -> None:
    found = list(pods(manifests))
    arguments = {pod.component: value_at(pod.containers[0], "args") for pod in found}
    assert arguments == {
        "web": ["web"],
        "worker": ["worker"],
        "dispatcher": ["dispatcher"],
        "migration": ["migrate"],
    }
    assert len({text_at(pod.containers[0], "image") for pod in found}) == 1


def test_pods_run_without_root_and_without_a_cluster_token(manifests: list[Manifest]) -> None:
    for pod in pods(manifests):
        context = mapping_at(pod.spec, "securityContext")
        assert context["runAsNonRoot"] is True
        assert context["runAsUser"] == context["runAsGroup"] == context["fsGroup"] == 10001
        assert pod.spec["automountServiceAccountToken"] is False
        assert pod.spec["enableServiceLinks"] is False
        for field in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
            assert not pod.spec.get(field)


def test_pods_confine_system_calls(minimal: list[Manifest], production: list[Manifest]) -> None:
    for pod in pods(minimal):
        assert mapping_at(pod.spec, "securityContext", "seccompProfile") == {
            "type": "RuntimeDefault"
        }
    profiles = {
        pod.component: mapping_at(pod.spec, "securityContext", "seccompProfile")
        for pod in pods(production)
    }
    assert profiles.pop("worker") == {
        "type": "Localhost",
        "localhostProfile": "profiles/brief-und-siegel-worker.json",
    }
    assert all(profile == {"type": "RuntimeDefault"} for profile in profiles.values())


def test_containers_cannot_write_or_gain_rights(manifests: list[Manifest]) -> None:
    for pod in pods(manifests):
        for container in pod.containers:
            assert mapping_at(container, "securityContext") == {
                "allowPrivilegeEscalation": False,
                "privileged": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_only_bounded_empty_directories_are_writable(manifests: list[Manifest]) -> None:
    for pod in pods(manifests):
        volumes = {text_at(volume, "name"): volume for volume in mappings_at(pod.spec, "volumes")}
        writable: dict[str, Values] = {}
        for mount in mappings_at(pod.containers[0], "volumeMounts"):
            if not mount.get("readOnly"):
                writable[text_at(mount, "mountPath")] = volumes[text_at(mount, "name")]
        assert set(writable) == {"/tmp", "/var/lib/siegel"}
        for volume in writable.values():
            assert text_at(volume, "emptyDir", "sizeLimit")


def test_the_data_directory_is_the_one_that_is_mounted(manifests: list[Manifest]) -> None:
    for pod in pods(manifests):
        variable = pod.environment()["SIEGEL_DATA_DIRECTORY"]
        mounts = {
            text_at(mount, "mountPath") for mount in mappings_at(pod.containers[0], "volumeMounts")
        }
        assert text_at(variable, "value") in mounts


def test_every_container_states_its_needs_and_limits(manifests: list[Manifest]) -> None:
    for pod in pods(manifests):
        for container in pod.containers:
            assert text_at(container, "resources", "requests", "cpu")
            assert text_at(container, "resources", "requests", "memory")
            assert text_at(container, "resources", "limits", "memory")


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe", "readinessProbe"])
def test_every_lasting_container_is_probed(manifests: list[Manifest], probe: str) -> None:
    deployments = list(pods(of_kind(manifests, "Deployment")))
    assert {pod.component for pod in deployments} == COMPONENTS - {"migration"}
    for pod in deployments:
        for container in pod.containers:
            assert mapping_at(container, probe), f"{pod.component} has no {probe}"
            assert number_at(container, probe, "timeoutSeconds") >= 5


def test_web_is_alive_without_the_database_but_not_ready(manifests: list[Manifest]) -> None:
    (container,) = next(pod for pod in pods(manifests) if pod.component == "web").containers
    paths = {
        probe: text_at(container, probe, "httpGet", "path")
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    # A liveness probe that asks the database would restart every pod when it is away.
    assert paths == {
        "startupProbe": "/gesundheit/lebt",
        "livenessProbe": "/gesundheit/lebt",
        "readinessProbe": "/gesundheit/bereit",
    }


@pytest.mark.parametrize("component", ["worker", "dispatcher"])
def test_processes_without_a_port_report_by_their_command(
    manifests: list[Manifest], component: str
) -> None:
    (container,) = next(pod for pod in pods(manifests) if pod.component == component).containers
    assert "ports" not in container
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert value_at(container, probe, "exec", "command") == ["siegel", "health", component]


def test_a_worker_may_finish_its_document(minimal: list[Manifest]) -> None:
    worker = named(minimal, "Deployment", "-worker")
    seconds = number_at(worker.content, "spec", "template", "spec", "terminationGracePeriodSeconds")
    assert seconds >= 180  # a document's lease of 120 s and its storing


def test_web_waits_until_nobody_sends_to_it_any_more(minimal: list[Manifest]) -> None:
    pod = next(pod for pod in pods(minimal) if pod.component == "web")
    pause = number_at(pod.containers[0], "lifecycle", "preStop", "sleep", "seconds")
    assert 5 <= pause < number_at(pod.spec, "terminationGracePeriodSeconds") / 2


def test_pods_are_spread_within_their_own_component(manifests: list[Manifest]) -> None:
    for deployment in of_kind(manifests, "Deployment"):
        spec = mapping_at(deployment.content, "spec", "template", "spec")
        constraints = mappings_at(spec, "topologySpreadConstraints")
        assert [text_at(item, "topologyKey") for item in constraints] == [
            "kubernetes.io/hostname",
            "topology.kubernetes.io/zone",
        ]
        for item in constraints:
            assert mapping_at(item, "labelSelector") == mapping_at(
                deployment.content, "spec", "selector"
            )


def test_accounts_offer_no_token(manifests: list[Manifest]) -> None:
    accounts = of_kind(manifests, "ServiceAccount")
    used = {text_at(pod.spec, "serviceAccountName") for pod in pods(manifests)}
    assert used == {account.name for account in accounts}
    assert all(account.content["automountServiceAccountToken"] is False for account in accounts)
