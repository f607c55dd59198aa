"""Frames of templates with versions of their own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_OFFICE = "(SELECT app_organisation_id()) IS NULL"


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _create_tables() -> None:
    op.create_table(
        "frame",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        _text("title", 200),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_frame")),
        sa.UniqueConstraint("tenant_id", "title", name=op.f("uq_frame_tenant_id_title")),
    )
    op.create_table(
        "frame_version",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("frame_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("state", 20),
        _text("file_name", 200),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _text("object_key", 400),
        _text("object_version", 200),
        _text("sha256", 64),
        _text("note", 1000),
        _text("changed_by_name", 200),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        _text("requested_by_name", 200),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        _text("decided_by_name", 200),
        _text("decision_comment", 2000),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)",
            name=op.f("ck_frame_version_published"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'published')", name=op.f("ck_frame_version_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "frame_id"],
            ["frame.tenant_id", "frame.id"],
            name=op.f("fk_frame_version_tenant_id_frame_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_frame_version")),
        sa.UniqueConstraint(
            "tenant_id", "frame_id", "number",
            name=op.f("uq_frame_version_tenant_id_frame_id_number"),
        ),
    )  # fmt: skip
    op.create_index(
        "uq_frame_version_open",
        "frame_version",
        ["tenant_id", "frame_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'published'"),
    )


def upgrade() -> None:
    _create_tables()
    for table in ("frame", "frame_version"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY tenant_isolation ON {table} USING (tenant_id = (SELECT
            app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
        """)
        op.execute(f"CREATE POLICY staff ON {table} AS RESTRICTIVE USING ({_OFFICE})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO siegel_app")
    op.execute("""
        CREATE POLICY open_update ON frame_version AS RESTRICTIVE FOR UPDATE TO siegel_app
        USING (state <> 'published') WITH CHECK (true)
    """)
    op.execute("""
        CREATE POLICY open_delete ON frame_version AS RESTRICTIVE FOR DELETE TO siegel_app
        USING (state <> 'published')
    """)
    op.add_column("template_version", sa.Column("frame_version_id", sa.Uuid(as_uuid=False)))
    op.create_foreign_key(
        op.f("fk_template_version_tenant_id_frame_version_id"),
        "template_version",
        "frame_version",
        ["tenant_id", "frame_version_id"],
        ["tenant_id", "id"],
    )
