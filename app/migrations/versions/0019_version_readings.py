"""Who has read what a new version of a form changes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("version_validity", "form_release"):
        op.add_column(
            table,
            sa.Column("must_be_read", sa.Boolean(), nullable=False, server_default=sa.false()),
        )
        op.alter_column(table, "must_be_read", server_default=None)
    op.add_column("version_validity", sa.Column("readers_reminded_at", sa.DateTime(timezone=True)))
    op.create_table(
        "version_reading",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "read_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_version_id"],
            ["form_version.tenant_id", "form_version.id"],
            name=op.f("fk_version_reading_tenant_id_form_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_version_reading_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_version_reading")),
        sa.UniqueConstraint(
            "tenant_id",
            "form_version_id",
            "account_id",
            "organisation_id",
            name="uq_version_reading_person",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.execute("ALTER TABLE version_reading ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE version_reading FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON version_reading USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON version_reading AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id()))
        WITH CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        CREATE POLICY own_readings ON version_reading AS RESTRICTIVE TO siegel_app
        USING (organisation_id IS NOT DISTINCT FROM (SELECT app_organisation_id()))
        WITH CHECK (organisation_id IS NOT DISTINCT FROM (SELECT app_organisation_id())
        AND account_id = (SELECT app_account_id()))
    """)
    op.execute("GRANT SELECT, INSERT ON version_reading TO siegel_app")
    op.execute("""
        CREATE POLICY counting ON organisation_membership FOR SELECT TO siegel_owner
        USING ((SELECT app_tenant_id()) IS NOT NULL AND (SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE FUNCTION count_version_readers(wanted_version_id uuid, wanted_roles text[])
        RETURNS TABLE (organisation_id uuid, people bigint, readers bigint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT tie.organisation_id, count(DISTINCT tie.account_id),
            count(DISTINCT reading.account_id)
            FROM organisation_membership tie JOIN ab_user person ON person.id = tie.account_id
            LEFT JOIN version_reading reading
            ON reading.tenant_id = (SELECT app_tenant_id())
            AND reading.form_version_id = wanted_version_id
            AND reading.organisation_id = tie.organisation_id
            AND reading.account_id = tie.account_id
            WHERE (SELECT app_organisation_id()) IS NULL AND person.active
            AND tie.role = ANY (wanted_roles)
            AND (tie.valid_until IS NULL OR tie.valid_until >= current_date)
            AND tie.organisation_id IN (SELECT partner.organisation_id FROM cooperation partner
            WHERE partner.tenant_id = (SELECT app_tenant_id())
            AND partner.valid_from <= current_date
            AND (partner.valid_until IS NULL OR partner.valid_until >= current_date))
            GROUP BY tie.organisation_id
        $$
    """)
    op.execute("REVOKE ALL ON FUNCTION count_version_readers(uuid, text[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION count_version_readers(uuid, text[]) TO siegel_app")
