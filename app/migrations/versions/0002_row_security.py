"""Row-level security, grants and the ties to accounts."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION app_tenant_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid $$
    """)
    op.execute("""
        CREATE FUNCTION app_organisation_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
        $$ SELECT NULLIF(current_setting('app.organisation_id', true), '')::uuid $$
    """)
    op.execute("""
        CREATE FUNCTION app_account_id() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT NULLIF(current_setting('app.account_id', true), '')::integer $$
    """)
    op.execute("""
        CREATE FUNCTION app_proof_code() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT NULLIF(current_setting('app.proof_code', true), '')::text $$
    """)
    op.execute("""
        CREATE FUNCTION app_proof_sha256() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT NULLIF(current_setting('app.proof_sha256', true), '')::text $$
    """)
    op.execute("""
        CREATE FUNCTION app_task_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT NULLIF(current_setting('app.task_id', true), '')::uuid $$
    """)
    op.execute("""
        ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON audit_entry USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON audit_entry AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id())) WITH
        CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        ALTER TABLE chain_head ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE chain_head FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON chain_head USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        ALTER TABLE document ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE document FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON document USING (tenant_id = (SELECT app_tenant_id()))
        WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON document AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id())) WITH
        CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        ALTER TABLE document_request ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE document_request FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON document_request USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON document_request AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id())) WITH
        CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        ALTER TABLE document_template ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE document_template FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON document_template USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        ALTER TABLE document_version ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE document_version FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON document_version USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON document_version AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id())) WITH
        CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        ALTER TABLE draft_revision ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE draft_revision FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON draft_revision USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON draft_revision AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id())) WITH
        CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        ALTER TABLE form ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE form FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON form USING (tenant_id = (SELECT app_tenant_id())) WITH
        CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        ALTER TABLE form_version ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE form_version FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON form_version USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        ALTER TABLE number_range ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE number_range FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON number_range USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        ALTER TABLE proof ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE proof FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON proof USING (tenant_id = (SELECT app_tenant_id()))
        WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        ALTER TABLE seal_certificate ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE seal_certificate FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON seal_certificate USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        ALTER TABLE submission ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE submission FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON submission USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON submission AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id())) WITH
        CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        ALTER TABLE task ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE task FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON task USING (tenant_id = (SELECT app_tenant_id())) WITH
        CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON task AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id())) WITH
        CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        ALTER TABLE template_version ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE template_version FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON template_version USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        ALTER TABLE tenant_key ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE tenant_key FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON tenant_key USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY staff_insert ON form AS RESTRICTIVE FOR INSERT WITH CHECK ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_update ON form AS RESTRICTIVE FOR UPDATE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_delete ON form AS RESTRICTIVE FOR DELETE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_insert ON form_version AS RESTRICTIVE FOR INSERT WITH CHECK ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_update ON form_version AS RESTRICTIVE FOR UPDATE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_delete ON form_version AS RESTRICTIVE FOR DELETE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_insert ON document_template AS RESTRICTIVE FOR INSERT WITH CHECK
        ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_update ON document_template AS RESTRICTIVE FOR UPDATE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_delete ON document_template AS RESTRICTIVE FOR DELETE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_insert ON template_version AS RESTRICTIVE FOR INSERT WITH CHECK
        ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_update ON template_version AS RESTRICTIVE FOR UPDATE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_delete ON template_version AS RESTRICTIVE FOR DELETE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff ON seal_certificate AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff ON tenant_key AS RESTRICTIVE USING ((SELECT app_organisation_id())
        IS NULL)
    """)
    op.execute("""
        CREATE POLICY own_drafts ON submission AS RESTRICTIVE USING (state <> 'draft' OR
        organisation_id IS NOT DISTINCT FROM (SELECT app_organisation_id()))
    """)
    op.execute("""
        CREATE POLICY own_drafts ON draft_revision AS RESTRICTIVE USING (organisation_id IS NOT
        DISTINCT FROM (SELECT app_organisation_id()))
    """)
    op.execute("""
        ALTER TABLE tenant ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE tenant FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY known ON tenant FOR SELECT USING (true)
    """)
    op.execute("""
        CREATE POLICY own ON tenant FOR UPDATE USING (id = (SELECT app_tenant_id()) AND (SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY founding ON tenant FOR INSERT TO siegel_owner WITH CHECK (true)
    """)
    op.execute("""
        ALTER TABLE tenant_membership ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE tenant_membership FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY known ON tenant_membership FOR SELECT USING ((tenant_id = (SELECT
        app_tenant_id()) AND (SELECT app_organisation_id()) IS NULL) OR account_id = (SELECT
        app_account_id()))
    """)
    op.execute("""
        CREATE POLICY administered ON tenant_membership USING (tenant_id = (SELECT
        app_tenant_id()) AND (SELECT app_organisation_id()) IS NULL) WITH CHECK (tenant_id =
        (SELECT app_tenant_id()) AND (SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        ALTER TABLE organisation_membership ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE organisation_membership FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY known ON organisation_membership FOR SELECT USING (organisation_id =
        (SELECT app_organisation_id()) OR account_id = (SELECT app_account_id()))
    """)
    op.execute("""
        CREATE POLICY administered ON organisation_membership USING (organisation_id = (SELECT
        app_organisation_id())) WITH CHECK (organisation_id = (SELECT app_organisation_id()))
    """)
    op.execute("""
        ALTER TABLE platform_membership ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE platform_membership FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY known ON platform_membership FOR SELECT USING (account_id = (SELECT
        app_account_id()))
    """)
    op.execute("""
        CREATE POLICY appointed ON platform_membership TO siegel_owner USING (true) WITH CHECK
        (true)
    """)
    op.execute("""
        ALTER TABLE cooperation ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE cooperation FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY known ON cooperation FOR SELECT USING ((tenant_id = (SELECT
        app_tenant_id()) AND (SELECT app_organisation_id()) IS NULL) OR organisation_id =
        (SELECT app_organisation_id()) OR organisation_id IN (SELECT organisation_id FROM
        organisation_membership WHERE account_id = (SELECT app_account_id())))
    """)
    op.execute("""
        CREATE POLICY administered ON cooperation USING (tenant_id = (SELECT app_tenant_id())
        AND (SELECT app_organisation_id()) IS NULL) WITH CHECK (tenant_id = (SELECT
        app_tenant_id()) AND (SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        ALTER TABLE organisation ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE organisation FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY known ON organisation FOR SELECT USING (id = (SELECT
        app_organisation_id()) OR id IN (SELECT organisation_id FROM organisation_membership
        WHERE account_id = (SELECT app_account_id())) OR ((SELECT app_organisation_id()) IS NULL
        AND id IN (SELECT organisation_id FROM cooperation WHERE tenant_id = (SELECT
        app_tenant_id()))))
    """)
    op.execute("""
        CREATE POLICY own ON organisation FOR UPDATE USING (id = (SELECT app_organisation_id()))
    """)
    op.execute("""
        CREATE POLICY founding ON organisation FOR INSERT TO siegel_owner WITH CHECK (true)
    """)
    op.execute("""
        CREATE POLICY printed ON proof FOR SELECT USING (code = (SELECT app_proof_code()))
    """)
    op.execute("""
        CREATE POLICY held ON proof FOR SELECT USING (pdf_sha256 = (SELECT app_proof_sha256()))
    """)
    op.execute("""
        ALTER TABLE audit_entry ADD CONSTRAINT fk_audit_entry_account FOREIGN KEY (account_id)
        REFERENCES ab_user (id)
    """)
    op.execute("""
        ALTER TABLE organisation_membership ADD CONSTRAINT fk_organisation_membership_account
        FOREIGN KEY (account_id) REFERENCES ab_user (id)
    """)
    op.execute("""
        ALTER TABLE platform_membership ADD CONSTRAINT fk_platform_membership_account FOREIGN
        KEY (account_id) REFERENCES ab_user (id)
    """)
    op.execute("""
        ALTER TABLE submission ADD CONSTRAINT fk_submission_account FOREIGN KEY (account_id)
        REFERENCES ab_user (id)
    """)
    op.execute("""
        ALTER TABLE tenant_membership ADD CONSTRAINT fk_tenant_membership_account FOREIGN KEY
        (account_id) REFERENCES ab_user (id)
    """)
    op.execute("""
        GRANT USAGE ON SCHEMA public TO siegel_app, siegel_dispatcher
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_api_key TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_group TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_group_role TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_permission TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_permission_view TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_permission_view_role TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_register_user TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_role TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_user TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_user_group TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_user_role TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ab_view_menu TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT ON audit_entry TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON chain_head TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON cooperation TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON document TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON document_request TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON document_template TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT ON document_version TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON draft_revision TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON form TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT ON form_version TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON number_range TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON organisation TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON organisation_membership TO siegel_app
    """)
    op.execute("""
        GRANT SELECT ON platform_membership TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON proof TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON seal_certificate TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON submission TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON task TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON template_version TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON tenant TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_key TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_membership TO siegel_app
    """)
    op.execute("""
        GRANT SELECT ON trust_root TO siegel_app
    """)
    op.execute("""
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO siegel_app
    """)
    op.execute("""
        CREATE POLICY delivered ON task FOR SELECT USING (id = (SELECT app_task_id()))
    """)
    op.execute("""
        CREATE POLICY dispatch ON task TO siegel_dispatcher USING (true) WITH CHECK (true)
    """)
    op.execute("""
        GRANT SELECT, UPDATE ON task TO siegel_dispatcher
    """)
