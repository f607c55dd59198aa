"""Notices by e-mail, and who wants none"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'dropped', 'failed')", name=op.f("ck_notice_state")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_notice_tenant_id")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ab_user.id"], name="fk_notice_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "tenant_id", "day", "account_id", name=op.f("uq_notice_tenant_id_day_account_id")
        ),
    )
    op.create_table(
        "notice_refusal",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ab_user.id"], name="fk_notice_refusal_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notice_refusal")),
    )
    op.execute("ALTER TABLE notice ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE notice FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON notice USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY office_alone ON notice AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL) WITH CHECK ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("ALTER TABLE notice_refusal ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE notice_refusal FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY own ON notice_refusal USING (account_id = (SELECT app_account_id()))
        WITH CHECK (account_id = (SELECT app_account_id()))
    """)
    op.execute("""
        CREATE POLICY asked ON notice_refusal FOR SELECT TO siegel_owner USING ((SELECT
        app_tenant_id()) IS NOT NULL AND (SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE FUNCTION people_to_notify(wanted_organisation uuid, wanted_roles text[])
        RETURNS TABLE (account_id integer) LANGUAGE sql STABLE SECURITY DEFINER SET
        search_path = public, pg_temp AS $$ SELECT tie.account_id FROM tenant_membership tie
        JOIN ab_user person ON person.id = tie.account_id WHERE (SELECT app_tenant_id()) IS
        NOT NULL AND (SELECT app_organisation_id()) IS NULL AND wanted_organisation IS NULL
        AND tie.tenant_id = (SELECT app_tenant_id()) AND tie.role = ANY (wanted_roles) AND
        (tie.valid_until IS NULL OR tie.valid_until >= current_date) AND person.active AND
        NOT EXISTS (SELECT 1 FROM notice_refusal refusal WHERE refusal.account_id =
        person.id) UNION SELECT tie.account_id FROM organisation_membership tie JOIN ab_user
        person ON person.id = tie.account_id WHERE (SELECT app_tenant_id()) IS NOT NULL AND
        (SELECT app_organisation_id()) IS NULL AND tie.organisation_id = wanted_organisation
        AND tie.organisation_id IN (SELECT partner.organisation_id FROM cooperation partner
        WHERE partner.tenant_id = (SELECT app_tenant_id()) AND partner.valid_from <=
        current_date AND (partner.valid_until IS NULL OR partner.valid_until >=
        current_date)) AND tie.role = ANY (wanted_roles) AND (tie.valid_until IS NULL OR
        tie.valid_until >= current_date) AND person.active AND NOT EXISTS (SELECT 1 FROM
        notice_refusal refusal WHERE refusal.account_id = person.id) $$
    """)
    op.execute("""
        CREATE FUNCTION address_to_notify(wanted_account integer) RETURNS text LANGUAGE sql
        STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT person.email
        FROM ab_user person WHERE (SELECT app_tenant_id()) IS NOT NULL AND (SELECT
        app_organisation_id()) IS NULL AND person.id = wanted_account AND person.active AND
        NOT EXISTS (SELECT 1 FROM notice_refusal refusal WHERE refusal.account_id =
        person.id) AND ( EXISTS (SELECT 1 FROM tenant_membership tie WHERE tie.account_id =
        person.id AND tie.tenant_id = (SELECT app_tenant_id()) AND (tie.valid_until IS NULL
        OR tie.valid_until >= current_date)) OR EXISTS (SELECT 1 FROM
        organisation_membership tie WHERE tie.account_id = person.id AND (tie.valid_until IS
        NULL OR tie.valid_until >= current_date) AND tie.organisation_id IN (SELECT
        partner.organisation_id FROM cooperation partner WHERE partner.tenant_id = (SELECT
        app_tenant_id()) AND partner.valid_from <= current_date AND (partner.valid_until IS
        NULL OR partner.valid_until >= current_date)))) $$
    """)
    op.execute("REVOKE ALL ON FUNCTION people_to_notify(uuid, text[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION people_to_notify(uuid, text[]) TO siegel_app")
    op.execute("REVOKE ALL ON FUNCTION address_to_notify(integer) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION address_to_notify(integer) TO siegel_app")
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON notice, notice_refusal TO siegel_app
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION address_to_notify(integer)")
    op.execute("DROP FUNCTION people_to_notify(uuid, text[])")
    op.drop_table("notice_refusal")
    op.drop_table("notice")
