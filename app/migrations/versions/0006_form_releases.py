"""When versions of forms are binding, who let them out, drafts that changed version"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_tables()
    _give_versions_their_validity()
    _secure_tables()
    _count_drafts()


def _create_tables() -> None:
    op.add_column(
        "tenant",
        sa.Column("four_eyes", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.create_table(
        "version_validity",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("binding_from", sa.Date(), nullable=False),
        sa.Column("deprecated_on", sa.Date(), nullable=True),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("lock_reason", sa.String(length=1000), nullable=False),
        sa.Column("draft_policy", sa.String(length=20), nullable=False),
        sa.Column("user_note", sa.String(length=4000), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "draft_policy IN ('keep', 'lift', 'carry')",
            name=op.f("ck_version_validity_draft_policy"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_version_id"],
            ["form_version.tenant_id", "form_version.id"],
            name=op.f("fk_version_validity_tenant_id_form_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_version_validity")),
        sa.UniqueConstraint(
            "tenant_id",
            "form_version_id",
            name=op.f("uq_version_validity_tenant_id_form_version_id"),
        ),
    )
    op.create_table(
        "form_release",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("draft_revision", sa.Integer(), nullable=False),
        sa.Column("base_version_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("binding_from", sa.Date(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("draft_policy", sa.String(length=20), nullable=False),
        sa.Column("user_note", sa.String(length=4000), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=False),
        sa.Column("requested_by_name", sa.String(length=200), nullable=False),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("request_comment", sa.String(length=2000), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_by_name", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_comment", sa.String(length=2000), nullable=False),
        sa.Column("form_version_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.CheckConstraint(
            "state IN ('requested', 'published', 'returned', 'withdrawn')",
            name=op.f("ck_form_release_state"),
        ),
        sa.CheckConstraint(
            "draft_policy IN ('keep', 'lift', 'carry')", name=op.f("ck_form_release_draft_policy")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_id"],
            ["form.tenant_id", "form.id"],
            name=op.f("fk_form_release_tenant_id_form_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "base_version_id"],
            ["form_version.tenant_id", "form_version.id"],
            name=op.f("fk_form_release_tenant_id_base_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_version_id"],
            ["form_version.tenant_id", "form_version.id"],
            name=op.f("fk_form_release_tenant_id_form_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_form_release")),
    )
    op.create_index(
        "ix_form_release_form", "form_release", ["tenant_id", "form_id", "requested_at"]
    )
    op.create_index(
        "uq_form_release_open",
        "form_release",
        ["tenant_id", "form_id"],
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_table(
        "carried_draft",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("submission_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("from_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("notices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("removed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "carried_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            name=op.f("fk_carried_draft_tenant_id_submission_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "from_version_id"],
            ["form_version.tenant_id", "form_version.id"],
            name=op.f("fk_carried_draft_tenant_id_from_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_carried_draft")),
        sa.UniqueConstraint(
            "tenant_id",
            "submission_id",
            "revision",
            name=op.f("uq_carried_draft_tenant_id_submission_id_revision"),
        ),
    )
    for column in ("requested_by", "decided_by"):
        op.execute(
            f"ALTER TABLE form_release ADD CONSTRAINT fk_form_release_{column}_account"
            f" FOREIGN KEY ({column}) REFERENCES ab_user (id)"
        )


def _give_versions_their_validity() -> None:
    """Every version so far is binding from its day; the next one took its place."""
    # Even the owner sees no row without a tenant.
    op.execute("ALTER TABLE form_version NO FORCE ROW LEVEL SECURITY")
    op.execute("""
        INSERT INTO version_validity (tenant_id, id, form_version_id, name, binding_from,
            deprecated_on, grace_days, locked, lock_reason, draft_policy, user_note, changed_at)
        SELECT tenant_id, gen_random_uuid(), id, number || '.0.0',
            (published_at AT TIME ZONE 'Europe/Berlin')::date,
            (lead(published_at) OVER (PARTITION BY tenant_id, form_id ORDER BY number)
                AT TIME ZONE 'Europe/Berlin')::date,
            28, false, '', 'keep', '', published_at
        FROM form_version
    """)
    op.execute("ALTER TABLE form_version FORCE ROW LEVEL SECURITY")


def _secure_tables() -> None:
    for table in ("version_validity", "form_release", "carried_draft"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant_isolation ON {table}"
            " USING (tenant_id = (SELECT app_tenant_id()))"
            " WITH CHECK (tenant_id = (SELECT app_tenant_id()))"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO siegel_app")
    op.execute("""
        CREATE POLICY staff_insert ON version_validity AS RESTRICTIVE FOR INSERT WITH CHECK
        ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_update ON version_validity AS RESTRICTIVE FOR UPDATE USING
        ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_delete ON version_validity AS RESTRICTIVE FOR DELETE USING
        ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff ON form_release AS RESTRICTIVE USING
        ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON carried_draft AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id())) WITH
        CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        CREATE POLICY own_drafts ON carried_draft AS RESTRICTIVE USING
        (organisation_id IS NOT DISTINCT FROM (SELECT app_organisation_id()))
    """)


def _count_drafts() -> None:
    op.execute("ALTER POLICY own_drafts ON submission TO siegel_app")
    op.execute("""
        CREATE FUNCTION count_open_drafts(wanted_form_id uuid)
        RETURNS TABLE (form_version_id uuid, drafts bigint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT submission.form_version_id, count(*) FROM submission
        JOIN form_version ON form_version.tenant_id = submission.tenant_id
        AND form_version.id = submission.form_version_id
        WHERE submission.tenant_id = (SELECT app_tenant_id()) AND submission.state = 'draft'
        AND form_version.form_id = wanted_form_id GROUP BY submission.form_version_id $$
    """)
    op.execute("REVOKE ALL ON FUNCTION count_open_drafts(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION count_open_drafts(uuid) TO siegel_app")
