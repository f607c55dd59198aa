"""Blank forms as PDF: made once by a worker, kept in the object store, handed out from there."""

from __future__ import annotations

import hashlib
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.blank_forms.printing import BlankForm, blank_form_docx
from document_templates.printed_files import note_print
from document_templates.production import Workshop
from forms.building.sentences import spoken_rules
from forms.models import FormVersion
from forms.publishing import definition_of
from forms.versions.validities import edition_of
from tenants.context import current_scope, current_tenant_id
from tenants.language import _
from tenants.models import Tenant
from tenants.outbox import Task, enqueue, finish_task
from tenants.storage.objects import ObjectExists, ObjectStore, content_hash
from tenants.storage.tenant_store import TenantStore

PRINT_BLANK_FORM = "print_blank_form"
LAYOUT = "2"
"""Counts up when the look changes, so that former prints are made anew."""
PDF_TYPE = "application/pdf"


def find_print(session: Session, store: ObjectStore, version: FormVersion) -> bytes | None:
    """Return the blank form of ``version`` as PDF, None when it has not been made yet.

    Raises the errors of the object store.
    """
    tenant_store = TenantStore(store, current_tenant_id())
    stored = tenant_store.stat(_key(tenant_store, session, version))
    if stored is None:
        return None
    return tenant_store.get(stored.key, stored.version_id, stored.sha256)


def has_print(session: Session, store: ObjectStore, version: FormVersion) -> bool:
    """Say whether the blank form of ``version`` lies ready."""
    tenant_store = TenantStore(store, current_tenant_id())
    return tenant_store.stat(_key(tenant_store, session, version)) is not None


def request_print(session: Session, version: FormVersion) -> Task:
    """Ask for the blank form of ``version``; what is under way already is not asked for again.

    Nothing is committed. Permission: whoever may fill in the form.
    """
    payload = {"form_version_id": version.id}
    under_way = session.scalars(
        select(Task).where(
            Task.kind == PRINT_BLANK_FORM,
            Task.payload == payload,
            Task.state.in_(("ready", "dispatched")),
        )
    ).first()
    return under_way or enqueue(
        session,
        PRINT_BLANK_FORM,
        payload,
        organisation_id=current_scope().organisation_id,
    )


def last_failure(session: Session, version: FormVersion) -> str:
    """Return why the blank form could not be made the last time, empty if it did not fail."""
    task = session.scalars(
        select(Task)
        .where(Task.kind == PRINT_BLANK_FORM, Task.payload == {"form_version_id": version.id})
        .order_by(Task.created_at.desc())
        .limit(1)
    ).first()
    return task.failure if task is not None and task.state == "failed" else ""


def make_print(workshop: Workshop, task_id: str, form_version_id: str) -> None:
    """Make the blank form and finish the task. Harmless to repeat.

    Raises the errors of conversion and object store.
    """
    store = TenantStore(workshop.store, current_tenant_id())
    with workshop.sessions() as session:
        version = session.get_one(FormVersion, (current_tenant_id(), form_version_id))
        key = _key(store, session, version)
        form = _blank_form(session, version)
    if store.stat(key) is None:
        title = form.definition.title
        pdf = workshop.converter.convert(blank_form_docx(form), title=title)
        # Where another worker was faster, its print is as good.
        with suppress(ObjectExists):
            store.put(key, pdf, content_type=PDF_TYPE, sha256=content_hash(pdf))
    stored = store.stat(key)
    with workshop.sessions.begin() as session:
        if stored is not None:
            note_print(session, stored, "blank_form")
        task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
        if task.state != "done":
            finish_task(task)


def _blank_form(session: Session, version: FormVersion) -> BlankForm:
    tenant = session.get_one(Tenant, current_tenant_id())
    return BlankForm(
        definition_of(version),
        spoken_rules(version.definition),
        tenant.name,
        tenant.office,
        edition=_("Fassung {name}").format(name=edition_of(session, version)),
    )


def _key(store: TenantStore, session: Session, version: FormVersion) -> str:
    """Return the key of the print: by everything that is seen on it."""
    tenant = session.get_one(Tenant, current_tenant_id())
    seen = "\x1f".join(
        (LAYOUT, version.content_sha256, edition_of(session, version), tenant.name, tenant.office)
    )
    return store.key("blank-forms", f"{hashlib.sha256(seen.encode()).hexdigest()}.pdf")
