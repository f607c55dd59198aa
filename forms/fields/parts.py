"""What field types share that ask for several things together: a period, an address, a norm.

Each part is read, checked and shown as a field of its own; the inputs are named
``zeitraum.von``. A rule names a part in the same way.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from forms.document_settings import Object
from forms.elements import (
    DateField,
    Field,
    NotRecorded,
    Part,
    PartsField,
    PartValues,
    Scalar,
    Simple,
)
from forms.expressions.nodes import Json
from forms.expressions.operands import Compound, Operand, single_operand
from forms.fields.kind import Common, EntryError, FieldKind, Reading, wrong_type
from tenants.language import _


class PartsKind(FieldKind):
    """One field type of several parts."""

    has_text = True
    kinds: Mapping[str, FieldKind]
    """The kind of each part by its key."""

    def kind_of_part(self, part: Part) -> FieldKind:
        """Return what reads and shows ``part``."""
        return self.kinds[part.key]

    @abstractmethod
    def parts(self, document: Object, common: Common, reading: Reading) -> tuple[Part, ...]:
        """Return the parts that a field with these settings asks for."""

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return PartsField(**common, parts=self.parts(document, common, reading))

    def assemble(self, field: PartsField, values: Mapping[str, Simple]) -> Scalar:
        """Return the parts that were answered as one value, None when there are none."""
        return PartValues(dict(values)) if values else None

    def refusal(self, field: Field, name: str) -> EntryError:
        """Return the error for an answer ``name`` that is none of the parts."""
        return EntryError(
            _("„{label}“ hat keine Angabe „{name}“.").format(label=field.label, name=name[:80])
        )

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        """Read one text for each part, in their order."""
        whole = _whole(field)
        if len(posted) > len(whole.parts):
            raise EntryError(
                _("„{label}“ kam mehrfach an. Bitte laden Sie die Seite neu.").format(
                    label=field.label
                )
            )
        texts = zip(whole.parts, posted, strict=False)
        return self._assembled(
            whole,
            ((part, self.kind_of_part(part).parse(part.field, [text])) for part, text in texts),
        )

    def load(self, field: Field, stored: Json) -> Scalar:
        whole = _whole(field)
        if not isinstance(stored, dict):
            raise wrong_type(field, _("ein Objekt mit benannten Angaben"))
        for name in stored:
            if whole.part(name) is None:
                raise self.refusal(field, name)
        given = ((part, stored.get(part.key)) for part in whole.parts)
        return self._assembled(
            whole,
            (
                (part, self.kind_of_part(part).load(part.field, value))
                for part, value in given
                if value is not None
            ),
        )

    def _assembled(self, field: PartsField, read: Iterable[tuple[Part, Scalar]]) -> Scalar:
        return self.assemble(
            field,
            {
                part.key: value
                for part, value in read
                if value is not None and not isinstance(value, PartValues | NotRecorded)
            },
        )

    def dump(self, field: Field, value: Scalar) -> Json:
        values = part_values(value)
        return {
            part.key: self.kind_of_part(part).dump(part.field, values[part.key])
            for part in _whole(field).parts
            if part.key in values
        }

    def entry(self, field: Field, value: Scalar) -> str:
        """Return nothing: each part has an input of its own."""
        return ""

    def operand(self, value: Scalar) -> Operand:
        return Compound(
            {
                key: single_operand(self.kinds[key].operand(part))
                for key, part in part_values(value).items()
            }
        )

    def shown(self, field: Field, value: Scalar) -> dict[str, str]:
        """Return the answered parts formatted for reading."""
        values = part_values(value)
        return {
            part.key: self.kind_of_part(part).display(part.field, values[part.key])
            for part in _whole(field).parts
            if part.key in values
        }


def part_values(value: Scalar) -> Mapping[str, Simple]:
    """Return the answered parts of ``value`` by key."""
    return value.values if isinstance(value, PartValues) else {}


def missing_parts(field: PartsField, value: Scalar) -> list[Part]:
    """Return the parts without which the answer is not complete."""
    given = part_values(value)
    return [part for part in field.parts if not part.is_optional and part.key not in given]


def common_of_part(common: Common, key: str, type_: str, label: str) -> Common:
    """Return what the field of a part is made with; its label names the whole field too."""
    return Common(
        id="",
        key=key,
        type=type_,
        label=f"{common['label']}: {label}",
        page_key=common["page_key"],
        section_key=common["section_key"],
        repeat_key=common["repeat_key"],
        help="",
        required=False,
        required_level="error",
        visible=None,
        valid=(),
        data_class=common["data_class"],
        visible_to=common["visible_to"],
        prefill=None,
        not_recorded=None,
        shown_to=(),
    )


def day_part(
    common: Common,
    key: str,
    name: str,
    limits: DateField | None = None,
    *,
    label: str = "",
    optional: bool = False,
) -> Part:
    """Return a part that asks for a day, within the limits of ``limits``.

    ``label`` stands at the input where more has to be said than ``name``.
    """
    return Part(
        key=key,
        label=label or name,
        field=DateField(
            **common_of_part(common, key, "date", name),
            minimum=limits.minimum if limits else None,
            maximum=limits.maximum if limits else None,
        ),
        is_optional=optional,
    )


def _whole(field: Field) -> PartsField:
    if not isinstance(field, PartsField):
        raise TypeError(f"Not a field of several parts: {field.name}")
    return field
