"""The steps of a form: in which order which participants fill which sections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forms.elements import Field, Page, Section
from forms.viewer import PARTICIPANTS
from tenants.language import _


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureStep:
    """One step: ``role`` fills its sections, then hands over to the next step.

    ``sections`` narrows the sections of the role; empty means all of them.
    """

    key: str
    title: str
    role: str
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """The steps of a form in their order; without steps whoever begins fills everything."""

    steps: tuple[ProcedureStep, ...] = ()

    @property
    def last(self) -> int:
        """Number of the last step, counted from 0."""
        return max(len(self.steps) - 1, 0)

    def role_of(self, step: int) -> str:
        """Return who fills step ``step``, empty for whoever began."""
        return self.steps[step].role if step < len(self.steps) else ""

    def title_of(self, step: int) -> str:
        """Return what step ``step`` is called, empty without steps."""
        return self.steps[step].title if step < len(self.steps) else ""

    def fills(self, step: int, section: Section) -> bool:
        """Say whether ``section`` is filled in step ``step``."""
        if not self.steps:
            return step == 0
        if step >= len(self.steps):
            return False
        wanted = self.steps[step]
        if wanted.sections:
            return section.key in wanted.sections
        return wanted.role in (section.filled_by or (self.steps[0].role,))

    def first_step_of(self, section: Section) -> int:
        """Return the first step in which ``section`` is filled."""
        return next((number for number in range(len(self.steps)) if self.fills(number, section)), 0)


def check_procedure(procedure: Procedure, pages: tuple[Page, ...]) -> Iterator[str]:
    """Yield a German finding for each step and section that do not fit together."""
    sections = {section.key: section for page in pages for section in page.sections}
    keys = [step.key for step in procedure.steps]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield _("Ablauf: Der Schritt „{key}“ steht doppelt.").format(key=key)
    for step in procedure.steps:
        for key in step.sections:
            yield from _check_listed(step, key, sections)
    for number, step in enumerate(procedure.steps):
        if not any(procedure.fills(number, section) for section in sections.values()):
            yield _("Ablauf: Im Schritt „{title}“ gibt es nichts auszufüllen.").format(
                title=step.title
            )
    for section in sections.values():
        yield from _check_section(procedure, section)


def _check_listed(step: ProcedureStep, key: str, sections: dict[str, Section]) -> Iterator[str]:
    section = sections.get(key)
    if section is None:
        yield _(
            "Ablauf: Der Schritt „{title}“ nennt den Abschnitt „{key}“, den es nicht gibt."
        ).format(title=step.title, key=key)
    elif section.filled_by and step.role not in section.filled_by:
        yield _(
            "Ablauf: Den Abschnitt „{section}“ füllt nicht, wer den Schritt „{title}“ macht."
        ).format(section=section.title or key, title=step.title)


def _check_section(procedure: Procedure, section: Section) -> Iterator[str]:
    name = section.title or section.key
    if section.filled_by and not procedure.steps:
        yield _("Abschnitt „{name}“: filled_by braucht einen Ablauf (procedure).").format(name=name)
        return
    if procedure.steps and not any(
        procedure.fills(number, section) for number in range(len(procedure.steps))
    ):
        yield _("Abschnitt „{name}“: Kein Schritt des Ablaufs füllt ihn.").format(name=name)
    for number, step in enumerate(procedure.steps):
        if procedure.fills(number, section):
            yield from _check_seen(name, section.visible_to, step.role, section.fields)


def _check_seen(
    name: str, visible_to: tuple[str, ...], role: str, fields: tuple[Field, ...]
) -> Iterator[str]:
    """Refuse what somebody has to fill without seeing it."""
    if visible_to and role not in visible_to:
        yield _("Abschnitt „{name}“: {role} füllt ihn und muss ihn sehen.").format(
            name=name, role=PARTICIPANTS[role]
        )
    for field in fields:
        if field.visible_to and role not in field.visible_to and field.required:
            yield _("Feld „{label}“: {role} muss es ausfüllen und darf es nicht sehen.").format(
                label=field.label, role=PARTICIPANTS[role]
            )
