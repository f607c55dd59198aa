"""People release their key on the pages of the signing service, and come back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "signing_service",
        sa.Column("release_by", sa.String(length=10), nullable=False, server_default="pin"),
    )
    op.add_column(
        "signing_service",
        sa.Column("oauth_url", sa.String(length=300), nullable=False, server_default=""),
    )
    op.alter_column("signing_service", "release_by", server_default=None)
    op.alter_column("signing_service", "oauth_url", server_default=None)
    op.create_check_constraint(
        op.f("ck_signing_service_release_by"),
        "signing_service",
        "release_by IN ('pin', 'pages')",
    )
    op.create_table(
        "service_visit",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("signing_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("state_sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("choices", postgresql.JSONB(), nullable=False),
        sa.Column("chosen", sa.String(length=400), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('login', 'choice', 'release')", name=op.f("ck_service_visit_step")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_service_visit")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "signing_id"],
            ["signing.tenant_id", "signing.id"],
            name=op.f("fk_service_visit_tenant_id_signing_id"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "signing_id",
            "account_id",
            name=op.f("uq_service_visit_tenant_id_signing_id_account_id"),
        ),
    )
    op.create_index("ix_service_visit_end", "service_visit", ["tenant_id", "ends_at"])
    op.execute("ALTER TABLE service_visit ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE service_visit FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON service_visit USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY own_visits ON service_visit AS RESTRICTIVE USING (account_id = (SELECT
        app_account_id()) OR ((SELECT app_organisation_id()) IS NULL AND ends_at < now())) WITH
        CHECK (account_id = (SELECT app_account_id()))
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON service_visit TO siegel_app")
