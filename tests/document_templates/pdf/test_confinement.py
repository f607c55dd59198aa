"""What a confined program can no longer do, tried out under the real kernel."""

from __future__ import annotations

import errno
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_templates.conversion.confinement import (
    ALLOW,
    KILL_PROCESS,
    MACHINES,
    REFUSE,
    UNAVAILABLE,
    assemble,
    local_sockets_only,
)
from document_templates.conversion.isolation import CONFINEMENT, network_isolation

PYTHON = sys.executable
CONFINED = (PYTHON, "-I", str(CONFINEMENT))

# Prints the name of the error of each attempt, or "ok".
ATTEMPT = """
import ctypes, errno, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, act):
    try:
        act()
    except OSError as error:
        print(name, errno.errorcode[error.errno])
    else:
        print(name, "ok")
def call(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
"""


def attempts(code: str, *prefix: str) -> dict[str, str]:
    done = subprocess.run(
        [*prefix, PYTHON, "-I", "-c", ATTEMPT + code], capture_output=True, text=True, check=True
    )
    return dict(line.split() for line in done.stdout.splitlines())


SOCKETS = """
for name in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_UNIX"):
    attempt(name, lambda: socket.socket(getattr(socket, name), socket.SOCK_DGRAM))
attempt("pair", lambda: socket.socketpair(socket.AF_UNIX))
attempt("upper-half", lambda: call(41, ctypes.c_ulong(1 << 32 | socket.AF_INET), 1, 0))
"""


def test_no_socket_but_a_local_one_can_be_opened() -> None:
    assert attempts(SOCKETS)["AF_INET"] == "ok", "the control: without the filter it can"
    assert attempts(SOCKETS, *CONFINED) == {
        "AF_INET": "EACCES",
        "AF_INET6": "EACCES",
        "AF_NETLINK": "EACCES",
        "AF_PACKET": "EACCES",
        "AF_VSOCK": "EACCES",
        "AF_UNIX": "ok",
        "pair": "ok",
        "upper-half": "EACCES",
    }


def test_what_a_confined_program_starts_is_confined() -> None:
    inner = (
        "import subprocess, sys;"
        "sys.exit(subprocess.run([sys.executable, '-I', '-c',"
        " 'import socket; socket.socket(socket.AF_INET)']).returncode)"
    )
    assert subprocess.run([PYTHON, "-I", "-c", inner], check=False).returncode == 0
    done = subprocess.run([*CONFINED, PYTHON, "-I", "-c", inner], capture_output=True, check=False)
    assert done.returncode == 1
    assert b"PermissionError" in done.stderr


def test_a_confined_program_gains_no_privileges() -> None:
    status = subprocess.run(
        [*CONFINED, "/bin/cat", "/proc/self/status"], capture_output=True, text=True, check=True
    ).stdout
    assert "NoNewPrivs:\t1\n" in status
    assert "Seccomp:\t2\n" in status


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
def test_ways_around_the_filter_are_refused() -> None:
    code = """
attempt("io_uring_setup", lambda: call(425, 0, 0))
attempt("ptrace", lambda: call(101, 0, 0, 0, 0))
attempt("process_vm_readv", lambda: call(310, os.getpid(), 0, 0, 0, 0, 0))
attempt("process_vm_writev", lambda: call(311, os.getpid(), 0, 0, 0, 0, 0))
attempt("pidfd_getfd", lambda: call(438, os.pidfd_open(os.getpid()), 1, 0))
"""
    free = attempts(code)
    assert "EPERM" not in {free["process_vm_readv"], free["ptrace"], free["pidfd_getfd"]}
    assert set(attempts(code, *CONFINED).values()) == {"EPERM"}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x86-64 has these second tables")
@pytest.mark.parametrize(
    "code",
    [
        # getpid of x32
        "ctypes.CDLL(None).syscall(0x40000000 | 39)",
        # getpid of i386: mov eax, 20; int 0x80; ret
        "page = mmap.mmap(-1, 4096, prot=7); page.write(b'\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3');"
        "ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()",
    ],
    ids=["x32", "i386"],
)
def test_other_tables_of_calls_end_the_program(code: str) -> None:
    program = (PYTHON, "-I", "-c", f"import ctypes, mmap; {code}")
    free = subprocess.run(program, check=False).returncode
    assert free != -signal.SIGSYS
    assert subprocess.run([*CONFINED, *program], check=False).returncode == -signal.SIGSYS


def test_files_may_still_be_moved_between_directories(tmp_path: Path) -> None:
    old, new = tmp_path / "a" / "file", tmp_path / "b" / "file"
    old.parent.mkdir()
    new.parent.mkdir()
    old.touch()
    move = "import os, sys; os.rename(*sys.argv[1:])"
    subprocess.run([*CONFINED, PYTHON, "-I", "-c", move, str(old), str(new)], check=True)
    assert new.exists()


def test_an_unknown_machine_is_told() -> None:
    done = subprocess.run(
        ["setarch", "i686", *CONFINED, "/bin/true"], capture_output=True, text=True, check=False
    )
    assert done.returncode == UNAVAILABLE
    assert done.stderr == "no socket filter for i686\n"


def test_a_script_that_does_not_start_is_no_wall() -> None:
    walls = network_isolation(Path("/bin/false"))
    assert not walls.socket_filter
    assert str(CONFINEMENT) not in walls.prefix


def verdict(program: bytes, architecture: int, number: int, first: int = 0) -> int:
    """Run a filter as the kernel does (Documentation/networking/filter.rst)."""
    data = struct.pack("<iIQ6Q", number, architecture, 0, first, *[0] * 5)
    steps = [program[place : place + 8] for place in range(0, len(program), 8)]
    word, place = 0, 0
    while True:
        code, if_true, if_false, value = struct.unpack("<HBBI", steps[place])
        place += 1
        if code == 0x20:
            (word,) = struct.unpack_from("<I", data, value)
        elif code == 0x06:
            return int(value)
        else:
            assert code in (0x15, 0x35)
            holds = word == value if code == 0x15 else word >= value
            place += if_true if holds else if_false


# From the kernel's arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
SOCKET = {"x86_64": 41, "aarch64": 198}
SOCKETPAIR = {"x86_64": 53, "aarch64": 199}
CONNECT = {"x86_64": 42, "aarch64": 203}
PTRACE = {"x86_64": 101, "aarch64": 117}
PROCESS_VM_READV = {"x86_64": 310, "aarch64": 270}
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
FORBIDDEN_EVERYWHERE = (425, 438)


@pytest.mark.parametrize("name", ["x86_64", "aarch64"])
def test_the_filter_of_each_machine(name: str) -> None:
    program = assemble(local_sockets_only(MACHINES[name]))
    for call in (SOCKET[name], SOCKETPAIR[name]):
        assert verdict(program, AUDIT[name], call, first=1) == ALLOW
        for family in (0, 2, 10, 16, 17, 40, 2**32 - 1, 2**32 + 2):
            assert verdict(program, AUDIT[name], call, first=family) == REFUSE | errno.EACCES
    for call in (*FORBIDDEN_EVERYWHERE, PTRACE[name], PROCESS_VM_READV[name]):
        assert verdict(program, AUDIT[name], call) == REFUSE | errno.EPERM
    assert verdict(program, AUDIT[name], CONNECT[name], first=7) == ALLOW
    for other in {0x40000003, 0x40000028, *AUDIT.values()} - {AUDIT[name]}:
        assert verdict(program, other, CONNECT[name]) == KILL_PROCESS


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**64 - 1))
def test_every_other_call_of_the_machine_passes(number: int, first: int) -> None:
    program = assemble(local_sockets_only(MACHINES["x86_64"]))
    looked_at = {41, 53, 101, 310, 311, 425, 438}
    if number not in looked_at:
        expected = KILL_PROCESS if number >= 0x40000000 else ALLOW
        assert verdict(program, AUDIT["x86_64"], number, first) == expected
