"""Taking the network away from the office process.

A DOCX may name pictures by address, and an office that fetches them tells a stranger who
reads what, or reaches services inside the house (CVE-2026-55229 in a comparable service).
The surest remedy is a network namespace of its own in which not even the loopback device
is up. It costs nothing per document.

Three ways, the first that works is used, tried once per process:

1. ``unshare --net``: root, or a process with CAP_SYS_ADMIN.
2. ``unshare --user --map-current-user --net``: everybody else, if the kernel lets
   unprivileged processes make user namespaces. Ubuntu 24.04 forbids it by AppArmor, and
   container runtimes by seccomp.
3. None. The hardened profile (see ``profile.py``) still blocks linked content, and
   operations have to deny the converter's egress from outside, as the Helm chart's
   NetworkPolicy does. :attr:`Converter.network_isolated` tells which it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

PROBE_SECONDS = 10.0
WAYS = (
    ("--net",),
    ("--user", "--map-current-user", "--net"),
)


@cache
def network_isolation() -> tuple[str, ...]:
    """Return the command prefix that starts a program without network; empty if none works."""
    unshare = shutil.which("unshare", path=f"{os.defpath}:/usr/sbin:/sbin")
    if unshare is None:
        return ()
    for way in WAYS:
        if _works((unshare, *way)):
            return (unshare, *way)
    return ()


def _works(prefix: tuple[str, ...]) -> bool:
    # Being able to make the namespace is not the promise; having no route in it is.
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command without a shell
            [*prefix, "cat", "/proc/net/route"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and len(done.stdout.splitlines()) <= 1
