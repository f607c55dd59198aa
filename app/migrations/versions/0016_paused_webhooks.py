"""Webhooks that are paused, and the messages that wait for them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhook", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_webhook_delivery_state"), "webhook_delivery")
    op.create_check_constraint(
        op.f("ck_webhook_delivery_state"),
        "webhook_delivery",
        "state IN ('waiting', 'held', 'delivered', 'failed')",
    )
