"""Idle memory of a whole installation: web, one worker, dispatcher and the embedded services.

PSS (proportional set size) counts memory that processes share once, so the sum is what the
machine really gives. Measured freshly started, with the demonstration loaded; LibreOffice starts
with the first document and is not part of it.
"""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TypedDict

MIBIBYTE = 1024
START_SECONDS = 300.0
STOP_SECONDS = 60.0
REST_SECONDS = 5.0
POLL_SECONDS = 0.5
READY_PATH = "/gesundheit/bereit"
# What a small virtual machine has to spare for it.
BUDGET_MIB = 1024.0
# The telling part of a process's command line, and what it is called.
PARTS = {
    "gunicorn": "Web",
    "workers worker": "Worker",
    "workers dispatcher": "Dispatcher",
    "postgres": "PostgreSQL",
    "valkey": "Valkey",
}
OTHER = "Aufsicht"


class Measure(TypedDict):
    """One line of the report."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    runs: int


def run() -> list[Measure]:
    """Start the demonstration in a directory of its own and weigh it."""
    program = Path(sys.executable).with_name("siegel")
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        stack = subprocess.Popen(
            [program, "run", "--data", directory, "--port", str(port)], stdout=subprocess.DEVNULL
        )
        try:
            _wait_until_ready(stack, port)
            time.sleep(REST_SECONDS)
            weights = weigh_parts(stack.pid)
        finally:
            stack.terminate()
            stack.wait(STOP_SECONDS)
    return [
        *(_measure(f"Speicher im Leerlauf: {part}", weights[part]) for part in sorted(weights)),
        _measure("Speicher im Leerlauf: alles", sum(weights.values())),
    ]


def _wait_until_ready(stack: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(port):
        if stack.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the stack did not start; „siegel run“ says why")
        time.sleep(POLL_SECONDS)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", READY_PATH)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def weigh_parts(root: int) -> dict[str, float]:
    """Return the PSS of a process and everything below it in MiB, by part of the product."""
    sizes: dict[str, float] = {}
    for pid in descendants(root):
        size = pss_mib(pid)
        if size:
            part = name_of(command_line(pid))
            sizes[part] = sizes.get(part, 0.0) + size
    return sizes


def name_of(command: str) -> str:
    """Return the part of the product that a command line belongs to."""
    return next((name for mark, name in PARTS.items() if mark in command), OTHER)


def descendants(pid: int) -> list[int]:
    """Return a process and everything below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting += children.get(current, [])
    return found


def pss_mib(pid: int) -> float:
    """Return the proportional set size of a process, 0 when it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    lines = (line.split() for line in text.splitlines())
    return sum(int(line[1]) for line in lines if line and line[0] == "Pss:") / MIBIBYTE


def command_line(pid: int) -> str:
    """Return the arguments of a process with spaces between, empty when it has ended."""
    try:
        content = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return content.replace(b"\0", b" ").decode("utf-8", "replace")


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _measure(name: str, size: float) -> Measure:
    return {
        "name": name,
        "value": round(size, 1),
        "unit": "MiB",
        "baseline": BUDGET_MIB,
        "ratio": round(BUDGET_MIB / size, 2),
        "runs": 1,
    }


if __name__ == "__main__":
    for measure in run():
        print(measure)
