"""What a start of the embedded stack is told: where, which commands, what to say when ready."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.embedded.child_process import ChildProcess
from app.embedded.errors import EmbeddedStackError
from tenants.language import _

Environment = Mapping[str, str]
Step = Callable[[Environment], None]
# A first import on a slow machine; later ones take a second.
STEP_SECONDS = 600.0


@dataclass(frozen=True)
class DemoTenant:
    """A tenant that is named when the stack is ready."""

    name: str
    path: str


@dataclass(frozen=True)
class DemoLogin:
    """A login that is named when the stack is ready; only ever of invented people."""

    role: str
    user_name: str
    password: str


@dataclass(frozen=True)
class StackCommands:
    """The commands of the product's own processes."""

    web: Sequence[str]
    worker: Sequence[str]
    dispatcher: Sequence[str]


def installed_commands() -> StackCommands:
    """Return the ``siegel`` commands of the environment that runs this program."""
    siegel = str(Path(sys.executable).with_name("siegel"))
    return StackCommands((siegel, "web"), (siegel, "worker"), (siegel, "dispatcher"))


@dataclass(frozen=True)
class StackSettings:
    """Everything a start needs; ``migrate`` and ``load_demo`` get the complete environment.

    ``data_directory`` holds all data, ``project_directory`` is where commands run. ``ready_path``
    is a page of the web process that answers with a status below 500 once it serves.
    """

    data_directory: Path
    project_directory: Path
    commands: StackCommands
    migrate: Step
    load_demo: Step
    port: int = 8000
    worker_count: int = 1
    ready_path: str = "/"
    tenants: Sequence[DemoTenant] = ()
    logins: Sequence[DemoLogin] = ()

    @property
    def public_url(self) -> str:
        """The address people open."""
        return f"http://localhost:{self.port}"

    @property
    def log_directory(self) -> Path:
        """Where each process has its log file."""
        return self.data_directory / "log"


def command_step(name: str, command: Sequence[str], log_path: Path, directory: Path) -> Step:
    """Return a step that runs a command to its end, with its output in ``log_path``.

    The step raises EmbeddedStackError with the last log lines when the command fails or takes
    longer than ten minutes.
    """

    def run(environment: Environment) -> None:
        child = ChildProcess(
            name, command, log_path=log_path, environment=environment, directory=directory
        )
        child.start()
        try:
            ended = child.wait(STEP_SECONDS)
        finally:
            child.stop()
        if not ended or child.exit_code != 0:
            raise EmbeddedStackError(
                _("{name} ist fehlgeschlagen.\n{log}").format(name=name, log=child.describe_log())
            )

    return run
