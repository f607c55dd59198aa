"""Keys of objects: led by their tenant whatever the parts are."""

from __future__ import annotations

import posixpath
import string
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenants.storage.object_keys import InvalidObjectKey, check_key, tenant_key, tenant_prefix

TENANT = "3f2b8c1e-7d55-4b43-9d0a-52f1c6a7e901"
GOOD_START = string.ascii_lowercase + string.digits
GOOD_REST = GOOD_START + "._-"

good_parts = st.builds(
    lambda first, rest: first + rest,
    st.sampled_from(GOOD_START),
    st.text(GOOD_REST, max_size=119),
)


def test_a_key_names_the_tenant_first() -> None:
    key = tenant_key(TENANT, "documents", uuid.UUID(int=7), "v1.pdf")

    assert key == f"tenant/{TENANT}/documents/00000000-0000-0000-0000-000000000007/v1.pdf"


@given(st.lists(good_parts, min_size=1, max_size=5))
def test_good_parts_are_kept_as_they_are(parts: list[str]) -> None:
    assert tenant_key(TENANT.upper(), *parts) == "/".join(["tenant", TENANT, *parts])


@given(
    st.lists(st.text(max_size=140) | st.sampled_from(["..", ".", "", "/", "a/../b"]), max_size=8)
)
@example(["a/../../other"])
@example(["a\n"])
@example(["ä"])
@example(["a" * 120] * 6)
def test_no_parts_lead_out_of_the_tenant(parts: list[str]) -> None:
    try:
        key = tenant_key(TENANT, *parts)
    except InvalidObjectKey:
        return

    assert key.startswith(tenant_prefix(TENANT))
    assert posixpath.normpath(key) == key
    assert set(key) <= set(GOOD_REST + "/")
    assert len(key) <= 700
    check_key(key)


@pytest.mark.parametrize("tenant", ["", "hilden", TENANT + "0", f"{TENANT}/../x"])
def test_a_tenant_is_a_uuid(tenant: str) -> None:
    with pytest.raises(InvalidObjectKey, match="Mandanten-Kennung"):
        tenant_key(tenant, "a")


def test_the_message_says_what_is_allowed() -> None:
    with pytest.raises(InvalidObjectKey, match=r"„Müller\.pdf“.*Kleinbuchstaben"):
        tenant_key(TENANT, "Müller.pdf")
