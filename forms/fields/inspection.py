"""``inspection_note``: that somebody looked into an erweitertes Führungszeugnis.

§ 72a Abs. 5 SGB VIII lets exactly this be kept: that and when it was looked into, the date of the
certificate, and whether it shows a relevant conviction. The certificate itself must not be kept;
so there is no way to put one here, in the page, by a forged post or in stored answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from forms.document_settings import Object
from forms.elements import Field, Part, Scalar, TextField
from forms.expressions.nodes import Json
from forms.expressions.operands import Compound, Operand
from forms.fields.choices import YesNoKind
from forms.fields.dates import SAMPLE_DAY, DateKind
from forms.fields.kind import Common, EntryError, FieldKind, Reading
from forms.fields.parts import PartsKind, common_of_part, day_part, part_values
from forms.fields.text import TextKind
from tenants.language import _

MAXIMUM_NAME = 100

_FILE_LIKE = re.compile(
    r"data:|base64|https?:|file:|[\w-]\.(?:pdf|jpe?g|png|tiff?|docx?|heic|zip)\b|[\w+/=]{60,}",
    re.IGNORECASE,
)

_CERTIFICATE = re.compile(r"f(?:ü|u\u0308|ue)hrungs-?\s?zeugnis", re.IGNORECASE)
NOT_KEPT = _(
    "Ein Führungszeugnis darf nicht gespeichert werden (§ 72a Abs. 5 SGB VIII). Nehmen Sie "
    "dafür das Feld „Vermerk über eine Einsicht“."
)


def asks_for_certificate(*texts: str) -> bool:
    """Say whether one of the ``texts`` of a field for files names a Führungszeugnis."""
    return any(_CERTIFICATE.search(text) for text in texts)


class InspectionNoteKind(PartsKind):
    """The note, and nothing beside it."""

    kinds: Mapping[str, FieldKind] = {
        "eingesehen_am": DateKind(),
        "ausgestellt_am": DateKind(),
        "eintrag": YesNoKind(),
        "eingesehen_von": TextKind(),
    }
    sample: Operand = Compound(
        {
            "eingesehen_am": SAMPLE_DAY,
            "ausgestellt_am": SAMPLE_DAY,
            "eintrag": True,
            "eingesehen_von": "x",
        }
    )

    def parts(self, document: Object, common: Common, reading: Reading) -> tuple[Part, ...]:
        entered, by = _("Einschlägige Eintragung vorhanden?"), _("Eingesehen von")
        return (
            day_part(common, "eingesehen_am", _("Eingesehen am")),
            day_part(common, "ausgestellt_am", _("Datum des Führungszeugnisses")),
            Part(
                key="eintrag",
                label=entered,
                field=Field(**common_of_part(common, "eintrag", "yes_no", entered)),
            ),
            Part(
                key="eingesehen_von",
                label=by,
                field=TextField(
                    **common_of_part(common, "eingesehen_von", "text", by), max_length=MAXIMUM_NAME
                ),
            ),
        )

    def refusal(self, field: Field, name: str) -> EntryError:
        return EntryError(
            _(
                "„{label}“ nimmt keine Dateien und keine weiteren Angaben auf. Vom"
                " Führungszeugnis dürfen nur die Einsicht, ihr Datum, das Datum des Zeugnisses"
                " und Ja oder Nein gespeichert werden (§ 72a Abs. 5 SGB VIII)."
            ).format(label=field.label)
        )

    def load(self, field: Field, stored: Json) -> Scalar:
        if not isinstance(stored, dict):
            raise self.refusal(field, "")
        return super().load(field, stored)

    def display(self, field: Field, value: Scalar) -> str:
        shown = self.shown(field, value)
        texts = {
            "eingesehen_am": _("eingesehen am {text}"),
            "eingesehen_von": _("von {text}"),
            "ausgestellt_am": _("Führungszeugnis vom {text}"),
            "eintrag": _("einschlägige Eintragung: {text}"),
        }
        return ", ".join(
            text.format(text=shown[key]) for key, text in texts.items() if key in shown
        )

    def check(self, field: Field, value: Scalar) -> list[str]:
        values = part_values(value)
        seen, issued = values.get("eingesehen_am"), values.get("ausgestellt_am")
        problems = []
        if isinstance(seen, date) and isinstance(issued, date) and seen < issued:
            problems.append(
                _("Bei „{label}“ liegt die Einsicht vor dem Datum des Führungszeugnisses.").format(
                    label=field.label
                )
            )
        if _FILE_LIKE.search(str(values.get("eingesehen_von", ""))):
            problems.append(str(self.refusal(field, "eingesehen_von")))
        return problems
