"""``postcode`` and ``address``: where somebody is found by post, in Germany."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from forms.document_settings import Object
from forms.elements import Field, Part, Scalar, TextField
from forms.expressions.nodes import Json
from forms.expressions.operands import Compound, Operand
from forms.fields.kind import Common, EntryError, FieldKind, Reading, single, wrong_type
from forms.fields.parts import PartsKind, common_of_part
from forms.fields.text import TextKind
from tenants.language import _

MAXIMUM_LINE = 200

_POSTCODE = re.compile(r"(?:D ?[-–] ?)?([0-9]{2}) ?([0-9]{3})")


class PostcodeKind(FieldKind):
    """A German Postleitzahl: five digits, text and no number (``01067``)."""

    sample: Operand = "65183"
    input_mode = "numeric"

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return TextField(**common, autocomplete=str(document.get("autocomplete", "")))

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        typed = single(field, posted)
        return self._read(field, typed) if typed else None

    def load(self, field: Field, stored: Json) -> Scalar:
        if not isinstance(stored, str):
            raise wrong_type(field, _("eine Postleitzahl als Text"))
        return self._read(field, stored.strip()) if stored.strip() else None

    @staticmethod
    def _read(field: Field, typed: str) -> str:
        match = _POSTCODE.fullmatch(typed)
        if match is None or match[1] == "00":
            raise EntryError(
                _("Bitte geben Sie bei „{label}“ eine Postleitzahl mit fünf Ziffern an.").format(
                    label=field.label
                )
            )
        return match[1] + match[2]

    def dump(self, field: Field, value: Scalar) -> Json:
        return str(value)

    def display(self, field: Field, value: Scalar) -> str:
        return str(value)


class AddressKind(PartsKind):
    """Street, postcode and place."""

    kinds: Mapping[str, FieldKind] = {
        "strasse": TextKind(),
        "plz": PostcodeKind(),
        "ort": TextKind(),
    }
    sample: Operand = Compound({"strasse": "x", "plz": "65183", "ort": "x"})

    def parts(self, document: Object, common: Common, reading: Reading) -> tuple[Part, ...]:
        is_own = document.get("own") is True
        described = (
            ("strasse", "text", _("Straße und Hausnummer"), "address-line1"),
            ("plz", "postcode", _("Postleitzahl"), "postal-code"),
            ("ort", "text", _("Ort"), "address-level2"),
        )
        return tuple(
            Part(
                key=key,
                label=label,
                field=TextField(
                    **common_of_part(common, key, type_, label),
                    max_length=MAXIMUM_LINE,
                    autocomplete=autocomplete if is_own else "",
                ),
            )
            for key, type_, label, autocomplete in described
        )

    def display(self, field: Field, value: Scalar) -> str:
        shown = self.shown(field, value)
        place = " ".join(shown[key] for key in ("plz", "ort") if key in shown)
        return ", ".join(line for line in (shown.get("strasse", ""), place) if line)
