"""JSON: the answers as they are stored, with the schema of each version beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO

from forms.definition_data_schema import data_schema
from forms.exports.cells import readable_answers
from forms.expressions.nodes import Json
from forms.lists.conditions import FormTable
from forms.lists.searching import Row


def write_json(target: TextIO, form_key: str, table: FormTable, rows: Iterable[Row]) -> int:
    """Write one document: form, versions with their schemas, submissions. Return their number."""
    versions: list[Json] = [
        {"number": version.number, "schema": data_schema(version.definition)}
        for version in table.versions
    ]
    target.write('{"form": ' + _text(form_key) + ', "versions": ' + _text(versions))
    target.write(', "submissions": [')
    count = 0
    for row in rows:
        target.write(",\n" if count else "\n")
        target.write(_text(submission_document(table, row)))
        count += 1
    target.write("\n]}\n")
    return count


def submission_document(table: FormTable, row: Row) -> dict[str, Json]:
    """Return a submission as it is given out; ``answers`` keeps to the schema of its version."""
    version = table.version(row.version_id)
    return {
        "id": row.id,
        "number": row.number,
        "version": version.number,
        "state": row.state,
        "submitted_at": row.submitted_at.isoformat(),
        "organisation": row.organisation_name or None,
        "answers": readable_answers(version.definition.fields, row.answers),
    }


def _text(document: Json) -> str:
    return json.dumps(document, ensure_ascii=False)
