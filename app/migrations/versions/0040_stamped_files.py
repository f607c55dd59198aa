"""Time stamps of sealed files: until when they hold, and files with later ones"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_SUBJECTS = "subject IN ('register', 'pdf', 'docx', 'template', 'attachment', 'root', 'stamped')"


def _create_table() -> None:
    op.create_table(
        "stamped_file",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("document_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("stamped_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("object_key", sa.String(length=400), nullable=False),
        sa.Column("object_version", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column(
            "stamped_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stamped_file")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_version_id"],
            ["document_version.tenant_id", "document_version.id"],
            name=op.f("fk_stamped_file_tenant_id_document_version_id"),
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "document_version_id",
            "number",
            name=op.f("uq_stamped_file_tenant_id_document_version_id_number"),
        ),
    )


def _protect() -> None:
    table = "stamped_file"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"""
        CREATE POLICY tenant_isolation ON {table} USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    own = (
        "((SELECT app_organisation_id()) IS NULL"
        " OR organisation_id = (SELECT app_organisation_id()))"
    )
    op.execute(
        f"CREATE POLICY organisation_isolation ON {table} AS RESTRICTIVE"
        f" USING {own} WITH CHECK {own}"
    )
    office = "(SELECT app_organisation_id()) IS NULL"
    for command, clause in (
        ("INSERT", f"WITH CHECK ({office})"),
        ("UPDATE", f"USING ({office})"),
        ("DELETE", f"USING ({office})"),
    ):
        op.execute(
            f"CREATE POLICY staff_{command.lower()} ON {table} AS RESTRICTIVE"
            f" FOR {command} {clause}"
        )
    op.execute(f"GRANT SELECT, INSERT ON {table} TO siegel_app")


def upgrade() -> None:
    _create_table()
    _protect()
    op.add_column(
        "document_version", sa.Column("stamped_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        op.f("ix_document_version_stamps"), "document_version", ["tenant_id", "stamped_until"]
    )
    op.add_column(
        "proof",
        sa.Column(
            "stamps",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'"),
        ),
    )
    op.alter_column("proof", "stamps", server_default=None)
    name = op.f("ck_integrity_alarm_subject")
    op.drop_constraint(name, "integrity_alarm")
    op.create_check_constraint(name, "integrity_alarm", _SUBJECTS)
