"""The last step of an import: what the form's own checks refuse is left out and named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from forms.definition import DefinitionError, parse_definition
from forms.exchange.report import ExchangeReport, ImportRefused, Object
from forms.expressions.nodes import Json
from tenants.language import _

ROUNDS = 8
"""How often the form is checked again: leaving out one rule may make another name unknown."""


MOST_FINDINGS = 1000


@dataclass(frozen=True, slots=True)
class _Rule:
    """An expression in the document and how to leave it out."""

    owner: Object
    attribute: str
    source: str
    leave_out: Callable[[], None]


def settled(document: Object, report: ExchangeReport) -> Object:
    """Return ``document`` as a usable form.

    Rules that the form's checks refuse are taken out and stand in the report. Raises
    `ImportRefused` with the findings when something else is wrong, or nothing is left.
    """
    for _round in range(ROUNDS):
        _drop_empty(document)
        if not document["pages"]:
            raise ImportRefused(_("Keine einzige Frage ließ sich übernehmen."))
        try:
            parse_definition(document)
        except DefinitionError as error:
            if not _leave_out(document, error.findings, report):
                raise ImportRefused(
                    _("Der Vordruck ist nicht verwendbar:") + "\n" + "\n".join(error.findings[:20])
                ) from error
        else:
            return document
    raise ImportRefused(_("Der Vordruck ist nicht verwendbar: zu viele Regeln passen nicht."))


def _leave_out(document: Object, findings: tuple[str, ...], report: ExchangeReport) -> bool:
    """Take out the rules that ``findings`` speak of; say whether there were any."""
    done = False
    if len(findings) > MOST_FINDINGS:
        return False
    for finding in findings:
        for rule in list(_rules(document)):
            if not _speaks_of(finding, rule):
                continue
            rule.leave_out()
            done = True
            key = str(rule.owner.get("key", ""))
            if rule.attribute == "value":
                report.drop(key)
            report.refuse(key, rule.attribute, finding)
    return done


def _speaks_of(finding: str, rule: _Rule) -> bool:
    key = str(rule.owner.get("key", ""))
    if "→" in finding:
        chain = finding.replace(":", " ").replace(".", " ").split()
        return key in chain and rule.attribute in ("visible", "value")
    shown = rule.source.split("\n")[0][:60]
    return f"„{shown}" in finding and _names(finding, rule.owner)


def _names(finding: str, owner: Object) -> bool:
    label = str(owner.get("label") or owner.get("title") or owner.get("key"))
    return f"„{label}“" in finding


def _rules(document: Object) -> Iterator[_Rule]:
    for page in _objects(document, "pages"):
        yield from _rules_of(page, [])
        for section in _objects(page, "sections"):
            yield from _rules_of(section, [])
            yield from _rules_of_fields(section)


def _rules_of_fields(owner: Object) -> Iterator[_Rule]:
    fields = owner.get("fields")
    if not isinstance(fields, list):
        return
    for field in _objects(owner, "fields"):
        yield from _rules_of(field, fields)
        yield from _rules_of_fields(field)


def _rules_of(element: Object, siblings: list[Json]) -> Iterator[_Rule]:
    for attribute in ("visible", "required", "value"):
        source = element.get(attribute)
        if not isinstance(source, str):
            continue
        # A calculated field without its calculation is nothing.
        leave_out = (
            partial(_remove, siblings, element)
            if attribute == "value"
            else partial(_forget, element, attribute)
        )
        yield _Rule(element, attribute, source, leave_out)
    valid = element.get("valid")
    if isinstance(valid, list):
        for rule in [one for one in valid if isinstance(one, dict)]:
            source = str(rule.get("rule", ""))
            yield _Rule(element, "valid", source, partial(_remove, valid, rule))


def _remove(items: list[Json], item: Object) -> None:
    if item in items:
        items.remove(item)


def _forget(element: Object, attribute: str) -> None:
    element.pop(attribute, None)


def _drop_empty(document: Object) -> None:
    for page in _objects(document, "pages"):
        for section in _objects(page, "sections"):
            section["fields"] = [
                field
                for field in _objects(section, "fields")
                if field.get("type") != "repeat" or field.get("fields")
            ]
        page["sections"] = [one for one in _objects(page, "sections") if one["fields"]]
    document["pages"] = [page for page in _objects(document, "pages") if page["sections"]]


def _objects(owner: Object, name: str) -> list[Object]:
    value = owner.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
