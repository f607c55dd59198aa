"""``telephone``: a number by the plan of its country, German unless it says otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import phonenumbers

from forms.document_settings import Object, text
from forms.elements import Field, Scalar, TextField
from forms.expressions.nodes import Json
from forms.fields.kind import (
    MASK,
    Common,
    EntryError,
    FieldKind,
    Reading,
    single,
    wrong_type,
)
from forms.german import NBSP
from tenants.language import _

HOME = "DE"
MAXIMUM_TYPED = 60


class TelephoneKind(FieldKind):
    """A telephone number, stored as ITU-T E.164 writes it (``+4961112345``)."""

    input_mode = "tel"

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return TextField(**common, autocomplete=text(document, "autocomplete"))

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        typed = single(field, posted)
        return self._read(field, typed) if typed else None

    def load(self, field: Field, stored: Json) -> Scalar:
        if not isinstance(stored, str):
            raise wrong_type(field, _("eine Telefonnummer als Text"))
        return self._read(field, stored) if stored.strip() else None

    def _read(self, field: Field, typed: str) -> str:
        # The library also reads letters (0800-FLOWERS) and finds numbers inside of texts.
        if len(typed) <= MAXIMUM_TYPED and not any(
            character.isalpha() or ord(character) > 0x2FFF for character in typed
        ):
            try:
                number = phonenumbers.parse(typed.replace(NBSP, " "), HOME)
            except phonenumbers.NumberParseException:
                number = None
            if number is not None and phonenumbers.is_possible_number(number):
                form = phonenumbers.PhoneNumberFormat.E164
                return str(phonenumbers.format_number(number, form))
        raise EntryError(
            _(
                "Bitte geben Sie bei „{label}“ eine Telefonnummer mit Vorwahl an,"
                " zum Beispiel 0611 12345."
            ).format(label=field.label)
        )

    def dump(self, field: Field, value: Scalar) -> Json:
        return str(value)

    def display(self, field: Field, value: Scalar) -> str:
        number = phonenumbers.parse(str(value))
        form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
        return str(phonenumbers.format_number(number, form)).replace(" ", NBSP)

    def entry(self, field: Field, value: Scalar) -> str:
        return self.display(field, value).replace(NBSP, " ")

    def masked(self, field: Field, value: Scalar) -> str:
        return f"{MASK}{NBSP}{str(value)[-2:]}"
