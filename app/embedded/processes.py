"""The supervisor: starts processes in order, watches them, ends them all in reverse order."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import TextIO

from app.embedded.child_process import ChildEndedError, ChildProcess
from app.embedded.process_tree import collect_orphans, end_descendants
from tenants.language import _

READY_SECONDS = 60.0
POLL_SECONDS = 0.5
STOP_POLL_SECONDS = 0.05
REMAINS_SECONDS = 5.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# What of a log also belongs on the terminal, whatever wrote it (PostgreSQL, gunicorn, our JSON).
NOTEWORTHY = re.compile(r"\b(warning|error|critical|fatal|panic|traceback)\b", re.IGNORECASE)
SHOWN_LINES_PER_POLL = 10


class StopRequested(BaseException):
    """Someone asked the stack to end: Ctrl-C, SIGTERM or a closed terminal. Not an error."""


class Supervisor:
    """Processes that live and die together, as a context manager in the main thread.

    Within the ``with`` block a stop signal raises ``StopRequested``. Leaving the block ends every
    process in reverse order and whatever these left behind; a Ctrl-C meanwhile kills instead.
    """

    def __init__(self, *, terminal: TextIO | None = None) -> None:
        """``terminal`` gets the noteworthy log lines and is standard error unless given."""
        self._terminal = terminal or sys.stderr
        self._children: list[ChildProcess] = []
        self._followers: dict[Path, LogFollower] = {}
        self._previous: dict[signal.Signals, signal.Handlers | SignalHandler | int | None] = {}
        self._ending = False
        self._kill_at_once = False

    def __enter__(self) -> Supervisor:
        for number in STOP_SIGNALS:
            self._previous[number] = signal.signal(number, self._on_stop_signal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending = True
        try:
            self._end_all()
        finally:
            for number, handler in self._previous.items():
                signal.signal(number, handler)

    def start(
        self,
        child: ChildProcess,
        is_ready: Callable[[], bool] = lambda: True,
        seconds: float = READY_SECONDS,
    ) -> None:
        """Start a process and wait until it is ready.

        Raises ChildEndedError when this or an earlier process ends meanwhile, ChildNotReadyError
        after ``seconds``.
        """
        # Listed first: a stop signal between the two lines must find the process.
        self.adopt(child)
        child.start()

        def is_ready_and_all_run() -> bool:
            self.check_all_run(besides=child)
            return is_ready()

        child.wait_until_ready(is_ready_and_all_run, seconds)

    def adopt(self, child: ChildProcess) -> None:
        """Take over a process that someone else starts: it is watched and ended like the others."""
        self._children.append(child)
        self._followers.setdefault(child.log_path, LogFollower(child.name, child.log_path))

    def check_all_run(self, *, besides: ChildProcess | None = None) -> None:
        """Raise ChildEndedError when a process has ended."""
        for child in self._children:
            if child is not besides and child.exit_code is not None:
                raise ChildEndedError(child.describe_end())

    def watch(self) -> None:
        """Show noteworthy log lines until a process ends, which raises ChildEndedError."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        previous_wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        # Without a handler, the end of a child would not wake the loop.
        previous_handler = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        try:
            while True:
                self._show_log_lines()
                self.check_all_run()
                collect_orphans([child.pid for child in self._children])
                if select.select([reading], [], [], POLL_SECONDS)[0]:
                    os.read(reading, 4096)
        finally:
            signal.signal(signal.SIGCHLD, previous_handler)
            signal.set_wakeup_fd(previous_wakeup)
            os.close(reading)
            os.close(writing)

    def _show_log_lines(self) -> None:
        for follower in self._followers.values():
            for line in follower.read_noteworthy():
                print(line, file=self._terminal, flush=True)

    def _end_all(self) -> None:
        for child in reversed(self._children):
            child.request_stop()
            deadline = time.monotonic() + child.stop_seconds
            while not child.wait(STOP_POLL_SECONDS):
                if self._kill_at_once or time.monotonic() > deadline:
                    break
            child.kill()
        end_descendants(0 if self._kill_at_once else REMAINS_SECONDS)

    def _on_stop_signal(self, number: int, _frame: FrameType | None) -> None:
        if not self._ending:
            raise StopRequested
        if number == signal.SIGINT:
            self._kill_at_once = True


SignalHandler = Callable[[int, FrameType | None], None]


class LogFollower:
    """The lines that were added to a log file since the last look."""

    def __init__(self, name: str, path: Path) -> None:
        """Begin at the present end of the file, which need not exist yet."""
        self._name = name
        self._path = path
        self._position = path.stat().st_size if path.exists() else 0

    def read_noteworthy(self) -> list[str]:
        """Return new complete lines that tell of warnings and errors, each with the name.

        Of a flood only the first are returned, with the number of the others.
        """
        if not self._path.exists():
            return []
        if self._path.stat().st_size < self._position:
            self._position = 0
        with self._path.open("rb") as log:
            log.seek(self._position)
            text = log.read()
        complete = text[: text.rfind(b"\n") + 1]
        self._position += len(complete)
        lines = complete.decode(errors="replace").splitlines()
        found = [f"{self._name}: {line}" for line in lines if NOTEWORTHY.search(line)]
        shown = found[:SHOWN_LINES_PER_POLL]
        if len(found) > len(shown):
            shown.append(
                _("{name}: {count} weitere Meldungen in {path}").format(
                    name=self._name, count=len(found) - len(shown), path=self._path
                )
            )
        return shown
