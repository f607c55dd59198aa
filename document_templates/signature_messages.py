"""What a person is told about a signature, in one or two German sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.validation.status import SignatureStatus

from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")


class Trust(StrEnum):
    """Why the signer's certificate is trusted or not."""

    TRUSTED = "trusted"
    UNKNOWN_ISSUER = "unknown_issuer"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NOT_SUITABLE = "not_suitable"

    @classmethod
    def of(cls, status: SignatureStatus) -> Trust:
        """Return pyHanko's judgment on the certificate in one word."""
        if status.trusted:
            return cls.TRUSTED
        if status.revoked:
            return cls.REVOKED
        problem = status.trust_problem_indic
        if problem in {
            AdESIndeterminate.OUT_OF_BOUNDS_NO_POE,
            AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED,
            AdESIndeterminate.EXPIRED,
            AdESIndeterminate.NOT_YET_VALID,
        }:
            return cls.EXPIRED
        if problem in {
            AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE,
            AdESIndeterminate.TRY_LATER,
        }:
            return cls.NOT_SUITABLE
        return cls.UNKNOWN_ISSUER


@dataclass(frozen=True)
class Facts:
    """What is known about one signature."""

    signer: str
    signing_time: datetime | None
    intact: bool
    valid: bool
    trust: Trust
    changed_later: bool
    changes_permitted: bool


def describe(facts: Facts) -> str:
    """Return the sentences for ``facts``; times are those of Berlin."""
    if not facts.intact:
        return _("Ungültig: Die Datei wurde nach dem Signieren verändert.")
    if not facts.valid:
        return _("Ungültig: Die Signatur passt nicht zum angegebenen Zertifikat.")
    if not facts.changes_permitted:
        return _(
            "Ungültig: An die von „{signer}“ signierte Datei wurde später etwas angefügt, "
            "das nicht erlaubt war."
        ).format(signer=facts.signer)
    return f"{_signed(facts)} {_changes(facts)} {_trust(facts.trust)}".strip()


def _signed(facts: Facts) -> str:
    if facts.signing_time is None:
        return _("Signiert von „{signer}“.").format(signer=facts.signer)
    time = facts.signing_time
    local = time.astimezone(BERLIN) if time.tzinfo else time
    return _("Signiert von „{signer}“ am {day} um {hour} Uhr.").format(
        signer=facts.signer, day=local.strftime("%d.%m.%Y"), hour=local.strftime("%H:%M")
    )


def _changes(facts: Facts) -> str:
    if facts.changed_later:
        return _("Danach wurde nur ausgefüllt oder unterschrieben, was erlaubt war.")
    return _("Seither unverändert.")


def _trust(trust: Trust) -> str:
    return {
        Trust.TRUSTED: "",
        Trust.UNKNOWN_ISSUER: _("Der Aussteller des Zertifikats ist hier nicht bekannt."),
        Trust.EXPIRED: _("Das Zertifikat ist zum Zeitpunkt der Prüfung nicht gültig."),
        Trust.REVOKED: _("Das Zertifikat wurde zurückgezogen."),
        Trust.NOT_SUITABLE: _(
            "Das Zertifikat ist für Signaturen nicht geeignet oder nicht vollständig prüfbar."
        ),
    }[trust]
