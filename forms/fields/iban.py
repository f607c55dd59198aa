"""``iban`` (ISO 13616)."""

from __future__ import annotations

from collections.abc import Sequence

from stdnum import iban
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from forms.elements import Field, Scalar
from forms.expressions.nodes import Json
from forms.fields.kind import MASK, EntryError, FieldKind, single, wrong_type
from forms.german import NBSP
from tenants.language import _


class IbanKind(FieldKind):
    """An IBAN with its check digits, stored compact."""

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        text = single(field, posted)
        return self._read(field, text) if text else None

    def load(self, field: Field, stored: Json) -> Scalar:
        if not isinstance(stored, str):
            raise wrong_type(field, _("eine IBAN als Text"))
        return self._read(field, stored) if stored.strip() else None

    def _read(self, field: Field, text: str) -> str:
        compact = "".join(text.split()).upper()
        if len(compact) > 60 or not (compact.isascii() and compact.replace("-", "").isalnum()):
            raise EntryError(
                _("Bitte geben Sie bei „{label}“ eine IBAN wie DE00 0000 … an.").format(
                    label=field.label
                )
            )
        try:
            return str(iban.validate(compact))
        except InvalidLength as error:
            message = _(
                "Die IBAN bei „{label}“ ist zu kurz oder zu lang. Eine deutsche hat 22 Stellen."
            )
            raise EntryError(message.format(label=field.label)) from error
        except InvalidChecksum as error:
            message = _(
                "Die IBAN bei „{label}“ enthält einen Tippfehler: Die Prüfziffer passt nicht."
            )
            raise EntryError(message.format(label=field.label)) from error
        except ValidationError as error:
            message = _("Die Angabe bei „{label}“ ist keine IBAN.")
            raise EntryError(message.format(label=field.label)) from error

    def masked(self, field: Field, value: Scalar) -> str:
        text = str(value)
        return NBSP.join([text[:4], MASK, MASK, text[-4:]])

    def dump(self, field: Field, value: Scalar) -> Json:
        return str(value)

    def display(self, field: Field, value: Scalar) -> str:
        text = str(value)
        return NBSP.join(text[start : start + 4] for start in range(0, len(text), 4))

    def entry(self, field: Field, value: Scalar) -> str:
        return self.display(field, value).replace(NBSP, " ")
