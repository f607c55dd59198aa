"""Drafts of forms, the log of their operations, trial runs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "form_draft",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("base_version_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("state IN ('open', 'in_review')", name=op.f("ck_form_draft_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_id"],
            ["form.tenant_id", "form.id"],
            name=op.f("fk_form_draft_tenant_id_form_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "base_version_id"],
            ["form_version.tenant_id", "form_version.id"],
            name=op.f("fk_form_draft_tenant_id_base_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_form_draft")),
        sa.UniqueConstraint("tenant_id", "form_id", name=op.f("uq_form_draft_tenant_id_form_id")),
    )
    op.create_table(
        "form_operation",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("draft_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("operation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inverse", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("touched", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "draft_id"],
            ["form_draft.tenant_id", "form_draft.id"],
            name=op.f("fk_form_operation_tenant_id_draft_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_form_operation")),
        sa.UniqueConstraint(
            "tenant_id",
            "draft_id",
            "revision",
            name=op.f("uq_form_operation_tenant_id_draft_id_revision"),
        ),
    )
    op.create_table(
        "form_trial",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=400), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expected", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expected_errors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_id"],
            ["form.tenant_id", "form.id"],
            name=op.f("fk_form_trial_tenant_id_form_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_form_trial")),
        sa.UniqueConstraint(
            "tenant_id", "form_id", "number", name=op.f("uq_form_trial_tenant_id_form_id_number")
        ),
    )
    op.execute("""
        ALTER TABLE form_operation ADD CONSTRAINT fk_form_operation_account FOREIGN KEY
        (account_id) REFERENCES ab_user (id)
    """)
    op.execute("""
        ALTER TABLE form_draft ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE form_draft FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON form_draft USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY staff ON form_draft AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        ALTER TABLE form_operation ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE form_operation FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON form_operation USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY staff ON form_operation AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        ALTER TABLE form_trial ENABLE ROW LEVEL SECURITY
    """)
    op.execute("""
        ALTER TABLE form_trial FORCE ROW LEVEL SECURITY
    """)
    op.execute("""
        CREATE POLICY tenant_isolation ON form_trial USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY staff ON form_trial AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON form_draft TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT ON form_operation TO siegel_app
    """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE, DELETE ON form_trial TO siegel_app
    """)
