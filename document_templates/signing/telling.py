"""Telling people by e-mail that a document waits for their signature; which one, nobody writes."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from document_templates.signing.models import Signing
from document_templates.signing.reading import in_turn
from forms.procedure.reminding import told_since
from tenants.notices import notify_people

BERLIN: Final = ZoneInfo("Europe/Berlin")


def tell_signatories(sessions: sessionmaker[Session], today: date) -> None:
    """Let everybody get an e-mail whose turn to sign came since the last morning.

    That is who was asked, reminded, or whose predecessor signed. Harmless to repeat.
    """
    with sessions.begin() as session:
        since = told_since(session, today)
        if since is not None:
            notify_people(session, people_in_turn(session, since, today), today)


def people_in_turn(session: Session, since: date, today: date) -> set[int]:
    """Return the accounts whose turn to sign came between two days, the last one excluded."""
    begin, end = (datetime.combine(day, time(), BERLIN) for day in (since, today))
    found: set[int] = set()
    # Nobody signs paper here.
    open_ones = select(Signing).where(Signing.state == "open", Signing.level != "L3p")
    for signing in session.scalars(open_ones):
        turn = in_turn(signing)
        every = [one for party in signing.parties for one in party.signatures]
        happened = [signing.requested_at, *(one.signed_at for one in every)]
        is_new = any(moment is not None and begin <= moment < end for moment in happened)
        found |= {
            one.account_id
            for one in every
            if one.id in turn
            and one.account_id is not None
            and (is_new or (one.reminded_at is not None and begin <= one.reminded_at < end))
        }
    return found
