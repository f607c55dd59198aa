"""Packages of Debian or Ubuntu: found with dpkg, installed with apt where that is allowed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence

from tools.setup.commands import SetupFailed, read_output, run_command

# Each entry is one need; the first name that the distribution has is installed unless one of the
# names is there already. LibreOffice with and without GUI exclude each other.
Need = tuple[str, ...]

RUN_PACKAGES: tuple[Need, ...] = (
    ("libreoffice-writer-nogui", "libreoffice-writer"),
    ("python3-uno",),
    ("libjemalloc2",),
    ("fonts-liberation2", "fonts-liberation"),
    ("fonts-crosextra-carlito",),
    ("fonts-crosextra-caladea",),
    ("fonts-dejavu-core",),
    ("poppler-utils",),
)
TEST_PACKAGES: tuple[Need, ...] = (
    ("radosgw",),
    ("ceph-mon",),
    ("ceph-osd",),
    ("ceph-common",),
    ("chromium", "google-chrome-stable"),
    ("openssl",),
    # A token in software, for seals whose key lies in an HSM.
    ("softhsm2",),
    # A validator of PDF/A by others (Apache PDFBox), which is a Java program.
    ("libpdfbox2-java",),
    ("libcommons-io-java",),
    ("libactivation-java",),
    ("libjaxb-api-java",),
    ("default-jre-headless", "openjdk-17-jre-headless", "openjdk-21-jre-headless"),
)
INSTALL = (
    "apt-get",
    "install",
    "--yes",
    "--no-install-recommends",
    "-o",
    "DPkg::Lock::Timeout=300",
)


def prepare_system_packages(needs: Sequence[Need]) -> None:
    """Install the packages that are missing.

    Raises SetupFailed with the line to run when they may not be installed from here.
    """
    names = [name for need in needs for name in need]
    installed = read_installed(names)
    if installed is None:
        print(f"Dies ist weder Debian noch Ubuntu; bitte sorgen Sie selbst für: {describe(needs)}")
        return
    missing = [need for need in needs if not installed.intersection(need)]
    if not missing:
        return
    line = f"apt-get update && apt-get install --yes --no-install-recommends {describe(missing)}"
    privilege = find_privilege()
    if privilege is None:
        raise SetupFailed(
            "Es fehlen Pakete des Systems. Bitte installieren Sie sie und starten Sie erneut:\n"
            f"  sudo sh -c {shlex.quote(line)}"
        )
    print(f"Pakete des Systems werden installiert: {describe(missing)}", flush=True)
    try:
        install(missing, privilege)
    except SetupFailed as problem:
        raise SetupFailed(f"{problem}\nDie Pakete von Hand installieren:\n  {line}") from None


def read_installed(names: Sequence[str]) -> set[str] | None:
    """Return which of the packages are installed, or None where there is no dpkg."""
    output = read_output(
        ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *names]
    )
    if output is None:
        return None
    return {line.split()[0] for line in output.splitlines() if line.endswith(" installed")}


def find_privilege() -> list[str] | None:
    """Return what to write before apt-get: nothing for root, sudo if it asks no password."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is not None:
        allowed = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False)
        if allowed.returncode == 0:
            return [sudo, "-n"]
    return None


def install(missing: Sequence[Need], privilege: Sequence[str]) -> None:
    """Install one package per need; fetch the package lists anew if the present ones do not do."""
    apt = [*privilege, "env", "DEBIAN_FRONTEND=noninteractive"]
    chosen = choose_available(missing)
    if chosen is not None:
        try:
            run_command([*apt, *INSTALL, *chosen])
        except SetupFailed:
            print("Die Paketlisten sind veraltet und werden neu geholt.", flush=True)
        else:
            return
    run_command([*apt, "apt-get", "update"])
    chosen = choose_available(missing)
    if chosen is None:
        raise SetupFailed(f"Diese Distribution kennt nicht alle Pakete: {describe(missing)}")
    run_command([*apt, *INSTALL, *chosen])


def choose_available(needs: Sequence[Need]) -> list[str] | None:
    """Return the first installable package of each need, None when a need has none."""
    names = [name for need in needs for name in need]
    available = find_candidates(read_output(["apt-cache", "policy", *names]) or "")
    chosen = [next((name for name in need if name in available), None) for need in needs]
    return None if None in chosen else [name for name in chosen if name is not None]


def find_candidates(policy: str) -> set[str]:
    """Return the packages to which the output of ``apt-cache policy`` names a candidate."""
    # The word is translated ("Installationskandidat:"), the place is not.
    found = re.findall(r"^(\S+):\n  \S.*\n  [^:\n]+: (\S+)$", policy, re.MULTILINE)
    return {name for name, candidate in found if not candidate.startswith("(")}


def describe(needs: Sequence[Need]) -> str:
    """Return the first names, separated by blanks."""
    return " ".join(need[0] for need in needs)
