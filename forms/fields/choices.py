"""``yes_no``, ``declaration``, ``radio``, ``select``, ``district`` and ``checkboxes``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forms.document_settings import Object, day, number, objects, text
from forms.elements import ChoiceField, DeclarationField, Field, Option, Scalar
from forms.expressions.nodes import Json
from forms.expressions.operands import Operand
from forms.fields.kind import (
    Common,
    EntryError,
    FieldKind,
    Reading,
    empty_range,
    single,
    wrong_type,
)
from tenants.language import _

YES = "ja"
NO = "nein"
SEARCHED_FROM = 16
"""Options from which on a select is searched by typing instead of scrolled through."""


class YesNoKind(FieldKind):
    """Yes or no, posted as ``ja`` or ``nein``."""

    sample: Operand = True
    posts_nothing = True

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        answer = single(field, posted)
        if answer == YES:
            return True
        if answer == NO:
            return False
        if not answer:
            return None
        raise EntryError(
            _("Bitte wählen Sie bei „{label}“ Ja oder Nein.").format(label=field.label)
        )

    def load(self, field: Field, stored: Json) -> Scalar:
        if not isinstance(stored, bool):
            raise wrong_type(field, _("true oder false"))
        return stored

    def dump(self, field: Field, value: Scalar) -> Json:
        return bool(value)

    def display(self, field: Field, value: Scalar) -> str:
        return _("Ja") if value else _("Nein")

    def entry(self, field: Field, value: Scalar) -> str:
        return YES if value else NO


class DeclarationKind(YesNoKind):
    """A box to tick. Not ticked is unanswered: nobody declares that they do not declare."""

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return DeclarationField(**common, text=text(document, "text"))

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        return super().parse(field, posted) or None

    def load(self, field: Field, stored: Json) -> Scalar:
        return super().load(field, stored) or None

    def display(self, field: Field, value: Scalar) -> str:
        return _("Ja, erklärt") if value else ""


class ChoiceKind(FieldKind):
    """One of the options."""

    posts_nothing = True
    has_text = True

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        key = text(document, "codelist")
        codelist = reading.codelists.get(key)
        if key and codelist is None:
            reading.findings.append(
                _("Feld „{label}“ ({key}): Die Codeliste „{codelist}“ gibt es nicht.").format(
                    label=common["label"], key=common["key"], codelist=key
                )
            )
        return ChoiceField(
            **common,
            options=codelist.entries if codelist else read_options(document, "options"),
            codelist=key,
            codelist_day=text(document, "codelist_day"),
            minimum=number(document, "minimum"),
            maximum=number(document, "maximum"),
        )

    def contradictions(self, field: Field) -> Iterator[str]:
        if isinstance(field, ChoiceField):
            yield from empty_range(field.minimum, field.maximum)

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        typed = single(field, posted)
        return self._known(field, typed) if typed else None

    def load(self, field: Field, stored: Json) -> Scalar:
        if not isinstance(stored, str):
            raise wrong_type(field, _("der Wert einer Auswahl"))
        return self._known(field, stored) if stored else None

    def _known(self, field: Field, value: str) -> str:
        if value not in {option.value for option in _options(field)}:
            raise EntryError(
                _("Bitte wählen Sie bei „{label}“ eine der Möglichkeiten.").format(
                    label=field.label
                )
            )
        return value

    def dump(self, field: Field, value: Scalar) -> Json:
        return str(value)

    def display(self, field: Field, value: Scalar) -> str:
        return field.label_of(str(value)) if isinstance(field, ChoiceField) else str(value)

    def entry(self, field: Field, value: Scalar) -> str:
        return str(value)


class SelectKind(ChoiceKind):
    """One of many options; from a long list it is found by typing its label."""

    posts_nothing = False

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        typed = single(field, posted)
        if not typed:
            return None
        if is_searched(field) and isinstance(field, ChoiceField) and not field.option(typed):
            wanted = " ".join(typed.split()).casefold()
            for option in field.options:
                if option.label.casefold() == wanted:
                    return option.value
            raise EntryError(
                _(
                    "„{typed}“ steht bei „{label}“ nicht zur Auswahl. Bitte wählen Sie einen"
                    " Eintrag der Liste."
                ).format(typed=typed[:60], label=field.label)
            )
        return self._known(field, typed)

    def entry(self, field: Field, value: Scalar) -> str:
        return self.display(field, value) if is_searched(field) else str(value)


class CheckboxesKind(ChoiceKind):
    """Any number of the options, kept in the order of the definition."""

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        return self._collect(field, [value for value in posted if value.strip()])

    def load(self, field: Field, stored: Json) -> Scalar:
        if not isinstance(stored, list):
            raise wrong_type(field, _("eine Liste von Werten"))
        values: list[str] = []
        for item in stored:
            if not isinstance(item, str):
                raise wrong_type(field, _("eine Liste von Werten"))
            values.append(item)
        return self._collect(field, values)

    def _collect(self, field: Field, values: list[str]) -> Scalar:
        chosen = {self._known(field, value) for value in values}
        return tuple(option.value for option in _options(field) if option.value in chosen) or None

    def dump(self, field: Field, value: Scalar) -> Json:
        return list(_chosen(value))

    def display(self, field: Field, value: Scalar) -> str:
        if not isinstance(field, ChoiceField):
            return ""
        return ", ".join(field.label_of(item) for item in _chosen(value))

    def entry(self, field: Field, value: Scalar) -> str:
        return ""

    def check(self, field: Field, value: Scalar) -> list[str]:
        if not isinstance(field, ChoiceField):
            return []
        count = len(_chosen(value))
        if field.minimum is not None and count < field.minimum:
            return [
                _("Bitte wählen Sie bei „{label}“ mindestens {limit}.").format(
                    label=field.label, limit=field.minimum
                )
            ]
        if field.maximum is not None and count > field.maximum:
            return [
                _("Bitte wählen Sie bei „{label}“ höchstens {limit}.").format(
                    label=field.label, limit=field.maximum
                )
            ]
        return []


def is_searched(field: Field) -> bool:
    """Say whether the options are so many that one is found by typing, not by scrolling.

    Labels that occur twice would not tell which is meant; such a list stays one to scroll.
    """
    if not isinstance(field, ChoiceField) or field.type not in ("select", "district"):
        return False
    labels = {option.label.casefold() for option in field.options}
    return len(labels) == len(field.options) >= SEARCHED_FROM


def read_options(
    document: Object, name: str, findings: list[str] | None = None
) -> tuple[Option, ...]:
    """Read the choices in the list ``name`` of a field, matrix or codelist."""
    found = [] if findings is None else findings
    return tuple(
        Option(
            id=text(item, "id"),
            value=text(item, "value"),
            label=text(item, "label"),
            help=text(item, "help"),
            valid_from=day(item, "valid_from", found),
            valid_until=day(item, "valid_until", found),
        )
        for item in objects(document, name)
    )


def _options(field: Field) -> tuple[Option, ...]:
    return field.options if isinstance(field, ChoiceField) else ()


def _chosen(value: Scalar) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
