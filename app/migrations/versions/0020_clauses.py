"""Clauses with their versions, what templates and documents hold of them, terms of agreements"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_STAFF_WRITES = ("clause", "clause_version", "template_clause")
_STAFF_ALONE = ("clause_wording", "document_clause", "agreement_term")
_APPEND_ONLY = ("template_clause", "document_clause", "agreement_term")
_PARTICIPANT = "'00000000-0000-0000-0000-000000000000'::uuid"


def upgrade() -> None:
    _create_tables()
    _secure_tables()
    _extend_templates()


def _create_tables() -> None:
    op.create_table(
        "clause",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_clause")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_clause_tenant_id_key")),
    )
    op.create_table(
        "clause_version",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clause_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("requested_by_name", sa.String(length=200), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.String(length=200), nullable=False),
        sa.Column("decision_comment", sa.String(length=2000), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)",
            name=op.f("ck_clause_version_published"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'published')", name=op.f("ck_clause_version_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "clause_id"],
            ["clause.tenant_id", "clause.id"],
            name=op.f("fk_clause_version_tenant_id_clause_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_clause_version")),
        sa.UniqueConstraint(
            "tenant_id",
            "clause_id",
            "number",
            name=op.f("uq_clause_version_tenant_id_clause_id_number"),
        ),
    )
    op.create_index(
        "uq_clause_version_open",
        "clause_version",
        ["tenant_id", "clause_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'published'"),
    )
    op.create_table(
        "clause_wording",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("template_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clause_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("base_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "base_version_id"],
            ["clause_version.tenant_id", "clause_version.id"],
            name=op.f("fk_clause_wording_tenant_id_base_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "clause_id"],
            ["clause.tenant_id", "clause.id"],
            name=op.f("fk_clause_wording_tenant_id_clause_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "template_id"],
            ["document_template.tenant_id", "document_template.id"],
            name=op.f("fk_clause_wording_tenant_id_template_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_clause_wording")),
        sa.UniqueConstraint(
            "tenant_id",
            "template_id",
            "clause_id",
            name=op.f("uq_clause_wording_tenant_id_template_id_clause_id"),
        ),
    )
    op.create_table(
        "template_clause",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("template_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clause_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clause_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "clause_id"],
            ["clause.tenant_id", "clause.id"],
            name=op.f("fk_template_clause_tenant_id_clause_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "clause_version_id"],
            ["clause_version.tenant_id", "clause_version.id"],
            name=op.f("fk_template_clause_tenant_id_clause_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "template_version_id"],
            ["template_version.tenant_id", "template_version.id"],
            name=op.f("fk_template_clause_tenant_id_template_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_template_clause")),
        sa.UniqueConstraint(
            "tenant_id",
            "template_version_id",
            "clause_id",
            name=op.f("uq_template_clause_tenant_id_template_version_id_clause_id"),
        ),
    )
    op.create_index(
        "ix_template_clause_clause", "template_clause", ["tenant_id", "clause_id"], unique=False
    )
    op.create_table(
        "document_clause",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("document_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clause_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clause_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.Column("is_reworded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "clause_id"],
            ["clause.tenant_id", "clause.id"],
            name=op.f("fk_document_clause_tenant_id_clause_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "clause_version_id"],
            ["clause_version.tenant_id", "clause_version.id"],
            name=op.f("fk_document_clause_tenant_id_clause_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_version_id"],
            ["document_version.tenant_id", "document_version.id"],
            name=op.f("fk_document_clause_tenant_id_document_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_document_clause")),
        sa.UniqueConstraint(
            "tenant_id",
            "document_version_id",
            "clause_id",
            name=op.f("uq_document_clause_tenant_id_document_version_id_clause_id"),
        ),
    )
    op.create_index(
        "ix_document_clause_clause", "document_clause", ["tenant_id", "clause_id"], unique=False
    )
    op.create_table(
        "agreement_term",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("document_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("is_amendment", sa.Boolean(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_before", sa.Date(), nullable=True),
        sa.Column("amends_number", sa.String(length=80), nullable=False),
        sa.Column("amends_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "amends_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_agreement_term_tenant_id_amends_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_version_id"],
            ["document_version.tenant_id", "document_version.id"],
            name=op.f("fk_agreement_term_tenant_id_document_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agreement_term")),
        sa.UniqueConstraint(
            "tenant_id",
            "document_version_id",
            name=op.f("uq_agreement_term_tenant_id_document_version_id"),
        ),
    )
    op.create_index(
        "ix_agreement_term_amends", "agreement_term", ["tenant_id", "amends_id"], unique=False
    )
    op.create_index(
        "ix_agreement_term_begins", "agreement_term", ["tenant_id", "begins_on"], unique=False
    )
    op.create_table(
        "clause_choice",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("submission_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("keys", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "submission_id"],
            ["submission.tenant_id", "submission.id"],
            name=op.f("fk_clause_choice_tenant_id_submission_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_clause_choice")),
        sa.UniqueConstraint(
            "tenant_id", "submission_id", name=op.f("uq_clause_choice_tenant_id_submission_id")
        ),
    )


def _secure_tables() -> None:
    for table in (*_STAFF_WRITES, *_STAFF_ALONE, "clause_choice"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY tenant_isolation ON {table} USING (tenant_id = (SELECT
            app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
        """)
        rights = "SELECT, INSERT" if table in _APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        op.execute(f"GRANT {rights} ON {table} TO siegel_app")
    for table in _STAFF_WRITES:
        op.execute(f"""
            CREATE POLICY staff_insert ON {table} AS RESTRICTIVE FOR INSERT WITH CHECK ((SELECT
            app_organisation_id()) IS NULL)
        """)
        op.execute(f"""
            CREATE POLICY staff_update ON {table} AS RESTRICTIVE FOR UPDATE USING ((SELECT
            app_organisation_id()) IS NULL)
        """)
        op.execute(f"""
            CREATE POLICY staff_delete ON {table} AS RESTRICTIVE FOR DELETE USING ((SELECT
            app_organisation_id()) IS NULL)
        """)
        op.execute(f"""
            CREATE POLICY no_participant ON {table} AS RESTRICTIVE
            USING ((SELECT app_organisation_id()) IS DISTINCT FROM {_PARTICIPANT})
        """)  # noqa: S608
    for table in _STAFF_ALONE:
        op.execute(f"""
            CREATE POLICY staff ON {table} AS RESTRICTIVE USING ((SELECT
            app_organisation_id()) IS NULL)
        """)
    op.execute("""
        CREATE POLICY organisation_isolation ON clause_choice AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR organisation_id = (SELECT app_organisation_id())) WITH
        CHECK ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        CREATE POLICY published ON clause_version AS RESTRICTIVE FOR SELECT USING ((SELECT
        app_organisation_id()) IS NULL OR state = 'published')
    """)
    # A published version is for ever what it was when somebody agreed to it.
    op.execute("""
        CREATE POLICY open_update ON clause_version AS RESTRICTIVE FOR UPDATE TO siegel_app
        USING (state <> 'published') WITH CHECK (true)
    """)
    op.execute("""
        CREATE POLICY open_delete ON clause_version AS RESTRICTIVE FOR DELETE TO siegel_app
        USING (state <> 'published')
    """)


def _extend_templates() -> None:
    for table, name, length, default in (
        ("document_template", "makes", 20, "letters"),
        ("document_template", "begins_field", 80, ""),
        ("document_template", "ends_field", 80, ""),
        ("document_template", "amends_field", 80, ""),
        ("template_version", "source_key", 400, ""),
        ("template_version", "source_version", 200, ""),
        ("template_version", "source_sha256", 64, ""),
    ):
        op.add_column(
            table,
            sa.Column(name, sa.String(length=length), nullable=False, server_default=default),
        )
    op.create_check_constraint(
        op.f("ck_document_template_makes"),
        "document_template",
        "makes IN ('letters', 'agreements', 'amendments')",
    )
