"""A form definition: one JSON document, checked once, then immutable and shared by all threads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from forms.definition_checks import check_definition
from forms.definition_names import all_fields, expressions_of, full_name, names_in
from forms.definition_reading import DefinitionReader, read_codelists, read_procedure
from forms.definition_schema import form_schema, schema_findings
from forms.definition_trial import trial_findings
from forms.document_settings import objects, text
from forms.elements import (
    CalculatedField,
    Codelist,
    Field,
    MatrixField,
    Page,
    PartsField,
    RepeatField,
    Section,
)
from forms.expressions.dependencies import DependencyCycleError, evaluation_order
from forms.expressions.interpreting import Expression
from forms.expressions.nodes import Json
from forms.paths import path_steps
from forms.procedure.prefill import check_prefill
from forms.procedure.steps import Procedure, check_procedure
from forms.translations import offered_languages
from forms.uniqueness import UniqueRule, check_unique, read_unique
from tenants.language import _

__all__ = ["DefinitionError", "FormDefinition", "content_sha256", "form_schema", "parse_definition"]


class DefinitionError(ValueError):
    """A form document cannot be used. ``findings`` say why, in German, naming each element."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Step:
    """One element in the order in which relevance and values are computed."""

    kind: Literal["page", "section", "field", "column"]
    name: str
    element: Page | Section | Field
    parent: str
    """Name of the element this one is hidden with: section, page, repeat group, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDefinition:
    """A usable form. Made by :func:`parse_definition` only."""

    id: str
    key: str
    title: str
    language: str
    description: str
    data_class: str
    pages: tuple[Page, ...]
    codelists: Mapping[str, Codelist]
    """The lists of choices that several fields share, by key."""
    sha256: str
    """:func:`content_sha256` of the document."""
    fields: Mapping[str, Field]
    """The fields at the top by key, in the order of the document."""
    steps: tuple[Step, ...]
    """Every page, section, field and column after all that it depends on."""
    rate_keys: frozenset[str]
    """Keys of the rate tables that the rules ask for."""
    procedure: Procedure
    unique: tuple[UniqueRule, ...] = ()
    """What may be submitted only once."""
    languages: tuple[str, ...] = ("de",)
    """In which it can be read, German first."""

    def page(self, key: str) -> Page | None:
        """Return the page ``key``."""
        return next((page for page in self.pages if page.key == key), None)

    def field_at(self, path: str) -> Field | None:
        """Return the field a path leads to: ``betrag``, ``kosten[0].betrag``, ``kosten[].betrag``.

        For a cell (``matrix.zeile.spalte``) it is the matrix, for ``kosten[0]`` the group, for a
        part (``zeitraum.von``) the field that reads the part.
        """
        top = self.fields.get(path.partition(".")[0])
        if isinstance(top, MatrixField):
            return top
        places = self._places(path)
        return places[-1][0] if places else None

    def row_title(self, path: str) -> str:
        """Name the rows in which ``path`` stands: „Fall 2, Einsatz 3“; empty outside of rows."""
        return ", ".join(
            f"{field.item_label} {int(row) + 1}"
            for field, row in self._places(path)
            if row and isinstance(field, RepeatField)
        )

    def _places(self, path: str) -> list[tuple[Field, str | None]]:
        """Return the fields on the way of ``path``, each with the row in brackets behind it."""
        places: list[tuple[Field, str | None]] = []
        fields: Mapping[str, Field] = self.fields
        for step in path_steps(path):
            field = fields.get(step.key)
            if field is None or (step.row is not None and not isinstance(field, RepeatField)):
                return []
            if step.row and not (step.row.isascii() and step.row.isdecimal()):
                return []
            places.append((field, step.row))
            fields = _fields_inside(field, step.row)
        return places

    def fields_of(self, page: Page) -> Iterator[Field]:
        """Yield the fields of ``page`` at the top, in order."""
        for section in page.sections:
            yield from section.fields


def _fields_inside(field: Field, row: str | None) -> Mapping[str, Field]:
    """Return what a path may name behind ``field``: columns in a row of a group, else parts."""
    if isinstance(field, RepeatField):
        return field.columns if row is not None else {}
    if isinstance(field, PartsField):
        return {part.key: part.field for part in field.parts}
    return {}


def content_sha256(document: Json) -> str:
    """Return the SHA-256 (hex) of ``document`` as canonical JSON.

    Canonical: keys sorted by code point, no white space, UTF-8, no escapes beyond those that JSON
    needs. Raises ValueError for NaN and infinities, which JSON does not have.
    """
    canonical = json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def parse_definition(document: Json) -> FormDefinition:
    """Check ``document`` and return the form it defines.

    Raises :class:`DefinitionError` with all findings: breaks of the meta-schema, or, if there are
    none, unreadable expressions, doubled ids and keys, unknown names, reserved keys, rules that do
    not fit the kinds of their answers, circles.
    """
    findings = schema_findings(document)
    if findings or not isinstance(document, dict):
        raise DefinitionError(tuple(findings))
    codelist_findings: list[str] = []
    codelists = read_codelists(document, codelist_findings)
    reader = DefinitionReader(codelists)
    pages = tuple(reader.page(page) for page in objects(document, "pages"))
    procedure = read_procedure(document)
    unique = read_unique(document)
    findings = [
        *codelist_findings,
        *reader.findings,
        *check_definition(pages, text(document, "id"), codelists),
        *check_procedure(procedure, pages),
        *check_prefill(pages),
        *check_unique(unique, pages),
    ]
    if not findings:
        findings = list(dict.fromkeys(trial_findings(pages)))
    if findings:
        raise DefinitionError(tuple(findings))
    fields = {
        field.key: field for page in pages for section in page.sections for field in section.fields
    }
    return FormDefinition(
        id=text(document, "id"),
        key=text(document, "key"),
        title=text(document, "title"),
        language=text(document, "language"),
        description=text(document, "description"),
        data_class=text(document, "data_class"),
        pages=pages,
        codelists=MappingProxyType(codelists),
        sha256=content_sha256(document),
        fields=MappingProxyType(fields),
        steps=_ordered_steps(pages),
        rate_keys=_rate_keys(pages),
        procedure=procedure,
        unique=unique,
        languages=offered_languages(document),
    )


def _rate_keys(pages: tuple[Page, ...]) -> frozenset[str]:
    elements: list[Page | Section | Field] = [*pages, *all_fields(pages)]
    elements += [section for page in pages for section in page.sections]
    return frozenset(
        key
        for element in elements
        for expression in expressions_of(element)
        for key in expression.rate_keys
    )


def _ordered_steps(pages: tuple[Page, ...]) -> tuple[Step, ...]:
    steps = {step.name: step for step in _steps(pages)}
    dependencies = {name: _needs(step, steps) for name, step in steps.items()}
    try:
        order = evaluation_order(dependencies)
    except DependencyCycleError as error:
        raise DefinitionError(
            (
                _("Diese Angaben hängen im Kreis voneinander ab: {chain}.").format(
                    chain=" → ".join(error.chain)
                ),
            )
        ) from error
    return tuple(steps[name] for name in order)


def _steps(pages: tuple[Page, ...]) -> Iterator[Step]:
    for page in pages:
        yield Step("page", f"page:{page.key}", page, "")
        for section in page.sections:
            yield Step("section", f"section:{section.key}", section, f"page:{page.key}")
            for field in section.fields:
                yield Step("field", field.key, field, f"section:{section.key}")
    for field in all_fields(pages):
        if field.repeat_key:
            yield Step("column", field.name, field, field.repeat_key)


def _needs(step: Step, steps: Mapping[str, Step]) -> set[str]:
    """Return the names of the steps that have to be done before ``step``."""
    needed = {step.parent} if step.parent else set()
    element = step.element
    expressions: list[Expression | None] = [element.visible]
    if isinstance(element, CalculatedField):
        expressions.append(element.value)
    repeat = element.repeat_key if isinstance(element, Field) else ""
    groups = [name for name, other in steps.items() if isinstance(other.element, RepeatField)]
    for expression in expressions:
        for name in names_in(expression, repeat, groups) if expression else ():
            needed |= _steps_named(full_name(name, repeat), steps)
    if isinstance(element, MatrixField) and element.columns_from:
        source = element.columns_from
        needed |= {
            source.repeat,
            f"{source.repeat}.{source.key}",
            f"{source.repeat}.{source.label}",
        }
    return needed


def _steps_named(name: str, steps: Mapping[str, Step]) -> set[str]:
    """Return the steps on the way to ``name``: of ``faelle.einsaetze.minuten`` all three."""
    parts = name.split(".")
    ways = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
    return {way for way in ways if way in steps}
