"""``scale``: points between two labelled ends, and „keine Angabe“ as an answer of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from forms.document_settings import Object, number, text
from forms.elements import Field, Scalar, ScaleField
from forms.expressions.nodes import Json
from forms.expressions.operands import Operand
from forms.fields.kind import Common, EntryError, FieldKind, Reading, single
from tenants.language import _

NO_ANSWER = "keine_angabe"
"""How „keine Angabe“ is stored and posted. Rules see null."""


class ScaleKind(FieldKind):
    """A whole number of points, or the decision not to say."""

    sample: Operand = Decimal(1)
    posts_nothing = True
    has_text = True

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return ScaleField(
            **common,
            minimum=number(document, "minimum") or 0,
            maximum=number(document, "maximum") or 0,
            minimum_label=text(document, "minimum_label"),
            maximum_label=text(document, "maximum_label"),
            no_answer=document.get("no_answer", True) is True,
        )

    def contradictions(self, field: Field) -> Iterator[str]:
        if isinstance(field, ScaleField) and not 1 <= field.maximum - field.minimum <= 20:
            yield _("Die Skala braucht von minimum bis maximum 2 bis 21 Punkte.")

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        typed = single(field, posted)
        if not typed:
            return None
        return self._known(field, int(typed) if typed in points_of(field) else typed)

    def load(self, field: Field, stored: Json) -> Scalar:
        return self._known(field, stored)

    @staticmethod
    def _known(field: Field, answer: Json) -> Scalar:
        if isinstance(field, ScaleField):
            if answer == NO_ANSWER and field.no_answer:
                return NO_ANSWER
            if (
                isinstance(answer, int)
                and not isinstance(answer, bool)
                and field.minimum <= answer <= field.maximum
            ):
                return answer
        raise EntryError(
            _("Bitte wählen Sie bei „{label}“ einen Punkt der Skala.").format(label=field.label)
        )

    def dump(self, field: Field, value: Scalar) -> Json:
        return value if isinstance(value, int) else NO_ANSWER

    def display(self, field: Field, value: Scalar) -> str:
        if not isinstance(value, int) or not isinstance(field, ScaleField):
            return _("keine Angabe")
        label = {field.minimum: field.minimum_label, field.maximum: field.maximum_label}.get(value)
        return f"{value} ({label})" if label else str(value)

    def entry(self, field: Field, value: Scalar) -> str:
        return str(value)

    def operand(self, value: Scalar) -> Operand:
        return Decimal(value) if isinstance(value, int) else None


def points_of(field: Field) -> list[str]:
    """Return the points of a scale as they are posted, from its minimum on."""
    if not isinstance(field, ScaleField):
        return []
    return [str(point) for point in range(field.minimum, field.maximum + 1)]
