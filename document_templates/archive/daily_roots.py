"""Sealing the register day by day: one root over all entries since the last, sealed and stamped.

Whoever can change the whole database can also reckon the chain anew. What was sealed and stored
outside of it they cannot: the root of a day no longer fits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from document_templates.archive.merkle import inclusion_proof, leaf_hash, root_hash
from document_templates.archive.models import DailyRoot, DailyRootFile, InclusionProof
from document_templates.archive.timestamps import TimestampAuthority
from document_templates.chain import canonical_json
from document_templates.models import DocumentVersion
from document_templates.registering import facts_of
from document_templates.seal_keys import load_seal
from document_templates.seals import Seal
from forms.surroundings import today_in_berlin
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import new_id, now
from tenants.key_ring import open_tenant_key
from tenants.keys import MasterKey
from tenants.outbox import Task, finish_task
from tenants.storage.objects import (
    ObjectCorrupted,
    ObjectExists,
    ObjectMissing,
    ObjectStore,
    StoredObject,
    content_hash,
)
from tenants.storage.tenant_store import TenantStore

SEAL_DAY: Final = "seal_day"
TREE: Final = "RFC 9162, SHA-256"
BERLIN: Final = ZoneInfo("Europe/Berlin")
STATEMENT, SIGNATURE, TIMESTAMP = "json", "p7s", "tst"
"""What is stored of a day: the statement, the tenant's seal on it (CMS, RFC 5652), a time stamp."""
_KINDS: Final = {
    STATEMENT: "application/json",
    SIGNATURE: "application/pkcs7-signature",
    TIMESTAMP: "application/octet-stream",
}


def entry_bytes(version: DocumentVersion) -> bytes:
    """Return the entry of the register as the tree holds it: the chained facts and their hash."""
    return canonical_json(
        {
            **facts_of(version),
            "previous": version.previous_hash,
            "chain": version.chain_hash,
            "template": version.template_version_id,
            "context": version.context_sha256,
        }
    )


def seal_day(
    sessions: sessionmaker[Session],
    store: ObjectStore,
    master_key: MasterKey,
    authority: TimestampAuthority | None,
    *,
    task_id: str,
    token_library: str = "",
) -> None:
    """Seal what was registered before today and is under no root yet, then finish the task.

    Harmless to repeat: what was stored of an interrupted attempt is adopted. A day without an
    entry has no root. Raises `document_templates.seal_keys.SealMissing`, `TimestampUnavailable`
    and the errors of the object store.
    """
    with sessions() as session:
        versions = _unsealed(session, today_in_berlin())
        if versions:
            seal = load_seal(
                session, open_tenant_key(session, master_key), now(), token_library=token_library
            )
    if not versions:
        with sessions.begin() as session:
            finish_task(_task(session, task_id))
        return
    tenant_store = TenantStore(store, current_tenant_id())
    leaves = [leaf_hash(entry_bytes(version)) for version in versions]
    statement = _statement(versions, leaves)
    stored = _stored(tenant_store, versions, statement, seal, authority)
    with sessions.begin() as session:
        task = _task(session, task_id)
        if _last_position(session) < versions[0].chain_position:
            _record(session, versions, leaves, stored)
        finish_task(task)


def _task(session: Session, task_id: str) -> Task:
    return session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()


def _last_position(session: Session) -> int:
    return session.scalar(select(func.max(DailyRoot.last_position))) or 0


def _unsealed(session: Session, today: date) -> list[DocumentVersion]:
    """Return the entries of the days before ``today`` that no root covers, without a gap."""
    begun = _last_position(session)
    ends = session.scalar(
        select(func.max(DocumentVersion.chain_position)).where(
            DocumentVersion.created_at < _midnight(today)
        )
    )
    if ends is None or ends <= begun:
        return []
    return list(
        session.scalars(
            select(DocumentVersion)
            .where(DocumentVersion.chain_position > begun, DocumentVersion.chain_position <= ends)
            .order_by(DocumentVersion.chain_position)
        )
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BERLIN)


def _day(versions: Sequence[DocumentVersion]) -> date:
    return today_in_berlin(versions[-1].created_at)


def _statement(versions: Sequence[DocumentVersion], leaves: Sequence[bytes]) -> bytes:
    """Return what is sealed of a day; the same entries, the same bytes."""
    return canonical_json(
        {
            "tenant": current_tenant_id(),
            "day": _day(versions).isoformat(),
            "tree": TREE,
            "first": versions[0].chain_position,
            "last": versions[-1].chain_position,
            "root": root_hash(leaves).hex(),
            "chain": versions[-1].chain_hash,
        }
    )


def _stored(
    store: TenantStore,
    versions: Sequence[DocumentVersion],
    statement: bytes,
    seal: Seal,
    authority: TimestampAuthority | None,
) -> Mapping[str, StoredObject]:
    """Store the statement with what vouches for it; what is there already is adopted."""
    name = f"{_day(versions).isoformat()}-{versions[-1].chain_position}"
    stored = {STATEMENT: _put(store, name, STATEMENT, statement)}
    stored[SIGNATURE] = _put(store, name, SIGNATURE, seal.sign_detached(statement))
    if authority is not None:
        token = authority.stamp(hashlib.sha256(statement).digest())
        stored[TIMESTAMP] = _put(store, name, TIMESTAMP, token)
    return stored


def _put(store: TenantStore, name: str, kind: str, content: bytes) -> StoredObject:
    key = store.key("roots", f"{name}.{kind}")
    try:
        return store.put(key, content, content_type=_KINDS[kind], sha256=content_hash(content))
    except ObjectExists as taken:
        return taken.existing


def _record(
    session: Session,
    versions: Sequence[DocumentVersion],
    leaves: Sequence[bytes],
    stored: Mapping[str, StoredObject],
) -> None:
    root = DailyRoot(
        id=new_id(),
        day=_day(versions),
        first_position=versions[0].chain_position,
        last_position=versions[-1].chain_position,
        root=root_hash(leaves).hex(),
    )
    session.add(root)
    session.flush()
    session.add_all(
        DailyRootFile(
            root_id=root.id,
            kind=kind,
            object_key=file.key,
            object_version=file.version_id,
            sha256=file.sha256,
        )
        for kind, file in stored.items()
    )
    session.add_all(
        InclusionProof(
            document_version_id=version.id,
            organisation_id=version.organisation_id,
            root_id=root.id,
            leaf_index=index,
            leaves=len(leaves),
            hashes=[one.hex() for one in inclusion_proof(leaves, index)],
        )
        for index, version in enumerate(versions)
    )
    record(session, "register.day_sealed", "daily_root", root.id)


def root_holds(session: Session, store: TenantStore, root: DailyRoot) -> bool:
    """Say whether a root fits the entries of the register and what was stored when it was sealed.

    A statement that is lost or changed is a fault of its file, which is read as well.
    """
    versions = session.scalars(
        select(DocumentVersion)
        .where(
            DocumentVersion.chain_position >= root.first_position,
            DocumentVersion.chain_position <= root.last_position,
        )
        .order_by(DocumentVersion.chain_position)
    ).all()
    if len(versions) != root.last_position - root.first_position + 1:
        return False
    reckoned = root_hash([leaf_hash(entry_bytes(version)) for version in versions]).hex()
    file = session.scalars(
        select(DailyRootFile).where(
            DailyRootFile.root_id == root.id, DailyRootFile.kind == STATEMENT
        )
    ).one()
    try:
        stated = json.loads(store.get(file.object_key, file.object_version, file.sha256))
    except (ObjectMissing, ObjectCorrupted):
        return reckoned == root.root
    return bool(reckoned == root.root == stated["root"])
