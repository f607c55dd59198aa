"""Zeichnungsregeln: which people together bind a party. Pure.

What the Kommunalverfassungen ask of a Verpflichtungserklärung differs by Land (§ 60 SächsGemO,
§ 73 KVG LSA, § 71 HGO); associations and companies say it in their statutes. A rule is therefore
chosen for each party and never derived.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Final

from tenants.language import _

CAPACITIES: Final = {
    "head": _("Hauptverwaltungsbeamtin oder -beamter"),
    "deputy": _("allgemeine Vertretung"),
    "employee": _("Bedienstete oder Bediensteter"),
    "representative": _("vertretungsberechtigt nach Satzung oder Register"),
    "proxy": _("bevollmächtigt"),
}
"""As what somebody signs."""

RULES: Final = {
    "single": _("einzeln"),
    "joint": _("gemeinsam zu mehreren"),
    "head": _("HVB, allgemeine Vertretung oder zwei Bedienstete"),
    "head_or_deputy_and_two": _("HVB, oder allgemeine Vertretung mit zwei Bediensteten"),
    "proxy": _("mit Vollmacht"),
}
MOST_SIGNERS: Final = 20
_OF_THE_OFFICE_ONLY: Final = {"head", "deputy", "head_or_deputy_and_two"}


def capacities(*, is_office: bool) -> dict[str, str]:
    """Return as what people of a side sign; a head and a deputy has the office alone."""
    return _of_the_side(CAPACITIES, is_office)


def rules(*, is_office: bool) -> dict[str, str]:
    """Return the rules that a side can have."""
    return _of_the_side(RULES, is_office)


def _of_the_side(all_of_them: dict[str, str], is_office: bool) -> dict[str, str]:
    return {
        key: label
        for key, label in all_of_them.items()
        if is_office or key not in _OF_THE_OFFICE_ONLY
    }


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and, for ``joint``, how many people it needs."""

    kind: str = "single"
    required: int = 1

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a rule that does not exist or needs nobody."""
        if self.kind not in RULES:
            raise ValueError(f"no such rule: {self.kind}")
        if not 1 <= self.required <= MOST_SIGNERS:
            raise ValueError("a rule needs between one and twenty people")

    @property
    def words(self) -> str:
        """The rule in a few German words."""
        if self.kind == "joint":
            return _("gemeinsam, {count} Personen").format(count=self.required)
        return RULES[self.kind]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs for a party; dates are the first and last day of the authority, both included."""

    id: str
    capacity: str = "representative"
    valid_from: date | None = None
    valid_until: date | None = None
    authority: str = ""
    """Reference of the Vollmacht; without one a proxy has none."""

    def may_sign_on(self, day: date) -> bool:
        """Say whether the person is entitled on that day."""
        if self.valid_from is not None and day < self.valid_from:
            return False
        if self.valid_until is not None and day > self.valid_until:
            return False
        return self.capacity != "proxy" or bool(self.authority.strip())


def is_fulfilled(rule: Rule, signers: Iterable[Signer]) -> bool:
    """Say whether ``signers`` together bind the party. Nobody counts twice."""
    people = {one.id: one for one in signers}.values()
    counts = {capacity: 0 for capacity in CAPACITIES}
    for one in people:
        counts[one.capacity] += 1
    if rule.kind == "single":
        return len(people) >= 1
    if rule.kind == "joint":
        return len(people) >= rule.required
    if rule.kind == "head":
        return bool(counts["head"] or counts["deputy"] or counts["employee"] >= 2)
    if rule.kind == "head_or_deputy_and_two":
        return bool(counts["head"] or (counts["deputy"] and counts["employee"] >= 2))
    return counts["proxy"] >= 1


def fewest_signatures(rule: Rule, signers: Sequence[Signer]) -> int | None:
    """Return how few of ``signers`` fulfil the rule, None when not even all of them do."""
    people = list({one.id: one for one in signers}.values())
    if not is_fulfilled(rule, people):
        return None
    if rule.kind == "joint":
        return rule.required
    return next(
        count
        for count in range(1, len(people) + 1)
        if any(is_fulfilled(rule, chosen) for chosen in combinations(people, count))
    )


def shortfall(rule: Rule, signers: Sequence[Signer]) -> str:
    """Return in German what the choice of people lacks, empty when all together suffice."""
    if is_fulfilled(rule, signers):
        return ""
    return {
        "single": _("Wählen Sie mindestens eine Person aus."),
        "joint": _("Wählen Sie mindestens {count} Personen aus.").format(count=rule.required),
        "head": _(
            "Wählen Sie die HVB, die allgemeine Vertretung oder zwei Bedienstete aus; die"
            " Funktion steht bei den Zeichnungsberechtigten."
        ),
        "head_or_deputy_and_two": _(
            "Wählen Sie die HVB aus, oder die allgemeine Vertretung und zwei Bedienstete; die"
            " Funktion steht bei den Zeichnungsberechtigten."
        ),
        "proxy": _("Wählen Sie eine Person mit Vollmacht aus."),
    }[rule.kind]
