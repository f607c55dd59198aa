"""The main job on the mission's material, started by one command as a newcomer does it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from forms.packages import list_packages, read_demo_tenants
from tests.support.ports import free_port
from tests.support.processes import processes_with_argument, wait_until

SIEGEL = Path(sys.executable).with_name("siegel")
SECONDS = 600


@pytest.fixture(scope="module")
def demonstration(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[subprocess.CompletedProcess[str], Path, Path]:
    """The finished ``siegel demo`` with the folders it wrote and worked in."""
    out, data = tmp_path_factory.mktemp("demo"), tmp_path_factory.mktemp("data")
    finished = subprocess.run(
        [SIEGEL, "demo", "--out", out, "--data", data, "--port", str(free_port())],
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    return finished, out, data


def evidence_of(out: Path) -> dict[str, dict[str, object]]:
    """Return the evidence of all tenants by tenant and name of the document."""
    return {
        f"{path.parent.name}/{name}": entry
        for path in sorted(out.glob("*/evidence.json"))
        for name, entry in json.loads(path.read_text(encoding="utf-8")).items()
    }


@pytest.mark.timeout(SECONDS)
def test_every_sample_of_every_tenant_becomes_a_verified_document(
    demonstration: tuple[subprocess.CompletedProcess[str], Path, Path],
) -> None:
    finished, out, _data = demonstration
    assert finished.returncode == 0, finished.stdout + finished.stderr
    evidence = evidence_of(out)
    wanted = {
        f"{tenant}/{package.name}-{sample.number}"
        for package in list_packages()
        if package.template_bytes
        for tenant in package.manifest["demo"]["tenants"]
        for sample in package.samples
    }
    assert set(evidence) == wanted
    assert {name.partition("/")[0] for name in wanted} == {
        str(tenant["slug"]) for tenant in read_demo_tenants()["tenants"]
    }
    for name, entry in evidence.items():
        assert entry["verified"] is True, f"{name}: {entry['faults']}"


def pdf_text(path: Path) -> str:
    """Return the text of a PDF as Poppler reads it, with single spaces."""
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    return " ".join(text.replace("\u00a0", " ").split())


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("hilden/fachleistungsstunde-1.pdf", "64,95 €"),
        ("hilden/fachleistungsstunde-2.pdf", "62,35 €"),
        ("hilden/fachleistungsstunde-3.pdf", "67,55 €"),
        ("hilden/stundennachweis-1.pdf", "828,11 €"),
        ("stuttgart/vertretungsmittel-grosstagespflege-1.pdf", "7.680,00 €"),
        ("eschborn/verwendungsnachweis-1.pdf", "1.250,00 €"),
        ("wiesbaden/kooperationsvereinbarung-kindertagespflege-1.pdf", "509"),
    ],
)
def test_the_sealed_file_prints_the_figure_of_the_story(
    demonstration: tuple[subprocess.CompletedProcess[str], Path, Path], file: str, wanted: str
) -> None:
    _finished, out, _data = demonstration
    text = pdf_text(out / file)
    assert wanted in text
    assert "Demonstrationsdokument" in text


def test_an_independent_validator_accepts_every_seal(
    demonstration: tuple[subprocess.CompletedProcess[str], Path, Path],
) -> None:
    _finished, out, _data = demonstration
    files = sorted(out.glob("*/*.pdf"))
    assert files
    for path in files:
        report = subprocess.run(
            ["pdfsig", "-nocert", path], capture_output=True, text=True, check=False
        ).stdout
        assert "Signature is Valid." in report, f"{path.name}: {report}"
        assert "Total document signed" in report, f"{path.name}: {report}"


def test_the_command_leaves_no_process_behind(
    demonstration: tuple[subprocess.CompletedProcess[str], Path, Path],
) -> None:
    _finished, _out, data = demonstration
    assert not processes_with_argument(str(data))


@pytest.mark.timeout(SECONDS)
def test_run_serves_the_demo_and_ctrl_c_ends_every_process(
    demonstration: tuple[subprocess.CompletedProcess[str], Path, Path],
) -> None:
    _finished, _out, data = demonstration
    port = free_port()
    process = subprocess.Popen(
        [SIEGEL, "run", "--data", data, "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Strg+C" in line:
                break
        announced = "".join(lines)
        for tenant in read_demo_tenants()["tenants"]:
            assert f"http://localhost:{port}/{tenant['slug']}/" in announced
        assert "Tenant-Admin" in announced
        with urllib.request.urlopen(f"http://localhost:{port}/anmelden", timeout=30) as page:
            assert page.status == 200
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        process.stdout.close()
    assert process.returncode == 0
    wait_until(lambda: not processes_with_argument(str(data)), "every process has ended")
