"""Bulk runs: many recipients of one template, and tasks that give way to single ones"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_REQUEST_STATES = "state IN ('waiting', 'working', 'done', 'failed', 'cancelled')"
_TASK_STATES = "state IN ('ready', 'held', 'dispatched', 'done', 'failed')"


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def _create_tables() -> None:
    op.create_table(
        "bulk_run",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("template_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("source_title", sa.String(length=200), nullable=False),
        _json("columns"),
        _json("mapping"),
        sa.Column("label_column", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'running', 'paused', 'cancelled')", name=op.f("ck_bulk_run_state")
        ),
        sa.CheckConstraint(
            "source IN ('submissions', 'register', 'table')", name=op.f("ck_bulk_run_source")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "template_id"],
            ["document_template.tenant_id", "document_template.id"],
            name=op.f("fk_bulk_run_tenant_id_template_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bulk_run")),
    )
    op.create_index("ix_bulk_run_list", "bulk_run", ["tenant_id", "created_at"])
    op.create_table(
        "bulk_item",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("submission_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("template_version_id", sa.Uuid(as_uuid=False), nullable=True),
        _json("cells"),
        _json("formulas"),
        _json("answers"),
        _json("problems"),
        sa.Column("task_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["bulk_run.tenant_id", "bulk_run.id"],
            name=op.f("fk_bulk_item_tenant_id_run_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            name=op.f("fk_bulk_item_tenant_id_submission_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "template_version_id"],
            ["template_version.tenant_id", "template_version.id"],
            name=op.f("fk_bulk_item_tenant_id_template_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bulk_item")),
        sa.UniqueConstraint(
            "tenant_id",
            "run_id",
            "position",
            name=op.f("uq_bulk_item_tenant_id_run_id_position"),
        ),
    )
    for table in ("bulk_run", "bulk_item"):
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


def upgrade() -> None:
    _create_tables()
    op.add_column("document_request", sa.Column("bulk_item_id", sa.Uuid(as_uuid=False)))
    op.alter_column("document_request", "submission_id", nullable=True)
    op.create_foreign_key(
        op.f("fk_document_request_tenant_id_bulk_item_id"),
        "document_request",
        "bulk_item",
        ["tenant_id", "bulk_item_id"],
        ["tenant_id", "id"],
    )
    op.create_unique_constraint(
        op.f("uq_document_request_tenant_id_bulk_item_id"),
        "document_request",
        ["tenant_id", "bulk_item_id"],
    )
    op.create_check_constraint(
        op.f("ck_document_request_origin"),
        "document_request",
        "submission_id IS NOT NULL OR bulk_item_id IS NOT NULL",
    )
    op.drop_constraint("uq_document_request_handover", "document_request")
    op.create_index(
        "uq_document_request_handover",
        "document_request",
        ["tenant_id", "submission_id", "template_version_id", "handover_number"],
        unique=True,
        postgresql_where=sa.text("bulk_item_id IS NULL"),
    )
    op.drop_constraint(op.f("ck_document_request_state"), "document_request")
    op.create_check_constraint(
        op.f("ck_document_request_state"), "document_request", _REQUEST_STATES
    )
    op.alter_column("document", "submission_id", nullable=True)
    op.add_column(
        "document",
        sa.Column("recipient", sa.String(length=200), nullable=False, server_default=""),
    )
    op.alter_column("document", "recipient", server_default=None)
    op.add_column(
        "task", sa.Column("is_bulk", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.alter_column("task", "is_bulk", server_default=None)
    op.drop_constraint(op.f("ck_task_state"), "task")
    op.create_check_constraint(op.f("ck_task_state"), "task", _TASK_STATES)
    op.create_index(
        "ix_task_ready",
        "task",
        ["tenant_id", "is_bulk", "available_at", "created_at", "id"],
        postgresql_where=sa.text("state = 'ready'"),
    )
