"""What is offered to the archive before it is erased, and what the archive takes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

TABLES = ("archive_offer", "archive_offer_item")


def _keys(table: str) -> tuple[sa.Column[object], sa.Column[object], sa.PrimaryKeyConstraint]:
    return (
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def _text(name: str, length: int) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def upgrade() -> None:
    op.create_table(
        "archive_offer",
        *_keys("archive_offer"),
        _text("state", 20),
        sa.Column(
            "offered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        _text("offered_name", 200),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        _text("decided_name", 200),
        sa.Column("needs_two", sa.Boolean(), nullable=False),
        _text("released_name", 200),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        _text("failure", 500),
        _text("package_key", 400),
        _text("package_version", 200),
        _text("package_sha256", 64),
        sa.Column("package_size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        _text("received_name", 200),
        sa.CheckConstraint(
            "state IN ('offered', 'decided', 'packing', 'packed', 'closed')",
            name=op.f("ck_archive_offer_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_archive_offer_tenant_id")
        ),
    )
    op.create_index("ix_archive_offer_list", "archive_offer", ["tenant_id", "offered_at"])
    op.create_table(
        "archive_offer_item",
        *_keys("archive_offer_item"),
        sa.Column("offer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("document_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("is_taken", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "offer_id"],
            ["archive_offer.tenant_id", "archive_offer.id"],
            name=op.f("fk_archive_offer_item_tenant_id_offer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["document.tenant_id", "document.id"],
            name=op.f("fk_archive_offer_item_tenant_id_document_id"),
        ),
        sa.UniqueConstraint(
            "tenant_id", "document_id", name=op.f("uq_archive_offer_item_tenant_id_document_id")
        ),
    )
    op.create_index("ix_archive_offer_item_offer", "archive_offer_item", ["tenant_id", "offer_id"])
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY tenant_isolation ON {table} USING (tenant_id = (SELECT
            app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
        """)
        op.execute(f"""
            CREATE POLICY staff ON {table} AS RESTRICTIVE USING ((SELECT
            app_organisation_id()) IS NULL)
        """)
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO siegel_app")
