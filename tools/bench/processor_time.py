"""How long processors worked for a process, which depends less on neighbours than a clock."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Spent(NamedTuple):
    """Seconds by the clock, and seconds of processors."""

    clock: float
    processor: float


def spent_on(work: Callable[[], object], *processes: int) -> Spent:
    """Carry out ``work``; count what this process, ended children and ``processes`` do for it."""
    started, busy = time.perf_counter(), _busy(processes)
    work()
    return Spent(time.perf_counter() - started, _busy(processes) - busy)


def _busy(processes: tuple[int, ...]) -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    others = [one for process in processes for one in (process, *_descendants(process))]
    return time.process_time() + children.ru_utime + children.ru_stime + sum(map(_busy_of, others))


def _busy_of(process: int) -> float:
    # clock_getcpuclockid(3): nanoseconds, where /proc knows hundredths of a second.
    return time.clock_gettime((~process << 3) | 2)


def _descendants(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        # A thread may end while it is looked at.
        with suppress(OSError):
            for child in (task / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found
