"""Seals whose key lies in a token"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = "seal_certificate"
    op.alter_column(table, "private_key", nullable=True)
    op.add_column(
        table, sa.Column("token", sa.String(length=64), nullable=False, server_default="")
    )
    op.add_column(
        table, sa.Column("token_key", sa.String(length=200), nullable=False, server_default="")
    )
    op.add_column(table, sa.Column("token_pin", sa.LargeBinary(), nullable=True))
    op.add_column(table, sa.Column("token_refused_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_seal_certificate_key"),
        table,
        "(private_key IS NULL) = (token <> '') AND (token_pin IS NULL) = (token = '')",
    )
