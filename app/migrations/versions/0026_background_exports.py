"""Exports that a worker writes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def _create_table() -> None:
    op.create_table(
        "submission_export",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("group_number", sa.Integer(), nullable=True),
        _json("view"),
        _json("columns"),
        _json("roles"),
        sa.Column("is_own_only", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.Column("rows_asked", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        _json("parts"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'working', 'ready', 'failed', 'discarded')",
            name=op.f("ck_submission_export_state"),
        ),
        sa.CheckConstraint(
            "format IN ('csv', 'xlsx', 'json')", name=op.f("ck_submission_export_format")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_id"],
            ["form.tenant_id", "form.id"],
            name=op.f("fk_submission_export_tenant_id_form_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_submission_export_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_submission_export")),
    )
    op.create_index(
        "uq_submission_export_one",
        "submission_export",
        ["tenant_id", "form_id", "account_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'working')"),
    )
    op.create_index(
        "ix_submission_export_own",
        "submission_export",
        ["tenant_id", "form_id", "account_id", "created_at"],
    )


def upgrade() -> None:
    _create_table()
    op.execute("ALTER TABLE submission_export ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE submission_export FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON submission_export
        USING (tenant_id = (SELECT app_tenant_id()))
        WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON submission_export AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id())) WITH
        CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        CREATE POLICY own_exports ON submission_export AS RESTRICTIVE USING (organisation_id IS
        NOT DISTINCT FROM (SELECT app_organisation_id()) AND account_id = (SELECT
        app_account_id()))
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON submission_export TO siegel_app")
