"""``python -m tests.support.crashing_worker``: workers that are killed, or stopped, after a step.

Each line on standard input names a step; a child works until it has done that step once and is
killed there, and its exit code is answered. ``during-convert`` kills it while LibreOffice is at
work, whose process id is answered before; ``hang-fill`` stops it after ``fill`` until somebody
continues it. The modules are imported once for all children.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from threading import Thread

from document_templates.conversion import Converter
from tenants.logs import write_structured_logs
from tenants.settings import load_settings
from workers.rq_transport import run_worker
from workers.runtime import Runtime

POLL_SECONDS = 0.005


def die() -> None:
    """End this process as the kernel does when memory is short: without any farewell."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_during_conversion(converter: Converter) -> None:
    """End this process as soon as LibreOffice has been given its first document."""
    while converter.office is None:
        time.sleep(POLL_SECONDS)
    sys.stdout.write(f"office {converter.office.office_pid}\n")
    sys.stdout.flush()
    die()


def work(wanted: str) -> None:
    """Work until ``wanted`` has been done once."""

    def after_step(step: str) -> None:
        if step == wanted:
            die()
        if step == "fill" and wanted == "during-convert":
            converter = runtime.workshop.converter
            Thread(target=die_during_conversion, args=(converter,), daemon=True).start()
        if wanted == f"hang-{step}":
            os.kill(os.getpid(), signal.SIGSTOP)

    settings = load_settings()
    with Runtime.from_settings(settings) as runtime:
        runtime.workshop = replace(runtime.workshop, after_step=after_step)
        run_worker(runtime, settings.redis_url, burst=True)


def main() -> None:
    """Do what is asked for, line by line, until there is no more."""
    write_structured_logs()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            work(line.strip())
            os._exit(0)
        sys.stdout.write(f"pid {child}\n")
        sys.stdout.flush()
        _pid, status = os.waitpid(child, 0)
        sys.stdout.write(f"code {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
