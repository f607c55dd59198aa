"""Reads calls strictly: what is not described is refused, never guessed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from functools import cache

from flask import Request
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from app.api.operations import Operation, Parameter, Query, SentFile
from app.api.problems import Fault, Problem, pointer_of
from app.api.schemas import SCHEMAS, ref
from forms.expressions.nodes import Json
from tenants.language import _

LARGEST_BODY = 2 * 1024 * 1024
ROOM_BESIDE_FILE = 64 * 1024
MOST_FAULTS = 50
DEEPEST = 12


def read_query(operation: Operation, request: Request) -> Query:
    """Return the parameters of the query, with defaults. Raises `Problem`."""
    known = {one.name: one for one in operation.parameters if one.where == "query"}
    found: dict[str, str | int] = {}
    for name, values in request.args.lists():
        if name not in known:
            raise Problem(400, _("Den Parameter „{name}“ gibt es hier nicht.").format(name=name))
        if len(values) > 1:
            raise Problem(400, _("Der Parameter „{name}“ steht mehrfach da.").format(name=name))
        found[name] = _value(known[name], values[0])
    for name, parameter in known.items():
        default = parameter.schema.get("default")
        if name not in found and isinstance(default, str | int):
            found[name] = default
    return found


def _value(parameter: Parameter, text: str) -> str | int:
    value: str | int = text
    if parameter.schema.get("type") == "integer" and text.isdecimal() and len(text) < 10:
        value = int(text)
    validator = Draft202012Validator(
        parameter.schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    if "\0" in text or not validator.is_valid(value):
        raise Problem(
            400,
            _("Der Parameter „{name}“ hat keinen möglichen Wert. {hint}").format(
                name=parameter.name, hint=parameter.description
            ),
        )
    return value


def read_file(
    operation: Operation, request: Request, *, megabytes: int
) -> tuple[Mapping[str, Json], SentFile]:
    """Return the texts of a body that carries one file, and the file. Raises `Problem`.

    ``megabytes`` is the size of the largest file that any field takes.
    """
    request.max_content_length = megabytes * 1024 * 1024 + ROOM_BESIDE_FILE
    if request.mimetype != "multipart/form-data":
        raise Problem(415, _("Senden Sie den Inhalt als „multipart/form-data“."))
    try:
        texts, files = request.form, request.files
    except RequestEntityTooLarge:
        raise Problem(
            413, _("Eine Datei darf hier höchstens {limit} MB groß sein.").format(limit=megabytes)
        ) from None
    if any(len(values) > 1 for _name, values in texts.lists()):
        raise Problem(400, _("Eine Angabe steht mehrfach da."))
    document = _parsed(json.dumps(texts.to_dict()).encode())
    found = files.getlist("file")
    if set(files) != {"file"} or len(found) != 1 or not isinstance(document, dict):
        raise Problem(
            422, faults=[Fault("/file", _("Senden Sie genau eine Datei unter dem Namen „file“."))]
        )
    _check(operation, document | {"file": ""})
    return document, SentFile(found[0].filename or "", found[0].stream.read())


def read_body(operation: Operation, request: Request) -> Mapping[str, Json]:
    """Return the body as its schema demands, empty for a call without. Raises `Problem`."""
    request.max_content_length = LARGEST_BODY
    if not operation.body:
        if request.get_data():
            raise Problem(400, _("Diese Anfrage hat keinen Inhalt."))
        return {}
    if request.mimetype != "application/json":
        raise Problem(415)
    return _check(operation, _parsed(request.get_data()))


def _check(operation: Operation, document: Json) -> dict[str, Json]:
    faults = [
        Fault(pointer_of(list(error.absolute_path)), _reason(error))
        for error, _number in zip(
            _validator(operation.body).iter_errors(document), range(MOST_FAULTS), strict=False
        )
    ]
    if faults or not isinstance(document, dict):
        raise Problem(422, _("Der Inhalt entspricht nicht dem Schema."), faults)
    return document


@cache
def _validator(name: str) -> Draft202012Validator:
    components: Json = {"schemas": dict(SCHEMAS)}
    return Draft202012Validator(
        {**ref(name), "components": components},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def _reason(error: ValidationError) -> str:
    known = {
        "additionalProperties": _("Hier steht eine Angabe, die es nicht gibt."),
        "required": _("Hier fehlt eine Angabe."),
        "type": _("Die Angabe hat einen anderen Typ als erwartet."),
        "enum": _("Die Angabe ist keine der Möglichkeiten."),
    }
    named = known.get(str(error.validator), _("Die Angabe entspricht nicht dem Schema."))
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        allowed = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        others = ", ".join(sorted(key for key in error.instance if key not in allowed)[:5])
        return f"{named} ({others})"
    if error.validator == "required" and isinstance(error.instance, dict):
        wanted = error.validator_value if isinstance(error.validator_value, list) else []
        missing = ", ".join(str(name) for name in wanted if name not in error.instance)
        return f"{named} ({missing})"
    return named


def _parsed(data: bytes) -> Json:
    try:
        document: Json = json.loads(
            data, object_pairs_hook=_without_doubles, parse_constant=_no_constant
        )
        for _text in _texts(document, 0):
            _text.encode()
    except (ValueError, RecursionError):
        raise Problem(
            400,
            _("Der Inhalt ist kein JSON, das hier gelesen wird: UTF-8, ohne doppelte Schlüssel,"
              " NUL-Zeichen und unendliche Zahlen, höchstens {depth} Ebenen tief.")
            .format(depth=DEEPEST),
        ) from None  # fmt: skip
    return document


def _without_doubles(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document


def _no_constant(name: str) -> Json:
    raise ValueError(name)


def _texts(value: Json, depth: int) -> Iterator[str]:
    """Yield every text and key. Raises ValueError for what the database cannot hold."""
    if depth > DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not finite")
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("NUL")
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, depth + 1)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(key, depth + 1)
            yield from _texts(inner, depth + 1)
