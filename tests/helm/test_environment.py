"""Each process gets the settings it reads, from secrets where they are secret, and no others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import pytest

from tenants.settings import Settings, load_settings
from tests.helm.manifests import Pod, mapping_at, pods, text_at
from tools.chart_check import CHART, Manifest, Values, overlay_values, render_chart

SECRET_NAMES = re.compile(r"(_KEY|_PASSWORD|_SECRET|_TOKEN|(DATABASE|OWNER|DISPATCHER|REDIS)_URL)$")
ROLE_URLS = {
    "web": set[str](),
    "worker": set[str](),
    "dispatcher": {"SIEGEL_DATABASE_DISPATCHER_URL"},
    "migration": {"SIEGEL_DATABASE_OWNER_URL"},
}


class ObservedEnvironment(Mapping[str, str]):
    """An environment that remembers which of its variables were asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def observe(pod: Pod) -> ObservedEnvironment:
    """Return the variables of a pod, with a stand-in for what its secrets would hold."""
    return ObservedEnvironment(
        {
            name: text_at(item, "value") if "value" in item else f"from-secret-{name}"
            for name, item in pod.environment().items()
        }
    )


def read_settings(manifests: list[Manifest]) -> dict[str, Settings]:
    """Return what the product makes of each pod's environment."""
    return {pod.component: load_settings(observe(pod)) for pod in pods(manifests)}


def test_the_product_reads_every_variable_that_the_chart_sets(manifests: list[Manifest]) -> None:
    for pod in pods(manifests):
        environment = observe(pod)
        load_settings(environment)
        ours = {name for name in environment if name.startswith("SIEGEL_")}
        extra = {"SIEGEL_BEISPIEL", "SIEGEL_BEISPIEL_PASSWORD"}
        assert ours - extra <= environment.asked, pod.component


def test_web_and_worker_reach_contents(manifests: list[Manifest]) -> None:
    settings = read_settings(manifests)
    for component in ("web", "worker"):
        s3 = settings[component].s3
        assert s3 is not None
        assert s3.access_key == "from-secret-SIEGEL_S3_ACCESS_KEY"
        assert s3.bucket == "brief-und-siegel"
        assert s3.secure
        assert settings[component].master_key_value == "from-secret-SIEGEL_MASTER_KEY"
    assert settings["web"].trusted_proxies == 1


def test_each_process_connects_with_the_roles_it_works_with(manifests: list[Manifest]) -> None:
    settings = read_settings(manifests)
    assert settings["migration"].owner_url == "from-secret-SIEGEL_DATABASE_OWNER_URL"
    assert settings["dispatcher"].dispatcher_url == "from-secret-SIEGEL_DATABASE_DISPATCHER_URL"
    for component in ("web", "worker"):
        assert settings[component].database_url == "from-secret-SIEGEL_DATABASE_URL"
        assert settings[component].dispatcher_url == ""


def test_the_public_address_has_no_slash_at_its_end(production: list[Manifest]) -> None:
    addresses = {settings.public_url for settings in read_settings(production).values()}
    assert addresses == {"https://formulare.example.de"}


def test_an_unset_region_leaves_the_default(minimal: list[Manifest]) -> None:
    s3 = read_settings(minimal)["web"].s3
    assert s3 is not None
    assert s3.region == "us-east-1"


def test_roles_above_the_application_stay_with_their_process(manifests: list[Manifest]) -> None:
    all_roles = set().union(*ROLE_URLS.values())
    for pod in pods(manifests):
        assert all_roles & set(pod.environment()) == ROLE_URLS[pod.component]


def test_dispatcher_and_migration_hold_no_key_to_contents(manifests: list[Manifest]) -> None:
    for pod in pods(manifests):
        if pod.component in ("dispatcher", "migration"):
            held = set(pod.environment())
            assert not {name for name in held if "S3" in name or "MASTER" in name}


def test_secret_settings_come_from_secrets(manifests: list[Manifest]) -> None:
    found = 0
    for pod in pods(manifests):
        for name, item in pod.environment().items():
            if SECRET_NAMES.search(name):
                found += 1
                assert "value" not in item, f"{pod.component}: {name} is written out"
                reference = mapping_at(item, "valueFrom", "secretKeyRef")
                assert reference["name"]
                assert reference["key"]
    assert found >= 4 * 3


def test_the_chart_makes_no_secret(manifests: list[Manifest]) -> None:
    assert not [manifest for manifest in manifests if manifest.kind == "Secret"]
    sources = [path.read_text(encoding="utf-8") for path in CHART.rglob("*") if path.is_file()]
    assert not [text for text in sources if "kind: Secret" in text or "b64enc" in text]


def test_no_word_of_the_manifests_looks_like_a_credential(manifests: list[Manifest]) -> None:
    text = json.dumps([manifest.content for manifest in manifests])
    assert not re.search(r"://[^/\s\"]*:[^/\s\"]*@", text)
    assert "PRIVATE KEY" not in text


@pytest.mark.parametrize("component", ["web", "worker", "dispatcher", "migration"])
def test_an_own_certificate_authority_reaches_all_clients(
    production: list[Manifest], minimal: list[Manifest], component: str
) -> None:
    (pod,) = (pod for pod in pods(production) if pod.component == component)
    environment = pod.environment()
    assert text_at(environment["SSL_CERT_FILE"], "value") == "/etc/siegel/ca/ca.crt"
    assert text_at(environment["PGSSLROOTCERT"], "value") == "/etc/siegel/ca/ca.crt"
    (plain,) = (pod for pod in pods(minimal) if pod.component == component)
    assert "SSL_CERT_FILE" not in plain.environment()


def test_further_settings_are_passed_on(minimal_values: Values) -> None:
    values = overlay_values(
        minimal_values, {"extraEnvironment": [{"name": "SIEGEL_TENANT_WINDOW", "value": "9"}]}
    )
    settings = read_settings(render_chart(values))
    assert settings["dispatcher"].tenant_window == 9
