"""Reads a Dockerfile and judges it, because no image can be built where the tests run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# A tag that moves: without a version, or with a major version alone.
MOVING_TAG = re.compile(r"^(latest|stable|slim|[a-z]+|[a-z]+-slim|\d+(-[a-z]+)*)$")
SECRET_WORD = re.compile(r"(password|passwd|secret|token|api_?key|master_?key|private_?key)", re.I)
DOWNLOAD_INTO_SHELL = re.compile(r"(curl|wget)\b[^|;&]*\|\s*(sudo\s+)?(ba|da|z)?sh\b")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction with its continuation lines joined."""

    name: str
    value: str


@dataclass(slots=True)
class Stage:
    """One ``FROM`` and what follows it."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        """Return the values of all instructions with this name, in order."""
        return [item.value for item in self.instructions if item.name == name]


def read_instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions of a Dockerfile without comments. Knows no heredocs."""
    joined = ""
    for line in text.splitlines():
        if line.lstrip().startswith("#") or not (line.strip() or joined):
            continue
        if line.rstrip().endswith("\\"):
            joined += line.rstrip().removesuffix("\\") + " "
            continue
        name, _, value = (joined + line).strip().partition(" ")
        joined = ""
        yield Instruction(name.upper(), re.sub(r"\s+", " ", value).strip())


def read_stages(text: str) -> list[Stage]:
    """Return the build stages of a Dockerfile in order."""
    stages: list[Stage] = []
    for instruction in read_instructions(text):
        if instruction.name == "FROM":
            words = instruction.value.split()
            stages.append(Stage(words[0], words[2] if len(words) == 3 else ""))
        elif stages:
            stages[-1].instructions.append(instruction)
    return stages


def find_faults(text: str) -> list[str]:
    """Return what makes a Dockerfile unfit for production; nothing if it is fit."""
    stages = read_stages(text)
    return [
        *_find_moving_bases(stages),
        *_find_careless_commands(stages),
        *_find_secrets(stages),
        *_find_root(stages[-1]),
    ]


def _find_moving_bases(stages: list[Stage]) -> Iterator[str]:
    own = {stage.name for stage in stages}
    for stage in stages:
        name, _, tag = stage.base.rpartition(":")
        if stage.base not in own and (not name or "@" in name or MOVING_TAG.match(tag)):
            yield f"base {stage.base} is not pinned to a version"


def _find_careless_commands(stages: list[Stage]) -> Iterator[str]:
    for stage in stages:
        for command in stage.values("RUN"):
            if DOWNLOAD_INTO_SHELL.search(command):
                yield f"runs what it downloads: {command}"
            for part in re.split(r"&&|;", command):
                yield from _judge_command(part.strip())
            if "apt-get install" in command and "rm -rf /var/lib/apt/lists" not in command:
                yield f"keeps the package lists: {command}"
        if stage.values("ADD"):
            yield "ADD downloads and unpacks; COPY says what it does"


def _judge_command(part: str) -> Iterator[str]:
    if "apt-get install" in part and "--no-install-recommends" not in part:
        yield f"installs more than named: {part}"
    if re.search(r"\bnpm (i|install)\b", part):
        yield f"ignores the lock file: {part}"
    if re.search(r"\bpip\S* install\b", part) and not (
        "--require-hashes" in part or ("--no-index" in part and "--no-deps" in part)
    ):
        yield f"installs without hashes: {part}"


def _find_secrets(stages: list[Stage]) -> Iterator[str]:
    for stage in stages:
        for kind in ("ENV", "ARG"):
            for value in stage.values(kind):
                if SECRET_WORD.search(value):
                    yield f"{kind} would keep a secret in the image: {value}"
        for value in stage.values("COPY"):
            if "--from=" not in value and value.split()[0] in (".", "./"):
                yield "COPY . takes along whatever lies in the folder"


def _find_root(last: Stage) -> Iterator[str]:
    users = last.values("USER")
    if not users or not re.match(r"^[1-9]\d*(:[1-9]\d*)?$", users[-1]):
        yield "the last USER is not a number other than 0, so runAsNonRoot cannot be checked"
