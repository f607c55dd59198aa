"""What a form offers a template, in the order of its questions: answers, tables, conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from document_templates.placeholders import KnownPlaceholders
from document_templates.starting.tags import answer_tag, condition_of, other_tags, print_tag
from forms.context import placeholder_paths
from forms.definition import FormDefinition
from forms.elements import Field, MatrixField, Page, RepeatField, Section
from forms.expressions.interpreting import Expression
from forms.fields.registry import has_value
from tenants.language import _

MAX_COLUMNS = 6
"""A group with more columns becomes a list of lines: a table would not fit on the paper."""
_ROW_NAMES = ("zeile", "eintrag", "teil")


@dataclass(frozen=True, slots=True)
class OutlineHeading:
    """The title of a page (level 1), a section (2) or a group (3)."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class OutlineAnswer:
    """A question with the tag of its answer and others that it may have."""

    label: str
    tag: str
    others: tuple[str, ...] = ()
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class OutlineTable:
    """Rows of a table ready to copy; the first is the heading."""

    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class OutlineBlock:
    """A tag in a paragraph of its own that begins or ends something."""

    tag: str


Outline: TypeAlias = OutlineHeading | OutlineAnswer | OutlineTable | OutlineBlock


def outline_form(definition: FormDefinition) -> tuple[Outline, ...]:
    """Return everything that a template for this form may write, ready to be put into one."""
    known = KnownPlaceholders(placeholder_paths(definition))
    found: list[Outline] = []
    for page in definition.pages:
        inside = [line for section in page.sections for line in _section(section, known)]
        fields = tuple(field for section in page.sections for field in section.fields)
        if any(not isinstance(line, OutlineHeading | OutlineBlock) for line in inside):
            body = [OutlineHeading(page.title, 1), *inside]
            found.extend(_under_condition(page, fields, body, known))
    return tuple(found)


def _section(section: Section, known: KnownPlaceholders) -> list[Outline]:
    inside: list[Outline] = []
    for fields in _alike(section.fields):
        lines = [line for field in fields for line in _field(field, "", 0)]
        inside.extend(_under_condition(fields[0], tuple(fields), lines, known))
    if not inside:
        return []
    title = [OutlineHeading(section.title, 2)] if section.title else []
    return _under_condition(section, section.fields, [*title, *inside], known)


def _alike(fields: Iterable[Field]) -> Iterator[list[Field]]:
    """Yield neighbouring fields with the same condition together."""
    group: list[Field] = []
    for field in fields:
        if group and _source(group[0].visible) != _source(field.visible):
            yield group
            group = []
        group.append(field)
    if group:
        yield group


def _source(expression: Expression | None) -> str:
    return expression.source if expression else ""


def _under_condition(
    owner: Page | Section | Field,
    fields: tuple[Field, ...],
    lines: list[Outline],
    known: KnownPlaceholders,
) -> list[Outline]:
    if owner.visible is None or not lines:
        return lines
    condition = condition_of(owner.visible, fields, known)
    if not condition:
        return lines
    return [OutlineBlock("{%p if " + condition + " %}"), *lines, OutlineBlock("{%p endif %}")]


def _field(field: Field, row: str, depth: int) -> Iterator[Outline]:
    if isinstance(field, RepeatField):
        yield from _group(field, row, depth)
    elif isinstance(field, MatrixField):
        yield OutlineHeading(field.label, 3)
        yield _matrix(field)
    elif has_value(field):
        yield OutlineAnswer(
            field.label,
            answer_tag(field, row),
            tuple(other_tags(field, row)),
            field.type == "long_text",
        )


def _group(group: RepeatField, row: str, depth: int) -> Iterator[Outline]:
    yield OutlineHeading(group.label, 3)
    path = f"{row}.{group.key}" if row else group.key
    name = _ROW_NAMES[depth]
    columns = [column for column in group.fields if has_value(column)]
    if len(columns) <= MAX_COLUMNS and not group.groups:
        if columns:
            yield _table(group, path, name, columns)
        return
    yield OutlineBlock("{%p for " + f"{name} in {path}" + " %}")
    for column in group.fields:
        yield from _field(column, name, depth + 1)
    yield OutlineBlock("{%p endfor %}")
    for key in group.totals:
        column = group.columns[key]
        yield OutlineAnswer(
            _("Summe {label}").format(label=column.label),
            _total(column, path),
        )


def _table(group: RepeatField, path: str, name: str, columns: list[Field]) -> OutlineTable:
    empty = ("",) * (len(columns) - 1)
    rows = [
        tuple(column.label for column in columns),
        ("{%tr for " + f"{name} in {path}" + " %}", *empty),
        tuple(answer_tag(column, name) for column in columns),
        ("{%tr endfor %}", *empty),
    ]
    if group.totals:
        sums = [_total(one, path) if one.key in group.totals else "" for one in columns]
        rows.append((sums[0] or _("Summe"), *sums[1:]))
    return OutlineTable(group.label, tuple(rows))


def _total(column: Field, path: str) -> str:
    head, _dot, key = path.rpartition(".")
    holder = f"{head}.{key}_summe" if head else f"{key}_summe"
    return answer_tag(column, holder)


def _matrix(field: MatrixField) -> OutlineTable:
    columns = "{%tc for spalte in " + f"{field.key}_spalten" + " %}"
    cells = "{%tc for zelle in zeile.zellen %}"
    end = "{%tc endfor %}"
    return OutlineTable(
        field.label,
        (
            ("", columns, print_tag("spalte.text"), end),
            ("{%tr for zeile in " + field.key + " %}", "", "", ""),
            (print_tag("zeile.text"), cells, print_tag("zelle.text"), end),
            ("{%tr endfor %}", "", "", ""),
        ),
    )
