"""The golden files that specify the expression language, read into operands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from forms.expressions.nodes import Json
from forms.expressions.operands import (
    MAXIMUM_STEPS,
    Cells,
    InnerRow,
    Operand,
    Rows,
    Scope,
)
from forms.surroundings import NEUTRAL, Surroundings, read_surroundings

FOLDER = Path(__file__).resolve().parents[1] / "forms" / "golden"


@dataclass(frozen=True)
class GoldenCase:
    """An expression, what it is evaluated with, and its result or the text of its error."""

    file: str
    expression: str
    document: dict[str, Json]
    data: dict[str, Json]
    surroundings: Surroundings

    @property
    def error(self) -> str | None:
        """A part of the message, None where there is a result."""
        return str(self.document["error"]) if "error" in self.document else None

    @property
    def result(self) -> Operand:
        return operand(self.document["result"])

    @property
    def row(self) -> dict[str, Json] | None:
        row = self.document.get("row")
        return row if isinstance(row, dict) else None

    @property
    def scope(self) -> Scope:
        """Return a fresh scope."""
        steps = self.document.get("steps")
        return Scope(
            names(self.data),
            None if self.row is None else names(self.row),
            steps if isinstance(steps, int) else MAXIMUM_STEPS,
            self.surroundings,
        )

    def __str__(self) -> str:
        return f"{self.file}: {self.expression}"


def golden_cases() -> list[GoldenCase]:
    """Return the cases of all files."""
    return [case for path in sorted(FOLDER.glob("*.json")) for case in _read(path)]


def _read(path: Path) -> list[GoldenCase]:
    content = json.loads(path.read_text("utf-8"))
    usual = content.get("surroundings")
    cases = []
    for document in content["cases"]:
        own = document.get("surroundings", usual)
        cases.append(
            GoldenCase(
                path.stem,
                document["expression"],
                document,
                content["data"],
                NEUTRAL if own is None else read_surroundings(own),
            )
        )
    return cases


def operand(value: Json, outer: Mapping[str, Operand] | None = None) -> Operand:
    """Read test data: numbers (as JSON number or numeric string), texts, marked dates and rows."""
    match value:
        case {"date": str(day)}:
            return date.fromisoformat(day)
        case {"number": str(digits)}:
            return Decimal(digits)
        case {"rows": list(rows)}:
            return Rows([_row(row, outer) for row in rows if isinstance(row, dict)])
        case {"cells": dict(cells)}:
            return Cells({key: dict(row) for key, row in cells.items()})  # type: ignore[arg-type]
        case bool() | None:
            return value
        case int():
            return Decimal(value)
        case str() if value.replace(".", "", 1).isdecimal():
            return Decimal(value)
        case list():
            return tuple(operand(item) for item in value)  # type: ignore[misc]
    assert isinstance(value, str)
    return value


def _row(row: dict[str, Json], outer: Mapping[str, Operand] | None) -> dict[str, Operand]:
    made: dict[str, Operand] = {} if outer is None else InnerRow(outer)
    for name, value in row.items():
        made[name] = operand(value, made)
    return made


def rows_operand(
    rows: list[dict[str, Operand]], outer: Mapping[str, Operand] | None = None
) -> Rows:
    """Return rows of operands, in which a list of rows is a group inside the group."""
    group = Rows([])
    for row in rows:
        made: dict[str, Operand] = {} if outer is None else InnerRow(outer)
        for name, value in row.items():
            made[name] = rows_operand(value, made) if isinstance(value, list) else value
        group.rows.append(made)
    return group


def names(values: Mapping[str, Json]) -> dict[str, Operand]:
    """Read all answers of a form."""
    return {name: operand(value) for name, value in values.items()}
