"""When the time of a document began, holds, deletion runs and their record"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TABLES = ("document_retention", "erasure_run", "erasure_entry")


def _keys(table: str) -> tuple[sa.Column[object], sa.Column[object], sa.PrimaryKeyConstraint]:
    return (
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def _create_tables() -> None:
    op.create_table(
        "document_retention",
        *_keys("document_retention"),
        sa.Column("document_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_name", sa.String(length=200), nullable=False),
        sa.Column("hold_reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_document_retention_tenant_id_document_id"),
        ),
        sa.UniqueConstraint(
            "tenant_id", "document_id", name=op.f("uq_document_retention_tenant_id_document_id")
        ),
    )
    op.create_table(
        "erasure_run",
        *_keys("erasure_run"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("needs_two", sa.Boolean(), nullable=False),
        _json("documents"),
        _json("counts"),
        sa.Column("planned_by", sa.Integer(), nullable=True),
        sa.Column("planned_name", sa.String(length=200), nullable=False),
        _moment("planned_at"),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("released_name", sa.String(length=200), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'running', 'done', 'cancelled')",
            name=op.f("ck_erasure_run_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_erasure_run_tenant_id")
        ),
    )
    op.create_index("ix_erasure_run_list", "erasure_run", ["tenant_id", "planned_at"])
    op.create_table(
        "erasure_entry",
        *_keys("erasure_entry"),
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("document_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=10), nullable=False),
        _json("versions"),
        _moment("erased_at"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["erasure_run.tenant_id", "erasure_run.id"],
            name=op.f("fk_erasure_entry_tenant_id_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_erasure_entry_tenant_id_document_id"),
        ),
        sa.UniqueConstraint(
            "tenant_id", "document_id", name=op.f("uq_erasure_entry_tenant_id_document_id")
        ),
    )


def upgrade() -> None:
    _create_tables()
    for table in TABLES:
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
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON document_retention TO siegel_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON erasure_run TO siegel_app")
    op.execute("GRANT SELECT, INSERT ON erasure_entry TO siegel_app")
    op.add_column("document", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
