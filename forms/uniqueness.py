"""Uniqueness across submissions: which answers may be submitted only once, as data of the form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forms.definition_names import all_fields, top_fields
from forms.document_settings import Object, objects, text, texts
from forms.elements import Field, Page, RepeatField
from forms.expressions.nodes import Json
from tenants.language import _

NOT_COMPARED = frozenset({"file", "info", "long_text", "matrix", "repeat"})
"""Types of fields whose answers no rule compares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UniqueRule:
    """What may be submitted only once.

    ``fields`` are names as in ``faelle.aktenzeichen``; of a repeat group each row counts by
    itself. ``per_period`` counts within the period that was asked for. ``whole_office`` compares
    with the submissions of all Träger, otherwise with those of the same side.
    """

    fields: tuple[str, ...]
    per_period: bool = False
    whole_office: bool = False
    message: str = ""

    @property
    def group(self) -> str:
        """The repeat group of which each row counts, empty without one."""
        return next((name.partition(".")[0] for name in self.fields if "." in name), "")


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """Answers that may stand in one submission alone; ``path`` is where to read them."""

    rule: UniqueRule
    path: str
    fingerprint: str


def read_unique(document: Object) -> tuple[UniqueRule, ...]:
    """Return what a form document says of uniqueness."""
    return tuple(
        UniqueRule(
            fields=texts(item, "fields"),
            per_period=item.get("per_period") is True,
            whole_office=text(item, "within") == "tenant",
            message=text(item, "message"),
        )
        for item in objects(document, "unique")
    )


def check_unique(rules: Sequence[UniqueRule], pages: tuple[Page, ...]) -> Iterator[str]:
    """Yield a German finding for each rule that names what cannot be compared."""
    top = top_fields(pages)
    known = {field.name: field for field in all_fields(pages)}
    for number, rule in enumerate(rules, 1):
        place = _("Nur einmal, Regel {number}").format(number=number)
        if not rule.fields and not rule.per_period:
            yield _("{place}: Nennen Sie Felder oder den Zeitraum (per_period).").format(
                place=place
            )
        groups = {name.partition(".")[0] for name in rule.fields if "." in name}
        if len(groups) > 1:
            yield _("{place}: Die Felder stehen in verschiedenen Wiederholgruppen.").format(
                place=place
            )
        for name in rule.fields:
            if not _is_comparable(known.get(name), top):
                yield _(
                    "{place}: „{name}“ gibt es nicht oder lässt sich nicht vergleichen."
                ).format(place=place, name=name)


def _is_comparable(field: Field | None, top: Mapping[str, Field]) -> bool:
    if field is None or field.type in NOT_COMPARED:
        return False
    return not field.repeat_key or field.repeat_key in top


def unique_keys(
    rules: Sequence[UniqueRule],
    fields: Mapping[str, Field],
    answers: Mapping[str, Json],
    *,
    organisation_id: str | None,
    period: str,
) -> list[UniqueKey]:
    """Return what a submission with these answers lays claim to.

    ``fields`` are those of the form by key, ``answers`` as they are submitted. A rule of which an
    answer or the period is missing claims nothing. Texts are compared without regard to case and
    spaces; fields are known by their id, so another key changes nothing.
    """
    keys: list[UniqueKey] = []
    for rule in rules:
        if rule.per_period and not period:
            continue
        side = "" if rule.whole_office else organisation_id or "office"
        for path, values in _rows(rule, answers):
            if any(value in (None, "", []) for value in values):
                continue
            claimed = {
                "side": side,
                "period": period if rule.per_period else "",
                "values": {
                    _identity(fields, name): _plain(value)
                    for name, value in zip(rule.fields, values, strict=True)
                },
            }
            canonical = json.dumps(claimed, sort_keys=True, ensure_ascii=False)
            fingerprint = hashlib.sha256(canonical.encode()).hexdigest()
            keys.append(UniqueKey(rule, path, fingerprint))
    return keys


def _rows(rule: UniqueRule, answers: Mapping[str, Json]) -> Iterator[tuple[str, list[Json]]]:
    """Yield path and values of each thing that a rule compares: one, or one for each row."""
    group = rule.group
    if not group:
        first = rule.fields[0] if rule.fields else ""
        yield first, [answers.get(name) for name in rule.fields]
        return
    rows = answers.get(group)
    inner = next(name for name in rule.fields if "." in name).partition(".")[2]
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, dict):
            yield (
                f"{group}[{index}].{inner}",
                [
                    row.get(name.partition(".")[2]) if "." in name else answers.get(name)
                    for name in rule.fields
                ],
            )


def _identity(fields: Mapping[str, Field], name: str) -> str:
    key, _dot, column = name.partition(".")
    field = fields[key]
    return field.columns[column].id if column and isinstance(field, RepeatField) else field.id


def _plain(value: Json) -> Json:
    if isinstance(value, str):
        return " ".join(value.split()).casefold()
    return value


def labels_of(rule: UniqueRule, fields: Mapping[str, Field]) -> str:
    """Name what a rule compares, for people: „Aktenzeichen“, „Monat“."""
    labels = []
    for name in rule.fields:
        key, _dot, column = name.partition(".")
        field = fields[key]
        labels.append(
            field.columns[column].label
            if column and isinstance(field, RepeatField)
            else field.label
        )
    if rule.per_period:
        labels.append(_("Zeitraum"))
    return ", ".join(f"„{label}“" for label in labels)
