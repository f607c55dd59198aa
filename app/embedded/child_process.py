"""One named process of the stack: started, watched, ended, with its own log file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.embedded.accounts import SystemAccount
from app.embedded.errors import EmbeddedStackError
from app.embedded.process_tree import send_signal, send_signal_to_group
from tenants.language import _

POLL_SECONDS = 0.05
SHOWN_LOG_LINES = 15
# A log that grew beyond this is set aside when the process is started next.
LARGEST_LOG_BYTES = 10_000_000


class ChildEndedError(EmbeddedStackError):
    """A process of the stack ended although it should run."""


class ChildNotReadyError(EmbeddedStackError):
    """A process of the stack runs but was not ready in time."""


class ChildProcess:
    """A process in a session of its own, which ends when the process that started it ends."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log_path: Path,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
        account: SystemAccount | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        stop_seconds: float = 10.0,
    ) -> None:
        """Describe the process; ``start`` starts it.

        ``environment`` replaces the current one, ``stop_signal`` asks the process to end and
        ``stop_seconds`` is how long it may take before it is killed.
        """
        self.name = name
        self.log_path = log_path
        self.stop_seconds = stop_seconds
        self._command = [str(part) for part in command]
        self._environment = None if environment is None else dict(environment)
        self._directory = directory
        self._account = account
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def start(self) -> None:
        """Start the process. Its output is appended to the log file (mode 0600).

        Call it from the main thread: the kernel ends the process with the thread that started it.
        """
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        if self.log_path.exists() and self.log_path.stat().st_size > LARGEST_LOG_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        log = os.open(self.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._log_start = os.fstat(log).st_size
            self._process = subprocess.Popen(  # noqa: S603  # the stack's own commands
                wrap_command(self._command, self._account, self._stop_signal),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                cwd=self._directory,
                start_new_session=True,
            )
        finally:
            os.close(log)

    @property
    def pid(self) -> int:
        """The process id. Raises EmbeddedStackError when the process was never started."""
        if self._process is None:
            raise EmbeddedStackError(_("{name} wurde nicht gestartet.").format(name=self.name))
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit status, negative for a signal, None while the process runs or never ran."""
        return None if self._process is None else self._process.poll()

    @property
    def is_running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def wait(self, seconds: float) -> bool:
        """Wait up to ``seconds`` for the end; tell whether the process has ended."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait_until_ready(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Poll ``is_ready`` until it is true.

        Raises ChildEndedError when the process ends first, ChildNotReadyError after ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.wait(POLL_SECONDS):
                raise ChildEndedError(self.describe_end())
            if time.monotonic() > deadline:
                raise ChildNotReadyError(
                    _("{name} war nach {seconds} Sekunden nicht bereit.\n{log}").format(
                        name=self.name, seconds=round(seconds), log=self.describe_log()
                    )
                )

    def request_stop(self) -> None:
        """Ask the process to end, without waiting."""
        if self.is_running:
            send_signal(self.pid, self._stop_signal)

    def kill(self) -> None:
        """Kill the process and its whole process group, and collect it."""
        if self._process is None:
            return
        send_signal_to_group(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End the process: ask, wait up to ``stop_seconds``, then kill it and its group."""
        self.request_stop()
        self.wait(self.stop_seconds)
        self.kill()

    def read_log_tail(self, lines: int = SHOWN_LOG_LINES) -> list[str]:
        """Return the last lines that this run of the process has written."""
        if not self.log_path.exists():
            return []
        with self.log_path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, size - 64_000))
            return log.read().decode(errors="replace").splitlines()[-lines:]

    def describe_end(self) -> str:
        """Return the German sentence about how the process ended, with its last log lines."""
        code = self.exit_code
        if code is not None and code < 0:
            how = _("durch das Signal {signal}").format(signal=signal.Signals(-code).name)
        else:
            how = _("mit Status {status}").format(status=code)
        return _("{name} wurde unerwartet beendet ({how}).\n{log}").format(
            name=self.name, how=how, log=self.describe_log()
        )

    def describe_log(self) -> str:
        """Return the last log lines, indented, under the name of the file they come from."""
        lines = [f"  {line}" for line in self.read_log_tail()]
        shown = "\n".join(lines) if lines else _("  (keine Ausgabe)")
        return _("Letzte Zeilen aus {path}:\n{lines}").format(path=self.log_path, lines=shown)


def wrap_command(
    command: Sequence[str],
    account: SystemAccount | None = None,
    parent_death_signal: signal.Signals = signal.SIGKILL,
) -> list[str]:
    """Return ``command`` run by setpriv(1) so that it gets a signal when its parent ends.

    setpriv also changes to ``account``. It belongs to util-linux, which every Debian and Ubuntu
    has; done in Python, this would run code between fork and exec, which is unsafe with threads.
    Raises EmbeddedStackError when setpriv is missing.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedStackError(
            _("Das Programm setpriv fehlt. Installieren Sie es: apt-get install util-linux")
        )
    options = [] if account is None else account.setpriv_options()
    death = parent_death_signal.name.removeprefix("SIG")
    return [setpriv, *options, f"--pdeathsig={death}", "--", *command]
