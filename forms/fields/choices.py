"""``yes_no``, ``declaration``, ``radio``, ``select`` and ``checkboxes``."""

from __future__ import annotations

from collections.abc import Sequence

from forms.elements import ChoiceField, Field, Option, Scalar
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError, FieldKind, single, wrong_type
from tenants.language import _

YES = "ja"
NO = "nein"


class YesNoKind(FieldKind):
    """Yes or no, posted as ``ja`` or ``nein``."""

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        text = single(field, posted)
        if text == YES:
            return True
        if text == NO:
            return False
        if not text:
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

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        return super().parse(field, posted) or None

    def load(self, field: Field, stored: Json) -> Scalar:
        return super().load(field, stored) or None

    def display(self, field: Field, value: Scalar) -> str:
        return _("Ja, erklärt") if value else ""


class ChoiceKind(FieldKind):
    """One of the options."""

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        text = single(field, posted)
        return self._known(field, text) if text else None

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


class CheckboxesKind(ChoiceKind):
    """Any number of the options, kept in the order of the definition."""

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        return self._collect(field, [text for text in posted if text.strip()])

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


def _options(field: Field) -> tuple[Option, ...]:
    return field.options if isinstance(field, ChoiceField) else ()


def _chosen(value: Scalar) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
