"""The JSON Schema of what a form's submitted answers look like, derived from its definition."""

from __future__ import annotations

from collections.abc import Iterator

from forms.definition import FormDefinition
from forms.elements import (
    MAXIMUM_ROWS,
    CalculatedField,
    ChoiceField,
    Field,
    InfoField,
    MatrixField,
    NumberField,
    RepeatField,
    Section,
    TextField,
)
from forms.expressions.nodes import Json
from forms.fields.not_recorded import KEY
from forms.fields.picked import PickedField
from forms.fields.register_columns import KEY as KEY_OF_ENTRY
from forms.fields.register_columns import NAME

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DECIMAL_PATTERN = r"^-?[0-9]{1,18}(\.[0-9]{1,12})?$"

Schema = dict[str, Json]

NOT_RECORDED: Schema = {
    "type": "object",
    "properties": {KEY: {"type": "string"}},
    "required": [KEY],
    "additionalProperties": False,
}
"""„Nicht erhoben“ with its reason, where a field allows it."""


PICKED: Schema = {
    "type": "object",
    "properties": {KEY_OF_ENTRY: {"type": "string"}, NAME: {"type": "string"}},
    "required": [KEY_OF_ENTRY],
}
"""An entry of a list. Its columns are those of the form; a sender needs the key alone."""


def data_schema(definition: FormDefinition) -> Schema:
    """Return the schema (2020-12) of stored answers to ``definition``.

    Unanswered and hidden fields are absent. Required is what is asked of everybody: without a
    condition on field, section or page, and not in a step that comes after submitting.
    """
    required: list[Json] = [field.key for field in _always_required(definition)]
    return {
        "$schema": DIALECT,
        "$id": f"urn:uuid:{definition.id}:{definition.sha256}",
        "title": definition.title,
        "type": "object",
        "properties": {
            field.key: _described(field)
            for field in definition.fields.values()
            if not isinstance(field, InfoField) and not field.is_masked
        },
        "required": required,
        "additionalProperties": False,
    }


def _always_required(definition: FormDefinition) -> Iterator[Field]:
    for page in definition.pages:
        for section in page.sections:
            if page.visible is None and _is_of_everybody(section):
                yield from (
                    field
                    for field in section.fields
                    if field.required is True
                    and field.required_level == "error"
                    and not field.is_masked
                    and field.visible is None
                    and not isinstance(field, CalculatedField | InfoField)
                )


def _is_of_everybody(section: Section) -> bool:
    return section.visible is None and not section.filled_by


def _described(field: Field) -> Schema:
    schema = _schema_of(field)
    if field.not_recorded is not None:
        schema = {"anyOf": [schema, NOT_RECORDED]}
    return {"title": field.label, **schema}


def _schema_of(field: Field) -> Schema:
    if isinstance(field, RepeatField):
        return _rows_schema(field)
    if isinstance(field, MatrixField):
        return _cells_schema(field)
    if isinstance(field, ChoiceField):
        return _choice_schema(field)
    if isinstance(field, PickedField):
        return PICKED
    if isinstance(field, TextField):
        return {"type": "string", "maxLength": field.max_length}
    name = field.result if isinstance(field, CalculatedField) else field.type
    schema = _SIMPLE.get(name, {})
    return schema | _limits(field) if name == "integer" else schema


_SIMPLE: dict[str, Schema] = {
    "text": {"type": "string"},
    "email": {"type": "string"},
    "iban": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": "string", "pattern": DECIMAL_PATTERN},
    "money": {"type": "string", "pattern": DECIMAL_PATTERN},
    "percent": {"type": "string", "pattern": DECIMAL_PATTERN},
    "hours": {"type": "integer", "description": "minutes"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string"},
    "telephone": {"type": "string"},
    "postcode": {"type": "string"},
    "yes_no": {"type": "boolean"},
    "declaration": {"const": True},
}
"""A type that is not listed may hold anything: a reader must not refuse what we stored."""


def _limits(field: Field) -> Schema:
    if not isinstance(field, NumberField):
        return {}
    limits = {"minimum": field.minimum, "maximum": field.maximum}
    return {name: int(limit) for name, limit in limits.items() if limit is not None}


def _choice_schema(field: ChoiceField) -> Schema:
    values: list[Json] = [option.value for option in field.options]
    if field.type != "checkboxes":
        return {"enum": values}
    return {"type": "array", "items": {"enum": values}, "uniqueItems": True}


def _rows_schema(group: RepeatField) -> Schema:
    properties: Schema = {
        column.key: _described(column)
        for column in group.fields
        if not isinstance(column, InfoField) and not column.is_masked
    }
    return {
        "type": "array",
        "maxItems": MAXIMUM_ROWS,
        "items": {
            "type": "object",
            "properties": {"_id": {"type": "string"}, **properties},
            "required": ["_id"],
            "additionalProperties": False,
        },
    }


def _cells_schema(matrix: MatrixField) -> Schema:
    cell: Schema = {"enum": [option.value for option in matrix.cells]}
    columns: Schema = {"type": "object", "additionalProperties": cell}
    if matrix.columns:
        columns = {
            "type": "object",
            "properties": {column.key: cell for column in matrix.columns},
            "additionalProperties": False,
        }
    return {
        "type": "object",
        "properties": {row.key: columns for row in matrix.rows},
        "additionalProperties": False,
    }
