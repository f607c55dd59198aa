"""One root over the register of each day, sealed, and the proof of every version under it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_FINDINGS = "finding IN ('missing', 'corrupted', 'chain', 'root')"
_SUBJECTS = "subject IN ('register', 'pdf', 'docx', 'template', 'attachment', 'root')"
_KNOWN = (
    "((SELECT app_organisation_id()) IS DISTINCT FROM '00000000-0000-0000-0000-000000000000'::uuid)"
)


def _keys(table: str) -> tuple[sa.Column[object], sa.Column[object], sa.PrimaryKeyConstraint]:
    return (
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def _create_tables() -> None:
    op.create_table(
        "daily_root",
        *_keys("daily_root"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column(
            "sealed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_daily_root_tenant_id")),
        sa.UniqueConstraint(
            "tenant_id", "last_position", name=op.f("uq_daily_root_tenant_id_last_position")
        ),
    )
    op.create_table(
        "daily_root_file",
        *_keys("daily_root_file"),
        sa.Column("root_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("object_key", sa.String(length=400), nullable=False),
        sa.Column("object_version", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('json', 'p7s', 'tst')", name=op.f("ck_daily_root_file_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "root_id"],
            ["daily_root.tenant_id", "daily_root.id"],
            name=op.f("fk_daily_root_file_tenant_id_root_id"),
        ),
        sa.UniqueConstraint(
            "tenant_id", "root_id", "kind", name=op.f("uq_daily_root_file_tenant_id_root_id_kind")
        ),
    )
    op.create_table(
        "inclusion_proof",
        *_keys("inclusion_proof"),
        sa.Column("document_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("root_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("leaf_index", sa.Integer(), nullable=False),
        sa.Column("leaves", sa.Integer(), nullable=False),
        sa.Column("hashes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_version_id"],
            ["document_version.tenant_id", "document_version.id"],
            name=op.f("fk_inclusion_proof_tenant_id_document_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "root_id"],
            ["daily_root.tenant_id", "daily_root.id"],
            name=op.f("fk_inclusion_proof_tenant_id_root_id"),
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "document_version_id",
            name=op.f("uq_inclusion_proof_tenant_id_document_version_id"),
        ),
    )


def _protect(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"""
        CREATE POLICY tenant_isolation ON {table} USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
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
    _create_tables()
    for table in ("daily_root", "daily_root_file", "inclusion_proof"):
        _protect(table)
    own = (
        "((SELECT app_organisation_id()) IS NULL"
        " OR organisation_id = (SELECT app_organisation_id()))"
    )
    op.execute(
        "CREATE POLICY organisation_isolation ON inclusion_proof AS RESTRICTIVE"
        f" USING {own} WITH CHECK {own}"
    )
    for table in ("daily_root", "daily_root_file"):
        op.execute(f"CREATE POLICY no_participant ON {table} AS RESTRICTIVE USING {_KNOWN}")
    for column, values in (("finding", _FINDINGS), ("subject", _SUBJECTS)):
        name = op.f(f"ck_integrity_alarm_{column}")
        op.drop_constraint(name, "integrity_alarm")
        op.create_check_constraint(name, "integrity_alarm", values)
