"""One running LibreOffice behind its bridge, from its start to its last file."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import weakref
from dataclasses import dataclass
from pathlib import Path

from document_templates.conversion.installation import OfficeInstallation
from document_templates.conversion.isolation import network_isolation
from document_templates.conversion.profile import write_profile

BRIDGE = Path(__file__).with_name("bridge.py")
LENGTH = struct.Struct(">I")
LARGEST_REPLY = 1_000_000
END_SECONDS = 5.0
DIAGNOSIS_CHARACTERS = 500
LOOK_SECONDS = 0.25
"""How often the memory of a working office is looked at."""
ADDRESS_SPACE = 4 * 1024**3
LARGEST_PDF = 256 * 1024**2


class OfficeHung(Exception):
    """No answer before the deadline."""


class OfficeLost(Exception):
    """The bridge or the office ended; the message holds what it wrote last."""


class OfficeGreedy(Exception):
    """The office took more memory for a document than it may; the message says how many bytes."""


class DocumentRefused(Exception):
    """LibreOffice is well but will not convert this document; the message says why."""


@dataclass(frozen=True)
class Reply:
    """What the bridge answered."""

    state: str
    detail: str = ""
    memory: int = 0
    office: int = 0
    version: str = ""


class OfficeProcess:
    """A LibreOffice with its own profile, pipe, process group and no network.

    ``isolation`` tells which walls stand between it and the network.

    Not thread-safe: :class:`~document_templates.conversion.converter.Converter` sees to it
    that one document is converted at a time.
    """

    def __init__(
        self, installation: OfficeInstallation, *, parent_directory: Path | None, timeout: float
    ) -> None:
        """Start the office and wait until it answers, ``timeout`` seconds at most.

        Raises OfficeHung, OfficeLost, or ``OSError`` when the directory cannot be written.
        """
        self.documents = 0
        self.memory = 0
        self.isolation = network_isolation(installation.python)
        self.directory = Path(tempfile.mkdtemp(prefix="siegel-office-", dir=parent_directory))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = self._start(installation)
            if self._process.stdin is not None:
                # The interpreter keeps the handle of a running child that nobody holds any
                # more, and with it the pipe whose end is the bridge's sign to go.
                weakref.finalize(self, self._process.stdin.close)
            ready = self._receive(time.monotonic() + timeout)
        except BaseException:
            self.end()
            raise
        # The bridge leads the process group, so its id is the group's.
        self.bridge_pid = self._process.pid
        self.office_pid = ready.office
        self.version = ready.version

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise OfficeLost("ended")
        return self._process

    def _start(self, installation: OfficeInstallation) -> subprocess.Popen[bytes]:
        profile = self.directory / "profile"
        write_profile(profile)
        pipe = f"siegel_{secrets.token_hex(8)}"
        self._sockets = socket_files(pipe, profile)
        order = {
            "program": str(installation.program),
            "profile": str(profile),
            "directory": str(self.directory),
            "allocator": str(installation.allocator or ""),
            "pipe": pipe,
            "sockets": [str(path) for path in self._sockets],
            "memory": ADDRESS_SPACE,
            "file_size": LARGEST_PDF,
        }
        with (self.directory / "messages.txt").open("wb") as messages:
            return subprocess.Popen(  # noqa: S603 - fixed programs without a shell
                [
                    *self.isolation.prefix,
                    str(installation.python),
                    "-I",
                    str(BRIDGE),
                    json.dumps(order),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=messages,
                env=self._environment(),
                cwd=self.directory,
                bufsize=0,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        # Nothing of ours goes along: the environment of a worker holds passwords.
        return {
            "PATH": os.defpath,
            "HOME": str(self.directory),
            "TMPDIR": str(self.directory),
            "LANG": "C.UTF-8",
            "SAL_USE_VCLPLUGIN": "svp",
            # Many cores mean many malloc arenas, which the address space limit counts.
            "MALLOC_ARENA_MAX": "2",
        }

    def convert(self, docx: bytes, *, title: str, timeout: float, most_memory: int) -> bytes:
        """Return the PDF of ``docx``; no file of either is left behind.

        Raises DocumentRefused, OfficeHung after ``timeout`` seconds, OfficeGreedy when it holds
        more than ``most_memory`` bytes meanwhile, OfficeLost, ``OSError``.
        """
        deadline = time.monotonic() + timeout
        source, target = self.directory / "document.docx", self.directory / "document.pdf"
        try:
            source.write_bytes(docx)
            self._send({"source": str(source), "target": str(target), "title": title})
            reply = self._receive(deadline, most_memory)
            self.documents += 1
            self.memory = reply.memory
            if reply.state != "converted":
                raise DocumentRefused(reply.detail)
            return target.read_bytes()
        finally:
            source.unlink(missing_ok=True)
            target.unlink(missing_ok=True)

    def _send(self, request: dict[str, str]) -> None:
        body = json.dumps(request).encode()
        stream = self._running.stdin
        if stream is None:
            raise OfficeLost("no pipe")
        try:
            # Far below the size of a pipe's buffer, so this does not block.
            stream.write(LENGTH.pack(len(body)) + body)
        except OSError as error:
            raise OfficeLost(self._diagnosis()) from error

    def _receive(self, deadline: float, most_memory: int | None = None) -> Reply:
        (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline, most_memory))
        if length > LARGEST_REPLY:
            raise OfficeLost(f"a reply of {length} bytes")
        return Reply(**json.loads(self._read(length, deadline)))

    def _read(self, count: int, deadline: float, most_memory: int | None = None) -> bytes:
        stream = self._running.stdout
        if stream is None:
            raise OfficeLost("no pipe")
        poll = select.poll()
        poll.register(stream.fileno(), select.POLLIN)
        data = b""
        while len(data) < count:
            left = max(0.0, deadline - time.monotonic())
            if not poll.poll(min(left, LOOK_SECONDS) * 1000):
                if left <= LOOK_SECONDS:
                    raise OfficeHung(self._diagnosis())
                self._require_modesty(most_memory)
                continue
            chunk = os.read(stream.fileno(), count - len(data))
            if not chunk:
                raise OfficeLost(self._diagnosis())
            data += chunk
        return data

    def _require_modesty(self, most_memory: int | None) -> None:
        if most_memory is not None:
            held = resident_memory(self.office_pid)
            if held > most_memory:
                raise OfficeGreedy(str(held))

    def _diagnosis(self) -> str:
        try:
            text = (self.directory / "messages.txt").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return text.strip()[-DIAGNOSIS_CHARACTERS:]

    def end(self) -> None:
        """End office and bridge, however they are, and remove their files. May be repeated."""
        process, self._process = self._process, None
        if process is not None:
            self._end_group(process)
            for path in self._sockets:
                path.unlink(missing_ok=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _end_group(self, process: subprocess.Popen[bytes]) -> None:
        # The end of its input makes the bridge kill and reap the office. Only a bridge that
        # cannot do that any more is killed with its group, and before it is waited for:
        # until then its process id cannot belong to anybody else.
        if process.stdin is not None:
            process.stdin.close()
        if not _ended(process, END_SECONDS):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def forget(self) -> None:
        """Drop the office without ending it: it belongs to the process that forked us."""
        process, self._process = self._process, None
        if process is not None:
            process.returncode = 0
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()


def resident_memory(pid: int) -> int:
    """Return the bytes that a process holds in memory, 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    lines = (line.split() for line in status.splitlines() if line.startswith("VmRSS:"))
    return next((int(words[1]) * 1024 for words in lines), 0)


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the end of the bridge without reaping it unless it went in good order."""
    deadline = time.monotonic() + seconds
    descriptor = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            return False
    finally:
        os.close(descriptor)
    info = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    in_good_order = info is not None and info.si_code == os.CLD_EXITED
    if in_good_order:
        process.wait()
    return in_good_order


def socket_files(pipe: str, profile: Path) -> list[Path]:
    """Return the socket files that LibreOffice makes in /tmp and leaves there when killed.

    Their place and names are fixed in its system layer (``sal/osl/unx/pipe.cxx``): one for
    the pipe that we name, one with a digest of the profile's address that keeps a second
    start from using the same profile.
    """
    digest = hashlib.md5(profile.as_uri().encode("utf-16-le"), usedforsecurity=False).digest()
    single = "SingleOfficeIPC_" + "".join(f"{byte:x}" for byte in digest)
    prefix = f"OSL_PIPE_{os.getuid()}_"
    directories = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - LibreOffice's choice
    return [place / f"{prefix}{name}" for place in directories for name in (pipe, single)]
