"""A deletion run reaches the exports of everybody, and drafts that nobody touched for long"""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_FUNCTIONS = (
    """
    CREATE FUNCTION withdraw_exports(wanted_form uuid, told text, until timestamptz)
    RETURNS TABLE (export_id uuid, organisation_id uuid, account_id integer,
    was_ready boolean, parts jsonb)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH former AS (SELECT id, state, parts FROM submission_export
    WHERE tenant_id = (SELECT app_tenant_id()) AND (SELECT app_organisation_id()) IS NULL
    AND form_id = wanted_form AND state IN ('waiting', 'working', 'ready') FOR UPDATE)
    UPDATE submission_export SET state = 'failed', failure = told, parts = '[]',
    lease_until = NULL, expires_at = until FROM former
    WHERE submission_export.tenant_id = (SELECT app_tenant_id())
    AND submission_export.id = former.id
    RETURNING submission_export.id, submission_export.organisation_id,
    submission_export.account_id, former.state = 'ready', former.parts $$
    """,
    """
    CREATE FUNCTION stale_drafts(before timestamptz, wanted uuid[])
    RETURNS TABLE (submission_id uuid, form_id uuid, changed_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT submission.id, submission.form_id, submission.updated_at FROM submission
    WHERE submission.tenant_id = (SELECT app_tenant_id())
    AND (SELECT app_organisation_id()) IS NULL
    AND submission.state = 'draft' AND submission.continues_id IS NULL
    AND submission.updated_at < before
    AND (wanted IS NULL OR submission.id = ANY (wanted)) $$
    """,
    """
    CREATE FUNCTION files_of_draft(wanted uuid)
    RETURNS TABLE (object_key text, sha256 text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT attachment.object_key, attachment.sha256 FROM attachment JOIN submission
    ON submission.tenant_id = attachment.tenant_id
    AND submission.id = attachment.submission_id
    WHERE submission.tenant_id = (SELECT app_tenant_id())
    AND (SELECT app_organisation_id()) IS NULL
    AND submission.state = 'draft' AND submission.continues_id IS NULL
    AND submission.id = wanted $$
    """,
    """
    CREATE FUNCTION erase_draft(wanted uuid) RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM submission WHERE submission.tenant_id = (SELECT app_tenant_id())
    AND (SELECT app_organisation_id()) IS NULL
    AND submission.state = 'draft' AND submission.continues_id IS NULL
    AND submission.id = wanted RETURNING 1) SELECT EXISTS (SELECT FROM gone) $$
    """,
)
_NAMES = (
    "withdraw_exports(uuid, text, timestamptz)",
    "stale_drafts(timestamptz, uuid[])",
    "files_of_draft(uuid)",
    "erase_draft(uuid)",
)


def upgrade() -> None:
    op.execute("DROP POLICY own_exports ON submission_export")
    op.execute("""
        CREATE POLICY own_exports ON submission_export AS RESTRICTIVE TO siegel_app
        USING (organisation_id IS NOT DISTINCT FROM (SELECT app_organisation_id())
        AND account_id = (SELECT app_account_id()))
    """)
    for function in _FUNCTIONS:
        op.execute(function)
    for name in _NAMES:
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO siegel_app")
