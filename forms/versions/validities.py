"""When the versions of a form are used: kept, looked up, ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.models import Form, FormVersion
from forms.versions.models import VersionValidity
from forms.versions.validity import GRACE_DAYS, STATE_NAMES, Validity, berlin_day, in_berlin
from tenants.audit import record
from tenants.database import now
from tenants.language import _


class VersionNotInUse(RuntimeError):
    """A version may not be begun, or its drafts no longer handed in (German message)."""


class DatesInvalid(ValueError):
    """Days that cannot be: an end before the beginning (German message)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """How a version is let out: from when, and what becomes of drafts of the one before.

    Without ``name`` the version is called as its changes suggest; without ``binding_from`` it is
    binding at once. ``grace_days`` is the Karenz of the version that it replaces. With
    ``must_be_read`` everybody who uses the form confirms having read what changed.
    """

    name: str = ""
    binding_from: date | None = None
    grace_days: int = GRACE_DAYS
    closes_at: datetime | None = None
    draft_policy: str = "keep"
    user_note: str = ""
    must_be_read: bool = False


def put_in_force(
    session: Session, version: FormVersion, name: str, plan: ReleasePlan
) -> VersionValidity:
    """Give a version that was published just now its validity, and end those before it.

    A version that is still open ends on the day from which the new one is binding; one that was
    to begin only later never does.
    """
    binding_from = plan.binding_from or berlin_day(now())
    for earlier in validities_of_form(session, version.form_id):
        begins = earlier.binding_from
        if earlier.deprecated_on is None or earlier.deprecated_on > binding_from:
            earlier.deprecated_on = max(binding_from, begins)
            earlier.grace_days = plan.grace_days
    validity = VersionValidity(
        form_version_id=version.id,
        name=name,
        binding_from=binding_from,
        closes_at=plan.closes_at,
        draft_policy=plan.draft_policy,
        user_note=plan.user_note,
        must_be_read=plan.must_be_read,
    )
    session.add(validity)
    session.flush()
    return validity


def validity_of(session: Session, version_id: str) -> VersionValidity:
    """Return the validity of a version of the tenant in scope; every version has one."""
    return session.scalars(
        select(VersionValidity).where(VersionValidity.form_version_id == version_id)
    ).one()


def validities_of_form(session: Session, form_id: str) -> list[VersionValidity]:
    """Return the validities of every version of a form, the newest version first."""
    return list(
        session.scalars(
            select(VersionValidity)
            .join(
                FormVersion,
                (FormVersion.tenant_id == VersionValidity.tenant_id)
                & (FormVersion.id == VersionValidity.form_version_id),
            )
            .where(FormVersion.form_id == form_id)
            .order_by(FormVersion.number.desc())
        )
    )


def version_in_use(
    validities: Iterable[VersionValidity], moment: datetime
) -> VersionValidity | None:
    """Return the newest version that may be begun at ``moment``, None when there is none."""
    startable = [one for one in validities if one.validity.may_start(moment)]
    return max(startable, key=lambda one: one.form_version.number, default=None)


def next_announced(
    validities: Iterable[VersionValidity], moment: datetime
) -> VersionValidity | None:
    """Return the version that becomes binding next, None when none is announced."""
    announced = [
        one
        for one in validities
        if one.validity.state(moment) == "announced" and one.deprecated_on != one.binding_from
    ]
    return min(announced, key=lambda one: one.binding_from, default=None)


def forms_in_use(session: Session, moment: datetime) -> list[VersionValidity]:
    """Return for each form of the tenant the version that may be begun, by title."""
    rows = session.scalars(
        select(VersionValidity)
        .join(
            FormVersion,
            (FormVersion.tenant_id == VersionValidity.tenant_id)
            & (FormVersion.id == VersionValidity.form_version_id),
        )
        .join(Form, (Form.tenant_id == FormVersion.tenant_id) & (Form.id == FormVersion.form_id))
        .where(
            Form.state == "published",
            VersionValidity.locked.is_(False),
            VersionValidity.binding_from <= berlin_day(moment),
            func.coalesce(VersionValidity.deprecated_on > berlin_day(moment), True),
        )
        .order_by(Form.title, FormVersion.number)
    )
    newest = {one.form_version.form_id: one for one in rows if one.validity.may_start(moment)}
    return list(newest.values())


# ---- ending a version


def retire_version(
    session: Session, validity: VersionValidity, *, deprecated_on: date, grace_days: int
) -> None:
    """Announce the end of a version: no new start from ``deprecated_on`` on.

    Raises `DatesInvalid`. Permission: Tenant-Admin.
    """
    if deprecated_on < validity.binding_from:
        raise DatesInvalid(_("Die Ablösung darf nicht vor „verbindlich ab“ liegen."))
    validity.deprecated_on = deprecated_on
    validity.grace_days = grace_days
    _noted(session, "form.version_retired", validity, day=deprecated_on.isoformat())


def close_version(session: Session, validity: VersionValidity, closes_at: datetime | None) -> None:
    """Set the minute after which nothing is taken any more, or take it away.

    Permission: Tenant-Admin.
    """
    validity.closes_at = closes_at
    _noted(
        session,
        "form.version_closed",
        validity,
        closes_at=closes_at.isoformat(timespec="minutes") if closes_at else None,
    )


def lock_version(session: Session, validity: VersionValidity, reason: str) -> None:
    """Withdraw a version at once: nobody begins it, nobody hands it in.

    Permission: Tenant-Admin.
    """
    validity.locked = True
    validity.lock_reason = reason
    _noted(session, "form.version_locked", validity)


def unlock_version(session: Session, validity: VersionValidity) -> None:
    """Take the lock away again. Permission: Tenant-Admin."""
    validity.locked = False
    validity.lock_reason = ""
    _noted(session, "form.version_unlocked", validity)


def _noted(
    session: Session, action: str, validity: VersionValidity, **detail: str | int | None
) -> None:
    session.flush()
    version = validity.form_version
    record(session, action, "form", version.form_id, version=version.number, **detail)


# ---- what a version permits


def check_may_start(session: Session, version: FormVersion) -> None:
    """Refuse to begin a version that is not in use. Raises `VersionNotInUse`."""
    moment = now()
    validity = validity_of(session, version.id)
    if not validity.validity.may_start(moment):
        raise VersionNotInUse(
            _("Fassung {name} ist {state} und kann nicht begonnen werden.").format(
                name=validity.name, state=STATE_NAMES[validity.validity.state(moment)]
            )
        )


def check_may_hand_in(session: Session, version: FormVersion) -> None:
    """Refuse a draft of a version that has ended, saying since when. Raises `VersionNotInUse`."""
    moment = now()
    validity = validity_of(session, version.id)
    reason = refusal(validity, moment)
    if reason:
        raise VersionNotInUse(reason)


def refusal(row: VersionValidity, moment: datetime) -> str:
    """Return in German why a draft of a version cannot be handed in, empty when it can."""
    validity: Validity = row.validity
    state = validity.state(moment)
    if state == "closed" and validity.closes_at is not None:
        return _(
            "Annahmeschluss war am {when}. Dieser Vordruck wird nicht mehr angenommen."
        ).format(when=berlin_time(validity.closes_at))
    if state == "ended" and validity.last_day is not None:
        return _(
            "Fassung {name} dieses Vordrucks ist abgelöst; angenommen wurde sie bis {day}."
        ).format(name=row.name, day=validity.last_day.strftime("%d.%m.%Y"))
    if state == "locked":
        return _("Fassung {name} dieses Vordrucks ist gesperrt.").format(name=row.name)
    return ""


def berlin_time(moment: datetime) -> str:
    """Return date and time of Berlin as a German reads them."""
    return in_berlin(moment).strftime("%d.%m.%Y, %H:%M Uhr")


def edition_of(session: Session, version: FormVersion) -> str:
    """Return what people call the version: ``1.2.0``."""
    name = session.scalars(
        select(VersionValidity.name).where(VersionValidity.form_version_id == version.id)
    ).first()
    return name or str(version.number)
