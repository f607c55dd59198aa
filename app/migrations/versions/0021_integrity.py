"""Integrity runs and alarms"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def _create_tables() -> None:
    op.create_table(
        "integrity_run",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        _moment("started_at"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("alarms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_integrity_run_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_integrity_run")),
    )
    op.create_index("ix_integrity_run_list", "integrity_run", ["tenant_id", "started_at"])
    op.create_table(
        "integrity_alarm",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("finding", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        _moment("found_at"),
        _moment("seen_at"),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("closed_name", sa.String(length=200), nullable=False),
        sa.Column("remedy", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "finding IN ('missing', 'corrupted', 'chain')",
            name=op.f("ck_integrity_alarm_finding"),
        ),
        sa.CheckConstraint(
            "subject IN ('register', 'pdf', 'docx', 'template', 'attachment')",
            name=op.f("ck_integrity_alarm_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_integrity_alarm_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_integrity_alarm")),
    )
    op.create_index(
        "uq_integrity_alarm_open",
        "integrity_alarm",
        ["tenant_id", "subject", "subject_id", "finding"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_integrity_alarm_list", "integrity_alarm", ["tenant_id", "found_at"])


def upgrade() -> None:
    _create_tables()
    for table in ("integrity_run", "integrity_alarm"):
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
        op.execute(f"CREATE POLICY counting ON {table} FOR SELECT TO siegel_owner USING (true)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO siegel_app")
    op.execute("""
        CREATE FUNCTION integrity_states()
        RETURNS TABLE (tenant_id uuid, open_alarms bigint, finished_at timestamptz)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT tenant.id, (SELECT count(*) FROM integrity_alarm
        WHERE integrity_alarm.tenant_id = tenant.id AND closed_at IS NULL),
        (SELECT max(integrity_run.finished_at) FROM integrity_run
        WHERE integrity_run.tenant_id = tenant.id) FROM tenant $$
    """)
    op.execute("REVOKE ALL ON FUNCTION integrity_states() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION integrity_states() TO siegel_app")
