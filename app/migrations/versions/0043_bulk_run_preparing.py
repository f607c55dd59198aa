"""Bulk runs are prepared by a worker, choose optional clauses, and forget their recipients"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_STATES = "state IN ('draft', 'preparing', 'running', 'paused', 'cancelled')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_bulk_run_state"), "bulk_run")
    op.create_check_constraint(op.f("ck_bulk_run_state"), "bulk_run", _STATES)
    op.add_column(
        "bulk_run",
        sa.Column(
            "clauses",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'"),
        ),
    )
    op.alter_column("bulk_run", "clauses", server_default=None)
    op.add_column(
        "bulk_run",
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
    )
    op.add_column("bulk_run", sa.Column("forgotten_at", sa.DateTime(timezone=True)))
