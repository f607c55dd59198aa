"""Prints of blank forms and bulk runs are noted, so that their integrity is checked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_SUBJECTS = (
    "subject IN ('register', 'pdf', 'docx', 'template', 'source', 'frame', 'attachment', 'print',"
    " 'root', 'stamped')"
)


def upgrade() -> None:
    op.create_table(
        "printed_file",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("object_key", sa.String(length=400), nullable=False),
        sa.Column("object_version", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "printed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("erase_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('blank_form', 'bulk_run')", name=op.f("ck_printed_file_purpose")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_printed_file")),
        sa.UniqueConstraint(
            "tenant_id", "object_key", name=op.f("uq_printed_file_tenant_id_object_key")
        ),
    )
    op.execute("ALTER TABLE printed_file ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE printed_file FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON printed_file USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY staff ON printed_file AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON printed_file TO siegel_app")
    op.drop_constraint(op.f("ck_integrity_alarm_subject"), "integrity_alarm")
    op.create_check_constraint(op.f("ck_integrity_alarm_subject"), "integrity_alarm", _SUBJECTS)
