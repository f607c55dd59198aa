"""What a check found in a template, said so that a layperson can repair it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tenants.language import _

Level = Literal["error", "warning", "notice"]

EXCERPT_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation: where it is, what is wrong and the way out.

    ``error`` makes a template unusable, ``warning`` deserves a look, ``notice`` tells what
    was changed while cleaning. ``part`` is the German name of the place in the document
    ("Text", "Kopfzeile 1"), ``paragraph`` an excerpt of the paragraph's text.
    """

    level: Level
    message: str
    part: str = ""
    paragraph: str = ""
    suggestion: str = ""

    def as_text(self) -> str:
        """Return the finding in one German line."""
        place = ", ".join(
            piece
            for piece in (
                self.part,
                _("Absatz „{text}“").format(text=self.paragraph) if self.paragraph else "",
            )
            if piece
        )
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} {self.suggestion}" if self.suggestion else text

    def as_json(self) -> dict[str, str]:
        """Return the finding as a plain mapping for JSON output."""
        return {
            "level": self.level,
            "part": self.part,
            "paragraph": self.paragraph,
            "message": self.message,
            "suggestion": self.suggestion,
        }


class TemplateRefused(Exception):
    """The file cannot be used as a template; ``findings`` say why, in German."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("\n".join(finding.as_text() for finding in self.findings))

    @classmethod
    def because(
        cls, message: str, *, part: str = "", paragraph: str = "", suggestion: str = ""
    ) -> TemplateRefused:
        """Return a refusal with a single finding."""
        return cls([Finding("error", message, part, paragraph, suggestion)])


class FillingFailed(Exception):
    """A document could not be written from its data; ``finding`` names the place in German."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.as_text())


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether any of ``findings`` makes the template unusable."""
    return any(finding.level == "error" for finding in findings)


def excerpt(text: str) -> str:
    """Return ``text`` in one line, cut to 80 characters."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_LENGTH else line[: EXCERPT_LENGTH - 1] + "…"
