"""Nothing of proofs and webhooks for who answers a questionnaire"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("proof", "webhook"):
        op.execute(f"""
            CREATE POLICY no_participant ON {table} AS RESTRICTIVE
            USING ((SELECT app_organisation_id()) IS DISTINCT FROM
            '00000000-0000-0000-0000-000000000000'::uuid)
        """)  # noqa: S608
