"""Periodic jobs: when they begin, and one task of each for every tenant"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scheduled_job",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scheduled_job")),
    )
    op.add_column(
        "task", sa.Column("is_periodic", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        "uq_task_periodic",
        "task",
        ["tenant_id", "kind"],
        unique=True,
        postgresql_where=sa.text("is_periodic"),
    )
    op.execute("GRANT SELECT ON scheduled_job TO siegel_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON scheduled_job TO siegel_dispatcher")
    op.execute("GRANT SELECT (id) ON tenant TO siegel_dispatcher")
    op.execute("""
        CREATE POLICY periodic_only ON task AS RESTRICTIVE FOR INSERT TO siegel_dispatcher
        WITH CHECK (is_periodic AND payload = '{}'::jsonb)
    """)
    op.execute("GRANT INSERT ON task TO siegel_dispatcher")
