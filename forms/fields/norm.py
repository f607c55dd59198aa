"""``norm``: the citation of a law with the day whose wording is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forms.document_settings import Object
from forms.elements import Field, Part, PartsField, Scalar, Simple, TextField
from forms.expressions.operands import Compound, Operand
from forms.fields.dates import SAMPLE_DAY, DateKind
from forms.fields.kind import Common, FieldKind, Reading
from forms.fields.parts import PartsKind, common_of_part, day_part, part_values
from forms.fields.text import TextKind
from forms.german import NBSP, read_date
from tenants.language import _

MAXIMUM_CITATION = 200

_SIGN = re.compile(r"(§§?|\bArt\.|\bArtikel|\bAbs\.|\bSatz|\bNr\.|\bS\.) ?(?=[0-9])")
_CITATION = re.compile(r"(?:§§?|Art\.|Artikel)\s[0-9]{1,4}[a-z]{0,2}\b(?P<rest>.*)", re.DOTALL)
# The name of the law at the end: SGB VIII, BGB, KiBiz, DSGVO, KKG NRW, VO (EU) 2016/679.
_LAW = re.compile(
    r"\s(?:[^\W\d_]*[A-ZÄÖÜ][^\W\d_]*[A-ZÄÖÜ][\w-]*"
    r"|[A-ZÄÖÜ][\w-]*(?:gesetz|ordnung|buch|satzung))\b"
)
_AS_OF = re.compile(
    r"[,;(]?\s*(?:Stand|Fassung(?: vom)?|i\. ?d\. ?F\. ?v(?:om|\.))\s*:?\s*([^,;()]{6,20})\)?$"
)


class NormKind(PartsKind):
    """One norm; several are asked for in a repeat group."""

    kinds: Mapping[str, FieldKind] = {"fundstelle": TextKind(), "stand": DateKind()}
    sample: Operand = Compound({"fundstelle": "§ 77 SGB VIII", "stand": SAMPLE_DAY})

    def parts(self, document: Object, common: Common, reading: Reading) -> tuple[Part, ...]:
        label = _("Fundstelle, zum Beispiel § 77 Abs. 1 SGB VIII")
        return (
            Part(
                key="fundstelle",
                label=label,
                field=TextField(
                    **common_of_part(common, "fundstelle", "text", _("Fundstelle")),
                    max_length=MAXIMUM_CITATION,
                ),
            ),
            day_part(common, "stand", _("Stand")),
        )

    def assemble(self, field: PartsField, values: Mapping[str, Simple]) -> Scalar:
        """Write the signs as usual, and take „Stand …“ out of the citation into its own part."""
        read = dict(values)
        citation = str(read.get("fundstelle", "")).replace(NBSP, " ")
        as_of = _AS_OF.search(citation)
        day = read_date(as_of[1]) if as_of else None
        if as_of and day and read.get("stand") in (None, day):
            citation = citation[: as_of.start()].rstrip()
            read["stand"] = day
        if citation:
            read["fundstelle"] = _SIGN.sub(rf"\1{NBSP}", citation)
        return super().assemble(field, read)

    def display(self, field: Field, value: Scalar) -> str:
        values = part_values(value)
        citation, day = str(values.get("fundstelle", "")), values.get("stand")
        if day is None:
            return citation
        as_of = _("Stand {day}").format(day=self.shown(field, value)["stand"])
        return f"{citation}, {as_of}" if citation else as_of

    def check(self, field: Field, value: Scalar) -> list[str]:
        citation = part_values(value).get("fundstelle")
        match = _CITATION.fullmatch(citation) if isinstance(citation, str) else None
        if citation is None or (match and _LAW.search(match["rest"])):
            return []
        return [
            _(
                "Bitte schreiben Sie „{label}“ mit Paragraf und Gesetz,"
                " zum Beispiel § 77 Abs. 1 SGB VIII."
            ).format(label=field.label)
        ]
