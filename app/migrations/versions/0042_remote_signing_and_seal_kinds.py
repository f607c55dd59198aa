"""The remote signing service of a tenant, and which kind of seal a version bears"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_KNOWN = (
    "((SELECT app_organisation_id()) IS DISTINCT FROM '00000000-0000-0000-0000-000000000000'::uuid)"
)


def upgrade() -> None:
    table = "signing_service"
    op.create_table(
        table,
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_signing_service")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_signing_service_tenant_id")
        ),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_signing_service_tenant_id")),
    )
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
    op.execute(f"CREATE POLICY no_participant ON {table} AS RESTRICTIVE USING {_KNOWN}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO siegel_app")
    op.add_column(
        "proof",
        sa.Column("seal_kind", sa.String(length=10), nullable=False, server_default=""),
    )
    op.create_check_constraint(
        op.f("ck_proof_seal_kind"), "proof", "seal_kind IN ('', 'advanced', 'qualified')"
    )
