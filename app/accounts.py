"""Accounts: one per person, for the whole platform."""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash


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
