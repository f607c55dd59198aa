"""Whether the entries of a register stand for persons"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of the registers that there are nobody said so: nothing is counted by their entries yet.
    op.add_column(
        "register",
        sa.Column("names_people", sa.Boolean(), nullable=False, server_default=sa.text("true")),
    )
    op.alter_column("register", "names_people", server_default=None)


def downgrade() -> None:
    op.drop_column("register", "names_people")
