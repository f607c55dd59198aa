"""Starts a program that can open local sockets alone and see into no foreign process.

``python3 -I confinement.py PROGRAM ARGUMENT…`` takes the rights from itself and becomes the
program; what that starts inherits the loss. Needs no privilege and no namespace, so it works
where ``unshare`` is forbidden: in containers under their runtime's seccomp profile, on Ubuntu
under AppArmor. Uses the standard library alone and imports nothing of the product, because the
system's Python runs it.

Two walls:

1. A seccomp filter (``seccomp(2)``, Linux 3.5): ``socket`` and ``socketpair`` know no family but
   AF_UNIX, over which the bridge talks to its office. io_uring, which opens sockets past the
   filter, and the calls that reach into other processes are refused. x86-64 and ARM64; on any
   other machine this script ends with :data:`UNAVAILABLE`.
2. A Landlock domain (``landlock(7)``, Linux 5.19), where the kernel has it: ``/proc`` hides the
   memory and the environment of every process outside, although they run as the same user.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
import sys
from typing import NamedTuple, NoReturn

UNAVAILABLE = 69  # EX_UNAVAILABLE of sysexits.h

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2

# What a filter may return (linux/seccomp.h).
KILL_PROCESS = 0x80000000
REFUSE = 0x00050000
ALLOW = 0x7FFF0000

# Where struct seccomp_data holds what a filter looks at. Both machines are little endian, so the
# lower half of the first argument, all that the kernel reads of an int, comes first.
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16

# Classic BPF (linux/bpf_common.h).
LOAD_WORD = 0x20
JUMP_IF_EQUAL = 0x15
JUMP_IF_AT_LEAST = 0x35
RETURN = 0x06

# x86-64 kernels may offer a second table of calls, x32; its numbers have this bit.
X32_BIT = 0x40000000

LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_CREATE_RULESET_VERSION = 1
LANDLOCK_RULE_PATH_BENEATH = 1
LANDLOCK_ACCESS_FS_MAKE_CHAR = 1 << 6
LANDLOCK_ACCESS_FS_REFER = 1 << 13
OLDEST_LANDLOCK = 2

LIBC = ctypes.CDLL(None, use_errno=True)


class Machine(NamedTuple):
    """How the kernel names an architecture and numbers the calls on it."""

    architecture: int
    open_socket: tuple[int, ...]
    forbidden: tuple[int, ...]
    has_x32: bool


MACHINES = {
    "x86_64": Machine(
        0xC000003E,
        (41, 53),  # socket, socketpair
        (425, 101, 310, 311, 438),
        has_x32=True,
    ),
    "aarch64": Machine(
        0xC00000B7,
        (198, 199),
        # io_uring_setup, ptrace, process_vm_readv, process_vm_writev, pidfd_getfd
        (425, 117, 270, 271, 438),
        has_x32=False,
    ),
}


class Instruction(NamedTuple):
    """One instruction of classic BPF: ``struct sock_filter``."""

    code: int
    value: int
    skip_if_true: int = 0
    skip_if_false: int = 0


class FilterProgram(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def load(offset: int) -> Instruction:
    """Look at the word at ``offset`` from now on."""
    return Instruction(LOAD_WORD, offset)


def answer(action: int) -> Instruction:
    """End the filter: this is what happens to the call."""
    return Instruction(RETURN, action)


def when(value: int, *block: Instruction) -> tuple[Instruction, ...]:
    """Run ``block`` if the word looked at is ``value``."""
    return (Instruction(JUMP_IF_EQUAL, value, skip_if_false=len(block)), *block)


def unless(value: int, *block: Instruction) -> tuple[Instruction, ...]:
    """Run ``block`` if the word looked at is not ``value``."""
    return (Instruction(JUMP_IF_EQUAL, value, skip_if_true=len(block)), *block)


def from_number(value: int, *block: Instruction) -> tuple[Instruction, ...]:
    """Run ``block`` if the word looked at is ``value`` or more."""
    return (Instruction(JUMP_IF_AT_LEAST, value, skip_if_false=len(block)), *block)


def local_sockets_only(machine: Machine) -> tuple[Instruction, ...]:
    """Return the filter for ``machine``."""
    program = [
        load(ARCHITECTURE),
        # Calls of another architecture have other numbers: nothing below would hold for them.
        *unless(machine.architecture, answer(KILL_PROCESS)),
        load(NUMBER),
    ]
    if machine.has_x32:
        program += from_number(X32_BIT, answer(KILL_PROCESS))
    for number in machine.forbidden:
        program += when(number, answer(REFUSE | errno.EPERM))
    for number in machine.open_socket:
        program += when(
            number,
            load(FIRST_ARGUMENT),
            *unless(socket.AF_UNIX, answer(REFUSE | errno.EACCES)),
            answer(ALLOW),
        )
    return (*program, answer(ALLOW))


def assemble(program: tuple[Instruction, ...]) -> bytes:
    """Return the instructions as the kernel reads them."""
    return b"".join(
        struct.pack("=HBBI", step.code, step.skip_if_true, step.skip_if_false, step.value)
        for step in program
    )


def forbid_new_privileges() -> None:
    """Let no later program gain rights; the kernel demands it of who installs a filter.

    Raises ``OSError``.
    """
    _check(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def install_filter(program: tuple[Instruction, ...]) -> None:
    """Put this process under a filter for ever. Raises ``OSError`` when the kernel will not."""
    filter_program = FilterProgram(len(program), assemble(program))
    _check(LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter_program)))


def enter_domain() -> bool:
    """Enter a Landlock domain; tell whether the kernel had one to offer.

    Being in a domain is what hides foreign processes. A domain must forbid something, so this
    one forbids making device files; and as every domain forbids moving files between
    directories, it allows that again everywhere. Raises ``OSError``.
    """
    if _landlock_version() < OLDEST_LANDLOCK:
        return False
    handled = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_REFER
    attributes = struct.pack("=Q", handled)
    rules = LIBC.syscall(LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    _check(rules)
    root = os.open("/", os.O_PATH)
    try:
        everywhere = struct.pack("=Qi", LANDLOCK_ACCESS_FS_REFER, root)
        _check(LIBC.syscall(LANDLOCK_ADD_RULE, rules, LANDLOCK_RULE_PATH_BENEATH, everywhere, 0))
        _check(LIBC.syscall(LANDLOCK_RESTRICT_SELF, rules, 0))
    finally:
        os.close(root)
        os.close(rules)
    return True


def _landlock_version() -> int:
    return int(LIBC.syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_CREATE_RULESET_VERSION))


def _check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def main(command: list[str]) -> NoReturn:
    """Become ``command`` with the rights taken away."""
    machine = MACHINES.get(os.uname().machine)
    if machine is None or struct.calcsize("P") != 8:
        sys.stderr.write(f"no socket filter for {os.uname().machine}\n")
        sys.exit(UNAVAILABLE)
    try:
        forbid_new_privileges()
        enter_domain()
        install_filter(local_sockets_only(machine))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(UNAVAILABLE)
    os.execv(command[0], command)  # noqa: S606 - the caller's program, without a shell


if __name__ == "__main__":
    main(sys.argv[1:])
