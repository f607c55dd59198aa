"""The migration comes before everything else and brings what it needs along."""

from __future__ import annotations

from tests.helm.manifests import mapping_at, named, pods, text_at, value_at
from tools.chart_check import Manifest

HOOK, WEIGHT, DELETION = (
    "helm.sh/hook",
    "helm.sh/hook-weight",
    "helm.sh/hook-delete-policy",
)


def read_annotations(manifest: Manifest) -> dict[str, str]:
    """Return the annotations of an object."""
    found = mapping_at(manifest.content, "metadata", "annotations")
    return {key: str(value) for key, value in found.items()}


def test_account_and_policy_exist_before_the_job(manifests: list[Manifest]) -> None:
    order = [
        named(manifests, kind, "-migration") for kind in ("ServiceAccount", "NetworkPolicy", "Job")
    ]
    assert [read_annotations(item)[HOOK] for item in order] == ["pre-install,pre-upgrade"] * 3
    weights = [int(read_annotations(item)[WEIGHT]) for item in order]
    assert weights == sorted(set(weights))


def test_nothing_but_the_migration_is_a_hook(manifests: list[Manifest]) -> None:
    hooks = {item.name for item in manifests if HOOK in read_annotations(item)}
    assert len(hooks) == 1
    assert hooks.pop().endswith("-migration")


def test_the_policy_outlives_the_job_it_guards(manifests: list[Manifest]) -> None:
    policy = read_annotations(named(manifests, "NetworkPolicy", "-migration"))
    assert policy[DELETION] == "before-hook-creation"
    job = read_annotations(named(manifests, "Job", "-migration"))
    # A failed Job has to stay: its log says why the installation stopped.
    assert job[DELETION] == "before-hook-creation,hook-succeeded"


def test_the_job_ends_by_itself(manifests: list[Manifest]) -> None:
    job = named(manifests, "Job", "-migration").content
    assert value_at(job, "spec", "backoffLimit") == 3
    assert value_at(job, "spec", "activeDeadlineSeconds") == 1800
    assert text_at(job, "spec", "template", "spec", "restartPolicy") == "Never"


def test_the_job_uses_its_own_account(manifests: list[Manifest]) -> None:
    accounts = {pod.component: text_at(pod.spec, "serviceAccountName") for pod in pods(manifests)}
    assert accounts["migration"] == named(manifests, "ServiceAccount", "-migration").name
    assert accounts["migration"] not in {accounts["web"], accounts["worker"]}
