"""Processes below this one, as Linux knows them, and how to end them all."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Collection
from pathlib import Path

# <linux/prctl.h>
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

# How often the process table is read while processes are ending.
POLL_SECONDS = 0.05
# A process in an uninterruptible system call outlives SIGKILL for a while; we do not wait forever.
KILL_SECONDS = 5.0


def adopt_orphans() -> None:
    """Make this process the parent of every descendant whose own parent ends first."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int, signum: signal.Signals) -> None:
    """Have the kernel send ``signum`` to this process when ``parent`` ends.

    ``parent`` is the process id seen before the fork: the parent may be gone already.
    """
    _prctl(PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:
        os.kill(os.getpid(), signum)


def list_descendants(ancestor: int) -> list[int]:
    """Return the ids of all living processes below ``ancestor``, children before grandchildren."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The command name stands in parentheses and may hold anything, also parentheses.
            state, parent = (entry / "stat").read_bytes().rpartition(b")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state not in (b"Z", b"X"):
            children.setdefault(int(parent), []).append(int(entry.name))
    found: list[int] = []
    waiting = [ancestor]
    while waiting:
        below = children.get(waiting.pop(0), [])
        found += below
        waiting += below
    return found


def end_descendants(seconds: float) -> None:
    """End every process below this one: SIGTERM first, SIGKILL after ``seconds``.

    Returns when none is left. Processes started through ``subprocess`` must have been waited for,
    because their exit status is collected here.
    """
    deadline = time.monotonic() + seconds
    asked: set[int] = set()
    while True:
        _collect_ended_children()
        alive = list_descendants(os.getpid())
        now = time.monotonic()
        if not alive or now > deadline + KILL_SECONDS:
            return
        for pid in alive:
            if now > deadline:
                send_signal(pid, signal.SIGKILL)
            elif pid not in asked:
                send_signal(pid, signal.SIGTERM)
                asked.add(pid)
        time.sleep(POLL_SECONDS)


def collect_orphans(own: Collection[int]) -> None:
    """Collect ended processes that came to this one as orphans, all but ``own``.

    The exit status of ``own`` is left to ``subprocess``. Without this they stay as zombies.
    """
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in own:
            return
        os.waitpid(ended.si_pid, 0)


def send_signal(pid: int, signum: int) -> None:
    """Send a signal to a process that may have ended already."""
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return


def send_signal_to_group(group: int, signum: int) -> None:
    """Send a signal to a process group that may have ended already."""
    try:
        os.killpg(group, signum)
    except ProcessLookupError:
        return


def _collect_ended_children() -> None:
    while True:
        try:
            pid, _status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
