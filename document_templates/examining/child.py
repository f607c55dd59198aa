"""``python -m document_templates.examining.child``: the process that reads a foreign PDF.

Standard input carries the length of the trusted certificates, the certificates as PEM, and the
file; standard output the finding as JSON. What the file makes it do ends with it.
"""

from __future__ import annotations

import resource
import sys

MEMORY = 768 * 1024**2
CPU_SECONDS = 15
LENGTH_BYTES = 8


def give_up_rights() -> None:
    """Allow this process little memory and time, no file to write and no process to start."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Examine one file."""
    from document_templates.certificates import read_certificates
    from document_templates.examining.inspecting import inspect_file
    from document_templates.examining.report import dump_finding

    # The libraries are loaded by now; only the file is still to come.
    give_up_rights()
    given = sys.stdin.buffer
    length = int.from_bytes(given.read(LENGTH_BYTES))
    pem = given.read(length)
    finding = inspect_file(given.read(), read_certificates(pem) if pem else [])
    sys.stdout.buffer.write(dump_finding(finding))
    return 0


if __name__ == "__main__":
    sys.exit(main())
