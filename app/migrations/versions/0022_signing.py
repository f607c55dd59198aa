"""Signing by people: Zeichnungsberechtigte, signings, parties and signatures"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def _create_signatory() -> None:
    op.create_table(
        "signatory",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("addition", sa.String(length=10), nullable=False),
        sa.Column("capacity", sa.String(length=20), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "capacity <> 'proxy' OR authority <> ''", name=op.f("ck_signatory_proxy")
        ),
        sa.CheckConstraint(
            "capacity IN ('head', 'deputy', 'employee', 'representative', 'proxy')",
            name=op.f("ck_signatory_capacity"),
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_signatory_validity")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_signatory_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_signatory")),
    )
    op.create_index(
        "ix_signatory_organisation",
        "signatory",
        ["tenant_id", "organisation_id", "name"],
        unique=False,
    )


def _create_signing() -> None:
    op.create_table(
        "signing",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("document_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("level", sa.String(length=3), nullable=False),
        sa.Column("in_order", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("organisation_ids", sa.ARRAY(sa.Uuid(as_uuid=False)), nullable=False),
        sa.Column("verification_code", sa.String(length=40), nullable=False),
        sa.Column("pdf_key", sa.String(length=400), nullable=False),
        sa.Column("pdf_object_version", sa.String(length=200), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf_size", sa.BigInteger(), nullable=False),
        sa.Column("signed_pdf_key", sa.String(length=400), nullable=False),
        sa.Column("signed_pdf_object_version", sa.String(length=200), nullable=False),
        sa.Column("signed_pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("requested_by_name", sa.String(length=200), nullable=False),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.CheckConstraint(
            "level IN ('L0', 'L1', 'L2', 'L3', 'L3p', 'L4')", name=op.f("ck_signing_level")
        ),
        sa.CheckConstraint(
            "state IN ('preparing', 'open', 'completing', 'completed', 'declined', 'withdrawn',"
            " 'overtaken')",
            name=op.f("ck_signing_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_signing_tenant_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "version_id"],
            ["document_version.tenant_id", "document_version.id"],
            name=op.f("fk_signing_tenant_id_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_signing")),
        sa.UniqueConstraint(
            "tenant_id", "verification_code", name=op.f("uq_signing_tenant_id_verification_code")
        ),
    )
    op.create_index("ix_signing_list", "signing", ["tenant_id", "requested_at"], unique=False)
    op.create_index(
        "uq_signing_running",
        "signing",
        ["tenant_id", "document_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('preparing', 'open', 'completing')"),
    )


def _create_signing_party() -> None:
    op.create_table(
        "signing_party",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("signing_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("party_organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=30), nullable=False),
        sa.Column("required", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "rule IN ('single', 'joint', 'head', 'head_or_deputy_and_two', 'proxy')",
            name=op.f("ck_signing_party_rule"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "signing_id"],
            ["signing.tenant_id", "signing.id"],
            name=op.f("fk_signing_party_tenant_id_signing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_signing_party")),
        sa.UniqueConstraint(
            "tenant_id",
            "signing_id",
            "position",
            name=op.f("uq_signing_party_tenant_id_signing_id_position"),
        ),
    )


def _create_signature() -> None:
    op.create_table(
        "signature",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("signing_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("party_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("party_organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("signatory_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("addition", sa.String(length=10), nullable=False),
        sa.Column("capacity", sa.String(length=20), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("statement_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(state = 'signed') = (signed_at IS NOT NULL)", name=op.f("ck_signature_signed")
        ),
        sa.CheckConstraint(
            "capacity IN ('head', 'deputy', 'employee', 'representative', 'proxy')",
            name=op.f("ck_signature_capacity"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'signed', 'declined')", name=op.f("ck_signature_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["signing_party.tenant_id", "signing_party.id"],
            name=op.f("fk_signature_tenant_id_party_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "signatory_id"],
            ["signatory.tenant_id", "signatory.id"],
            name=op.f("fk_signature_tenant_id_signatory_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "signing_id"],
            ["signing.tenant_id", "signing.id"],
            name=op.f("fk_signature_tenant_id_signing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_signature")),
        sa.UniqueConstraint(
            "tenant_id",
            "signing_id",
            "signatory_id",
            name=op.f("uq_signature_tenant_id_signing_id_signatory_id"),
        ),
    )
    op.create_index(
        "ix_signature_person", "signature", ["tenant_id", "account_id", "state"], unique=False
    )


def _secure() -> None:
    op.execute("ALTER TABLE signatory ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE signatory FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON signatory USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY organisation_isolation ON signatory AS RESTRICTIVE USING
        ((SELECT app_organisation_id()) IS NULL OR organisation_id = (SELECT
        app_organisation_id())) WITH CHECK ((SELECT app_organisation_id()) IS NULL OR
        organisation_id = (SELECT app_organisation_id()))
    """)
    op.execute("ALTER TABLE signature ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE signature FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON signature USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("ALTER TABLE signing ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE signing FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON signing USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("ALTER TABLE signing_party ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE signing_party FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON signing_party USING (tenant_id = (SELECT
        app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE POLICY of_parties ON signing AS RESTRICTIVE USING ((SELECT
        app_organisation_id()) IS NULL OR (SELECT app_organisation_id()) = ANY
        (organisation_ids))
    """)
    op.execute("""
        CREATE POLICY with_signing ON signing_party AS RESTRICTIVE USING (EXISTS
        (SELECT 1 FROM signing WHERE signing.tenant_id = signing_party.tenant_id AND
        signing.id = signing_party.signing_id))
    """)
    op.execute("""
        CREATE POLICY with_signing ON signature AS RESTRICTIVE USING (EXISTS (SELECT 1
        FROM signing WHERE signing.tenant_id = signature.tenant_id AND signing.id =
        signature.signing_id))
    """)
    op.execute("""
        CREATE POLICY own_signatures ON signature AS RESTRICTIVE FOR UPDATE USING
        ((SELECT app_organisation_id()) IS NULL OR party_organisation_id = (SELECT
        app_organisation_id()))
    """)
    op.execute("""
        CREATE POLICY staff_update ON signing_party AS RESTRICTIVE FOR UPDATE USING
        ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_insert ON signing AS RESTRICTIVE FOR INSERT WITH CHECK
        ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_delete ON signing AS RESTRICTIVE FOR DELETE USING ((SELECT
        app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_insert ON signing_party AS RESTRICTIVE FOR INSERT WITH
        CHECK ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_delete ON signing_party AS RESTRICTIVE FOR DELETE USING
        ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_insert ON signature AS RESTRICTIVE FOR INSERT WITH CHECK
        ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("""
        CREATE POLICY staff_delete ON signature AS RESTRICTIVE FOR DELETE USING
        ((SELECT app_organisation_id()) IS NULL)
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE ON signatory TO siegel_app")
    for table in ("signing", "signing_party", "signature"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO siegel_app")


def upgrade() -> None:
    _create_signatory()
    _create_signing()
    _create_signing_party()
    _create_signature()
    _secure()
    op.add_column("document_version", sa.Column("signing_id", sa.Uuid(as_uuid=False)))
    op.alter_column("document_version", "request_id", nullable=True)
    op.create_unique_constraint(
        op.f("uq_document_version_tenant_id_signing_id"),
        "document_version",
        ["tenant_id", "signing_id"],
    )
    op.create_check_constraint(
        op.f("ck_document_version_origin"),
        "document_version",
        "(request_id IS NULL) <> (signing_id IS NULL)",
    )
    op.drop_constraint(op.f("ck_proof_state"), "proof")
    op.create_check_constraint(
        op.f("ck_proof_state"), "proof", "state IN ('valid', 'signed', 'superseded', 'withdrawn')"
    )
