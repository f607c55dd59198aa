"""What converted each document, and with which fonts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, length in (("converter", 80), ("fonts_sha256", 64)):
        op.add_column(
            "document_version",
            sa.Column(name, sa.String(length=length), server_default="", nullable=False),
        )
        op.alter_column("document_version", name, server_default=None)
    op.add_column(
        "document_version",
        sa.Column(
            "fonts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
    )
    op.alter_column("document_version", "fonts", server_default=None)
