"""Builds the view of one field from its definition and an evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from forms.attachments.drawing import files_view
from forms.attachments.states import Attachments
from forms.definition import FormDefinition
from forms.elements import (
    MAXIMUM_TEXT,
    CalculatedField,
    ChoiceField,
    DeclarationField,
    Field,
    InfoField,
    NotRecorded,
    NumberField,
    PartsField,
    Scalar,
    ScaleField,
    TextField,
)
from forms.evaluation import Evaluation
from forms.fields.choices import NO, YES, is_searched
from forms.fields.file import FileField
from forms.fields.kind import MASK
from forms.fields.parts import part_values
from forms.fields.picked import PickedField
from forms.fields.registry import display_value, has_value, kind_of
from forms.fields.scale import NO_ANSWER, points_of
from forms.german import format_date, paragraphs
from forms.picking.choices import NO_CHOICES, Choices, entry_text
from forms.picking.drawing import pick_options, pick_view, wish_at
from forms.posted_names import marker_name, reason_name
from forms.views import FieldView, NotRecordedView, OptionView, PickView
from tenants.language import _


def html_id(path: str) -> str:
    """Return the id of the element of ``path``: ``f-kosten-0-betrag``, unique on a page."""
    return "f-" + path.replace("[", "-").replace("].", "-").replace("]", "").replace(".", "-")


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that the views of one page are made of; finds messages by path."""

    definition: FormDefinition
    evaluation: Evaluation
    invalid: Mapping[str, str] = field(default_factory=dict)
    attachments: Attachments = field(default_factory=Attachments)
    choices: Choices = NO_CHOICES
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
    not_recorded = value if isinstance(value, NotRecorded) else None
    answer = not_recorded.answer if not_recorded else value
    kind = kind_of(target) if has_value(target) else None
    is_masked = target.is_masked and (answer is not None or path in drawing.invalid)
    return FieldView(
        path=path,
        html_id=element_id,
        type=target.type,
        label=target.label,
        help=target.help,
        required=path in drawing.evaluation.required,
        expected=path in drawing.evaluation.expected,
        entry="" if is_masked else _entry(drawing, target, path, answer),
        display=_display(drawing, target, path, value),
        options=tuple(_options(drawing, target, path, answer)),
        errors=drawing.errors(path),
        warnings=drawing.warnings(path),
        paragraphs=_paragraphs(target),
        unit=_unit(target),
        autocomplete=target.autocomplete if isinstance(target, TextField) else "",
        input_mode=kind.input_mode if kind else "",
        max_length=_own_limit(target),
        text_rows=target.rows if isinstance(target, TextField) else 5,
        data_class=target.data_class,
        marker_name=marker_name(path) if kind and kind.posts_nothing else "",
        masked=is_masked,
        searched=is_searched(target),
        pick=_pick(drawing, target, path, answer) if isinstance(target, PickedField) else None,
        parts=tuple(_parts(drawing, target, path, answer)),
        not_recorded=_not_recorded(target, element_id, path, not_recorded),
        files=files_view(target, path, answer, drawing.attachments)
        if isinstance(target, FileField)
        else None,
    )


def _own_limit(target: Field) -> int | None:
    """Return how long an answer may be; None where only the limit of all texts holds."""
    if isinstance(target, TextField) and target.max_length < MAXIMUM_TEXT:
        return target.max_length
    return None


def _parts(drawing: Drawing, target: Field, path: str, value: Scalar) -> Iterator[FieldView]:
    if not isinstance(target, PartsField) or isinstance(target, PickedField):
        return
    values = part_values(value)
    is_required = path in drawing.evaluation.required
    for part in target.parts:
        view = field_view(drawing, part.field, f"{path}.{part.key}", values.get(part.key))
        yield replace(
            view,
            label=part.label,
            is_part=True,
            required=is_required and not part.is_optional,
        )


def _pick(drawing: Drawing, target: PickedField, path: str, value: Scalar) -> PickView:
    values = drawing.evaluation.values
    wish = wish_at(drawing.definition, values, target, path, drawing.invalid.get(path, ""))
    return pick_view(drawing.choices, target, path, html_id(path), wish, value)


def _not_recorded(
    target: Field, element_id: str, path: str, value: NotRecorded | None
) -> NotRecordedView | None:
    if target.not_recorded is None:
        return None
    reason = value.reason if value else ""
    html_id = f"{element_id}-grund"
    return NotRecordedView(
        html_id=html_id,
        name=reason_name(path),
        reason=reason,
        reasons=tuple(
            OptionView(
                html_id=f"{html_id}-{number}", value=text, label=text, checked=text == reason
            )
            for number, text in enumerate(target.not_recorded.reasons, start=1)
        ),
    )


def empty_cell(path: str) -> FieldView:
    """Return the view that keeps the place of an irrelevant field in a table."""
    return FieldView(path=path, html_id=html_id(path), type="info", label="")


def _display(drawing: Drawing, target: Field, path: str, value: Scalar) -> str:
    if not has_value(target):
        return ""
    if value is None and path in drawing.invalid and target.is_masked:
        return MASK
    return display_value(target, value)


def _entry(drawing: Drawing, target: Field, path: str, value: Scalar) -> str:
    if path in drawing.invalid:
        return drawing.invalid[path]
    if value is None or not has_value(target) or isinstance(target, CalculatedField):
        return ""
    if isinstance(target, PickedField):
        return entry_text(drawing.choices, target, value)
    return kind_of(target).entry(target, value)


def _unit(target: Field) -> str:
    units = {"money": "€", "percent": "%", "hours": "h", "time": _("Uhr")}
    if target.type in units:
        return units[target.type]
    # The display of a computed value has its unit already.
    return target.unit if isinstance(target, NumberField) else ""


def _paragraphs(target: Field) -> tuple[str, ...]:
    return paragraphs(target.text) if isinstance(target, InfoField | DeclarationField) else ()


def _choices(
    target: ChoiceField, chosen: tuple[str, ...], day: date | None
) -> list[tuple[str, str, str]]:
    """Return the choices that hold on ``day``, and those chosen before that do not hold."""
    choices = []
    for option in target.options:
        if day is None or option.is_valid(day):
            choices.append((option.value, option.label, option.help))
        elif option.value in chosen:
            label = _("{label} (gilt am {day} nicht)")
            choices.append(
                (
                    option.value,
                    label.format(label=option.label, day=format_date(day)),
                    option.help,
                )
            )
    return choices


def _options(drawing: Drawing, target: Field, path: str, value: Scalar) -> Iterable[OptionView]:
    if isinstance(target, PickedField):
        wish = wish_at(drawing.definition, drawing.evaluation.values, target, path)
        return pick_options(drawing.choices, target, html_id(path), wish, value)
    choices: list[tuple[str, str, str]] = []
    chosen: tuple[str, ...] = ()
    element_id = html_id(path)
    if isinstance(target, ChoiceField):
        chosen = value if isinstance(value, tuple) else (str(value),)
        choices = _choices(target, chosen, drawing.evaluation.choice_days.get(path))
    elif target.type == "yes_no":
        choices = [(YES, _("Ja"), ""), (NO, _("Nein"), "")]
        chosen = () if value is None else (YES if value else NO,)
    elif isinstance(target, ScaleField):
        choices = [
            (point, kind_of(target).display(target, int(point)), "") for point in points_of(target)
        ]
        if target.no_answer:
            choices.append((NO_ANSWER, _("keine Angabe"), ""))
        chosen = (str(value),)
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
