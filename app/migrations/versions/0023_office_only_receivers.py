"""Receivers and messages for the office alone, proofs for whose document it is"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE POLICY staff_select ON webhook AS RESTRICTIVE FOR SELECT TO siegel_app
        USING ((SELECT app_organisation_id()) IS NULL)
    """)
    for command in ("SELECT", "UPDATE", "DELETE"):
        op.execute(f"""
            CREATE POLICY staff_{command.lower()} ON webhook_delivery AS RESTRICTIVE FOR {command}
            TO siegel_app USING ((SELECT app_organisation_id()) IS NULL)
        """)
    op.execute("""
        CREATE FUNCTION webhooks_told_of(wanted_event text) RETURNS TABLE (webhook_id uuid)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT id FROM webhook WHERE tenant_id = (SELECT app_tenant_id()) AND events ? wanted_event
        ORDER BY created_at, id $$
    """)
    op.execute("REVOKE ALL ON FUNCTION webhooks_told_of(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION webhooks_told_of(text) TO siegel_app")
    op.execute("""
        CREATE POLICY with_document ON proof AS RESTRICTIVE
        USING ((SELECT app_organisation_id()) IS NULL OR EXISTS (SELECT 1 FROM document_version
        WHERE document_version.tenant_id = proof.tenant_id
        AND document_version.id = proof.document_version_id))
    """)
