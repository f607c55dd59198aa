"""Rückfragen to whoever filled a later step"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, name in (("inquiry", "step"), ("submission", "asked_step")):
        op.add_column(table, sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        op.alter_column(table, name, server_default=None)
