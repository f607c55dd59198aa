"""The supervisor and its guard: whatever is killed, everything ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.child_process import ChildNotReadyError, ChildProcess
from app.embedded.processes import LogFollower
from tests.support.processes import is_alive, processes_with_argument, wait_until

PROJECT = Path(__file__).resolve().parents[3]

# Three stand-ins under guard and supervisor: one well-behaved, one with a grandchild in a session
# of its own (as a converter has it), one that ignores SIGTERM when told so.
PROGRAM = """
import sys
from pathlib import Path
from app.embedded.child_process import ChildProcess
from app.embedded.errors import EmbeddedStackError
from app.embedded.guard import run_guarded
from app.embedded.processes import StopRequested, Supervisor

marker, directory, stubborn = sys.argv[1], Path(sys.argv[2]), sys.argv[3] == "stubborn"
IDLE = "import signal; print('ready', flush=True); signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, lambda *_: print('asked', flush=True));"
    " print('ready', flush=True)\\nwhile True: signal.pause()"
)
PARENT = (
    "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[2], sys.argv[1]],"
    " start_new_session=True); " + IDLE
)

def child(name, code, *arguments):
    return ChildProcess(name, [sys.executable, "-c", code, marker, *arguments],
                        log_path=directory / f"{name}.log", stop_seconds=60 if stubborn else 10)

def run():
    try:
        with Supervisor() as supervisor:
            for each in (child("first", IDLE), child("parent", PARENT, IDLE),
                         child("last", STUBBORN if stubborn else IDLE)):
                supervisor.start(each, lambda: "ready" in each.read_log_tail())
                print(each.name, each.pid, flush=True)
            print("all", 0, flush=True)
            supervisor.watch()
    except StopRequested:
        print("stopped", 0, flush=True)
        return 0
    except EmbeddedStackError as problem:
        print(problem, flush=True)
        return 1

sys.exit(run_guarded(run, grace_seconds=3))
"""


class RunningProgram:
    """The program above, started, with the process ids that it printed."""

    def __init__(self, directory: Path, kind: str) -> None:
        self.marker = f"stand-in-{uuid.uuid4()}"
        self.directory = directory
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, self.marker, str(directory), kind],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.pids: dict[str, int] = {}
        assert self.process.stdout is not None
        for line in self.process.stdout:
            name, _, number = line.partition(" ")
            if name == "all":
                break
            assert number.strip().isdigit(), line
            self.pids[name] = int(number)
        status = Path(f"/proc/{self.pids['first']}/stat").read_text(encoding="utf-8")
        self.supervisor = int(status.rpartition(")")[2].split()[1])
        # Guard, supervisor, three children and the grandchild.
        wait_until(lambda: len(self.find_processes()) == 6, "six processes run")

    def find_processes(self) -> list[int]:
        return processes_with_argument(self.marker)

    def finish(self) -> str:
        """Wait for the end of the guard and return what was printed since the start."""
        output, _ = self.process.communicate(timeout=60)
        return output


@pytest.fixture
def program(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RunningProgram]:
    running = RunningProgram(tmp_path, getattr(request, "param", "well-behaved"))
    yield running
    for pid in running.find_processes():
        os.kill(pid, signal.SIGKILL)
    running.process.wait(10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_everything(program: RunningProgram, number: signal.Signals) -> None:
    program.process.send_signal(number)
    assert program.finish() == "stopped 0\n"
    assert program.process.returncode == 0
    assert program.find_processes() == []


def test_the_death_of_a_child_ends_everything_and_is_reported(program: RunningProgram) -> None:
    os.kill(program.pids["parent"], signal.SIGKILL)
    output = program.finish()
    assert "parent wurde unerwartet beendet (durch das Signal SIGKILL)" in output
    assert f"Letzte Zeilen aus {program.directory / 'parent.log'}:\n  ready" in output
    assert program.process.returncode == 1
    assert program.find_processes() == []


def test_killing_the_supervisor_leaves_nothing(program: RunningProgram) -> None:
    os.kill(program.supervisor, signal.SIGKILL)
    program.finish()
    assert program.process.returncode == 128 + signal.SIGKILL
    assert program.find_processes() == []


def test_killing_the_guard_leaves_nothing(program: RunningProgram) -> None:
    assert program.supervisor != program.process.pid
    program.process.kill()
    program.process.wait(10)
    wait_until(lambda: program.find_processes() == [], "nothing is left")


@pytest.mark.parametrize("program", ["stubborn"], indirect=True)
def test_killing_the_supervisor_of_a_stubborn_child_leaves_nothing(
    program: RunningProgram,
) -> None:
    os.kill(program.supervisor, signal.SIGKILL)
    program.finish()
    assert program.find_processes() == []


@pytest.mark.parametrize("program", ["stubborn"], indirect=True)
def test_a_second_ctrl_c_does_not_wait(program: RunningProgram) -> None:
    program.process.send_signal(signal.SIGINT)
    # The stubborn child is asked first and would be given a minute; the others wait for it.
    log = program.directory / "last.log"
    wait_until(lambda: "asked" in log.read_text(encoding="utf-8"), "the first Ctrl-C arrived")
    assert is_alive(program.pids["first"])
    program.process.send_signal(signal.SIGINT)
    program.finish()
    assert program.find_processes() == []


def test_log_files_hold_the_output_and_are_private(program: RunningProgram) -> None:
    for name in ("first", "parent", "last"):
        log = program.directory / f"{name}.log"
        assert "ready" in log.read_text(encoding="utf-8")
        assert log.stat().st_mode & 0o077 == 0
    program.process.send_signal(signal.SIGTERM)
    program.finish()


def test_a_child_that_is_never_ready_is_reported(tmp_path: Path) -> None:
    code = "import signal; print('still loading', flush=True); signal.pause()"
    child = ChildProcess("Web", [sys.executable, "-c", code], log_path=tmp_path / "web.log")
    child.start()
    try:
        wait_until(lambda: child.read_log_tail() == ["still loading"], "output is in the log")
        with pytest.raises(ChildNotReadyError, match=r"(?s)Web war nach .*still loading"):
            child.wait_until_ready(lambda: False, 0.1)
    finally:
        child.stop()
    assert child.exit_code == -signal.SIGTERM
    assert not is_alive(child.pid)


def test_the_log_tail_shows_this_run_only(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    for word in ("first", "second"):
        child = ChildProcess("child", [sys.executable, "-c", f"print('{word}')"], log_path=log)
        child.start()
        assert child.wait(30)
        assert child.read_log_tail() == [word]
    assert log.read_text(encoding="utf-8") == "first\nsecond\n"


def test_noteworthy_lines_reach_the_terminal_once(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("ERROR: of an earlier run\n", encoding="utf-8")
    follower = LogFollower("Web", log)
    assert follower.read_noteworthy() == []
    with log.open("a", encoding="utf-8") as file:
        file.write('{"level": "info", "event": "fine"}\n{"level": "error", "event": "bad"}\nWARN')
        file.flush()
        assert follower.read_noteworthy() == ['Web: {"level": "error", "event": "bad"}']
        file.write("ING: half a line becomes whole\n")
    assert follower.read_noteworthy() == ["Web: WARNING: half a line becomes whole"]
    assert follower.read_noteworthy() == []


def test_a_flood_of_errors_is_cut(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    follower = LogFollower("Web", log)
    log.write_text("error\n" * 1000, encoding="utf-8")
    lines = follower.read_noteworthy()
    assert len(lines) == 11
    assert lines[-1] == f"Web: 990 weitere Meldungen in {log}"
