"""Errors for programs: ``application/problem+json`` (RFC 9457) with German title and detail."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Response

from forms.expressions.nodes import Json
from forms.paths import path_steps
from tenants.language import _

PROBLEM_TYPE = "application/problem+json"

TITLES = {
    400: _("Anfrage nicht lesbar"),
    401: _("Kein gültiges Token"),
    403: _("Nicht erlaubt"),
    404: _("Nicht gefunden"),
    405: _("Methode nicht möglich"),
    409: _("So zurzeit nicht möglich"),
    412: _("Inzwischen geändert"),
    413: _("Anfrage zu groß"),
    415: _("Format nicht unterstützt"),
    422: _("Angaben nicht annehmbar"),
    428: _("If-Match fehlt"),
    429: _("Zu viele Anfragen"),
    500: _("Unerwarteter Fehler"),
    503: _("Zurzeit nicht erreichbar"),
}
DETAILS = {
    401: _("Senden Sie „Authorization: Bearer bs_…“ mit einem Token dieses Mandanten."),
    404: _("Das gibt es hier nicht, oder Ihr Token darf es nicht kennen."),
    405: _("Welche Methoden möglich sind, steht im Kopf „Allow“."),
    413: _("Eine Anfrage darf höchstens 2 MB groß sein."),
    415: _("Senden Sie den Inhalt als „application/json“."),
    428: _("Senden Sie in „If-Match“ das ETag der Antworten, die Sie gelesen haben."),
    429: _("Warten Sie so viele Sekunden, wie „Retry-After“ sagt."),
    500: _("Der Fehler ist mit dem Kennzeichen festgehalten. Versuchen Sie es später erneut."),
    503: _("Versuchen Sie es in einigen Sekunden wieder."),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place; ``pointer`` leads there in the body (RFC 6901)."""

    pointer: str
    detail: str

    def document(self) -> dict[str, Json]:
        """Return it as it is sent."""
        return {"pointer": self.pointer, "detail": self.detail}


@dataclass
class Problem(Exception):
    """A call that cannot be answered as asked."""

    status: int
    detail: str = ""
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Json] = field(default_factory=dict)

    def response(self) -> Response:
        """Return the answer."""
        document: dict[str, Json] = {
            "type": f"urn:brief-und-siegel:problem:{self.status}",
            "title": TITLES[self.status],
            "status": self.status,
            "detail": self.detail or DETAILS.get(self.status, ""),
            **self.members,
        }
        if self.faults:
            document["errors"] = [fault.document() for fault in self.faults]
        response = Response(json.dumps(document, ensure_ascii=False), self.status)
        response.headers["Content-Type"] = PROBLEM_TYPE
        for name, value in self.headers.items():
            response.headers[name] = value
        if self.status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="Brief & Siegel"'
        return response


def problem_for(status: int, methods: Iterable[str] | None = None) -> Response:
    """Return the answer to an error that arose outside of any call.

    ``methods`` are those that the address does take.
    """
    known = status if status in TITLES else 400 if status < 500 else 500
    headers = {"Allow": ", ".join(sorted(methods))} if methods else {}
    return Problem(known, headers=headers).response()


def answer_pointer(path: str) -> str:
    """Return where an answer stands in a body: ``kosten[0].betrag`` is ``/answers/kosten/0/…``."""
    parts = ["answers"]
    for step in path_steps(path):
        parts.append(step.key)
        if step.row:
            parts.append(step.row)
    return pointer_of(parts)


def pointer_of(parts: Sequence[str | int]) -> str:
    """Return the JSON pointer of ``parts``."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(f"/{part}" for part in escaped)
