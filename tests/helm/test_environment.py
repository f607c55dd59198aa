"""Each process gets the settings it reads, from secrets where they are secret, and no others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import pytest

from tenants.settings import Settings, load_settings
from tests.helm.manifests import Pod, mapping_at, pods, text_at
from tests.support.documentation import code_in, read_page, table_after
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
        assert ours <= environment.asked, pod.component


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


def test_further_variables_are_passed_on(minimal_values: Values) -> None:
    values = overlay_values(
        minimal_values, {"extraEnvironment": [{"name": "BEISPIEL", "value": "9"}]}
    )
    holders = {
        pod.component
        for pod in pods(render_chart(values))
        if text_at(pod.environment().get("BEISPIEL", {"value": ""}), "value") == "9"
    }
    assert holders == {"web", "worker", "dispatcher"}


NOT_IN_A_CLUSTER = {
    "SIEGEL_MASTER_KEY_FILE": "a secret's variable holds the master key",
    "SIEGEL_ADMIN_PASSWORD": "given to one command by hand",
    "SIEGEL_SEAL_PASSWORD": "given to one command by hand",
    "SIEGEL_SIGNING_SECRET": "given to one command by hand",
    "SIEGEL_TOKEN_PIN": "given to one command by hand",
    "SIEGEL_ACCOUNT_PASSWORD": "given to one command by hand",
    "SIEGEL_PORT": "the port of the container, which Service and policies name",
    "SIEGEL_BIND": "every address of the pod; policies say who reaches it",
}
FIXED = {"SIEGEL_STORAGE", "SIEGEL_DATA_DIRECTORY"}
"""Set by the chart to what alone works in a cluster."""


def test_every_setting_can_be_reached_by_a_value(production: list[Manifest]) -> None:
    rows = table_after(read_page("betrieb/einstellungen.md"), "Variable")
    documented = {code_in(row[0]) for row in rows}
    given = {
        name for pod in pods(production) for name in pod.environment() if name.startswith("SIEGEL_")
    }
    assert documented - given == set(NOT_IN_A_CLUSTER)
    assert given <= documented


def test_every_value_of_a_setting_changes_it(
    minimal: list[Manifest], production: list[Manifest]
) -> None:
    """The two sets differ in every setting, so that none is written into the chart."""

    def references(manifests: list[Manifest]) -> dict[str, Values]:
        return {
            name: item
            for pod in pods(manifests)
            for name, item in pod.environment().items()
            if name.startswith("SIEGEL_")
        }

    small, large = references(minimal), references(production)
    same = {name for name, item in small.items() if large[name] == item}
    assert same == FIXED | {
        "SIEGEL_PUBLIC_URL",
        "SIEGEL_S3_BUCKET",
        "SIEGEL_S3_SECURE",
        "SIEGEL_TRUSTED_PROXIES",
    }


@pytest.mark.parametrize(
    ("values", "name", "expected"),
    [
        ({"publicUrl": "https://anders.example.de"}, "SIEGEL_PUBLIC_URL", "https://anders.example.de"),
        ({"s3": {"bucket": "anderer"}}, "SIEGEL_S3_BUCKET", "anderer"),
        ({"s3": {"secure": False}}, "SIEGEL_S3_SECURE", "false"),
        ({"web": {"trustedProxies": 2}}, "SIEGEL_TRUSTED_PROXIES", "2"),
    ],
)  # fmt: skip
def test_what_both_sets_have_in_common_follows_its_value_too(
    minimal_values: Values, values: Values, name: str, expected: str
) -> None:
    found = render_chart(overlay_values(minimal_values, values))
    web = next(pod for pod in pods(found) if pod.component == "web")
    assert text_at(web.environment()[name], "value") == expected


def test_uploads_and_messages_are_set_where_they_are_read(production: list[Manifest]) -> None:
    settings = read_settings(production)
    assert (settings["web"].upload_megabytes, settings["web"].upload_files) == (25, 5)
    worker = settings["worker"]
    assert worker.clamd == "clamav.scanner.svc.cluster.local:3310"
    assert worker.accepts_unscanned
    assert worker.allows_private_receivers
    assert settings["web"].allows_private_receivers
    assert (worker.conversion_seconds, worker.lease_seconds) == (90, 240)
    assert (settings["dispatcher"].tenant_window, settings["dispatcher"].reclaim_seconds) == (
        8,
        300,
    )


def test_values_that_say_nothing_are_the_defaults_of_the_product(minimal: list[Manifest]) -> None:
    """Whoever sets nothing gets in a cluster what he gets elsewhere."""
    given = {
        name: text_at(item, "value")
        for pod in pods(minimal)
        for name, item in pod.environment().items()
        if "value" in item
    }
    rows = table_after(read_page("betrieb/einstellungen.md"), "Variable")
    defaults = {code_in(row[0]): row[1].strip("`") for row in rows}
    own = FIXED | {"SIEGEL_PUBLIC_URL", "SIEGEL_TRUSTED_PROXIES"}
    for name in set(given) & set(defaults) - own:
        if "Pflicht" not in defaults[name]:
            assert given[name] == defaults[name], name
