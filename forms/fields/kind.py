"""What a field type has to know."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from forms.elements import Field, Scalar
from forms.expressions.nodes import Json
from forms.expressions.operands import Operand
from tenants.language import _


class EntryError(ValueError):
    """An entry cannot be read as a value of its field (German message naming the field)."""


class FieldKind(ABC):
    """One field type. Unanswered is None everywhere; only :meth:`parse` and :meth:`load` see it."""

    @abstractmethod
    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        """Read the posted texts of ``field``. Raises :class:`EntryError`."""

    @abstractmethod
    def load(self, field: Field, stored: Json) -> Scalar:
        """Read a stored answer that is not null. Raises :class:`EntryError`."""

    @abstractmethod
    def dump(self, field: Field, value: Scalar) -> Json:
        """Return the value as it is stored."""

    @abstractmethod
    def display(self, field: Field, value: Scalar) -> str:
        """Return the value formatted for reading."""

    def entry(self, field: Field, value: Scalar) -> str:
        """Return the value as the input element shows it."""
        return self.display(field, value)

    def check(self, field: Field, value: Scalar) -> list[str]:
        """Return a message for each constraint that the value breaks."""
        return []

    def operand(self, value: Scalar) -> Operand:
        """Return the value as rules see it."""
        if isinstance(value, int) and not isinstance(value, bool):
            raise TypeError("Whole numbers are operands only in their own field type.")
        return value


def single(field: Field, posted: Sequence[str]) -> str:
    """Return the one posted text, stripped. Raises :class:`EntryError` for several."""
    if len(posted) > 1:
        raise EntryError(
            _("„{label}“ kam mehrfach an. Bitte laden Sie die Seite neu.").format(label=field.label)
        )
    return posted[0].strip() if posted else ""


def wrong_type(field: Field, expected: str) -> EntryError:
    """Return the error for a stored answer of another JSON type."""
    return EntryError(
        _("„{label}“: erwartet wird {expected}.").format(label=field.label, expected=expected)
    )
