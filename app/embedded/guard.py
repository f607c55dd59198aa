"""Two processes that watch each other, so that a stack never outlives its supervisor.

``run_guarded`` splits the program: the outer process only waits, the inner one does the work.
Killing the outer one makes the kernel ask the inner one to stop; killing the inner one hands
its children to the outer one, which ends them. Whatever a child itself left running (a converter,
an RQ work horse with its own process group) goes to the inner or outer one and ends with the rest.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from app.embedded.process_tree import (
    adopt_orphans,
    die_with_parent,
    end_descendants,
    send_signal,
)

GRACE_SECONDS = 10.0
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_guarded(function: Callable[[], int], *, grace_seconds: float = GRACE_SECONDS) -> int:
    """Run ``function`` in an inner process and return its exit status.

    Call it before threads are started and before large modules are loaded: the outer process keeps
    what is loaded now. When the inner process has ended, for whatever reason, everything that is
    still alive below it gets SIGTERM and, ``grace_seconds`` later, SIGKILL. Signals for the outer
    process are passed on once; a terminal's Ctrl-C does not reach the inner process a second time,
    because it has a session of its own.
    """
    adopt_orphans()
    sys.stdout.flush()
    sys.stderr.flush()
    guard = os.getpid()
    # A Ctrl-C between fork and the handlers would end one of the two alone.
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    inner = os.fork()
    if inner == 0:
        _run_inner(function, guard)
    previous = {number: signal.signal(number, _forward_to(inner)) for number in FORWARDED}
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
    status = _wait_for(inner)
    end_descendants(grace_seconds)
    for number, handler in previous.items():
        signal.signal(number, handler)
    return status


def _run_inner(function: Callable[[], int], guard: int) -> None:
    status = os.EX_SOFTWARE
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        die_with_parent(guard, signal.SIGTERM)
        adopt_orphans()
        status = function()
    finally:
        # The caller's frames belong to the outer process: this one must not return into them.
        error = sys.exception()
        if error is not None:
            sys.excepthook(type(error), error, error.__traceback__)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _forward_to(pid: int) -> Callable[[int, FrameType | None], None]:
    def forward(number: int, _frame: FrameType | None) -> None:
        send_signal(pid, signal.SIGTERM if number == signal.SIGHUP else number)

    return forward


def _wait_for(pid: int) -> int:
    """Wait for ``pid``, collecting adopted orphans meanwhile; return a shell's exit status."""
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
