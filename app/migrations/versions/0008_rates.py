"""Rate tables and their rates"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_table",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_rate_table_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rate_table")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_rate_table_tenant_id_key")),
    )
    op.create_table(
        "rate",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rate_table_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("value", sa.Numeric(precision=20, scale=8), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_rate_validity")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rate_table_id"],
            ["rate_table.tenant_id", "rate_table.id"],
            name=op.f("fk_rate_tenant_id_rate_table_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rate")),
        sa.UniqueConstraint(
            "tenant_id",
            "rate_table_id",
            "number",
            name=op.f("uq_rate_tenant_id_rate_table_id_number"),
        ),
    )
    # An exclusion constraint would need the extension btree_gist, which not every server has.
    # The lock on the table's row makes two who add at once wait for each other.
    op.execute("""
        CREATE FUNCTION refuse_overlapping_rates() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM 1 FROM rate_table WHERE tenant_id = NEW.tenant_id
                AND id = NEW.rate_table_id FOR UPDATE;
            IF EXISTS (SELECT 1 FROM rate other WHERE other.tenant_id = NEW.tenant_id
                AND other.rate_table_id = NEW.rate_table_id AND other.category = NEW.category
                AND other.id <> NEW.id AND daterange(other.valid_from, other.valid_until)
                    && daterange(NEW.valid_from, NEW.valid_until)) THEN
                RAISE EXCEPTION 'two rates of one category on the same day'
                    USING ERRCODE = 'exclusion_violation';
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER no_overlap AFTER INSERT OR UPDATE ON rate FOR EACH ROW
        EXECUTE FUNCTION refuse_overlapping_rates()
    """)
    for table in ("rate_table", "rate"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY tenant_isolation ON {table} USING (tenant_id = (SELECT
            app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
        """)
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
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON rate_table TO siegel_app")
    op.execute("GRANT SELECT, INSERT, UPDATE (valid_until) ON rate TO siegel_app")
