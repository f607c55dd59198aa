"""Reminders of deadlines that were given"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deadline_reminder",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("report_request_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("inquiry_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(report_request_id, inquiry_id) = 1",
            name=op.f("ck_deadline_reminder_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "report_request_id"],
            ["report_request.tenant_id", "report_request.id"],
            name=op.f("fk_deadline_reminder_tenant_id_report_request_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "inquiry_id"],
            ["inquiry.tenant_id", "inquiry.id"],
            name=op.f("fk_deadline_reminder_tenant_id_inquiry_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_deadline_reminder_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_deadline_reminder")),
        sa.UniqueConstraint(
            "tenant_id",
            "report_request_id",
            "inquiry_id",
            "due_on",
            "days",
            name="uq_deadline_reminder_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.execute("ALTER TABLE deadline_reminder ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE deadline_reminder FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON deadline_reminder USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON deadline_reminder AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id()))
        WITH CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        CREATE POLICY staff_insert ON deadline_reminder AS RESTRICTIVE FOR INSERT
        WITH CHECK ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_delete ON deadline_reminder AS RESTRICTIVE FOR DELETE
        USING ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("GRANT SELECT, INSERT ON deadline_reminder TO siegel_app")
