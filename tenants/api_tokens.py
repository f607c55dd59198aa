"""Tokens by which programs enter a tenant: made once, shown once, kept as a hash alone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import (
    Date,
    ForeignKeyConstraint,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants.audit import record_concerning
from tenants.context import current_scope
from tenants.database import Base, TenantScoped, now
from tenants.language import _
from tenants.models import Cooperation

SCOPES: Final = {
    "forms:read": _("Vordrucke und ihre Fassungen lesen, Angaben probeweise auswerten"),
    "forms:write": _("Entwürfe von Vordrucken in den Baukasten übernehmen"),
    "submissions:read": _("Einreichungen lesen"),
    "submissions:write": _("Entwürfe anlegen, ändern und einreichen, Rückfragen beantworten"),
    "documents:read": _("Nachweispakete zu Dokumenten holen"),
    "evaluation:read": _("Auswertungen mit unterdrückten kleinen Zahlen lesen"),
}
TRAEGER_SCOPES: Final = frozenset(
    {"forms:read", "submissions:read", "submissions:write", "documents:read"}
)
"""What a Träger may let a program do; forms and figures are the office's."""
LONGEST_DAYS: Final = 366
_FORM = re.compile(r"bs_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_SECRET_BYTES = 32


class TokenInvalid(LookupError):
    """No token of the tenant that may be used now."""


class TokenRefused(ValueError):
    """A token cannot be made like this (German message); ``field`` names the entry."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class ApiToken(TenantScoped, Base):
    """What a program shows instead of signing in.

    With ``organisation_id`` it acts as that Träger, else as the office; ``participant`` says as
    what it takes part in forms. ``account_id`` is the person who answers for it.
    """

    __tablename__ = "api_token"

    name: Mapped[str] = mapped_column(String(120))
    prefix: Mapped[str] = mapped_column(String(12))
    secret_sha256: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(JSONB, default=list)
    participant: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    account_id: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    last_used_on: Mapped[date | None] = mapped_column(Date)
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        UniqueConstraint("tenant_id", "prefix"),
    )

    @property
    def is_usable(self) -> bool:
        """Say whether it is neither revoked nor too old."""
        return self.revoked_at is None and self.expires_at > now()


def create_token(
    session: Session, *, name: str, scopes: frozenset[str], participant: str, days: int
) -> tuple[ApiToken, str]:
    """Make a token for the side in scope that ends after ``days``; return it and its text.

    The text is known here alone and never again. Raises `TokenRefused`. Permission:
    Tenant-Admin for the office, Träger-Leitung for its Träger.
    """
    scope = current_scope()
    allowed = TRAEGER_SCOPES if scope.organisation_id else frozenset(SCOPES)
    if not name.strip():
        raise TokenRefused(_("Geben Sie an, welches Programm den Zugang benutzt."), "name")
    if not scopes or not scopes <= allowed:
        raise TokenRefused(_("Kreuzen Sie an, was das Programm darf."), "scopes")
    if not 1 <= days <= LONGEST_DAYS:
        raise TokenRefused(_("Ein Zugang gilt höchstens ein Jahr."), "days")
    if scope.account_id is None:
        raise TokenInvalid("nobody is acting")
    prefix = secrets.token_hex(6)
    text = f"bs_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    token = ApiToken(
        name=name.strip()[:120],
        prefix=prefix,
        secret_sha256=_digest(text),
        scopes=sorted(scopes),
        participant=participant,
        organisation_id=scope.organisation_id,
        account_id=scope.account_id,
        expires_at=now() + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    _noted(session, "api_token.created", token)
    return token, text


def find_token(session: Session, text: str) -> ApiToken:
    """Return the token of the tenant in scope that ``text`` is, and note the day of its use.

    The scope must be that of the tenant's office. Raises `TokenInvalid` for every other text,
    and for the token of a Träger that does not work with the tenant any more.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise TokenInvalid("no token")
    token = session.scalars(select(ApiToken).where(ApiToken.prefix == match[1])).first()
    known = token.secret_sha256 if token is not None else _digest("")
    is_same = hmac.compare_digest(known, _digest(text))
    if token is None or not is_same or not token.is_usable or not _cooperates(session, token):
        raise TokenInvalid("no token of this tenant")
    today = now().date()
    if token.last_used_on != today:
        token.last_used_on = today
    return token


def _cooperates(session: Session, token: ApiToken) -> bool:
    if token.organisation_id is None:
        return True
    today = date.today()
    found = session.scalars(
        select(Cooperation.organisation_id).where(
            Cooperation.tenant_id == token.tenant_id,
            Cooperation.organisation_id == token.organisation_id,
            Cooperation.valid_from <= today,
            or_(Cooperation.valid_until.is_(None), Cooperation.valid_until >= today),
        )
    ).first()
    return found is not None


def list_tokens(session: Session) -> list[ApiToken]:
    """Return the tokens that the side in scope sees, the newest first; the office sees all."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.created_at.desc(), ApiToken.id)))


def revoke_token(session: Session, token_id: str) -> ApiToken:
    """End a token at once; a second time changes nothing. Raises `TokenInvalid`."""
    token = session.scalars(select(ApiToken).where(ApiToken.id == token_id)).first()
    if token is None:
        raise TokenInvalid("no token of this side")
    if token.revoked_at is None:
        token.revoked_at = now()
        _noted(session, "api_token.revoked", token)
    return token


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _noted(session: Session, action: str, token: ApiToken) -> None:
    record_concerning(
        session,
        token.organisation_id,
        action,
        "api_token",
        token.id,
        prefix=token.prefix,
        scopes=" ".join(token.scopes),
    )
