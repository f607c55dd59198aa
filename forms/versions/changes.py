"""A change between two versions of a form, and what it means for answers already given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from tenants.language import _


class Grade(IntEnum):
    """What a change does to answers already given; the higher, the more a person has to look.

    ``COMPATIBLE``: every answer stays and stays valid. ``NEEDS_DEFAULT``: every answer stays, but
    something is missing or may have to be corrected before handing in. ``DESTRUCTIVE``: an answer
    may be lost or come to mean something else.
    """

    COMPATIBLE = 1
    NEEDS_DEFAULT = 2
    DESTRUCTIVE = 3

    @property
    def label(self) -> str:
        """The word on pages."""
        return {
            Grade.COMPATIBLE: _("verträglich"),
            Grade.NEEDS_DEFAULT: _("braucht Vorgabewert"),
            Grade.DESTRUCTIVE: _("zerstörend"),
        }[self]


class Step(IntEnum):
    """Which part of the version name goes up: text and layout, an addition, or the meaning."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def label(self) -> str:
        """The word on pages."""
        return {
            Step.PATCH: _("Textänderung"),
            Step.MINOR: _("Ergänzung"),
            Step.MAJOR: _("Neufassung"),
        }[self]

    def after(self, name: str) -> str:
        """Return the version name after ``name`` (``1.2.0``); ``1.0.0`` after an empty one."""
        if not name:
            return "1.0.0"
        major, minor, patch = (int(part) for part in name.split("."))
        if self is Step.MAJOR:
            return f"{major + 1}.0.0"
        return f"{major}.{minor + 1}.0" if self is Step.MINOR else f"{major}.{minor}.{patch + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. ``text`` is a German sentence without its place and without a full stop.

    ``element_id`` is the page, section or field it concerns (for an option its field),
    ``page_id`` and ``page_title`` the page on which it is found, in the new version if it is
    still there; both are empty for what concerns the form as a whole. ``old`` and ``new`` are
    what a person compares: a rule, a text, a value; both empty where the sentence says it all.
    """

    kind: str
    grade: Grade
    step: Step
    element_id: str
    page_id: str
    page_title: str
    text: str
    old: str = ""
    new: str = ""

    @property
    def sentence(self) -> str:
        """The sentence with its place."""
        if not self.page_title or self.kind.startswith("page"):
            return self.text
        return _("{text} (Seite „{page}“)").format(text=self.text, page=self.page_title)


@dataclass(frozen=True, slots=True)
class FormDiff:
    """Every change from one version to another, in the order of the new version."""

    changes: tuple[Change, ...]

    @property
    def grade(self) -> Grade:
        """The worst of all changes; without any the versions are compatible."""
        return max((change.grade for change in self.changes), default=Grade.COMPATIBLE)

    @property
    def step(self) -> Step:
        """The step of the version name that the changes ask for.

        Only compatible changes may migrate drafts by themselves, so whatever else there is is a
        new major version.
        """
        return max((change.step for change in self.changes), default=Step.PATCH)

    def by_page(self) -> tuple[tuple[str, tuple[Change, ...]], ...]:
        """Return the changes grouped by title of page; the form as a whole has an empty title."""
        return grouped_by_page(self.changes)


def grouped_by_page(changes: Iterable[Change]) -> tuple[tuple[str, tuple[Change, ...]], ...]:
    """Return ``changes`` in groups with the title of their page, in the order they come in."""
    groups: dict[str, tuple[str, list[Change]]] = {}
    for change in changes:
        groups.setdefault(change.page_id, (change.page_title, []))[1].append(change)
    return tuple((title, tuple(found)) for title, found in groups.values())
