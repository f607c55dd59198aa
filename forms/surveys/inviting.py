"""Invitations: codes that are handed out once and of which only the hash stays."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.surveys.codes import MOST_GROUPS, Code, new_code, read_code
from forms.surveys.models import SurveyGroup, SurveyInvitation, SurveyWave
from forms.surveys.waves import MOST_ISSUED, SurveyRefused, SurveyUnknown, find_wave, groups_of
from tenants.audit import record
from tenants.language import _

MOST_AT_ONCE = 5_000


def issue_codes(
    session: Session, wave: SurveyWave, group: SurveyGroup | None, count: int, *, threshold: int
) -> list[str]:
    """Return ``count`` new codes for a wave or one of its groups. Nobody can show them again.

    A group of fewer than ``threshold`` is refused: in it an answer would have a face. Raises
    `SurveyRefused`. The wave's row must be locked. Permission: can_edit Surveys.
    """
    if wave.completed_on is not None:
        raise SurveyRefused("", _("Diese Welle ist abgeschlossen und ändert sich nicht mehr."))
    if wave.access != "invitation":
        raise SurveyRefused("count", _("Diese Welle hat einen offenen Link und keine Codes."))
    if not 1 <= count <= MOST_AT_ONCE:
        raise SurveyRefused(
            "count", _("Bitte geben Sie eine Zahl von 1 bis {most} an.").format(most=MOST_AT_ONCE)
        )
    if wave.issued_codes + count > MOST_ISSUED:
        raise SurveyRefused(
            "count", _("Eine Welle hat höchstens {most} Einladungen.").format(most=MOST_ISSUED)
        )
    if group is not None:
        _check_group(group, count, threshold)
        group.issued_codes += count
    wave.issued_codes += count
    codes = [new_code(0 if group is None else group.number) for _number in range(count)]
    session.add_all(
        SurveyInvitation(wave_id=wave.id, code_sha256=code.sha256)
        for code in map(read_code, codes)
        if code is not None
    )
    session.flush()
    record(
        session, "survey.codes_issued", "survey", wave.survey_id, number=wave.number, codes=count
    )
    return codes


def _check_group(group: SurveyGroup, count: int, threshold: int) -> None:
    if group.number > MOST_GROUPS:
        raise SurveyRefused("group", _("Eine Welle hat höchstens 9999 Gruppen."))
    if group.issued_codes + group.issued_sheets + count < threshold:
        raise SurveyRefused(
            "count",
            _(
                "Eine Gruppe braucht mindestens {threshold} Einladungen, sonst ist in ihr niemand"
                " anonym. Geben Sie diese Codes ohne Gruppe aus."
            ).format(threshold=threshold),
        )


def find_invitation(session: Session, code: Code, *, lock: bool = False) -> SurveyInvitation:
    """Return the invitation with this code. Raises `SurveyUnknown`."""
    query = select(SurveyInvitation).where(SurveyInvitation.code_sha256 == code.sha256)
    if lock:
        query = query.with_for_update(of=SurveyInvitation)
    invitation = session.scalars(query).first()
    if invitation is None:
        raise SurveyUnknown("invitation")
    return invitation


def invited_wave(session: Session, code: Code) -> SurveyWave:
    """Return the wave that a code invites to. Raises `SurveyUnknown`."""
    return find_wave(session, find_invitation(session, code).wave_id)


def invited_group(session: Session, wave: SurveyWave, code: Code | None) -> SurveyGroup | None:
    """Return the group that a code names, None without one."""
    if code is None or not code.group_number:
        return None
    return next((one for one in groups_of(session, wave) if one.number == code.group_number), None)
