"""Registers of a tenant, and people to choose by name and function"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "register",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_register_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_register")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_register_tenant_id_key")),
    )
    op.create_table(
        "register_entry",
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("register_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("owner_organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_from IS NULL OR valid_until >= valid_from",
            name=op.f("ck_register_entry_validity"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "register_id"],
            ["register.tenant_id", "register.id"],
            name=op.f("fk_register_entry_tenant_id_register_id"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_register_entry_owner_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_register_entry")),
        sa.UniqueConstraint(
            "tenant_id",
            "register_id",
            "key",
            name=op.f("uq_register_entry_tenant_id_register_id_key"),
        ),
    )
    op.create_index(
        "ix_register_entry_label", "register_entry", ["tenant_id", "register_id", "label"]
    )
    for table in ("register", "register_entry"):
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
    op.execute("""
        CREATE POLICY own_entries ON register_entry AS RESTRICTIVE
        USING ((SELECT app_organisation_id()) IS NULL OR owner_organisation_id IS NULL
        OR owner_organisation_id = (SELECT app_organisation_id())
        OR EXISTS (SELECT 1 FROM register WHERE register.tenant_id = register_entry.tenant_id
        AND register.id = register_entry.register_id AND register.is_shared))
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE ON register TO siegel_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON register_entry TO siegel_app")
    op.execute("""
        CREATE POLICY choosing ON tenant_membership FOR SELECT
        TO siegel_owner USING (tenant_id = (SELECT app_tenant_id()))
    """)
    op.execute("""
        CREATE FUNCTION people_to_choose()
        RETURNS TABLE (membership_id uuid, side text, role text, name text, valid_until date)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT tie.id, 'office', tie.role, trim(both ' -' from
        concat_ws(' ', person.first_name, person.last_name)), tie.valid_until
        FROM tenant_membership tie JOIN ab_user person ON person.id = tie.account_id
        WHERE person.active AND tie.tenant_id = (SELECT app_tenant_id())
        UNION ALL
        SELECT tie.id, 'organisation', tie.role, trim(both ' -' from
        concat_ws(' ', person.first_name, person.last_name)), tie.valid_until
        FROM organisation_membership tie JOIN ab_user person ON person.id = tie.account_id
        WHERE person.active AND (SELECT app_tenant_id()) IS NOT NULL
        AND tie.organisation_id = (SELECT app_organisation_id()) $$
    """)
    op.execute("REVOKE ALL ON FUNCTION people_to_choose() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION people_to_choose() TO siegel_app")
