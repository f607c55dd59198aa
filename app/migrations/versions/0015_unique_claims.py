"""What may be submitted only once, and submissions that were cancelled"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STATES = (
    "state IN ('draft', 'submitted', 'withdrawn', 'checking', 'inquiry', 'answered', 'reviewed',"
    " 'accepted', 'evaluated', 'rejected', 'cancelled')"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_submission_state"), "submission")
    op.create_check_constraint(op.f("ck_submission_state"), "submission", _STATES)
    op.create_table(
        "unique_claim",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("submission_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            name=op.f("fk_unique_claim_tenant_id_submission_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_unique_claim_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_unique_claim")),
        sa.UniqueConstraint(
            "tenant_id",
            "form_id",
            "fingerprint",
            name=op.f("uq_unique_claim_tenant_id_form_id_fingerprint"),
        ),
    )
    op.create_index("ix_unique_claim_submission", "unique_claim", ["tenant_id", "submission_id"])
    op.execute("ALTER TABLE unique_claim ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE unique_claim FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON unique_claim USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON unique_claim AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id()))
        WITH CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON unique_claim TO siegel_app")
