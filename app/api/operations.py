"""What the API can do, described once: routes, checks and the OpenAPI document come from it.

An own description instead of apispec: that merges dictionaries which somebody else keeps in step
with the code. Here a parameter that is not described is refused, so the document cannot lag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.api.schemas import Schema
from forms.expressions.nodes import Json
from forms.viewer import Viewer

Query = Mapping[str, str | int]
_PART = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A part of the path or the query, with the JSON Schema of its value."""

    name: str
    description: str
    schema: Schema
    where: Literal["path", "query"] = "query"


@dataclass(frozen=True, slots=True)
class Bearer:
    """The token behind a call."""

    token_id: str
    scopes: frozenset[str]
    viewer: Viewer
    organisation_id: str | None
    organisation_name: str
    name: str


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that came with a call."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One checked call: its path and query, its body as the schema demands, who makes it."""

    path: Mapping[str, str]
    query: Query
    body: Mapping[str, Json]
    bearer: Bearer
    if_match: str = ""
    file: SentFile | None = None

    def number(self, name: str) -> int:
        """Return a whole number of the query, which has a default."""
        return int(self.query[name])

    def text(self, name: str) -> str:
        """Return a text of the query, empty when it is not there."""
        return str(self.query.get(name, ""))


@dataclass(frozen=True, slots=True)
class Result:
    """What a call answers."""

    document: Mapping[str, Json]
    location: str = ""
    etag: str = ""
    """That of the document itself when empty."""
    content: bytes | None = None
    """What is answered instead of a document, as a file with the name ``file_name``."""
    file_name: str = ""


Work = Callable[[Call], Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of the API."""

    name: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    """As OpenAPI writes it: ``/forms/{key}``."""
    scope: str
    tag: str
    summary: str
    work: Work
    answer: str
    """The name of the schema of what is answered, empty for nothing or a file."""
    description: str = ""
    status: int = 200
    parameters: tuple[Parameter, ...] = ()
    body: str = ""
    """The name of the schema of the body, empty for none."""
    takes_file: bool = False
    """Whether the body is ``multipart/form-data`` with one file under ``file``."""
    answers_file: bool = False
    """Whether the answer is the content of a file."""
    needs_match: bool = False
    """Whether ``If-Match`` must say on what state the call is based."""
    is_kept: bool = False
    """Whether a repetition with the same ``Idempotency-Key`` gets the first answer again."""
    problems: frozenset[int] = field(default_factory=frozenset)
    """Statuses of errors of its own, besides those that every such call may have."""

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        return _PART.sub(
            lambda part: f"<uuid:{part[1]}>" if part[1] in ("id", "file") else f"<{part[1]}>",
            self.path,
        )

    @property
    def all_problems(self) -> frozenset[int]:
        """Every status of an error that the call may answer with."""
        found = {400, 401, 403, 429, 500, 503} | self.problems
        if any(one.where == "path" for one in self.parameters):
            found |= {404}
        if self.body:
            found |= {413, 415, 422}
        if self.needs_match:
            found |= {412, 428}
        if self.is_kept:
            found |= {409, 422}
        return frozenset(found)
