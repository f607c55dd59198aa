"""PostgreSQL alone: raw psycopg as the application's role, no line of ours in between."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.models import (
    Document,
    DocumentRequest,
    DocumentTemplate,
    DocumentVersion,
    TemplateVersion,
)
from document_templates.signing.models import Signatory, Signature, Signing, SigningParty
from forms.attachments.models import Attachment
from forms.models import FormVersion, Submission
from tenants.context import Scope
from tenants.database import new_id, now
from tenants.outbox import enqueue
from tests.isolation.conftest import World, raw_connection
from tests.support.installation import Installation


def as_tenant(installation: Installation, tenant_id: str, **more: str):  # type: ignore[no-untyped-def]
    """Return a raw connection of the application's role for a tenant."""
    return raw_connection(installation.settings.database_url, tenant_id=tenant_id, **more)


def ids(connection: psycopg.Connection, query: str) -> set[str]:
    """Return the first column of ``query`` as text."""
    return {str(row[0]) for row in connection.execute(query.encode()).fetchall()}


def test_without_settings_there_is_nothing(installation: Installation, world: World) -> None:
    with raw_connection(installation.settings.database_url) as connection:
        for table in ("form", "submission", "task", "proof", "tenant_key", "audit_entry"):
            assert ids(connection, f"SELECT tenant_id FROM {table}") == set()  # noqa: S608


def test_an_empty_setting_is_no_tenant(installation: Installation, world: World) -> None:
    """A connection that was used before has '' instead of no setting."""
    with as_tenant(installation, world.here.id) as connection:
        assert ids(connection, "SELECT id FROM form") == {world.forms[world.here.id]}
        connection.rollback()
        assert ids(connection, "SELECT id FROM form") == set()


def test_a_tenant_sees_and_changes_only_its_own(installation: Installation, world: World) -> None:
    with as_tenant(installation, world.here.id) as connection:
        assert ids(connection, "SELECT DISTINCT tenant_id FROM submission") == {world.here.id}
        changed = connection.execute("UPDATE form SET title = 'x' RETURNING tenant_id").fetchall()
        assert {str(row[0]) for row in changed} == {world.here.id}
        gone = connection.execute("DELETE FROM submission WHERE tenant_id = %s", (world.there.id,))
        assert gone.rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO form (tenant_id, id, key, title, description, data_class, state, package)"
        " VALUES (%(there)s, gen_random_uuid(), 'k', 't', '', 'K1', 'draft', '')",
        "UPDATE form SET tenant_id = %(there)s",
        "INSERT INTO task (tenant_id, id, kind, payload, state, attempts, failure)"
        " VALUES (%(there)s, gen_random_uuid(), 'k', '{}', 'ready', 0, '')",
        "INSERT INTO audit_entry (tenant_id, id, action, subject_kind, subject_id, detail)"
        " VALUES (%(there)s, gen_random_uuid(), 'a', 'b', 'c', '{}')",
        "INSERT INTO tenant_membership (id, tenant_id, account_id, role)"
        " VALUES (gen_random_uuid(), %(there)s, %(account)s, 'tenant_admin')",
        "INSERT INTO cooperation (tenant_id, organisation_id) VALUES (%(there)s, %(first)s)",
        "INSERT INTO tenant (id, slug, name, office, kind, land, ags, committee, street, city,"
        " telephone, email, website, members, theme, number_patterns, is_demo) VALUES"
        " (gen_random_uuid(), 'neu', 'n', '', 'jugendamt', '', '', '', '', '', '', '', '', '[]',"
        " '{}', '{}', false)",
        "INSERT INTO organisation (id, name, street, city, represented_by)"
        " VALUES (gen_random_uuid(), 'n', '', '', '')",
        "INSERT INTO organisation_membership (id, organisation_id, account_id, role)"
        " VALUES (gen_random_uuid(), %(first)s, %(account)s, 'traeger_leitung')",
    ],
)
def test_rows_for_others_are_refused(
    installation: Installation, world: World, statement: str
) -> None:
    values = {"there": world.there.id, "account": world.account_id, "first": world.first.id}
    with as_tenant(installation, world.here.id) as connection:
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(statement.encode(), values)
        connection.rollback()


def test_a_foreign_key_cannot_reach_another_tenant(
    installation: Installation, world: World
) -> None:
    """Foreign keys ignore row security: the tenant in the key stops them."""
    with as_tenant(installation, world.here.id) as connection:
        with pytest.raises(errors.ForeignKeyViolation):
            connection.execute(
                "INSERT INTO form_version (tenant_id, id, form_id, number, definition,"
                " content_sha256) VALUES (%s, gen_random_uuid(), %s, 9, '{}', '0')",
                (world.here.id, world.forms[world.there.id]),
            )
        connection.rollback()


def test_nobody_may_switch_row_security_off(installation: Installation, world: World) -> None:
    attempts = {
        "ALTER TABLE form DISABLE ROW LEVEL SECURITY": errors.InsufficientPrivilege,
        "SET ROLE siegel_owner": errors.InsufficientPrivilege,
        "SET SESSION AUTHORIZATION siegel_owner": errors.InsufficientPrivilege,
        "CREATE POLICY mine ON form USING (true)": errors.InsufficientPrivilege,
        "TRUNCATE form": errors.InsufficientPrivilege,
        "SELECT * FROM certificate_authority": errors.InsufficientPrivilege,
    }
    with as_tenant(installation, world.here.id) as connection:
        for statement, refusal in attempts.items():
            with pytest.raises(refusal):
                connection.execute(statement.encode())
            connection.rollback()
        connection.execute("SET row_security = off")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM form")
        connection.rollback()


def test_the_owner_is_bound_too(installation: Installation, world: World) -> None:
    with raw_connection(installation.settings.owner_url) as connection:
        assert ids(connection, "SELECT id FROM form") == set()


def test_people_to_choose_are_those_of_the_office_and_of_the_own_side(
    installation: Installation, world: World
) -> None:
    """The function runs as the owner: it must not tell more than its two sources."""
    other = installation.person(organisation=world.second, role="traeger_leitung")
    installation.person(tenant=world.here, role="fachkraft")
    installation.person(tenant=world.there, role="wjh")
    query = b"SELECT side, role, name FROM people_to_choose()"
    with as_tenant(installation, world.here.id) as connection:
        assert {row[:2] for row in connection.execute(query)} == {("office", "fachkraft")}
    first = {"organisation_id": world.first.id}
    with as_tenant(installation, world.here.id, **first) as connection:
        found = {row[:2] for row in connection.execute(query)}
        assert found == {("office", "fachkraft"), ("organisation", "traeger_leitung")}
        count = connection.execute(
            b"SELECT count(*) FROM people_to_choose() WHERE side = 'organisation'"
        ).fetchone()
        assert count == (1,), other
        # Only the function looks further: the ties themselves stay hidden.
        assert ids(connection, "SELECT id FROM tenant_membership") == set()
    with raw_connection(installation.settings.database_url, **first) as connection:
        assert connection.execute(query).fetchall() == []


def test_one_traeger_sees_nothing_of_another(installation: Installation, world: World) -> None:
    here = world.here.id
    own = world.submissions[(here, world.second.id)]
    with as_tenant(installation, here, organisation_id=world.second.id) as connection:
        assert ids(connection, "SELECT id FROM submission") == {own}
        for table in (
            "task", "document_request", "document", "document_version", "audit_entry",
            "handover", "inquiry", "report_request", "attachment", "unique_claim",
            "deadline_reminder",
        ):  # fmt: skip
            others = f"SELECT tenant_id FROM {table} WHERE organisation_id <> app_organisation_id()"  # noqa: S608
            assert ids(connection, others) == set()
        changed = connection.execute("UPDATE submission SET person_name = 'x'")
        assert changed.rowcount == 1
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("UPDATE submission SET organisation_id = %s", (world.first.id,))
        connection.rollback()
    with as_tenant(installation, here) as connection:
        assert len(ids(connection, "SELECT id FROM submission")) == 3


def test_a_traeger_sees_no_staff_and_no_other_traeger(
    installation: Installation, world: World
) -> None:
    installation.person(tenant=world.here, role="fachkraft")
    with as_tenant(installation, world.here.id, organisation_id=world.second.id) as connection:
        assert ids(connection, "SELECT id FROM tenant_membership") == set()
        assert ids(connection, "SELECT id FROM organisation") == {world.second.id}
        partners = "SELECT organisation_id FROM cooperation"
        assert ids(connection, partners) == {world.second.id}
    with as_tenant(installation, world.here.id) as connection:
        assert ids(connection, "SELECT id FROM organisation") == {world.first.id, world.second.id}


def test_a_person_without_tenant_sees_only_its_own_ties(
    installation: Installation, world: World
) -> None:
    url = installation.settings.database_url
    with raw_connection(url, account_id=str(world.account_id)) as connection:
        members = "SELECT account_id FROM organisation_membership"
        assert ids(connection, members) == {str(world.account_id)}
        assert ids(connection, "SELECT id FROM organisation") == {world.first.id}
        tenants = ids(connection, "SELECT tenant_id FROM cooperation")
        assert tenants == {world.here.id, world.there.id}
        assert ids(connection, "SELECT id FROM submission") == set()


@pytest.fixture
def task_ids(installation: Installation, world: World) -> Iterator[dict[str, str]]:
    """One task in each tenant, removed afterwards."""
    made: dict[str, str] = {}
    for tenant in (world.here, world.there):

        def work(session: Session) -> str:
            return enqueue(session, "test", {}).id

        made[tenant.id] = installation.in_scope(Scope(tenant_id=tenant.id), work)
    yield made
    for tenant_id in made:
        with raw_connection(installation.settings.database_url, tenant_id=tenant_id) as connection:
            connection.execute("DELETE FROM task")
            connection.commit()


def test_the_dispatcher_sees_tasks_of_all_and_nothing_else(
    installation: Installation, world: World, task_ids: dict[str, str]
) -> None:
    with raw_connection(installation.settings.dispatcher_url) as connection:
        assert set(task_ids.values()) <= ids(connection, "SELECT id FROM task")
        for table in ("form", "submission", "tenant", "ab_user", "proof", "document"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {table}".encode())  # noqa: S608
            connection.rollback()
        # Of its own it adds the tasks of periodic jobs alone, which carry nothing.
        insert = (
            "INSERT INTO task (tenant_id, id, kind, payload, is_bulk, is_periodic, state, attempts,"  # noqa: S608
            f" failure) VALUES ('{world.here.id}', gen_random_uuid(), 'k', {{}}, true, {{}},"
            " 'ready', 0, '')"
        )
        assert connection.execute(insert.format("'{}'", "true").encode()).rowcount == 1
        connection.rollback()
        for statement in (
            "DELETE FROM task",
            insert.format("'{}'", "false"),
            insert.format("""'{"request_id": "x"}'""", "true"),
            "SELECT name FROM tenant",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement.encode())
            connection.rollback()


def test_a_worker_sees_the_one_task_delivered_to_it(
    installation: Installation, world: World, task_ids: dict[str, str]
) -> None:
    wanted = task_ids[world.here.id]
    with raw_connection(installation.settings.database_url, task_id=wanted) as connection:
        assert ids(connection, "SELECT id FROM task") == {wanted}
        assert ids(connection, "SELECT id FROM submission") == set()
        assert connection.execute("UPDATE task SET state = 'done'").rowcount == 0
        assert connection.execute("DELETE FROM task").rowcount == 0


def test_a_bulk_run_is_the_offices_alone(installation: Installation, world: World) -> None:
    run, template = uuid.uuid4(), uuid.uuid4()
    statements = [
        "INSERT INTO document_template (tenant_id, id, form_id, key, title)"
        " VALUES (%(tenant)s, %(template)s, %(form)s, %(key)s, 't')",
        "INSERT INTO bulk_run (tenant_id, id, title, template_id, source, source_title, columns,"
        " mapping, label_column, clauses, state, person_name) VALUES (%(tenant)s, %(run)s, 't',"
        " %(template)s, 'table', '', '[]', '{}', '', '[]', 'draft', '')",
        "INSERT INTO bulk_item (tenant_id, id, run_id, position, row, label, cells, formulas,"
        " answers, problems) VALUES (%(tenant)s, gen_random_uuid(), %(run)s, 1, 1, 'Kim', '{}',"
        " '[]', '{}', '[]')",
    ]
    values = {
        "tenant": world.here.id, "template": template, "run": run, "key": f"k{template}",
        "form": world.forms[world.here.id],
    }  # fmt: skip
    with as_tenant(installation, world.here.id) as connection:
        for statement in statements:
            connection.execute(statement.encode(), values)
        connection.commit()
    with as_tenant(installation, world.here.id) as connection:
        assert str(run) in ids(connection, "SELECT id FROM bulk_run")
        assert str(run) in ids(connection, "SELECT run_id FROM bulk_item")
    strangers = [
        as_tenant(installation, world.there.id),
        as_tenant(installation, world.here.id, organisation_id=world.first.id),
    ]
    for stranger in strangers:
        with stranger as connection:
            for table in ("bulk_run", "bulk_item"):
                assert ids(connection, f"SELECT tenant_id FROM {table}") == set()  # noqa: S608
                assert connection.execute(f"DELETE FROM {table}".encode()).rowcount == 0  # noqa: S608
            with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                connection.execute(statements[2].encode(), values)
            connection.rollback()


def test_clauses_are_read_by_traeger_once_published_and_then_never_change(
    installation: Installation, world: World
) -> None:
    clause, draft, published = (uuid.uuid4() for _number in range(3))
    statements = [
        "INSERT INTO clause (tenant_id, id, key, title)"
        " VALUES (%(tenant)s, %(clause)s, %(key)s, 't')",
        "INSERT INTO clause_version (tenant_id, id, clause_id, number, state, document, sha256,"
        " revision, note, changed_by_name, changed_at, requested_by_name, decided_by_name,"
        " decision_comment, published_at) SELECT %(tenant)s, made.id, %(clause)s, made.number,"
        " made.state, '{}', '', 1, '', '', now(), '', '', '', made.published_at FROM (VALUES"
        " (%(published)s::uuid, 1, 'published', now()), (%(draft)s::uuid, 2, 'draft', NULL))"
        " AS made (id, number, state, published_at)",
    ]
    values = {
        "tenant": world.here.id, "clause": clause, "draft": draft, "published": published,
        "key": f"k{clause.hex[:20]}",
    }  # fmt: skip
    with as_tenant(installation, world.here.id) as connection:
        for statement in statements:
            connection.execute(statement.encode(), values)
        connection.commit()
    seen = "SELECT id FROM clause_version"
    with as_tenant(installation, world.here.id) as connection:
        assert {str(draft), str(published)} <= ids(connection, seen)
        changed = b"UPDATE clause_version SET note = 'neu'"
        assert connection.execute(changed + b" WHERE id = %s", [published]).rowcount == 0
        assert connection.execute(changed + b" WHERE id = %s", [draft]).rowcount == 1
        gone = b"DELETE FROM clause_version WHERE id = %s"
        assert connection.execute(gone, [published]).rowcount == 0
        connection.rollback()
    with as_tenant(installation, world.here.id, organisation_id=world.first.id) as connection:
        assert str(published) in ids(connection, seen)
        assert str(draft) not in ids(connection, seen)
        assert connection.execute(b"UPDATE clause SET title = 'x'").rowcount == 0
        for table in ("clause_wording", "document_clause", "agreement_term"):
            assert ids(connection, f"SELECT tenant_id FROM {table}") == set()  # noqa: S608
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(statements[0].encode(), {**values, "clause": uuid.uuid4()})
        connection.rollback()
    with as_tenant(installation, world.there.id) as connection:
        for table in ("clause", "clause_version"):
            assert str(world.here.id) not in ids(connection, f"SELECT tenant_id FROM {table}")  # noqa: S608
            with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                connection.execute(statements[0].encode(), {**values, "clause": uuid.uuid4()})
            connection.rollback()


@pytest.fixture
def proofs(installation: Installation, world: World) -> dict[str, tuple[str, str]]:
    """Code and hash of one proof in each tenant; written by the superuser of the cluster."""
    return {
        tenant.id: _insert_proof(installation, tenant.id) for tenant in (world.here, world.there)
    }


def _insert_proof(
    installation: Installation, tenant_id: str, organisation_id: str | None = None
) -> tuple[str, str]:
    """Write a proof with all it hangs on, as the tenant itself."""
    code, sha256 = uuid.uuid4().hex, uuid.uuid4().hex * 2
    with raw_connection(installation.settings.database_url, tenant_id=tenant_id) as connection:
        row = connection.execute("SELECT id, form_version_id FROM submission LIMIT 1").fetchone()
        form = connection.execute("SELECT id FROM form LIMIT 1").fetchone()
        assert row is not None
        assert form is not None
        values = {
            "tenant": tenant_id, "submission": row[0], "form_version": row[1], "form": form[0],
            "template": uuid.uuid4(), "template_version": uuid.uuid4(), "request": uuid.uuid4(),
            "document": uuid.uuid4(), "version": uuid.uuid4(), "code": code, "sha256": sha256,
            "number": uuid.uuid4().int % 2**60, "organisation": organisation_id,
        }  # fmt: skip
        for statement in PROOF_STATEMENTS:
            connection.execute(statement.encode(), values)
        connection.commit()
    return code, sha256


PROOF_STATEMENTS = [
    "INSERT INTO document_template (tenant_id, id, form_id, key, title)"
    " VALUES (%(tenant)s, %(template)s, %(form)s, %(code)s, 't')",
    "INSERT INTO template_version (tenant_id, id, template_id, form_version_id, number, state,"
    " file_name, object_key, object_version, sha256, findings) VALUES (%(tenant)s,"
    " %(template_version)s, %(template)s, %(form_version)s, 1, 'published', '', 'k', '', '', '[]')",
    "INSERT INTO document_request (tenant_id, id, submission_id, template_version_id, number,"
    " handover_number, version, verification_code, state, step, fence, failure) VALUES"
    " (%(tenant)s, %(request)s, %(submission)s, %(template_version)s, %(code)s, 1, 1, %(code)s,"
    " 'done', '', 0, '')",
    "INSERT INTO document (tenant_id, id, number, title, submission_id, recipient,"
    " organisation_name, data_class, organisation_id) VALUES (%(tenant)s, %(document)s, %(code)s,"
    " 't', %(submission)s, '', '', 'K1', %(organisation)s)",
    "INSERT INTO document_version (tenant_id, id, document_id, request_id, template_version_id,"
    " number, hash_algorithm, context_sha256, docx_key, docx_object_version, docx_sha256,"
    " docx_size, pdf_key, pdf_object_version, pdf_sha256, pdf_size, certificate_sha256,"
    " converter, fonts_sha256, fonts, sealed_at, chain_position, previous_hash, chain_hash,"
    " organisation_id) VALUES (%(tenant)s, %(version)s, %(document)s, %(request)s,"
    " %(template_version)s, 1, 'SHA-256', '', '', '', '', 1, '', '', %(sha256)s, 1, '', '', '',"
    " '[]', now(), %(number)s, '', '', %(organisation)s)",
    "INSERT INTO proof (tenant_id, id, code, document_version_id, pdf_sha256, sealed_at,"
    " sealed_by, certificate_issuer, certificate_sha256, level, state, is_demo, signatures, stamps)"
    " VALUES (%(tenant)s, gen_random_uuid(), %(code)s, %(version)s, %(sha256)s, now(), 's', 'i',"
    " '', 'B-B', 'valid', true, '[]', '[]')",
]


def test_a_code_or_a_hash_opens_exactly_one_proof(
    installation: Installation, world: World, proofs: dict[str, tuple[str, str]]
) -> None:
    url = installation.settings.database_url
    code, sha256 = proofs[world.there.id]
    for settings in ({"proof_code": code}, {"proof_sha256": sha256}):
        with raw_connection(url, **settings) as connection:
            assert ids(connection, "SELECT code FROM proof") == {code}
            for table in ("document_version", "document", "submission"):
                assert ids(connection, f"SELECT id FROM {table}") == set()  # noqa: S608
            assert connection.execute("UPDATE proof SET state = 'valid'").rowcount == 0
            assert connection.execute("DELETE FROM proof").rowcount == 0
    with raw_connection(url, proof_code="%") as connection:
        assert ids(connection, "SELECT code FROM proof") == set()


def test_a_traeger_sees_proofs_of_its_own_documents_alone(
    installation: Installation, world: World, proofs: dict[str, tuple[str, str]]
) -> None:
    code, _sha256 = _insert_proof(installation, world.here.id, organisation_id=world.first.id)
    seen = {}
    for organisation in (world.first, world.second):
        with as_tenant(installation, world.here.id, organisation_id=organisation.id) as connection:
            seen[organisation.id] = ids(connection, "SELECT code FROM proof")
            changed = connection.execute("UPDATE proof SET state = 'valid' RETURNING code")
            assert {row[0] for row in changed.fetchall()} == seen[organisation.id]
            connection.rollback()
    assert seen == {world.first.id: {code}, world.second.id: set()}


def test_a_traeger_announces_to_receivers_that_it_cannot_read(
    installation: Installation, world: World
) -> None:
    values = {"tenant": world.here.id, "account": world.account_id, "id": str(uuid.uuid4())}
    with as_tenant(installation, world.here.id) as connection:
        connection.execute(
            b"INSERT INTO webhook (tenant_id, id, url, events, secret, account_id, created_at)"
            b" VALUES (%(tenant)s, %(id)s, 'https://example.org/', '[\"form.published\"]', '\\x00',"
            b" %(account)s, now())",
            values,
        )
        connection.commit()
    message = (
        b"INSERT INTO webhook_delivery (tenant_id, id, webhook_id, event, subject_id, state,"
        b" attempts, failure, created_at) VALUES (%(tenant)s, gen_random_uuid(), %(id)s,"
        b" 'form.published', 's', 'waiting', 0, '', now())"
    )
    told = "SELECT webhook_id FROM webhooks_told_of('form.published')"
    own = {"organisation_id": world.first.id}
    with as_tenant(installation, world.here.id, **own) as connection:
        assert ids(connection, "SELECT id FROM webhook") == set()
        assert ids(connection, told) == {values["id"]}
        assert ids(connection, told.replace("published", "retired")) == set()
        connection.execute(message, values)
        assert ids(connection, "SELECT id FROM webhook_delivery") == set()
        for change in (
            "UPDATE webhook_delivery SET state = 'failed'",
            "DELETE FROM webhook_delivery",
        ):
            assert connection.execute(change.encode()).rowcount == 0
        connection.commit()
    with as_tenant(installation, world.here.id) as connection:
        assert len(ids(connection, "SELECT id FROM webhook_delivery")) == 1
    with as_tenant(installation, world.there.id, **own) as connection:
        assert ids(connection, told) == set()


def test_tenants_found_nobody_and_change_only_themselves(
    installation: Installation, world: World
) -> None:
    with as_tenant(installation, world.here.id) as connection:
        changed = connection.execute("UPDATE tenant SET committee = 'x' RETURNING id").fetchall()
        assert [str(row[0]) for row in changed] == [world.here.id]
        assert connection.execute("DELETE FROM tenant").rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO form (tenant_id, id, key, title, description, data_class, state, package)"
        " VALUES (%(here)s, gen_random_uuid(), 'k', 't', '', 'K1', 'draft', '')",
        "INSERT INTO form_version (tenant_id, id, form_id, number, definition, content_sha256)"
        " VALUES (%(here)s, gen_random_uuid(), %(form)s, 7, '{}', '0')",
        "INSERT INTO document_template (tenant_id, id, form_id, key, title)"
        " VALUES (%(here)s, gen_random_uuid(), %(form)s, 'k', 't')",
        "INSERT INTO tenant_key (tenant_id, id, wrapped) VALUES (%(here)s, gen_random_uuid(), 'x')",
    ],
)
def test_a_traeger_writes_nothing_of_the_office(
    installation: Installation, world: World, statement: str
) -> None:
    values = {"here": world.here.id, "form": world.forms[world.here.id]}
    with as_tenant(installation, world.here.id, organisation_id=world.first.id) as connection:
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(statement.encode(), values)
        connection.rollback()


def test_a_traeger_changes_neither_tenant_nor_form_and_reads_no_key(
    installation: Installation, world: World
) -> None:
    with as_tenant(installation, world.here.id, organisation_id=world.first.id) as connection:
        assert connection.execute("UPDATE tenant SET name = 'x'").rowcount == 0
        assert connection.execute("UPDATE form SET title = 'x'").rowcount == 0
        assert connection.execute("DELETE FROM form").rowcount == 0
        assert ids(connection, "SELECT id FROM tenant_key") == set()
        assert ids(connection, "SELECT id FROM form") == {world.forms[world.here.id]}
        connection.rollback()
    with as_tenant(installation, world.here.id) as connection:
        assert len(ids(connection, "SELECT id FROM tenant_key")) == 1


def test_a_draft_is_seen_only_by_the_side_that_writes_it(
    installation: Installation, world: World
) -> None:
    sides = {None: {}, world.first.id: {"organisation_id": world.first.id}}
    for writer, settings in sides.items():
        submission_id = world.submissions[(world.here.id, writer)]
        draft = "UPDATE submission SET state = 'draft' WHERE id = %s"
        with as_tenant(installation, world.here.id, **settings) as connection:
            assert connection.execute(draft.encode(), (submission_id,)).rowcount == 1
            connection.commit()
        try:
            for reader, own in sides.items():
                with as_tenant(installation, world.here.id, **own) as connection:
                    seen = ids(connection, "SELECT id FROM submission")
                    assert (submission_id in seen) == (reader == writer)
        finally:
            with as_tenant(installation, world.here.id, **settings) as connection:
                connection.execute("UPDATE submission SET state = 'submitted'")
                connection.commit()


def test_a_traeger_sees_what_is_asked_of_it_alone(installation: Installation, world: World) -> None:
    here = world.here.id
    for organisation, others in ((world.first, world.second), (world.second, world.first)):
        with as_tenant(installation, here, organisation_id=organisation.id) as connection:
            for table in ("handover", "inquiry", "report_request", "deadline_reminder"):
                rows = connection.execute(f"SELECT organisation_id FROM {table}").fetchall()  # noqa: S608
                assert {str(row[0]) for row in rows} == {organisation.id}, table
                changed = connection.execute(
                    f"UPDATE {table} SET number = 9 WHERE organisation_id = %s"  # noqa: S608
                    if table == "inquiry"
                    else "UPDATE report_request SET note = 'x' WHERE organisation_id = %s",
                    (others.id,),
                )
                assert changed.rowcount == 0
            connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO inquiry SELECT (r).* FROM (SELECT inquiry AS r FROM inquiry LIMIT 1) AS one",
        "INSERT INTO report_request (tenant_id, id, form_id, organisation_id, organisation_name,"
        " period, first_due_on, due_on, note, state, extension_state) SELECT tenant_id,"
        " gen_random_uuid(), form_id, organisation_id, '', '1999', due_on, due_on, '', 'open', ''"
        " FROM report_request",
        "INSERT INTO deadline_reminder (tenant_id, id, organisation_id, inquiry_id, due_on, days,"
        " reminded_at) SELECT tenant_id, gen_random_uuid(), organisation_id, inquiry_id, due_on,"
        " 14, reminded_at FROM deadline_reminder",
    ],
)
def test_a_traeger_asks_the_office_nothing(
    installation: Installation, world: World, statement: str
) -> None:
    with as_tenant(installation, world.here.id, organisation_id=world.first.id) as connection:
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(statement.encode())
        connection.rollback()
        assert connection.execute("DELETE FROM report_request").rowcount == 0


def test_what_was_handed_over_never_changes(installation: Installation, world: World) -> None:
    with as_tenant(installation, world.here.id) as connection:
        for statement in ("UPDATE handover SET reason = 'answer'", "DELETE FROM handover"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement.encode())
            connection.rollback()


def test_a_correction_in_the_making_is_seen_by_its_side_alone(
    installation: Installation, world: World
) -> None:
    here = world.here.id
    subject = world.submissions[(here, world.first.id)]
    made: dict[str | None, str] = {}

    def work_on(session: Session, organisation_id: str | None) -> None:
        submission = session.get_one(Submission, (here, subject))
        work = Submission(
            form_version_id=submission.form_version_id, organisation_id=organisation_id,
            account_id=world.account_id, continues_id=subject, purpose="step", answers={"a": 1},
        )  # fmt: skip
        session.add(work)
        session.flush()
        made[organisation_id] = work.id

    for organisation_id in (world.first.id, None):
        installation.in_scope(
            Scope(tenant_id=here, organisation_id=organisation_id),
            lambda session: work_on(session, organisation_id),  # noqa: B023
        )
    query = "SELECT id FROM submission WHERE continues_id IS NOT NULL"
    with as_tenant(installation, here) as connection:
        assert ids(connection, query) == {made[None]}
    with as_tenant(installation, here, organisation_id=world.first.id) as connection:
        assert ids(connection, query) == {made[world.first.id]}
    with as_tenant(installation, here, organisation_id=world.second.id) as connection:
        assert ids(connection, query) == set()
    for organisation_id, work_id in made.items():
        installation.in_scope(
            Scope(tenant_id=here, organisation_id=organisation_id),
            lambda session: session.delete(session.get_one(Submission, (here, work_id))),  # noqa: B023
        )


def test_evaluations_are_the_offices_and_views_their_owners(
    installation: Installation, world: World
) -> None:
    """Neither an address nor a forgotten condition shows them to anybody else."""
    form_id = world.forms[world.here.id]
    values = {"tenant": world.here.id, "form": form_id, "account": world.account_id}
    evaluation = (
        "INSERT INTO evaluation (tenant_id, id, form_id, account_id, title, settings, updated_at)"
        " VALUES (%(tenant)s, gen_random_uuid(), %(form)s, %(account)s, 't', '{}', now())"
    )
    view = (
        "INSERT INTO saved_view (tenant_id, id, form_id, organisation_id, account_id, name,"
        " is_shared, settings, updated_at) VALUES (%(tenant)s, gen_random_uuid(), %(form)s,"
        " %(organisation)s, %(account)s, 'v', false, '{}', now())"
    )
    account = str(world.account_id)
    with as_tenant(installation, world.here.id, account_id=account) as connection:
        connection.execute(evaluation.encode(), values)
        connection.execute(view.encode(), {**values, "organisation": None})
        assert ids(connection, "SELECT id FROM evaluation")
        assert ids(connection, "SELECT id FROM saved_view")
        for name, other in (
            ("organisation_id", world.first.id),
            ("tenant_id", world.there.id),
            ("account_id", str(world.account_id + 1)),
        ):
            connection.execute("SAVEPOINT before")
            connection.execute("SELECT set_config(%s, %s, true)", (f"app.{name}", other))
            assert ids(connection, "SELECT id FROM saved_view") == set(), name
            if name != "account_id":
                assert ids(connection, "SELECT id FROM evaluation") == set(), name
            connection.execute("ROLLBACK TO SAVEPOINT before")
    with as_tenant(
        installation, world.here.id, account_id=account, organisation_id=world.first.id
    ) as connection:
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(evaluation.encode(), values)
        connection.rollback()


def test_a_submission_takes_its_form_from_its_version(
    installation: Installation, world: World
) -> None:
    with as_tenant(installation, world.here.id) as connection:
        connection.execute("UPDATE submission SET form_id = gen_random_uuid()")
        found = ids(connection, "SELECT form_id FROM submission")
    assert found == {world.forms[world.here.id]}


def test_a_file_is_seen_with_its_submission(installation: Installation, world: World) -> None:
    """The files of a draft are the side's that writes it; the office sees those handed in."""
    here, organisation = world.here.id, world.first.id
    draft_id = new_id()
    files: dict[str, str] = {}

    def keep(session: Session) -> None:
        known = session.scalars(
            select(Submission).where(Submission.id == world.submissions[(here, organisation)])
        ).one()
        session.add(
            Submission(
                id=draft_id,
                form_version_id=known.form_version_id,
                organisation_id=organisation,
                account_id=world.account_id,
            )
        )
        session.flush()
        for submission_id in (draft_id, known.id):
            files[submission_id] = new_id()
            session.add(
                Attachment(
                    id=files[submission_id], submission_id=submission_id,
                    organisation_id=organisation, field_id=new_id(), file_name="x.pdf",
                    media_type="application/pdf", size=1, sha256="0" * 64, object_key="k",
                    object_version="v",
                )
            )  # fmt: skip

    installation.in_scope(Scope(tenant_id=here, organisation_id=organisation), keep)
    draft_file = files.pop(draft_id)
    handed_in = set(files.values())
    query = "SELECT id FROM attachment"
    with as_tenant(installation, here, organisation_id=organisation) as connection:
        assert ids(connection, query) == {draft_file, *handed_in}
    with as_tenant(installation, here) as connection:
        assert ids(connection, query) == handed_in
        gone = connection.execute("DELETE FROM attachment WHERE id = %s", (draft_file,))
        assert gone.rowcount == 0
    with as_tenant(installation, here, organisation_id=world.second.id) as connection:
        assert ids(connection, query) == set()
    with as_tenant(installation, world.there.id) as connection:
        assert ids(connection, query) == set()


def test_who_has_read_a_version_is_known_to_its_own_side_alone(
    installation: Installation, world: World
) -> None:
    """The office counts the readers of each Träger; the function must not tell more."""
    here, first = world.here.id, {"organisation_id": world.first.id}
    account = {"account_id": str(world.account_id)}
    insert = (
        b"INSERT INTO version_reading (tenant_id, id, form_version_id, organisation_id, account_id)"
        b" SELECT tenant_id, gen_random_uuid(), id, %s, %s FROM form_version LIMIT 1"
    )
    with as_tenant(installation, here, **first, **account) as connection:
        connection.execute(insert, (world.first.id, world.account_id))
        connection.commit()
    with as_tenant(installation, here, **first, **account) as connection:
        assert len(ids(connection, "SELECT id FROM version_reading")) == 1
    # Nobody confirms for somebody else, or for another side.
    for row in ((world.first.id, world.account_id + 1), (None, world.account_id)):
        with as_tenant(installation, here, **first, **account) as connection:
            with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                connection.execute(insert, row)
            connection.rollback()
    count = (
        b"SELECT organisation_id::text, people, readers FROM count_version_readers("
        b"(SELECT id FROM form_version LIMIT 1), ARRAY['traeger_leitung'])"
    )
    with as_tenant(installation, here) as connection:
        assert ids(connection, "SELECT id FROM version_reading") == set()
        found = {row[0]: row[1:] for row in connection.execute(count)}
        assert found[world.first.id] == (1, 1)
        assert set(found) <= {world.first.id, world.second.id}
        for statement in (
            "UPDATE version_reading SET read_at = now()",
            "DELETE FROM version_reading",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement.encode())
            connection.rollback()
    for stranger in (
        as_tenant(installation, here, organisation_id=world.second.id),
        as_tenant(installation, here, **first),
        raw_connection(installation.settings.database_url),
    ):
        with stranger as connection:
            assert connection.execute(count).fetchall() == []


def test_a_signing_shows_itself_to_its_parties_alone(
    installation: Installation, world: World
) -> None:
    """The first Träger is a party, the second is not; nobody signs for another."""
    ids_of = {name: new_id() for name in ("signing", "party", "office", "mine", "theirs")}

    def write(session: Session) -> None:
        version = signable_version(session, world)
        session.add(
            Signing(
                id=ids_of["signing"], document_id=version.document_id, version_id=version.id,
                title="t", number="n", level="L1", organisation_ids=[world.first.id],
                verification_code=ids_of["signing"], pdf_key="k", pdf_object_version="1",
                pdf_sha256="", pdf_size=1,
            )
        )  # fmt: skip
        session.flush()
        for name, organisation_id in (("party", world.first.id), ("office", None)):
            session.add(
                SigningParty(
                    id=ids_of[name], signing_id=ids_of["signing"], position=name == "office",
                    party_organisation_id=organisation_id, name=name, rule="single",
                )
            )  # fmt: skip
            signatory = Signatory(
                id=new_id(), organisation_id=organisation_id, name="x", capacity="employee",
                valid_from=date(2026, 1, 1),
            )  # fmt: skip
            session.add(signatory)
            session.flush()
            session.add(
                Signature(
                    id=ids_of["mine" if organisation_id else "theirs"],
                    signing_id=ids_of["signing"], party_id=ids_of[name], position=0,
                    party_organisation_id=organisation_id, signatory_id=signatory.id, name="x",
                    capacity="employee",
                )
            )  # fmt: skip

    installation.in_scope(Scope(tenant_id=world.here.id), write)
    tables = ("signing", "signing_party", "signature")
    with as_tenant(installation, world.here.id, organisation_id=world.first.id) as connection:
        assert ids(connection, "SELECT id FROM signing") == {ids_of["signing"]}
        assert ids(connection, "SELECT id FROM signature") == {ids_of["mine"], ids_of["theirs"]}
        assert len(ids(connection, "SELECT id FROM signatory")) == 1
        changed = connection.execute("UPDATE signature SET reason = 'x' RETURNING id").fetchall()
        assert {str(row[0]) for row in changed} == {ids_of["mine"]}
        assert connection.execute("UPDATE signing_party SET name = 'x'").rowcount == 0
        for table in tables:
            assert connection.execute(f"DELETE FROM {table}".encode()).rowcount == 0  # noqa: S608
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("DELETE FROM signatory")
        connection.rollback()
    for settings in ({"organisation_id": world.second.id}, {}):
        tenant_id = world.here.id if settings else world.there.id
        with as_tenant(installation, tenant_id, **settings) as connection:
            for table in tables:
                assert ids(connection, f"SELECT id FROM {table}") == set()  # noqa: S608


def test_a_visit_of_the_signing_service_is_the_persons_alone(
    installation: Installation, world: World
) -> None:
    """The office clears away what has ended, and sees nothing else."""
    ids_of = {name: new_id() for name in ("signing", "underway", "ended")}
    mine, other = 900_001, 900_002

    def write(session: Session) -> None:
        version = signable_version(session, world, chain_position=2)
        session.add(
            Signing(
                id=ids_of["signing"], document_id=version.document_id, version_id=version.id,
                title="t", number="n", level="L3", organisation_ids=[world.first.id],
                verification_code=ids_of["signing"], pdf_key="k", pdf_object_version="1",
                pdf_sha256="", pdf_size=1,
            )
        )  # fmt: skip

    installation.in_scope(Scope(tenant_id=world.here.id), write)
    insert = (
        "INSERT INTO service_visit (tenant_id, id, signing_id, account_id, step, state_sha256,"
        " content, choices, chosen, ends_at) VALUES (%s, %s, %s, %s, 'login', '', '', '[]', '',"
        " now() + %s)"
    )
    for name, account, hours in (("underway", mine, 1), ("ended", other, -1)):
        with as_tenant(
            installation, world.here.id, organisation_id=world.first.id, account_id=str(account)
        ) as connection:
            row = (world.here.id, ids_of[name], ids_of["signing"], account, timedelta(hours=hours))
            connection.execute(insert.encode(), row)
            assert ids(connection, "SELECT id FROM service_visit") == {ids_of[name]}
            connection.commit()
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(insert.encode(), (*row[:3], account + 5, row[4]))
    with as_tenant(installation, world.here.id) as connection:
        assert ids(connection, "SELECT id FROM service_visit") == {ids_of["ended"]}
        assert connection.execute("DELETE FROM service_visit").rowcount == 1
    with as_tenant(installation, world.there.id, account_id=str(mine)) as connection:
        assert ids(connection, "SELECT id FROM service_visit") == set()


def signable_version(session: Session, world: World, chain_position: int = 1) -> DocumentVersion:
    """Return a version of a document that belongs to the first Träger."""
    template = DocumentTemplate(
        id=new_id(), form_id=world.forms[world.here.id], key=new_id(), title="t"
    )
    version = TemplateVersion(
        id=new_id(), template_id=template.id, number=1, state="published", object_key="k",
        sha256="", form_version_id=session.scalars(select(FormVersion.id)).first(),
    )  # fmt: skip
    request = DocumentRequest(
        id=new_id(), submission_id=world.submissions[(world.here.id, world.first.id)],
        template_version_id=version.id, number=new_id(), verification_code=new_id(),
        organisation_id=world.first.id,
    )  # fmt: skip
    document = Document(
        id=new_id(), number=request.number, title="t", organisation_id=world.first.id
    )
    made = DocumentVersion(
        id=new_id(), document_id=document.id, request_id=request.id,
        template_version_id=version.id, organisation_id=world.first.id, number=1,
        context_sha256="", docx_key="k", docx_object_version="1", docx_sha256="", docx_size=1,
        pdf_key="k", pdf_object_version="1", pdf_sha256="", pdf_size=1, certificate_sha256="",
        sealed_at=now(), chain_position=chain_position, previous_hash="", chain_hash="",
    )  # fmt: skip
    for row in (template, version, request, document, made):
        session.add(row)
        session.flush()
    return made
