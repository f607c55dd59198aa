"""Filling together: hand-overs, Rückfragen, requested reports, roles of the office"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATES = (
    "'draft', 'submitted', 'withdrawn', 'checking', 'inquiry', 'answered', 'reviewed',"
    " 'accepted', 'evaluated', 'rejected'"
)


def upgrade() -> None:
    _roles()
    _submission()
    _handover()
    _inquiry()
    _report_request()
    _document_request()
    _row_security()


def _roles() -> None:
    op.drop_constraint(op.f("ck_tenant_membership_role"), "tenant_membership", type_="check")
    op.create_check_constraint(
        op.f("ck_tenant_membership_role"),
        "tenant_membership",
        "role IN ('tenant_admin', 'fachkraft', 'planung', 'koordination', 'wjh')",
    )


def _submission() -> None:
    op.drop_constraint(op.f("ck_submission_state"), "submission", type_="check")
    op.create_check_constraint(op.f("ck_submission_state"), "submission", f"state IN ({_STATES})")
    json = postgresql.JSONB(astext_type=sa.Text())
    for column, default in (
        (sa.Column("step", sa.Integer(), nullable=False), "0"),
        (sa.Column("handover_number", sa.Integer(), nullable=False), "0"),
        (sa.Column("period", sa.String(length=20), nullable=False), ""),
        (sa.Column("origins", json, nullable=False), "{}"),
        (sa.Column("purpose", sa.String(length=20), nullable=False), ""),
    ):
        # The default is for the rows that are there; new ones bring their own.
        column.server_default = sa.DefaultClause(default)
        op.add_column("submission", column)
        op.alter_column("submission", column.name, server_default=None)
    op.add_column("submission", sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("submission", sa.Column("continues_id", sa.Uuid(as_uuid=False), nullable=True))
    op.create_foreign_key(
        op.f("fk_submission_tenant_id_continues_id"),
        "submission",
        "submission",
        ["tenant_id", "continues_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_check_constraint(
        op.f("ck_submission_purpose"),
        "submission",
        "purpose IN ('', 'step', 'answer', 'resubmit', 'correct')",
    )
    op.create_index("ix_submission_continues", "submission", ["tenant_id", "continues_id"])


def _of_submission(table: str) -> list[sa.Constraint]:
    """Return what every table that belongs to a submission has."""
    return [
        sa.ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            name=op.f(f"fk_{table}_tenant_id_submission_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            "tenant_id",
            "submission_id",
            "number",
            name=op.f(f"uq_{table}_tenant_id_submission_id_number"),
        ),
    ]


def _handover() -> None:
    op.create_table(
        "handover",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("submission_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("surroundings", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("by_office", sa.Boolean(), nullable=False),
        sa.Column(
            "handed_over_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "reason IN ('submit', 'step', 'answer', 'resubmit', 'correct')",
            name=op.f("ck_handover_reason"),
        ),
        *_of_submission("handover"),
    )
    op.execute("""
        ALTER TABLE handover ADD CONSTRAINT fk_handover_account FOREIGN KEY (account_id)
        REFERENCES ab_user (id)
    """)
    # Everything submitted so far was handed over once. Row security would hide it from here.
    op.execute("ALTER TABLE submission NO FORCE ROW LEVEL SECURITY")
    op.execute("""
        INSERT INTO handover (tenant_id, id, submission_id, organisation_id, number, reason,
            step, answers, surroundings, content_sha256, account_id, person_name, by_office,
            handed_over_at)
        SELECT tenant_id, gen_random_uuid(), id, organisation_id, 1, 'submit', 0, answers,
            surroundings, coalesce(content_sha256, ''), account_id, person_name,
            organisation_id IS NULL, coalesce(submitted_at, updated_at)
        FROM submission WHERE state <> 'draft'
    """)
    op.execute("UPDATE submission SET handover_number = 1, step = 1 WHERE state <> 'draft'")
    op.execute("ALTER TABLE submission FORCE ROW LEVEL SECURITY")


def _inquiry() -> None:
    op.create_table(
        "inquiry",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("submission_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("field_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_by_name", sa.String(length=200), nullable=False),
        sa.Column(
            "asked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.String(length=4000), nullable=False),
        sa.Column("handover_number", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('inquiry', 'supplement')", name=op.f("ck_inquiry_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'recalled')", name=op.f("ck_inquiry_state")
        ),
        *_of_submission("inquiry"),
    )
    op.create_index("ix_inquiry_open", "inquiry", ["tenant_id", "state", "due_on"])


def _report_request() -> None:
    op.create_table(
        "report_request",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_name", sa.String(length=200), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("first_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("submission_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extension_state", sa.String(length=20), nullable=False),
        sa.Column("extension_until", sa.Date(), nullable=True),
        sa.Column("extension_reason", sa.String(length=2000), nullable=False),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("state IN ('open', 'dispensed')", name=op.f("ck_report_request_state")),
        sa.CheckConstraint(
            "extension_state IN ('', 'requested', 'granted', 'refused')",
            name=op.f("ck_report_request_extension_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_id"],
            ["form.tenant_id", "form.id"],
            name=op.f("fk_report_request_tenant_id_form_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_report_request_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_report_request")),
        sa.UniqueConstraint(
            "tenant_id",
            "form_id",
            "organisation_id",
            "period",
            name=op.f("uq_report_request_tenant_id_form_id_organisation_id_period"),
        ),
    )
    op.create_index("ix_report_request_due", "report_request", ["tenant_id", "state", "due_on"])


def _document_request() -> None:
    for name in ("handover_number", "version"):
        op.add_column(
            "document_request", sa.Column(name, sa.Integer(), server_default="1", nullable=False)
        )
        op.alter_column("document_request", name, server_default=None)
    op.drop_constraint(
        op.f("uq_document_request_tenant_id_submission_id_template_version_id"),
        "document_request",
        type_="unique",
    )
    op.create_unique_constraint(
        "uq_document_request_handover",
        "document_request",
        ["tenant_id", "submission_id", "template_version_id", "handover_number"],
    )


def _row_security() -> None:
    for table in ("handover", "inquiry", "report_request"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY tenant_isolation ON {table} USING (tenant_id = (SELECT
            app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
        """)
        op.execute(f"""
            CREATE POLICY organisation_isolation ON {table} AS RESTRICTIVE USING ((SELECT
            app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id()))
            WITH CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
            app_organisation_id()))
        """)
    for table in ("inquiry", "report_request"):
        op.execute(f"""
            CREATE POLICY staff_insert ON {table} AS RESTRICTIVE FOR INSERT WITH CHECK ((SELECT
            app_organisation_id()) IS NULL)
        """)
        op.execute(f"""
            CREATE POLICY staff_delete ON {table} AS RESTRICTIVE FOR DELETE USING ((SELECT
            app_organisation_id()) IS NULL)
        """)
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO siegel_app")
    op.execute("GRANT SELECT, INSERT ON handover TO siegel_app")
