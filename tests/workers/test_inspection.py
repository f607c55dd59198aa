"""No other process of the same user reads the secrets of a worker."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from workers import __main__ as entry

PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4
# Some user without privileges; root reads everything.
USER = 65534 if os.getuid() == 0 else os.getuid()


def become_user() -> None:
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)


def prctl(*arguments: int) -> int:
    return int(entry.ctypes.CDLL(None).prctl(*arguments, 0, 0, 0))


class Child:
    """A forked process of :data:`USER` that stays until it is ended."""

    def __init__(self, *, inspectable: bool) -> None:
        ready, tell = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                become_user()
                prctl(PR_SET_DUMPABLE, 1)  # which a change of the user took away
                if not inspectable:
                    entry.forbid_inspection()
                os.write(tell, b"1")
                os.read(os.pipe()[0], 1)
            finally:
                os._exit(1)
        os.close(tell)
        assert os.read(ready, 1) == b"1"
        os.close(ready)

    def end(self) -> None:
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


@pytest.fixture(params=[True, False], ids=["inspectable", "hidden"])
def child(request: pytest.FixtureRequest) -> Iterator[tuple[Child, bool]]:
    inspectable: bool = request.param
    started = Child(inspectable=inspectable)
    yield started, inspectable
    started.end()


@pytest.mark.parametrize("name", ["environ", "mem", "maps"])
def test_nobody_looks_into_a_process_that_forbids_it(child: tuple[Child, bool], name: str) -> None:
    process, inspectable = child
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec 3< /proc/{process.pid}/{name}"],
        preexec_fn=become_user,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert (done.returncode == 0) is inspectable


@pytest.mark.parametrize("name", ["worker", "dispatcher"])
def test_the_processes_forbid_it_before_they_read_a_secret(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def look() -> None:
        # In a fork, so that the tests themselves stay as they are.
        os._exit(10 + prctl(PR_GET_DUMPABLE))

    monkeypatch.setattr(entry, "load_settings", look)
    pid = os.fork()
    if pid == 0:
        try:
            entry.main([name])
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 10
