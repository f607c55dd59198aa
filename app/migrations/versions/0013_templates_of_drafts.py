"""Templates that wait for their form, and the report of what was taken over into a draft"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_STATES = "state IN ('waiting', 'checked', 'published', 'retired')"


def upgrade() -> None:
    op.alter_column("template_version", "form_version_id", nullable=True)
    op.drop_constraint(op.f("ck_template_version_state"), "template_version")
    op.create_check_constraint(op.f("ck_template_version_state"), "template_version", _STATES)
    op.create_check_constraint(
        op.f("ck_template_version_waiting"),
        "template_version",
        "(state = 'waiting') = (form_version_id IS NULL)",
    )
    op.add_column(
        "form_draft",
        sa.Column("import_report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
