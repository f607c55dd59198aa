"""Retention classes as a tenant decides them, and locks that hold where the store can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from document_templates.models import DocumentVersion
from document_templates.retention.classes import DEFAULT_CLASSES, erasable_on, months_after
from document_templates.retention.keeping import assign_classes, lock_until
from forms.surroundings import today_in_berlin
from tenants.context import Scope
from tenants.storage.objects import ObjectLocked
from tenants.storage.tenant_store import TenantStore
from tests.document_templates.archive.conftest import (  # noqa: F401
    Archive,
    ceph_archive,
    local_archive,
)
from tests.support.installation import Installation
from tests.support.pipeline import open_case
from tests.support.web import Visitor
from tests.support.web_forms import form_of, text_of

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))


@given(st.sampled_from(sorted(DEFAULT_CLASSES)), MOMENTS, st.integers(0, 4000))
def test_a_lock_never_outlasts_the_day_of_erasure(key: str, sealed: datetime, later: int) -> None:
    kept = DEFAULT_CLASSES[key]
    until = lock_until(kept, "K1", sealed)
    if until is not None:
        start = today_in_berlin(sealed) + timedelta(days=later)
        assert until.date() <= months_after(start, kept.months) < erasable_on(kept, start)


@pytest.mark.parametrize("data_class", ["K3", "K4", "K5"])
def test_what_is_sensitive_is_never_locked(data_class: str) -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    assert lock_until(DEFAULT_CLASSES["LK-F"], "K2", now) is not None
    assert lock_until(DEFAULT_CLASSES["LK-F"], data_class, now) is None
    assert lock_until(None, "K1", now) is None


def choose(archive: Archive, key: str) -> None:
    form_id = archive.case.form.form_id
    archive.case.installation.in_scope(
        archive.scope, lambda session: assign_classes(session, {form_id: key})
    )


def test_ceph_keeps_what_a_class_locks(ceph_archive: Archive) -> None:  # noqa: F811
    assert ceph_archive.runtime.workshop.locks_files
    choose(ceph_archive, "LK-F")
    version = ceph_archive.make_document()
    assert version.retention_class == "LK-F"
    store = TenantStore(ceph_archive.runtime.workshop.store, ceph_archive.case.tenant.id)
    for key, object_version in (
        (version.pdf_key, version.pdf_object_version),
        (version.docx_key, version.docx_object_version),
    ):
        with pytest.raises(ObjectLocked) as locked:
            store.delete(key, object_version)
        assert locked.value.until is not None
        years = (locked.value.until - datetime.now(UTC)).days / 365.25
        assert 9.9 < years < 10.1
    choose(ceph_archive, "LK-E")
    free = ceph_archive.make_document()
    store.delete(free.docx_key, free.docx_object_version)


def test_a_directory_promises_no_lock(local_archive: Archive) -> None:  # noqa: F811
    assert not local_archive.runtime.workshop.locks_files
    choose(local_archive, "LK-F")
    version = local_archive.make_document()
    assert version.retention_class == "LK-F"


def test_a_tenant_decides_what_the_law_leaves_open(app: Flask, installation: Installation) -> None:
    case = open_case(installation)
    admin = Visitor(app, installation.person(tenant=case.tenant, role="tenant_admin"))
    path = f"/{case.tenant.slug}/aufbewahrung/"
    sent = form_of(admin.get(path), "//form[.//input[@value='LK-F']]")
    refused = admin.post(sent.action, sent.filled({"months": "zehn Jahre"}))
    assert refused.status_code == 422
    assert "in ganzen Monaten" in text_of(refused)
    assert form_of(refused, "//form[.//input[@value='LK-F']]").fields["months"] == ["zehn Jahre"]
    assert admin.post(sent.action, sent.filled({"months": "72"})).status_code == 302
    assert "6 Jahre" in text_of(admin.get(path))
    law = form_of(admin.get(path), "//form[.//input[@value='LK-H']]")
    statutory = admin.post(law.action, law.filled({"months": "12"}))
    assert statutory.status_code == 422
    assert "steht im Gesetz" in text_of(statutory)
    assign = form_of(admin.get(path), "//form[contains(@action, 'vordrucke')]")
    (name,) = [field for field in assign.fields if field.startswith("form-")]
    assert admin.post(assign.action, assign.filled({name: "LK-G"})).status_code == 302
    chosen = form_of(admin.get(path), "//form[contains(@action, 'vordrucke')]")
    assert chosen.fields[name] == ["LK-G"]
    fachkraft = Visitor(app, installation.person(tenant=case.tenant, role="fachkraft"))
    assert fachkraft.get(path).status_code == 404


def test_earlier_versions_keep_their_class(local_archive: Archive) -> None:  # noqa: F811
    choose(local_archive, "LK-F")
    version = local_archive.make_document()
    choose(local_archive, "LK-G")
    kept = local_archive.case.installation.in_scope(
        Scope(tenant_id=local_archive.case.tenant.id),
        lambda session: session.scalars(
            select(DocumentVersion.retention_class).where(DocumentVersion.id == version.id)
        ).one(),
    )
    assert kept == "LK-F"
