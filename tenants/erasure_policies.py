"""Row-level security for what is erased: exports of other people and drafts of Träger.

Nobody in the office reads them; a deletion run reaches them all the same, through functions that
run as the owner, whom the tenant's own policies bind as well.
"""

from __future__ import annotations

from tenants.policies import ACCOUNT, APPLICATION_ROLE, ORGANISATION, OWN_TENANT, TENANT

_OFFICE = f"{ORGANISATION} IS NULL"
_DRAFT = (
    f"submission.tenant_id = {TENANT} AND {_OFFICE}"
    " AND submission.state = 'draft' AND submission.continues_id IS NULL"
)


def export_policies() -> list[str]:
    """Return the statements that show an export to the person who asked for it alone.

    When a submission is erased or restricted, the files of all exports of its form are taken back:
    the function learns where they lie, and nothing of what was asked.
    """
    return [
        f"CREATE POLICY own_exports ON submission_export AS RESTRICTIVE TO {APPLICATION_ROLE}"
        f" USING (organisation_id IS NOT DISTINCT FROM {ORGANISATION}"
        f" AND account_id = {ACCOUNT})",
        "CREATE FUNCTION withdraw_exports(wanted_form uuid, told text, until timestamptz)"
        " RETURNS TABLE (export_id uuid, organisation_id uuid, account_id integer,"
        " was_ready boolean, parts jsonb)"
        " LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        " WITH former AS (SELECT id, state, parts FROM submission_export"
        f" WHERE {OWN_TENANT} AND {_OFFICE} AND form_id = wanted_form"
        " AND state IN ('waiting', 'working', 'ready') FOR UPDATE)"
        " UPDATE submission_export SET state = 'failed', failure = told, parts = '[]',"
        " lease_until = NULL, expires_at = until FROM former"
        f" WHERE submission_export.tenant_id = {TENANT} AND submission_export.id = former.id"
        " RETURNING submission_export.id, submission_export.organisation_id,"
        " submission_export.account_id, former.state = 'ready', former.parts $$",
        *_for_the_application("withdraw_exports(uuid, text, timestamptz)"),
    ]


def stale_draft_policies() -> list[str]:
    """Return the statements that let a deletion run erase drafts that nobody touched for long.

    The office sees no draft of a Träger. It learns ids, forms and the day of the last change of
    those that are old enough, and may delete one without reading it.
    """
    return [
        "CREATE FUNCTION stale_drafts(before timestamptz, wanted uuid[])"
        " RETURNS TABLE (submission_id uuid, form_id uuid, changed_at timestamptz)"
        " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        " SELECT submission.id, submission.form_id, submission.updated_at FROM submission"
        f" WHERE {_DRAFT} AND submission.updated_at < before"
        " AND (wanted IS NULL OR submission.id = ANY (wanted)) $$",
        "CREATE FUNCTION files_of_draft(wanted uuid)"
        " RETURNS TABLE (object_key text, sha256 text)"
        " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        " SELECT attachment.object_key, attachment.sha256 FROM attachment JOIN submission"
        " ON submission.tenant_id = attachment.tenant_id"
        " AND submission.id = attachment.submission_id"
        f" WHERE {_DRAFT} AND submission.id = wanted $$",
        "CREATE FUNCTION erase_draft(wanted uuid) RETURNS boolean"
        " LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        f" WITH gone AS (DELETE FROM submission WHERE {_DRAFT} AND submission.id = wanted"
        " RETURNING 1) SELECT EXISTS (SELECT FROM gone) $$",
        *_for_the_application(
            "stale_drafts(timestamptz, uuid[])", "files_of_draft(uuid)", "erase_draft(uuid)"
        ),
    ]


def _for_the_application(*functions: str) -> list[str]:
    return [
        statement
        for function in functions
        for statement in (
            f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {function} TO {APPLICATION_ROLE}",
        )
    ]
