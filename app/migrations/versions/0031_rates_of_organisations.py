"""Rates that hold for one Träger alone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rate", sa.Column("owner_organisation_id", sa.Uuid(as_uuid=False), nullable=True))
    op.create_foreign_key(
        op.f("fk_rate_owner_organisation_id"),
        "rate",
        "organisation",
        ["owner_organisation_id"],
        ["id"],
    )
    op.execute("""
        CREATE OR REPLACE FUNCTION refuse_overlapping_rates() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM 1 FROM rate_table WHERE tenant_id = NEW.tenant_id
                AND id = NEW.rate_table_id FOR UPDATE;
            IF EXISTS (SELECT 1 FROM rate other WHERE other.tenant_id = NEW.tenant_id
                AND other.rate_table_id = NEW.rate_table_id AND other.category = NEW.category
                AND other.owner_organisation_id IS NOT DISTINCT FROM NEW.owner_organisation_id
                AND other.id <> NEW.id AND daterange(other.valid_from, other.valid_until)
                    && daterange(NEW.valid_from, NEW.valid_until)) THEN
                RAISE EXCEPTION 'two rates of one category on the same day'
                    USING ERRCODE = 'exclusion_violation';
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE POLICY own_rates ON rate AS RESTRICTIVE FOR SELECT USING ((SELECT
        app_organisation_id()) IS NULL OR owner_organisation_id IS NULL OR owner_organisation_id =
        (SELECT app_organisation_id()))
    """)
