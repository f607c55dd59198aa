"""Uploaded files of submissions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("submission_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("field_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("object_key", sa.String(length=700), nullable=False),
        sa.Column("object_version", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("finding", sa.String(length=200), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=True),
        sa.Column(
            "uploaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('quarantine', 'clean', 'infected', 'refused')",
            name=op.f("ck_attachment_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            name=op.f("fk_attachment_tenant_id_submission_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_attachment_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_submission", "attachment", ["tenant_id", "submission_id"])
    op.execute("ALTER TABLE attachment ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE attachment FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON attachment USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON attachment AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id()))
        WITH CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        CREATE POLICY with_submission ON attachment AS RESTRICTIVE
        USING (EXISTS (SELECT 1 FROM submission
        WHERE submission.tenant_id = attachment.tenant_id
        AND submission.id = attachment.submission_id))
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON attachment TO siegel_app")
