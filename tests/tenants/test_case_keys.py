"""A key for each case: made once, opened by its tenant alone, destroyed for good."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from tenants.case_keys import (
    CaseKeyDestroyed,
    CaseKeyMissing,
    CaseKeyRing,
    CaseKeyRow,
    destroy_case_key,
    document_case,
)
from tenants.context import Scope
from tenants.keys import DecryptionFailed
from tenants.models import Tenant
from tenants.storage.objects import ObjectCorrupted, ObjectExists, content_hash
from tenants.storage.tenant_store import TenantStore
from tests.support.installation import Installation

PLACE = "tenant/x/cases/y/z"


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.found_tenant()


@pytest.fixture
def ring(installation: Installation) -> CaseKeyRing:
    return CaseKeyRing(installation.sessions, installation.settings.master_key)


def destroy(installation: Installation, tenant: Tenant, case_id: str) -> None:
    installation.in_scope(
        Scope(tenant_id=tenant.id), lambda session: destroy_case_key(session, case_id)
    )


def test_all_who_make_the_key_at_once_get_the_same(ring: CaseKeyRing, tenant: Tenant) -> None:
    case_id = str(uuid.uuid4())
    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(lambda _turn: ring.make(tenant.id, case_id), range(4)))
    sealed = keys[0].encrypt(b"Hilfebericht", PLACE)
    assert b"Hilfe" not in sealed
    for key in (*keys, ring.open(tenant.id, case_id)):
        assert key.decrypt(sealed, PLACE) == b"Hilfebericht"


def test_what_is_encrypted_belongs_to_its_place_and_case(ring: CaseKeyRing, tenant: Tenant) -> None:
    first, second = (ring.make(tenant.id, str(uuid.uuid4())) for _turn in range(2))
    sealed = first.encrypt(b"Hilfebericht", PLACE)
    with pytest.raises(DecryptionFailed):
        first.decrypt(sealed, "tenant/x/cases/y/other")
    with pytest.raises(DecryptionFailed):
        second.decrypt(sealed, PLACE)


def test_no_tenant_opens_the_key_of_another(
    installation: Installation, ring: CaseKeyRing, tenant: Tenant
) -> None:
    case_id = str(uuid.uuid4())
    ring.make(tenant.id, case_id)
    with pytest.raises(CaseKeyMissing):
        ring.open(installation.found_tenant().id, case_id)


def test_a_destroyed_key_is_gone_and_stays_so(
    installation: Installation, ring: CaseKeyRing, tenant: Tenant
) -> None:
    case_id = str(uuid.uuid4())
    ring.make(tenant.id, case_id)
    for _turn in range(2):
        destroy(installation, tenant, case_id)
        with pytest.raises(CaseKeyDestroyed):
            ring.open(tenant.id, case_id)
        with pytest.raises(CaseKeyDestroyed):
            ring.make(tenant.id, case_id)
    row = installation.in_scope(
        Scope(tenant_id=tenant.id),
        lambda session: session.scalars(select(CaseKeyRow).where(CaseKeyRow.id == case_id)).one(),
    )
    assert (row.wrapped, row.destroyed_at is None) == (None, False)


def test_a_case_that_never_had_a_key_gets_none_after_its_erasure(
    installation: Installation, ring: CaseKeyRing, tenant: Tenant
) -> None:
    case_id = document_case(tenant.id, "T-2026-1")
    destroy(installation, tenant, case_id)
    with pytest.raises(CaseKeyDestroyed):
        ring.make(tenant.id, case_id)


def test_a_traeger_sees_no_key(
    installation: Installation, ring: CaseKeyRing, tenant: Tenant
) -> None:
    ring.make(tenant.id, str(uuid.uuid4()))
    organisation = installation.found_organisation(tenant)
    count = installation.in_scope(
        Scope(tenant_id=tenant.id, organisation_id=organisation.id),
        lambda session: session.execute(
            text("SELECT count(*) FROM case_key"), execution_options={"tenant_guarded": True}
        ).scalar_one(),
    )
    assert count == 0


def test_the_store_shows_content_and_holds_none(installation: Installation, tenant: Tenant) -> None:
    store = TenantStore(installation.store, tenant.id)
    key = store.case_key(str(uuid.uuid4()), "attachments", "a")
    content = b"%PDF-1.7 Hilfebericht" * 1000
    stored = store.put(key, content, content_type="application/pdf", sha256=content_hash(content))
    assert (stored.sha256, stored.size) == (content_hash(content), len(content))
    assert store.get(key, stored.version_id, stored.sha256) == content
    # Whoever comes second finds what is there, described as it was before encryption.
    assert store.stat(key) == stored
    with pytest.raises(ObjectExists) as taken:
        store.put(key, content, content_type="application/pdf", sha256=stored.sha256)
    assert taken.value.existing == stored
    raw = installation.settings.object_store()
    assert b"Hilfebericht" not in raw.read(key, stored.version_id)
    with pytest.raises(ObjectCorrupted):
        store.get(key, stored.version_id, content_hash(b"another"))


def test_one_changed_byte_of_what_is_stored_is_found(
    installation: Installation, tenant: Tenant
) -> None:
    store = TenantStore(installation.store, tenant.id)
    key = store.case_key(str(uuid.uuid4()), "documents", "a")
    stored = store.put(
        key, b"Bescheid", content_type="text/plain", sha256=content_hash(b"Bescheid")
    )
    path = installation.settings.data_directory / "objects" / "objects" / f"{key}=" / "data"
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)
    with pytest.raises(ObjectCorrupted):
        store.get(key, stored.version_id, stored.sha256)


def test_what_was_stored_before_there_were_keys_stays_readable(
    installation: Installation, tenant: Tenant
) -> None:
    store = TenantStore(installation.store, tenant.id)
    key = store.key("documents", "b", "a.pdf")
    content = b"%PDF-1.7"
    stored = installation.settings.object_store().put(
        key, content, content_type="application/pdf", sha256=content_hash(content)
    )
    assert store.get(key, stored.version_id, stored.sha256) == content
    assert store.stat(key) == stored
