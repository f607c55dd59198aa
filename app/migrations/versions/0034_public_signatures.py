"""What the public proof says of the signatures of a version"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "proof",
        sa.Column(
            "signatures",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'"),
        ),
    )
    op.alter_column("proof", "signatures", server_default=None)


def downgrade() -> None:
    op.drop_column("proof", "signatures")
