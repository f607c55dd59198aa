"""Taking the network away from the office process.

A DOCX may name pictures by address, and an office that fetches them tells a stranger who
reads what, or reaches services inside the house (CVE-2026-55229 in a comparable service).
Three walls that do not lean on each other. Each is tried out once per process, those that hold
are all used, and none costs anything per document:

1. An empty network namespace, in which not even the loopback device is up:
   ``unshare --net`` for root, ``unshare --user --map-current-user --net`` for everybody else,
   if the kernel lets unprivileged processes make user namespaces. Ubuntu 24.04 forbids it by
   AppArmor, and container runtimes by seccomp.
2. A socket filter (``confinement.py``), which needs no privilege and works there as well:
   no socket but a local one can be opened. Not on architectures it does not know.
3. A Landlock domain, set up by the same script, where the kernel has it: the environment of
   other processes, in which passwords stand, cannot be read. The namespace of a user does
   that too.

Where neither 1 nor 2 holds, the hardened profile (see ``profile.py``) still blocks linked
content, and operations have to deny the converter's egress from outside.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CONFINEMENT = Path(__file__).with_name("confinement.py")
PROBE_SECONDS = 10.0
NAMESPACE_WAYS = (
    ("--net",),
    ("--user", "--map-current-user", "--net"),
)
# Being able to start the script is not the promise; what its child can do is.
SOCKET_PROBE = """
import socket
socket.socket(socket.AF_UNIX).close()
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):
    try:
        socket.socket(family, socket.SOCK_DGRAM)
    except PermissionError:
        continue
    raise SystemExit(f"{family.name} is open")
"""
# The parent of the probe is the process that asks.
PROCESS_PROBE = """
import os
try:
    open(f"/proc/{os.getppid()}/environ", "rb").close()
except PermissionError:
    raise SystemExit(0)
raise SystemExit("the environment of other processes is readable")
"""


@dataclass(frozen=True, slots=True)
class Isolation:
    """Which walls stand around a program that is started with ``prefix``."""

    prefix: tuple[str, ...] = ()
    namespace: bool = False
    socket_filter: bool = False
    foreign_processes_hidden: bool = False

    @property
    def without_network(self) -> bool:
        """Whether nothing outside of the machine and no port of its own can be reached."""
        return self.namespace or self.socket_filter


@cache
def network_isolation(python: Path) -> Isolation:
    """Return all walls that can be built here; ``python`` is the one that runs the bridge."""
    namespace = _namespace_prefix()
    prefix = namespace
    confined = (*namespace, str(python), "-I", str(CONFINEMENT))
    socket_filter = _succeeds((*confined, str(python), "-I", "-c", SOCKET_PROBE))
    if socket_filter:
        prefix = confined
    return Isolation(
        prefix,
        namespace=bool(namespace),
        socket_filter=socket_filter,
        foreign_processes_hidden=_succeeds((*prefix, str(python), "-I", "-c", PROCESS_PROBE)),
    )


def _namespace_prefix() -> tuple[str, ...]:
    unshare = shutil.which("unshare", path=f"{os.defpath}:/usr/sbin:/sbin")
    for way in NAMESPACE_WAYS if unshare is not None else ():
        prefix = (str(unshare), *way)
        # Being able to make the namespace is not the promise; having no route in it is.
        routes = _output((*prefix, "cat", "/proc/net/route"))
        if routes is not None and len(routes.splitlines()) <= 1:
            return prefix
    return ()


def _succeeds(command: tuple[str, ...]) -> bool:
    return _output(command) is not None


def _output(command: tuple[str, ...]) -> bytes | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands without a shell
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
