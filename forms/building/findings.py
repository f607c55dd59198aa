"""One finding about the draft of a form, with the element it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from forms.building.document_tree import Place, element_id

Level: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class BuildingFinding:
    """One finding. ``element`` is the id of what it is about; an error keeps from publishing."""

    level: Level
    kind: str
    element: str
    text: str


def about(place: Place, level: Level, kind: str, text: str) -> BuildingFinding:
    """Return a finding about the element at ``place``."""
    return BuildingFinding(level, kind, element_id(place.element), text)
