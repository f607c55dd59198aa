"""People who are on the pages of the signing service: what must be known when they come back.

A visit belongs to one person and one signing, ends after a quarter of an hour, and what leads back
to it (the state of OAuth 2) counts once. What it holds is ciphertext of the tenant's key.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from document_templates.signing.models import ServiceVisit, Signing
from document_templates.signing.prepared_files import PreparedFile
from document_templates.signing.remote_credentials import Credential
from document_templates.signing.remote_service import Departure
from tenants.audit import record
from tenants.context import current_scope
from tenants.database import new_id, now
from tenants.keys import TenantKey

LASTS: Final = timedelta(minutes=15)
_TABLE: Final = "service_visit"


@dataclass(frozen=True, slots=True)
class Underway:
    """What is known of a visit: certificates after the login, the file before the release.

    ``verifier`` is PKCE's; ``file_sha256`` is of the file to which what was prepared is appended.
    """

    verifier: str = ""
    credentials: tuple[Credential, ...] = ()
    chosen: Credential | None = None
    prepared: PreparedFile | None = None
    file_sha256: str = ""


def begin_visit(session: Session, signing: Signing, way: Departure, key: TenantKey) -> None:
    """Note that the acting person goes to the service to sign in; an earlier visit is forgotten."""
    account_id = current_scope().account_id
    if account_id is None:
        raise ValueError("only a person can visit the service")
    session.execute(
        delete(ServiceVisit)
        .where(
            (ServiceVisit.ends_at < now())
            | ((ServiceVisit.signing_id == signing.id) & (ServiceVisit.account_id == account_id))
        )
        .execution_options(synchronize_session=False)
    )
    visit = ServiceVisit(
        id=new_id(), signing_id=signing.id, account_id=account_id, choices=[], chosen=""
    )
    session.add(visit)
    _send(visit, "login", way, Underway(), key)
    record(session, "signing.service_visited", "signing", signing.id)


def ask_for_release(
    session: Session,
    visit: ServiceVisit,
    way: Departure,
    underway: Underway,
    key: TenantKey,
) -> None:
    """Note that the person goes to the service to release the key for what ``underway`` says."""
    visit.chosen = underway.chosen.id if underway.chosen is not None else ""
    _send(visit, "release", way, underway, key)
    record(session, "signing.release_asked", "signing", visit.signing_id)


def offer_choice(visit: ServiceVisit, underway: Underway, key: TenantKey) -> None:
    """Let the person choose a certificate here, or try it again with the same."""
    visit.step, visit.state_sha256, visit.ends_at = "choice", "", now() + LASTS
    visit.choices = [{"id": one.id, "title": one.title} for one in underway.credentials]
    _write(visit, replace(underway, verifier="", chosen=None, prepared=None), key)


def _send(
    visit: ServiceVisit, step: str, way: Departure, underway: Underway, key: TenantKey
) -> None:
    visit.step, visit.state_sha256 = step, _hash(way.state)
    visit.ends_at = now() + LASTS
    _write(visit, replace(underway, verifier=way.verifier), key)


def take_visit(session: Session, state: str) -> ServiceVisit | None:
    """Return the visit of the acting person to which ``state`` leads back, the first time alone.

    None for what is unknown, used, or too old.
    """
    visit = session.scalars(
        select(ServiceVisit)
        .where(
            ServiceVisit.state_sha256 == _hash(state),
            ServiceVisit.account_id == current_scope().account_id,
            ServiceVisit.ends_at > now(),
        )
        .options(undefer(ServiceVisit.content))
        .with_for_update()
    ).first()
    if visit is not None:
        visit.state_sha256 = ""
    return visit


def own_visit(session: Session, visit_id: str) -> ServiceVisit | None:
    """Return a visit of the acting person, locked and with its content; None if it is gone."""
    return session.scalars(
        select(ServiceVisit)
        .where(
            ServiceVisit.id == visit_id,
            ServiceVisit.account_id == current_scope().account_id,
        )
        .options(undefer(ServiceVisit.content))
        .with_for_update()
    ).first()


def find_choice(session: Session, signing: Signing, *, lock: bool = False) -> ServiceVisit | None:
    """Return the visit in which the acting person has to choose a certificate, None without one."""
    query = select(ServiceVisit).where(
        ServiceVisit.signing_id == signing.id,
        ServiceVisit.account_id == current_scope().account_id,
        ServiceVisit.step == "choice",
        ServiceVisit.ends_at > now(),
    )
    if lock:
        query = query.options(undefer(ServiceVisit.content)).with_for_update()
    return session.scalars(query).first()


def read_visit(visit: ServiceVisit, key: TenantKey) -> Underway:
    """Return what is known of a visit."""
    data = json.loads(key.decrypt(visit.content, table=_TABLE, column="content", row=visit.id))
    return Underway(
        data["verifier"],
        tuple(_credential(one) for one in data["credentials"]),
        _credential(data["chosen"]) if data["chosen"] else None,
        _prepared(data["prepared"]) if data["prepared"] else None,
        data["file_sha256"],
    )


def _write(visit: ServiceVisit, underway: Underway, key: TenantKey) -> None:
    plain = json.dumps(asdict(underway), default=_text).encode()
    visit.content = key.encrypt(plain, table=_TABLE, column="content", row=visit.id)


def _text(value: object) -> str | list[str]:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(type(value))


def _credential(data: dict[str, object]) -> Credential:
    chain, mechanisms = data["chain"], data["mechanisms"]
    if not (isinstance(chain, Sequence) and isinstance(mechanisms, Sequence)):
        raise TypeError("chain and mechanisms are lists")
    return Credential(
        id=str(data["id"]),
        chain=tuple(base64.b64decode(one) for one in chain),
        mechanisms=frozenset(mechanisms),
        needs_hash=bool(data["needs_hash"]),
        description=str(data["description"]),
        status=str(data["status"]),
        key_status=str(data["key_status"]),
        mode=str(data["mode"]),
    )


def _prepared(data: dict[str, str | int]) -> PreparedFile:
    return PreparedFile(
        appended=base64.b64decode(str(data["appended"])),
        start=int(data["start"]),
        end=int(data["end"]),
        document_digest=base64.b64decode(str(data["document_digest"])),
        attributes=base64.b64decode(str(data["attributes"])),
    )


def _hash(state: str) -> str:
    return sha256(state.encode()).hexdigest()
