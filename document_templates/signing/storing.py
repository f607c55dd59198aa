"""Where the files of a signing lie: with the document that is signed, under its key."""

from __future__ import annotations

from document_templates.signing.models import Signing
from tenants.case_keys import document_case
from tenants.context import current_tenant_id
from tenants.storage.tenant_store import TenantStore


def signing_key(store: TenantStore, signing: Signing, name: str) -> str:
    """Return the object key of a file of a signing."""
    case_id = document_case(current_tenant_id(), signing.number)
    return store.case_key(case_id, "signings", signing.id, name)
