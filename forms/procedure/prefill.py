"""Where answers come from before anybody types: Stammdaten, last year, other submissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from forms.elements import ROW_ID, Field, Page, Prefill, RepeatField
from forms.expressions.nodes import Json
from tenants.language import _

MASTER_DATA: Final = {
    "organisation": ("name", "street", "city", "represented_by"),
    "mandant": ("name", "office", "street", "city", "land", "telephone", "email"),
    "person": ("name",),
    "anforderung": ("zeitraum",),
}
"""What may be taken from the Träger, the tenant, the person who begins, and the request."""
_ORIGINS: Final = {"anforderung": _("aus der Anforderung")}
LAST_YEAR: Final = "vorjahr"
_SUBMISSION: Final = "einreichung:"
_TEXTS = frozenset({"text", "long_text", "email"})


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed source: of ``kind`` (organisation, vorjahr, einreichung …) the answer ``key``."""

    kind: str
    key: str
    form_key: str = ""

    @property
    def is_submission(self) -> bool:
        """Say whether the value comes from answers to a form."""
        return self.kind not in MASTER_DATA


@dataclass(frozen=True, slots=True)
class Answered:
    """A submission to take answers from, and how its origin is said."""

    submission_id: str
    handover: int
    text: str
    fields: Mapping[str, Field]
    answers: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a prefilled answer came from; ``text`` is German and may be shown."""

    text: str
    submission_id: str = ""
    handover: int = 0

    def dump(self) -> dict[str, Json]:
        """Return the origin as it is stored in a draft."""
        return {
            "text": self.text,
            "submission_id": self.submission_id,
            "handover": self.handover,
        }


def parse_source(source: str) -> Source:
    """Read ``organisation.name``, ``vorjahr.bestand_ende`` or ``einreichung:form.key``."""
    if source.startswith(_SUBMISSION):
        form_key, _dot, key = source.removeprefix(_SUBMISSION).partition(".")
        return Source("einreichung", key, form_key)
    kind, _dot, key = source.partition(".")
    return Source(kind, key)


def check_prefill(pages: tuple[Page, ...]) -> Iterator[str]:
    """Yield a German finding for each source that cannot fill its field."""
    for field in (one for page in pages for section in page.sections for one in section.fields):
        for column in field.fields if isinstance(field, RepeatField) else ():
            if column.prefill:
                yield _(
                    "Feld „{label}“: prefill steht an der Gruppe, nicht an ihren Feldern."
                ).format(label=column.label)
        if field.prefill:
            yield from _check_source(field, field.prefill)


def _check_source(field: Field, prefill: Prefill) -> Iterator[str]:
    source = parse_source(prefill.source)
    if source.is_submission:
        return
    if source.key not in MASTER_DATA[source.kind]:
        yield _("Feld „{label}“: Die Angabe „{source}“ gibt es nicht.").format(
            label=field.label, source=prefill.source
        )
    elif field.type not in _TEXTS and (field.type, source.kind) != ("integer", "anforderung"):
        yield _("Feld „{label}“: „{source}“ ist ein Text, das Feld nicht.").format(
            label=field.label, source=prefill.source
        )


def prefilled(
    fields: Mapping[str, Field],
    master_data: Mapping[str, str],
    answered: Callable[[Source], Answered | None],
    new_row_id: Callable[[], str],
) -> tuple[dict[str, Json], dict[str, Origin]]:
    """Return the answers that ``fields`` begin with, and where each comes from, by key.

    ``master_data`` holds ``organisation.name`` and its like, ``answered`` finds the submission
    of a source. A value whose field has another type than its source is left out: taking over
    must never guess.
    """
    answers: dict[str, Json] = {}
    origins: dict[str, Origin] = {}
    for key, field in fields.items():
        if field.prefill is None:
            continue
        source = parse_source(field.prefill.source)
        if not source.is_submission:
            value = master_data.get(field.prefill.source, "")
            if value and (field.type != "integer" or value.isdecimal()):
                answers[key] = int(value) if field.type == "integer" else value
                origins[key] = Origin(_ORIGINS.get(source.kind, _("aus den Stammdaten")))
            continue
        found = answered(source)
        taken = _taken(field, source.key, found, new_row_id) if found else None
        if found is not None and taken is not None:
            answers[key] = taken
            origins[key] = Origin(found.text, found.submission_id, found.handover)
    return answers, origins


def _taken(field: Field, key: str, found: Answered, new_row_id: Callable[[], str]) -> Json:
    theirs, value = found.fields.get(key), found.answers.get(key)
    if theirs is None or value is None:
        return None
    if isinstance(field, RepeatField):
        return _rows(field, theirs, value, new_row_id)
    kinds = {"calculated": getattr(theirs, "result", "")}
    return value if kinds.get(theirs.type, theirs.type) == field.type else None


def _rows(field: RepeatField, theirs: Field, value: Json, new_row_id: Callable[[], str]) -> Json:
    """Return the rows with those columns that both groups have under one key and type."""
    if not isinstance(theirs, RepeatField) or not isinstance(value, list):
        return None
    common = [
        (column, other)
        for column in field.fields
        if (other := theirs.columns.get(column.key)) is not None and other.type == column.type
    ]
    rows: list[Json] = []
    for row in value[: field.maximum]:
        if isinstance(row, dict):
            kept: dict[str, Json] = {}
            for column, other in common:
                taken = row.get(column.key)
                if isinstance(column, RepeatField):
                    taken = _rows(column, other, taken, new_row_id)
                if taken is not None:
                    kept[column.key] = taken
            if kept:
                rows.append({ROW_ID: new_row_id(), **kept})
    return rows or None
