"""LK-A: drafts never sent in go six months after their last change, whoever wrote them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from document_templates.retention.due_submissions import due_submissions
from document_templates.retention.erasing import ErasureRefused
from document_templates.retention.journal import read
from document_templates.retention.models import ErasureEntry
from forms.models import Submission
from forms.submitting import start_submission
from tenants.case_keys import CaseKeyRow
from tenants.context import Scope
from tenants.storage.objects import ObjectMissing, content_hash
from tenants.storage.tenant_store import TenantStore
from tests.document_templates.archive.conftest import Archive, local_archive  # noqa: F401
from tests.document_templates.retention.test_erased_submissions import (
    attach,
    erase_what_is_due,
    every_text,
)
from tests.support.pipeline import open_case

CHANGED = datetime(2026, 5, 31, 21, 30, tzinfo=UTC)
"""31 May in Berlin; six months later the time ends with 30 November (§ 188 Abs. 3 BGB)."""


@pytest.fixture
def archive(local_archive: Archive) -> Archive:  # noqa: F811
    return replace(local_archive, case=open_case(local_archive.case.installation))


def traeger(archive: Archive) -> Scope:
    case = archive.case
    return Scope(case.tenant.id, case.organisation.id, case.person.account_id)


def begin_draft(archive: Archive, changed: datetime, scope: Scope | None = None) -> str:
    """Begin a draft, of the Träger unless ``scope`` says otherwise, and touch it no more."""
    draft_id = archive.case.installation.in_scope(
        scope or traeger(archive),
        lambda session: (
            start_submission(
                session, archive.case.form, person_name="Kim Muster", organisation_name="Anker"
            ).id
        ),
    )
    age(archive, draft_id, changed)
    return draft_id


def age(archive: Archive, draft_id: str, changed: datetime) -> None:
    archive.execute_as_superuser(
        "UPDATE submission SET updated_at = :changed WHERE id = :id", changed=changed, id=draft_id
    )


def due_ids(archive: Archive, day: date) -> set[str]:
    return archive.case.installation.in_scope(
        archive.scope,
        lambda session: {one.submission_id for one in due_submissions(session, day, going=())},
    )


def test_a_draft_is_due_on_the_day_after_its_time_and_not_before(archive: Archive) -> None:
    draft_id = begin_draft(archive, CHANGED)
    assert due_ids(archive, date(2026, 11, 30)) == set()
    assert due_ids(archive, date(2026, 12, 1)) == {draft_id}
    # In a tenant of its own nobody else's draft is due.
    other = replace(archive, case=open_case(archive.case.installation))
    assert due_ids(other, date(2030, 1, 1)) == set()


def test_a_traeger_learns_nothing_of_the_drafts_of_others(archive: Archive) -> None:
    begin_draft(archive, CHANGED, Scope(archive.case.tenant.id, None, 1))
    for statement in (
        "SELECT * FROM stale_drafts(now() + interval '9 years', NULL)",
        "SELECT * FROM submission",
    ):
        rows = archive.case.installation.in_scope(
            traeger(archive),
            lambda session, statement=statement: session.execute(  # type: ignore[misc]
                text(statement), execution_options={"tenant_guarded": True}
            ).all(),
        )
        assert rows == [], statement


def test_a_run_erases_drafts_of_both_sides_with_their_files(archive: Archive) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=400)
    own = begin_draft(archive, long_ago, Scope(archive.case.tenant.id, None, 1))
    theirs = begin_draft(archive, long_ago)
    fresh = begin_draft(archive, datetime.now(UTC))
    key = attach_as_traeger(archive, theirs)
    age(archive, theirs, long_ago)
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    assert store.versions(key)
    run = erase_what_is_due(archive)
    assert (run.state, run.skipped, run.submission_counts) == ("done", 0, {"LK-A": 2})

    def remains(session: Session) -> None:
        entries = session.scalars(select(ErasureEntry)).all()
        assert {one.submission_id for one in entries} == {own, theirs}
        assert {one.key for one in entries} == {"LK-A"}
        assert {one.received_in for one in entries} == {None}
        keys = {one.id: one.wrapped for one in session.scalars(select(CaseKeyRow))}
        assert keys[theirs] is None

    archive.case.installation.in_scope(archive.scope, remains)
    left = archive.case.installation.in_scope(
        traeger(archive), lambda session: set(session.scalars(select(Submission.id)))
    )
    assert left == {fresh}
    assert store.versions(key) == []
    with pytest.raises(ObjectMissing):
        store.put(
            store.case_key(theirs, "attachments", "late"), b"", content_type="text/plain",
            sha256=content_hash(b""),
        )  # fmt: skip
    entries = [read(store, position) for position in (1, 2)]
    assert {one.subject_id for one in entries if one} == {own, theirs}
    assert "Kim" not in repr(entries)
    archive.run_job()
    assert every_text(archive, "SELECT id FROM integrity_alarm") == "[]"
    with pytest.raises(ErasureRefused):
        erase_what_is_due(archive)


def attach_as_traeger(archive: Archive, draft_id: str) -> str:
    attach(archive, draft_id, traeger(archive))
    return archive.case.installation.in_scope(
        traeger(archive),
        lambda session: str(
            session.execute(
                text("SELECT object_key FROM attachment"),
                execution_options={"tenant_guarded": True},
            ).scalar_one()
        ),
    )


def test_what_somebody_goes_on_writing_meanwhile_stays(archive: Archive) -> None:
    draft_id = begin_draft(archive, datetime.now(UTC) - timedelta(days=400))

    def go_on(session: Session) -> None:
        session.get_one(Submission, (archive.case.tenant.id, draft_id)).revision += 1

    run = erase_what_is_due(
        archive, meanwhile=lambda: archive.case.installation.in_scope(traeger(archive), go_on)
    )
    assert (run.state, run.skipped) == ("done", 1)
    left = archive.case.installation.in_scope(
        traeger(archive), lambda session: set(session.scalars(select(Submission.id)))
    )
    assert left == {draft_id}
