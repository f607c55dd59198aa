"""Public proofs: what everybody may learn who knows the code printed on a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from tenants.context import Scope, acting_as

_FACTS = (
    "SELECT code, pdf_sha256, sealed_at, sealed_by, certificate_issuer, certificate_sha256,"
    " level, seal_kind, state, is_demo, signatures, stamps FROM proof"
)
_BY_CODE = text(f"{_FACTS} WHERE code = :code")
_BY_FILE = text(f"{_FACTS} WHERE pdf_sha256 = :sha256")
MOST_STATES = 40
"""So many states of a file, the last ones, are looked for in the register."""


@dataclass(frozen=True, slots=True)
class PublicSignature:
    """How, for whom, as what and when somebody signed; never who."""

    level: str
    party: str
    role: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class PublicStamp:
    """A file that begins with the registered one and has a later time stamp, and its level then."""

    sha256: str
    level: str
    stamped_at: datetime
    stamped_until: datetime


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
    seal_kind: str
    """``qualified``, ``advanced``, or empty when nobody judged it."""
    state: str
    is_demo: bool
    signatures: tuple[PublicSignature, ...]
    stamps: tuple[PublicStamp, ...]
    """The latest last."""


def find_proof(sessions: Callable[[], Session], code: str) -> PublicProof | None:
    """Return the proof with ``code``, None if there is none.

    The database shows this one row to whoever knows its code, and no other (policy
    ``printed``). The look-up runs in a transaction of its own.
    """
    return _look_up(sessions(), Scope(proof_code=code), _BY_CODE, {"code": code})


def find_proof_of_file(
    sessions: Callable[[], Session], revisions: Sequence[str]
) -> PublicProof | None:
    """Return the proof of a file, else of the latest earlier state of it that is registered.

    ``revisions`` are the SHA-256 of its states, that of the whole file last. Shown is the one row
    with that hash, and no other (policy ``held``); each look-up is a transaction of its own.
    """
    session = sessions()
    for sha256 in reversed(revisions[-MOST_STATES:]):
        found = _look_up(session, Scope(proof_sha256=sha256), _BY_FILE, {"sha256": sha256})
        if found is not None:
            return found
    return None


def _look_up(
    session: Session, scope: Scope, query: TextClause, values: Mapping[str, str]
) -> PublicProof | None:
    session.rollback()
    with acting_as(scope):
        row = session.execute(query, values, execution_options={"tenant_guarded": True}).first()
        session.rollback()
    if row is None:
        return None
    signatures = tuple(_signature(one) for one in row.signatures)
    stamps = read_stamps(row.stamps)
    return PublicProof(**{**row._mapping, "signatures": signatures, "stamps": stamps})


def read_stamps(stored: Sequence[Mapping[str, str]]) -> tuple[PublicStamp, ...]:
    """Return the later time stamps of a proof as its row keeps them."""
    return tuple(_stamp(one) for one in stored)


def _stamp(stored: Mapping[str, str]) -> PublicStamp:
    at, until = (datetime.fromisoformat(stored[key]) for key in ("stamped_at", "stamped_until"))
    return PublicStamp(stored["sha256"], stored["level"], at, until)


def _signature(stored: Mapping[str, str]) -> PublicSignature:
    moment = datetime.fromisoformat(stored["signed_at"])
    return PublicSignature(stored["level"], stored["party"], stored["role"], moment)
