"""Builds the view of one field from its definition and an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forms.definition import FormDefinition
from forms.elements import (
    CalculatedField,
    ChoiceField,
    DeclarationField,
    Field,
    InfoField,
    NumberField,
    Scalar,
    TextField,
)
from forms.evaluation import Evaluation
from forms.fields.choices import NO, YES
from forms.fields.registry import display_value, has_value, kind_of
from forms.german import paragraphs
from forms.input import marker_name
from forms.views import FieldView, OptionView
from tenants.language import _

_INPUT_MODES = {"integer": "numeric", "decimal": "decimal", "money": "decimal", "email": "email"}
_TICKED = frozenset({"yes_no", "radio", "checkboxes", "declaration"})
"""Types whose inputs post nothing when nothing is chosen."""


def html_id(path: str) -> str:
    """Return the id of the element of ``path``: ``f-kosten-0-betrag``, unique on a page."""
    return "f-" + path.replace("[", "-").replace("].", "-").replace("]", "").replace(".", "-")


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that the views of one page are made of; finds messages by path."""

    definition: FormDefinition
    evaluation: Evaluation
    invalid: Mapping[str, str] = field(default_factory=dict)
    _errors: dict[str, list[str]] = field(default_factory=dict)
    _errors_inside: dict[str, list[str]] = field(default_factory=dict)
    _warnings: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for messages, found in (
            (self.evaluation.errors, self._errors),
            (self.evaluation.warnings, self._warnings),
        ):
            for message in messages:
                found.setdefault(message.path, []).append(message.text_in_row)
        for error in self.evaluation.errors:
            for path in _holders(error.path):
                self._errors_inside.setdefault(path, []).append(error.text)

    def errors(self, path: str) -> tuple[str, ...]:
        """Return the texts of the errors at ``path``."""
        return tuple(self._errors.get(path, ()))

    def errors_inside(self, path: str) -> tuple[str, ...]:
        """Return the texts of the errors at ``path`` and at everything that stands in it."""
        return tuple(self._errors_inside.get(path, ()))

    def warnings(self, path: str) -> tuple[str, ...]:
        """Return the texts of the warnings at ``path``."""
        return tuple(self._warnings.get(path, ()))


def _holders(path: str) -> set[str]:
    """Return ``path`` and the fields it stands in: the groups of a row, the matrix of a cell."""
    groups = {path[:position] for position, character in enumerate(path) if character == "["}
    return {path, *groups, path.partition(".")[0].partition("[")[0]}


def field_view(drawing: Drawing, target: Field, path: str, value: Scalar) -> FieldView:
    """Return the view of a field that is neither repeat group nor matrix."""
    element_id = html_id(path)
    options = tuple(_options(target, element_id, value))
    return FieldView(
        path=path,
        html_id=element_id,
        type=target.type,
        label=target.label,
        help=target.help,
        required=path in drawing.evaluation.required,
        entry=_entry(drawing, target, path, value),
        display=display_value(target, value) if has_value(target) else "",
        options=options,
        errors=drawing.errors(path),
        warnings=drawing.warnings(path),
        paragraphs=_paragraphs(target),
        unit=_unit(target),
        autocomplete=target.autocomplete if isinstance(target, TextField) else "",
        input_mode=_INPUT_MODES.get(target.type, ""),
        max_length=target.max_length if isinstance(target, TextField) else None,
        text_rows=target.rows if isinstance(target, TextField) else 5,
        data_class=target.data_class,
        marker_name=marker_name(path) if target.type in _TICKED else "",
    )


def empty_cell(path: str) -> FieldView:
    """Return the view that keeps the place of an irrelevant field in a table."""
    return FieldView(path=path, html_id=html_id(path), type="info", label="")


def _entry(drawing: Drawing, target: Field, path: str, value: Scalar) -> str:
    if path in drawing.invalid:
        return drawing.invalid[path]
    if value is None or not has_value(target) or isinstance(target, CalculatedField):
        return ""
    return kind_of(target).entry(target, value)


def _unit(target: Field) -> str:
    if target.type == "money":
        return "€"
    # The display of a computed value has its unit already.
    return target.unit if isinstance(target, NumberField) else ""


def _paragraphs(target: Field) -> tuple[str, ...]:
    return paragraphs(target.text) if isinstance(target, InfoField | DeclarationField) else ()


def _options(target: Field, element_id: str, value: Scalar) -> list[OptionView]:
    choices: list[tuple[str, str, str]] = []
    chosen: tuple[str, ...] = ()
    if isinstance(target, ChoiceField):
        choices = [(option.value, option.label, option.help) for option in target.options]
        chosen = value if isinstance(value, tuple) else (str(value),)
    elif target.type == "yes_no":
        choices = [(YES, _("Ja"), ""), (NO, _("Nein"), "")]
        chosen = () if value is None else (YES if value else NO,)
    elif isinstance(target, DeclarationField):
        choices = [(YES, _("Das erkläre ich."), "")]
        chosen = (YES,) if value else ()
    return [
        OptionView(
            html_id=f"{element_id}-{number}",
            value=choice,
            label=label,
            help=help_text,
            checked=value is not None and choice in chosen,
        )
        for number, (choice, label, help_text) in enumerate(choices, start=1)
    ]
