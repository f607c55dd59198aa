"""What the columns of a table mean for a form, and what of a row does not fit. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from forms.definition import FormDefinition
from forms.elements import CalculatedField, ChoiceField, Field, PartsField
from forms.expressions.nodes import Json
from forms.fields.file import FileField
from forms.fields.kind import EntryError
from forms.fields.registry import dump_scalar, has_value, kind_of, parts_kind_of
from tenants.language import _

_YES_NO = {"ja": "ja", "nein": "nein", "true": "ja", "false": "nein", "x": "ja"}
_NAMES = ("name", "nachname", "empfänger", "empfaenger", "bezeichnung")


@dataclass(frozen=True, slots=True)
class Target:
    """A placeholder that a column may fill; one of several parts names the part."""

    path: str
    label: str
    field: Field
    part: str = ""

    @property
    def is_required(self) -> bool:
        """Say whether nobody may leave it empty."""
        return self.field.required is True


@dataclass(frozen=True, slots=True)
class FittedRow:
    """What a row means as answers, and what of it does not fit, in German."""

    answers: dict[str, Json]
    problems: tuple[str, ...]


def targets_of(definition: FormDefinition) -> tuple[Target, ...]:
    """Return what the columns of a table can fill, in the order of the form.

    Rows of repeat groups, matrices and files are not among them.
    """
    return tuple(_targets(definition))


def _targets(definition: FormDefinition) -> Iterator[Target]:
    for field in definition.fields.values():
        if not has_value(field) or isinstance(field, CalculatedField | FileField):
            continue
        if isinstance(field, PartsField):
            for part in field.parts:
                label = f"{field.label}: {part.label}"
                yield Target(f"{field.key}.{part.key}", label, field, part.key)
        else:
            yield Target(field.key, field.label, field)


def is_used(target: Target, used: Collection[str]) -> bool:
    """Say whether a template with the placeholders ``used`` prints the target."""
    return target.path in used or f"{target.field.key}_text" in used


def propose_mapping(targets: Sequence[Target], columns: Sequence[str]) -> dict[str, str]:
    """Return the columns whose headings name a target: by its path, its label or its last word."""
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_folded(column), column)
    found: dict[str, str] = {}
    for target in targets:
        for name in (target.path, target.label, target.field.key if not target.part else ""):
            column = by_name.get(_folded(name), "") if name else ""
            if column:
                found[target.path] = column
                break
    return found


def propose_label(columns: Sequence[str]) -> str:
    """Return the column by which people will know the recipients: a name, else the first."""
    named = [column for column in columns if _folded(column) in _NAMES]
    return (named or list(columns) or [""])[0]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


@dataclass(frozen=True, slots=True)
class _Question:
    """A field of the form with the columns that fill it, by part."""

    field: Field
    columns: tuple[tuple[str, str], ...]
    is_needed: bool


class RowReader:
    """Reads the rows of one table for one mapping; texts that stand there often are read once."""

    def __init__(
        self, targets: Sequence[Target], used: Collection[str], mapping: Mapping[str, str]
    ) -> None:
        """``used`` are the placeholders that the template prints.

        A target that is printed and that the form requires must not be empty.
        """
        groups: dict[str, list[Target]] = {}
        for target in targets:
            groups.setdefault(target.field.key, []).append(target)
        self._questions = tuple(
            _Question(
                group[0].field,
                tuple((one.part, mapping.get(one.path, "")) for one in group),
                group[0].is_required and any(is_used(one, used) for one in group),
            )
            for group in groups.values()
        )
        self._known: dict[tuple[str, ...], Json | EntryError] = {}

    def read(self, cells: Mapping[str, str], formulas: Collection[str] = ()) -> FittedRow:
        """Read a row of texts into answers of the form. Nothing is raised for what stands in it.

        Nothing is filled from a column of ``formulas``: nobody knows what they come to.
        """
        answers: dict[str, Json] = {}
        problems: list[str] = []
        for one in self._questions:
            unread = [column for _part, column in one.columns if column in formulas]
            if unread:
                problems.append(_formula_problem(unread[0]))
                continue
            texts = tuple(cells.get(column, "").strip() for _part, column in one.columns)
            if not any(texts):
                if one.is_needed:
                    problems.append(_("„{label}“ fehlt.").format(label=one.field.label))
                continue
            found = self._answer(one, texts)
            if isinstance(found, EntryError):
                problems.append(str(found))
            else:
                answers[one.field.key] = found
        return FittedRow(answers, tuple(problems))

    def _answer(self, one: _Question, texts: tuple[str, ...]) -> Json | EntryError:
        key = (one.field.key, *texts)
        if key not in self._known:
            by_part = dict(zip((part for part, _column in one.columns), texts, strict=True))
            try:
                self._known[key] = _read(one.field, by_part)
            except EntryError as error:
                self._known[key] = error
        return self._known[key]


def _formula_problem(column: str) -> str:
    text = _("„{name}“ ist eine Formel. Fügen Sie in der Tabelle den Wert ein.")
    return text.format(name=column[:80])


def _read(field: Field, texts: Mapping[str, str]) -> Json:
    kind = kind_of(field)
    if isinstance(field, PartsField):
        parts_kind_of(field)
        value = kind.parse(field, [texts.get(part.key, "") for part in field.parts])
    else:
        value = kind.parse(field, _posted(field, texts[""]))
    if value is None:
        return None
    broken = kind.check(field, value)
    if broken:
        raise EntryError(broken[0])
    return dump_scalar(field, value)


def _posted(field: Field, text: str) -> list[str]:
    """Return the text as the page of the form would post it: choices by value, not by label."""
    if field.type in ("yes_no", "confirmation"):
        return [_YES_NO.get(text.casefold(), text)]
    if not isinstance(field, ChoiceField):
        return [text]
    if field.type == "checkboxes":
        return [_value_of(field, one) for one in text.replace(";", ",").split(",") if one.strip()]
    return [_value_of(field, text)]


def _value_of(field: ChoiceField, text: str) -> str:
    wanted = _folded(text)
    for option in field.options:
        if wanted in (_folded(option.label), option.value.casefold()):
            return option.value
    return text.strip()
