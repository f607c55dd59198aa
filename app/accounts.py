"""Accounts: one per person, for the whole platform."""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from tenants.language import _

SHORTEST_PASSWORD = 12


class AccountRefused(ValueError):
    """The account cannot be made or changed as asked; the message is German."""


def check_password(password: str, variable: str) -> None:
    """Raise `AccountRefused` when the password in ``variable`` is too short to keep people out.

    Length counts, not signs (BSI ORP.4.A22).
    """
    if len(password) < SHORTEST_PASSWORD:
        raise AccountRefused(
            _("Setzen Sie {variable} auf ein Passwort mit mindestens {count} Zeichen.").format(
                variable=variable, count=SHORTEST_PASSWORD
            )
        )


def find_account(session: Session, email: str) -> User | None:
    """Return the account with this e-mail address, None if there is none."""
    return session.scalars(select(User).where(User.email == email.strip().lower())).first()


def create_account(
    session: Session, *, email: str, first_name: str, last_name: str, password: str
) -> User:
    """Return the account of a person, made if it does not exist; its password stays then."""
    account = find_account(session, email)
    if account is None:
        address = email.strip().lower()
        account = User(
            username=address,
            email=address,
            first_name=first_name,
            last_name=last_name,
            active=True,
            password=generate_password_hash(password, method="scrypt"),
        )
        session.add(account)
        session.flush()
    return account


def create_named_account(session: Session, email: str, name: str, password: str) -> User:
    """Return the account of ``name`` (first and last name), made if it does not exist.

    Raises `AccountRefused` for an e-mail address that cannot be one.
    """
    local, at, host = email.strip().partition("@")
    if not local or not at or "." not in host or " " in email.strip():
        raise AccountRefused(_("„{email}“ ist keine E-Mail-Adresse.").format(email=email))
    first_name, _space, last_name = name.strip().partition(" ")
    return create_account(
        session,
        email=email,
        first_name=first_name or email,
        last_name=last_name or "-",
        password=password,
    )


def set_password(session: Session, account: User, password: str) -> None:
    """Give an account a new password; failed attempts are forgotten."""
    account.password = generate_password_hash(password, method="scrypt")
    account.fail_login_count = 0
    session.flush()
