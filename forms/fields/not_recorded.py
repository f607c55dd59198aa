"""„Nicht erhoben“ with its reason: an answer that any field may allow.

It keeps people from inventing data only because a field is required. It is stored in the place of
the answer as ``{"_not_recorded": reason}``.
"""

from __future__ import annotations

from forms.elements import Field, NotRecorded
from forms.expressions.nodes import Json
from forms.fields.kind import EntryError, wrong_type
from tenants.language import _

KEY = "_not_recorded"
ANSWER_KEY = "_answer"
"""Under it stands what was answered nevertheless."""
MAXIMUM_REASON = 500


def is_not_recorded(stored: Json) -> bool:
    """Say whether a stored answer is „nicht erhoben“."""
    return isinstance(stored, dict) and KEY in stored


def read_reason(field: Field, stored: Json) -> str:
    """Return a stored or posted reason on one line, empty for none. Raises :class:`EntryError`."""
    rule = field.not_recorded
    if rule is None or not isinstance(stored, str):
        raise wrong_type(field, _("eine Angabe"))
    reason = " ".join(stored.split())
    if reason and rule.reasons and reason not in rule.reasons:
        raise EntryError(
            _("Bitte wählen Sie bei „{label}“ einen der Gründe.").format(label=field.label)
        )
    return reason


def display_not_recorded(value: NotRecorded) -> str:
    """Return „nicht erhoben (Grund)“."""
    return _("nicht erhoben ({reason})").format(reason=value.reason)


def not_recorded_problems(field: Field, value: NotRecorded) -> list[str]:
    """Return what is wrong with „nicht erhoben“: too long a reason, an answer beside it."""
    if value.answer is not None:
        return [
            _(
                "Bei „{label}“ steht eine Angabe und zugleich „nicht erhoben“."
                " Bitte entscheiden Sie sich für eines."
            ).format(label=field.label)
        ]
    if len(value.reason) > MAXIMUM_REASON:
        return [
            _("Der Grund bei „{label}“ darf höchstens {limit} Zeichen haben.").format(
                label=field.label, limit=MAXIMUM_REASON
            )
        ]
    return []
