"""``python -m workers worker|dispatcher``: the processes behind the request."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from datetime import timedelta
from threading import Event
from types import FrameType

from tenants.logs import write_structured_logs
from tenants.settings import Settings, load_settings
from workers.dispatcher import Dispatcher, run_dispatcher
from workers.rq_transport import open_queue, run_worker
from workers.runtime import Runtime, open_sessions

PR_SET_DUMPABLE = 4


def forbid_inspection() -> None:
    """Hide memory and environment of this process from others of the same user, for ever.

    The environment holds the master key and passwords, and an office that a document has taken
    over is such another process. The kernel writes no memory image of this process either.
    Raises ``OSError``.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _run_dispatcher(settings: Settings) -> None:
    stop = Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    engine, sessions = open_sessions(settings.dispatcher_url)
    dispatcher = Dispatcher(
        sessions,
        open_queue(settings.redis_url),
        window=settings.tenant_window,
        bulk_window=settings.bulk_window,
        reclaim_after=timedelta(seconds=settings.reclaim_seconds),
    )
    try:
        run_dispatcher(engine, dispatcher, stop)
    finally:
        engine.dispose()


def _run_worker(settings: Settings) -> None:
    with Runtime.from_settings(settings) as runtime:
        run_worker(runtime, settings.redis_url)


def main(arguments: list[str]) -> int:
    """Run the process that ``arguments`` names; 2 on wrong usage."""
    processes = {"worker": _run_worker, "dispatcher": _run_dispatcher}
    if len(arguments) != 1 or arguments[0] not in processes:
        sys.stderr.write("Aufruf: python -m workers worker|dispatcher\n")
        return 2
    forbid_inspection()
    write_structured_logs()
    processes[arguments[0]](load_settings())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
