"""Retention classes of a tenant and of its forms, and that of every registered version"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_setting",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("start_event", sa.String(length=200), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("locks", sa.Boolean(), nullable=False),
        sa.Column("offers_archive", sa.Boolean(), nullable=False),
        sa.CheckConstraint("months BETWEEN 0 AND 1200", name=op.f("ck_retention_setting_months")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_retention_setting_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_retention_setting")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_retention_setting_tenant_id_key")),
    )
    op.create_table(
        "form_retention",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_id"],
            ["form.tenant_id", "form.id"],
            name=op.f("fk_form_retention_tenant_id_form_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_form_retention")),
        sa.UniqueConstraint(
            "tenant_id", "form_id", name=op.f("uq_form_retention_tenant_id_form_id")
        ),
    )
    for table in ("retention_setting", "form_retention"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY tenant_isolation ON {table} USING (tenant_id = (SELECT
            app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
        """)
        op.execute(f"""
            CREATE POLICY staff ON {table} AS RESTRICTIVE USING ((SELECT
            app_organisation_id()) IS NULL)
        """)
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO siegel_app")
    op.add_column(
        "document_version",
        sa.Column("retention_class", sa.String(length=10), nullable=False, server_default=""),
    )
