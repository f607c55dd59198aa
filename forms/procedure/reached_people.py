"""Which people a reminder reaches: in charge, the Leitung of the Träger, the Koordination."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from forms.models import Submission
from forms.procedure.deadlines import COORDINATION, MANAGEMENT, OFFICER
from forms.procedure.models import Inquiry
from forms.publishing import definition_of
from tenants.notices import people_to_notify

_MANAGING: Final = frozenset({"traeger_leitung"})
_COORDINATING: Final = frozenset({"koordination"})


@dataclass(frozen=True, slots=True)
class Concern:
    """Who is in charge of something: a person, or else whoever has one of ``roles``.

    ``organisation_id`` is the Träger that must act, None for the office. Reports are answered by
    the Leitung, so nobody below it is in charge of one.
    """

    organisation_id: str | None
    account_id: int | None = None
    roles: frozenset[str] = _MANAGING


def concern_of_inquiry(inquiry: Inquiry, submission: Submission) -> Concern:
    """Return who is in charge of a Rückfrage: who began, or the people of a later step."""
    if inquiry.step == 0:
        return Concern(inquiry.organisation_id, submission.account_id)
    role = definition_of(submission.form_version).procedure.role_of(inquiry.step)
    return Concern(inquiry.organisation_id, roles=frozenset({role}) if role else _MANAGING)


def people_reached(session: Session, concern: Concern, stages: Collection[str]) -> set[int]:
    """Return the accounts that a reminder of these stages reaches. Permission: the office."""
    found: set[int] = set()
    if OFFICER in stages:
        if concern.account_id is not None:
            found.add(concern.account_id)
        else:
            found |= people_to_notify(
                session, organisation_id=concern.organisation_id, roles=concern.roles
            )
    if MANAGEMENT in stages and concern.organisation_id is not None:
        found |= people_to_notify(session, organisation_id=concern.organisation_id, roles=_MANAGING)
    if COORDINATION in stages:
        found |= people_to_notify(session, organisation_id=None, roles=_COORDINATING)
    return found
