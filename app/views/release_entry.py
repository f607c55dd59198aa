"""What a Tenant-Admin enters to have a version published, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from forms.german import read_date
from forms.versions.changes import Step
from forms.versions.models import DRAFT_POLICIES
from forms.versions.validities import ReleasePlan
from forms.versions.validity import GRACE_DAYS, MAXIMUM_GRACE_DAYS
from tenants.language import _

_BERLIN = ZoneInfo("Europe/Berlin")
READ = "ja"
"""What a ticked „Kenntnisnahme verlangen“ sends."""
_LONGEST_NOTE = 4000
_LONGEST_COMMENT = 2000


@dataclass(frozen=True, slots=True)
class EntryError:
    """An entry that cannot be taken: the id of its input, and why."""

    html_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ReleaseEntry:
    """The typed texts by name, and what could be read of them."""

    typed: Mapping[str, str]
    errors: tuple[EntryError, ...]
    plan: ReleasePlan
    comment: str


def first_entry(today: date, step: Step) -> dict[str, str]:
    """Return what the page shows before anybody typed something."""
    last = today + timedelta(days=GRACE_DAYS)
    return {
        "step": step.name,
        "binding_from": today.strftime("%d.%m.%Y"),
        "keep_until": last.strftime("%d.%m.%Y"),
        "draft_policy": "keep",
        "closes_on": "",
        "closes_at": "",
        "user_note": "",
        # Another wording alone need not stop everybody in their work.
        "must_be_read": "" if step is Step.PATCH else READ,
        "comment": "",
    }


def read_entry(posted: Mapping[str, str], *, today: date, latest_name: str) -> ReleaseEntry:
    """Read what was posted; ``latest_name`` is the name of the version before, if any."""
    reader = _Reader(posted)
    binding_from = reader.day("binding_from", _("verbindlich ab"))
    keep_until = reader.day("keep_until", _("behalten bis"))
    begins = max(binding_from or today, today)
    if binding_from is not None and binding_from < today:
        reader.fail("binding_from", _("„Verbindlich ab“ darf nicht in der Vergangenheit liegen."))
    grace = (keep_until - begins).days if keep_until is not None else GRACE_DAYS
    if keep_until is not None and not 0 <= grace <= MAXIMUM_GRACE_DAYS:
        reader.fail(
            "keep_until",
            _(
                "„Behalten bis“ liegt frühestens am Tag „verbindlich ab“"
                " und höchstens zwei Jahre danach."
            ),
        )
    plan = ReleasePlan(
        name=_step(posted).after(latest_name),
        binding_from=begins,
        grace_days=grace,
        closes_at=reader.closing(),
        draft_policy=reader.policy(),
        user_note=posted.get("user_note", "").strip()[:_LONGEST_NOTE],
        must_be_read=posted.get("must_be_read") == READ,
    )
    comment = posted.get("comment", "").strip()[:_LONGEST_COMMENT]
    return ReleaseEntry(dict(posted), tuple(reader.errors), plan, comment)


def _step(posted: Mapping[str, str]) -> Step:
    name = posted.get("step", "")
    return Step[name] if name in Step.__members__ else Step.MAJOR


class _Reader:
    """Reads entries and collects what is wrong with them."""

    def __init__(self, posted: Mapping[str, str]) -> None:
        self.errors: list[EntryError] = []
        self._posted = posted

    def fail(self, html_id: str, text: str) -> None:
        self.errors.append(EntryError(html_id, text))

    def day(self, name: str, label: str) -> date | None:
        day = read_date(self._posted.get(name, ""))
        if day is None:
            self.fail(
                name,
                _("Bitte geben Sie „{label}“ als Tag an, zum Beispiel 01.07.2027.").format(
                    label=label
                ),
            )
        return day

    def policy(self) -> str:
        policy = self._posted.get("draft_policy", "")
        if policy not in DRAFT_POLICIES:
            self.fail("draft_policy", _("Bitte wählen Sie, was mit offenen Entwürfen geschieht."))
            return "keep"
        return policy

    def closing(self) -> datetime | None:
        """Return the minute of the closing, None for none; an empty time is midnight's end."""
        if not self._posted.get("closes_on", "").strip():
            return None
        moment = read_moment(self._posted.get("closes_on", ""), self._posted.get("closes_at", ""))
        if moment is None:
            self.fail(
                "closes_on",
                _("Bitte geben Sie den Annahmeschluss so an: 31.03.2027 und 12:00."),
            )
        return moment


def read_moment(day_text: str, time_text: str) -> datetime | None:
    """Read a day and a time in Berlin; without a time it is the end of the day."""
    day = read_date(day_text)
    if day is None:
        return None
    if not time_text.strip():
        return datetime.combine(day + timedelta(days=1), datetime.min.time(), _BERLIN)
    try:
        time = datetime.strptime(time_text.strip(), "%H:%M").time()
    except ValueError:
        return None
    return datetime.combine(day, time, _BERLIN)
