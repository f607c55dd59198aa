"""Preparing a machine: what is decided from what the machine says."""

from __future__ import annotations

import fcntl
import re
import sys
from pathlib import Path

import pytest

from tools.setup import python_environment, system_packages
from tools.setup.clean import remove_everything_made
from tools.setup.commands import PROJECT, SetupFailed, Stamp, fingerprint, run_command
from tools.setup.frontend import refuse_old_node
from tools.setup.python_environment import (
    LOCKS,
    belongs_to_this_python,
    prepare_python_environment,
)
from tools.setup.system_packages import (
    RUN_PACKAGES,
    TEST_PACKAGES,
    choose_available,
    find_candidates,
    prepare_system_packages,
    read_installed,
)

POLICY = """\
radosgw:
  Installed: (none)
  Candidate: 16.2.15+ds-0+deb12u1
  Version table:
     16.2.15+ds-0+deb12u1 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
chromium-browser:
  Installed: (none)
  Candidate: (none)
  Version table:
fonts-liberation2:
  Installiert:           2.1.5-1
  Installationskandidat: 2.1.5-1
  Versionstabelle:
"""


def test_candidates_are_read_in_any_language() -> None:
    assert find_candidates(POLICY) == {"radosgw", "fonts-liberation2"}


def test_the_first_available_alternative_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "read_output", lambda _command: POLICY)
    needs = [("chromium-browser", "radosgw"), ("fonts-liberation2",)]
    assert choose_available(needs) == ["radosgw", "fonts-liberation2"]
    assert choose_available([("chromium-browser",)]) is None


def test_this_machine_has_what_the_tests_need() -> None:
    installed = read_installed([name for need in RUN_PACKAGES + TEST_PACKAGES for name in need])
    if installed is None:
        pytest.skip("neither Debian nor Ubuntu")
    for need in RUN_PACKAGES:
        assert installed.intersection(need), need


def test_an_unknown_package_counts_as_missing() -> None:
    if read_installed(["dpkg"]) is None:
        pytest.skip("neither Debian nor Ubuntu")
    assert read_installed(["dpkg", "no-such-package-of-any-kind"]) == {"dpkg"}


def test_without_permission_the_line_to_run_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "find_privilege", lambda: None)
    monkeypatch.setattr(system_packages, "read_installed", lambda _names: {"python3-uno"})
    with pytest.raises(SetupFailed) as failure:
        prepare_system_packages([("python3-uno",), ("libreoffice-writer-nogui", "other")])
    assert str(failure.value).endswith(
        "  sudo sh -c 'apt-get update && apt-get install --yes --no-install-recommends"
        " libreoffice-writer-nogui'"
    )


def test_the_package_lists_are_fetched_once_when_they_do_not_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[str] = []
    answers = iter(["", POLICY])
    monkeypatch.setattr(system_packages, "read_output", lambda _command: next(answers))
    monkeypatch.setattr(
        system_packages, "run_command", lambda command: ran.append(" ".join(command))
    )
    system_packages.install([("radosgw",)], ["sudo", "-n"])
    prefix = "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get"
    assert ran[0] == f"{prefix} update"
    assert ran[1].startswith(f"{prefix} install --yes --no-install-recommends")
    assert ran[1].endswith(" radosgw")
    assert len(ran) == 2


@pytest.mark.parametrize("version", [None, "", "v18.20.4\n", "nonsense"])
def test_an_old_or_missing_node_is_named(version: str | None) -> None:
    with pytest.raises(SetupFailed, match=r"Node\.js 20 oder neuer"):
        refuse_old_node(version)


def test_a_new_node_is_accepted() -> None:
    refuse_old_node("v20.0.0\n")
    refuse_old_node("v24.1.0\n")


def test_a_stamp_holds_for_one_state(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("a==1", encoding="utf-8")
    stamp = Stamp(tmp_path / "stamps" / "python", fingerprint([lock], "3.11"))
    assert not stamp.is_current()
    stamp.set()
    assert stamp.is_current()
    assert not Stamp(tmp_path / "stamps" / "python", fingerprint([lock], "3.12")).is_current()
    lock.write_text("a==2", encoding="utf-8")
    assert not Stamp(tmp_path / "stamps" / "python", fingerprint([lock], "3.11")).is_current()


def pins(lock: str) -> dict[str, str]:
    """Return version and marker of every package in a lock file."""
    text = (PROJECT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(.+?) *\\?$", text, re.MULTILINE))


def test_the_lock_of_development_holds_every_pin_of_the_other() -> None:
    runtime, development = (pins(lock) for lock in LOCKS)
    assert len(runtime) > 50
    assert len(development) > len(runtime)
    assert {name: development.get(name) for name in runtime} == runtime


@pytest.fixture
def source_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[str]]:
    """A source tree without environment, and what would have been installed into it."""
    installed: list[str] = []

    def install(command: list[str | Path]) -> None:
        if "venv" in command:
            (tmp_path / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
            (tmp_path / ".venv" / "bin" / "python").touch()
            version = ".".join(map(str, sys.version_info[:3]))
            (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"version = {version}\n")
        if "--requirement" in command:
            assert "--require-hashes" in command
            installed.append(Path(command[-1]).name)

    for name in (*LOCKS, "pyproject.toml"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(python_environment, "run_command", install)
    return tmp_path, installed


def test_running_installs_the_small_lock_and_testing_the_large_one_on_top(
    source_tree: tuple[Path, list[str]],
) -> None:
    project, installed = source_tree
    for for_development in (False, False, True, True, False):
        prepare_python_environment(project, for_development=for_development)
    assert installed == ["requirements.lock", "requirements-dev.lock"]


def test_what_tests_need_is_enough_to_run(source_tree: tuple[Path, list[str]]) -> None:
    project, installed = source_tree
    prepare_python_environment(project, for_development=True)
    prepare_python_environment(project, for_development=False)
    assert installed == ["requirements-dev.lock"]


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_is_installed(source_tree: tuple[Path, list[str]], changed: str) -> None:
    project, installed = source_tree
    prepare_python_environment(project, for_development=False)
    (project / changed).write_text("changed", encoding="utf-8")
    prepare_python_environment(project, for_development=False)
    assert installed == ["requirements.lock"] * 2


def test_a_failed_command_is_shown() -> None:
    with pytest.raises(SetupFailed, match=r"(?s)Status 3.*raise SystemExit"):
        run_command([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(SetupFailed, match="no-such-program fehlt"):
        run_command(["no-such-program"])


def test_the_environment_of_another_python_is_recognised(tmp_path: Path) -> None:
    assert belongs_to_this_python(Path(sys.prefix)) or sys.prefix == sys.base_prefix
    assert not belongs_to_this_python(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.9.2\n", encoding="utf-8")
    assert not belongs_to_this_python(tmp_path)


def test_clean_removes_what_was_made_and_nothing_else(tmp_path: Path) -> None:
    for made in ("var/run", ".venv/bin", "app/frontend/node_modules/x", "app/__pycache__"):
        (tmp_path / made).mkdir(parents=True)
    (tmp_path / "app" / "factory.py").touch()
    remove_everything_made(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"app", "app/factory.py", "app/frontend"}


def test_clean_refuses_while_the_demo_runs(tmp_path: Path) -> None:
    lock = tmp_path / "var" / "run" / "lock"
    lock.parent.mkdir(parents=True)
    with lock.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SetupFailed, match="läuft noch"):
            remove_everything_made(tmp_path)
    assert lock.exists()
    remove_everything_made(tmp_path)
    assert not lock.exists()
