"""Public proofs: what everybody may learn who knows the code printed on a document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.context import Scope, acting_as

_FIND = text(
    """
    SELECT code, pdf_sha256, sealed_at, sealed_by, certificate_issuer, certificate_sha256,
           level, state, is_demo
    FROM proof WHERE code = :code
    """
)


@dataclass(frozen=True, slots=True)
class PublicProof:
    """The facts of a sealed version, without any person, case or title."""

    code: str
    pdf_sha256: str
    sealed_at: datetime
    sealed_by: str
    certificate_issuer: str
    certificate_sha256: str
    level: str
    state: str
    is_demo: bool


def find_proof(sessions: Callable[[], Session], code: str) -> PublicProof | None:
    """Return the proof with ``code``, None if there is none.

    The database shows this one row to whoever knows its code, and no other (policy
    ``printed``). The look-up runs in a transaction of its own.
    """
    session = sessions()
    session.rollback()
    with acting_as(Scope(proof_code=code)):
        row = session.execute(
            _FIND, {"code": code}, execution_options={"tenant_guarded": True}
        ).first()
        session.rollback()
    return None if row is None else PublicProof(*row)
