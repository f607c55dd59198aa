"""Entries of registers whose content was erased"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "register_entry", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True)
    )
