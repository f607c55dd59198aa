"""The system account a server runs under when the stack was started by root.

PostgreSQL refuses to run as root. It then runs as ``nobody``, or as the owner of existing data.
A clone often lies below a directory that only root may enter (``/root``); instead of opening such
directories to everyone, the server keeps one Linux capability that lets it pass.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import EmbeddedStackError
from tenants.language import _

UNPRIVILEGED_ACCOUNT = "nobody"
# Bit numbers of <linux/capability.h>. The first grants less: reading and passing, not writing.
CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}


@dataclass(frozen=True)
class SystemAccount:
    """The user and group a process changes to, and the one capability it may need to keep."""

    uid: int
    gid: int
    capability: str | None = None

    def setpriv_options(self) -> list[str]:
        """Return the options for setpriv(1) that turn root into this account."""
        options = [
            f"--reuid={self.uid}",
            f"--regid={self.gid}",
            "--clear-groups",
            "--no-new-privs",
        ]
        if self.capability:
            options += [
                f"--inh-caps=+{self.capability}",
                f"--ambient-caps=+{self.capability}",
                # Without this, access(2), by which initdb looks for postgres, ignores it.
                "--securebits=+no_setuid_fixup",
            ]
        return options


def choose_account(data: Path, needed: Sequence[Path]) -> SystemAccount | None:
    """Return the account for a server that refuses root, or None when root is not running.

    ``data`` is the server's data directory (it need not exist, its parent must), ``needed`` are
    files the server must read or execute. Raises EmbeddedStackError when it could not reach them.
    """
    if os.geteuid() != 0:
        return None
    owner = data.stat().st_uid if data.exists() else 0
    entry = pwd.getpwuid(owner) if owner else pwd.getpwnam(UNPRIVILEGED_ACCOUNT)
    closed = [path for path in (data.parent, *needed) if not _everyone_reaches(path)]
    if not closed:
        return SystemAccount(entry.pw_uid, entry.pw_gid)
    # Passing directories is not enough to execute a file that only its owner may execute.
    executables_open = all(
        _everyone_may(path, stat.S_IXOTH) for path in needed if os.access(path, os.X_OK)
    )
    for name, bit in CAPABILITIES.items():
        if _own_capabilities() >> bit & 1 and (name == "dac_override" or executables_open):
            return SystemAccount(entry.pw_uid, entry.pw_gid, name)
    raise EmbeddedStackError(
        _(
            "PostgreSQL läuft nicht als root, und der Benutzer {user} darf {path} nicht lesen. "
            "Starten Sie als normaler Benutzer oder in einem Verzeichnis, das jeder betreten darf."
        ).format(user=entry.pw_name, path=closed[0])
    )


def _everyone_reaches(path: Path) -> bool:
    resolved = path.resolve()
    passable = all(_everyone_may(parent, stat.S_IXOTH) for parent in resolved.parents)
    wanted = stat.S_IXOTH if resolved.is_dir() else stat.S_IROTH
    return passable and _everyone_may(resolved, wanted)


def _everyone_may(path: Path, bits: int) -> bool:
    return path.stat().st_mode & bits == bits


def _own_capabilities() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    return 0
