"""What a submitted declaration was evaluated with"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "submission",
        sa.Column("surroundings", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
