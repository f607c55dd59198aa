"""``register``, ``organisation`` and ``person``: an entry of a list that the tenant keeps.

The answer is plain data: the key of the entry with its name and those of its columns that the
form takes over. The lists themselves are no business of a form; what may be chosen is asked of
`forms.picking.Choices`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from forms.document_settings import Object, text, texts
from forms.elements import Field, Part, PartsField, PartValues, Scalar, Simple, TextField
from forms.expressions.nodes import Json
from forms.expressions.operands import Compound, Operand, single_operand
from forms.fields.kind import Common, EntryError, FieldKind, Reading, single, wrong_type
from forms.fields.parts import PartsKind, common_of_part, part_values
from forms.fields.register_columns import (
    COLUMN_KINDS,
    KEY,
    MAXIMUM_COLUMNS,
    NAME,
    RegisterColumn,
    column_field,
    columns_of,
    is_taken,
)
from tenants.language import _

FUNCTION = "funktion"
OFFICE, OWN = "office", "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedField(PartsField):
    """A field whose answer is an entry of a list; the list is named by the type."""

    register: str = ""
    """The key of the register, empty for other lists."""
    is_own: bool = False
    """Whether only what belongs to the organisation that fills in may be chosen."""
    filter_column: str = ""
    filter_field: str = ""
    """Only entries whose column says what that field is answered with."""
    side: str = ""
    """Whose people may be chosen: ``office`` or ``own``, that of whoever fills in."""
    roles: tuple[str, ...] = ()
    """Only people with one of these roles; empty for all."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return what is taken over besides key and name."""
        return tuple(part.key for part in self.parts if part.key not in (KEY, NAME))


class PickedKind(PartsKind):
    """An entry by its key. Only whoever knows the list can read what somebody typed."""

    def taken_over(self, document: Object) -> tuple[RegisterColumn, ...]:
        """Return what the answer holds besides key and name."""
        return ()

    def parts(self, document: Object, common: Common, reading: Reading) -> tuple[Part, ...]:
        def named(key: str, label: str, maximum: int) -> Part:
            made = TextField(**common_of_part(common, key, "text", label), max_length=maximum)
            return Part(key=key, label=label, field=made, is_optional=key != KEY)

        columns = self.taken_over(document)
        keys = [column.key for column in columns]
        for key in keys:
            if (is_taken(key) and key != FUNCTION) or keys.count(key) > 1:
                reading.findings.append(
                    _("Feld „{label}“ ({name}): „{key}“ kann keine Spalte heißen.").format(
                        label=common["label"], name=common["key"], key=key
                    )
                )
        return (
            named(KEY, _("Schlüssel"), 64),
            named(NAME, _("Name"), 200),
            *(
                Part(
                    key=column.key,
                    label=column.label,
                    field=column_field(
                        common_of_part(common, column.key, column.type, column.label), column
                    ),
                    is_optional=True,
                )
                for column in columns[:MAXIMUM_COLUMNS]
            ),
        )

    def kind_of_part(self, part: Part) -> FieldKind:
        return COLUMN_KINDS[part.field.type]

    def sample_of(self, field: Field) -> Operand:
        parts = field.parts if isinstance(field, PartsField) else ()
        samples = {part.key: self.kind_of_part(part).sample for part in parts}
        return Compound({key: single_operand(one) for key, one in samples.items()})

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        typed = single(field, posted)
        if not typed:
            return None
        raise not_in_list(field, typed)

    def load(self, field: Field, stored: Json) -> Scalar:
        """Read a stored answer; what an earlier version took over besides is left out."""
        if not isinstance(stored, dict) or not isinstance(stored.get(KEY), str):
            raise wrong_type(field, _("ein Eintrag mit seinem Schlüssel"))
        parts = field.parts if isinstance(field, PartsField) else ()
        known = {part.key for part in parts}
        return super().load(field, {key: value for key, value in stored.items() if key in known})

    def display(self, field: Field, value: Scalar) -> str:
        values = part_values(value)
        return str(values.get(NAME) or values.get(KEY, ""))

    def operand(self, value: Scalar) -> Operand:
        parts = part_values(value).items()
        return Compound({key: single_operand(_operand(one)) for key, one in parts})


class RegisterKind(PickedKind):
    """An entry of one of the tenant's registers."""

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        wanted = document.get("filter")
        filter_ = wanted if isinstance(wanted, dict) else {}
        return PickedField(
            **common,
            parts=self.parts(document, common, reading),
            register=text(document, "register"),
            is_own=document.get("own_entries") is True,
            filter_column=text(filter_, "column"),
            filter_field=text(filter_, "field"),
        )

    def taken_over(self, document: Object) -> tuple[RegisterColumn, ...]:
        return columns_of(document, "takes")


class OrganisationKind(PickedKind):
    """A Träger that works with the tenant; a Träger itself can only choose itself."""

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return PickedField(
            **common,
            parts=self.parts(document, common, reading),
            is_own=document.get("own_organisation") is True,
        )

    def taken_over(self, document: Object) -> tuple[RegisterColumn, ...]:
        return (
            RegisterColumn("strasse", _("Straße und Hausnummer"), "text"),
            RegisterColumn("ort", _("Postleitzahl und Ort"), "text"),
        )


class PersonKind(PickedKind):
    """Somebody of the office or of the own side, by name and function and nothing else."""

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return PickedField(
            **common,
            parts=self.parts(document, common, reading),
            side=text(document, "side"),
            roles=texts(document, "roles"),
        )

    def taken_over(self, document: Object) -> tuple[RegisterColumn, ...]:
        return (RegisterColumn(FUNCTION, _("Funktion"), "text"),)

    def display(self, field: Field, value: Scalar) -> str:
        name, function = super().display(field, value), part_values(value).get(FUNCTION)
        return f"{name}, {function}" if function else name


def not_in_list(field: Field, typed: str) -> EntryError:
    """Return the error for a text that is no entry of the list of ``field``."""
    return EntryError(
        _(
            "„{typed}“ steht bei „{label}“ nicht zur Auswahl. Bitte wählen Sie einen Eintrag der"
            " Liste."
        ).format(typed=typed[:60], label=field.label)
    )


def is_picked(stored: Json) -> bool:
    """Say whether ``stored`` is the answer of such a field: one thing, never merged by parts."""
    return (
        isinstance(stored, dict)
        and isinstance(stored.get(KEY), str)
        and isinstance(stored.get(NAME), str)
    )


def picked_key(value: object) -> str:
    """Return the key of a typed answer, empty for anything else."""
    return str(value.values.get(KEY, "")) if isinstance(value, PartValues) else ""


def picked_value(field: PickedField, key: str, name: str, cells: Mapping[str, Json]) -> PartValues:
    """Return the answer that names an entry; a cell that is not of the form's type is left out."""
    values: dict[str, Simple] = {KEY: key, NAME: name}
    for part in field.parts:
        stored = cells.get(part.key)
        if part.key in values or stored is None:
            continue
        try:
            loaded = COLUMN_KINDS[part.field.type].load(part.field, stored)
        except EntryError:
            continue
        if loaded is not None and isinstance(loaded, str | int | Decimal | date):
            values[part.key] = loaded
    return PartValues(values)


def _operand(value: Simple) -> Operand:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str | bool | Decimal | date):
        return value
    raise TypeError(f"No column holds this: {value!r}")
