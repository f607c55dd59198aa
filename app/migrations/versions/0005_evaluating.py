"""Lists and evaluations of submissions: form of a submission, saved views, evaluations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OFFICE_TABLES = ("evaluation", "evaluation_result", "evaluation_source")
TABLES = ("saved_view", *OFFICE_TABLES)


def upgrade() -> None:
    _give_submissions_their_form()
    _create_tables()
    _secure_tables()
    op.add_column(
        "tenant", sa.Column("smallest_figure", sa.Integer(), server_default="5", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_tenant_smallest_figure"), "tenant", "smallest_figure BETWEEN 3 AND 50"
    )
    op.drop_constraint(op.f("ck_tenant_membership_role"), "tenant_membership")
    op.create_check_constraint(
        op.f("ck_tenant_membership_role"),
        "tenant_membership",
        "role IN ('tenant_admin', 'fachkraft', 'planung')",
    )


def _give_submissions_their_form() -> None:
    op.add_column("submission", sa.Column("form_id", sa.Uuid(as_uuid=False), nullable=True))
    # The owner is bound by the row rules too; this once they are lifted, in the same transaction.
    op.execute("ALTER TABLE submission NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE form_version NO FORCE ROW LEVEL SECURITY")
    op.execute("""
        UPDATE submission SET form_id = form_version.form_id FROM form_version
        WHERE form_version.tenant_id = submission.tenant_id
          AND form_version.id = submission.form_version_id
    """)
    op.execute("ALTER TABLE form_version FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE submission FORCE ROW LEVEL SECURITY")
    op.alter_column("submission", "form_id", nullable=False)
    op.execute("""
        CREATE FUNCTION submission_form() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            SELECT form_id INTO NEW.form_id FROM form_version
            WHERE tenant_id = NEW.tenant_id AND id = NEW.form_version_id;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER submission_form
        BEFORE INSERT OR UPDATE OF form_version_id, form_id ON submission
        FOR EACH ROW EXECUTE FUNCTION submission_form()
    """)
    op.drop_index("ix_submission_organisation", "submission")
    op.create_index(
        "ix_submission_organisation",
        "submission",
        ["tenant_id", "organisation_id", "submitted_at", "id"],
    )
    op.create_index("ix_submission_received", "submission", ["tenant_id", "submitted_at", "id"])
    op.create_index(
        "ix_submission_form", "submission", ["tenant_id", "form_id", "submitted_at", "id"]
    )


def _create_tables() -> None:
    op.create_table(
        "saved_view",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_id"],
            ["form.tenant_id", "form.id"],
            name=op.f("fk_saved_view_tenant_id_form_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_saved_view_organisation_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint(
            "tenant_id",
            "form_id",
            "organisation_id",
            "account_id",
            "name",
            name=op.f("uq_saved_view_tenant_id_form_id_organisation_id_account_id_name"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "evaluation",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_id"],
            ["form.tenant_id", "form.id"],
            name=op.f("fk_evaluation_tenant_id_form_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint(
            "tenant_id", "form_id", "title", name=op.f("uq_evaluation_tenant_id_form_id_title")
        ),
    )
    op.create_table(
        "evaluation_result",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("versions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("submissions", sa.Integer(), nullable=False),
        sa.Column("table", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "evaluation_id"],
            ["evaluation.tenant_id", "evaluation.id"],
            name=op.f("fk_evaluation_result_tenant_id_evaluation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evaluation_result")),
    )
    op.create_index(
        "ix_evaluation_result_list", "evaluation_result", ["tenant_id", "evaluation_id", "taken_at"]
    )
    op.create_table(
        "evaluation_source",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("result_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("submission_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "result_id"],
            ["evaluation_result.tenant_id", "evaluation_result.id"],
            name=op.f("fk_evaluation_source_tenant_id_result_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evaluation_source")),
        sa.UniqueConstraint(
            "tenant_id",
            "result_id",
            "submission_id",
            name=op.f("uq_evaluation_source_tenant_id_result_id_submission_id"),
        ),
    )


def _secure_tables() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY tenant_isolation ON {table} USING (tenant_id = (SELECT
            app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
        """)
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO siegel_app")
    for table in OFFICE_TABLES:
        op.execute(f"""
            CREATE POLICY staff ON {table} AS RESTRICTIVE USING ((SELECT app_organisation_id())
            IS NULL)
        """)
    op.execute("""
        CREATE POLICY organisation_isolation ON saved_view AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id())) WITH
        CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        CREATE POLICY own_views ON saved_view AS RESTRICTIVE USING (organisation_id IS NOT
        DISTINCT FROM (SELECT app_organisation_id()) AND (is_shared OR account_id = (SELECT
        app_account_id())))
    """)
