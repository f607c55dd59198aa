"""The result of an evaluation as one JSON document, for the command line and for scripts."""

from __future__ import annotations

from collections.abc import Iterator

from forms.definition import FormDefinition
from forms.elements import Field, RepeatField, Value
from forms.evaluation import Evaluation, Message, evaluate, flatten
from forms.expressions.nodes import Json
from forms.surroundings import NEUTRAL, Surroundings
from tenants.language import _


def evaluation_document(
    definition: FormDefinition, data: Json, surroundings: Surroundings = NEUTRAL
) -> dict[str, object]:
    """Evaluate ``data`` as a submission and return ``values visible errors warnings``.

    ``values`` has the keys of :func:`forms.evaluation.flatten`, ``visible`` the relevant elements
    in the order of the form, ``errors`` and ``warnings`` are lists of ``key`` and ``message``.
    Numbers in ``data`` may be strings (exact) or plain JSON numbers (taken by their shortest
    notation). The order of everything depends on the form and the data alone; day, place and
    rates are those of ``surroundings``.
    """
    if not isinstance(data, dict):
        text = _("Die Daten müssen ein JSON-Objekt sein: Schlüssel und Antwort.")
        return {
            "values": {},
            "visible": [],
            "errors": [{"key": "", "message": text}],
            "warnings": [],
        }
    evaluation = evaluate(definition, data, stage="submission", surroundings=surroundings)
    return {
        "values": flatten(evaluation.values),
        "visible": list(visible_in_order(definition, evaluation)),
        "errors": [_message(message) for message in evaluation.errors],
        "warnings": [_message(message) for message in evaluation.warnings],
    }


def visible_in_order(definition: FormDefinition, evaluation: Evaluation) -> Iterator[str]:
    """Yield the relevant elements in the order of the form."""
    for page in definition.pages:
        names = [f"page:{page.key}"]
        for section in page.sections:
            names.append(f"section:{section.key}")
            for field in section.fields:
                names.append(field.key)
                names += _names_in_rows(field, field.key, evaluation.values.get(field.key))
        yield from (name for name in names if name in evaluation.visible)


def _names_in_rows(group: Field, path: str, rows: Value) -> Iterator[str]:
    if not isinstance(group, RepeatField) or not isinstance(rows, list):
        return
    for index, row in enumerate(rows):
        for column in group.fields:
            inner = f"{path}[{index}].{column.key}"
            yield inner
            yield from _names_in_rows(column, inner, row.get(column.key))


def _message(message: Message) -> dict[str, str]:
    return {"key": message.path, "message": message.text}
